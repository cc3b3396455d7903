//! Functions of sets, and of lists of conditions.

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::convert::Mismatch;
use crate::blueprint::types::Type;
use crate::blueprint::value::Value;

pub(super) fn union(arguments: &Arguments<'_>) -> Outcome {
    to_set(arguments.values.iter().flat_map(|set| set.as_sequence().unwrap_or_default()).cloned().collect())
}

pub(super) fn intersection(arguments: &Arguments<'_>) -> Outcome {
    let sets = one_type(arguments)?;
    let Some((first, others)) = sets.split_first() else {
        return Ok(Value::set(Vec::new()));
    };
    let in_all = |value: &&Value| others.iter().all(|set| set.contains(value));
    Ok(Value::set(first.iter().filter(in_all).cloned().collect()))
}

pub(super) fn subtract(arguments: &Arguments<'_>) -> Outcome {
    let sets = one_type(arguments)?;
    let (Some(first), Some(other)) = (sets.first(), sets.get(1)) else {
        return Ok(Value::set(Vec::new()));
    };
    Ok(Value::set(first.iter().filter(|value| !other.contains(value)).cloned().collect()))
}

/// The elements of all arguments as ones of one type.
fn one_type(arguments: &Arguments<'_>) -> Result<Vec<Vec<Value>>, Failure> {
    let all: Vec<Value> =
        arguments.values.iter().flat_map(|set| set.as_sequence().unwrap_or_default()).cloned().collect();
    let all = Value::tuple(all).convert(&Type::List(Box::new(Type::Any))).map_err(blame)?;
    let mut all = all.as_sequence().unwrap_or_default().iter().cloned();
    let counts = arguments.values.iter().map(|set| set.as_sequence().unwrap_or_default().len());
    Ok(counts.map(|count| all.by_ref().take(count).collect()).collect())
}

fn to_set(values: Vec<Value>) -> Outcome {
    Value::tuple(values).convert(&Type::Set(Box::new(Type::Any))).map_err(blame)
}

fn blame(mismatch: Mismatch) -> Failure {
    Failure::new(mismatch.to_string())
}

pub(super) fn all_true(arguments: &Arguments<'_>) -> Outcome {
    truths(arguments).map(|truths| truths.into_iter().all(|yes| yes).into())
}

pub(super) fn any_true(arguments: &Arguments<'_>) -> Outcome {
    truths(arguments).map(|truths| truths.into_iter().any(|yes| yes).into())
}

/// The elements as bools; null counts as false.
fn truths(arguments: &Arguments<'_>) -> Result<Vec<bool>, Failure> {
    let truth = |(index, value): (usize, &Value)| {
        let value = value.to_bool().map_err(|mismatch| Failure::at(0, format!("element [{index}]: {mismatch}")))?;
        Ok(value.as_bool().unwrap_or(false))
    };
    arguments.sequence(0).iter().enumerate().map(truth).collect()
}

pub(super) fn one(arguments: &Arguments<'_>) -> Outcome {
    match arguments.sequence(0) {
        [] => Ok(Value::NULL),
        [only] => Ok(only.clone()),
        several => Err(Failure::at(0, format!("expected one element or none, found {}", several.len()))),
    }
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn sets_are_terraforms() {
        assert_eq!(shown(r#"setunion(["a", "b"], ["b", "c"], ["d"])"#), r#"["a", "b", "c", "d"]"#);
        assert_eq!(shown(r#"setunion([1], ["1"])"#), r#"["1"]"#);
        assert_eq!(shown(r#"setintersection(["a", "b"], ["b", "c"], ["b"])"#), r#"["b"]"#);
        assert_eq!(shown(r#"setsubtract(["a", "b", "c"], ["a", "c"])"#), r#"["b"]"#);
        assert!(error_of("setunion([1], [true])").contains("of one type"));
    }

    #[test]
    fn conditions_and_single_elements() {
        assert_eq!(
            shown(r#"[alltrue(["true", true]), alltrue([]), anytrue([false, null]), anytrue([])]"#),
            "[true, true, false, false]"
        );
        assert_eq!(shown("[one([5]), one([])]"), "[5, null]");
        assert!(error_of("one([1, 2])").contains("expected one element or none, found 2"));
    }
}
