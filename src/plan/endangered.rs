//! The stores of content that a plan does away with: volumes that are to outlive their seat, or that are kept safe.

use std::collections::BTreeSet;

use super::{Action, Plan};
use crate::resource::{Address, Desired, Found, Kind, Observed, Resource};

/// A store of content that a plan deletes or replaces, with how long ago its newest recovery point was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Endangered {
    pub volume: Address,
    /// Hours since its newest recovery point, to a tenth; none where there is none, or nobody could ask.
    pub age_hours: Option<f64>,
    /// How old it may be: what the blueprint promises to lose at most, or a day.
    pub within_hours: u32,
}

impl Endangered {
    /// Whether what the plan does away with can be had again.
    pub fn is_safe(&self) -> bool {
        self.age_hours.is_some_and(|hours| hours <= f64::from(self.within_hours))
    }
}

/// The live volumes with content that a plan deletes or replaces, by themselves or with their seat. What a kept volume's
/// seat does leaves it alone.
pub fn endangered(plan: &Plan, desired: &Desired, observed: &Observed) -> BTreeSet<Address> {
    let goes = |action: Action| matches!(action, Action::Delete | Action::Replace);
    let going = |kind: Kind| -> BTreeSet<&Address> {
        let of_kind = plan.changes.iter().filter(|change| change.kind == kind && change.id.is_some());
        of_kind.filter(|change| goes(change.action)).map(|change| &change.address).collect()
    };
    let (volumes, seats) = (going(Kind::Volume), going(Kind::Seat));
    observed
        .found
        .values()
        .filter(|found| holds_content(desired, found))
        .filter(|found| {
            let with_seat = found.address.owning_seat().is_some_and(|seat| seats.contains(&seat)) && !keeps(found);
            volumes.contains(&found.address) || with_seat
        })
        .map(|found| found.address.clone())
        .collect()
}

fn keeps(found: &Found) -> bool {
    matches!(&found.resource, Resource::Volume(volume) if volume.keep)
}

fn holds_content(desired: &Desired, found: &Found) -> bool {
    if found.resource.kind() != Kind::Volume {
        return false;
    }
    let kept_safe = || {
        let (label, _) = found.address.slot()?;
        let kept = desired.kept_of(label)?;
        Some(kept.volumes.contains_key(found.address.volume_name()?))
    };
    // The blueprint may have stopped to speak of it; it was kept safe until now all the same.
    let marked = matches!(&found.resource, Resource::Volume(volume) if !volume.backups.is_empty());
    keeps(found) || marked || kept_safe().unwrap_or(false)
}
