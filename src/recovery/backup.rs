//! `backup now`: of which seats a recovery point is taken, and what of an interrupted run is left to do.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde::{Serialize, Serializer};

use super::expired::{Expired, expired};
use super::points::{Points, RecoveryPoint, Run, Standing};
use crate::cloud::PointMark;
use crate::plan::{OperationId, Operations, Snapshots, Step};
use crate::resource::{Address, Desired, Found, Kept, Kind, Observed, Resource, Status, Volume};

/// A run that was cut off is finished by the next one within this time. Later, what it took is too old to stand beside
/// what would be taken now.
const TAKEN_UP_WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// A volume that is taken in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VolumeBackup {
    pub name: String,
    pub id: String,
    pub size_gib: u32,
}

/// What is left to do for a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its snapshots have to be taken.
    ToTake,
    /// The run took them before it was cut off; these are on their way.
    Pending(BTreeSet<String>),
    /// The run took them, and they are complete.
    Complete,
}

/// A seat of the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatBackup {
    pub seat: Address,
    pub volumes: Vec<VolumeBackup>,
    pub state: State,
    /// The last day that its recovery point is to be kept.
    pub until: String,
    /// The regions that copies of it go to.
    pub copied_to: BTreeSet<String>,
    #[serde(skip)]
    pub(super) step: Snapshots,
}

/// What isn't taken in, though a `backup` block asks for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    pub address: Address,
    pub because: String,
}

/// A run of `backup now`, before anything is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BackupPlan {
    #[serde(serialize_with = "as_text")]
    pub run: Run,
    /// Whether it finishes what an interrupted run began.
    pub taken_up: bool,
    /// Sorted by seat.
    pub seats: Vec<SeatBackup>,
    /// Sorted by address.
    pub left_out: Vec<LeftOut>,
    /// Recovery points whose time is over. Sorted.
    pub expired: Vec<Expired>,
    /// The regions that copies go to, with the days that they are kept.
    pub copies: BTreeMap<String, u32>,
}

fn as_text<S: Serializer>(run: &Run, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(run)
}

/// A seat that can be taken in, with what is attached to it.
struct Candidate<'a> {
    found: &'a Found,
    kept: Kept,
    volumes: BTreeMap<&'a str, (&'a Found, &'a Volume)>,
}

/// The recovery points of other regions, by region, as far as they could be read.
pub type Elsewhere = BTreeMap<String, Points>;

/// Plans a backup of the seats that `backup` blocks name, or of those of one pool of them.
pub fn plan_backup(
    desired: &Desired,
    observed: &Observed,
    points: &Points,
    elsewhere: &Elsewhere,
    pool: Option<&str>,
    now: Timestamp,
) -> BackupPlan {
    let (mut candidates, mut left_out) = (Vec::new(), Vec::new());
    for (address, _) in desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat) {
        let Some(label) = address.slot().map(|(label, _)| label) else { continue };
        let Some(kept) = desired.kept_of(label).filter(|kept| !kept.volumes.is_empty()) else { continue };
        if pool.is_some_and(|pool| pool != label) {
            continue;
        }
        match candidate(desired, observed, address, kept, &mut left_out) {
            Ok(candidate) => candidates.push(candidate),
            Err(because) => left_out.push(LeftOut { address: address.clone(), because }),
        }
    }
    left_out.sort();
    let cut_off = cut_off(desired, &candidates, points, elsewhere, now);
    let run = cut_off.unwrap_or(Run { begun: to_the_second(now), seats: candidates.len() });
    let seats = candidates
        .iter()
        .map(|one| {
            let taken = points.of_seat(&one.found.address).iter().find(|point| is_of(point, run));
            one.planned(desired, run, taken)
        })
        .collect();
    let mut copies: BTreeMap<String, u32> = BTreeMap::new();
    for (label, _) in candidates.iter().filter_map(|one| one.found.address.slot()) {
        copies.extend(desired.copies_of(label));
    }
    let today = run.begun.to_zoned(TimeZone::UTC).date();
    let expired = expired(desired, points, pool, today);
    BackupPlan { run, taken_up: cut_off.is_some(), seats, left_out, expired, copies }
}

