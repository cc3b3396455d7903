//! A segment's part of one zone.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A subnet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subnet {
    pub vpc: Address,
    /// IPv4 range inside the network's.
    pub cidr: String,
    /// Availability zone, such as `us-west-2a`.
    pub zone: String,
    /// Whether what starts in it gets a public address: never.
    pub public_addresses: bool,
    pub tags: Tags,
}

impl Spec for Subnet {
    const KIND: Kind = Kind::Subnet;

    fn effect_of(field: &str) -> Effect {
        match field {
            "vpc" | "cidr" | "zone" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        vec![Link::fixed("vpc", &self.vpc)]
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vpc = to(&self.vpc);
    }

    tagged!();
}
