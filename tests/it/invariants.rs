//! What must hold whatever happened: each is a function that returns its violations, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use closedset::recovery::{Points, Standing};
use closedset::rehearsal::RehearsalCloud;
use closedset::resource::{Address, Found, Kind, Observed, Resource, Snapshot, Status};
use serde_json::Value;

/// Lets everything come to rest that the cloud still does by itself: endpoints and interfaces that linger, volumes that
/// are optimised, ended instances that are still listed. No time of the rehearsal is longer.
pub async fn rest() {
    tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
}

/// All that exists, as text in which two runs to the same end are equal.
pub async fn end_of(world: &RehearsalCloud) -> String {
    rest().await;
    serde_json::to_string_pretty(&world.snapshot()).expect("a snapshot is plain JSON")
}

/// The lines by which two ends differ; none where they are equal.
pub fn differences(wanted: &str, got: &str) -> Vec<String> {
    let diff = similar::TextDiff::from_lines(wanted, got);
    let groups = diff.unified_diff().context_radius(4).to_string();
    groups.lines().map(str::to_owned).collect()
}

/// Everything that must hold of what is live, together.
pub fn violations(world: &RehearsalCloud, observed: &Observed) -> Vec<String> {
    let mut found = one_of_each(observed);
    found.extend(no_strays(observed));
    found.extend(volumes_have_one_holder(observed));
    let snapshot = world.snapshot();
    found.extend(one_instance_a_seat(&snapshot));
    found.extend(no_key_rests_under_what_is_in_use(&snapshot));
    found
}

/// In the cloud's own books, no volume is attached to anything while a key doesn't serve: it would go on working until its
/// instance stops, and be lost then. At every moment, also that of a crash.
pub fn no_key_rests_under_what_is_in_use(snapshot: &Value) -> Vec<String> {
    let shelf = |kind: &str| -> Vec<Value> {
        let shelves = snapshot.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with(kind));
        shelves.filter_map(|(_, things)| things.as_array()).flatten().cloned().collect()
    };
    let resting = shelf(" keys").iter().filter(|key| key["state"] != "Enabled").count();
    let held = shelf(" volume").iter().filter(|volume| !volume["attachment"].is_null()).count();
    if resting == 0 || held == 0 {
        Vec::new()
    } else {
        vec![format!("{resting} keys don't serve, and {held} volumes are attached")]
    }
}

/// No seat is away before each has a complete recovery point that is kept beyond the end.
pub fn nothing_ends_before_it_is_kept(observed: &Observed, snapshots: &[Snapshot], seats: usize) -> Vec<String> {
    let stands = |found: &&Found| !matches!(found.status, Status::Leaving(_) | Status::Failed(_));
    let live = observed.found.values().filter(|found| found.resource.kind() == Kind::Seat).filter(stands).count();
    let kept: Vec<Snapshot> = snapshots.iter().filter(|one| one.keep_until.is_some()).cloned().collect();
    let points = Points::of(&kept);
    let safe: BTreeSet<&Address> =
        points.all().filter(|one| one.standing() == Standing::Usable).map(|one| &one.seat).collect();
    if live == seats || safe.len() == seats {
        Vec::new()
    } else {
        vec![format!("{live} of {seats} seats are left, and {} have a recovery point that is kept", safe.len())]
    }
}

/// No key's deletion is scheduled while a recovery point that is to be kept can be read by no other.
pub fn no_key_ends_under_what_is_kept(observed: &Observed, snapshots: &[Snapshot]) -> Vec<String> {
    let ends = |id: &str| {
        let key = observed.all().find(|found| found.id == id).map(|found| &found.resource);
        matches!(key, Some(Resource::KmsKey(key)) if key.state == "pending_deletion")
    };
    let is_lost = |one: &&Snapshot| one.keep_until.is_some() && one.key.as_deref().is_some_and(ends);
    snapshots.iter().filter(is_lost).map(|one| format!("{} is kept under a key that ends", one.id)).collect()
}

/// No two live things claim one address.
fn one_of_each(observed: &Observed) -> Vec<String> {
    observed.duplicates.iter().map(|found| format!("{} has a second one, {}", found.address, found.id)).collect()
}

/// Nothing that bears the production's mark is without an address.
fn no_strays(observed: &Observed) -> Vec<String> {
    let strays = observed.found.keys().filter(|address| address.as_str().starts_with("stray."));
    strays.map(|address| format!("{address} belongs to nothing")).collect()
}

/// Each volume that names a seat is the one volume at its device.
fn volumes_have_one_holder(observed: &Observed) -> Vec<String> {
    let mut places = BTreeSet::new();
    let mut violations = Vec::new();
    for found in observed.all() {
        if let Resource::Volume(volume) = &found.resource
            && let (Some(seat), Some(device)) = (&volume.seat, &volume.device)
            && !places.insert((seat.clone(), device.clone()))
        {
            violations.push(format!("{seat} has a second volume at {device}, {}", found.id));
        }
    }
    violations
}

/// In the cloud's own books, each slot of each pool has one instance at most in a region.
fn one_instance_a_seat(snapshot: &Value) -> Vec<String> {
    let mut seats: BTreeMap<String, u32> = BTreeMap::new();
    let shelves = snapshot.as_object().into_iter().flatten().filter(|(name, _)| name.ends_with(" instance"));
    let instances = shelves.filter_map(|(shelf, instances)| Some((shelf, instances.as_array()?)));
    for (shelf, instance) in instances.flat_map(|(shelf, all)| all.iter().map(move |one| (shelf, one))) {
        let tag = |key: &str| instance.pointer(&format!("/tags/{key}")).and_then(Value::as_str);
        if let (Some(pool), Some(slot)) = (tag("closedset:address"), tag("closedset:seat")) {
            *seats.entry(format!("{shelf} of {pool} seat {slot}")).or_default() += 1;
        }
    }
    let doubled = seats.into_iter().filter(|(_, count)| *count > 1);
    doubled.map(|(seat, count)| format!("{seat} has {count} instances")).collect()
}
