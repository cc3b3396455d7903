//! `for` expressions: `[for v in list : …]` and `{for k, v in map : … => …}`, with `if` and grouping `...`.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr};

use super::diagnostic::Diagnostic;
use super::evaluate::{Bound, Interpreter, Place};
use super::source::Span;
use super::types::Type;
use super::value::{Kind, Value};

/// A collection's elements, each with its key: an index, a name, or in a set the element itself.
pub(super) type Pairs = Vec<(Value, Value)>;

impl Interpreter<'_> {
    pub(super) fn for_expression(&self, expression: &ForExpr, span: Span, place: Place<'_>) -> Value {
        let intro = &expression.intro;
        let Some((pairs, mut marked)) = self.pairs(&intro.collection_expr, place) else {
            return Value::UNKNOWN;
        };
        let key_name = intro.key_var.as_ref().map(|name| name.as_str());
        let mut made = Made::default();

        for (key, value) in pairs {
            let reports = self.session.reports();
            let key = Bound { name: key_name.unwrap_or_default(), value: key, outer: place.bound };
            let outer = if key_name.is_some() { Some(&key) } else { place.bound };
            let value = Bound { name: intro.value_var.as_str(), value, outer };
            let inner = Place { source: place.source, bound: Some(&value) };

            let wanted = match &expression.cond {
                None => Some(true),
                Some(condition) => {
                    self.condition(&condition.expr, "the condition after `if`", inner).map(|(yes, hides)| {
                        marked |= hides;
                        yes
                    })
                }
            };
            match wanted {
                Some(true) => marked |= self.make_one(expression, &mut made, inner),
                Some(false) => {}
                None => made.unknown = true,
            }
            // What is wrong with one element is most likely wrong with the others, and said once.
            if self.session.reports() > reports || self.session.is_spent() {
                return Value::UNKNOWN;
            }
        }
        if made.unknown {
            return Value::UNKNOWN;
        }
        let value = if expression.key_expr.is_none() {
            Value::tuple(made.elements)
        } else if expression.grouping {
            Value::object(made.groups.into_iter().map(|(name, values)| (name, Value::tuple(values))).collect())
        } else {
            Value::object(made.entries)
        };
        self.session.settle(value.marked_if(marked), span)
    }

    /// Evaluates the body for one element; whether its key is sensitive.
    fn make_one(&self, expression: &ForExpr, made: &mut Made, place: Place<'_>) -> bool {
        let Some(key_expression) = &expression.key_expr else {
            made.elements.push(self.evaluate(&expression.value_expr, place));
            return false;
        };
        let span = place.span(key_expression);
        let key = self.evaluate(key_expression, place);
        let key = self.converted(key, &Type::String, "the key", span);
        let value = self.evaluate(&expression.value_expr, place);
        let Some(name) = key.as_str() else {
            made.unknown = true;
            return false;
        };
        if expression.grouping {
            made.groups.entry(name.to_owned()).or_default().push(value);
        } else if made.entries.insert(name.to_owned(), value).is_some() {
            self.session.report(
                Diagnostic::error("duplicate-key", format!("two elements have the key {key}"))
                    .at(span)
                    .label("keys must differ")
                    .help("make the keys differ, or group the values with `...` after the value"),
            );
        }
        key.marked
    }

    /// The elements to go through, and whether the collection itself is sensitive; none where it is no collection.
    pub(super) fn pairs(&self, expression: &Expression, place: Place<'_>) -> Option<(Pairs, bool)> {
        let collection = self.evaluate(expression, place);
        let marked = collection.marked;
        let pairs: Pairs = match &collection.kind {
            Kind::Unknown => return None,
            Kind::Tuple(values) | Kind::List(values) => values
                .iter()
                .zip(0i64..)
                .map(|(value, index)| (Value::from(index), value.clone().marked_if(marked)))
                .collect(),
            Kind::Set(values) => {
                values.iter().map(|value| value.clone().marked_if(marked)).map(|value| (value.clone(), value)).collect()
            }
            Kind::Object(entries) | Kind::Map(entries) => entries
                .iter()
                .map(|(name, value)| (Value::from(name.as_str()).marked_if(marked), value.clone().marked_if(marked)))
                .collect(),
            Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::String(_) | Kind::Reference(_) => {
                self.session.report(
                    Diagnostic::error("not-iterable", format!("`for` can't go through a {}", collection.kind_name()))
                        .at(place.span(expression))
                        .label("expected a list, a set, a map or an object"),
                );
                return None;
            }
        };
        Some((pairs, marked))
    }
}

/// What a `for` expression has made so far.
#[derive(Default)]
struct Made {
    elements: Vec<Value>,
    entries: BTreeMap<String, Value>,
    groups: BTreeMap<String, Vec<Value>>,
    unknown: bool,
}
