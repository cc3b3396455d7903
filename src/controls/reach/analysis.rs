//! The analysis: for two places, everything that can pass from one to the other.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::Serialize;

use super::address_set::AddressSet;
use super::endpoint_policy::PolicyScope;
use super::floor::{Floor, Interface};
use super::passage::{Passage, Reason};
use super::place::Place;
use super::rules::Other;
use super::traffic::Traffic;
use super::ways_out::{Through, WayOut};
use crate::resource::{Address, Direction, EndpointType, Observed, Resource, VpcEndpoint};

/// What the answers rest on, for it can't be seen in the kinds of resource that are read.
pub const ASSUMPTIONS: &[&str] = &[
    "Network ACLs are those that AWS makes with a network: they let everything pass.",
    "Security groups don't govern the instance metadata service, the time service and the network's own resolver: every \
     seat can look up names.",
    "Subnets' IPv6 ranges aren't read: every machine is taken to have an IPv6 address, so that a route decides.",
    "What stands in a segment without seats isn't read: a machine there is taken to bear the segment's group alone, and may \
     have a public address.",
    "A network whose main route table isn't read is taken to have AWS's: it leads nowhere but within.",
];

/// What can pass on a floor.
#[derive(Debug, Clone)]
pub struct Reach {
    pub(super) floor: Floor,
    pub(super) places: Vec<Place>,
}

/// Two places between which something passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    pub from: Place,
    pub to: Place,
    pub passages: Vec<Passage>,
}

/// All that passes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Matrix {
    /// Sorted.
    pub places: Vec<Place>,
    /// Sorted. Between any two places that are not here, in this direction, nothing passes.
    pub pairs: Vec<Pair>,
    pub assumptions: Vec<&'static str>,
    /// What could not be understood, in words; sorted.
    pub unknown: Vec<String>,
}

/// Passages of one protocol, range and set of addresses have one entry, with all that lets them through.
type Found = BTreeMap<(Traffic, Vec<IpNet>), BTreeSet<Reason>>;

impl Reach {
    /// Analyses a state, desired or observed. Nothing is computed twice: keep it for all questions.
    pub fn of(resources: &BTreeMap<Address, Resource>) -> Self {
        let floor = Floor::new(resources);
        let mut places: BTreeSet<Place> = BTreeSet::from([Place::Internet]);
        places.extend(floor.segments.iter().cloned().map(Place::Segment));
        places.extend(floor.endpoints.keys().cloned().map(Place::Endpoint));
        places.extend(floor.lists.keys().cloned().map(Place::PrefixList));
        let inside = floor.within.values().fold(AddressSet::default(), |all, one| all.union(one));
        for resource in resources.values() {
            let Resource::SecurityGroup(group) = resource else { continue };
            for rule in &group.rules {
                let crate::resource::Peer::Cidr(range) = &rule.peer else { continue };
                let Ok(range) = range.parse::<IpNet>() else { continue };
                if !AddressSet::from(range).difference(&inside).is_empty() {
                    places.insert(Place::Range(range.trunc()));
                }
            }
        }
        Self { floor, places: places.into_iter().collect() }
    }

    /// Analyses what is live, leftovers included. What could not be read is among what is unknown.
    pub fn of_observed(observed: &Observed) -> Self {
        let mut resources: BTreeMap<Address, Resource> =
            observed.found.iter().map(|(address, found)| (address.clone(), found.resource.clone())).collect();
        // They claim an address that is taken, and still packets come and go.
        resources
            .extend(observed.duplicates.iter().map(|found| (Address::new(found.id.as_str()), found.resource.clone())));
        let mut reach = Self::of(&resources);
        reach.floor.unknown.extend(observed.unreadable.iter().map(|gap| {
            let what = gap.address.as_ref().map_or_else(|| gap.kind.words().1.to_owned(), Address::to_string);
            format!("{what} could not be read: {} says {}", gap.call, gap.words)
        }));
        reach
    }

