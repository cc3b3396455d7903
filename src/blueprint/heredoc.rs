//! The indentation that `<<-` takes away from a heredoc: that of its least indented line.
//!
//! The parser takes it away too, but neither in directives nor by Terraform's rules (it counts blank lines, and eats
//! text where a later line is indented less). So it is done here again, from the text as written.

use std::collections::HashMap;
use std::ops::Range;

use hcl_edit::template::{Directive, Element, Template};
use hcl_edit::{Span as _, Spanned};

/// The texts of a heredoc's literals without their indentation, by where they start in the file.
#[derive(Debug, Default)]
pub(super) struct Dedented {
    texts: HashMap<usize, String>,
}

impl Dedented {
    /// The text of a literal: without its indentation where that is taken away, else as it was parsed.
    pub(super) fn text_of<'t>(&'t self, literal: &'t Spanned<String>) -> &'t str {
        literal.span().and_then(|span| self.texts.get(&span.start)).map_or(literal.value(), String::as_str)
    }
}

/// Takes the indentation away where the heredoc, which stands at `span` of `text`, begins with `<<-`.
pub(super) fn dedent(template: &Template, text: &str, span: Range<usize>) -> Dedented {
    if !text.get(span).is_some_and(|written| written.starts_with("<<-")) {
        return Dedented::default();
    }
    let mut parts = Vec::new();
    collect(template, text, &mut parts);
    let indent = least_indent(&parts);

    let mut texts = HashMap::new();
    let mut at_line_start = true;
    for part in parts {
        let Part::Literal { start, written } = part else {
            at_line_start = false;
            continue;
        };
        let mut cut = String::with_capacity(written.len());
        for line in written.split_inclusive('\n') {
            if at_line_start {
                cut.extend(line.chars().skip(indent.min(leading_space(line))));
            } else {
                cut.push_str(line);
            }
            at_line_start = line.ends_with('\n');
        }
        texts.insert(start, cut.replace("$${", "${").replace("%%{", "%{"));
    }
    Dedented { texts }
}

/// A heredoc flattened: directives are markers between the texts in them.
enum Part<'t> {
    Literal { start: usize, written: &'t str },
    Marker,
}

fn collect<'t>(template: &Template, text: &'t str, parts: &mut Vec<Part<'t>>) {
    for element in template {
        match element {
            Element::Literal(literal) => {
                if let Some(span) = literal.span()
                    && let Some(written) = text.get(span.clone())
                {
                    parts.push(Part::Literal { start: span.start, written });
                }
            }
            Element::Interpolation(_) => parts.push(Part::Marker),
            Element::Directive(directive) => {
                parts.push(Part::Marker);
                match directive.as_ref() {
                    Directive::If(directive) => {
                        collect(&directive.if_expr.template, text, parts);
                        if let Some(otherwise) = &directive.else_expr {
                            parts.push(Part::Marker);
                            collect(&otherwise.template, text, parts);
                        }
                    }
                    Directive::For(directive) => collect(&directive.for_expr.template, text, parts),
                }
                parts.push(Part::Marker);
            }
        }
    }
}

/// The characters of white space that all lines begin with; lines of nothing else do not count.
fn least_indent(parts: &[Part<'_>]) -> usize {
    let mut least = usize::MAX;
    let mut at_line_start = true;
    for part in parts {
        match part {
            Part::Marker => {
                if at_line_start {
                    return 0;
                }
            }
            Part::Literal { written, .. } => {
                for line in written.split_inclusive('\n') {
                    let is_blank = line.trim().is_empty() && line.ends_with('\n');
                    if at_line_start && !is_blank {
                        least = least.min(leading_space(line));
                    }
                    at_line_start = line.ends_with('\n');
                }
            }
        }
    }
    if least == usize::MAX { 0 } else { least }
}

fn leading_space(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace() && *c != '\n').count()
}
