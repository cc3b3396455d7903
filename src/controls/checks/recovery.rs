//! VDI-REC: what is worth keeping can be had again.

use std::collections::BTreeSet;

use super::{Check, both, live, watch};
use crate::blueprint::model::{Backup, BlockKind, BlockRef, Labelled as _, Schedule, WorkstationPool};
use crate::controls::examination::{Examination, Problem, unless};
use crate::controls::finding::Status;
use crate::controls::floor::Phase;
use crate::controls::gate::KEPT_SAFE;
use crate::controls::policy;
use crate::resource::{Address, BackupPlan, Document, Kind, RecoveryAges, Resource, days};

pub const CHECKS: &[Check] = &[
    both(
        KEPT_SAFE,
        covered,
        &[
            watch(Kind::Volume, "backups"),
            watch(Kind::BackupPlan, "of"),
            watch(Kind::BackupPlan, "resources"),
            watch(Kind::BackupPlan, "role"),
            watch(Kind::BackupPlan, "schedule"),
            watch(Kind::BackupPlan, "vault"),
        ],
        taken_in,
    ),
    both("VDI-REC-02", locked, &[watch(Kind::BackupVault, "lock"), watch(Kind::BackupVault, "policy")], held),
    both("VDI-REC-03", copied, &[watch(Kind::BackupPlan, "copies")], copied_by_plan),
    live("VDI-REC-04", &[], rehearsed),
];

/// A restore that is longer ago proves nothing of the floor as it is: a quarter, as restore tests are commonly asked for.
const REHEARSED_WITHIN_DAYS: i64 = 90;

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
        to.look(backup.reference(), too_seldom(backup, &backup.schedule.value).into_iter().collect());
    }
    if to.examined == 0 {
        to.nothing("No volume holds what is worth keeping: content lives on the shared storage.");
    }
}

/// Every volume that is to be kept safe is found by its plan, and every plan runs, takes in and has where to put it.
fn taken_in(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    if floor.is_empty() {
        return;
    }
    for backup in &floor.blueprint.backups {
        let address = Address::new(format!("backup.{}", backup.name));
        let problems = match floor.resources.get(&address) {
            Some(Resource::BackupPlan(plan)) => plan_problems(backup, plan),
            _ if unknown(to, Kind::BackupPlan, &address) => continue,
            _ => vec![Problem::new("has no plan in AWS Backup", "a plan", "none")],
        };
        to.look(address, problems);
    }
    for pool in &floor.blueprint.pools {
        let backups = floor.blueprint.backups.iter().filter(|one| one.of.iter().any(|of| of.value == pool.name.value));
        let labels: BTreeSet<&str> = backups.map(|backup| backup.name.as_str()).collect();
        let safe: BTreeSet<String> =
            pool.all_volumes().filter(|volume| volume.backup.value).map(|volume| volume.name.to_string()).collect();
        let mut seats: BTreeSet<Address> = BTreeSet::new();
        let of_pool = |address: &Address| address.slot().is_some_and(|(label, _)| label == pool.name.as_str());
        for (address, volume) in floor.volumes().filter(|(address, _)| of_pool(address)) {
            if !address.volume_name().is_some_and(|name| safe.contains(name)) {
                continue;
            }
            seats.extend(address.owning_seat());
            let lacks: Vec<&str> = labels.iter().copied().filter(|label| !volume.backups.contains(*label)).collect();
            to.hold(address, lacks.is_empty(), || {
                let words = format!("bears no mark by which backup.{} finds it", lacks.join(", backup."));
                Problem::new(words, "a mark for each backup of its pool", "none")
            });
        }
        if floor.phase == Phase::Live && !labels.is_empty() {
            fresh(to, pool, &seats);
        }
    }
}

/// Every seat with something that is to be kept safe can be restored, and with no more loss than was promised. Only
/// recovery points that this program restores from count: `floor.record` has their ages, where somebody looked.
fn fresh(to: &mut Examination<'_, '_>, pool: &WorkstationPool, seats: &BTreeSet<Address>) {
    if seats.is_empty() {
        return;
    }
    let all = Address::pool(pool.name.as_str());
    let ages = match &to.floor.record.recovery {
        None => {
            let words = "has seats whose recovery points nobody looked at";
            return to.look(all, vec![Problem::undetermined(words, "a look: closedset controls check --live")]);
        }
        Some(RecoveryAges { here: Err(why), .. }) => {
            let words = format!("has seats whose recovery points could not be read: {why}");
            return to.look(all, vec![Problem { status: Status::Error, ..Problem::new(words, "an answer", why) }]);
        }
        Some(RecoveryAges { here: Ok(ages), .. }) => ages,
    };
    for (seat, age) in seats.iter().filter_map(|seat| Some((seat, ages.get(seat)?))) {
        let problem = match (&age.newest, age.rpo_hours) {
            (None, promise) => {
                let within = promise.map_or_else(String::new, |hours| format!(" of the last {hours} h"));
                let words = "has no recovery point that closedset restore can use";
                Some(Problem::new(words, format!("a usable recovery point{within}"), "none"))
            }
            (Some(_), Some(promise)) if age.in_time == Some(false) => {
                let words = format!("was last kept safe {age} ago, and no more than {promise} h of work may be lost");
                Some(Problem::new(
                    words,
                    format!("a usable recovery point of the last {promise} h"),
                    format!("{age} old"),
                ))
            }
            _ => None,
        };
        to.look(seat, problem.into_iter().collect());
    }
}

