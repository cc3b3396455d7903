//! What is protected stays, and so does what it stands on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change, Reason};
use crate::resource::{Address, Desired, Found, Kind, Observed, Resource};

/// Turns replacements and deletions of protected things, and of what they stand on, into nothing, and says so.
pub fn protected(desired: &Desired, observed: &Observed, changes: &mut BTreeMap<Address, Change>) {
    let by_blueprint = desired.protected();
    let mut stand: BTreeSet<Address> = observed
        .found
        .values()
        .filter(|found| by_blueprint.contains(&found.address) || found.protected && !lifted(desired, found))
        .map(|found| found.address.clone())
        .collect();
    let protected = stand.clone();
    // A protected seat keeps its volumes.
    for found in observed.found.values().filter(|found| found.resource.kind() == Kind::Volume) {
        if found.address.owning_seat().is_some_and(|seat| protected.contains(&seat)) {
            stand.insert(found.address.clone());
        }
    }
    let mut open: Vec<Address> = stand.iter().cloned().collect();
    while let Some(address) = open.pop() {
        for link in observed.found.get(&address).into_iter().flat_map(|found| found.resource.links()) {
            if stand.insert(link.to.clone()) {
                open.push(link.to);
            }
        }
    }
    for change in changes.values_mut() {
        if stand.contains(&change.address) && matches!(change.action, Action::Replace | Action::Delete) {
            change.reason =
                if protected.contains(&change.address) { Reason::Protected } else { Reason::NeededByProtected };
            change.action = Action::None;
        }
    }
}

/// Whether the blueprint takes this protection away: a plan that does may go on to what it held back. A wrap goes by
/// the live mark alone, for its desired state is empty.
fn lifted(desired: &Desired, found: &Found) -> bool {
    let seat = found.address.owning_seat().unwrap_or_else(|| found.address.clone());
    matches!(desired.resources.get(&seat), Some(Resource::Seat(seat)) if !seat.protect)
}
