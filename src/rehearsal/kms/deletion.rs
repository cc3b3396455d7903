//! Deletion of keys: never at once.

use super::Action;
use super::alias::Alias;
use super::key::{self, Key, KeyState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What schedules and cancels it.
pub const ACTIONS: &[Action] = &[("ScheduleKeyDeletion", schedule), ("CancelKeyDeletion", cancel)];

const DAY_MS: u64 = 86_400_000;

fn schedule(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = key::changeable(desk, input)?;
    let (least, most) = limits::KEY_DELETION_DAYS;
    let days = input.number("PendingWindowInDays").unwrap_or(most);
    if !(least..=most).contains(&days) {
        return Err(AwsError::new(
            "ValidationException",
            format!("PendingWindowInDays must be between {least} and {most}"),
        ));
    }
    let at = desk.now.after(u64::try_from(days).unwrap_or_default() * DAY_MS);
    desk.here_mut().agenda.add(at, Event::KeyGone(id.clone()));
    let Some(key) = desk.change::<Key>(&id) else { return Err(key::not_found(&id, desk)) };
    key.state = KeyState::PendingDeletion;
    key.deletion = Some(at);
    Ok(json!({
        "KeyId": key.arn,
        "DeletionDate": at.unix_seconds(),
        "KeyState": key.state.word(),
        "PendingWindowInDays": days,
    }))
}

fn cancel(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = key::found(desk, input)?.id.clone();
    let Some(key) = desk.truth::<Key>(&id) else { return Err(key::not_found(&id, desk)) };
    if key.state != KeyState::PendingDeletion {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is not pending deletion.", key.arn)));
    }
    let arn = key.arn.clone();
    if let Some(key) = desk.change::<Key>(&id) {
        // A key comes back disabled. [B] CancelKeyDeletion.
        key.state = KeyState::Disabled;
        key.deletion = None;
    }
    Ok(json!({ "KeyId": arn }))
}

/// The time has come, unless the deletion was cancelled or put off: the key goes, and its aliases with it.
pub fn goes(desk: &mut Desk, id: &str) {
    let now = desk.now;
    if desk.truth::<Key>(id).is_none_or(|key| key.deletion.is_none_or(|at| at > now)) {
        return;
    }
    desk.remove::<Key>(id);
    let aliases: Vec<String> =
        desk.truths::<Alias>().filter(|alias| alias.target == id).map(|alias| alias.name.clone()).collect();
    for alias in aliases {
        desk.remove::<Alias>(&alias);
    }
}
