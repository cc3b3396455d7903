//! Which seats are launched together, and in which waves others are replaced.

use std::collections::{BTreeMap, BTreeSet};

use super::restored::is_restored;
use super::{Action, Plan};
use crate::resource::{Address, Desired, Observed, Resource, Slot};

/// AWS advises five requests of 100 rather than one of 500.
const BATCH: u32 = 100;

/// Seats that one launch call makes: of one pool, in one subnet, alike in everything but their number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub pool: String,
    /// In order: a seat's place here is its launch index.
    pub seats: Vec<Address>,
    /// The subnet that they belong in; where it lacks capacity, the pool's others are tried.
    pub home: Address,
    /// Whether a kept volume holds them to the home's zone.
    pub pinned: bool,
    /// Names of volumes that exist already and are attached afterwards.
    pub kept: BTreeSet<String>,
    /// Names of volumes that are made of recovery points and attached afterwards.
    pub restored: BTreeSet<String>,
}

/// The seats of one wave: all may be away at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wave {
    /// Those that go first; empty for new seats.
    pub going: Vec<Address>,
    pub batches: Vec<Batch>,
}

/// A pool's launches: the new seats at once, then the waves of replaced ones, each after the last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Launches {
    pub new: Wave,
    pub rolling: Vec<Wave>,
}

/// Plans the launches of every pool, by label.
pub fn launches(plan: &Plan, desired: &Desired, observed: &Observed) -> BTreeMap<String, Launches> {
    let mut pools: BTreeMap<String, (Vec<Slot>, Vec<Slot>)> = BTreeMap::new();
    for change in &plan.changes {
        let Some((pool, slot)) = change.address.slot() else { continue };
        if change.address.volume_name().is_some() {
            continue;
        }
        let entry = pools.entry(pool.to_owned()).or_default();
        match change.action {
            Action::Create => entry.0.push(slot),
            Action::Replace => entry.1.push(slot),
            _ => {}
        }
    }
    let restored: BTreeSet<&Address> =
        plan.changes.iter().filter(|change| is_restored(desired, change)).map(|change| &change.address).collect();
    let replaced: BTreeSet<&Address> =
        plan.changes.iter().filter(|c| c.action == Action::Replace).map(|c| &c.address).collect();
    pools
        .into_iter()
        .filter_map(|(pool, (new, old))| {
            let recipe = desired.pools.get(&pool)?;
            // Where the ground under the seats is replaced, all of them have to go before any can come back.
            let ground = old.iter().any(|slot| {
                let seat = Address::seat(&pool, *slot);
                desired.resources.get(&seat).is_some_and(|seat| seat.links().iter().any(|l| replaced.contains(&l.to)))
            });
            let size = if ground { old.len() } else { recipe.max_unavailable as usize }.max(1);
            let wave = |slots: &[Slot], going: bool| Wave {
                going: if going { slots.iter().map(|slot| Address::seat(&pool, *slot)).collect() } else { Vec::new() },
                batches: batches(&pool, slots, desired, observed, &restored),
            };
            let rolling = old.chunks(size).map(|slots| wave(slots, true)).collect();
            Some((pool.clone(), Launches { new: wave(&new, false), rolling }))
        })
        .collect()
}

/// Groups slots so that the same missing seats always make the same batches: a run that starts over asks for exactly
/// what the interrupted one asked for, under the same client tokens.
fn batches(
    pool: &str,
    slots: &[Slot],
    desired: &Desired,
    observed: &Observed,
    restored: &BTreeSet<&Address>,
) -> Vec<Batch> {
    let Some(recipe) = desired.pools.get(pool) else { return Vec::new() };
    let zones = u32::try_from(recipe.subnets.len()).unwrap_or(1).max(1);
    type Alike = (Address, bool, BTreeSet<String>, BTreeSet<String>, u32);
    let mut groups: BTreeMap<Alike, Vec<Address>> = BTreeMap::new();
    for slot in slots {
        let seat = Address::seat(pool, *slot);
        let kept = kept_volumes(&seat, desired, observed, restored);
        let home = subnet_of(&kept, &recipe.subnets, desired)
            .or_else(|| standing_in(&seat, observed).filter(|subnet| recipe.subnets.contains(subnet)))
            .or_else(|| recipe.home(*slot).cloned());
        let Some(home) = home else { continue };
        let names: BTreeSet<String> = kept.keys().cloned().collect();
        let of_points = restored_volumes(&seat, desired, restored);
        let window = (slot.saturating_sub(1) / zones) / BATCH;
        groups.entry((home, !names.is_empty(), names, of_points, window)).or_default().push(seat);
    }
    groups
        .into_iter()
        .map(|((home, pinned, kept, restored, _), seats)| {
            let pool = pool.to_owned();
            Batch { pool, seats, home, pinned, kept, restored }
        })
        .collect()
}

/// The seat's volumes that are there already and will be attached again, by name, with their zone.
fn kept_volumes(
    seat: &Address,
    desired: &Desired,
    observed: &Observed,
    restored: &BTreeSet<&Address>,
) -> BTreeMap<String, Option<String>> {
    desired
        .volumes_of(seat)
        .filter_map(|(address, _)| {
            let found = observed.found.get(address)?;
            let Resource::Volume(live) = &found.resource else { return None };
            let name = address.volume_name()?.to_owned();
            // A volume that goes with its present instance isn't there for the next, nor is one whose place another takes.
            let stays = (live.keep || live.seat.is_none()) && !restored.contains(address);
            stays.then(|| (name, found.facts.get("zone").cloned()))
        })
        .collect()
}

/// The seat's data volumes that are made of recovery points once it is up. It can't be launched without its root.
fn restored_volumes(seat: &Address, desired: &Desired, restored: &BTreeSet<&Address>) -> BTreeSet<String> {
    desired
        .volumes_of(seat)
        .filter(|(address, _)| restored.contains(address))
        .filter_map(|(address, _)| address.volume_name().map(str::to_owned))
        .filter(|name| name != "root")
        .collect()
}

fn subnet_of(kept: &BTreeMap<String, Option<String>>, subnets: &[Address], desired: &Desired) -> Option<Address> {
    let zone = kept.values().flatten().next()?;
    subnets
        .iter()
        .find(|subnet| matches!(desired.resources.get(*subnet), Some(Resource::Subnet(one)) if &one.zone == zone))
        .cloned()
}

fn standing_in(seat: &Address, observed: &Observed) -> Option<Address> {
    match &observed.found.get(seat)?.resource {
        Resource::Seat(live) => live.subnets.first().cloned(),
        _ => None,
    }
}
