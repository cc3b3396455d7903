//! Variables: what the blueprint declares, and the values that are handed in for them.

use std::collections::{BTreeMap, HashMap};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute, Block, Body, Structure};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::index::{attribute_name, header_span};
use super::nearest::did_you_mean;
use super::parse::{Parsed, parse_body, read_text};
use super::source::{Source, SourceId, Sources, Span};
use super::types::Type;
use super::value::Value;

/// Where a value for a variable came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `--var name=value`: a name that the blueprint does not declare is an error.
    Argument,
    /// `CLOSEDSET_VAR_name`: a name that the blueprint does not declare is not meant for it.
    Environment,
}

/// Values handed in for variables, from the weakest to the strongest: of several for one name the last one counts.
#[derive(Debug, Default)]
pub struct Inputs {
    given: Vec<Input>,
}

#[derive(Debug)]
enum Input {
    Text { name: String, origin: Origin, source: SourceId },
    File { source: SourceId, body: Body },
}

/// The value handed in for one variable.
#[derive(Debug, Clone, Copy)]
pub(super) enum Given<'a> {
    /// As text, all of a source of its own.
    Text(SourceId),
    /// As an attribute of a variables file.
    Expression(&'a Expression, SourceId),
}

impl Inputs {
    /// Adds a value given as text: for a variable of type string the text itself, for others an expression.
    pub fn add_text(&mut self, sources: &mut Sources, origin: Origin, name: &str, text: &str) {
        let shown = match origin {
            Origin::Argument => format!("--var {name}"),
            Origin::Environment => format!("CLOSEDSET_VAR_{name}"),
        };
        let source = sources.add(Source { name: shown, text: text.to_owned() });
        self.given.push(Input::Text { name: name.to_owned(), origin, source });
    }

    /// Adds a file of values, an attribute for each variable.
    pub fn add_file(&mut self, sources: &mut Sources, name: String, bytes: Vec<u8>, diagnostics: &mut Diagnostics) {
        let (source, problem) = read_text(sources, name, bytes);
        match problem.map_or_else(|| parse_body(sources, source), |problem| Err(Box::new(problem))) {
            Ok(body) => self.given.push(Input::File { source, body }),
            Err(problem) => diagnostics.push(*problem),
        }
    }

    /// The value for each name, the last one for each. What the blueprint does not declare is reported.
    pub(super) fn by_name<'a>(
        &'a self,
        declared: &[Variable<'a>],
        diagnostics: &mut Diagnostics,
    ) -> BTreeMap<&'a str, Given<'a>> {
        let mut by_name = BTreeMap::new();
        let mut misplaced = Vec::new();
        let mut check = |name: &str, span: Span, label: &str| {
            if declared.iter().any(|variable| variable.name == name) {
                return;
            }
            let diagnostic =
                Diagnostic::error("unknown-variable", format!("the blueprint declares no variable `{name}`"))
                    .at(span)
                    .label(label);
            let known = declared.iter().map(|variable| variable.name);
            diagnostics.push(diagnostic.help(
                did_you_mean(name, known).unwrap_or_else(|| format!("declare it: `variable \"{name}\" {{ … }}`")),
            ));
        };
        for input in &self.given {
            match input {
                Input::Text { name, origin, source } => {
                    if *origin == Origin::Argument {
                        check(name, Span::new(*source, 0..0), "a value is given for it");
                    }
                    by_name.insert(name.as_str(), Given::Text(*source));
                }
                Input::File { source, body } => {
                    for structure in body {
                        match structure {
                            Structure::Attribute(attribute) => {
                                let name = attribute_name(attribute, *source);
                                check(name.value, name.span, "a value is given for it");
                                by_name.insert(name.value, Given::Expression(&attribute.value, *source));
                            }
                            Structure::Block(block) => misplaced.push(
                                Diagnostic::error("misplaced-block", "a file of values has no blocks")
                                    .at(header_span(block, *source))
                                    .label("expected `name = value`"),
                            ),
                        }
                    }
                }
            }
        }
        misplaced.into_iter().for_each(|problem| diagnostics.push(problem));
        by_name
    }
}

/// A `variable` block.
#[derive(Debug)]
pub(super) struct Variable<'a> {
    pub(super) name: &'a str,
    pub(super) source: SourceId,
    pub(super) span: Span,
    pub(super) wanted: Option<&'a Expression>,
    pub(super) default: Option<&'a Expression>,
    pub(super) sensitive: Option<&'a Expression>,
    pub(super) description: Option<&'a Expression>,
    pub(super) validations: Vec<Validation<'a>>,
}

/// A `validation` block.
#[derive(Debug)]
pub(super) struct Validation<'a> {
    pub(super) condition: &'a Expression,
    pub(super) message: &'a Expression,
}

