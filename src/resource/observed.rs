//! What was seen in the live cloud, and what couldn't be seen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Address, Insides, Kind, Resource};

/// Where in its life a live resource is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "detail")]
pub enum Status {
    /// There, and in use or fit for it.
    Ready,
    /// On its way up or between two states, in the service's word.
    Pending(String),
    /// There, but not running: a stopped seat, a disabled key, a volume that no seat holds.
    Resting(String),
    /// On its way out, in the service's word.
    Leaving(String),
    /// It came up and failed, with the service's reason.
    Failed(String),
}

/// One live resource that bears the production's mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    pub address: Address,
    /// The cloud's id or name for it: `vpc-0ab…`, a key's ARN, a role's name.
    pub id: String,
    /// In the terms of the blueprint, ids translated to addresses.
    pub resource: Resource,
    /// The digest that it was last applied with; none where it bears none.
    pub digest: Option<String>,
    /// Whether it bears the live mark that forbids its deletion.
    pub protected: bool,
    pub status: Status,
    /// What is live but never desired: addresses, times, ids of parts. Sorted; keys are ours.
    pub facts: BTreeMap<String, String>,
}

/// A part of the live state that could not be read: never taken for absent or fine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unreadable {
    pub kind: Kind,
    /// One resource; none where the whole kind is meant.
    pub address: Option<Address>,
    /// The call that failed, such as `ec2:DescribeVpcs`.
    pub call: String,
    /// The service's own words.
    pub words: String,
}

/// The live state of one production, as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    pub account: String,
    pub region: String,
    /// Who asked: the caller's ARN.
    pub caller: String,
    /// By address. Where several live things claim one address, the one that serves is here.
    pub found: BTreeMap<Address, Found>,
    /// The others that claim an address that is taken: leftovers of an interrupted run.
    pub duplicates: Vec<Found>,
    pub unreadable: Vec<Unreadable>,
    /// What seats tell of what is set in them; empty where nobody asked.
    #[serde(default)]
    pub insides: Insides,
}

impl Observed {
    /// Whether it is unknown if this resource exists or how it is.
    pub fn is_unreadable(&self, kind: Kind, address: &Address) -> Option<&Unreadable> {
        self.unreadable.iter().find(|u| match &u.address {
            Some(one) => u.kind == kind && address.is_meant_by(one),
            None => u.kind == kind,
        })
    }

    /// All live resources, leftovers included.
    pub fn all(&self) -> impl Iterator<Item = &Found> {
        self.found.values().chain(&self.duplicates)
    }
}
