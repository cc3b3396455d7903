//! Ways into a value: attributes, indexes and splats.

use hcl_edit::Decorated;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};

use super::diagnostic::Diagnostic;
use super::evaluate::{Interpreter, Name, Place};
use super::nearest::did_you_mean;
use super::source::Span;
use super::types::Type;
use super::value::{Kind, Value};

type Steps<'e> = &'e [Decorated<TraversalOperator>];

impl Interpreter<'_> {
    pub(super) fn traversal(&self, traversal: &Traversal, place: Place<'_>) -> Value {
        let steps = traversal.operators.as_slice();
        let (value, taken) = match &traversal.expr {
            Expression::Variable(root) => {
                let mut path = vec![Name { text: root.as_str(), span: place.span(&traversal.expr) }];
                path.extend(steps.iter().map_while(|step| match step.value() {
                    TraversalOperator::GetAttr(name) => {
                        Some(Name { text: name.as_str(), span: step_span(step, place) })
                    }
                    _ => None,
                }));
                let resolved = self.lookup(&path, place);
                (resolved.value, resolved.taken.saturating_sub(1))
            }
            other => (self.evaluate(other, place), 0),
        };
        self.follow(value, steps.get(taken..).unwrap_or_default(), place)
    }

    fn follow(&self, mut value: Value, steps: Steps<'_>, place: Place<'_>) -> Value {
        for (index, step) in steps.iter().enumerate() {
            if value.is_unknown() {
                return value;
            }
            let span = step_span(step, place);
            let rest = &steps[index + 1..];
            value = match step.value() {
                TraversalOperator::GetAttr(name) => self.attribute(&value, &Name { text: name.as_str(), span }),
                TraversalOperator::LegacyIndex(number) => {
                    let number = i64::try_from(*number.value()).unwrap_or(i64::MAX);
                    self.index(&value, &Value::from(number), span)
                }
                TraversalOperator::Index(expression) => {
                    let key = self.evaluate(expression, place);
                    self.index(&value, &key, span)
                }
                // `.*` takes the attributes that follow, `[*]` everything that follows.
                TraversalOperator::AttrSplat(_) => {
                    let attributes =
                        rest.iter().take_while(|step| matches!(step.value(), TraversalOperator::GetAttr(_))).count();
                    let (inner, after) = rest.split_at(attributes);
                    let each = self.splat(&value, inner, span, place);
                    return self.follow_deeper(each, after, span, place);
                }
                TraversalOperator::FullSplat(_) => return self.splat(&value, rest, span, place),
            };
        }
        value
    }

    /// As [`Self::follow`], one level deeper: splats within splats are counted as nesting.
    fn follow_deeper(&self, value: Value, steps: Steps<'_>, span: Span, place: Place<'_>) -> Value {
        match self.session.enter(span) {
            Some(_waiting) => self.follow(value, steps, place),
            None => Value::UNKNOWN,
        }
    }

    fn splat(&self, value: &Value, steps: Steps<'_>, span: Span, place: Place<'_>) -> Value {
        let single = [value.clone()];
        let (values, is_tuple) = match &value.kind {
            Kind::Null => (&[][..], true),
            Kind::List(values) | Kind::Set(values) => (&values[..], false),
            Kind::Tuple(values) => (&values[..], true),
            _ => (&single[..], true),
        };
        let mut each = Vec::with_capacity(values.len());
        for value in values {
            let reports = self.session.reports();
            each.push(self.follow_deeper(value.clone(), steps, span, place));
            // What is wrong with one element is wrong with the others.
            if self.session.is_spent() || self.session.reports() > reports {
                return Value::UNKNOWN;
            }
        }
        let each = if is_tuple { Value::tuple(each) } else { Value::list(each) };
        self.session.settle(each.marked_if(value.marked), span)
    }

    fn attribute(&self, value: &Value, name: &Name<'_>) -> Value {
        let found = match &value.kind {
            Kind::Unknown => return Value::UNKNOWN,
            Kind::Object(entries) | Kind::Map(entries) => match entries.get(name.text) {
                Some(found) => found.clone(),
                None => return self.no_entry(value, name.text, name.span),
            },
            Kind::Reference(reference) => self.scope.attribute(reference, name),
            Kind::Null => {
                return self.session.fail(
                    Diagnostic::error("null-value", format!("null has no attribute `{}`", name.text))
                        .at(name.span)
                        .label("the value before it is null"),
                );
            }
            Kind::Tuple(_) | Kind::List(_) | Kind::Set(_) => {
                return self.session.fail(
                    Diagnostic::error("no-attributes", format!("a {} has no attributes", value.kind_name()))
                        .at(name.span)
                        .label(format!("`{}` is looked for in a {}", name.text, value.kind_name()))
                        .help(format!("for the attribute of each element write `[*].{}`", name.text)),
                );
            }
            Kind::Bool(_) | Kind::Number(_) | Kind::String(_) => {
                return self.session.fail(
                    Diagnostic::error("no-attributes", format!("a {} has no attributes", value.kind_name()))
                        .at(name.span)
                        .label(format!("`{}` is looked for in a {}", name.text, value.kind_name())),
                );
            }
        };
        found.marked_if(value.marked)
    }

    fn index(&self, value: &Value, key: &Value, span: Span) -> Value {
        if key.is_unknown() || value.is_unknown() {
            return Value::UNKNOWN;
        }
        let marked = value.marked || key.is_sensitive();
        match &value.kind {
            Kind::Tuple(values) | Kind::List(values) => {
                let key = self.converted(key.clone(), &Type::Number, "the index", span);
                let Some(number) = key.as_number() else {
                    return Value::UNKNOWN;
                };
                let found = number.as_index().and_then(|index| values.get(index));
                found
                    .cloned()
                    .map_or_else(|| self.no_element(values.len(), &key, span), |found| found.marked_if(marked))
            }
            Kind::Object(entries) | Kind::Map(entries) => {
                let key = self.converted(key.clone(), &Type::String, "the key", span);
                let Some(name) = key.as_str() else {
                    return Value::UNKNOWN;
                };
                match entries.get(name) {
                    Some(found) => found.clone().marked_if(marked),
                    // The names in a sensitive key are not told.
                    None if marked => self.session.fail(
                        Diagnostic::error("no-such-key", format!("the {} has no such key", value.kind_name())).at(span),
                    ),
                    None => self.no_entry(value, name, span),
                }
            }
            Kind::Reference(reference) => match key.as_str() {
                Some(name) => self.scope.attribute(reference, &Name { text: name, span }).marked_if(marked),
                None => self.not_indexable(value, span),
            },
            _ => self.not_indexable(value, span),
        }
    }

    fn no_element(&self, length: usize, key: &Value, span: Span) -> Value {
        let elements = match length {
            0 => "the list is empty".to_owned(),
            1 => "the list has one element, [0]".to_owned(),
            _ => format!("the list has {length} elements, [0] to [{}]", length - 1),
        };
        self.session
            .fail(Diagnostic::error("no-such-element", format!("there is no element [{key}]")).at(span).label(elements))
    }

    fn no_entry(&self, value: &Value, name: &str, span: Span) -> Value {
        let names: Vec<&str> =
            value.as_mapping().into_iter().flat_map(|entries| entries.keys()).map(String::as_str).collect();
        let mut diagnostic =
            Diagnostic::error("no-such-key", format!("the {} has no `{name}`", value.kind_name())).at(span);
        diagnostic = match did_you_mean(name, names.iter().copied()) {
            Some(help) => diagnostic.label("no such name in it").help(help),
            None => diagnostic.label(match names.len() {
                0 => "it is empty".to_owned(),
                1..=12 => {
                    format!("it has {}", names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
                }
                many => format!("none of its {many} names is that"),
            }),
        };
        self.session.fail(diagnostic)
    }

    fn not_indexable(&self, value: &Value, span: Span) -> Value {
        let diagnostic =
            Diagnostic::error("not-indexable", format!("a {} can't be indexed", value.kind_name())).at(span);
        self.session.fail(match value.kind {
            Kind::Set(_) => diagnostic
                .label("the elements of a set have no places")
                .help("turn it into a list with `tolist`, or into a sorted one with `sort`"),
            _ => diagnostic.label("expected a list, a map or an object before it"),
        })
    }
}

fn step_span(step: &Decorated<TraversalOperator>, place: Place<'_>) -> Span {
    // The operator's own place leaves out the dot or the brackets.
    match step.value() {
        TraversalOperator::GetAttr(name) => place.span(name),
        TraversalOperator::Index(expression) => place.span(expression),
        TraversalOperator::LegacyIndex(_) | TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
            place.span(step)
        }
    }
}
