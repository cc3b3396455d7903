//! Functions of lists and maps.

use std::collections::{BTreeMap, BTreeSet};

use unicode_segmentation::UnicodeSegmentation as _;

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::types::{Type, common};
use crate::blueprint::value::{Kind, Value};

pub(super) fn coalesce(arguments: &Arguments<'_>) -> Outcome {
    let wanted = common(arguments.values.iter().map(Type::of))
        .ok_or_else(|| Failure::new("the arguments have no type in common"))?;
    let is_something = |value: &&Value| !value.is_null() && value.as_str() != Some("");
    let found = arguments.values.iter().find(is_something);
    let found = found.ok_or_else(|| Failure::new("every argument is null or empty"))?;
    found.convert(&wanted).map_err(|mismatch| Failure::new(mismatch.to_string()))
}

pub(super) fn concat(arguments: &Arguments<'_>) -> Outcome {
    let values: Vec<Value> =
        arguments.values.iter().flat_map(|list| list.as_sequence().unwrap_or_default()).cloned().collect();
    let all_lists = arguments.values.iter().all(|list| !matches!(list.kind, Kind::Tuple(_)));
    if all_lists && common(values.iter().map(Type::of)).is_some() {
        return Value::tuple(values)
            .convert(&Type::List(Box::new(Type::Any)))
            .map_err(|mismatch| Failure::new(mismatch.to_string()));
    }
    Ok(Value::tuple(values))
}

pub(super) fn contains(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.sequence(0).contains(arguments.value(1)).into())
}

pub(super) fn distinct(arguments: &Arguments<'_>) -> Outcome {
    let mut seen = BTreeSet::new();
    let is_new = |value: &&Value| seen.insert(Ordered((*value).clone()));
    let values: Vec<Value> = arguments.sequence(0).iter().filter(is_new).cloned().collect();
    Ok(Value::list(values))
}

/// A value in the order of values.
struct Ordered(Value);

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.order(&other.0)
    }
}

pub(super) fn element(arguments: &Arguments<'_>) -> Outcome {
    let values = arguments.sequence(0);
    if matches!(arguments.value(0).kind, Kind::Set(_)) {
        return Err(Failure::at(0, "the elements of a set have no places; turn it into a list with `tolist`"));
    }
    if values.is_empty() {
        return Err(Failure::at(0, "the list is empty"));
    }
    let index = usize::try_from(arguments.integer(1)?).map_err(|_| Failure::at(1, "it can't be negative"))?;
    Ok(values[index % values.len()].clone())
}

pub(super) fn flatten(arguments: &Arguments<'_>) -> Outcome {
    fn add(values: &[Value], flat: &mut Vec<Value>) {
        for value in values {
            match value.as_sequence() {
                Some(inner) => add(inner, flat),
                None => flat.push(value.clone()),
            }
        }
    }
    let mut flat = Vec::new();
    add(arguments.sequence(0), &mut flat);
    Ok(Value::tuple(flat))
}

pub(super) fn keys(arguments: &Arguments<'_>) -> Outcome {
    let keys: Vec<Value> = entries(arguments, 0).map(|(name, _)| Value::from(name.as_str())).collect();
    Ok(Value::list(keys))
}

pub(super) fn values(arguments: &Arguments<'_>) -> Outcome {
    let values: Vec<Value> = entries(arguments, 0).map(|(_, value)| value.clone()).collect();
    Ok(if matches!(arguments.value(0).kind, Kind::Map(_)) { Value::list(values) } else { Value::tuple(values) })
}

fn entries<'c>(arguments: &'c Arguments<'_>, place: usize) -> impl Iterator<Item = (&'c String, &'c Value)> {
    arguments.value(place).as_mapping().into_iter().flatten()
}

pub(super) fn length(arguments: &Arguments<'_>) -> Outcome {
    let value = arguments.value(0);
    let count = match &value.kind {
        Kind::String(text) => text.graphemes(true).count(),
        Kind::Tuple(_) | Kind::List(_) | Kind::Set(_) | Kind::Object(_) | Kind::Map(_) => value.elements().count(),
        _ => return Err(Failure::at(0, format!("expected a collection or a string, found a {}", value.kind_name()))),
    };
    Ok(i64::try_from(count).unwrap_or(i64::MAX).into())
}

pub(super) fn lookup(arguments: &Arguments<'_>) -> Outcome {
    let key = arguments.text(1);
    if let Some(value) = arguments.value(0).as_mapping().and_then(|entries| entries.get(key)) {
        return Ok(value.clone());
    }
    match arguments.values.get(2) {
        Some(default) => Ok(default.clone()),
        None if arguments.sensitive => Err(Failure::at(1, "there is no such key, and no default is given")),
        None => Err(Failure::at(1, format!("there is no key \"{key}\", and no default is given"))),
    }
}

