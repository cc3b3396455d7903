//! What rules of security groups mean: how wide they open, and which ports.

use std::collections::BTreeSet;

use crate::controls::floor::Floor;
use crate::controls::reach::Reason;
use crate::resource::{Address, Direction, Rule, SecurityGroup};

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

/// The rules of a direction that open a group to more of the internet than anyone's offices hold, alone or together with
/// others: halves make a whole, and so do the entries of a list.
pub fn to_anywhere(
    floor: &Floor<'_>,
    address: &Address,
    group: &SecurityGroup,
    direction: Direction,
) -> BTreeSet<usize> {
    let open: BTreeSet<&Reason> = floor
        .open_to_internet()
        .iter()
        .flat_map(|violation| &violation.by)
        .filter(|reason| matches!(reason, Reason::Rule { group, direction: of, .. } if group == address && *of == direction))
        .collect();
    let rules = group.rules.iter().enumerate().filter(|(_, rule)| rule.direction == direction);
    rules.filter(|(_, rule)| open.contains(&Reason::rule(address, rule))).map(|(at, _)| at).collect()
}
