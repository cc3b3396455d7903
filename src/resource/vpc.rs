//! The production's private network.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A VPC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    /// IPv4 range, such as `10.40.0.0/16`.
    pub cidr: String,
    /// Whether names are resolved inside: interface endpoints need it.
    pub dns_support: bool,
    /// Whether private DNS names are given: interface endpoints need it.
    pub dns_hostnames: bool,
    /// Whether the group that AWS makes with every VPC has no rule left, so that nothing is open by accident.
    pub default_group_empty: bool,
    pub tags: Tags,
}

impl Spec for Vpc {
    const KIND: Kind = Kind::Vpc;

    fn effect_of(field: &str) -> Effect {
        if field == "cidr" { Effect::Replace } else { Effect::InPlace }
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn rename(&mut self, _to: &dyn Fn(&Address) -> Address) {}

    tagged!();
}
