//! What holds a vault's recovery points: governance, which can be lifted, and compliance, which can't be for long.

use super::vault::{Lock, Vault, existing};
use super::{access, invalid, refused};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::Action;
use crate::rehearsal::wire::Outcome;
use crate::rehearsal::wire::json::Members;
use serde_json::{Value, json};

/// What sets and lifts it.
pub const ACTIONS: &[Action] =
    &[("PutBackupVaultLockConfiguration", put), ("DeleteBackupVaultLockConfiguration", delete)];

/// Milliseconds.
const DAY: u64 = 24 * 3_600_000;
/// The longest retention in days. \[B\] MaxRetentionDays.
const LONGEST: i64 = 36_500;
/// Days for which a compliance lock can be lifted, at least. \[B\] ChangeableForDays.
const COOLING_OFF: i64 = 3;

fn changeable<'d>(desk: &'d Desk, input: &Value, how: &str) -> Outcome<&'d Vault> {
    let vault = existing(desk, input)?;
    if vault.is_immutable(desk.now) {
        return Err(refused(format!("Vault Lock configuration is immutable and cannot be {how}")));
    }
    Ok(vault)
}

fn put(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = changeable(desk, input, "modified")?;
    access::allows(vault, "backup:PutBackupVaultLockConfiguration")?;
    let name = vault.name.clone();
    let (min_days, max_days) = (input.number("MinRetentionDays"), input.number("MaxRetentionDays"));
    if min_days.is_some_and(|days| days < 1) {
        return Err(invalid("MinRetentionDays must be at least 1 day"));
    }
    if max_days.is_some_and(|days| days > LONGEST) {
        return Err(invalid("MaxRetentionDays cannot exceed 36500 days"));
    }
    if min_days.zip(max_days).is_some_and(|(min, max)| min > max) {
        return Err(invalid("MinRetentionDays cannot be greater than MaxRetentionDays"));
    }
    let changeable = input.number("ChangeableForDays");
    if changeable.is_some_and(|days| days < COOLING_OFF) {
        return Err(invalid("ChangeableForDays must be at least 3 days"));
    }
    let days = changeable.and_then(|days| u64::try_from(days).ok());
    let lock_date = days.map(|days| desk.now.after(days.saturating_mul(DAY)));
    if let Some(vault) = desk.change::<Vault>(&name) {
        vault.lock = Some(Lock { min_days, max_days, lock_date });
    }
    Ok(json!({}))
}

fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = changeable(desk, input, "deleted")?;
    access::allows(vault, "backup:DeleteBackupVaultLockConfiguration")?;
    let name = vault.name.clone();
    if let Some(vault) = desk.change::<Vault>(&name) {
        vault.lock = None;
    }
    Ok(json!({}))
}
