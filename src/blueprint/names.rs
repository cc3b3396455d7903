//! Names to values: variables, locals and attributes of blocks, each evaluated when it is first asked for, with cycles
//! found on the way.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use hcl_edit::expr::Expression;

use super::diagnostic::Diagnostic;
use super::evaluate::{Interpreter, Name, Place, Resolved, Scope};
use super::evaluator::Evaluator;
use super::index::{BLOCK_TYPES, Declared, attribute_name};
use super::nearest::did_you_mean;
use super::parse::parse_expression;
use super::source::{SourceId, Span};
use super::types::Type;
use super::value::{Reference, Value};
use super::variables::{Given, VariableSummary};

/// Stands where no place is known, which no blueprint that was parsed leads to.
const NOWHERE: Span = Span { source: SourceId(0), start: 0, end: 0 };

/// What a name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Variable(usize),
    Local(usize),
    /// A block in the index, and which of its attributes.
    Attribute(usize, usize),
}

/// The values of names so far, and the names whose values are being found.
#[derive(Default)]
pub(super) struct Names {
    values: RefCell<HashMap<Node, Value>>,
    open: RefCell<Vec<Node>>,
}

impl<'a> Evaluator<'a> {
    /// The value of a variable, asked for at `span`.
    pub(super) fn variable(&self, place: usize, span: Span) -> Value {
        self.value_of(Node::Variable(place), span, || self.find_variable(place))
    }

    /// The value of a local, asked for at `span`.
    pub(super) fn local(&self, place: usize, span: Span) -> Value {
        let local = &self.locals[place];
        self.value_of(Node::Local(place), span, || {
            self.interpreter().evaluate(local.expression, Place::new(local.source))
        })
    }

    /// The value of a name: found once. `span` is where it is asked for.
    fn value_of(&self, node: Node, span: Span, find: impl FnOnce() -> Value) -> Value {
        if let Some(value) = self.names.values.borrow().get(&node) {
            return value.clone();
        }
        let cycle = {
            let open = self.names.open.borrow();
            open.iter().position(|other| *other == node).map(|first| open[first..].to_vec())
        };
        if let Some(cycle) = cycle {
            return self.session.fail(self.describe_cycle(&cycle, span));
        }
        self.names.open.borrow_mut().push(node);
        let value = find();
        self.names.open.borrow_mut().pop();
        self.names.values.borrow_mut().insert(node, value.clone());
        value
    }

    fn describe_cycle(&self, cycle: &[Node], span: Span) -> Diagnostic {
        let names: Vec<String> = cycle.iter().map(|node| self.name_of(*node)).collect();
        let chain = names.iter().chain(names.first()).map(String::as_str).collect::<Vec<_>>().join(" -> ");
        let mut diagnostic = Diagnostic::error("cycle", format!("these values need one another: {chain}"))
            .at(span)
            .label("this closes the circle")
            .help("give one of them a value of its own");
        for (node, name) in cycle.iter().zip(&names) {
            diagnostic = diagnostic.also(self.span_of(*node), format!("`{name}` is set here"));
        }
        diagnostic
    }

    fn name_of(&self, node: Node) -> String {
        match node {
            Node::Variable(place) => format!("var.{}", self.variables[place].name),
            Node::Local(place) => format!("local.{}", self.locals[place].name),
            Node::Attribute(place, attribute) => self.index.get(place).map_or_else(String::new, |declared| {
                let name = declared.attributes().nth(attribute).map_or("", |attribute| attribute.key.as_str());
                format!("{}.{name}", declared.address)
            }),
        }
    }

    fn span_of(&self, node: Node) -> Span {
        match node {
            Node::Variable(place) => self.variables[place].span,
            Node::Local(place) => self.locals[place].span,
            Node::Attribute(place, attribute) => self.index.get(place).map_or(NOWHERE, |declared| {
                let found = declared.attributes().nth(attribute);
                found.map_or(declared.span, |found| attribute_name(found, declared.source).span)
            }),
        }
    }

