//! What becomes of recovery points at a production's end: what is kept, why and until when, and what goes; and the last ones,
//! which are complete before anything ends.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::Serialize;
use serde_json::Value;

use super::backup::{BackupPlan, LeftOut, plan_backup};
use super::points::{Points, Standing};
use crate::apply::Entry;
use crate::cloud::keep_beyond_the_end;
use crate::plan::{Action, OperationId, Operations, Plan, Step, WrapPhase};
use crate::resource::{Address, Desired, Kind, Observed, Progress, Purpose, Retired, Snapshot};

/// What the ledger's first line of a wrap calls the days that recovery points are kept.
pub const KEEP_BACKUPS: &str = "keep_backups";

/// How many snapshots are marked by one step.
const MARKED_AT_ONCE: usize = 200;

/// Snapshots of one run of one seat that outlive the production.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct KeptPoint {
    pub region: String,
    pub seat: String,
    /// When it was taken: UTC, RFC 3339.
    pub taken: String,
    /// Ids, sorted.
    pub snapshots: Vec<String>,
    /// GiB of the volumes that it is of.
    pub size_gib: u64,
    /// ARNs of the keys that it is encrypted under: as long as it is kept, their deletion isn't scheduled. Sorted.
    pub keys: Vec<String>,
    pub why: String,
    pub until: String,
}

impl KeptPoint {
    /// Whether it was promised to be kept until a day; others stay with their seat.
    pub fn is_promised(&self) -> bool {
        self.until.parse::<Date>().is_ok()
    }
}

/// What becomes of the recovery points of one region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointsAtEnd {
    /// Sorted.
    pub kept: Vec<KeptPoint>,
    /// Snapshots that go, by seat.
    pub gone: BTreeMap<Address, BTreeSet<String>>,
    /// How many of those that go bear no mark of a day: nobody ever said how long they are to be kept.
    pub unmarked: usize,
    /// Snapshots that stay until a later day than was asked for now, as an earlier wrap promised, by that day.
    pub longer: BTreeMap<String, usize>,
    /// Snapshots whose mark is to be set, by the day that they are kept until and their seat's pool.
    pub marked: BTreeMap<(String, Address), Vec<String>>,
}

/// What a wrap was told of recovery points.
#[derive(Debug, Clone, Copy)]
pub struct Keeping<'a> {
    /// `--keep-backups`: days from today; zero gives up what an earlier wrap was to keep; none says nothing new.
    pub days: Option<u32>,
    pub today: Date,
    /// The ARN of the archive's key, where there is one: what lies under it too needn't be kept under another.
    pub archive: Option<&'a str>,
}

impl Keeping<'_> {
    /// The last day that recovery points are kept until; none where they aren't.
    pub fn until(&self) -> Option<Date> {
        let days = self.days.filter(|days| *days > 0)?;
        self.today.checked_add(Span::new().days(i64::from(days))).ok()
    }
}

/// How many days the last wrap was to keep recovery points, where it was cut off before it was done; none where nothing of
/// that was said.
pub fn cut_off_keeping(entries: &[Entry]) -> Option<u64> {
    let is_wrap = |entry: &Entry| entry.what == "began" && entry.details.get("verb").is_some_and(|verb| verb == "wrap");
    let (_, run) = entries.split_at(entries.iter().rposition(is_wrap)?);
    let days = run.first()?.details.get(KEEP_BACKUPS)?.as_u64().filter(|days| *days > 0)?;
    let none = |entry: &Entry, name: &str| entry.details.get(name).and_then(Value::as_u64) == Some(0);
    let is_done = |entry: &Entry| entry.what == "ended" && none(entry, "failed") && none(entry, "skipped");
    (!run.iter().any(is_done)).then_some(days)
}

