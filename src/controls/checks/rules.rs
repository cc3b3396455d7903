//! What rules of security groups mean: which addresses a peer stands for, which ports a rule opens.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use crate::controls::floor::Floor;
use crate::resource::{Direction, Peer, Resource, Rule, SecurityGroup};

/// Whether a rule opens this port. One without ports opens all of them, where its protocol has any.
pub fn opens(rule: &Rule, port: u16) -> bool {
    match (rule.protocol.as_str(), rule.ports) {
        ("-1", _) | ("tcp" | "udp", None) => true,
        ("tcp" | "udp", Some((from, to))) => (from..=to).contains(&port),
        _ => false,
    }
}

/// A rule in words: `tcp/8443 in from network.main.edge`.
pub fn words(rule: &Rule) -> String {
    match rule.direction {
        Direction::Ingress => format!("{} in from {}", rule.port_words(), rule.peer),
        Direction::Egress => format!("{} out to {}", rule.port_words(), rule.peer),
    }
}

/// What a rule opens: a protocol and its ports.
type Opening<'a> = (&'a str, Option<(u16, u16)>);

fn ranges(floor: &Floor<'_>, peer: &Peer) -> Vec<IpNet> {
    match peer {
        Peer::Cidr(range) => range.parse().into_iter().collect(),
        Peer::PrefixList(list) => match floor.resources.get(list) {
            Some(Resource::PrefixList(list)) => list.entries.keys().filter_map(|range| range.parse().ok()).collect(),
            _ => Vec::new(),
        },
        Peer::Group(_) => Vec::new(),
    }
}

/// The rules of a direction, by their place in the group, that open to every address of a family, alone or together
/// with others of the same ports: halves make a whole.
pub fn to_anywhere(floor: &Floor<'_>, group: &SecurityGroup, direction: Direction) -> BTreeSet<usize> {
    let mut alike: BTreeMap<Opening<'_>, Vec<(usize, Vec<IpNet>)>> = BTreeMap::new();
    for (at, rule) in group.rules.iter().enumerate().filter(|(_, rule)| rule.direction == direction) {
        alike.entry((&rule.protocol, rule.ports)).or_default().push((at, ranges(floor, &rule.peer)));
    }
    let mut found = BTreeSet::new();
    for rules in alike.into_values() {
        let all: Vec<IpNet> = rules.iter().flat_map(|(_, ranges)| ranges.iter().copied()).collect();
        let whole: Vec<bool> = IpNet::aggregate(&all)
            .into_iter()
            .filter(|range| range.prefix_len() == 0)
            .map(|range| matches!(range, IpNet::V4(_)))
            .collect();
        let is_whole = |range: &IpNet| whole.contains(&matches!(range, IpNet::V4(_)));
        found.extend(rules.iter().filter(|(_, ranges)| ranges.iter().any(is_whole)).map(|(at, _)| *at));
    }
    found
}
