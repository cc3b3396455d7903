//! Recovery points whose time is over: kept as long as was said, and not a run longer.

use jiff::civil::Date;
use serde::Serialize;

use super::points::Points;
use crate::resource::{Address, Desired, Kind, Snapshot};

/// A recovery point that is to be deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Expired {
    pub seat: Address,
    /// When it was taken: UTC, RFC 3339.
    pub taken: String,
    /// The last day that it was to be kept.
    pub until: String,
    /// Its snapshots, sorted.
    pub snapshots: Vec<String>,
}

/// The recovery points that were to be kept until before today, of the pool that is asked for or of all. The newest that a
/// seat of the blueprint can be built from is kept however old it is.
pub fn expired(desired: &Desired, points: &Points, pool: Option<&str>, today: Date) -> Vec<Expired> {
    let is_seat = |seat: &Address| desired.resources.get(seat).is_some_and(|one| one.kind() == Kind::Seat);
    let mut expired = Vec::new();
    for point in points.all() {
        let of_pool = point.seat.slot().is_some_and(|(label, _)| pool.is_none_or(|pool| pool == label));
        let newest = is_seat(&point.seat) && points.newest_usable(&point.seat, None) == Some(point);
        // What doesn't say until when it is kept is kept.
        let day = |text: &String| text.parse::<Date>().ok();
        let last = |one: &Snapshot| {
            let until = one.until.as_ref().and_then(day)?;
            // What a wrap promised to keep longer, a production that began again keeps as long.
            one.keep_until.as_ref().map_or(Some(until), |kept| Some(until.max(day(kept)?)))
        };
        let until: Option<Vec<Date>> = point.volumes.values().map(last).collect();
        let Some(until) = until.and_then(|all| all.into_iter().max()) else { continue };
        if of_pool && !newest && until < today {
            expired.push(Expired {
                seat: point.seat.clone(),
                taken: point.taken.to_string(),
                until: until.to_string(),
                snapshots: point.ids().into_iter().collect(),
            });
        }
    }
    expired.sort();
    expired
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recovery::points::tests::snapshot;
    use crate::resource::Progress;

    #[test]
    fn what_is_over_goes_but_never_the_newest_that_a_seat_can_be_built_from() {
        let point = |slot: u32, taken: &str, until: Option<&str>| {
            let run = format!("{taken}/1");
            ["cache", "work"].map(|volume| {
                let mut one = snapshot(slot, volume, &run, taken, Progress::Completed);
                one.until = until.map(str::to_owned);
                one
            })
        };
        let over = |slot, taken| point(slot, taken, Some("2026-12-10"));
        let points = Points::of(
            &[
                over(1, "2026-12-01T02:00:00Z"),
                over(1, "2026-12-02T02:00:00Z"),
                point(1, "2026-11-01T02:00:00Z", None),
                over(9, "2026-12-02T02:00:00Z"),
            ]
            .concat(),
        );
        let nothing = Desired::default();
        let days = |desired: &Desired, pool: Option<&str>, today: &str| {
            let all = expired(desired, &points, pool, today.parse().unwrap());
            all.into_iter().map(|one| format!("{} {}", one.seat, one.taken)).collect::<Vec<_>>()
        };
        // Of seats that the blueprint no longer has, nothing is kept beyond its day.
        assert_eq!(days(&nothing, None, "2026-12-11").len(), 3);
        assert_eq!(days(&nothing, None, "2026-12-10"), Vec::<String>::new(), "that day is still kept");
        assert_eq!(days(&nothing, Some("roto"), "2026-12-11"), Vec::<String>::new());
        let mut desired = Desired::default();
        let seat = crate::resource::Seat {
            image: "ami-1".into(),
            instance_types: Vec::new(),
            segments: std::collections::BTreeSet::new(),
            subnets: std::collections::BTreeSet::new(),
            profile: None,
            user_data: None,
            metadata_token_required: true,
            metadata_hop_limit: 1,
            metadata_tags: true,
            public_address: false,
            key_pair: None,
            ebs_optimized: true,
            detailed_monitoring: true,
            protect: false,
            tags: crate::resource::Tags::new(),
        };
        desired.resources.insert(Address::seat("comp", 1), seat.into());
        assert_eq!(
            days(&desired, None, "2026-12-11"),
            ["workstation_pool.comp[001] 2026-12-01T02:00:00Z", "workstation_pool.comp[009] 2026-12-02T02:00:00Z"]
        );
    }
}
