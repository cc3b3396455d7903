//! A policy document, in one canonical form so that equal policies compare equal.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A JSON policy with sorted keys. AWS stores one-element lists and their single element as the same thing in
/// several policy fields, and returns either; both read the same here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Document(String);

impl Document {
    pub fn new(policy: &Value) -> Self {
        Self(canonical(policy).to_string())
    }

    /// Reads what a service returned. Text that is no JSON is kept as it is, so that it shows up as a difference.
    pub fn parse(text: &str) -> Self {
        match serde_json::from_str::<Value>(text) {
            Ok(policy) => Self::new(&policy),
            Err(_) => Self(text.to_owned()),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The policy as JSON; null where it is none.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut keys: Vec<_> = map.keys().collect();
            keys.sort();
            keys.into_iter().map(|key| (key.clone(), canonical(&map[key]))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::Array(items) => {
            let mut items: Vec<_> = items.iter().map(canonical).collect();
            // Statements are evaluated as a set, and so are actions, resources and principals.
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            if items.len() == 1 && !items[0].is_object() { items.remove(0) } else { items.into() }
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_single_element_lists_make_no_difference() {
        let one = Document::parse(r#"{"Statement":[{"Action":["b","a"],"Effect":"Allow","Resource":["*"]}]}"#);
        let two = Document::parse(r#"{"Statement":[{"Effect":"Allow","Resource":"*","Action":["a","b"]}]}"#);
        assert_eq!(one, two);
    }

    #[test]
    fn what_is_no_json_is_kept() {
        assert_eq!(Document::parse("oops").as_str(), "oops");
    }
}