/// Decides for each snapshot of a region. Those of seats that stay, stay with them.
pub fn points_at_end(snapshots: &[Snapshot], plan: &Plan, keeping: Keeping<'_>) -> PointsAtEnd {
    let staying: BTreeSet<&Address> =
        plan.changes.iter().filter(|change| change.action == Action::None).map(|change| &change.address).collect();
    let mut end = PointsAtEnd::default();
    let mut kept: BTreeMap<(&Address, &str, String, &str), Vec<&Snapshot>> = BTreeMap::new();
    for one in snapshots {
        let marked = one.keep_until.as_ref().and_then(|day| day.parse::<Date>().ok());
        let wanted = keeping.until().max(marked);
        if staying.contains(&one.seat) {
            kept.entry((&one.seat, &one.run, "its seat is deleted".to_owned(), "its seat stays"))
                .or_default()
                .push(one);
            continue;
        }
        if is_archived(one, snapshots, keeping) {
            end.gone.entry(one.seat.clone()).or_default().insert(one.id.clone());
            continue;
        }
        let Some(until) = wanted.filter(|until| keeping.days != Some(0) && *until >= keeping.today) else {
            end.unmarked += usize::from(marked.is_none());
            end.gone.entry(one.seat.clone()).or_default().insert(one.id.clone());
            continue;
        };
        if marked == Some(until) && keeping.until().is_some_and(|asked| asked < until) {
            *end.longer.entry(until.to_string()).or_default() += 1;
        }
        if marked != Some(until) {
            let pool = one.seat.slot().map_or_else(|| one.seat.clone(), |(pool, _)| Address::pool(pool));
            end.marked.entry((until.to_string(), pool)).or_default().push(one.id.clone());
        }
        let words = "recovery points are kept beyond the end";
        kept.entry((&one.seat, &one.run, until.to_string(), words)).or_default().push(one);
    }
    end.kept = kept.into_iter().map(|((seat, _, until, why), all)| kept_point(seat, until, why, &all, plan)).collect();
    end.kept.sort();
    end
}

/// Whether a complete copy of this lies in the archive.
fn is_archived(one: &Snapshot, all: &[Snapshot], keeping: Keeping<'_>) -> bool {
    let Some(key) = keeping.archive else { return false };
    all.iter().any(|copy| copy.is_copy_of(one, key) && copy.progress == Progress::Completed)
}

fn kept_point(seat: &Address, until: String, why: &str, all: &[&Snapshot], plan: &Plan) -> KeptPoint {
    let mut snapshots: Vec<String> = all.iter().map(|one| one.id.clone()).collect();
    snapshots.sort();
    let keys: BTreeSet<String> = all.iter().filter_map(|one| one.key.clone()).collect();
    KeptPoint {
        region: plan.region.clone(),
        seat: seat.to_string(),
        taken: all.iter().map(|one| one.taken.as_str()).min().unwrap_or_default().to_owned(),
        snapshots,
        size_gib: all.iter().map(|one| u64::from(one.size_gib)).sum(),
        keys: keys.into_iter().collect(),
        why: why.to_owned(),
        until,
    }
}

/// The last recovery points of a production, before anything is called.
///
/// A wrap that was cut off after it had taken them isn't asked for others: those count that bear the mark of what is kept and
/// were taken after the keys were marked, for since then nobody got in.
///
/// # Errors
/// What can't be taken in though it is there, and was not before: it would be lost.
pub fn final_backup(
    desired: &Desired,
    observed: &Observed,
    snapshots: &[Snapshot],
    plan: &Plan,
    now: Timestamp,
    until: Date,
) -> Result<BackupPlan, Vec<LeftOut>> {
    let since = frozen_since(observed);
    let is_last = |one: &&Snapshot| {
        one.keep_until.is_some()
            && since.is_some_and(|since| one.taken.parse::<Timestamp>().is_ok_and(|at| at >= since))
    };
    let points = Points::of(&snapshots.iter().filter(is_last).cloned().collect::<Vec<_>>());
    let mut backup = plan_backup(desired, observed, &points, &BTreeMap::new(), None, now);
    backup.expired.clear();
    backup.copies.clear();
    let has = |seat: &Address, volume: &str| {
        points.of_seat(seat).iter().any(|one| one.standing() == Standing::Usable && one.volumes.contains_key(volume))
    };
    backup.seats.retain(|one| one.volumes.iter().any(|volume| !has(&one.seat, &volume.name)));
    for one in &mut backup.seats {
        one.until = until.to_string();
        keep_beyond_the_end(&mut one.step.tags, &until.to_string());
    }
    let stays = |address: &Address| plan.change(address).is_some_and(|change| change.action == Action::None);
    let mut lost = Vec::new();
    for one in &backup.left_out {
        let seat = one.address.owning_seat().unwrap_or_else(|| one.address.clone());
        let kept = seat.slot().and_then(|(pool, _)| desired.kept_of(pool)).unwrap_or_default();
        let named = one.address.volume_name();
        let volumes = kept.volumes.keys().filter(|name| named.is_none_or(|named| named == name.as_str()));
        let is_lost = |name: &String| {
            let volume = Address::new(format!("{seat}.{name}"));
            let is_there =
                observed.found.contains_key(&volume) || observed.is_unreadable(Kind::Volume, &volume).is_some();
            is_there && !has(&seat, name) && !stays(&volume)
        };
        if volumes.into_iter().any(is_lost) {
            lost.push(one.clone());
        }
    }
    if lost.is_empty() { Ok(backup) } else { Err(lost) }
}

