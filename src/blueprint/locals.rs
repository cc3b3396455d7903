//! Locals: named expressions, in any order and in any number of `locals` blocks.

use std::collections::HashMap;

use hcl_edit::expr::Expression;
use hcl_edit::structure::Structure;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::index::{attribute_name, header_span};
use super::parse::Parsed;
use super::source::{SourceId, Span};

/// One attribute of a `locals` block.
#[derive(Debug)]
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    pub(super) source: SourceId,
    /// Where its name stands.
    pub(super) span: Span,
    pub(super) expression: &'a Expression,
}

/// Reads the `locals` blocks; what is wrong with their form is reported.
pub(super) fn declared<'a>(parsed: &'a Parsed, diagnostics: &mut Diagnostics) -> Vec<Local<'a>> {
    let mut locals: Vec<Local<'a>> = Vec::new();
    let mut by_name: HashMap<&str, Span> = HashMap::new();
    for file in &parsed.files {
        for block in file.body.iter().filter_map(Structure::as_block) {
            if block.ident.as_str() != "locals" {
                continue;
            }
            if !block.labels.is_empty() {
                diagnostics.push(
                    Diagnostic::error("wrong-labels", "`locals` has no label")
                        .at(header_span(block, file.source))
                        .label("expected `locals {`"),
                );
            }
            for structure in &block.body {
                match structure {
                    Structure::Attribute(attribute) => {
                        let name = attribute_name(attribute, file.source);
                        if let Some(first) = by_name.get(name.value) {
                            diagnostics.push(
                                Diagnostic::error("duplicate-local", format!("`local.{}` is set twice", name.value))
                                    .at(name.span)
                                    .label("set again here")
                                    .also(*first, "first set here"),
                            );
                            continue;
                        }
                        by_name.insert(name.value, name.span);
                        locals.push(Local {
                            name: name.value,
                            source: file.source,
                            span: name.span,
                            expression: &attribute.value,
                        });
                    }
                    Structure::Block(inner) => diagnostics.push(
                        Diagnostic::error("unknown-block", "`locals` has no blocks")
                            .at(header_span(inner, file.source))
                            .label("expected `name = value`")
                            .help(format!("for an object write `{} = {{ … }}`", inner.ident.as_str())),
                    ),
                }
            }
        }
    }
    locals
}
