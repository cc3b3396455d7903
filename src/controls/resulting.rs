//! The state that a plan leads to: what it makes, and what it leaves as it is.

use std::collections::BTreeMap;

use super::floor::{Floor, Phase};
use crate::blueprint::Blueprint;
use crate::blueprint::model::Date;
use crate::plan::{Action, Change, Options, Plan, Reason};
use crate::resource::{Address, Desired, Found, Kind, Observed, Resource, Status};

/// The state after a plan was carried out whole. What it couldn't read stays unknown.
pub fn resulting<'a>(
    blueprint: &'a Blueprint,
    desired: &Desired,
    observed: &Observed,
    plan: &Plan,
    options: &Options,
    today: Date,
) -> Floor<'a> {
    let mut floor = Floor::empty(blueprint, desired, Phase::Plan, today);
    let changes: BTreeMap<(&Address, Option<&str>), &Change> =
        plan.changes.iter().map(|change| ((&change.address, change.id.as_deref()), change)).collect();
    let change_of = |address: &Address, id: Option<&str>| changes.get(&(address, id)).copied();
    for (address, resource) in &desired.resources {
        let found = observed.found.get(address);
        let change = change_of(address, found.map(|found| found.id.as_str()));
        if let Some(after) = after_desired(resource, found, change, options) {
            floor.resources.insert(address.clone(), after);
        }
        // A switch that the plan only shows is the account's, and not for this production to answer for.
        let is_switch = resource.kind() == Kind::AccountSwitch;
        if options.account_switches || !is_switch {
            floor.answered_for.insert(address.clone());
        }
    }
    for found in observed.found.values().filter(|found| !desired.resources.contains_key(&found.address)) {
        let gone = change_of(&found.address, Some(&found.id)).is_some_and(|change| change.action == Action::Delete);
        if !gone && stays(found) {
            floor.resources.insert(found.address.clone(), found.resource.clone());
        }
    }
    for found in &observed.duplicates {
        let gone = change_of(&found.address, Some(&found.id)).is_some_and(|change| change.action == Action::Delete);
        if !gone {
            floor.resources.insert(Address::new(format!("{} {}", found.address, found.id)), found.resource.clone());
        }
    }
    floor.ids = observed.found.values().map(|found| (found.address.clone(), found.id.clone())).collect();
    floor.ids.retain(|address, _| floor.resources.contains_key(address));
    floor.unreadable.clone_from(&observed.unreadable);
    floor
}

/// What becomes of a resource that the blueprint asks for; none where it will not be there, or nothing is known of it.
fn after_desired(
    desired: &Resource,
    found: Option<&Found>,
    change: Option<&Change>,
    options: &Options,
) -> Option<Resource> {
    match (change, found) {
        (Some(change), _) if change.action != Action::None => Some(desired.clone()),
        (Some(change), _) if change.reason == Reason::Unreadable => None,
        (_, Some(found)) => {
            let mut live = found.resource.clone();
            Resource::settle(&mut desired.clone(), &mut live);
            Some(live)
        }
        (Some(_), None) => None,
        // A volume that comes with its seat; with targets, what none of them named.
        (None, None) => options.targets.is_empty().then(|| desired.clone()),
    }
}

/// Whether a live resource that the blueprint doesn't ask for is there to stay.
fn stays(found: &Found) -> bool {
    let resting_key = found.resource.kind() == Kind::KmsKey && matches!(found.status, Status::Resting(_));
    !matches!(found.status, Status::Leaving(_)) && !resting_key
}