/// Since when nobody gets in any more: the first mark that a wrap put on a key.
fn frozen_since(observed: &Observed) -> Option<Timestamp> {
    let marks = observed.all().filter_map(Retired::of).filter(|one| one.purpose == Purpose::Wrap);
    marks.filter_map(|mark| mark.at?.parse().ok()).min()
}

/// Adds to a wrap's steps those of its recovery points. What is kept is taken, confirmed and marked once nobody gets in any
/// more, and nothing ends before; what goes does so after the volumes, and only once all that ran has ended and the keys are
/// out of service.
pub fn add_points(steps: &mut Operations, end: &PointsAtEnd, last: Option<&BackupPlan>) {
    let of = |steps: &Operations, wanted: &dyn Fn(&crate::plan::Operation) -> bool| -> Vec<OperationId> {
        steps.iter().filter(|one| wanted(one)).map(|one| one.id).collect()
    };
    let freeze = of(steps, &|one| WrapPhase::of(one) == WrapPhase::Freeze);
    let rest = of(steps, &|one| WrapPhase::of(one) != WrapPhase::Freeze);
    let ending = of(steps, &|one| {
        let ends = matches!(WrapPhase::of(one), WrapPhase::Stop | WrapPhase::Disable);
        ends && one.kind != Kind::VpcEndpoint
    });
    let volumes = of(steps, &|one| one.kind == Kind::Volume);
    let before = steps.len();
    let mut secured = Vec::new();
    if let Some(backup) = last {
        let complete: Vec<OperationId> = backup.add_to(steps).into_values().collect();
        if !backup.seats.is_empty() {
            secured.push(verification(steps, backup, &complete));
        }
    }
    for ((until, pool), ids) in &end.marked {
        for ids in ids.chunks(MARKED_AT_ONCE) {
            let keep = Step::Keep { until: until.clone(), ids: ids.to_vec() };
            secured.push(steps.add(pool.clone(), Kind::Seat, keep));
        }
    }
    for later in before..steps.len() {
        freeze.iter().for_each(|earlier| steps.need(later, Some(*earlier)));
    }
    for later in rest {
        secured.iter().for_each(|earlier| steps.need(later, Some(*earlier)));
    }
    for (seat, ids) in &end.gone {
        let expire = steps.add(seat.clone(), Kind::Seat, Step::Expire(ids.iter().cloned().collect()));
        secured.iter().chain(&ending).for_each(|earlier| steps.need(expire, Some(*earlier)));
        volumes.iter().for_each(|earlier| steps.follow(expire, *earlier));
    }
    steps.measure();
}

