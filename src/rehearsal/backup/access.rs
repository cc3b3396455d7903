//! Who may do what with a vault: its policy, and what it denies.

use super::vault::{Vault, existing};
use super::{given, invalid, missing};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::Action;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What sets and reads it.
pub const ACTIONS: &[Action] = &[
    ("PutBackupVaultAccessPolicy", put),
    ("GetBackupVaultAccessPolicy", get),
    ("DeleteBackupVaultAccessPolicy", |desk, input| set(desk, input, None)),
];

fn put(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let policy = given(input, "Policy")?.to_owned();
    let statements = serde_json::from_str::<Value>(&policy).ok().and_then(|policy| policy.get("Statement").cloned());
    if statements.is_none() {
        return Err(invalid("The policy is not a valid JSON policy"));
    }
    set(desk, input, Some(policy))
}

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = existing(desk, input)?;
    let policy = vault.policy.as_ref();
    let policy = policy.ok_or_else(|| missing(format!("Backup vault {} has no access policy", vault.name)))?;
    Ok(json!({ "BackupVaultName": vault.name, "BackupVaultArn": vault.arn, "Policy": policy }))
}

fn set(desk: &mut Desk, input: &Value, policy: Option<String>) -> Outcome<Value> {
    let vault = existing(desk, input)?;
    let action = if policy.is_some() { "Put" } else { "Delete" };
    allows(vault, &format!("backup:{action}BackupVaultAccessPolicy"))?;
    let name = vault.name.clone();
    if let Some(vault) = desk.change::<Vault>(&name) {
        vault.policy = policy;
    }
    Ok(json!({}))
}

/// Whether a vault's policy lets an action be: a rehearsal knows what it denies to everybody, and nothing finer.
pub fn allows(vault: &Vault, action: &str) -> Outcome {
    let policy: Value = vault.policy.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let statements = many(policy.get("Statement"));
    let denied = statements.iter().any(|statement| {
        let principal = statement.get("Principal");
        let everybody = principal.is_some_and(|who| who == "*" || who.get("AWS").is_some_and(|who| who == "*"));
        statement.get("Effect").is_some_and(|effect| effect == "Deny")
            && everybody
            && statement.get("Condition").is_none()
            && many(statement.get("Action")).iter().any(|one| one == action || one == "backup:*")
    });
    if denied {
        let words = format!("{action} on {} is denied by an explicit deny in a resource-based policy", vault.arn);
        return Err(AwsError::new("AccessDeniedException", words).status(403));
    }
    Ok(())
}

/// A list, or the one that stands in its place.
fn many(value: Option<&Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(all)) => all.clone(),
        Some(one) => vec![one.clone()],
        None => Vec::new(),
    }
}
