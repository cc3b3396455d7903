//! What was promised of recovery points and a plan takes back: a backup block, a region that copies go to, the lock of a
//! vault. Nothing is lost by it at once, so that nobody would notice before it is missed.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Action, Plan};
use crate::resource::{Address, BackupPlan, BackupVault, Desired, Observed, Resource, VaultLock, count, days, list};

/// What this plan takes back, a sentence each.
pub fn warnings(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<String> {
    let mut warnings = Vec::new();
    for (address, live) in backup_plans(observed) {
        let wanted = match desired.resources.get(address) {
            Some(Resource::BackupPlan(wanted)) => Some(wanted),
            _ => None,
        };
        if !is_touched(plan, address) {
            continue;
        }
        if wanted.is_none() {
            warnings.push(block(address, desired, observed));
        }
        let ending = live.copies.keys().filter(|vault| wanted.is_none_or(|wanted| !wanted.copies.contains_key(vault)));
        let regions: BTreeSet<&str> = ending.filter_map(Address::elsewhere).collect();
        if !regions.is_empty() {
            let regions: Vec<&str> = regions.into_iter().collect();
            warnings.push(format!(
                "{address} copies nothing to {} any more: restore --to-region has what lies there already, which ends on its \
                 day, and nothing newer",
                list(&regions)
            ));
        }
    }
    let mut lifted: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (address, live, wanted) in vaults(desired, observed) {
        let is_updated = plan.change(address).is_some_and(|change| change.action == Action::Update);
        if let (true, Some(what)) = (is_updated, eased(live.lock.as_ref(), wanted.lock.as_ref())) {
            lifted.entry(what).or_default().push(address.as_str());
        }
    }
    warnings.extend(lifted.into_iter().map(|(what, vaults)| format!("the lock of {} {what}", list(&vaults))));
    warnings
}

/// Whether the plan does anything about it, or says why it can't; a plan of other targets doesn't.
fn is_touched(plan: &Plan, address: &Address) -> bool {
    plan.change(address).is_some()
}

fn backup_plans(observed: &Observed) -> impl Iterator<Item = (&Address, &BackupPlan)> {
    observed.found.iter().filter_map(|(address, found)| match &found.resource {
        Resource::BackupPlan(plan) => Some((address, plan)),
        _ => None,
    })
}

/// Vaults that stay, live and as they are wanted.
fn vaults<'a>(
    desired: &'a Desired,
    observed: &'a Observed,
) -> impl Iterator<Item = (&'a Address, &'a BackupVault, &'a BackupVault)> {
    observed.found.iter().filter_map(|(address, found)| match (&found.resource, desired.resources.get(address)) {
        (Resource::BackupVault(live), Some(Resource::BackupVault(wanted))) => Some((address, live, wanted)),
        _ => None,
    })
}

/// What is to be said of a block that is no longer written.
fn block(address: &Address, desired: &Desired, observed: &Observed) -> String {
    let label = address.as_str().strip_prefix("backup.").unwrap_or(address.as_str());
    let is_left = |address: &Address| {
        let wanted = desired.resources.get(address);
        matches!(wanted, Some(Resource::Volume(volume)) if volume.backups.is_empty())
    };
    let of_block = observed
        .found
        .iter()
        .filter(|(_, found)| matches!(&found.resource, Resource::Volume(volume) if volume.backups.contains(label)));
    let rest = match of_block.filter(|(address, _)| is_left(address)).count() {
        0 => "every volume of it that stays is kept safe by another block".to_owned(),
        left => format!("{} kept safe by no block any more", count(left, ("volume is", "volumes are"))),
    };
    format!(
        "{address} is taken away, and its schedule, keep_days and rpo_hours with it: {rest}; what AWS Backup has taken stays \
         in its vault until its day"
    )
}

/// What is to be said of a lock that becomes weaker; none where it doesn't.
fn eased(live: Option<&VaultLock>, wanted: Option<&VaultLock>) -> Option<String> {
    let live = live?;
    let Some(wanted) = wanted else {
        return Some(
            "is taken away: from then on nothing but the vault's own policy keeps recovery points until their day, and \
             whoever may change that policy may delete them"
                .to_owned(),
        );
    };
    if live.is_compliance() && !wanted.is_compliance() {
        return Some("is eased to governance: whoever is allowed to may then lift it, at any time".to_owned());
    }
    let least = |lock: &VaultLock| lock.min_days.unwrap_or_default();
    (least(wanted) < least(live)).then(|| {
        format!(
            "takes recovery points that are kept for {} only, and no longer for {} at least",
            days(least(wanted)),
            days(least(live))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(mode: &str, min_days: Option<u32>) -> VaultLock {
        VaultLock { mode: mode.to_owned(), min_days, max_days: None }
    }

    #[test]
    fn a_lock_that_becomes_weaker_is_told_and_one_that_becomes_stronger_is_not() {
        let (governance, compliance) = (lock("governance", Some(7)), lock("compliance", Some(7)));
        let said = |live: &VaultLock, wanted: Option<&VaultLock>| eased(Some(live), wanted).unwrap_or_default();
        assert!(said(&governance, None).starts_with("is taken away"));
        assert!(said(&compliance, Some(&governance)).starts_with("is eased to governance"));
        let shorter = said(&governance, Some(&lock("governance", Some(1))));
        assert_eq!(shorter, "takes recovery points that are kept for 1 day only, and no longer for 7 days at least");
        assert_eq!(eased(Some(&governance), Some(&compliance)), None);
        assert_eq!(eased(Some(&governance), Some(&lock("governance", Some(9)))), None);
        assert_eq!(eased(None, Some(&governance)), None);
    }
}
