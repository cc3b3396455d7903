//! How old the newest recovery point of a seat is, against what was promised.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Points, Standing};
use crate::plan::Endangered;
use crate::resource::{Address, Age, Desired};

/// Where nothing is promised, a recovery point is fresh for a day.
const FRESH_HOURS: u32 = 24;

/// The age of a seat's newest usable recovery point; none where no `backup` block takes any of its volumes in.
pub fn age(desired: &Desired, points: &Points, seat: &Address, now: Timestamp) -> Option<Age> {
    let kept = desired.kept_of(seat.slot()?.0).filter(|kept| !kept.volumes.is_empty())?;
    let newest = points.newest_usable(seat, None);
    let age = newest.map(|point| since(point.taken, now));
    let within = |promise: u32| age.is_some_and(|age| age <= SignedDuration::from_hours(i64::from(promise)));
    Some(Age {
        newest: newest.map(|point| point.taken.to_string()),
        age_hours: age.map(hours),
        rpo_hours: kept.rpo_hours,
        in_time: kept.rpo_hours.map(within),
    })
}

/// The ages of these seats by the recovery points of one region: of all that are kept safe, or with `copies_in` of those
/// whose copies go to that region.
pub fn ages<'a>(
    desired: &Desired,
    points: &Points,
    seats: impl IntoIterator<Item = &'a Address>,
    copies_in: Option<&str>,
    now: Timestamp,
) -> BTreeMap<Address, Age> {
    let goes_there = |seat: &Address| {
        copies_in.is_none_or(|region| seat.slot().is_some_and(|(pool, _)| desired.copies_of(pool).contains_key(region)))
    };
    let seats = seats.into_iter().filter(|seat| goes_there(seat));
    seats.filter_map(|seat| Some((seat.clone(), age(desired, points, seat, now)?))).collect()
}

/// How long ago the newest usable recovery point of each of these volumes was taken. Where the recovery points can't be
/// read, none counts.
pub fn endangered_ages(
    desired: &Desired,
    points: Option<&Points>,
    volumes: impl IntoIterator<Item = Address>,
    now: Timestamp,
) -> Vec<Endangered> {
    let of_volume = |volume: Address| {
        let seat = volume.owning_seat().unwrap_or_else(|| volume.clone());
        let name = volume.volume_name().unwrap_or_default();
        let newest = points
            .into_iter()
            .flat_map(|points| points.of_seat(&seat))
            .find(|point| point.standing() == Standing::Usable && point.volumes.contains_key(name));
        let kept = seat.slot().and_then(|(label, _)| desired.kept_of(label));
        Endangered {
            age_hours: newest.map(|point| hours(since(point.taken, now))),
            within_hours: kept.and_then(|kept| kept.rpo_hours).unwrap_or(FRESH_HOURS),
            volume,
        }
    };
    volumes.into_iter().map(of_volume).collect()
}

fn since(taken: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(taken).max(SignedDuration::ZERO)
}

/// Hours to a tenth.
fn hours(age: SignedDuration) -> f64 {
    (age.as_secs_f64() / 360.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::points::tests::snapshot;
    use crate::resource::Progress;

    #[test]
    fn a_volume_is_as_safe_as_its_newest_usable_recovery_point_is_fresh() {
        let (run, taken) = ("2026-12-01T02:00:00Z/1", "2026-12-01T02:00:01Z");
        let both = ["cache", "work"].map(|name| snapshot(1, name, run, taken, Progress::Completed));
        let points = Points::of(&both);
        let volumes = [1, 2].map(|slot| Address::new(format!("{}.work", Address::seat("comp", slot))));
        let safe = |now: &str| {
            let all = endangered_ages(&Desired::default(), Some(&points), volumes.clone(), now.parse().unwrap());
            all.iter().map(Endangered::is_safe).collect::<Vec<_>>()
        };
        assert_eq!(safe("2026-12-02T01:00:00Z"), [true, false], "the second seat has none");
        assert_eq!(safe("2026-12-02T03:00:00Z"), [false, false], "a day where nothing is promised");
    }
}
