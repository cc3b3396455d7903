//! Locks that nobody can lift, against the promise that nothing is left: said while they still can be lifted.

use jiff::ToSpan as _;
use jiff::Unit;

use crate::blueprint::Blueprint;
use crate::blueprint::model::{Backup, Date, LockMode};
use crate::resource::{Address, Observed, VaultLock, VaultState, days};

/// What is to be said of locks in compliance mode: that one is about to become final, and that what it holds outlasts the
/// production's promise. One that is final and keeps the promise needs no word.
pub fn warnings(blueprint: &Blueprint, observed: &Observed) -> Vec<String> {
    let compliance =
        |backup: &&Backup| backup.lock.as_ref().is_some_and(|lock| lock.mode.value == LockMode::Compliance);
    let mut warnings = Vec::new();
    for backup in blueprint.backups.iter().filter(compliance) {
        let home = Address::new(format!("backup.{}.vault", backup.name));
        let production = blueprint.production.region.as_str();
        let copies = backup.copies.iter().filter(|copy| copy.region.as_str() != production);
        let copies = copies.map(|copy| (home.in_region(copy.region.as_str()), copy.keep_days.value));
        for (vault, keep_days) in std::iter::once((home.clone(), backup.keep_days.value)).chain(copies) {
            warnings.extend(warning(blueprint, observed, &vault, keep_days));
        }
    }
    warnings
}

fn warning(blueprint: &Blueprint, observed: &Observed, vault: &Address, keep_days: u32) -> Option<String> {
    let state = observed.found.get(vault).and_then(VaultState::of);
    let locks = state.as_ref().and_then(|state| state.locks_on.clone());
    let is_final = state.as_ref().is_some_and(|state| state.is_locked);
    let outlasts = outlasts(blueprint, keep_days);
    let when = match (is_final, locks) {
        (true, _) if outlasts.is_none() => return None,
        (true, _) => format!("nobody can lift the lock of {vault} any more"),
        (false, Some(day)) => format!("the lock of {vault} can be lifted until {day}, and by nobody after"),
        (false, None) => {
            let days = days(VaultLock::CHANGEABLE_DAYS);
            format!("once applied, the lock of {vault} can be lifted for {days}, and by nobody after")
        }
    };
    Some(match outlasts {
        Some((held, due)) => format!(
            "{when}: a recovery point of the last day is held until {held}, {} after {due}, by which everything is to be \
             destroyed; lower keep_days, raise destroy_within_days, or use mode = \"governance\"",
            span(due, held)
        ),
        None => when,
    })
}

/// Until when a recovery point of the last day is held, and the day by which it was to be gone; none where that is kept.
/// A lock holds every one for as long as it was to be kept, whatever its minimum is.
fn outlasts(blueprint: &Blueprint, keep_days: u32) -> Option<(Date, Date)> {
    let production = &blueprint.production;
    let wraps_on = production.wraps_on.value;
    let held = wraps_on.checked_add(i64::from(keep_days).days()).ok()?;
    let due = wraps_on.checked_add(i64::from(production.destroy_within_days.value).days()).ok()?;
    (held > due).then_some((held, due))
}

fn span(from: Date, to: Date) -> String {
    days(from.until((Unit::Day, to)).map_or(0, |span| span.get_days()))
}
