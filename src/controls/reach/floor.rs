//! The floor as packets see it: interfaces, each with its groups and its subnet.

use std::collections::{BTreeMap, BTreeSet};

use super::address_set::AddressSet;
use super::passage::PublicAddress;
use super::place::Place;
use super::rules::{OpenRule, Other, rules_of};
use super::ways_out::{Routing, routing};
use crate::resource::{Address, Direction, EndpointType, Resource, SecurityGroup, VpcEndpoint};

/// Network interfaces that packets can't tell apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Interface {
    pub groups: BTreeSet<Address>,
    pub subnet: Address,
    pub public: PublicAddress,
    /// The endpoint that it belongs to: such a one answers, and never calls.
    pub endpoint: Option<Address>,
}

/// A subnet, as far as packets go.
#[derive(Debug, Clone)]
pub(super) struct Ground {
    pub vpc: Address,
    pub addresses: AddressSet,
    pub routing: Routing,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Floor {
    pub interfaces: Vec<Interface>,
    /// By subnet.
    pub grounds: BTreeMap<Address, Ground>,
    /// By group.
    pub rules: BTreeMap<Address, Vec<OpenRule>>,
    pub endpoints: BTreeMap<Address, VpcEndpoint>,
    /// Security groups that machines bear; without those that stand in front of endpoints alone.
    pub segments: BTreeSet<Address>,
    /// The addresses of the prefix lists.
    pub lists: BTreeMap<Address, AddressSet>,
    /// The addresses of the networks.
    pub within: BTreeMap<Address, AddressSet>,
    pub unknown: BTreeSet<String>,
}

impl Floor {
    pub fn new(resources: &BTreeMap<Address, Resource>) -> Self {
        let mut floor = Self::default();
        for (address, resource) in resources {
            match resource {
                Resource::Vpc(vpc) => {
                    let addresses = floor.range(address, &vpc.cidr);
                    floor.within.insert(address.clone(), addresses);
                }
                Resource::PrefixList(list) => {
                    let addresses = super::rules::addresses_of(address, list, &mut floor.unknown);
                    floor.lists.insert(address.clone(), addresses);
                }
                Resource::VpcEndpoint(endpoint) => {
                    floor.endpoints.insert(address.clone(), endpoint.clone());
                }
                _ => {}
            }
        }
        let mut of_subnets = routing(resources, &floor.within, &mut floor.unknown);
        for (address, resource) in resources {
            let Resource::Subnet(subnet) = resource else { continue };
            let addresses = floor.range(address, &subnet.cidr);
            let routing = of_subnets.remove(address).unwrap_or_default();
            floor.grounds.insert(address.clone(), Ground { vpc: subnet.vpc.clone(), addresses, routing });
        }
        floor.rules = rules_of(resources, &mut floor.unknown);
        floor.stand(resources);
        floor
    }

    fn range(&mut self, address: &Address, range: &str) -> AddressSet {
        AddressSet::parse(range).unwrap_or_else(|| {
            self.unknown
                .insert(format!("{address} has {range}, which is no range of addresses: taken for every address"));
            AddressSet::everything()
        })
    }

    /// Puts everything where it stands: seats, the interfaces of endpoints, and in a segment without seats whatever may
    /// come to stand there.
    fn stand(&mut self, resources: &BTreeMap<Address, Resource>) {
        let mut interfaces = BTreeSet::new();
        let (mut by_seats, mut by_endpoints) = (BTreeSet::new(), BTreeSet::new());
        for (address, resource) in resources {
            let (groups, subnets, public, endpoint) = match resource {
                Resource::Seat(seat) => {
                    by_seats.extend(seat.segments.iter().cloned());
                    let public = if seat.public_address { PublicAddress::Yes } else { PublicAddress::No };
                    (&seat.segments, &seat.subnets, public, None)
                }
                Resource::VpcEndpoint(endpoint) if endpoint.endpoint_type == EndpointType::Interface => {
                    by_endpoints.extend(endpoint.security_groups.iter().cloned());
                    (&endpoint.security_groups, &endpoint.subnets, PublicAddress::No, Some(address.clone()))
                }
                _ => continue,
            };
            for group in groups.iter().filter(|group| !self.rules.contains_key(*group)) {
                self.unknown.insert(format!("{address} bears the security group {group}, whose rules aren't known"));
            }
            interfaces.extend(subnets.iter().map(|subnet| Interface {
                groups: groups.clone(),
                subnet: subnet.clone(),
                public,
                endpoint: endpoint.clone(),
            }));
        }
        for (address, resource) in resources {
            let Resource::SecurityGroup(group) = resource else { continue };
            if !by_endpoints.contains(address) || by_seats.contains(address) {
                self.segments.insert(address.clone());
            }
            if !by_seats.contains(address) {
                interfaces.extend(self.room_of(address, group).map(|subnet| Interface {
                    groups: BTreeSet::from([address.clone()]),
                    subnet: subnet.clone(),
                    public: PublicAddress::Possible,
                    endpoint: None,
                }));
            }
        }
        self.interfaces = interfaces.into_iter().filter(|one| self.grounds.contains_key(&one.subnet)).collect();
    }

    /// The subnets of a segment: those that are named after it.
    fn room_of<'a>(&'a self, address: &'a Address, group: &'a SecurityGroup) -> impl Iterator<Item = &'a Address> {
        self.grounds
            .iter()
            .filter(|(_, ground)| ground.vpc == group.vpc)
            .map(|(subnet, _)| subnet)
            .filter(|subnet| subnet.as_str().strip_prefix(address.as_str()).is_some_and(|rest| rest.starts_with('/')))
    }

    /// What stands at a place.
    pub fn at<'a>(&'a self, place: &'a Place) -> impl Iterator<Item = &'a Interface> {
        self.interfaces.iter().filter(move |one| match place {
            Place::Segment(group) => one.endpoint.is_none() && one.groups.contains(group),
            Place::Endpoint(endpoint) => one.endpoint.as_ref() == Some(endpoint),
            _ => false,
        })
    }

    /// The rules of everything that an interface bears.
    pub fn rules_at<'a>(&'a self, one: &'a Interface, direction: Direction) -> impl Iterator<Item = &'a OpenRule> {
        let rules = one.groups.iter().filter_map(|group| self.rules.get(group)).flatten();
        rules.filter(move |rule| rule.direction == direction)
    }

    pub fn ground(&self, one: &Interface) -> Option<&Ground> {
        self.grounds.get(&one.subnet)
    }

    /// Whether a rule speaks of that interface.
    pub fn speaks_of(&self, rule: &OpenRule, one: &Interface) -> bool {
        match &rule.other {
            Other::Group(group) => one.groups.contains(group),
            Other::Addresses(addresses) => self.ground(one).is_some_and(|ground| ground.addresses.meets(addresses)),
            Other::Service(_) => false,
        }
    }
}
