//! Routes: which addresses outside a subnet's packets get to, and through what.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::address_set::AddressSet;
use super::passage::{PublicAddress, Reason};
use crate::resource::{Address, EndpointType, Resource, RouteTable};

/// What a route leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Through {
    /// Both ways; over IPv4 only with a public address.
    InternetGateway,
    /// Outwards only: a NAT gateway, or an egress-only gateway.
    OutwardsOnly,
    /// Both ways: a peering, a transit gateway, a VPN, an appliance.
    Beyond,
}

/// Addresses that a subnet's packets get to.
#[derive(Debug, Clone)]
pub(super) struct WayOut {
    pub addresses: AddressSet,
    pub through: Through,
    pub reason: Reason,
}

impl WayOut {
    /// The addresses that a machine exchanges packets with by it; `inwards` where they begin.
    pub fn usable(&self, public: PublicAddress, inwards: bool) -> AddressSet {
        match self.through {
            Through::InternetGateway if public == PublicAddress::No => self.addresses.only_v6(),
            Through::OutwardsOnly if inwards => AddressSet::default(),
            _ => self.addresses.clone(),
        }
    }

    /// What it takes: the route, and the public address where the way needs one.
    pub fn reasons(&self, public: PublicAddress, addresses: &AddressSet) -> Vec<Reason> {
        let mut reasons = vec![self.reason.clone()];
        if self.through == Through::InternetGateway && !addresses.only_v4().is_empty() {
            reasons.push(Reason::PublicAddress { address: public });
        }
        reasons
    }
}

/// What a subnet's packets can leave by.
#[derive(Debug, Clone, Default)]
pub(super) struct Routing {
    pub out: Vec<WayOut>,
    /// Gateway endpoints by the service's full name.
    pub services: BTreeMap<String, Address>,
}

/// The routing of every subnet. `within` has the addresses of every network.
pub(super) fn routing(
    resources: &BTreeMap<Address, Resource>,
    within: &BTreeMap<Address, AddressSet>,
    unknown: &mut BTreeSet<String>,
) -> BTreeMap<Address, Routing> {
    let mut of_tables: BTreeMap<&Address, Routing> = BTreeMap::new();
    let mut of_subnets: BTreeMap<&Address, &Address> = BTreeMap::new();
    for (address, resource) in resources {
        let Resource::RouteTable(table) = resource else { continue };
        let out = ways_out(address, table, resources, within, unknown);
        of_tables.insert(address, Routing { out, services: services(address, resources) });
        of_subnets.extend(table.subnets.iter().map(|subnet| (subnet, address)));
    }
    let mut all = BTreeMap::new();
    for (address, resource) in resources {
        let Resource::Subnet(_) = resource else { continue };
        let own = of_subnets.get(address).and_then(|table| of_tables.get(table)).cloned();
        all.insert(
            address.clone(),
            own.unwrap_or_else(|| {
                unknown.insert(format!(
                    "{address} follows no route table that is known, so the network's main one: taken to lead nowhere"
                ));
                Routing::default()
            }),
        );
    }
    all
}

/// The gateway endpoints that a table has routes to.
fn services(table: &Address, resources: &BTreeMap<Address, Resource>) -> BTreeMap<String, Address> {
    let endpoints = resources.iter().filter_map(|(address, resource)| match resource {
        Resource::VpcEndpoint(endpoint) => Some((address, endpoint)),
        _ => None,
    });
    endpoints
        .filter(|(_, one)| one.endpoint_type == EndpointType::Gateway && one.route_tables.contains(table))
        .map(|(address, endpoint)| (endpoint.service.clone(), address.clone()))
        .collect()
}

/// The longest prefix wins, and the network's own route is one of them.
fn ways_out(
    address: &Address,
    table: &RouteTable,
    resources: &BTreeMap<Address, Resource>,
    within: &BTreeMap<Address, AddressSet>,
    unknown: &mut BTreeSet<String>,
) -> Vec<WayOut> {
    let mut routes: Vec<(Option<IpNet>, &String, &Address)> =
        table.routes.iter().map(|(to, target)| (to.parse().ok(), to, target)).collect();
    // Those that are no ranges, such as prefix lists by their id, come first and take nothing from the others.
    routes.sort_by_key(|(range, to, _)| (range.map_or(u8::MIN, |range| u8::MAX - range.prefix_len()), (*to).clone()));
    let mut taken = within.get(&table.vpc).cloned().unwrap_or_default();
    let mut out = Vec::new();
    for (range, to, target) in routes {
        let addresses = match range {
            Some(range) => AddressSet::from(range).difference(&taken),
            None => {
                unknown.insert(format!("{address} has a route to {to}, whose addresses aren't known: taken for all"));
                AddressSet::everything().difference(within.get(&table.vpc).unwrap_or(&AddressSet::default()))
            }
        };
        if let Some(range) = range {
            taken = taken.union(&range.into());
        }
        let Some(through) = through(table, target, resources) else { continue };
        if !addresses.is_empty() {
            let reason = Reason::Route { table: address.clone(), destination: to.clone(), target: target.clone() };
            out.push(WayOut { addresses, through, reason });
        }
    }
    out
}

/// What a target is, by what is known of it or by the form of its id. None where nothing gets through.
/// Source of the ids: EC2 API reference, `Route`.
fn through(table: &RouteTable, target: &Address, resources: &BTreeMap<Address, Resource>) -> Option<Through> {
    if let Some(resource) = resources.get(target) {
        return match resource {
            Resource::InternetGateway(gateway) if gateway.vpc.as_ref() == Some(&table.vpc) => {
                Some(Through::InternetGateway)
            }
            // Attached elsewhere, or nowhere: AWS calls such a route a black hole.
            Resource::InternetGateway(_) => None,
            _ => Some(Through::Beyond),
        };
    }
    Some(match target.as_str().split('-').next().unwrap_or_default() {
        "igw" => Through::InternetGateway,
        "nat" | "eigw" => Through::OutwardsOnly,
        _ => Through::Beyond,
    })
}
