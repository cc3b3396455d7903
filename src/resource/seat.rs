//! One artist's workstation.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// An EC2 instance of a pool. Its disks are resources of their own.
///
/// Where the blueprint leaves room, the desired state holds all that is allowed and the live one what is: a seat
/// whose type and subnet are among those listed is left alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// AMI id.
    pub image: String,
    /// By preference. A live seat has one.
    pub instance_types: Vec<String>,
    /// The segment's security group. A live seat may have been given more.
    pub segments: BTreeSet<Address>,
    /// Where it may stand; a live seat stands in one.
    pub subnets: BTreeSet<Address>,
    pub profile: Option<Address>,
    /// Digest of the rendered user data. Not readable in bulk: for a live seat it is what its mark says.
    pub user_data: Option<String>,
    /// Whether the metadata service asks for a session token (IMDSv2).
    pub metadata_token_required: bool,
    /// How many network hops a metadata answer survives: 1 keeps it inside the instance.
    pub metadata_hop_limit: u32,
    /// Whether tags are shown in the metadata service: the guest learns its seat from them.
    pub metadata_tags: bool,
    pub public_address: bool,
    /// Name of an SSH key pair: never.
    pub key_pair: Option<String>,
    pub ebs_optimized: bool,
    /// Whether detailed (one-minute) monitoring is on.
    pub detailed_monitoring: bool,
    /// Whether its live mark forbids replacement and deletion.
    pub protect: bool,
    pub tags: Tags,
}

impl Spec for Seat {
    const KIND: Kind = Kind::Seat;

    fn effect_of(field: &str) -> Effect {
        match field {
            "image" | "instance_types" | "subnets" | "segments" | "key_pair" | "public_address" => Effect::Replace,
            // A seat runs its script at each start.
            "ebs_optimized" | "user_data" => Effect::Restart,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        let mut links: Vec<_> = self.segments.iter().map(|group| Link::fixed("segments", group)).collect();
        links.extend(self.subnets.iter().map(|subnet| Link::fixed("subnets", subnet)));
        links.extend(self.profile.iter().map(|profile| Link::movable("profile", profile)));
        links
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.segments = self.segments.iter().map(to).collect();
        self.subnets = self.subnets.iter().map(to).collect();
        self.profile = self.profile.as_ref().map(to);
    }

    tagged!();

    fn settle(desired: &mut Self, live: &mut Self) {
        if live.instance_types.iter().all(|one| desired.instance_types.contains(one)) {
            desired.instance_types.clone_from(&live.instance_types);
        }
        if live.subnets.is_subset(&desired.subnets) {
            desired.subnets.clone_from(&live.subnets);
        }
    }

    fn is_marked(field: &str) -> bool {
        !matches!(field, "instance_types" | "subnets" | "tags.Name" | "tags.artist")
    }
}