/// What a seat has to bear so that a recovery point can be taken of it.
fn candidate<'a>(
    desired: &'a Desired,
    observed: &'a Observed,
    seat: &'a Address,
    kept: Kept,
    left_out: &mut Vec<LeftOut>,
) -> Result<Candidate<'a>, String> {
    if let Some(gap) = observed.is_unreadable(Kind::Seat, seat).or(observed.is_unreadable(Kind::Volume, seat)) {
        return Err(format!("it could not be read ({}: {})", gap.call, gap.words));
    }
    let found = observed.found.get(seat).ok_or("it isn't there")?;
    match &found.status {
        Status::Ready | Status::Resting(_) => {}
        Status::Pending(word) | Status::Leaving(word) => return Err(format!("it is {word}")),
        Status::Failed(words) => return Err(format!("it failed: {words}")),
    }
    let mut volumes = BTreeMap::new();
    for (address, _) in desired.volumes_of(seat) {
        let Some(name) = address.volume_name().filter(|name| kept.volumes.contains_key(*name)) else { continue };
        match observed.found.get(address).map(|live| (live, &live.resource)) {
            Some((live, Resource::Volume(volume))) if volume.seat.as_ref() == Some(seat) => {
                volumes.insert(name, (live, volume));
            }
            Some(_) => {
                left_out.push(LeftOut { address: address.clone(), because: "its seat doesn't hold it".to_owned() })
            }
            None => left_out.push(LeftOut { address: address.clone(), because: "it isn't there".to_owned() }),
        }
    }
    if volumes.is_empty() {
        return Err("it holds none of its volumes that are to be kept safe".to_owned());
    }
    Ok(Candidate { found, kept, volumes })
}

impl Candidate<'_> {
    fn planned(&self, desired: &Desired, run: Run, taken: Option<&RecoveryPoint>) -> SeatBackup {
        let state = match taken.map(|point| (point, point.standing())) {
            Some((_, Standing::Usable)) => State::Complete,
            Some((point, Standing::Pending)) => State::Pending(point.ids()),
            Some((_, Standing::Broken)) | None => State::ToTake,
        };
        let day = run.begun.to_zoned(TimeZone::UTC).date();
        let until = day.checked_add(Span::new().days(i64::from(self.kept.keep_days))).unwrap_or(day).to_string();
        let words = self.volumes.iter().map(|(name, (found, volume))| {
            ((*name).to_owned(), words(found, volume, self.kept.volumes.get(*name).and_then(Option::as_deref)))
        });
        let own = self.found.resource.tags().cloned().unwrap_or_default();
        let mark = PointMark {
            production: &desired.production,
            seat: &self.found.address,
            run: &run.to_string(),
            until: &until,
            volumes: &words.collect(),
            own: &own,
        };
        let taken_in: BTreeSet<&str> = self.volumes.values().map(|(found, _)| found.id.as_str()).collect();
        let root = self.found.facts.get("root_device").map(String::as_str);
        let others = held(self.found).filter(|(id, device)| !taken_in.contains(id) && Some(*device) != root);
        let step = Snapshots {
            without: others.map(|(id, _)| id.to_owned()).collect(),
            with_root: self.volumes.contains_key("root"),
            tags: mark.tags(),
        };
        let volumes = self.volumes.iter().map(|(name, (found, volume))| VolumeBackup {
            name: (*name).to_owned(),
            id: found.id.clone(),
            size_gib: volume.size_gib,
        });
        let pool = self.found.address.slot().map(|(pool, _)| pool).unwrap_or_default();
        let copied_to = desired.copies_of(pool).into_keys().collect();
        SeatBackup { seat: self.found.address.clone(), volumes: volumes.collect(), state, until, copied_to, step }
    }
}

/// The volumes that a seat says it holds: ids and devices.
fn held(seat: &Found) -> impl Iterator<Item = (&str, &str)> {
    seat.facts.iter().filter_map(|(fact, device)| Some((fact.strip_prefix("holds/")?, device.as_str())))
}

