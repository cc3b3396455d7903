//! The way in for whoever reads blocks: values of expressions, with all names resolved and all problems collected.

use std::collections::{BTreeMap, HashMap};

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::evaluate::{Interpreter, Place};
use super::files::Files;
use super::index::Index;
use super::locals::{self, Local};
use super::names::Names;
use super::parse::Parsed;
use super::session::Session;
use super::source::{SourceId, Span, Spanned};
use super::types::Type;
use super::value::Value;
use super::variables::{self, Given, Inputs, Variable, VariableSummary};

/// Evaluates the expressions of one blueprint.
///
/// What goes wrong is collected and read once, at the end, with [`Evaluator::finish`]; the value of a wrong expression
/// is [`Value::UNKNOWN`], which causes no further errors.
pub struct Evaluator<'a> {
    parsed: &'a Parsed,
    pub(super) session: Session<'a>,
    pub(super) index: Index<'a>,
    pub(super) variables: Vec<Variable<'a>>,
    pub(super) variable_names: HashMap<&'a str, usize>,
    pub(super) given: BTreeMap<&'a str, Given<'a>>,
    pub(super) locals: Vec<Local<'a>>,
    pub(super) local_names: HashMap<&'a str, usize>,
    pub(super) names: Names,
}

impl<'a> Evaluator<'a> {
    /// Indexes the declared blocks, variables and locals; what is declared twice or not well formed is reported.
    /// Nothing is evaluated yet.
    pub fn new(parsed: &'a Parsed, inputs: &'a Inputs, files: &'a dyn Files) -> Self {
        let mut diagnostics = Diagnostics::default();
        let index = Index::new(parsed, &mut diagnostics);
        let variables = variables::declared(parsed, &mut diagnostics);
        let locals = locals::declared(parsed, &mut diagnostics);
        let given = inputs.by_name(&variables, &mut diagnostics);
        let evaluator = Self {
            parsed,
            session: Session::new(&parsed.sources, files, diagnostics),
            index,
            variable_names: variables.iter().enumerate().map(|(place, variable)| (variable.name, place)).collect(),
            local_names: locals.iter().enumerate().map(|(place, local)| (local.name, place)).collect(),
            variables,
            given,
            locals,
            names: Names::default(),
        };
        evaluator.hide_sensitive_texts();
        evaluator
    }

    /// The value of an expression in a file of the blueprint, and where the expression stands.
    pub fn evaluate(&self, expression: &Expression, source: SourceId) -> Spanned<Value> {
        let value = self.interpreter().evaluate(expression, Place::new(source));
        Spanned::new(value, self.span(expression, source))
    }

    /// The value of an expression converted to a type; one that does not fit is reported and unknown. Null stays null.
    pub fn evaluate_as(&self, expression: &Expression, source: SourceId, wanted: &Type) -> Spanned<Value> {
        let found = self.evaluate(expression, source);
        let span = found.span;
        found.map(|value| self.fit(value, wanted, span))
    }

    /// The elements of a list expression, each with its own place where it is written as a list. None where it is
    /// unknown, null or no list; the last is reported.
    pub fn evaluate_elements(&self, expression: &Expression, source: SourceId) -> Option<Vec<Spanned<Value>>> {
        if let Expression::Array(array) = bare(expression) {
            return Some(array.iter().map(|element| self.evaluate(element, source)).collect());
        }
        let found = self.evaluate(expression, source);
        let Some(values) = found.value.as_sequence() else {
            self.report_kind(&found, "a list");
            return None;
        };
        let marked = found.value.marked;
        Some(values.iter().map(|value| Spanned::new(value.clone().marked_if(marked), found.span)).collect())
    }

    /// The entries of an object expression, names and values each with their own place where they are written as an
    /// object. None where it is unknown, null or no object; the last is reported.
    pub fn evaluate_entries(&self, expression: &Expression, source: SourceId) -> Option<Vec<Entry>> {
        if let Expression::Object(object) = bare(expression) {
            let mut entries: Vec<Entry> = Vec::new();
            for (key, value) in object {
                let name = match key {
                    ObjectKey::Ident(name) => {
                        let span = Span::new(source, name.span().unwrap_or_default());
                        Some(Spanned::new(name.as_str().to_owned(), span))
                    }
                    ObjectKey::Expression(key) => {
                        let key = self.evaluate_as(key, source, &Type::String);
                        key.value.as_str().map(|name| Spanned::new(name.to_owned(), key.span))
                    }
                };
                let value = self.evaluate(value.expr(), source);
                if let Some(name) = name {
                    entries.retain(|(earlier, _)| earlier.value != name.value);
                    entries.push((name, value));
                }
            }
            return Some(entries);
        }
        let found = self.evaluate(expression, source);
        let Some(entries) = found.value.as_mapping() else {
            self.report_kind(&found, "an object");
            return None;
        };
        let marked = found.value.marked;
        let entry = |(name, value): (&String, &Value)| {
            let name = Spanned::new(name.clone(), found.span);
            (name, Spanned::new(value.clone().marked_if(marked), found.span))
        };
        Some(entries.iter().map(entry).collect())
    }

    /// Where an expression stands.
    pub fn span(&self, expression: &Expression, source: SourceId) -> Span {
        Span::new(source, expression.span().unwrap_or_default())
    }

    /// The files that it evaluates.
    pub fn parsed(&self) -> &'a Parsed {
        self.parsed
    }

    /// The declared blocks.
    pub fn index(&self) -> &Index<'a> {
        &self.index
    }

    /// What the blueprint asks for, in the order of declaration.
    pub fn variables(&self) -> Vec<VariableSummary> {
        (0..self.variables.len()).map(|place| self.summarize(place)).collect()
    }

    /// Notes a problem among those of the evaluation.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.session.report(diagnostic);
    }

    /// The problems found so far.
    pub fn diagnostics(&self) -> Diagnostics {
        self.session.diagnostics()
    }

    /// Evaluates what nobody asked for yet (every variable with its validations, every local), so that all errors are
    /// found, and gives all problems.
    pub fn finish(self) -> Diagnostics {
        for place in 0..self.variables.len() {
            self.variable(place, self.variables[place].span);
            self.validate(place);
        }
        for place in 0..self.locals.len() {
            self.local(place, self.locals[place].span);
        }
        self.session.into_diagnostics()
    }

    pub(super) fn interpreter(&self) -> Interpreter<'_> {
        Interpreter { session: &self.session, scope: self }
    }

    fn fit(&self, value: Value, wanted: &Type, span: Span) -> Value {
        value.convert(wanted).unwrap_or_else(|mismatch| {
            let message = format!("this does not fit the type {wanted}");
            self.session.fail(Diagnostic::error("wrong-type", message).at(span).label(mismatch.to_string()))
        })
    }

    fn report_kind(&self, found: &Spanned<Value>, expected: &str) {
        if !found.value.is_unknown() && !found.value.is_null() {
            self.report(
                Diagnostic::error("wrong-type", format!("this is not {expected}"))
                    .at(found.span)
                    .label(format!("expected {expected}, found a {}", found.value.kind_name())),
            );
        }
    }
}

/// An entry of an object: its name and its value, each with its place.
pub type Entry = (Spanned<String>, Spanned<Value>);

fn bare(mut expression: &Expression) -> &Expression {
    while let Expression::Parenthesis(inner) = expression {
        expression = inner.inner();
    }
    expression
}
