//! Templates: `"seat-${n}"`, directives `%{ if }` and `%{ for }`, strip marks `~`, heredocs.

use hcl_edit::template::{Directive, Element, ForDirective, HeredocTemplate, IfDirective, Template};

use super::diagnostic::Diagnostic;
use super::evaluate::{Bound, Interpreter, Place};
use super::heredoc::{self, Dedented};
use super::source::Span;
use super::types::Type;
use super::value::{Kind, Value};

/// A template as it is being rendered.
#[derive(Default)]
struct Rendered {
    text: String,
    /// Something in it is sensitive.
    marked: bool,
    /// Something in it is not known.
    unknown: bool,
}

/// Which ends of a template lie at a marker with `~`.
#[derive(Clone, Copy, Default)]
struct Strips {
    start: bool,
    end: bool,
}

impl Interpreter<'_> {
    /// A template in quotes. One that is a single interpolation yields its value as it is.
    pub(super) fn quoted_template(&self, template: &Template, span: Span, place: Place<'_>) -> Value {
        if let Some(Element::Interpolation(only)) = template.as_single_element() {
            return self.evaluate(&only.expr, place);
        }
        self.template(template, &Dedented::default(), span, place)
    }

    pub(super) fn heredoc(&self, heredoc: &HeredocTemplate, span: Span, place: Place<'_>) -> Value {
        let text = &self.session.sources.get(place.source).text;
        let dedented = heredoc::dedent(&heredoc.template, text, span.range());
        self.template(&heredoc.template, &dedented, span, place)
    }

    fn template(&self, template: &Template, dedented: &Dedented, span: Span, place: Place<'_>) -> Value {
        let mut out = Rendered::default();
        self.render(template, Strips::default(), dedented, &mut out, place);
        if out.unknown {
            return Value::UNKNOWN;
        }
        self.session.settle(Value::from(out.text).marked_if(out.marked), span)
    }

    fn render(&self, template: &Template, strips: Strips, dedented: &Dedented, out: &mut Rendered, place: Place<'_>) {
        let elements: Vec<&Element> = template.iter().collect();
        for (index, element) in elements.iter().enumerate() {
            match element {
                Element::Literal(literal) => {
                    let before = index.checked_sub(1).map(|before| elements[before]);
                    let after = elements.get(index + 1).copied();
                    let mut text = dedented.text_of(literal);
                    if before.map_or(strips.start, |element| strips_of(element).end) {
                        text = text.trim_start();
                    }
                    if after.map_or(strips.end, |element| strips_of(element).start) {
                        text = text.trim_end();
                    }
                    out.text.push_str(text);
                }
                Element::Interpolation(interpolation) => {
                    let value = self.evaluate(&interpolation.expr, place);
                    self.interpolate(value, place.span(&interpolation.expr), out);
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(directive) => self.render_if(directive, dedented, out, place),
                    Directive::For(directive) => self.render_for(directive, dedented, out, place),
                },
            }
        }
    }

    fn interpolate(&self, value: Value, span: Span, out: &mut Rendered) {
        if let Kind::Reference(reference) = &value.kind {
            let attribute = format!("{}.<attribute>", reference.address);
            self.session.report(
                Diagnostic::error("wrong-type", "a block can't stand in a text")
                    .at(span)
                    .label("expected a string, a number or a bool, found a block reference")
                    .help(format!("name one of its attributes: `{attribute}`")),
            );
            out.unknown = true;
            return;
        }
        let value = self.converted(value, &Type::String, "the value in the template", span);
        match value.as_str() {
            Some(text) => {
                out.marked |= value.marked;
                out.text.push_str(text);
            }
            None => out.unknown = true,
        }
    }

    fn render_if(&self, directive: &IfDirective, dedented: &Dedented, out: &mut Rendered, place: Place<'_>) {
        let Some(_waiting) = self.session.enter(place.span(&directive.if_expr.cond_expr)) else {
            out.unknown = true;
            return;
        };
        let Some((yes, marked)) = self.condition(&directive.if_expr.cond_expr, "the condition after `if`", place)
        else {
            out.unknown = true;
            return;
        };
        out.marked |= marked;
        let end = directive.endif_expr.strip.strip_start();
        let otherwise = directive.else_expr.as_ref();
        if yes {
            let strips = Strips {
                start: directive.if_expr.strip.strip_end(),
                end: otherwise.map_or(end, |otherwise| otherwise.strip.strip_start()),
            };
            self.render(&directive.if_expr.template, strips, dedented, out, place);
        } else if let Some(otherwise) = otherwise {
            let strips = Strips { start: otherwise.strip.strip_end(), end };
            self.render(&otherwise.template, strips, dedented, out, place);
        }
    }

    fn render_for(&self, directive: &ForDirective, dedented: &Dedented, out: &mut Rendered, place: Place<'_>) {
        let intro = &directive.for_expr;
        let span = place.span(&intro.collection_expr);
        let Some(_waiting) = self.session.enter(span) else {
            out.unknown = true;
            return;
        };
        let Some((pairs, marked)) = self.pairs(&intro.collection_expr, place) else {
            out.unknown = true;
            return;
        };
        out.marked |= marked;
        let strips = Strips { start: intro.strip.strip_end(), end: directive.endfor_expr.strip.strip_start() };
        let key_name = intro.key_var.as_ref().map(|name| name.as_str());
        for (key, value) in pairs {
            let reports = self.session.reports();
            let length = out.text.len();
            let key = Bound { name: key_name.unwrap_or_default(), value: key, outer: place.bound };
            let outer = if key_name.is_some() { Some(&key) } else { place.bound };
            let value = Bound { name: intro.value_var.as_str(), value, outer };
            self.render(&intro.template, strips, dedented, out, Place { source: place.source, bound: Some(&value) });
            let work = 1 + (out.text.len() - length) as u64 / 16;
            if !self.session.spend(work, span) || self.session.reports() > reports {
                out.unknown = true;
                return;
            }
        }
    }
}

fn strips_of(element: &Element) -> Strips {
    match element {
        Element::Literal(_) => Strips::default(),
        Element::Interpolation(interpolation) => {
            Strips { start: interpolation.strip.strip_start(), end: interpolation.strip.strip_end() }
        }
        Element::Directive(directive) => match directive.as_ref() {
            Directive::If(directive) => {
                Strips { start: directive.if_expr.strip.strip_start(), end: directive.endif_expr.strip.strip_end() }
            }
            Directive::For(directive) => {
                Strips { start: directive.for_expr.strip.strip_start(), end: directive.endfor_expr.strip.strip_end() }
            }
        },
    }
}