    fn find_variable(&self, place: usize) -> Value {
        let variable = &self.variables[place];
        let wanted = self.variable_type(place);
        let constants = Interpreter { session: &self.session, scope: &Constants { evaluator: self } };
        let (value, span) = match (self.given.get(variable.name), variable.default) {
            (Some(Given::Text(source)), _) => {
                let text = &self.session.sources.get(*source).text;
                let span = Span::new(*source, 0..text.len());
                if wanted == Type::String {
                    (Value::from(text.as_str()), span)
                } else {
                    match parse_expression(self.session.sources, *source) {
                        Ok(expression) => (constants.evaluate(&expression, Place::new(*source)), span),
                        Err(problem) => {
                            let help = format!(
                                "`var.{}` is no string, so its value is read as an expression of type {wanted}",
                                variable.name
                            );
                            return self.session.fail(problem.help(help));
                        }
                    }
                }
            }
            (Some(Given::Expression(expression, source)), _) => {
                (constants.evaluate(expression, Place::new(*source)), self.span(expression, *source))
            }
            (None, Some(default)) => {
                (constants.evaluate(default, Place::new(variable.source)), self.span(default, variable.source))
            }
            (None, None) => {
                return self.session.fail(
                    Diagnostic::error("missing-value", format!("the variable `{}` has no value", variable.name))
                        .at(variable.span)
                        .label("no default, and none is given")
                        .help(format!(
                            "give it with `--var {}=…` or in a `--var-file`, or write a `default`",
                            variable.name
                        )),
                );
            }
        };
        let sensitive = self.is_sensitive(place);
        let value = value.marked_if(sensitive);
        value.convert(&wanted).unwrap_or_else(|mismatch| {
            self.session.fail(
                Diagnostic::error("wrong-type", format!("the value of `var.{}` does not fit its type", variable.name))
                    .at(span)
                    .label(mismatch.to_string())
                    .also(variable.span, format!("declared with type {wanted}")),
            )
        })
    }

    fn variable_type(&self, place: usize) -> Type {
        let variable = &self.variables[place];
        let Some(wanted) = variable.wanted else {
            return Type::Any;
        };
        let constants = Interpreter { session: &self.session, scope: &Constants { evaluator: self } };
        let default = |expression: &Expression| constants.evaluate(expression, Place::new(variable.source));
        Type::parse(wanted, variable.source, &default).unwrap_or_else(|problem| {
            self.session.report(*problem);
            Type::Any
        })
    }

    fn is_sensitive(&self, place: usize) -> bool {
        let variable = &self.variables[place];
        let Some(expression) = variable.sensitive else {
            return false;
        };
        let constants = Interpreter { session: &self.session, scope: &Constants { evaluator: self } };
        let value = constants.evaluate(expression, Place::new(variable.source));
        let value = constants.converted(value, &Type::Bool, "`sensitive`", self.span(expression, variable.source));
        // Where it can't be read, it is safer to hide.
        value.as_bool().unwrap_or(true)
    }

    /// Keeps what is given for sensitive variables out of excerpts, before anything is reported about it.
    pub(super) fn hide_sensitive_texts(&self) {
        for (place, variable) in self.variables.iter().enumerate() {
            if !self.is_sensitive(place) {
                continue;
            }
            if let Some(default) = variable.default {
                self.session.hide(self.span(default, variable.source));
            }
            match self.given.get(variable.name) {
                Some(Given::Text(source)) => {
                    let length = self.session.sources.get(*source).text.len();
                    self.session.hide(Span::new(*source, 0..length));
                }
                Some(Given::Expression(expression, source)) => self.session.hide(self.span(expression, *source)),
                None => {}
            }
        }
    }

    pub(super) fn validate(&self, place: usize) {
        let variable = &self.variables[place];
        if self.variable(place, variable.span).has_unknown() {
            return;
        }
        for validation in &variable.validations {
            let interpreter = self.interpreter();
            let at = Place::new(variable.source);
            let message = interpreter.evaluate(validation.message, at);
            let Some((false, _)) = interpreter.condition(validation.condition, "the condition", at) else {
                continue;
            };
            let message = match message.to_text() {
                Ok(text) if !text.marked => text.as_str().map_or("the value is not valid".to_owned(), str::to_owned),
                _ => "the value is not valid".to_owned(),
            };
            let message = message.trim_end_matches('.').to_owned();
            self.session.report(
                Diagnostic::error("invalid-value", format!("`var.{}`: {message}", variable.name))
                    .at(self.span(validation.condition, variable.source))
                    .label("this does not hold"),
            );
        }
    }

