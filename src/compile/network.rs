//! Networks: the VPC, its subnets and routes, a security group for each segment.

use std::collections::{BTreeMap, BTreeSet};

use super::compiler::Compiler;
use super::limits;
use crate::blueprint::model::{Network, Segment, Tier};
use crate::blueprint::{Diagnostic, Span};
use crate::resource::{
    Address, Direction, InternetGateway, Peer, Resource, RouteTable, Rule, SecurityGroup, Subnet, Vpc,
};

/// The network itself.
pub(super) fn vpc(network: &Network) -> Address {
    Address::new(format!("network.{}", network.name))
}

/// A part of the network by its name: `igw`, `flow_log`, `endpoints`.
pub(super) fn part(network: &Network, name: &str) -> Address {
    Address::new(format!("network.{}.{name}", network.name))
}

/// The security group of a segment.
pub(super) fn group(network: &Network, segment: &Segment) -> Address {
    part(network, segment.name.as_str())
}

/// The subnets of a segment, in the order of the network's zones.
pub(super) fn subnets(network: &Network, segment: &Segment) -> Vec<Address> {
    segment.subnets.iter().map(|subnet| subnet_address(network, segment, subnet.zone.as_str())).collect()
}

/// The route table of a tier.
pub(super) fn route_table(network: &Network, tier: Tier) -> Address {
    part(network, &format!("routes/{tier}"))
}

fn subnet_address(network: &Network, segment: &Segment, zone: &str) -> Address {
    Address::new(format!("network.{}.{}/{zone}", network.name, segment.name))
}

impl Compiler<'_> {
    pub(super) fn networks(&mut self) {
        for network in &self.blueprint.networks {
            self.network(network);
        }
    }

    fn network(&mut self, network: &Network) {
        let span = network.name.span;
        let tags = self.production_tags(span, network.name.as_str());
        let spec = Vpc {
            cidr: network.cidr.trunc().to_string(),
            // Private names of endpoints need both.
            dns_support: true,
            dns_hostnames: true,
            default_group_empty: true,
            tags,
        };
        self.add(vpc(network), span, spec);
        self.gateway_and_routes(network);
        for segment in &network.segments {
            self.subnets(network, segment);
        }
        let mut rules = self.flow_rules(network);
        self.endpoints(network, &mut rules);
        for segment in &network.segments {
            let own = rules.remove(&group(network, segment)).unwrap_or_default();
            let name = segment.name.as_str();
            self.security_group(network, name, segment.name.span, own);
        }
        self.flow_log(network);
    }

    /// One route table a tier; only the edge's leads to the internet.
    fn gateway_and_routes(&mut self, network: &Network) {
        let span = network.name.span;
        let igw = part(network, "igw");
        let tiers: BTreeSet<Tier> = network.segments.iter().map(|segment| segment.tier.value).collect();
        if tiers.contains(&Tier::Edge) {
            let tags = self.production_tags(span, network.name.as_str());
            self.add(igw.clone(), span, InternetGateway { vpc: Some(vpc(network)), tags });
        }
        for tier in tiers {
            let mut routes = BTreeMap::new();
            if tier == Tier::Edge {
                routes.insert("0.0.0.0/0".to_owned(), igw.clone());
            }
            let tags = self.production_tags(span, &format!("{} {tier}", network.name));
            let of_tier = network.segments.iter().filter(|segment| segment.tier.value == tier);
            let spec = RouteTable {
                vpc: vpc(network),
                routes,
                subnets: of_tier.flat_map(|segment| subnets(network, segment)).collect(),
                tags,
            };
            self.add(route_table(network, tier), span, spec);
        }
    }

    fn subnets(&mut self, network: &Network, segment: &Segment) {
        for subnet in &segment.subnets {
            let tags = self.production_tags(segment.name.span, &format!("{} {}", segment.name, subnet.zone));
            let spec = Subnet {
                vpc: vpc(network),
                cidr: subnet.cidr.trunc().to_string(),
                zone: subnet.zone.to_string(),
                public_addresses: false,
                tags,
            };
            self.add(subnet_address(network, segment, subnet.zone.as_str()), segment.name.span, spec);
        }
    }

    /// A security group with its rules, sorted, once each.
    pub(super) fn security_group(&mut self, network: &Network, name: &str, span: Span, mut rules: Vec<Rule>) {
        // A stable sort keeps the first of two that open the same: the flow that was declared first.
        rules.sort_by(|a, b| a.key().cmp(&b.key()));
        rules.dedup_by(|a, b| a.key() == b.key());
        self.count_rules(name, span, &rules);
        let tags = self.production_tags(span, name);
        let address = part(network, name);
        let spec = SecurityGroup {
            vpc: vpc(network),
            name: format!("closedset-{}-{}-{name}", self.blueprint.production.alias, network.name),
            description: super::rules::description(&format!("{address} of {}", self.blueprint.production.alias)),
            rules,
            tags,
        };
        self.add(address, span, spec);
    }

    /// AWS counts a prefix list as all the entries that it has room for, and a group as one rule of each family.
    fn count_rules(&mut self, name: &str, span: Span, rules: &[Rule]) {
        for direction in [Direction::Ingress, Direction::Egress] {
            let (mut ipv4, mut ipv6) = (0_u32, 0_u32);
            for rule in rules.iter().filter(|rule| rule.direction == direction) {
                match &rule.peer {
                    Peer::Cidr(cidr) if cidr.contains(':') => ipv6 += 1,
                    Peer::Cidr(_) => ipv4 += 1,
                    Peer::PrefixList(list) => match self.desired.resources.get(list) {
                        Some(Resource::PrefixList(list)) if list.family == "IPv6" => ipv6 += list.max_entries,
                        Some(Resource::PrefixList(list)) => ipv4 += list.max_entries,
                        // A list of AWS's own, such as that of S3, counts as one.
                        _ => (ipv4, ipv6) = (ipv4 + 1, ipv6 + 1),
                    },
                    Peer::Group(_) => (ipv4, ipv6) = (ipv4 + 1, ipv6 + 1),
                }
            }
            let most = ipv4.max(ipv6);
            if most > limits::RULES {
                let words = if direction == Direction::Ingress { "inward" } else { "outward" };
                self.found.push(
                    Diagnostic::error(
                        "too-many-rules",
                        format!("`{name}` needs {most} {words} rules, and a security group holds {}", limits::RULES),
                    )
                    .at(span)
                    .help("join ports to ranges, or addresses to larger ones; a prefix list counts as all of its room"),
                );
            }
        }
    }
}
