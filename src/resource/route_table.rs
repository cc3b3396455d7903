//! Where a tier's packets may go.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A route table, one for each tier of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RouteTable {
    pub vpc: Address,
    /// Destination to target, without the network's own route and without those that a gateway endpoint puts there.
    pub routes: BTreeMap<String, Address>,
    /// The subnets that follow it.
    pub subnets: BTreeSet<Address>,
    pub tags: Tags,
}

impl Spec for RouteTable {
    const KIND: Kind = Kind::RouteTable;

    fn effect_of(field: &str) -> Effect {
        if field == "vpc" { Effect::Replace } else { Effect::InPlace }
    }

    fn links(&self) -> Vec<Link> {
        let mut links = vec![Link::fixed("vpc", &self.vpc)];
        links.extend(self.routes.values().map(|target| Link::movable("routes", target)));
        links.extend(self.subnets.iter().map(|subnet| Link::movable("subnets", subnet)));
        links
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vpc = to(&self.vpc);
        self.routes.values_mut().for_each(|target| *target = to(target));
        self.subnets = self.subnets.iter().map(to).collect();
    }

    tagged!();
}
