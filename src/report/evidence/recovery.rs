//! How old the newest recovery points are, for the report: seat by seat for programs, alike seats together for people.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::table::{Cell, Table, code, number, text};
use crate::controls::Status;
use crate::report::recovery_text::folded;
use crate::report::words;
use crate::resource::{Address, Age, AgesThere, RecoveryAges};

/// The recovery points of a production, as a look at every region that they lie in found them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecoveryPoints {
    /// The regions that were asked: the production's own, then those that copies go to.
    pub regions: Vec<String>,
    /// Why a region could not be read, by region: nothing is known of what lies there.
    pub unreadable: BTreeMap<String, String>,
    /// By address; each seat that is to be kept safe.
    pub seats: Vec<KeptSeat>,
}

/// One seat, with the names that `status --json` has for the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeptSeat {
    pub address: Address,
    /// Its newest usable recovery point in the production's region; none where that could not be read.
    pub recovery_point: Option<Age>,
    /// The same of its copies, by region; regions that could not be read are left out.
    pub copies: BTreeMap<String, Age>,
}

impl RecoveryPoints {
    /// Of a look; `home` is the production's region.
    pub fn of(ages: &RecoveryAges, home: &str) -> Self {
        let all = || ages.copies.iter().map(|(region, there)| (region.as_str(), there));
        let both = || std::iter::once((home, &ages.here)).chain(all());
        let mut seats: BTreeMap<&Address, KeptSeat> = BTreeMap::new();
        let known = both().filter_map(|(_, there)| there.as_ref().ok());
        for address in known.flat_map(BTreeMap::keys) {
            let age = |there: &AgesThere| there.as_ref().ok().and_then(|ages| ages.get(address)).cloned();
            let copies = all().filter_map(|(region, there)| Some((region.to_owned(), age(there)?)));
            let seat =
                || KeptSeat { address: address.clone(), recovery_point: age(&ages.here), copies: copies.collect() };
            seats.entry(address).or_insert_with(seat);
        }
        let unread = |(region, there): (&str, &AgesThere)| Some((region.to_owned(), there.as_ref().err()?.clone()));
        // Where nothing is to be kept safe, nobody was asked.
        let is_kept = !seats.is_empty() || both().any(|(_, there)| there.is_err());
        Self {
            regions: both().filter(|_| is_kept).map(|(region, _)| region.to_owned()).collect(),
            unreadable: both().filter_map(unread).collect(),
            seats: seats.into_values().collect(),
        }
    }

    /// The seats of each pool in each region, those together that are as safe as each other.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(
            "Newest usable recovery points, by region: seats that are as safe as each other in one line",
            &["Seats", "Region", "#Seats", "Age of the newest", "Work that may be lost", "Against the promise"],
        );
        for (at, region) in self.regions.iter().enumerate() {
            let mut alike: Alike<'_> = BTreeMap::new();
            for seat in &self.seats {
                let age = if at == 0 { seat.recovery_point.as_ref() } else { seat.copies.get(region) };
                let (Some(age), Some((pool, _))) = (age, seat.address.slot()) else { continue };
                let key = (pool, Standing::of(age), age.rpo_hours);
                alike.entry(key).or_default().push((&seat.address, age));
            }
            for ((_, standing, promise), seats) in alike {
                let names = folded(seats.iter().map(|(address, _)| *address));
                let ages: Vec<&Age> = seats.iter().map(|(_, age)| *age).collect();
                table.rows.push(vec![
                    code(words::list(&names)),
                    text(region),
                    number(seats.len()),
                    text(if standing == Standing::Never { "none".to_owned() } else { span(&ages) }),
                    text(promise.map_or_else(|| "nothing was promised".to_owned(), |hours| format!("{hours} h"))),
                    standing.cell(),
                ]);
            }
        }
        table
    }

    /// What an assessor reads first: how many seats are as safe as was promised, by region.
    pub(super) fn sentences(&self) -> Vec<String> {
        let kept = |seats: Vec<&Age>, region: &str| {
            let promised = seats.iter().filter_map(|age| age.in_time);
            let (in_time, all) = promised.fold((0, 0), |(kept, all), one| (kept + usize::from(one), all + 1));
            let seats = words::count(all, ("seat", "seats"));
            (all > 0).then(|| {
                format!("In {region}, {in_time} of {seats} could be restored within the promised loss of work.")
            })
        };
        let regions = self.regions.iter().enumerate();
        regions
            .filter_map(|(at, region)| {
                let here = self.seats.iter().filter_map(|seat| seat.recovery_point.as_ref());
                let there = self.seats.iter().filter_map(|seat| seat.copies.get(region));
                kept(if at == 0 { here.collect() } else { there.collect() }, region)
            })
            .collect()
    }
}

/// The seats of a pool that stand alike against one promise, with their ages.
type Alike<'a> = BTreeMap<(&'a str, Standing, Option<u32>), Vec<(&'a Address, &'a Age)>>;

/// How a seat stands against the promise, what needs attention first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    /// There is no usable recovery point.
    Never,
    Late,
    InTime,
    /// Nothing was promised, and there is one.
    Unpromised,
}

impl Standing {
    fn of(age: &Age) -> Self {
        match (&age.newest, age.in_time) {
            (None, _) => Self::Never,
            (_, Some(false)) => Self::Late,
            (_, Some(true)) => Self::InTime,
            (_, None) => Self::Unpromised,
        }
    }

