//! The rules of the groups, with their peers looked up.

use std::collections::{BTreeMap, BTreeSet};

use super::address_set::AddressSet;
use super::passage::Reason;
use super::traffic::Traffic;
use crate::resource::{Address, Direction, Peer, PrefixList, Resource, Rule};

/// The other end of a rule, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Other {
    /// Whatever bears this group.
    Group(Address),
    Addresses(AddressSet),
    /// An AWS service by its full name; its addresses are AWS's.
    Service(String),
}

/// A rule of one group.
#[derive(Debug, Clone)]
pub(super) struct OpenRule {
    pub direction: Direction,
    pub traffic: Traffic,
    pub other: Other,
    pub reason: Reason,
}

/// What the names of AWS services begin with, and of the lists that AWS keeps their addresses in.
const SERVICE: &str = "com.amazonaws.";

/// The rules of every group. What can't be looked up is taken for every address, and said in `unknown`.
pub(super) fn rules_of(
    resources: &BTreeMap<Address, Resource>,
    unknown: &mut BTreeSet<String>,
) -> BTreeMap<Address, Vec<OpenRule>> {
    let mut all = BTreeMap::new();
    for (address, resource) in resources {
        let Resource::SecurityGroup(group) = resource else { continue };
        let rules = group.rules.iter().map(|rule| OpenRule {
            direction: rule.direction,
            traffic: Traffic::of(rule),
            other: other(address, rule, resources, unknown),
            reason: Reason::rule(address, rule),
        });
        all.insert(address.clone(), rules.collect());
    }
    all
}

fn other(
    group: &Address,
    rule: &Rule,
    resources: &BTreeMap<Address, Resource>,
    unknown: &mut BTreeSet<String>,
) -> Other {
    match &rule.peer {
        Peer::Group(peer) => {
            if !resources.contains_key(peer) {
                unknown.insert(format!("{group} names the security group {peer}, and nothing is known to bear it"));
            }
            Other::Group(peer.clone())
        }
        Peer::Cidr(range) => Other::Addresses(AddressSet::parse(range).unwrap_or_else(|| {
            unknown.insert(format!("{group} names {range}, which is no range of addresses: taken for every address"));
            AddressSet::everything()
        })),
        Peer::PrefixList(list) => match resources.get(list) {
            Some(Resource::PrefixList(entries)) => Other::Addresses(addresses_of(list, entries, unknown)),
            _ if list.as_str().starts_with(SERVICE) => Other::Service(list.as_str().to_owned()),
            _ => {
                unknown.insert(format!("{group} names {list}, whose entries aren't known: taken for every address"));
                Other::Addresses(AddressSet::everything())
            }
        },
    }
}

/// The addresses of a list.
pub(super) fn addresses_of(address: &Address, list: &PrefixList, unknown: &mut BTreeSet<String>) -> AddressSet {
    list.entries.keys().fold(AddressSet::default(), |all, range| {
        let one = AddressSet::parse(range).unwrap_or_else(|| {
            unknown.insert(format!("{address} holds {range}, which is no range of addresses: taken for every address"));
            AddressSet::everything()
        });
        all.union(&one)
    })
}
