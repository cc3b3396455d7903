//! `--target`: a part of a plan that can stand alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change};
use crate::resource::{Address, Desired, Observed};

/// The changes within the targets, with those that they can't do without: what is made needs what it stands on, and
/// what goes needs to be free of what stands on it.
pub fn select(
    desired: &Desired,
    observed: &Observed,
    targets: &[String],
    changes: BTreeMap<Address, Change>,
) -> Vec<Change> {
    if targets.is_empty() {
        return changes.into_values().collect();
    }
    let within = |address: &&Address| targets.iter().any(|target| address.is_within(target));
    let mut chosen: BTreeSet<Address> = changes.keys().filter(within).cloned().collect();
    let mut open: Vec<Address> = chosen.iter().cloned().collect();
    while let Some(address) = open.pop() {
        let Some(change) = changes.get(&address) else { continue };
        let mut needed: Vec<Address> = Vec::new();
        if !matches!(change.action, Action::Delete | Action::None) {
            needed.extend(desired.resources.get(&address).into_iter().flat_map(|r| r.links()).map(|link| link.to));
            needed.extend(desired.volumes_of(&address).map(|(volume, _)| volume.clone()));
        }
        if matches!(change.action, Action::Delete | Action::Replace) {
            let standing_on_it =
                observed.found.values().filter(|found| found.resource.links().iter().any(|link| link.to == address));
            needed.extend(standing_on_it.map(|found| found.address.clone()));
        }
        for address in needed.into_iter().filter(|address| changes.contains_key(address)) {
            if chosen.insert(address.clone()) {
                open.push(address);
            }
        }
    }
    changes.into_iter().filter(|(address, _)| chosen.contains(address)).map(|(_, change)| change).collect()
}
