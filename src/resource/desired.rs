//! What the blueprint asks for, in the terms of the cloud.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Address, Backup, EndpointType, Fields, Inside, Kind, Resource, Seat, Slot, digest};

/// All resources that a blueprint asks for, and what else is needed to make them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The production's alias.
    pub production: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    pub resources: BTreeMap<Address, Resource>,
    /// By pool label.
    pub pools: BTreeMap<String, Pool>,
    /// What is kept safe of which pools, by the label of the `backup` block.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backups: BTreeMap<String, Backup>,
    /// Days between a key's scheduled deletion and its end, by key.
    pub key_deletion_windows: BTreeMap<Address, u32>,
    /// Rendered user data by its digest, as text. It never holds a secret.
    pub user_data: BTreeMap<String, String>,
    /// Lockdown and display of each pool in a few words, which its seats bear from their launch on: by them a later plan
    /// says what changes inside. By pool label.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// How everything inside the seats of each pool is to be set. By pool label.
    #[serde(default)]
    pub inside: BTreeMap<String, Inside>,
    /// Blocks that are checked but not acted on yet, as addresses such as `backup.nightly`.
    pub not_acted_on: Vec<String>,
    /// What a person should know before applying: an image whose platform differs from its `os`, for one.
    pub warnings: Vec<String>,
    /// Texts that came from sensitive variables: no plan shows them. They aren't kept in files by themselves.
    #[serde(skip)]
    pub hidden: BTreeSet<String>,
}

/// How a pool's seats are launched and rolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub seats: u32,
    /// One a zone, in the order of the network's zones: seats are spread over them evenly.
    pub subnets: Vec<Address>,
    /// How many seats may be away at once while a replacing change rolls.
    pub max_unavailable: u32,
}

impl Pool {
    /// Where a seat belongs as long as there is capacity.
    pub fn home(&self, slot: Slot) -> Option<&Address> {
        let zones = u32::try_from(self.subnets.len()).ok().filter(|zones| *zones > 0)?;
        self.subnets.get(slot.saturating_sub(1).checked_rem(zones)? as usize)
    }
}

impl Desired {
    /// The volumes of a seat, root first.
    pub fn volumes_of<'a>(&'a self, seat: &'a Address) -> impl Iterator<Item = (&'a Address, &'a Resource)> {
        volumes_of(&self.resources, seat)
    }

    /// What a resource is marked with: the digest of what it is applied with. A seat's covers its volumes, and is the
    /// same for all seats of a batch, for one launch call marks them all.
    pub fn digest_of(&self, address: &Address) -> Option<String> {
        digest_of(&self.resources, address)
    }

    /// Whether a seat has something to say, and a way to say it: workstations have no way to the Internet, so that Systems
    /// Manager is reached through an endpoint of their network or not at all.
    pub fn can_be_heard(&self, seat: &Address) -> bool {
        let Some(Resource::Seat(Seat { user_data: Some(_), subnets, .. })) = self.resources.get(seat) else {
            return false;
        };
        let networks: BTreeSet<&Address> = subnets
            .iter()
            .filter_map(|subnet| match self.resources.get(subnet) {
                Some(Resource::Subnet(subnet)) => Some(&subnet.vpc),
                _ => None,
            })
            .collect();
        self.resources.values().any(|resource| match resource {
            Resource::VpcEndpoint(endpoint) => {
                endpoint.endpoint_type == EndpointType::Interface
                    && endpoint.service.ends_with(".ssm")
                    && networks.contains(&endpoint.vpc)
            }
            _ => false,
        })
    }

    /// Addresses that the blueprint protects.
    pub fn protected(&self) -> BTreeSet<&Address> {
        self.resources
            .iter()
            .filter(|(_, resource)| matches!(resource, Resource::Seat(seat) if seat.protect))
            .map(|(address, _)| address)
            .collect()
    }
}

fn volumes_of<'a>(
    resources: &'a BTreeMap<Address, Resource>,
    seat: &'a Address,
) -> impl Iterator<Item = (&'a Address, &'a Resource)> {
    resources
        .range(seat.clone()..)
        .take_while(|(address, _)| address.as_str().starts_with(seat.as_str()))
        .filter(|(address, resource)| resource.kind() == Kind::Volume && address.owning_seat().as_ref() == Some(seat))
}

/// See [`Desired::digest_of`]; works on the live state too.
pub fn digest_of(resources: &BTreeMap<Address, Resource>, address: &Address) -> Option<String> {
    let resource = resources.get(address)?;
    let seat = match resource.kind() {
        Kind::Seat => address.clone(),
        Kind::Volume => address.owning_seat()?,
        _ => return Some(digest([&resource.marked_fields()])),
    };
    let all: Vec<Fields> = resources
        .get(&seat)
        .into_iter()
        .chain(volumes_of(resources, &seat).map(|(_, volume)| volume))
        .map(Resource::marked_fields)
        .collect();
    Some(digest(&all))
}
