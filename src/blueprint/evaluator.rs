//! The way in for whoever reads blocks: values of expressions, with all names resolved and all problems collected.

use std::cell::RefCell;

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::files::Files;
use super::parse::Parsed;
use super::source::{SourceId, Span, Spanned};
use super::types::Type;
use super::value::Value;
use super::variables::Inputs;

/// Evaluates the expressions of one blueprint.
///
/// What goes wrong is collected and read once, at the end, with [`Evaluator::finish`]; the value of a wrong expression
/// is [`Value::UNKNOWN`], which causes no further errors.
pub struct Evaluator<'a> {
    parsed: &'a Parsed,
    diagnostics: RefCell<Diagnostics>,
}

impl<'a> Evaluator<'a> {
    /// Indexes the declared blocks, variables and locals. Nothing is evaluated yet.
    pub fn new(parsed: &'a Parsed, _inputs: &'a Inputs, _files: &'a dyn Files) -> Self {
        Self { parsed, diagnostics: RefCell::default() }
    }

    /// The value of an expression in a file of the blueprint, and where the expression stands.
    pub fn evaluate(&self, expression: &Expression, source: SourceId) -> Spanned<Value> {
        let value = match expression {
            Expression::Bool(value) => Value::from(*value.value()),
            Expression::String(value) => Value::from(value.as_str()),
            _ => Value::UNKNOWN,
        };
        Spanned::new(value, self.span(expression, source))
    }

    /// The value of an expression converted to a type; one that does not fit is reported and unknown.
    pub fn evaluate_as(&self, expression: &Expression, source: SourceId, wanted: &Type) -> Spanned<Value> {
        let found = self.evaluate(expression, source);
        let span = found.span;
        let value = found.value.convert(wanted).unwrap_or_else(|mismatch| {
            self.report(Diagnostic::error("wrong-type", mismatch.to_string()).at(span));
            Value::UNKNOWN
        });
        Spanned::new(value, span)
    }

    /// The elements of a list expression, each with its own place where it is written as a list.
    /// None where it is unknown or no list, which is reported.
    pub fn evaluate_elements(&self, expression: &Expression, source: SourceId) -> Option<Vec<Spanned<Value>>> {
        let found = self.evaluate(expression, source);
        found
            .value
            .as_sequence()
            .map(|values| values.iter().map(|value| Spanned::new(value.clone(), found.span)).collect())
    }

    /// The entries of an object expression, names and values each with their own place where they are written.
    /// None where it is unknown or no object, which is reported.
    #[expect(clippy::type_complexity)]
    pub fn evaluate_entries(
        &self,
        expression: &Expression,
        source: SourceId,
    ) -> Option<Vec<(Spanned<String>, Spanned<Value>)>> {
        let found = self.evaluate(expression, source);
        found.value.as_mapping().map(|entries| {
            let entry = |(name, value): (&String, &Value)| {
                (Spanned::new(name.clone(), found.span), Spanned::new(value.clone(), found.span))
            };
            entries.iter().map(entry).collect()
        })
    }

    /// Where an expression stands.
    pub fn span(&self, expression: &Expression, source: SourceId) -> Span {
        Span::new(source, expression.span().unwrap_or_default())
    }

    /// The files that it evaluates.
    pub fn parsed(&self) -> &'a Parsed {
        self.parsed
    }

    /// Notes a problem among those of the evaluation.
    pub fn report(&self, diagnostic: Diagnostic) {
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Evaluates what nobody asked for yet (every variable, every local), so that all errors are found, and gives all
    /// problems.
    pub fn finish(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }
}