/// One look at all that was taken, once all of it is complete.
fn verification(steps: &mut Operations, backup: &BackupPlan, complete: &[OperationId]) -> OperationId {
    let volumes = backup
        .seats
        .iter()
        .map(|one| (one.seat.clone(), one.volumes.iter().map(|volume| volume.name.clone()).collect()))
        .collect();
    let pool =
        backup.seats.first().and_then(|one| one.seat.slot()).map_or_else(String::new, |(pool, _)| pool.to_owned());
    let verify = Step::VerifySnapshots { run: backup.run.to_string(), volumes };
    let verified = steps.add(Address::pool(&pool), Kind::Seat, verify);
    complete.iter().for_each(|earlier| steps.need(verified, Some(*earlier)));
    verified
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{unchanged, wrap};
    use crate::recovery::points::tests::snapshot;

    const RUN: &str = "2026-12-01T02:00:00Z/1";
    const TAKEN: &str = "2026-12-01T02:00:01Z";

    fn points(keep_until: Option<&str>) -> Vec<Snapshot> {
        let kept = |name| Snapshot {
            keep_until: keep_until.map(str::to_owned),
            ..snapshot(1, name, RUN, TAKEN, Progress::Completed)
        };
        ["cache", "work"].map(kept).into()
    }

    fn at_end(snapshots: &[Snapshot], days: Option<u32>, today: &str) -> PointsAtEnd {
        let plan = unchanged(&Desired::default(), &Observed::default());
        points_at_end(snapshots, &plan, Keeping { days, today: today.parse().unwrap(), archive: None })
    }

    #[test]
    fn what_nobody_keeps_goes_and_what_was_promised_is_kept_until_its_day() {
        let gone = at_end(&points(None), None, "2027-07-01");
        assert_eq!((gone.kept.len(), gone.gone.values().map(BTreeSet::len).sum::<usize>()), (0, 2));
        let kept = at_end(&points(None), Some(30), "2027-07-01");
        assert!(kept.gone.is_empty());
        assert_eq!((kept.kept[0].until.as_str(), kept.kept[0].snapshots.len()), ("2027-07-31", 2));
        assert_eq!(kept.marked.len(), 1);
        // The day itself is still kept.
        let promised = points(Some("2027-07-31"));
        assert!(at_end(&promised, None, "2027-07-31").gone.is_empty());
        assert_eq!(at_end(&promised, None, "2027-08-01").kept, []);
        // A shorter time doesn't break an earlier promise; giving all up does.
        let shorter = at_end(&promised, Some(1), "2027-07-01");
        assert_eq!((shorter.kept[0].until.as_str(), shorter.marked.len()), ("2027-07-31", 0));
        assert_eq!(shorter.longer, BTreeMap::from([("2027-07-31".to_owned(), 2)]));
        assert!(at_end(&promised, Some(60), "2027-07-01").longer.is_empty(), "a longer time is promised anew");
        assert!(at_end(&promised, None, "2027-07-01").longer.is_empty(), "nobody asked for another time");
        assert_eq!(at_end(&promised, Some(0), "2027-07-01").kept, []);
    }

    #[test]
    fn a_wrap_that_was_cut_off_is_remembered_with_what_it_was_to_keep() {
        let entry = |what: &str, details: Value| Entry {
            number: 1,
            time: TAKEN.to_owned(),
            what: what.to_owned(),
            details: details.as_object().cloned().unwrap_or_default(),
            previous: String::new(),
            hash: String::new(),
        };
        let began = entry("began", serde_json::json!({"verb": "wrap", KEEP_BACKUPS: 30}));
        let ended = |skipped: u32| entry("ended", serde_json::json!({"failed": 0, "skipped": skipped}));
        assert_eq!(cut_off_keeping(std::slice::from_ref(&began)), Some(30));
        assert_eq!(cut_off_keeping(&[began.clone(), ended(4)]), Some(30));
        assert_eq!(cut_off_keeping(&[began.clone(), ended(0)]), None);
        let plain = entry("began", serde_json::json!({"verb": "wrap"}));
        assert_eq!(cut_off_keeping(&[began, plain]), None, "the last one was told to keep nothing");
        assert_eq!(cut_off_keeping(&[]), None);
    }

    #[test]
    fn nothing_ends_before_what_is_kept_is_marked() {
        let plan = wrap(&Desired::default(), &Observed::default());
        let mut steps = crate::plan::operations(&plan, &Desired::default(), &Observed::default());
        let terminate = steps.add(Address::pool("comp"), Kind::Seat, Step::Terminate(vec![Address::seat("comp", 1)]));
        let freeze = steps.add(Address::new("network.main.edge"), Kind::SecurityGroup, Step::Release);
        add_points(&mut steps, &at_end(&points(None), Some(30), "2027-07-01"), None);
        let keep = steps.iter().find(|one| matches!(one.step, Step::Keep { .. })).expect("a mark");
        assert!(keep.needs.contains(&freeze));
        assert!(steps.get(terminate).is_some_and(|one| one.needs.contains(&keep.id)));
        let mut steps = Operations::default();
        let terminate = steps.add(Address::pool("comp"), Kind::Seat, Step::Terminate(Vec::new()));
        add_points(&mut steps, &at_end(&points(None), None, "2027-07-01"), None);
        let expire = steps.iter().find(|one| matches!(one.step, Step::Expire(_))).expect("a deletion");
        assert!(expire.needs.contains(&terminate), "recovery points outlive what they are of");
    }
}