pub(super) fn merge(arguments: &Arguments<'_>) -> Outcome {
    let mut merged = BTreeMap::new();
    for map in arguments.values {
        merged.extend(map.as_mapping().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())));
    }
    let all_maps = arguments.values.iter().all(|map| matches!(map.kind, Kind::Map(_) | Kind::Null));
    let one_type = || common(merged.values().map(Type::of)).is_some();
    Ok(if all_maps && !arguments.values.is_empty() && one_type() { Value::map(merged) } else { Value::object(merged) })
}

pub(super) fn reverse(arguments: &Arguments<'_>) -> Outcome {
    let values: Vec<Value> = arguments.sequence(0).iter().rev().cloned().collect();
    Ok(if matches!(arguments.value(0).kind, Kind::Tuple(_)) { Value::tuple(values) } else { Value::list(values) })
}

pub(super) fn slice(arguments: &Arguments<'_>) -> Outcome {
    let values = arguments.sequence(0);
    let place = |argument: usize| {
        let index = arguments.integer(argument)?;
        usize::try_from(index)
            .ok()
            .filter(|index| *index <= values.len())
            .ok_or_else(|| Failure::at(argument, format!("expected 0 to {}, found {index}", values.len())))
    };
    let (start, end) = (place(1)?, place(2)?);
    let part = values.get(start..end).ok_or_else(|| Failure::at(1, "it lies behind the end"))?;
    Ok(if matches!(arguments.value(0).kind, Kind::Tuple(_)) { Value::tuple(part) } else { Value::list(part) })
}

pub(super) fn zip_map(arguments: &Arguments<'_>) -> Outcome {
    let keys = arguments.texts(0)?;
    let values = arguments.sequence(1);
    if keys.len() != values.len() {
        return Err(Failure::at(1, format!("there are {} keys and {} values", keys.len(), values.len())));
    }
    let entries = keys.into_iter().map(str::to_owned).zip(values.iter().cloned()).collect();
    Ok(if matches!(arguments.value(1).kind, Kind::Tuple(_)) { Value::object(entries) } else { Value::map(entries) })
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn lists_are_terraforms() {
        for (call, result) in [
            (r#"coalesce("", null, "b")"#, r#""b""#),
            (r#"coalesce(1, "x")"#, r#""1""#),
            (r#"concat(["a"], [1, true], [])"#, r#"["a", 1, true]"#),
            ("concat()", "[]"),
            (r#"[contains(["a", "b"], "a"), contains([1], "1"), contains([], 1)]"#, "[true, false, false]"),
            (r#"distinct(["a", "b", "a", "c"])"#, r#"["a", "b", "c"]"#),
            (r#"[element(["a", "b", "c"], 1), element(["a", "b", "c"], 3)]"#, r#"["b", "a"]"#),
            (r#"flatten([["a", ["b"]], [], "c", [[]]])"#, r#"["a", "b", "c"]"#),
            ("reverse([1, 2, 3])", "[3, 2, 1]"),
            (r#"slice(["a", "b", "c", "d"], 1, 3)"#, r#"["b", "c"]"#),
            (r#"[length([]), length(["a"]), length({ a = 1 }), length("hello"), length("👾🕹️")]"#, "[0, 1, 1, 5, 2]"),
        ] {
            assert_eq!(shown(call), result, "{call}");
        }
        assert!(error_of(r#"coalesce("", null)"#).contains("every argument is null or empty"));
        assert!(error_of("element([], 0)").contains("the list is empty"));
        assert!(error_of("element([1], -1)").contains("can't be negative"));
        assert!(error_of("length(5)").contains("expected a collection or a string, found a number"));
        assert!(error_of("slice([1], 0, 2)").contains("expected 0 to 1, found 2"));
        assert!(error_of("slice([1, 2], 2, 1)").contains("behind the end"));
    }

    #[test]
    fn maps_are_terraforms() {
        for (call, result) in [
            ("keys({ b = 1, a = 2 })", r#"["a", "b"]"#),
            ("values({ b = 1, a = 2 })", "[2, 1]"),
            (r#"[lookup({ a = "x" }, "a", "d"), lookup({ a = "x" }, "c", "d")]"#, r#"["x", "d"]"#),
            ("merge({ a = 1, b = 2 }, null, { b = 3 })", "{ a = 1, b = 3 }"),
            ("merge()", "{}"),
            (r#"zipmap(["a", "b"], [1, 2])"#, "{ a = 1, b = 2 }"),
        ] {
            assert_eq!(shown(call), result, "{call}");
        }
        assert!(error_of(r#"lookup({}, "a")"#).contains("there is no key \"a\""));
        assert!(error_of(r#"zipmap(["a"], [])"#).contains("there are 1 keys and 0 values"));
        assert!(error_of("keys([1])").contains("expected a map or object, found a list"));
    }
}
