//! Recovery points: the snapshots of one seat's volumes that were taken at one moment.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::Timestamp;

use crate::resource::{Address, Progress, Snapshot};

/// One run of `backup now`: when it began, and of how many seats it was to take a recovery point. It is written on every
/// snapshot, so that a run which was cut off is known for one by anybody who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    pub begun: Timestamp,
    pub seats: usize,
}

impl Run {
    /// The run that a snapshot's mark names; none where the mark is no run's.
    pub fn parse(mark: &str) -> Option<Self> {
        let (begun, seats) = mark.split_once('/')?;
        Some(Self { begun: begun.parse().ok()?, seats: seats.parse().ok()? })
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.begun, self.seats)
    }
}

/// Whether a recovery point can be built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// All of its snapshots are complete.
    Usable,
    /// Some are still on their way.
    Pending,
    /// One failed, or isn't there.
    Broken,
}

/// What a seat's volumes were at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryPoint {
    pub seat: Address,
    pub run: Run,
    pub taken: Timestamp,
    /// By volume name.
    pub volumes: BTreeMap<String, Snapshot>,
    /// The names of all volumes that it was taken of.
    pub together: BTreeSet<String>,
}

impl RecoveryPoint {
    /// Whether it can be built from.
    pub fn standing(&self) -> Standing {
        let is = |wanted: fn(&Progress) -> bool| self.volumes.values().any(|one| wanted(&one.progress));
        if is(|progress| matches!(progress, Progress::Failed(_))) || self.volumes.len() < self.together.len() {
            Standing::Broken
        } else if is(|progress| matches!(progress, Progress::Pending(_))) {
            Standing::Pending
        } else {
            Standing::Usable
        }
    }

    /// The ids of its snapshots.
    pub fn ids(&self) -> BTreeSet<String> {
        self.volumes.values().map(|snapshot| snapshot.id.clone()).collect()
    }
}

/// All recovery points of a production, by seat, the newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Points {
    by_seat: BTreeMap<Address, Vec<RecoveryPoint>>,
}

