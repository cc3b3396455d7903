//! `restore`: which recovery point each volume is to be made of, as a desired state that any plan can lead to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::Points;
use crate::apply::Entry;
use crate::plan::Options;
use crate::resource::{Address, Desired, Found, Kind, KmsKey, Observed, Resource, Status};

/// A volume that was made of its recovery point within this time was made by the run that is being repeated; one that is
/// older has been worked on since, and is made anew.
const REPEATED_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What is to be restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// One pool, by its label.
    pub pool: Option<String>,
    /// One seat.
    pub seat: Option<Address>,
    /// What was taken later is passed over.
    pub at: Option<Timestamp>,
}

impl Selection {
    /// Whether this seat is meant.
    pub fn takes(&self, seat: &Address) -> bool {
        let pool = seat.slot().map(|(pool, _)| pool);
        self.pool.as_deref().is_none_or(|wanted| pool == Some(wanted))
            && self.seat.as_ref().is_none_or(|wanted| wanted == seat)
    }
}

/// A volume and what it is to be made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeRestore {
    pub address: Address,
    pub snapshot: String,
    pub size_gib: u32,
}

/// A seat and its recovery point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatRestore {
    pub seat: Address,
    /// When its recovery point was taken: UTC, RFC 3339.
    pub taken: String,
    /// The run of `backup now` that took it.
    pub run: String,
    /// Seconds of work that are lost: from the recovery point until now.
    pub lost_s: i64,
    /// The promise, in hours; none where the blueprint gives none.
    pub rpo_hours: Option<u32>,
    pub rto_minutes: Option<u32>,
    /// Whether the seat isn't there and is launched first.
    pub launched: bool,
    /// Sorted by address.
    pub volumes: Vec<VolumeRestore>,
    /// Volumes that the recovery point was taken of and the blueprint no longer has, and those that it has and the point
    /// wasn't taken of: both stay as they are. Sorted.
    pub left_alone: Vec<String>,
}

/// A restore, before anything is called.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoration {
    /// What to plan towards: the live seats as they are, those that are missing as the blueprint has them, and every
    /// restored volume made of its recovery point.
    pub desired: Desired,
    /// What to ask of the plan: the seats as its targets, and the volumes that came from their recovery point before.
    pub options: Options,
    /// Sorted.
    pub seats: Vec<SeatRestore>,
    /// Seats that were asked for and have no recovery point that can be built from. Sorted.
    pub without: Vec<Address>,
}

