//! Operators and literal numbers: checked arithmetic, comparison, equality, and logic that stops when it knows.

use std::cmp::Ordering;

use hcl_edit::expr::{BinaryOp, BinaryOperator, UnaryOp, UnaryOperator};

use super::diagnostic::Diagnostic;
use super::evaluate::{Interpreter, Place};
use super::number::{Number, Uncomputable};
use super::source::Span;
use super::types::Type;
use super::value::Value;

impl Interpreter<'_> {
    /// A number as written. One without a fraction must fit 64 bits: it is never rounded.
    pub(super) fn literal_number(&self, number: hcl_edit::Number, written: Option<&str>, span: Span) -> Value {
        if let Some(integer) = number.as_i64() {
            return Value::from(integer);
        }
        let has_fraction = written.is_none_or(|text| text.contains(['.', 'e', 'E']));
        match number.as_f64().and_then(Number::from_float) {
            Some(number) if has_fraction => Value::from(number),
            _ => self.session.fail(
                Diagnostic::error("number-too-large", "this number does not fit 64 bits")
                    .at(span)
                    .label("integers reach from -9223372036854775808 to 9223372036854775807"),
            ),
        }
    }

    pub(super) fn unary(&self, operation: &UnaryOp, span: Span, place: Place<'_>) -> Value {
        let value = self.evaluate(&operation.expr, place);
        let operand = place.span(&operation.expr);
        match operation.operator.value() {
            UnaryOperator::Not => {
                let value = self.converted(value, &Type::Bool, "the operand of `!`", operand);
                value.as_bool().map_or(Value::UNKNOWN, |yes| Value::from(!yes).marked_if(value.marked))
            }
            UnaryOperator::Neg => {
                let value = self.converted(value, &Type::Number, "the operand of `-`", operand);
                let Some(number) = value.as_number() else {
                    return Value::UNKNOWN;
                };
                self.computed(number.negate(), span).marked_if(value.marked)
            }
        }
    }

    pub(super) fn binary(&self, operation: &BinaryOp, span: Span, place: Place<'_>) -> Value {
        let operator = *operation.operator.value();
        match operator {
            BinaryOperator::And | BinaryOperator::Or => self.logic(operation, operator, place),
            BinaryOperator::Eq | BinaryOperator::NotEq => {
                let left = self.evaluate(&operation.lhs_expr, place);
                let right = self.evaluate(&operation.rhs_expr, place);
                if left.has_unknown() || right.has_unknown() {
                    return Value::UNKNOWN;
                }
                let equal = left == right;
                let marked = left.is_sensitive() || right.is_sensitive();
                Value::from(equal == (operator == BinaryOperator::Eq)).marked_if(marked)
            }
            _ => self.calculate(operation, operator, span, place),
        }
    }

    fn logic(&self, operation: &BinaryOp, operator: BinaryOperator, place: Place<'_>) -> Value {
        let what = format!("the operand of `{}`", operator.as_str());
        let Some((left, left_marked)) = self.condition(&operation.lhs_expr, &what, place) else {
            return Value::UNKNOWN;
        };
        // The left operand alone decides: the right one may be wrong then, such as an index that does not exist.
        if left == (operator == BinaryOperator::Or) {
            return Value::from(left).marked_if(left_marked);
        }
        let Some((right, right_marked)) = self.condition(&operation.rhs_expr, &what, place) else {
            return Value::UNKNOWN;
        };
        Value::from(right).marked_if(left_marked || right_marked)
    }

    fn calculate(&self, operation: &BinaryOp, operator: BinaryOperator, span: Span, place: Place<'_>) -> Value {
        let what = format!("the operand of `{}`", operator.as_str());
        let operand = |expression| {
            let value = self.evaluate(expression, place);
            self.converted(value, &Type::Number, &what, place.span(expression))
        };
        let left = operand(&operation.lhs_expr);
        let right = operand(&operation.rhs_expr);
        let marked = left.marked || right.marked;
        let (Some(left), Some(right)) = (left.as_number(), right.as_number()) else {
            return Value::UNKNOWN;
        };
        let order = left.cmp(&right);
        let value = match operator {
            BinaryOperator::Less => Value::from(order == Ordering::Less),
            BinaryOperator::LessEq => Value::from(order != Ordering::Greater),
            BinaryOperator::Greater => Value::from(order == Ordering::Greater),
            BinaryOperator::GreaterEq => Value::from(order != Ordering::Less),
            BinaryOperator::Plus => self.computed(left.plus(right), span),
            BinaryOperator::Minus => self.computed(left.minus(right), span),
            BinaryOperator::Mul => self.computed(left.times(right), span),
            BinaryOperator::Div => self.computed(left.divide(right), place.span(&operation.rhs_expr)),
            BinaryOperator::Mod => self.computed(left.remainder(right), place.span(&operation.rhs_expr)),
            // Handled above, where they are not calculations.
            BinaryOperator::And | BinaryOperator::Or | BinaryOperator::Eq | BinaryOperator::NotEq => Value::UNKNOWN,
        };
        value.marked_if(marked)
    }

    fn computed(&self, result: Result<Number, Uncomputable>, span: Span) -> Value {
        result.map_or_else(
            |problem| {
                let label = match problem {
                    Uncomputable::DivisionByZero => "this is zero",
                    Uncomputable::Overflow => "too large",
                };
                self.session.fail(Diagnostic::error("arithmetic", problem.to_string()).at(span).label(label))
            },
            Value::from,
        )
    }
}
