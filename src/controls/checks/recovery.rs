//! VDI-REC: what is worth keeping can be had again.

use super::{Check, declared, live};
use crate::blueprint::model::{Backup, BlockKind, BlockRef, Labelled as _, Schedule};
use crate::controls::examination::{Examination, Problem, unless};

pub const CHECKS: &[Check] = &[
    declared("VDI-REC-01", covered),
    declared("VDI-REC-02", locked),
    declared("VDI-REC-03", copied),
    live("VDI-REC-04", &[], rehearsed),
];

/// A restore that is longer ago proves nothing of the floor as it is: a quarter, as restore tests are commonly asked for.
const REHEARSED_WITHIN_DAYS: i32 = 90;

fn covered(to: &mut Examination<'_, '_>) {
    let blueprint = to.floor.blueprint;
    for pool in &blueprint.pools {
        let mut problems = Vec::new();
        let (kept, backed_up): (Vec<_>, Vec<_>) = (
            pool.all_volumes().filter(|volume| volume.keep.value).collect(),
            pool.all_volumes().filter(|volume| volume.backup.value).collect(),
        );
        if kept.is_empty() && backed_up.is_empty() {
            continue;
        }
        problems.extend(kept.iter().filter(|volume| !volume.backup.value).map(|volume| {
            let words = format!("keeps the volume {} without a backup of it", volume.name);
            Problem::new(words, "backup = true", "backup = false")
        }));
        let in_a_backup = blueprint.backups.iter().any(|backup| backup.of.iter().any(|of| of.value == pool.name.value));
        problems.extend(unless(in_a_backup || backed_up.is_empty(), || {
            Problem::new("has volumes with backup = true, and no backup block names it", "a backup of it", "none")
        }));
        to.look(pool.reference(), problems);
    }
    for backup in &blueprint.backups {
        to.look(backup.reference(), too_seldom(backup).into_iter().collect());
    }
    if to.examined == 0 {
        to.nothing("No volume holds what is worth keeping: content lives on the shared storage.");
    }
}

fn too_seldom(backup: &Backup) -> Option<Problem> {
    let promise = backup.rpo_hours.as_ref()?.value;
    let hours = longest_gap_hours(&backup.schedule.value)?;
    unless(hours <= promise, || {
        let words = format!("runs every {hours} hours and promises to lose at most {promise}");
        Problem::new(words, format!("every {promise} hours"), format!("every {hours} hours"))
    })
}

/// Hours between two runs of a schedule at most; none where its form is more than this reads: lists of hours, steps, and
/// days that are all or one of a week.
fn longest_gap_hours(schedule: &Schedule) -> Option<u32> {
    let fields = schedule.as_str().strip_prefix("cron(")?.strip_suffix(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let [_, hour, day, month, weekday, year] = fields.as_slice() else { return None };
    if *month != "*" || *year != "*" {
        return None;
    }
    match (*day, *weekday) {
        ("*", "?") | ("?", "*") => {}
        ("?", one) if one.chars().all(|c| c.is_ascii_alphanumeric()) => return Some(7 * 24),
        _ => return None,
    }
    if *hour == "*" {
        return Some(1);
    }
    if let Some((_, step)) = hour.split_once('/') {
        return step.parse().ok();
    }
    let mut hours: Vec<u32> = hour.split(',').map(|hour| hour.parse().ok()).collect::<Option<_>>()?;
    hours.sort_unstable();
    let first = *hours.first()?;
    let gaps = hours.windows(2).filter_map(|pair| Some(pair.get(1)?.saturating_sub(*pair.first()?)));
    gaps.chain([first + 24 - hours.last()?]).max()
}

fn locked(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for backup in &floor.blueprint.backups {
        if backup.lock.is_none() && !floor.profile.constants.backup_lock_required {
            continue;
        }
        to.hold(backup.reference(), backup.lock.is_some(), || {
            Problem::new("can be deleted by whoever may delete backups", "a lock", "none")
        });
    }
    if floor.blueprint.backups.is_empty() {
        to.nothing("No backup is declared.");
    } else {
        to.nothing("No backup has a lock, and the profile leaves that open: who may delete them isn't looked at yet.");
    }
}

fn copied(to: &mut Examination<'_, '_>) {
    for backup in &to.floor.blueprint.backups {
        to.hold(backup.reference(), !backup.copies.is_empty(), || {
            Problem::new("lies in one region only", "a copy in another region", "none")
        });
    }
    if to.floor.blueprint.backups.is_empty() {
        to.nothing("No backup is declared.");
    }
}

fn rehearsed(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let Some(restored) = floor.record.restored.filter(|_| !floor.blueprint.backups.is_empty()) else {
        to.nothing("No restore is in the ledger of this machine.");
        return;
    };
    let wanted = format!("a verified restore within {REHEARSED_WITHIN_DAYS} days");
    let days = restored.day.until(floor.today).map_or(i32::MAX, |since| since.get_days());
    let mut problems: Vec<Problem> = unless(days <= REHEARSED_WITHIN_DAYS, || {
        Problem::new(format!("was last restored {days} days ago"), &wanted, restored.day)
    })
    .into_iter()
    .collect();
    problems.extend(unless(restored.verified, || {
        Problem::new("was last restored with something missing", &wanted, "not verified")
    }));
    let production = BlockRef::new(BlockKind::Production, floor.blueprint.production.alias.as_str());
    to.look(production, problems);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_gap_of_a_schedule_is_read() {
        let gap = |text: &str| longest_gap_hours(&Schedule::parse(text).expect(text));
        assert_eq!(gap("cron(0 2 * * ? *)"), Some(24));
        assert_eq!(gap("cron(0 2,14 ? * * *)"), Some(12));
        assert_eq!(gap("cron(0 2,8 * * ? *)"), Some(18));
        assert_eq!(gap("cron(30 0/6 * * ? *)"), Some(6));
        assert_eq!(gap("cron(0 * * * ? *)"), Some(1));
        assert_eq!(gap("cron(0 2 ? * SUN *)"), Some(168));
        assert_eq!(gap("cron(0 2 1 * ? *)"), None);
    }
}