/// What a volume is, for its snapshot's mark: its id first, which tells the snapshot from its mates, and what may be too
/// long for a mark last.
fn words(found: &Found, volume: &Volume, mount: Option<&str>) -> String {
    let mut words = vec![found.id.clone(), format!("size={}", volume.size_gib), format!("type={}", volume.volume_type)];
    words.extend(volume.iops.map(|iops| format!("iops={iops}")));
    words.extend(volume.throughput_mibs.map(|throughput| format!("throughput={throughput}")));
    words.extend(volume.device.as_ref().map(|device| format!("device={device}")));
    words.extend(volume.key.as_ref().map(|key| format!("key={key}")));
    words.push(format!("keep={}", volume.keep));
    words.extend(mount.map(|mount| format!("mount={mount}")));
    words.join(" ")
}

/// The run of the very same seats that was cut off a while ago, if the last one was.
fn cut_off(
    desired: &Desired,
    candidates: &[Candidate<'_>],
    points: &Points,
    elsewhere: &Elsewhere,
    now: Timestamp,
) -> Option<Run> {
    let run = points.all().map(|point| point.run).max()?;
    let seats: BTreeSet<&Address> = candidates.iter().map(|one| &one.found.address).collect();
    let recent = now.duration_since(run.begun) <= TAKEN_UP_WITHIN;
    let of_run: Vec<&RecoveryPoint> = points.all().filter(|point| point.run == run).collect();
    let same = run.seats == seats.len() && of_run.iter().all(|point| seats.contains(&point.seat));
    let usable: BTreeSet<&Address> =
        of_run.iter().filter(|point| point.standing() == Standing::Usable).map(|point| &point.seat).collect();
    let copied = |seat: &Address| {
        let regions = seat.slot().map(|(pool, _)| desired.copies_of(pool)).unwrap_or_default();
        // Of a region that can't be asked nothing is known: no run is finished for its sake.
        regions.keys().filter_map(|region| elsewhere.get(region)).all(|there| there.has(seat, run))
    };
    let lacking = usable.len() < seats.len() || !seats.iter().all(|seat| copied(seat));
    (recent && same && lacking).then_some(run)
}

fn is_of(point: &RecoveryPoint, run: Run) -> bool {
    point.run == run && point.standing() != Standing::Broken
}

fn to_the_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

impl SeatBackup {
    /// Whether copies of its recovery points go to that region.
    pub fn is_copied_to(&self, region: &str) -> bool {
        self.copied_to.contains(region)
    }
}

impl BackupPlan {
    /// Seats whose recovery point isn't complete yet.
    pub fn open(&self) -> impl Iterator<Item = &SeatBackup> {
        self.seats.iter().filter(|one| one.state != State::Complete)
    }

    /// The steps: one call a seat, and a wait that all share. What is over goes once there is something newer.
    pub fn operations(&self) -> Operations {
        let mut steps = Operations::default();
        self.add_to(&mut steps);
        steps.measure();
        steps
    }

    /// Adds the steps to others; those that wait for the recovery points, by seat.
    pub(super) fn add_to(&self, steps: &mut Operations) -> BTreeMap<&Address, OperationId> {
        let mut newer = BTreeMap::new();
        for one in self.open() {
            let ids = match &one.state {
                State::Pending(ids) => ids.clone(),
                State::ToTake | State::Complete => BTreeSet::new(),
            };
            let run = self.run.to_string();
            let complete = steps.add(one.seat.clone(), Kind::Seat, Step::AwaitSnapshots { run, ids });
            if one.state == State::ToTake {
                let take = steps.add(one.seat.clone(), Kind::Seat, Step::Snapshot(one.step.clone()));
                steps.need(complete, Some(take));
            }
            newer.insert(&one.seat, complete);
        }
        for one in &self.expired {
            let expire = steps.add(one.seat.clone(), Kind::Seat, Step::Expire(one.snapshots.clone()));
            steps.need(expire, newer.get(&one.seat).copied());
        }
        newer
    }
}