impl Points {
    /// Puts snapshots together to recovery points.
    pub fn of(snapshots: &[Snapshot]) -> Self {
        type OfRun<'a> = BTreeMap<&'a str, Vec<(Timestamp, &'a Snapshot)>>;
        let mut runs: BTreeMap<(&Address, Run), OfRun<'_>> = BTreeMap::new();
        for snapshot in snapshots {
            // What says no time could be anywhere in the order: it is no recovery point.
            let (Some(run), Ok(taken)) = (Run::parse(&snapshot.run), snapshot.taken.parse()) else { continue };
            let volumes = runs.entry((&snapshot.seat, run)).or_default();
            volumes.entry(&snapshot.volume).or_default().push((taken, snapshot));
        }
        let mut by_seat: BTreeMap<Address, Vec<RecoveryPoint>> = BTreeMap::new();
        for ((seat, run), mut volumes) in runs {
            volumes.values_mut().for_each(|all| all.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id))));
            // A call whose answer was lost may have been made twice: the first of each volume were taken together, and so
            // were the second.
            let times = volumes.values().map(Vec::len).max().unwrap_or(0);
            for nth in 0..times {
                let of_call: Vec<&(Timestamp, &Snapshot)> =
                    volumes.values().filter_map(|snapshots| snapshots.get(nth)).collect();
                let Some(taken) = of_call.iter().map(|(taken, _)| *taken).min() else { continue };
                let point = RecoveryPoint {
                    seat: seat.clone(),
                    run,
                    taken,
                    together: of_call.iter().flat_map(|(_, snapshot)| snapshot.together.iter().cloned()).collect(),
                    volumes: of_call
                        .into_iter()
                        .map(|(_, snapshot)| (snapshot.volume.clone(), (*snapshot).clone()))
                        .collect(),
                };
                by_seat.entry(seat.clone()).or_default().push(point);
            }
        }
        for points in by_seat.values_mut() {
            points.sort_by_key(|point| Reverse(point.taken));
        }
        Self { by_seat }
    }

    /// Those of a seat, the newest first.
    pub fn of_seat(&self, seat: &Address) -> &[RecoveryPoint] {
        self.by_seat.get(seat).map_or(&[], Vec::as_slice)
    }

    /// Whether a seat can be built from what this run took.
    pub fn has(&self, seat: &Address, run: Run) -> bool {
        self.of_seat(seat).iter().any(|point| point.run == run && point.standing() == Standing::Usable)
    }

    /// The newest that a seat can be built from, of those that were taken by `at`, if that is given.
    pub fn newest_usable(&self, seat: &Address, at: Option<Timestamp>) -> Option<&RecoveryPoint> {
        let in_time = |point: &&RecoveryPoint| at.is_none_or(|at| point.taken <= at);
        self.of_seat(seat).iter().filter(in_time).find(|point| point.standing() == Standing::Usable)
    }

    /// All of them, by seat.
    pub fn all(&self) -> impl Iterator<Item = &RecoveryPoint> {
        self.by_seat.values().flatten()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A snapshot of one of two volumes of a seat.
    pub fn snapshot(slot: u32, volume: &str, run: &str, taken: &str, progress: Progress) -> Snapshot {
        Snapshot {
            id: format!("snap-{slot}-{volume}-{taken}"),
            seat: Address::seat("comp", slot),
            volume: volume.to_owned(),
            run: run.to_owned(),
            together: ["cache", "work"].map(str::to_owned).into(),
            taken: taken.to_owned(),
            size_gib: 100,
            progress,
            key: None,
            until: None,
            keep_until: None,
        }
    }

    const RUN: &str = "2026-12-01T02:00:00Z/1";
    const TAKEN: &str = "2026-12-01T02:00:01Z";

    #[test]
    fn a_point_is_usable_once_all_its_snapshots_are_complete() {
        let standing = |second: Option<Progress>| {
            let mut all = vec![snapshot(1, "cache", RUN, TAKEN, Progress::Completed)];
            all.extend(second.map(|progress| snapshot(1, "work", RUN, TAKEN, progress)));
            let points = Points::of(&all);
            (points.of_seat(&Address::seat("comp", 1))[0].standing(), points)
        };
        assert_eq!(standing(Some(Progress::Completed)).0, Standing::Usable);
        assert_eq!(standing(Some(Progress::Pending("43%".to_owned()))).0, Standing::Pending);
        assert_eq!(standing(Some(Progress::Failed("key".to_owned()))).0, Standing::Broken);
        let (missing, points) = standing(None);
        assert_eq!(missing, Standing::Broken);
        assert!(points.newest_usable(&Address::seat("comp", 1), None).is_none());
    }

    #[test]
    fn the_newest_by_a_moment_is_found() {
        let at = |taken: &str| {
            let run = format!("{taken}/1");
            ["cache", "work"].map(|volume| snapshot(1, volume, &run, taken, Progress::Completed))
        };
        let points = Points::of(&[at("2026-12-01T02:00:00Z"), at("2026-12-02T02:00:00Z")].concat());
        let newest = |by: Option<&str>| {
            let by = by.map(|by| by.parse().unwrap());
            points.newest_usable(&Address::seat("comp", 1), by).map(|point| point.taken.to_string())
        };
        assert_eq!(newest(None).as_deref(), Some("2026-12-02T02:00:00Z"));
        assert_eq!(newest(Some("2026-12-02T01:59:59Z")).as_deref(), Some("2026-12-01T02:00:00Z"));
        assert_eq!(newest(Some("2026-11-30T00:00:00Z")), None);
    }

    #[test]
    fn what_a_call_made_twice_never_mixes() {
        let both = |taken: &str| ["cache", "work"].map(|one| snapshot(1, one, RUN, taken, Progress::Completed));
        let points = Points::of(&[both(TAKEN), both("2026-12-01T02:00:09Z")].concat());
        let all = points.of_seat(&Address::seat("comp", 1));
        assert_eq!(all.len(), 2);
        for point in all {
            let times: BTreeSet<&str> = point.volumes.values().map(|one| one.taken.as_str()).collect();
            assert_eq!((times.len(), point.standing()), (1, Standing::Usable));
        }
    }
}
