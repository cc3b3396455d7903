//! An AWS service reached without the internet.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Document, Effect, Kind, Link, Spec, Tags};

/// How an endpoint is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointType {
    /// A route; S3 and DynamoDB, without charge.
    Gateway,
    /// A network interface in a subnet of each zone.
    Interface,
}

/// A VPC endpoint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    pub vpc: Address,
    /// The full service name, such as `com.amazonaws.us-west-2.ssm`.
    pub service: String,
    #[serde(rename = "type")]
    pub endpoint_type: EndpointType,
    /// Interface endpoints: one subnet a zone.
    pub subnets: BTreeSet<Address>,
    /// Gateway endpoints: the tables that get its route.
    pub route_tables: BTreeSet<Address>,
    pub security_groups: BTreeSet<Address>,
    pub private_dns: bool,
    /// Who may ask what of the service through it.
    pub policy: Document,
    pub tags: Tags,
}

impl Spec for VpcEndpoint {
    const KIND: Kind = Kind::VpcEndpoint;

    fn effect_of(field: &str) -> Effect {
        match field {
            "vpc" | "service" | "type" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        // A subnet can't go while the endpoint's interface is in it, so the endpoint goes with the subnet.
        let mut links = vec![Link::fixed("vpc", &self.vpc)];
        links.extend(self.subnets.iter().map(|subnet| Link::fixed("subnets", subnet)));
        links.extend(self.security_groups.iter().map(|group| Link::fixed("security_groups", group)));
        links.extend(self.route_tables.iter().map(|table| Link::movable("route_tables", table)));
        links
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vpc = to(&self.vpc);
        for set in [&mut self.subnets, &mut self.route_tables, &mut self.security_groups] {
            *set = set.iter().map(to).collect();
        }
    }

    tagged!();
}
