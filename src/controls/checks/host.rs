//! VDI-HST: what a seat starts from, and what it shows of itself.

use super::inside::{self, told};
use super::{Check, account_switch, both, state, switch, watch};
use crate::blueprint::model::{ImageSource, Labelled as _};
use crate::controls::examination::{Examination, Problem, unless};
use crate::resource::{Kind, SWITCHES};

pub const CHECKS: &[Check] = &[
    both("VDI-HST-01", image_sources, &[watch(Kind::Seat, "image")], images),
    state(
        "VDI-HST-02",
        &[
            watch(Kind::Seat, "metadata_token_required"),
            watch(Kind::Seat, "metadata_hop_limit"),
            switch("metadata_defaults"),
        ],
        metadata,
    ),
    told("VDI-HST-05", None, inside::accounts),
    told("VDI-HST-06", None, inside::host),
];

/// Owners by which AWS itself vouches for an image's publisher. Source: EC2 API reference, `DescribeImages`.
const VOUCHED_FOR: &[&str] = &["self", "amazon", "aws-marketplace"];

fn image_sources(to: &mut Examination<'_, '_>) {
    for image in &to.floor.blueprint.images {
        let mut problems = Vec::new();
        if let ImageSource::Lookup { owners, name } = &image.source.value {
            let known = |owner: &str| {
                VOUCHED_FOR.contains(&owner) || owner.len() == 12 && owner.bytes().all(|b| b.is_ascii_digit())
            };
            let stranger = owners.iter().find(|owner| !known(owner));
            problems.extend(stranger.map(|owner| {
                Problem::new(format!("is looked up among images of {owner}"), "self or an account's number", owner)
            }));
            problems.extend(unless(!owners.is_empty(), || {
                Problem::new("is looked up among everyone's images", "self or an account's number", "anyone")
            }));
            problems.extend(unless(name.chars().any(|c| c.is_alphanumeric()), || {
                Problem::new("takes whatever image is the newest", "a name", name)
            }));
        }
        to.look(image.reference(), problems);
    }
}

fn images(to: &mut Examination<'_, '_>) {
    for (address, seat) in to.floor.seats() {
        let known = seat.image.starts_with("ami-");
        to.look(
            address,
            unless(known, || {
                let words = format!("starts from the {}, which only the cloud knows", seat.image);
                Problem::undetermined(words, "the id of an image")
            })
            .into_iter()
            .collect(),
        );
    }
}

fn metadata(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, seat) in floor.seats() {
        let mut problems = Vec::new();
        problems.extend(unless(seat.metadata_token_required, || {
            Problem::new("gives its role's credentials to requests without a token", "token required", "optional")
        }));
        problems.extend(unless(seat.metadata_hop_limit == 1, || {
            let hops = seat.metadata_hop_limit;
            Problem::new(format!("lets metadata travel {hops} hops"), 1, hops)
        }));
        to.look(address, problems);
    }
    let safe = SWITCHES.iter().find(|(name, _)| *name == "metadata_defaults").map_or("", |(_, safe)| safe);
    account_switch(to, "metadata_defaults", safe, "lets new instances of the account answer without a token");
}
