//! The archive of a production that ends: recovery points that outlive it are encrypted anew, under a key of their own, so that
//! the production's keys can end.

use std::collections::BTreeSet;

use super::backup::BackupPlan;
use super::ending::PointsAtEnd;
use crate::plan::{OperationId, Operations, Step};
use crate::resource::{Address, Kind, Observed, Resource};

/// Copies that may be on their way to one region at a time:
/// <https://docs.aws.amazon.com/ebs/latest/userguide/ebs-resource-quotas.html>.
const AT_ONCE: usize = 20;

/// The seats whose kept recovery points, the last ones among them, aren't in the archive yet; sorted.
///
/// # Errors
/// Keys that some of these are under and that don't serve any more, sorted: nothing under them can be read.
pub fn to_archive(
    end: &PointsAtEnd,
    last: Option<&BackupPlan>,
    observed: &Observed,
) -> Result<BTreeSet<Address>, BTreeSet<Address>> {
    let archive = observed.found.get(&Address::archive_key()).map(|found| found.id.as_str());
    let is_elsewhere = |key: &String| Some(key.as_str()) != archive;
    let points = end.kept.iter().filter(|point| point.is_promised() && point.keys.iter().any(is_elsewhere));
    let points: Vec<_> = points.collect();
    let resting: BTreeSet<Address> = observed
        .all()
        .filter(|found| matches!(&found.resource, Resource::KmsKey(key) if key.state != "enabled"))
        .filter(|found| points.iter().any(|point| is_under(&point.keys, archive, &found.id)))
        .map(|found| found.address.clone())
        .collect();
    if !resting.is_empty() {
        return Err(resting);
    }
    let kept = points.into_iter().map(|point| Address::new(point.seat.as_str()));
    Ok(kept.chain(last.into_iter().flat_map(|last| &last.seats).map(|one| one.seat.clone())).collect())
}

fn is_under(keys: &[String], archive: Option<&str>, key: &str) -> bool {
    Some(key) != archive && keys.iter().any(|one| one == key)
}

/// Adds to the steps that make the archive's key those that copy the recovery points of these seats: as many at a time as a
/// region takes.
pub fn add_archiving(steps: &mut Operations, seats: &BTreeSet<Address>) {
    let made: Vec<OperationId> = steps.iter().map(|one| one.id).collect();
    let mut places: Vec<Option<OperationId>> = vec![None; AT_ONCE];
    for (seat, place) in seats.iter().zip((0..AT_ONCE).cycle()) {
        let archive = steps.add(seat.clone(), Kind::Seat, Step::Archive { key: Address::archive_key() });
        made.iter().for_each(|earlier| steps.need(archive, Some(*earlier)));
        if let Some(place) = places.get_mut(place) {
            if let Some(before) = *place {
                steps.follow(archive, before);
            }
            *place = Some(archive);
        }
    }
    steps.measure();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_copies_are_on_their_way_than_a_region_takes_and_none_before_its_key_is_there() {
        let mut steps = Operations::default();
        let key = steps.add(Address::archive_key(), Kind::KmsKey, Step::Create);
        add_archiving(&mut steps, &(1..=45).map(|slot| Address::seat("comp", slot)).collect());
        let copies: Vec<_> = steps.iter().filter(|one| matches!(one.step, Step::Archive { .. })).collect();
        assert_eq!(copies.len(), 45);
        assert!(copies.iter().all(|one| one.needs.contains(&key)));
        assert_eq!(copies.iter().filter(|one| one.follows.is_empty()).count(), AT_ONCE);
    }
}
