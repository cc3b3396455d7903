//! What came of an apply. Not a `Result`: a run that was interrupted, or that failed in part, has done things too.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cloud::CloudError;
use crate::resource::{Address, Kind};

/// What was done, what failed, what wasn't started.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Steps that succeeded.
    pub done: usize,
    pub failed: Vec<Failure>,
    pub skipped: Vec<Skipped>,
    /// Whether a signal ended it early.
    pub interrupted: bool,
    /// Ids of what was made, by address.
    pub made: BTreeMap<Address, String>,
}

/// A step that failed.
#[derive(Debug, Clone)]
pub struct Failure {
    pub address: Address,
    pub kind: Kind,
    /// What was being done, such as `create` or `launch`.
    pub step: &'static str,
    pub error: CloudError,
}

/// A step that wasn't started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    pub address: Address,
    pub kind: Kind,
    pub step: &'static str,
    /// What it needed, or that the run was interrupted.
    pub because: String,
}

impl Outcome {
    /// Whether everything that was planned is done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.skipped.is_empty() && !self.interrupted
    }
}
