//! Key policies.

use super::Action;
use super::key::{self, Key};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What reads and sets them.
pub const ACTIONS: &[Action] = &[("GetKeyPolicy", get), ("PutKeyPolicy", put)];

/// The longest policy in bytes. \[D\] `kms/latest/developerguide/resource-limits`.
const LONGEST: usize = 32_768;

/// The policy of a key that was given none.
pub fn default(account: &str) -> String {
    let policy = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    serde_json::to_string_pretty(&policy).unwrap_or_default()
}

/// A policy that KMS accepts: JSON with statements, whose role principals exist.
pub fn checked(desk: &Desk, policy: &str) -> Outcome<String> {
    if policy.len() > LONGEST {
        return Err(AwsError::new("LimitExceededException", "The key policy is too long"));
    }
    let malformed = || {
        AwsError::new(
            "MalformedPolicyDocumentException",
            "The policy document is malformed or contains invalid statements",
        )
    };
    let document: Value = serde_json::from_str(policy).map_err(|_| malformed())?;
    let statements = match document.get("Statement") {
        Some(Value::Array(statements)) => statements.as_slice(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        _ => return Err(malformed()),
    };
    for statement in statements {
        let principals = match statement.get("Principal").and_then(|principal| principal.get("AWS")) {
            Some(Value::Array(principals)) => principals.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        for principal in principals.iter().filter_map(Value::as_str) {
            let prefix = format!("arn:aws:iam::{}:role/", desk.account());
            let Some(role) = principal.strip_prefix(&prefix).and_then(|path| path.rsplit('/').next()) else { continue };
            if desk.world.iam.roles.truth(role).is_none_or(|role| role.spread > desk.now) {
                let message = "Policy contains a statement with one or more invalid principals.";
                return Err(AwsError::new("MalformedPolicyDocumentException", message));
            }
        }
    }
    Ok(policy.to_owned())
}

fn named(input: &Value) -> Outcome {
    match input.text("PolicyName") {
        None | Some("default") => Ok(()),
        Some(other) => Err(AwsError::new("NotFoundException", format!("No such policy exists: {other}"))),
    }
}

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    named(input)?;
    Ok(json!({ "Policy": key::found(desk, input)?.policy, "PolicyName": "default" }))
}

fn put(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    named(input)?;
    let id = key::changeable(desk, input)?;
    let policy = checked(desk, input.required("Policy")?)?;
    if let Some(key) = desk.change::<Key>(&id) {
        key.policy = policy;
    }
    Ok(json!({}))
}
