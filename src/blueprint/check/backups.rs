//! Backups, their locks and copies.

use super::networks::once;
use super::production::known_region;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::model::{Backup, Blueprint, Lock, LockMode};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for backup in &blueprint.backups {
        once(&backup.of, "pool", findings);
        copies(blueprint, backup, findings);
        takes_something_in(blueprint, backup, findings);
        if let Some(lock) = &backup.lock {
            lock_is_a_range(lock, findings);
            lock_takes_the_backup(backup, lock, findings);
            lock_ends_in_time(blueprint, lock, findings);
        }
    }
}

/// A copy is in another region, and there is one a region.
fn copies(blueprint: &Blueprint, backup: &Backup, findings: &Findings) {
    let home = &blueprint.production.region;
    for copy in &backup.copies {
        known_region(&copy.region, findings);
        if copy.region.value == home.value {
            findings.push(
                Diagnostic::error("copy", "a copy into its own region protects from nothing")
                    .at(copy.region.span)
                    .also(home.span, "the production's region")
                    .help("choose another region"),
            );
        }
    }
    let regions: Vec<_> = backup.copies.iter().map(|copy| copy.region.clone()).collect();
    once(&regions, "region", findings);
}

/// A backup without volumes gives a false feeling.
fn takes_something_in(blueprint: &Blueprint, backup: &Backup, findings: &Findings) {
    for of in &backup.of {
        let Some(pool) = blueprint.get(of) else { continue };
        if !pool.all_volumes().any(|volume| volume.backup.value) {
            findings.push(
                Diagnostic::warning("empty-backup", format!("backup \"{}\" takes nothing of \"{of}\" in", backup.name))
                    .at(of.span)
                    .also(pool.name.span, "none of its volumes has backup = true")
                    .help("write backup = true at the volumes that shall be kept safe"),
            );
        }
    }
}

fn lock_is_a_range(lock: &Lock, findings: &Findings) {
    if let (Some(min), Some(max)) = (&lock.min_days, &lock.max_days)
        && min.value > max.value
    {
        findings.push(
            Diagnostic::error("lock", "the lock's minimum exceeds its maximum")
                .at(min.span)
                .also(max.span, format!("at most {max} days"))
                .help("lower `min_days` or raise `max_days`"),
        );
    }
}

/// A vault refuses recovery points that are kept shorter or longer than its lock allows.
fn lock_takes_the_backup(backup: &Backup, lock: &Lock, findings: &Findings) {
    let kept = std::iter::once(&backup.keep_days).chain(backup.copies.iter().map(|copy| &copy.keep_days));
    for kept in kept {
        let limit = match (&lock.min_days, &lock.max_days) {
            (Some(min), _) if kept.value < min.value => Some((min.span, format!("at least {min} days"))),
            (_, Some(max)) if kept.value > max.value => Some((max.span, format!("at most {max} days"))),
            _ => None,
        };
        if let Some((span, words)) = limit {
            findings.push(
                Diagnostic::error("lock", format!("the lock refuses what is kept for {kept} days"))
                    .at(kept.span)
                    .also(span, words)
                    .help("bring `keep_days` within the lock"),
            );
        }
    }
}

/// What nobody can unlock is left when nothing must be: a recovery point taken on the last day is held for `min_days`.
fn lock_ends_in_time(blueprint: &Blueprint, lock: &Lock, findings: &Findings) {
    let promise = &blueprint.production.destroy_within_days;
    if let (LockMode::Compliance, Some(min)) = (lock.mode.value, &lock.min_days)
        && min.value > promise.value
    {
        findings.push(
            Diagnostic::error("lock", "the lock outlasts the promise to destroy everything")
                .at(min.span)
                .also(lock.mode.span, "nobody can lift it")
                .also(promise.span, format!("within {promise} days"))
                .help("lower `min_days`, raise `destroy_within_days`, or use mode = \"governance\""),
        );
    }
}
