//! What could not be read is neither made nor replaced, and nothing is done on the strength of it: a reference to it can't
//! be told from a wrong one, and a seat that went for that could not come back.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Change, Reason};
use crate::resource::{Address, Desired, Kind, Observed, Resource};

/// Turns every change that stands on something unknown into nothing, and says so; and keeps what those stand on.
pub fn left_alone(desired: &Desired, observed: &Observed, changes: &mut BTreeMap<Address, Change>) {
    // By address, why it is unknown.
    let mut unknown: BTreeMap<Address, String> = changes
        .values()
        .filter(|change| change.reason == Reason::Unreadable && !observed.found.contains_key(&change.address))
        .filter_map(|change| Some((change.address.clone(), change.note.clone()?)))
        .collect();
    if unknown.is_empty() {
        return;
    }
    let mut held = BTreeSet::new();
    loop {
        let mut more = BTreeMap::new();
        for (address, resource) in &desired.resources {
            let Some(change) = changes.get(address).filter(|change| change.action != Action::None) else { continue };
            let ground = ground(desired, address, resource);
            if let Some((to, why)) = ground.iter().find_map(|to| Some((to, unknown.get(to)?))) {
                more.insert(change.address.clone(), format!("{to} is unknown, which it stands on ({why})"));
            }
        }
        if more.is_empty() {
            break;
        }
        for (address, note) in more {
            leave(changes, &address, note.clone());
            if observed.found.contains_key(&address) {
                held.insert(address);
            } else {
                unknown.insert(address, note);
            }
        }
    }
    hold(observed, held, changes);
}

/// Where something could not be read, a wrap can't know what that stands on: only the seats and their disks, which nothing
/// else stands on, go before it is known.
pub fn stands_on_anything(observed: &Observed, changes: &mut BTreeMap<Address, Change>) {
    let gap = observed.unreadable.iter().find(|gap| gap.kind != Kind::AccountSwitch);
    let Some(gap) = gap else { return };
    let note = format!("what could not be read may stand on it ({}: {})", gap.call, gap.words);
    let ground: Vec<Address> = changes
        .values()
        .filter(|change| !matches!(change.kind, Kind::Seat | Kind::Volume))
        .map(|change| change.address.clone())
        .collect();
    for address in ground {
        leave(changes, &address, note.clone());
    }
}

/// What it needs to be made or replaced; a seat is made with its volumes.
fn ground(desired: &Desired, address: &Address, resource: &Resource) -> BTreeSet<Address> {
    let with_seat = (resource.kind() == Kind::Seat).then(|| desired.volumes_of(address)).into_iter().flatten();
    let parts = std::iter::once(resource).chain(with_seat.map(|(_, volume)| volume));
    parts.flat_map(Resource::links).map(|link| link.to).filter(|to| to != address).collect()
}

/// What is left as it is keeps the ground that it stands on.
fn hold(observed: &Observed, mut held: BTreeSet<Address>, changes: &mut BTreeMap<Address, Change>) {
    let mut open: Vec<Address> = held.iter().cloned().collect();
    while let Some(address) = open.pop() {
        for link in observed.found.get(&address).into_iter().flat_map(|found| found.resource.links()) {
            let goes = changes.get(&link.to).is_some_and(|c| matches!(c.action, Action::Replace | Action::Delete));
            if goes {
                leave(changes, &link.to, format!("{address} stands on it, and is left as it is"));
            }
            if held.insert(link.to.clone()) {
                open.push(link.to);
            }
        }
    }
}

fn leave(changes: &mut BTreeMap<Address, Change>, address: &Address, note: String) {
    if let Some(change) = changes.get_mut(address) {
        change.action = Action::None;
        change.reason = Reason::Unreadable;
        change.fields.clear();
        change.note = Some(note);
    }
}
