//! What must not be able to pass, and does: findings for the checks, each with its reasons.

use std::collections::BTreeMap;
use std::fmt;

use ipnet::IpNet;
use serde::Serialize;

use super::address_set::AddressSet;
use super::analysis::Reach;
use super::endpoint_policy::PolicyScope;
use super::passage::{Passage, Reason};
use super::place::Place;
use super::rules::Other;
use super::traffic::Traffic;
use crate::resource::{Address, Direction};

/// Something that can pass, or could but for one obstacle, and shouldn't.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    pub from: Place,
    pub to: Place,
    pub traffic: Traffic,
    /// Whether packets pass today. Where it is false a rule is open, and only a missing route, address or counterpart
    /// keeps them.
    pub passes: bool,
    /// One sentence.
    pub words: String,
    pub by: Vec<Reason>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> = self.by.iter().map(ToString::to_string).collect();
        write!(f, "{}: {}", self.words, reasons.join("; "))
    }
}

/// More IPv4 addresses than a /8 holds are nobody's offices: blocks are assigned to registries and holders in that size.
/// Source: IANA IPv4 Address Space Registry.
const MOST_V4: u64 = 1 << 24;
/// More /48 than a /12 holds are nobody's either: whole registries are given that much. Source: IANA IPv6 Global Unicast
/// Address Assignments.
const MOST_V6_SITES: u128 = 1 << 36;
/// How many ranges are named before the rest is counted.
const NAMED: usize = 3;

/// Ranges for a sentence: the first few, and how many more there are.
pub(super) fn ranges_in_words(ranges: &[IpNet]) -> String {
    let mut words: Vec<String> = ranges.iter().take(NAMED).map(ToString::to_string).collect();
    if ranges.len() > NAMED {
        words.push(format!("{} more ranges", ranges.len() - NAMED));
    }
    words.join(", ")
}

fn is_wide(addresses: &AddressSet) -> bool {
    addresses.count_v4() > MOST_V4 || addresses.count_v6_sites() > MOST_V6_SITES
}

impl Reach {
    /// Groups whose rules, taken together, let in from or out to more of the Internet than anyone's offices hold: a rule
    /// for `0.0.0.0/0`, but also two for its halves, or a prefix list with all of it. Sorted.
    pub fn open_to_internet(&self) -> Vec<Violation> {
        let mut found = Vec::new();
        for group in self.floor.rules.keys() {
            for direction in [Direction::Ingress, Direction::Egress] {
                self.open_group(group, direction, &mut found);
            }
        }
        found.sort();
        found
    }

    fn open_group(&self, group: &Address, direction: Direction, found: &mut Vec<Violation>) {
        let internet = AddressSet::internet();
        let own = self.floor.rules.get(group).into_iter().flatten().filter(|rule| rule.direction == direction);
        let public: Vec<(Traffic, AddressSet, &Reason)> = own
            .filter_map(|rule| match &rule.other {
                Other::Addresses(addresses) => Some((rule.traffic, addresses.intersection(&internet), &rule.reason)),
                Other::Group(_) | Other::Service(_) => None,
            })
            .filter(|(_, addresses, _)| !addresses.is_empty())
            .collect();
        // Whatever is open to many is open by some rules together; the ports that they share are a meeting of theirs.
        let mut meetings: BTreeMap<Traffic, (AddressSet, Vec<Reason>)> = BTreeMap::new();
        for (first, _, _) in &public {
            for (second, _, _) in &public {
                let Some(shared) = first.meet(*second) else { continue };
                meetings.entry(shared).or_insert_with(|| {
                    let together = public.iter().filter(|(traffic, _, _)| traffic.covers(shared));
                    together.fold((AddressSet::default(), Vec::new()), |(all, mut by), (_, addresses, reason)| {
                        by.push((*reason).clone());
                        (all.union(addresses), by)
                    })
                });
            }
        }
        meetings.retain(|_, (addresses, _)| is_wide(addresses));
        let segment = Place::Segment(group.clone());
        let (from, to) = match direction {
            Direction::Ingress => (Place::Internet, segment),
            Direction::Egress => (segment, Place::Internet),
        };
        let passing = self.between(&from, &to);
        for (traffic, (addresses, by)) in &meetings {
            // A part of something that is as open, by the same rules, is no finding of its own.
            let by_same = |(other, (_, others)): (&Traffic, &(AddressSet, Vec<Reason>))| {
                other != traffic && other.covers(*traffic) && others == by
            };
            if meetings.iter().any(by_same) {
                continue;
            }
            let mut by = by.clone();
            by.sort();
            by.dedup();
            let passes = passing.iter().any(|one| one.traffic().meet(*traffic).is_some());
            let (way, end) = match direction {
                Direction::Ingress => ("in from", "brings it there"),
                Direction::Egress => ("out to", "leads there"),
            };
            let today = if passes { String::new() } else { format!("; no way {end} today, so the rule alone is open") };
            found.push(Violation {
                from: from.clone(),
                to: to.clone(),
                traffic: *traffic,
                passes,
                words: format!("{group} lets {traffic} {way} {}{today}", ranges_in_words(&addresses.ranges())),
                by,
            });
        }
    }

