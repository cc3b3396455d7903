//! Rotation of keys.

use super::Action;
use super::key::{self, Key, KeyState};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What reads and sets it.
pub const ACTIONS: &[Action] =
    &[("GetKeyRotationStatus", get), ("EnableKeyRotation", enable), ("DisableKeyRotation", disable)];

const DAY_MS: u64 = 86_400_000;

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let key = key::found(desk, input)?;
    let mut answer = json!({ "KeyId": key.arn, "KeyRotationEnabled": key.rotation_days.is_some() });
    if let Some(days) = key.rotation_days {
        answer["RotationPeriodInDays"] = json!(days);
        let next = key.created.after(u64::try_from(days).unwrap_or_default() * DAY_MS);
        answer["NextRotationDate"] = json!(next.unix_seconds());
    }
    Ok(answer)
}

fn enable(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = rotatable(desk, input)?;
    let (least, most) = limits::KEY_ROTATION_DAYS;
    let days = input.number("RotationPeriodInDays");
    if days.is_some_and(|days| !(least..=most).contains(&days)) {
        return Err(AwsError::new(
            "ValidationException",
            format!("RotationPeriodInDays must be between {least} and {most}"),
        ));
    }
    if let Some(key) = desk.change::<Key>(&id) {
        key.rotation_days = Some(days.or(key.rotation_days).unwrap_or(limits::KEY_ROTATION_DEFAULT));
    }
    Ok(json!({}))
}

fn disable(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = rotatable(desk, input)?;
    if let Some(key) = desk.change::<Key>(&id) {
        key.rotation_days = None;
    }
    Ok(json!({}))
}

fn rotatable(desk: &Desk, input: &Value) -> Outcome<String> {
    let id = key::changeable(desk, input)?;
    match desk.truth::<Key>(&id) {
        Some(key) if key.state == KeyState::Disabled => {
            Err(AwsError::new("DisabledException", format!("{} is disabled.", key.arn)))
        }
        _ => Ok(id),
    }
}