    /// All places: segments, endpoints, prefix lists, the ranges that rules name, the Internet. Sorted.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// What the answers rest on.
    pub fn assumptions(&self) -> &'static [&'static str] {
        ASSUMPTIONS
    }

    /// What could not be understood, in words: rules of groups that aren't read, lists without known entries. Sorted.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.floor.unknown.iter().map(String::as_str)
    }

    /// Everything that can pass from one place to another, sorted; from a segment to itself, from machine to machine.
    /// Between two places outside nothing is asked of the floor, so nothing is said.
    pub fn between(&self, from: &Place, to: &Place) -> Vec<Passage> {
        let mut found = Found::new();
        match (self.outside(from), self.outside(to)) {
            (None, None) => self.within(from, to, &mut found),
            (None, Some(addresses)) => self.outwards(from, to, &addresses, &mut found),
            (Some(addresses), None) => self.inwards(&addresses, to, &mut found),
            (Some(_), Some(_)) => {}
        }
        found
            .into_iter()
            .map(|((traffic, addresses), by)| Passage {
                protocol: traffic.protocol,
                ports: traffic.protocol.has_ports().then_some(traffic.ports),
                addresses,
                by: by.into_iter().collect(),
            })
            .collect()
    }

    /// Every pair of places between which something passes.
    pub fn matrix(&self) -> Matrix {
        let mut pairs = Vec::new();
        for from in &self.places {
            for to in &self.places {
                let passages = self.between(from, to);
                if !passages.is_empty() {
                    pairs.push(Pair { from: from.clone(), to: to.clone(), passages });
                }
            }
        }
        Matrix {
            places: self.places.clone(),
            pairs,
            assumptions: ASSUMPTIONS.to_vec(),
            unknown: self.floor.unknown.iter().cloned().collect(),
        }
    }

    /// The addresses of a place outside.
    pub(super) fn outside(&self, place: &Place) -> Option<AddressSet> {
        match place {
            Place::Segment(_) | Place::Endpoint(_) => None,
            Place::PrefixList(list) => Some(self.floor.lists.get(list).cloned().unwrap_or_default()),
            Place::Range(range) => Some((*range).into()),
            Place::Internet => Some(AddressSet::internet()),
        }
    }

    fn within(&self, from: &Place, to: &Place, found: &mut Found) {
        if let Place::Endpoint(address) = to
            && let Some(endpoint) = self.floor.endpoints.get(address)
        {
            if endpoint.endpoint_type == EndpointType::Gateway {
                return self.by_gateway_endpoint(from, address, endpoint, found);
            }
            let policy = Reason::Policy { endpoint: address.clone(), scope: PolicyScope::of(&endpoint.policy) };
            return self.between_interfaces(from, to, &[policy], found);
        }
        self.between_interfaces(from, to, &[], found);
    }

    /// The source must let it out, and the target must let it in.
    fn between_interfaces(&self, from: &Place, to: &Place, also: &[Reason], found: &mut Found) {
        for source in self.floor.at(from).filter(|one| one.endpoint.is_none()) {
            for target in self.floor.at(to) {
                let Some(routes) = self.way_between(source, target) else { continue };
                let out = self.floor.rules_at(source, Direction::Egress);
                for out in out.filter(|rule| self.floor.speaks_of(rule, target)) {
                    let into = self.floor.rules_at(target, Direction::Ingress);
                    for into in into.filter(|rule| self.floor.speaks_of(rule, source)) {
                        let Some(traffic) = out.traffic.meet(into.traffic) else { continue };
                        let by = found.entry((traffic, Vec::new())).or_default();
                        by.extend([out.reason.clone(), into.reason.clone()]);
                        by.extend(routes.iter().chain(also).cloned());
                    }
                }
            }
        }
    }

    /// The routes that it takes from one interface to another: none within a network; none at all where there is no way.
    fn way_between(&self, source: &Interface, target: &Interface) -> Option<Vec<Reason>> {
        let (here, there) = (self.floor.ground(source)?, self.floor.ground(target)?);
        if here.vpc == there.vpc {
            return Some(Vec::new());
        }
        let routes: Vec<Reason> = here
            .routing
            .out
            .iter()
            .filter(|way| way.through == Through::Beyond && way.addresses.meets(&there.addresses))
            .map(|way| way.reason.clone())
            .collect();
        (!routes.is_empty()).then_some(routes)
    }

    /// To a service whose addresses AWS alone knows: by a rule that names the service's list, or public addresses.
    fn by_gateway_endpoint(&self, from: &Place, address: &Address, endpoint: &VpcEndpoint, found: &mut Found) {
        let internet = AddressSet::internet();
        for source in self.floor.at(from).filter(|one| one.endpoint.is_none()) {
            let Some(ground) = self.floor.ground(source) else { continue };
            if ground.routing.services.get(&endpoint.service) != Some(address) {
                continue;
            }
            for out in self.floor.rules_at(source, Direction::Egress) {
                let names_it = match &out.other {
                    Other::Service(service) => *service == endpoint.service,
                    Other::Addresses(addresses) => addresses.meets(&internet),
                    Other::Group(_) => false,
                };
                if names_it {
                    let by = found.entry((out.traffic, Vec::new())).or_default();
                    by.insert(out.reason.clone());
                    by.insert(Reason::Policy { endpoint: address.clone(), scope: PolicyScope::of(&endpoint.policy) });
                }
            }
        }
    }

    fn outwards(&self, from: &Place, to: &Place, wanted: &AddressSet, found: &mut Found) {
        for source in self.floor.at(from).filter(|one| one.endpoint.is_none()) {
            let Some(ground) = self.floor.ground(source) else { continue };
            for way in &ground.routing.out {
                let usable = way.usable(source.public, false).intersection(wanted);
                if usable.is_empty() {
                    continue;
                }
                for out in self.floor.rules_at(source, Direction::Egress) {
                    match &out.other {
                        Other::Group(_) => {}
                        Other::Addresses(addresses) => {
                            pass(out.traffic, &out.reason, &usable.intersection(addresses), way, source, found);
                        }
                        // The service's addresses are public; with a gateway endpoint, its route is the more specific.
                        Other::Service(service) => {
                            if *to == Place::Internet && !ground.routing.services.contains_key(service) {
                                let by = found.entry((out.traffic, Vec::new())).or_default();
                                by.insert(out.reason.clone());
                                by.extend(way.reasons(source.public, &usable));
                            }
                        }
                    }
                }
            }
        }
    }

    fn inwards(&self, from: &AddressSet, to: &Place, found: &mut Found) {
        for target in self.floor.at(to) {
            let Some(ground) = self.floor.ground(target) else { continue };
            for way in &ground.routing.out {
                let usable = way.usable(target.public, true).intersection(from);
                for into in self.floor.rules_at(target, Direction::Ingress) {
                    if let Other::Addresses(addresses) = &into.other {
                        pass(into.traffic, &into.reason, &usable.intersection(addresses), way, target, found);
                    }
                }
            }
        }
    }
}

/// Notes what passes between an interface and addresses outside.
fn pass(traffic: Traffic, rule: &Reason, addresses: &AddressSet, way: &WayOut, one: &Interface, found: &mut Found) {
    if addresses.is_empty() {
        return;
    }
    let by = found.entry((traffic, addresses.ranges())).or_default();
    by.insert(rule.clone());
    by.extend(way.reasons(one.public, addresses));
}