    pub(super) fn summarize(&self, place: usize) -> VariableSummary {
        let variable = &self.variables[place];
        let description =
            variable.description.map(|expression| self.evaluate_as(expression, variable.source, &Type::String));
        VariableSummary {
            name: variable.name.to_owned(),
            span: variable.span,
            wanted: self.variable_type(place),
            description: description.and_then(|text| text.value.as_str().map(str::to_owned)),
            sensitive: self.is_sensitive(place),
            required: variable.default.is_none(),
            value: self.variable(place, variable.span),
        }
    }

    fn resolve_in<'n>(
        &self,
        path: &[Name<'_>],
        what: (&str, &str),
        known: impl FnOnce() -> Vec<&'n str>,
        find: impl FnOnce(&Name<'_>) -> Option<Value>,
    ) -> Resolved {
        let (root, kind) = what;
        let Some(name) = path.get(1) else {
            let span = path.first().map_or(NOWHERE, |name| name.span);
            let value = self.session.fail(
                Diagnostic::error("incomplete-reference", format!("`{root}` alone is no value"))
                    .at(span)
                    .label(format!("expected `{root}.<name>`")),
            );
            return Resolved { value, taken: 1 };
        };
        let value = find(name).unwrap_or_else(|| {
            let diagnostic =
                Diagnostic::error("unknown-name", format!("there is no {kind} `{}`", name.text)).at(name.span);
            self.session.fail(with_known(diagnostic, name.text, known().into_iter()))
        });
        Resolved { value, taken: 2 }
    }

    fn resolve_block(&self, root: &Name<'_>, path: &[Name<'_>]) -> Resolved {
        let block_type = root.text;
        self.resolve_in(
            path,
            (block_type, block_type),
            || self.index.labels(block_type),
            |name| {
                let place = self.index.find(block_type, name.text)?;
                self.index.reference(place).map(Value::from)
            },
        )
    }

    /// A block within a block: by its label alone, or by its type.
    fn nested(&self, outer: &Declared<'a>, name: &str) -> Option<Value> {
        let nested = || outer.nested.iter().filter_map(|place| Some((*place, self.index.get(*place)?)));
        let by_label =
            nested().find(|(_, inner)| self.index.is_called_by_label(outer, inner) && inner.own_label() == Some(name));
        if let Some((place, _)) = by_label {
            return self.index.reference(place).map(Value::from);
        }
        let of_type: Vec<_> = nested().filter(|(_, inner)| inner.block_type() == name).collect();
        match of_type.as_slice() {
            [] => None,
            [(place, inner)] if inner.own_label().is_none() => self.index.reference(*place).map(Value::from),
            several if several.iter().all(|(_, inner)| inner.own_label().is_some()) => {
                let entries: BTreeMap<_, _> = several
                    .iter()
                    .filter_map(|(place, inner)| {
                        Some((inner.own_label()?.to_owned(), self.index.reference(*place)?.into()))
                    })
                    .collect();
                Some(Value::object(entries))
            }
            several => Some(Value::tuple(
                several
                    .iter()
                    .filter_map(|(place, _)| self.index.reference(*place).map(Value::from))
                    .collect::<Vec<_>>(),
            )),
        }
    }
}

