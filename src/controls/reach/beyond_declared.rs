//! Egress that no flow declares: each rule's ports and addresses, less those that the flows allow.

use std::collections::BTreeSet;

use super::address_set::AddressSet;
use super::analysis::Reach;
use super::declared::{DeclaredFlow, Destination};
use super::place::Place;
use super::rules::{OpenRule, Other};
use super::traffic::{Protocol, Traffic};
use super::violation::{Violation, ranges_in_words};
use crate::resource::{Address, Direction};

impl Reach {
    /// What rules let out of segments, and out of the group in front of the endpoints, without a flow that says so,
    /// whether a route leads there today or not. Sorted.
    pub fn egress_beyond_declared(&self, flows: &[DeclaredFlow]) -> Vec<Violation> {
        let mut found = Vec::new();
        for (group, rules) in &self.floor.rules {
            let own: Vec<&DeclaredFlow> = flows.iter().filter(|flow| flow.from == *group).collect();
            for rule in rules.iter().filter(|rule| rule.direction == Direction::Egress) {
                found.extend(beyond(&own, rule).into_iter().map(|(traffic, to)| Violation {
                    from: Place::Segment(group.clone()),
                    to: self.place_of(rule),
                    traffic,
                    passes: self.passes(group, rule, traffic),
                    words: format!("{group} lets {traffic} out to {to}, and no flow declares that"),
                    by: vec![rule.reason.clone()],
                }));
            }
        }
        found.sort();
        found
    }

    fn place_of(&self, rule: &OpenRule) -> Place {
        match &rule.other {
            Other::Group(group) => Place::Segment(group.clone()),
            Other::Service(service) => {
                let behind = self.floor.endpoints.iter().find(|(_, one)| one.service == *service);
                behind.map_or(Place::Internet, |(address, _)| Place::Endpoint(address.clone()))
            }
            Other::Addresses(_) => match &rule.reason {
                super::Reason::Rule { peer: crate::resource::Peer::PrefixList(list), .. } => {
                    Place::PrefixList(list.clone())
                }
                super::Reason::Rule { peer: crate::resource::Peer::Cidr(range), .. } => {
                    range.parse().map_or(Place::Internet, Place::Range)
                }
                _ => Place::Internet,
            },
        }
    }

    /// Whether packets pass by that rule today, to anywhere.
    fn passes(&self, group: &Address, rule: &OpenRule, traffic: Traffic) -> bool {
        let from = Place::Segment(group.clone());
        let listed = self.places.iter().any(|to| {
            self.between(&from, to)
                .iter()
                .any(|one| one.by.contains(&rule.reason) && one.traffic().meet(traffic).is_some())
        });
        // The group in front of the endpoints is no place of its own.
        listed && self.floor.segments.contains(group)
    }
}

/// The parts of a rule that no flow covers, each with where it leads, in words.
fn beyond(flows: &[&DeclaredFlow], rule: &OpenRule) -> Vec<(Traffic, String)> {
    let covering = |traffic: Traffic, to: &dyn Fn(&Destination) -> bool| {
        flows.iter().any(|flow| to(&flow.to) && flow.traffic.iter().any(|one| one.covers(traffic)))
    };
    let mut left: Vec<(Traffic, String)> = Vec::new();
    for part in parts(flows, rule.traffic) {
        let to = match &rule.other {
            Other::Group(group) => {
                let declared = covering(part, &|to| matches!(to, Destination::Group(one) if one == group));
                (!declared).then(|| group.to_string())
            }
            Other::Service(service) => {
                let declared = covering(part, &|to| matches!(to, Destination::Service(one) if one == service));
                (!declared).then(|| service.clone())
            }
            Other::Addresses(addresses) => {
                let declared = flows.iter().filter(|flow| flow.traffic.iter().any(|one| one.covers(part)));
                let covered = declared.fold(AddressSet::default(), |all, flow| match &flow.to {
                    Destination::Addresses(addresses) => all.union(addresses),
                    _ => all,
                });
                let beyond = addresses.difference(&covered);
                (!beyond.is_empty()).then(|| ranges_in_words(&beyond.ranges()))
            }
        };
        match (to, left.last_mut()) {
            // Neighbouring ports to the same place are one finding.
            (Some(to), Some((before, there)))
                if *there == to
                    && before.protocol == part.protocol
                    && before.ports.1.checked_add(1) == Some(part.ports.0) =>
            {
                before.ports.1 = part.ports.1;
            }
            (Some(to), _) => left.push((part, to)),
            (None, _) => {}
        }
    }
    left
}

/// A rule's ports, cut where a flow begins or ends: each part is within a flow's ports or outside of them.
fn parts(flows: &[&DeclaredFlow], whole: Traffic) -> Vec<Traffic> {
    if whole.protocol == Protocol::All {
        return vec![whole];
    }
    let (first, last) = whole.ports;
    let of_flows = flows.iter().flat_map(|flow| &flow.traffic).filter(|one| one.protocol == whole.protocol);
    let cuts: BTreeSet<u16> = of_flows
        .flat_map(|one| [Some(one.ports.0), one.ports.1.checked_add(1)])
        .flatten()
        .filter(|cut| first < *cut && *cut <= last)
        .collect();
    let starts = std::iter::once(first).chain(cuts.iter().copied());
    let ends = cuts.iter().map(|cut| cut - 1).chain(std::iter::once(last));
    starts.zip(ends).map(|ports| Traffic { protocol: whole.protocol, ports }).collect()
}
