//! What a blueprint says may leave each segment, to hold a live state against.

use std::collections::BTreeMap;

use super::address_set::AddressSet;
use super::traffic::{Protocol, Traffic};
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Network, Peer, Port, Tier, Transport};
use crate::resource::Address;

/// Where a declared flow leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A security group.
    Group(Address),
    Addresses(AddressSet),
    /// An AWS service by its full name, such as `com.amazonaws.us-west-2.s3`.
    Service(String),
}

/// A flow, seen from the segment that it leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredFlow {
    /// Its name; `endpoints` for what declaring endpoints implies.
    pub name: String,
    /// The segment's security group.
    pub from: Address,
    pub to: Destination,
    pub traffic: Vec<Traffic>,
}

impl DeclaredFlow {
    /// All of a blueprint, those that its endpoints imply included. Flows that enter a segment from outside leave none.
    pub fn all(blueprint: &Blueprint) -> Vec<Self> {
        let lists: BTreeMap<&str, AddressSet> = blueprint
            .prefix_lists
            .iter()
            .map(|list| {
                let ranges = list.entries.iter().map(|entry| AddressSet::from(entry.cidr));
                (list.name.as_str(), ranges.fold(AddressSet::default(), |all, one| all.union(&one)))
            })
            .collect();
        let mut all = Vec::new();
        for network in &blueprint.networks {
            for flow in &network.flows {
                let Some(from) = flow.from.segment() else { continue };
                let to = match &flow.to.value {
                    Peer::Segment(segment) => Destination::Group(Address::new(segment.to_string())),
                    Peer::Cidrs(ranges) => Destination::Addresses(
                        ranges.iter().fold(AddressSet::default(), |all, one| all.union(&(*one).into())),
                    ),
                    Peer::PrefixList(name) => {
                        Destination::Addresses(lists.get(name.as_str()).cloned().unwrap_or_default())
                    }
                };
                all.push(Self {
                    name: flow.name.to_string(),
                    from: Address::new(from.to_string()),
                    to,
                    traffic: flow.ports.iter().flat_map(|port| traffic(port.value)).collect(),
                });
            }
            all.extend(by_endpoints(network, blueprint.production.region.as_str()));
        }
        all
    }
}

/// HTTPS from every content and service segment, to the endpoints' group and to the services behind gateway endpoints.
fn by_endpoints<'a>(network: &'a Network, region: &'a str) -> impl Iterator<Item = DeclaredFlow> + 'a {
    let gateways = network.endpoints.iter().filter(|service| service.is_gateway());
    let services =
        gateways.map(move |service| Destination::Service(format!("com.amazonaws.{region}.{}", service.value)));
    let interfaces = (network.interface_endpoints() > 0)
        .then(|| Destination::Group(Address::new(format!("network.{}.endpoints", network.name))));
    let to: Vec<Destination> = services.chain(interfaces).collect();
    let inner = network.segments.iter().filter(|segment| segment.tier.value != Tier::Edge);
    inner.flat_map(move |segment| {
        to.clone().into_iter().map(move |to| DeclaredFlow {
            name: "endpoints".to_owned(),
            from: Address::new(format!("network.{}.{}", network.name, segment.name)),
            to,
            traffic: vec![Traffic::new(Protocol::Tcp, Some((443, 443)))],
        })
    })
}

/// ICMP is declared for both families at once.
fn traffic(port: Port) -> Vec<Traffic> {
    let ports = Some((port.from, port.to));
    match port.transport {
        Transport::Tcp => vec![Traffic::new(Protocol::Tcp, ports)],
        Transport::Udp => vec![Traffic::new(Protocol::Udp, ports)],
        Transport::Icmp => vec![Traffic::new(Protocol::Icmp, None), Traffic::new(Protocol::Icmpv6, None)],
    }
}