impl Scope for Evaluator<'_> {
    fn resolve(&self, path: &[Name<'_>], visible: &[&str]) -> Resolved {
        let Some(root) = path.first() else {
            return Resolved { value: Value::UNKNOWN, taken: 0 };
        };
        match root.text {
            "var" => self.resolve_in(
                path,
                ("var", "variable"),
                || self.variables.iter().map(|variable| variable.name).collect(),
                |name| {
                    let place = *self.variable_names.get(name.text)?;
                    Some(self.variable(place, name.span))
                },
            ),
            "local" => self.resolve_in(
                path,
                ("local", "local"),
                || self.locals.iter().map(|local| local.name).collect(),
                |name| {
                    let place = *self.local_names.get(name.text)?;
                    Some(self.local(place, name.span))
                },
            ),
            block_type if BLOCK_TYPES.contains(&block_type) || self.index.has_type(block_type) => {
                self.resolve_block(root, path)
            }
            text => {
                let roots = ["var", "local"].into_iter().chain(BLOCK_TYPES).chain(visible.iter().copied());
                let diagnostic =
                    Diagnostic::error("unknown-name", format!("there is nothing called `{text}`")).at(root.span);
                let diagnostic = match did_you_mean(text, roots) {
                    Some(help) => diagnostic.help(help),
                    None if self.variable_names.contains_key(text) => {
                        diagnostic.help(format!("the variable is `var.{text}`"))
                    }
                    None if self.local_names.contains_key(text) => {
                        diagnostic.help(format!("the local is `local.{text}`"))
                    }
                    None if path.len() == 1 => diagnostic.help(format!("a text stands in quotes: \"{text}\"")),
                    None => {
                        diagnostic.help("names begin with `var`, `local` or a type of block, such as `key.content`")
                    }
                };
                Resolved { value: self.session.fail(diagnostic), taken: path.len() }
            }
        }
    }

    fn attribute(&self, reference: &Reference, name: &Name<'_>) -> Value {
        let Some(declared) = self.index.get(reference.block) else {
            return Value::UNKNOWN;
        };
        let attribute = declared.attributes().enumerate().find(|(_, attribute)| attribute.key.as_str() == name.text);
        if let Some((position, attribute)) = attribute {
            return self.value_of(Node::Attribute(reference.block, position), name.span, || {
                self.interpreter().evaluate(&attribute.value, Place::new(declared.source))
            });
        }
        if let Some(nested) = self.nested(declared, name.text) {
            return nested;
        }
        let nested =
            declared.nested.iter().filter_map(|place| self.index.get(*place)).map(|inner| match inner.own_label() {
                Some(label) if self.index.is_called_by_label(declared, inner) => label,
                _ => inner.block_type(),
            });
        let known: Vec<&str> = declared.attributes().map(|attribute| attribute.key.as_str()).chain(nested).collect();
        let diagnostic =
            Diagnostic::error("unknown-attribute", format!("`{}` has no `{}`", reference.address, name.text))
                .at(name.span)
                .also(reference.span, "declared here");
        self.session.fail(with_known(diagnostic, name.text, known.iter().copied()))
    }
}

/// The scope of what may not refer to anything: defaults and given values of variables.
struct Constants<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
}

impl Scope for Constants<'_, '_> {
    fn resolve(&self, path: &[Name<'_>], _visible: &[&str]) -> Resolved {
        let (Some(first), Some(last)) = (path.first(), path.last()) else {
            return Resolved { value: Value::UNKNOWN, taken: 0 };
        };
        let span = if first.span.source == last.span.source {
            Span { end: last.span.end.max(first.span.end), ..first.span }
        } else {
            first.span
        };
        let diagnostic = Diagnostic::error("constant-expected", "the value of a variable can't refer to anything")
            .at(span)
            .label("expected a value without names");
        let diagnostic = if path.len() == 1 {
            diagnostic.help(format!("a text stands in quotes: \"{}\"", first.text))
        } else {
            diagnostic.help("what is made from other values belongs into `locals`")
        };
        Resolved { value: self.evaluator.session.fail(diagnostic), taken: path.len() }
    }

    fn attribute(&self, _reference: &Reference, _name: &Name<'_>) -> Value {
        Value::UNKNOWN
    }
}

/// Adds the nearest name, or all of them where they are few.
fn with_known<'n>(diagnostic: Diagnostic, written: &str, known: impl Iterator<Item = &'n str> + Clone) -> Diagnostic {
    if let Some(help) = did_you_mean(written, known.clone()) {
        return diagnostic.label("no such name").help(help);
    }
    let names: Vec<&str> = known.collect();
    match names.len() {
        0 => diagnostic.label("none is declared"),
        1..=12 => {
            let names = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            diagnostic.label("no such name").help(format!("there is {names}"))
        }
        _ => diagnostic.label("no such name"),
    }
}