fn unknown(to: &Examination<'_, '_>, kind: Kind, address: &Address) -> bool {
    let gap = |one: &Address| address.is_meant_by(one);
    to.floor.unreadable.iter().any(|one| one.kind == kind && one.address.as_ref().is_none_or(gap))
}

fn plan_problems(backup: &Backup, plan: &BackupPlan) -> Vec<Problem> {
    let mut problems = Vec::new();
    problems.extend(Schedule::parse(&plan.schedule).and_then(|schedule| too_seldom(backup, &schedule)));
    let mark = format!("closedset:backup.{}", backup.name);
    let by_mark = plan.of.get(&mark).is_some_and(|value| value == "true");
    problems.extend(unless(plan.role.is_some() && !plan.resources.is_empty() && by_mark, || {
        Problem::new("takes in nothing that bears its mark", format!("volumes with the tag {mark}"), "none")
    }));
    let vault = format!("backup.{}.vault", backup.name);
    problems.extend(unless(plan.vault.as_str() == vault, || {
        Problem::new(format!("puts recovery points into {}", plan.vault), &vault, &plan.vault)
    }));
    problems
}

fn too_seldom(backup: &Backup, schedule: &Schedule) -> Option<Problem> {
    let promise = backup.rpo_hours.as_ref()?.value;
    let hours = longest_gap_hours(schedule)?;
    unless(hours <= promise, || {
        let every = |hours: u32| match hours {
            1 => "every hour".to_owned(),
            _ => format!("every {hours} hours"),
        };
        let words = format!("runs {} and promises to lose at most {promise}", every(hours));
        Problem::new(words, every(promise), every(hours))
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

/// What a vault has to deny to everybody.
const HELD: &[&str] = &["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"];

/// Every vault denies early deletion, and is locked as the blueprint says or the profile asks.
fn held(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let home = Some(None).into_iter();
    let all = floor.blueprint.backups.iter().filter(|_| !floor.is_empty()).flat_map(|backup| {
        let copies = backup.copies.iter().map(|copy| copy.region.as_str()).filter(|region| *region != floor.region);
        home.clone().chain(copies.map(Some)).map(move |region| (backup, region))
    });
    for (backup, region) in all.collect::<Vec<_>>() {
        let at_home = Address::new(format!("backup.{}.vault", backup.name));
        let address = region.map_or_else(|| at_home.clone(), |region| at_home.in_region(region));
        let Some(Resource::BackupVault(vault)) = floor.resources.get(&address) else {
            if !unknown(to, Kind::BackupVault, &address) {
                to.look(address, vec![Problem::new("isn't there", "a vault", "none")]);
            }
            continue;
        };
        let mut problems = Vec::new();
        problems.extend(unless(vault.policy.as_ref().is_some_and(denies_deletion), || {
            let words = "lets whoever may delete backups delete its recovery points";
            Problem::new(words, "a policy that denies it to everybody", "none")
        }));
        let wanted = backup.lock.as_ref().map(|lock| lock.mode.value.as_str());
        let has = vault.lock.as_ref().map(|lock| lock.mode.as_str());
        problems.extend(unless(wanted.is_none() || has == wanted, || {
            let words = format!("isn't locked in {} mode", wanted.unwrap_or_default());
            Problem::new(words, wanted.unwrap_or_default(), has.unwrap_or("no lock"))
        }));
        to.look(address, problems);
    }
}

/// Whether a policy denies to everybody what ends a recovery point early, without a condition.
fn denies_deletion(document: &Document) -> bool {
    HELD.iter().all(|action| policy::is_denied_to_everyone(document, action))
}

/// Every copy that the blueprint asks for is an action of the plan, kept as long.
fn copied_by_plan(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for backup in &floor.blueprint.backups {
        let address = Address::new(format!("backup.{}", backup.name));
        let Some(Resource::BackupPlan(plan)) = floor.resources.get(&address) else { continue };
        let elsewhere = backup.copies.iter().filter(|copy| copy.region.as_str() != floor.region);
        let problems = elsewhere.filter_map(|copy| {
            let vault = Address::new(format!("backup.{}.vault/{}", backup.name, copy.region));
            let days = plan.copies.get(&vault).copied();
            unless(days == Some(copy.keep_days.value), || {
                let has = days.map_or_else(|| "no copy".to_owned(), self::days);
                let words = format!("doesn't keep copies in {} for {}", copy.region, self::days(copy.keep_days.value));
                Problem::new(words, self::days(copy.keep_days.value), has)
            })
        });
        let problems = problems.collect();
        to.look(address, problems);
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
    let wanted = format!("a verified restore within {}", self::days(REHEARSED_WITHIN_DAYS));
    let days = restored.days_ago;
    let mut problems: Vec<Problem> = unless(days <= REHEARSED_WITHIN_DAYS, || {
        Problem::new(format!("was last restored {} ago", self::days(days)), &wanted, restored.day)
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
