//! Evaluation of an expression: one step for every kind of syntax, and names looked up in a scope.

use std::collections::BTreeMap;

use hcl_edit::expr::{Array, Conditional, Expression, Object, ObjectKey};

use super::diagnostic::Diagnostic;
use super::session::Session;
use super::source::{SourceId, Span};
use super::types::Type;
use super::value::{Kind, Reference, Value};

/// Where names come from. Each is looked up when an expression asks for it, not before.
pub(super) trait Scope {
    /// The value of as many of the names as it takes: `var.artists` of `var.artists.soho`. The first one is there.
    fn resolve(&self, path: &[Name<'_>], visible: &[&str]) -> Resolved;

    /// An attribute of a block, or a block within it.
    fn attribute(&self, reference: &Reference, name: &Name<'_>) -> Value;
}

/// One name of a path, such as `artists` in `var.artists`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'e> {
    pub(super) text: &'e str,
    pub(super) span: Span,
}

/// What a path led to.
pub(super) struct Resolved {
    pub(super) value: Value,
    /// How many of the names it took.
    pub(super) taken: usize,
}

/// Evaluates expressions in a scope. What goes wrong is reported to the session, and its value is unknown.
#[derive(Clone, Copy)]
pub(super) struct Interpreter<'a> {
    pub(super) session: &'a Session<'a>,
    pub(super) scope: &'a dyn Scope,
}

/// Where an expression stands: its file, and the variables of the `for` expressions around it.
#[derive(Clone, Copy)]
pub(super) struct Place<'f> {
    pub(super) source: SourceId,
    pub(super) bound: Option<&'f Bound<'f>>,
}

/// A variable of a `for` expression.
pub(super) struct Bound<'f> {
    pub(super) name: &'f str,
    pub(super) value: Value,
    pub(super) outer: Option<&'f Bound<'f>>,
}

impl<'f> Place<'f> {
    pub(super) fn new(source: SourceId) -> Self {
        Self { source, bound: None }
    }

    pub(super) fn span(self, node: &impl hcl_edit::Span) -> Span {
        Span::new(self.source, node.span().unwrap_or_default())
    }

    pub(super) fn bindings(self) -> impl Iterator<Item = &'f Bound<'f>> {
        std::iter::successors(self.bound, |bound| bound.outer)
    }
}

