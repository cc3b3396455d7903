//! The recovery points of a production, read in every region that they lie in, and how old the newest of each seat are.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use jiff::Timestamp;

use super::context::Context;
use super::session::connect_elsewhere_noting;
use crate::cloud::{Cloud, CloudError, Reads, Scope};
use crate::recovery::{Points, ages};
use crate::resource::{Address, Desired, Kind, Observed, RecoveryAges, Snapshot};

/// What lies where, as far as it could be read.
#[derive(Debug)]
pub struct Kept {
    /// In the production's own region.
    here: Result<Vec<Snapshot>, CloudError>,
    /// In each region that copies go to, or why that can't be read.
    copies: BTreeMap<String, Result<Vec<Snapshot>, String>>,
}

/// Reads the recovery points of all regions at once; none where nothing is to be kept safe. With `reads`, every call is
/// noted there.
pub async fn kept(
    context: &Context<'_>,
    cloud: &Cloud,
    desired: &Desired,
    scope: &Scope,
    reads: Option<&Reads>,
) -> Option<Kept> {
    if desired.backups.values().all(|backup| backup.pools.is_empty()) {
        return None;
    }
    let regions: BTreeSet<&String> = desired.backups.values().flat_map(|backup| backup.copies.keys()).collect();
    let copies = join_all(regions.into_iter().map(async |region| {
        let snapshots = match connect_elsewhere_noting(context, region, reads.cloned()).await {
            Ok(cloud) => cloud.snapshots(scope).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.message),
        };
        (region.clone(), snapshots)
    }));
    let (here, copies) = tokio::join!(cloud.snapshots(scope), copies);
    Some(Kept { here, copies: copies.into_iter().collect() })
}

impl Kept {
    /// Why the production's own region could not be read; none where it could.
    pub fn unread_here(&self) -> Option<&CloudError> {
        self.here.as_ref().err()
    }
}

/// How old the newest recovery points are at that moment, of the seats that the blueprint asks for and of those that are
/// there. Where nothing was read because nothing is to be kept safe, no seat has an age.
pub fn ages_of(kept: Option<&Kept>, desired: &Desired, observed: &Observed, now: Timestamp) -> RecoveryAges {
    let wanted = desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat);
    let live = observed.found.values().filter(|found| found.resource.kind() == Kind::Seat);
    // A volume that is kept is worth as much without its seat.
    let left = observed.found.values().filter(|found| found.resource.kind() == Kind::Volume);
    let seats: BTreeSet<Address> = wanted
        .map(|(address, _)| address.clone())
        .chain(live.map(|found| found.address.clone()))
        .chain(left.filter_map(|found| found.address.owning_seat()))
        .collect();
    let of =
        |snapshots: &Vec<Snapshot>, region: Option<&str>| ages(desired, &Points::of(snapshots), &seats, region, now);
    let Some(kept) = kept else { return RecoveryAges { here: Ok(BTreeMap::new()), copies: BTreeMap::new() } };
    let there = |(region, snapshots): (&String, &Result<Vec<Snapshot>, String>)| {
        (region.clone(), snapshots.as_ref().map(|all| of(all, Some(region))).map_err(Clone::clone))
    };
    RecoveryAges {
        here: kept.here.as_ref().map(|all| of(all, None)).map_err(ToString::to_string),
        copies: kept.copies.iter().map(there).collect(),
    }
}
