//! AWS Backup: vaults and what holds them, plans, selections, jobs and recovery points.

pub mod access;
pub mod job;
pub mod lock;
pub mod plan;
pub mod recovery_point;
pub mod routes;
pub mod schedule;
pub mod selection;
pub mod tag;
pub mod vault;

use super::kms::Action;
use super::wire::AwsError;
use super::wire::json::Members;
use serde_json::{Value, json};

/// All actions.
pub const ACTIONS: &[&[Action]] = &[
    vault::ACTIONS,
    access::ACTIONS,
    lock::ACTIONS,
    plan::ACTIONS,
    selection::ACTIONS,
    job::ACTIONS,
    recovery_point::ACTIONS,
    tag::ACTIONS,
];

fn missing(words: impl std::fmt::Display) -> AwsError {
    AwsError::new("ResourceNotFoundException", words)
}

fn invalid(words: impl std::fmt::Display) -> AwsError {
    AwsError::new("InvalidParameterValueException", words)
}

fn refused(words: impl std::fmt::Display) -> AwsError {
    AwsError::new("InvalidRequestException", words)
}

/// A member that has to be there.
fn given<'v>(input: &'v Value, name: &str) -> Result<&'v str, AwsError> {
    let value = input.text(name).filter(|text| !text.is_empty());
    value.ok_or_else(|| AwsError::new("MissingParameterValueException", format!("{name} is missing")))
}

/// Whether a name is of so many letters, digits and these signs. \[B\] BackupVaultName, BackupRuleName.
fn is_name(name: &str, signs: &[u8], most: usize) -> bool {
    (1..=most).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
}

/// What one page gives at most. \[B\] MaxResults.
const PAGE: usize = 1000;

/// One page of a list, in the order of its items' names.
fn page(desk: &super::desk::Desk, input: &Value, member: &str, all: Vec<(String, Value)>) -> Value {
    let asked = input.text("MaxResults").and_then(|most| most.parse().ok()).unwrap_or(PAGE).clamp(1, PAGE);
    let most = asked.min(desk.settings.faults.odds().page);
    let after = input.text("NextToken");
    let mut rest = all.into_iter().skip_while(|(name, _)| after.is_some_and(|after| name.as_str() <= after)).peekable();
    let page: Vec<(String, Value)> = rest.by_ref().take(most).collect();
    let next = page.last().filter(|_| rest.peek().is_some()).map(|(name, _)| name.clone());
    let items: Vec<Value> = page.into_iter().map(|(_, item)| item).collect();
    let mut answer = json!({ member: items });
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    answer
}

/// Leaves out of an answer what isn't there.
fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, member| !member.is_null());
    }
    value
}