/// Plans which recovery point each volume comes from. Data alone is restored: what else differs from the blueprint on a
/// live seat is left for an apply.
pub fn restoration(
    desired: &Desired,
    observed: &Observed,
    points: &Points,
    selection: &Selection,
    now: Timestamp,
) -> Restoration {
    let mut aim = desired.clone();
    let (mut seats, mut without, mut anew) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut keys: BTreeSet<&str> = BTreeSet::new();
    let all = desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat);
    for seat in all.map(|(address, _)| address).filter(|seat| selection.takes(seat)) {
        let Some(kept) = seat.slot().and_then(|(pool, _)| desired.kept_of(pool)) else { continue };
        if kept.volumes.is_empty() {
            continue;
        }
        let Some(point) = points.newest_usable(seat, selection.at) else {
            without.push(seat.clone());
            continue;
        };
        let live =
            observed.found.get(seat).filter(|found| !matches!(found.status, Status::Leaving(_) | Status::Failed(_)));
        // One that an interrupted run launched bears no name yet: what it should be, only the blueprint says.
        let settled = live.filter(|found| found.facts.get("labelled").is_none_or(|labelled| labelled != "false"));
        if let Some(settled) = settled {
            aim.resources.insert(seat.clone(), settled.resource.clone());
        }
        let mut left: BTreeMap<String, ()> =
            point.together.iter().chain(kept.volumes.keys()).map(|name| (name.clone(), ())).collect();
        let mut volumes = Vec::new();
        let own: Vec<Address> = desired.volumes_of(seat).map(|(address, _)| address.clone()).collect();
        for address in own {
            let (Some(name), Some(Resource::Volume(wanted))) = (address.volume_name(), desired.resources.get(&address))
            else {
                continue;
            };
            let found = match observed.found.get(&address).map(|found| &found.resource) {
                Some(Resource::Volume(volume)) if settled.is_some() && volume.seat.is_some() => Some(volume),
                _ => None,
            };
            let snapshot = point.volumes.get(name).filter(|_| kept.volumes.contains_key(name));
            let mut volume = found.unwrap_or(wanted).clone();
            if let Some(snapshot) = snapshot {
                left.remove(name);
                keys.extend(snapshot.key.as_deref());
                volume.seat = Some(seat.clone());
                volume.device = volume.device.or_else(|| wanted.device.clone());
                (volume.encrypted, volume.keep) = (wanted.encrypted, wanted.keep);
                volume.key.clone_from(&wanted.key);
                // A volume can't be smaller than what it is made of.
                volume.size_gib = volume.size_gib.max(snapshot.size_gib);
                volume.from_snapshot = Some(snapshot.id.clone());
                if observed.found.get(&address).is_some_and(|found| is_old(found, now)) {
                    anew.insert(address.clone());
                }
                volumes.push(VolumeRestore {
                    address: address.clone(),
                    snapshot: snapshot.id.clone(),
                    size_gib: volume.size_gib,
                });
            } else {
                volume.from_snapshot = None;
            }
            aim.resources.insert(address, volume.into());
        }
        seats.push(SeatRestore {
            seat: seat.clone(),
            taken: point.taken.to_string(),
            run: point.run.to_string(),
            lost_s: now.duration_since(point.taken).as_secs().max(0),
            rpo_hours: kept.rpo_hours,
            rto_minutes: kept.rto_minutes,
            launched: live.is_none(),
            volumes,
            left_alone: left.into_keys().collect(),
        });
    }
    let mut targets: Vec<String> = seats.iter().map(|one| one.seat.to_string()).collect();
    for (address, key) in put_into_service(observed, &keys) {
        targets.push(address.to_string());
        aim.resources.entry(address).or_insert(key.into());
    }
    let options = Options { targets, anew, ..Options::default() };
    Restoration { desired: aim, options, seats, without }
}

/// Whether a volume was made longer ago than a repeated run could have made it.
fn is_old(found: &Found, now: Timestamp) -> bool {
    let created: Option<Timestamp> = found.facts.get("created").and_then(|created| created.parse().ok());
    created.is_none_or(|created| now.duration_since(created) > REPEATED_WITHIN)
}

/// What was kept beyond an end may lie under a key that is out of service since: it has to serve while it is read.
fn put_into_service(observed: &Observed, keys: &BTreeSet<&str>) -> Vec<(Address, KmsKey)> {
    let used = observed.found.values().filter(|found| keys.contains(found.id.as_str()));
    used.filter_map(|found| match &found.resource {
        Resource::KmsKey(key) if key.state == "disabled" => {
            Some((found.address.clone(), KmsKey { state: "enabled".to_owned(), ..key.clone() }))
        }
        _ => None,
    })
    .collect()
}

impl Restoration {
    /// Takes in what the seats stand on and beside, and seats without a recovery point too: where nothing is yet, a floor is
    /// more than its seats.
    pub fn with_the_floor(&mut self, selection: &Selection) {
        let wanted = |address: &&Address| address.owning_seat().is_none_or(|seat| selection.takes(&seat));
        let all = self.desired.resources.iter().filter(|(_, resource)| resource.kind() != Kind::AccountSwitch);
        self.options.targets = all.map(|(address, _)| address).filter(wanted).map(ToString::to_string).collect();
    }

    /// The same without seats that have no recovery point, or weren't asked for: a drill needs no others.
    pub fn only_restored(&mut self) {
        let seats: BTreeSet<&Address> = self.seats.iter().map(|one| &one.seat).collect();
        self.desired.resources.retain(|address, _| address.owning_seat().is_none_or(|seat| seats.contains(&seat)));
        self.options.targets.clear();
    }

    /// Seconds of work that are lost at most: the measured RPO.
    pub fn lost_s(&self) -> i64 {
        self.seats.iter().map(|one| one.lost_s).max().unwrap_or(0)
    }