/// A variable as others see it: for tables of what a blueprint asks for.
#[derive(Debug, Clone)]
pub struct VariableSummary {
    pub name: String,
    pub span: Span,
    pub wanted: Type,
    pub description: Option<String>,
    pub sensitive: bool,
    /// Whether it must be given.
    pub required: bool,
    /// What it is, by what was given or by default.
    pub value: Value,
}

/// Reads the `variable` blocks; what is wrong with their form is reported.
pub(super) fn declared<'a>(parsed: &'a Parsed, diagnostics: &mut Diagnostics) -> Vec<Variable<'a>> {
    let mut variables: Vec<Variable<'a>> = Vec::new();
    let mut by_name: HashMap<&str, Span> = HashMap::new();
    for file in &parsed.files {
        for block in file.body.iter().filter_map(Structure::as_block) {
            if block.ident.as_str() != "variable" {
                continue;
            }
            let Some(variable) = read(block, file.source, diagnostics) else {
                continue;
            };
            if let Some(first) = by_name.get(variable.name) {
                diagnostics.push(
                    Diagnostic::error("duplicate-block", format!("variable \"{}\" is declared twice", variable.name))
                        .at(variable.span)
                        .label("declared again here")
                        .also(*first, "first declared here"),
                );
            } else {
                by_name.insert(variable.name, variable.span);
                variables.push(variable);
            }
        }
    }
    variables
}

fn read<'a>(block: &'a Block, source: SourceId, diagnostics: &mut Diagnostics) -> Option<Variable<'a>> {
    let span = header_span(block, source);
    let [label] = block.labels.as_slice() else {
        diagnostics.push(
            Diagnostic::error("wrong-labels", "a variable has one label, its name")
                .at(span)
                .label("expected `variable \"name\"`"),
        );
        return None;
    };
    let mut variable = Variable {
        name: label.as_str(),
        source,
        span,
        wanted: None,
        default: None,
        sensitive: None,
        description: None,
        validations: Vec::new(),
    };
    if !is_name(variable.name) {
        diagnostics.push(
            Diagnostic::error("invalid-name", format!("`{}` can't name a variable", variable.name))
                .at(Span::new(source, label.span().unwrap_or_default()))
                .label("expected letters, digits, `_` and `-`, a letter or `_` first"),
        );
    }
    for structure in &block.body {
        match structure {
            Structure::Attribute(attribute) => {
                let name = attribute_name(attribute, source);
                match name.value {
                    "type" => variable.wanted = Some(&attribute.value),
                    "default" => variable.default = Some(&attribute.value),
                    "sensitive" => variable.sensitive = Some(&attribute.value),
                    "description" => variable.description = Some(&attribute.value),
                    _ => diagnostics.push(unknown_attribute(
                        attribute,
                        source,
                        &["type", "default", "sensitive", "description"],
                    )),
                }
            }
            Structure::Block(inner) if inner.ident.as_str() == "validation" => {
                variable.validations.extend(read_validation(inner, source, diagnostics));
            }
            Structure::Block(inner) => diagnostics.push(
                Diagnostic::error("unknown-block", format!("a variable has no block `{}`", inner.ident.as_str()))
                    .at(header_span(inner, source))
                    .label("expected `validation`"),
            ),
        }
    }
    Some(variable)
}

fn read_validation<'a>(block: &'a Block, source: SourceId, diagnostics: &mut Diagnostics) -> Option<Validation<'a>> {
    let (mut condition, mut message) = (None, None);
    for structure in &block.body {
        match structure {
            Structure::Attribute(attribute) => match attribute.key.as_str() {
                "condition" => condition = Some(&attribute.value),
                "error_message" => message = Some(&attribute.value),
                _ => diagnostics.push(unknown_attribute(attribute, source, &["condition", "error_message"])),
            },
            Structure::Block(inner) => diagnostics
                .push(Diagnostic::error("unknown-block", "a validation has no blocks").at(header_span(inner, source))),
        }
    }
    for (name, found) in [("condition", condition), ("error_message", message)] {
        if found.is_none() {
            diagnostics.push(
                Diagnostic::error("missing-attribute", format!("a validation needs `{name}`"))
                    .at(header_span(block, source))
                    .label("missing here"),
            );
        }
    }
    Some(Validation { condition: condition?, message: message? })
}

fn unknown_attribute(attribute: &Attribute, source: SourceId, known: &[&str]) -> Diagnostic {
    let name = attribute_name(attribute, source);
    Diagnostic::error("unknown-attribute", format!("there is no attribute `{}` here", name.value)).at(name.span).help(
        did_you_mean(name.value, known.iter().copied())
            .unwrap_or_else(|| format!("expected one of {}", known.join(", "))),
    )
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || c == '_' || c == '-')
}