    /// What can pass from one machine of a segment to another of it: from seat to seat. Sorted.
    pub fn lateral(&self, segment: &Address) -> Vec<Violation> {
        let place = Place::Segment(segment.clone());
        let passages = self.between(&place, &place);
        let words = |one: &Passage| format!("machines in {segment} reach each other by {}", one.traffic());
        violations(&place, &place, passages, words)
    }

    /// Everything that can pass between a segment and the Internet, either way. Sorted.
    pub fn internet_paths(&self, segment: &Address) -> Vec<Violation> {
        let place = Place::Segment(segment.clone());
        let named = |one: &Passage| match one.addresses.as_slice() {
            [] => "public addresses of an AWS service".to_owned(),
            ranges => ranges_in_words(ranges),
        };
        let out = violations(&place, &Place::Internet, self.between(&place, &Place::Internet), |one| {
            format!("{segment} reaches the Internet by {}: {}", one.traffic(), named(one))
        });
        let into = violations(&Place::Internet, &place, self.between(&Place::Internet, &place), |one| {
            format!("{segment} is reached from the Internet by {}: {}", one.traffic(), named(one))
        });
        let mut all: Vec<Violation> = out.into_iter().chain(into).collect();
        all.sort();
        all
    }

    /// Routes by which packets of a segment's subnets would leave the network, whatever its rules say. Sorted.
    pub fn routes_out(&self, segment: &Address) -> Vec<Reason> {
        let place = Place::Segment(segment.clone());
        let grounds = self.floor.at(&place).filter_map(|one| self.floor.ground(one));
        let mut routes: Vec<Reason> =
            grounds.flat_map(|ground| ground.routing.out.iter().map(|way| way.reason.clone())).collect();
        routes.sort();
        routes.dedup();
        routes
    }

    /// Endpoints that a segment reaches and whose policy allows resources of any account: content could leave by them.
    /// Sorted.
    pub fn open_endpoints(&self, segment: &Address) -> Vec<Violation> {
        let place = Place::Segment(segment.clone());
        let mut found = Vec::new();
        for (address, endpoint) in &self.floor.endpoints {
            if PolicyScope::of(&endpoint.policy) != PolicyScope::Anyone {
                continue;
            }
            let to = Place::Endpoint(address.clone());
            let passages = self.between(&place, &to);
            found.extend(violations(&place, &to, passages, |one| {
                format!("{segment} reaches resources of any account by {} through {address}", one.traffic())
            }));
        }
        found.sort();
        found
    }
}

fn violations(from: &Place, to: &Place, passages: Vec<Passage>, words: impl Fn(&Passage) -> String) -> Vec<Violation> {
    let mut all: Vec<Violation> = passages
        .into_iter()
        .map(|one| Violation {
            from: from.clone(),
            to: to.clone(),
            traffic: one.traffic(),
            passes: true,
            words: words(&one),
            by: one.by,
        })
        .collect();
    all.sort();
    all
}
