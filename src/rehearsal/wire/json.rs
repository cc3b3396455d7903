//! The JSON protocols' request body: an object whose members are read by name.

use super::error::{AwsError, Outcome};
use serde_json::Value;

/// Reading members of a JSON request, with the errors that the JSON services give.
pub trait Members {
    /// A text member.
    fn text(&self, name: &str) -> Option<&str>;
    /// A text member that has to be there.
    fn required(&self, name: &str) -> Outcome<&str>;
    /// A whole-number member.
    fn number(&self, name: &str) -> Option<i64>;
    /// A truth-value member.
    fn flag(&self, name: &str) -> Option<bool>;
    /// The members of a list; none where there is no list.
    fn list(&self, name: &str) -> &[Value];
}

impl Members for Value {
    fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    fn required(&self, name: &str) -> Outcome<&str> {
        self.text(name).filter(|text| !text.is_empty()).ok_or_else(|| {
            AwsError::new(
                "ValidationException",
                format!("1 validation error detected: Value at '{name}' failed to satisfy constraint: Member must not be null"),
            )
        })
    }

    fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    fn list(&self, name: &str) -> &[Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }
}
