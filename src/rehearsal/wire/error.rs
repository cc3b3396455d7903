//! Errors as AWS words them: a status, a code and a message.

use std::fmt::Display;

/// What an action answers: nothing more than what it wrote, or an error.
pub type Outcome<T = ()> = Result<T, AwsError>;

/// An error answer of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    /// The HTTP status code.
    pub status: u16,
    /// The code, such as `InvalidVpcID.NotFound`.
    pub code: String,
    /// The message for people.
    pub message: String,
}

impl AwsError {
    /// A client's error: HTTP 400.
    pub fn new(code: impl Into<String>, message: impl Display) -> Self {
        Self { status: 400, code: code.into(), message: message.to_string() }
    }

    /// The same error under another HTTP status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// A parameter that has to be there and isn't.
    pub fn missing(parameter: &str) -> Self {
        Self::new("MissingParameter", format!("The request must contain the parameter {parameter}"))
    }

    /// A parameter whose value can't be taken.
    pub fn value(parameter: &str, value: impl Display) -> Self {
        Self::new("InvalidParameterValue", format!("Value ({value}) for parameter {parameter} is invalid."))
    }

    /// A value that can't be taken, in words of its own.
    pub fn refused(message: impl Display) -> Self {
        Self::new("InvalidParameterValue", message)
    }

    /// Parameters that don't go together.
    pub fn combination(message: impl Display) -> Self {
        Self::new("InvalidParameterCombination", message)
    }

    /// Something still depends on what was to be deleted.
    pub fn depended_upon(kind: &str, id: &str) -> Self {
        Self::new("DependencyViolation", format!("The {kind} '{id}' has dependencies and cannot be deleted."))
    }
}