    /// How many volumes are made of recovery points, and their size together in GiB.
    pub fn extent(&self) -> (usize, u64) {
        let volumes = || self.seats.iter().flat_map(|one| &one.volumes);
        (volumes().count(), volumes().map(|one| u64::from(one.size_gib)).sum())
    }
}

/// When the first of the runs began whose restore is still to be finished; none where the last one was finished, or so long
/// ago that what it did is done anew.
pub fn unfinished_since(entries: &[Entry], now: Timestamp) -> Option<Timestamp> {
    let is_recent = |then: Timestamp, now: Timestamp| now.duration_since(then) <= REPEATED_WITHIN;
    let (mut first, mut last) = (None, None);
    for entry in entries {
        let Ok(time) = entry.time.parse::<Timestamp>() else { continue };
        match entry.what.as_str() {
            "restored" => first = None,
            "began" if entry.details.get("verb").and_then(Value::as_str) == Some("restore") => {
                first = first.filter(|_| last.is_some_and(|last| is_recent(last, time))).or(Some(time));
            }
            _ => {}
        }
        last = Some(time);
    }
    first.filter(|_| last.is_some_and(|last| is_recent(last, now)))
}

/// What isn't as the restore was to leave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unverified {
    pub address: Address,
    /// As a fragment: `it is stopped`.
    pub words: String,
}

/// Holds what is live after a restore against what it was to do: each seat runs, and each volume that it holds comes from
/// the recovery point that was named.
pub fn verify(seats: &[SeatRestore], observed: &Observed) -> Vec<Unverified> {
    let mut wrong = Vec::new();
    let mut say = |address: &Address, words: String| wrong.push(Unverified { address: address.clone(), words });
    for one in seats {
        match observed.found.get(&one.seat).map(|found| &found.status) {
            Some(Status::Ready) => {}
            Some(Status::Pending(word) | Status::Resting(word) | Status::Leaving(word)) => {
                say(&one.seat, format!("it is {word}"));
            }
            Some(Status::Failed(words)) => say(&one.seat, format!("it failed: {words}")),
            None => say(&one.seat, "it isn't there".to_owned()),
        }
        for volume in &one.volumes {
            match observed.found.get(&volume.address).map(|found| &found.resource) {
                Some(Resource::Volume(live)) if live.seat.as_ref() != Some(&one.seat) => {
                    say(&volume.address, "its seat doesn't hold it".to_owned());
                }
                Some(Resource::Volume(live)) if live.from_snapshot.as_ref() != Some(&volume.snapshot) => {
                    let of = live.from_snapshot.as_deref().unwrap_or("nothing");
                    say(&volume.address, format!("it is made of {of}, not of {}", volume.snapshot));
                }
                Some(_) => {}
                None => say(&volume.address, "it isn't there".to_owned()),
            }
        }
    }
    wrong.sort();
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn entry(time: &str, what: &str, verb: &str) -> Entry {
        let details = Map::from_iter([("verb".to_owned(), json!(verb))]);
        serde_json::from_value(json!({
            "number": 1, "time": format!("2026-12-07T{time}Z"), "what": what, "details": details, "previous": "", "hash": ""
        }))
        .unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_restore_in_several_runs_is_measured_from_the_first_of_them() {
        let at = |time: &str| -> Timestamp { format!("2026-12-07T{time}Z").parse().unwrap() };
        let mut entries = vec![
            entry("08:00:00", "began", "restore"),
            entry("08:01:00", "restored", ""),
            entry("09:00:00", "began", "restore"),
            entry("09:01:00", "interrupted", ""),
            entry("09:20:00", "began", "restore"),
            entry("09:21:00", "ended", ""),
        ];
        assert_eq!(unfinished_since(&entries, at("09:30:00")), Some(at("09:00:00")));
        assert_eq!(unfinished_since(&entries, at("10:30:00")), None, "whatever comes now begins anew");
        entries.push(entry("09:31:00", "restored", ""));
        assert_eq!(unfinished_since(&entries, at("09:32:00")), None);
    }
}
