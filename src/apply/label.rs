//! What a seat and its volumes are to bear once the seat is up.

use std::collections::BTreeMap;

use crate::cloud::{Cloud, Label, Labelled};
use crate::resource::{Address, Desired, Observed, Resource, Tags};

/// The label of a seat; none where it wasn't launched.
pub fn label_of(desired: &Desired, observed: &Observed, cloud: &Cloud, seat: &Address) -> Option<Label> {
    let (_, slot) = seat.slot()?;
    let Resource::Seat(wanted) = desired.resources.get(seat)? else { return None };
    let mut marks = Tags::new();
    if wanted.protect {
        marks.insert("closedset:protect".to_owned(), "true".to_owned());
    }
    let launched = at_launch(&wanted.tags);
    let present = present(observed, cloud, seat).unwrap_or_else(|| launched.clone());
    let mut parts = vec![Labelled { id: cloud.known_id(seat)?, wanted: wanted.tags.clone(), present, marks }];
    let mut volumes = BTreeMap::new();
    for (address, resource) in desired.volumes_of(seat) {
        let (Some(id), Resource::Volume(volume), Some(name)) =
            (cloud.known_id(address), resource, address.volume_name())
        else {
            continue;
        };
        volumes.insert(name.to_owned(), id.clone());
        let present = self::present(observed, cloud, address).unwrap_or_else(|| launched.clone());
        parts.push(Labelled { id, wanted: volume.tags.clone(), present, marks: Tags::new() });
    }
    Some(Label { slot, digest: desired.digest_of(seat)?, parts, volumes })
}

/// The tags that a live resource was seen with; none where this run made it.
fn present(observed: &Observed, cloud: &Cloud, address: &Address) -> Option<Tags> {
    let found = observed.found.get(address)?;
    (cloud.known_id(address).as_ref() == Some(&found.id)).then(|| found.resource.tags().cloned())?
}

/// What the launch call put on: everything but what tells one seat from the next.
fn at_launch(wanted: &Tags) -> Tags {
    let mut tags = wanted.clone();
    tags.remove("Name");
    tags.remove("artist");
    tags
}