impl Interpreter<'_> {
    pub(super) fn evaluate(&self, expression: &Expression, place: Place<'_>) -> Value {
        let span = place.span(expression);
        let Some(_waiting) = self.session.enter(span) else {
            return Value::UNKNOWN;
        };
        match expression {
            Expression::Null(_) => Value::NULL,
            Expression::Bool(value) => Value::from(*value.value()),
            Expression::String(value) => self.session.settle(Value::from(value.as_str()), span),
            Expression::Number(number) => {
                let written = number.as_repr().map(|written| &**written);
                self.literal_number(*number.value(), written, span)
            }
            Expression::Array(array) => self.array(array, span, place),
            Expression::Object(object) => self.object(object, span, place),
            Expression::StringTemplate(template) => self.quoted_template(template, span, place),
            Expression::HeredocTemplate(heredoc) => self.heredoc(heredoc, span, place),
            Expression::Parenthesis(inner) => self.evaluate(inner.inner(), place),
            Expression::Variable(name) => {
                let path = [Name { text: name.as_str(), span }];
                self.lookup(&path, place).value
            }
            Expression::Conditional(conditional) => self.conditional(conditional, place),
            Expression::FuncCall(call) => self.call(call, span, place),
            Expression::Traversal(traversal) => self.traversal(traversal, place),
            Expression::UnaryOp(operation) => self.unary(operation, span, place),
            Expression::BinaryOp(operation) => self.binary(operation, span, place),
            Expression::ForExpr(for_expr) => self.for_expression(for_expr, span, place),
        }
    }

    /// The value of a name: a variable of a `for` expression around it, or what the scope knows.
    pub(super) fn lookup(&self, path: &[Name<'_>], place: Place<'_>) -> Resolved {
        let Some(first) = path.first() else {
            return Resolved { value: Value::UNKNOWN, taken: 0 };
        };
        if let Some(bound) = place.bindings().find(|bound| bound.name == first.text) {
            return Resolved { value: bound.value.clone(), taken: 1 };
        }
        let visible: Vec<&str> = place.bindings().map(|bound| bound.name).collect();
        self.scope.resolve(path, &visible)
    }

    /// Evaluates to a bool; none (reported unless unknown) where it is none. `what` is such as `the condition`.
    pub(super) fn condition(&self, expression: &Expression, what: &str, place: Place<'_>) -> Option<(bool, bool)> {
        let value = self.evaluate(expression, place);
        let converted = self.converted(value, &Type::Bool, what, place.span(expression));
        converted.as_bool().map(|yes| (yes, converted.marked))
    }

    /// Converts; what does not fit or is null is reported and unknown.
    pub(super) fn converted(&self, value: Value, wanted: &Type, what: &str, span: Span) -> Value {
        if value.is_null() {
            return self.session.fail(
                Diagnostic::error("null-value", format!("{what} is null")).at(span).label(format!("expected {wanted}")),
            );
        }
        value.convert(wanted).unwrap_or_else(|mismatch| {
            self.session.fail(
                Diagnostic::error("wrong-type", format!("{what} has the wrong type"))
                    .at(span)
                    .label(mismatch.to_string()),
            )
        })
    }

    fn array(&self, array: &Array, span: Span, place: Place<'_>) -> Value {
        let values: Vec<_> = array.iter().map(|element| self.evaluate(element, place)).collect();
        self.session.settle(Value::tuple(values), span)
    }

    fn object(&self, object: &Object, span: Span, place: Place<'_>) -> Value {
        let mut entries = BTreeMap::new();
        let mut marked = false;
        let mut unknown = false;
        for (key, value) in object {
            let name = match key {
                ObjectKey::Ident(name) => Some(name.as_str().to_owned()),
                ObjectKey::Expression(expression) => {
                    let key = self.evaluate(expression, place);
                    let key = self.converted(key, &Type::String, "the key", place.span(expression));
                    marked |= key.marked;
                    key.as_str().map(str::to_owned)
                }
            };
            let value = self.evaluate(value.expr(), place);
            match name {
                // The last of several keys that are equal only once evaluated wins, as in Terraform.
                Some(name) => drop(entries.insert(name, value)),
                None => unknown = true,
            }
        }
        if unknown {
            return Value::UNKNOWN;
        }
        self.session.settle(Value::object(entries).marked_if(marked), span)
    }

    fn conditional(&self, conditional: &Conditional, place: Place<'_>) -> Value {
        let Some((yes, marked)) = self.condition(&conditional.cond_expr, "the condition", place) else {
            return Value::UNKNOWN;
        };
        let (chosen, other) = if yes {
            (&conditional.true_expr, &conditional.false_expr)
        } else {
            (&conditional.false_expr, &conditional.true_expr)
        };
        let value = self.evaluate(chosen, place).marked_if(marked);
        // Both branches have one type in Terraform. The other branch is not evaluated, so this is done where its type
        // can be seen: a number beside a string is a string.
        match (&value.kind, is_text(other)) {
            (Kind::Number(_) | Kind::Bool(_), true) => value.to_text().unwrap_or(value),
            _ => value,
        }
    }
}

/// Whether an expression can only be a string.
fn is_text(expression: &Expression) -> bool {
    match expression {
        Expression::String(_) | Expression::HeredocTemplate(_) => true,
        // A template of one interpolation yields the value in it, whatever it is.
        Expression::StringTemplate(template) => template.len() != 1,
        Expression::Parenthesis(inner) => is_text(inner.inner()),
        _ => false,
    }
}
