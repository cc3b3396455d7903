//! Copies of recovery points in another region, under a key of that region.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::{Span, tz::TimeZone};

use super::backup::SeatBackup;
use super::expired::{Expired, expired};
use super::points::{Points, Run, Standing};
use crate::cloud::copy_tags;
use crate::plan::{Copying, OperationId, Operations, Step};
use crate::resource::{Address, Desired, Kind, Progress, Resource};

/// Copies that may be on their way to one region at a time:
/// <https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html>.
const AT_ONCE: usize = 20;

/// One snapshot whose copy is missing, or on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeCopy {
    pub address: Address,
    pub size_gib: u32,
    /// None where the copy is on its way already.
    pub copying: Option<Copying>,
    /// The copy, where it is on its way.
    pub pending: BTreeSet<String>,
}

/// What is left to copy to one region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPlan {
    pub region: String,
    pub run: Run,
    /// The largest first: they take longest.
    pub copies: Vec<VolumeCopy>,
    /// Copies whose time is over. Sorted.
    pub expired: Vec<Expired>,
}

/// Plans the copies of a run's recovery points to one region. What isn't complete here can't be copied yet.
pub fn plan_copies(
    desired: &Desired,
    run: Run,
    seats: &[SeatBackup],
    here: &Points,
    there: &Points,
    region: &str,
) -> CopyPlan {
    let mut copies = Vec::new();
    for one in seats {
        let days = one.seat.slot().and_then(|(pool, _)| desired.copies_of(pool).get(region).copied());
        let (Some(days), false) = (days, there.has(&one.seat, run)) else { continue };
        let of_run =
            |points: &Points| points.of_seat(&one.seat).iter().filter(|point| point.run == run).cloned().collect();
        let (taken, copied): (Vec<_>, Vec<_>) = (of_run(here), of_run(there));
        let Some(point) = taken.into_iter().find(|point| point.standing() == Standing::Usable) else { continue };
        let day = run.begun.to_zoned(TimeZone::UTC).date();
        let until = day.checked_add(Span::new().days(i64::from(days))).unwrap_or(day).to_string();
        for (name, snapshot) in &point.volumes {
            let there = copied.iter().filter_map(|point| point.volumes.get(name));
            let sound = there.into_iter().find(|copy| !matches!(copy.progress, Progress::Failed(_)));
            let address = Address::new(format!("{}.{name}", one.seat));
            let key = match desired.resources.get(&address) {
                Some(Resource::Volume(volume)) => volume.key.clone(),
                _ => None,
            };
            let Some(key) = key else { continue };
            let (copying, pending) = match sound.map(|copy| (&copy.progress, copy.id.clone())) {
                Some((Progress::Completed, _)) => continue,
                Some((_, id)) => (None, BTreeSet::from([id])),
                None => {
                    let tags = copy_tags(&one.step.tags, name, &snapshot.taken, &until);
                    let (from_region, source) = (desired.region.clone(), snapshot.id.clone());
                    (Some(Copying { from_region, source, key, tags }), BTreeSet::new())
                }
            };
            copies.push(VolumeCopy { address, size_gib: snapshot.size_gib, copying, pending });
        }
    }
    copies.sort_by(|a, b| (Reverse(a.size_gib), &a.address).cmp(&(Reverse(b.size_gib), &b.address)));
    // Of the pools that this run took in, and no others: copies of those may be somebody else's to delete.
    let pools: BTreeSet<&str> = seats.iter().filter_map(|one| Some(one.seat.slot()?.0)).collect();
    let today = run.begun.to_zoned(TimeZone::UTC).date();
    let expired = pools.into_iter().flat_map(|pool| expired(desired, there, Some(pool), today)).collect();
    CopyPlan { region: region.to_owned(), run, copies, expired }
}

impl CopyPlan {
    /// The keys that copies are encrypted under, of the region that they go to.
    pub fn keys(&self) -> BTreeSet<&Address> {
        self.copies.iter().filter_map(|one| Some(&one.copying.as_ref()?.key)).collect()
    }

    /// The steps: as many copies on their way at a time as the region takes, each place taken again once its copy is
    /// complete.
    pub fn operations(&self) -> Operations {
        let mut steps = Operations::default();
        let mut places: Vec<Option<OperationId>> = vec![None; AT_ONCE];
        for (one, place) in self.copies.iter().zip((0..AT_ONCE).cycle()) {
            let run = self.run.to_string();
            let copy = one.copying.as_ref().map(|copying| {
                let copy = steps.add(one.address.clone(), Kind::Volume, Step::Copy(copying.clone()));
                if let Some(Some(before)) = places.get(place) {
                    steps.follow(copy, *before);
                }
                copy
            });
            let ids = one.pending.clone();
            let complete = steps.add(one.address.clone(), Kind::Volume, Step::AwaitSnapshots { run, ids });
            steps.need(complete, copy);
            if let Some(place) = places.get_mut(place) {
                *place = Some(complete);
            }
        }
        for one in &self.expired {
            steps.add(one.seat.clone(), Kind::Seat, Step::Expire(one.snapshots.clone()));
        }
        steps.measure();
        steps
    }
}