    fn cell(self) -> Cell {
        let (status, words) = match self {
            Self::Never => (Status::Fail, "none usable"),
            Self::Late => (Status::Fail, "late"),
            Self::InTime => (Status::Pass, "in time"),
            Self::Unpromised => return text("no promise"),
        };
        Cell::Status { status: status.as_str(), text: words.to_owned() }
    }
}

/// `2.5 h`, or from the freshest to the oldest: `2.5 h to 3 days`.
fn span(ages: &[&Age]) -> String {
    let by_age =
        |one: &&&Age, two: &&&Age| one.age_hours.partial_cmp(&two.age_hours).unwrap_or(std::cmp::Ordering::Equal);
    let ends = [ages.iter().min_by(by_age), ages.iter().max_by(by_age)];
    let ends: BTreeSet<(u64, String)> =
        ends.into_iter().flatten().map(|age| (age.age_hours.map_or(0, tenths), age.to_string())).collect();
    let words: Vec<String> = ends.into_iter().map(|(_, words)| words).collect();
    match words.as_slice() {
        [first, .., last] if first != last => format!("{first} to {last}"),
        [first, ..] => first.clone(),
        [] => String::new(),
    }
}

/// Tenths of an hour: ages are told to those.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an age is no negative number, and no long one"
)]
fn tenths(hours: f64) -> u64 {
    (hours * 10.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn age(hours: Option<f64>) -> Age {
        Age {
            newest: hours.map(|_| "2026-12-07T02:00:00Z".to_owned()),
            age_hours: hours,
            rpo_hours: Some(24),
            in_time: Some(hours.is_some_and(|hours| hours <= 24.0)),
        }
    }

    fn floor(seats: impl IntoIterator<Item = (u32, Option<f64>)>) -> BTreeMap<Address, Age> {
        seats.into_iter().map(|(slot, hours)| (Address::seat("comp", slot), age(hours))).collect()
    }

    fn lines(points: &RecoveryPoints) -> Vec<String> {
        let words = |cell: &Cell| match cell {
            Cell::Text { text } | Cell::Code { text } | Cell::Number { text } | Cell::Status { text, .. } => {
                text.clone()
            }
            other => panic!("{other:?}"),
        };
        points.table().rows.iter().map(|row| row.iter().map(words).collect::<Vec<_>>().join(" | ")).collect()
    }

    #[test]
    fn a_thousand_seats_are_a_few_lines() {
        let here = floor((1..=1000).map(|slot| match slot {
            1..=2 => (slot, None),
            3..=10 => (slot, Some(30.0 + f64::from(slot))),
            _ => (slot, Some(f64::from(slot) / 100.0)),
        }));
        let there = floor((1..=1000).map(|slot| (slot, Some(80.0))));
        let copies = BTreeMap::from([("us-east-2".to_owned(), Ok(there))]);
        let points = RecoveryPoints::of(&RecoveryAges { here: Ok(here), copies }, "us-west-2");
        assert_eq!(
            lines(&points),
            [
                "workstation_pool.comp[001-002] | us-west-2 | 2 | none | 24 h | none usable",
                "workstation_pool.comp[003-010] | us-west-2 | 8 | 33.0 h to 40.0 h | 24 h | late",
                "workstation_pool.comp[011-1000] | us-west-2 | 990 | 0.1 h to 10.0 h | 24 h | in time",
                "workstation_pool.comp[001-1000] | us-east-2 | 1000 | 3 days | 24 h | late",
            ]
        );
        assert_eq!(
            points.sentences(),
            [
                "In us-west-2, 990 of 1000 seats could be restored within the promised loss of work.",
                "In us-east-2, 0 of 1000 seats could be restored within the promised loss of work.",
            ]
        );
    }

    #[test]
    fn a_region_that_could_not_be_read_is_said_and_never_taken_for_empty() {
        let copies = BTreeMap::from([("us-east-2".to_owned(), Err("the region is gone".to_owned()))]);
        let points = RecoveryPoints::of(&RecoveryAges { here: Ok(floor([(1, Some(2.0))])), copies }, "us-west-2");
        assert_eq!(points.regions, ["us-west-2", "us-east-2"]);
        assert_eq!(points.unreadable["us-east-2"], "the region is gone");
        assert!(points.seats[0].copies.is_empty() && points.sentences().len() == 1);

        let unread = RecoveryAges {
            here: Err("no".to_owned()),
            copies: BTreeMap::from([("us-east-2".to_owned(), Ok(floor([(1, None)])))]),
        };
        let points = RecoveryPoints::of(&unread, "us-west-2");
        assert_eq!((points.seats[0].recovery_point.as_ref(), points.unreadable.len()), (None, 1));
        assert_eq!(lines(&points), ["workstation_pool.comp[001] | us-east-2 | 1 | none | 24 h | none usable"]);
    }

    #[test]
    fn where_nothing_is_to_be_kept_safe_nobody_was_asked() {
        let nothing = RecoveryAges { here: Ok(BTreeMap::new()), copies: BTreeMap::new() };
        let points = RecoveryPoints::of(&nothing, "us-west-2");
        assert_eq!((points.regions.len(), points.seats.len()), (0, 0));
    }
}
