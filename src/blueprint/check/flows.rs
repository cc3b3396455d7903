//! Flows: who may talk to whom.

use ipnet::IpNet;

use super::networks::once;
use crate::blueprint::data::network::MOST_RULES;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, NOWHERE, is_sound};
use crate::blueprint::model::{Blueprint, Flow, Network, Peer, Segment};
use crate::blueprint::source::{Span, Spanned};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for network in &blueprint.networks {
        for flow in &network.flows {
            ends_in_the_network(network, flow, findings);
            once(&flow.ports, "port", findings);
        }
        for segment in &network.segments {
            rules(blueprint, network, segment, findings);
        }
    }
}

/// At least one end is a segment, and a segment is one of this network: security groups don't reach further.
fn ends_in_the_network(network: &Network, flow: &Flow, findings: &Findings) {
    if !is_sound(&flow.from) || !is_sound(&flow.to) {
        return;
    }
    if flow.from.segment().is_none() && flow.to.segment().is_none() {
        findings.push(
            Diagnostic::error("flow", format!("flow \"{}\" touches no segment", flow.name))
                .at(flow.from.span)
                .also(flow.to.span, "nor does it here")
                .help(format!(
                    "at least one of `from` and `to` is a segment, such as network.{}.<segment>",
                    network.name
                )),
        );
    }
    for end in [&flow.from, &flow.to] {
        if let Some(segment) = end.segment()
            && segment.network != network.name.value
        {
            findings.push(
                Diagnostic::error("flow", format!("{segment} is in another network"))
                    .at(end.span)
                    .also(network.name.span, "the flow is in this one")
                    .help("networks are apart from each other: a flow's segments are those of its own network"),
            );
        }
    }
}

/// Rules for IPv4, rules for IPv6, and the last flow that adds to them.
type Count = (usize, usize, Option<Span>);

/// A security group takes so many rules in a direction, for IPv4 and for IPv6 each; a group counts as one of both, a prefix
/// list as its entries.
fn rules(blueprint: &Blueprint, network: &Network, segment: &Segment, findings: &Findings) {
    let is_here = |end: &Spanned<Peer>| {
        end.segment().is_some_and(|at| at.network == network.name.value && at.segment == segment.name.value)
    };
    let mut into: Count = (0, 0, None);
    let mut out: Count = (0, 0, None);
    for flow in &network.flows {
        if is_here(&flow.to) {
            add(&mut into, blueprint, flow, &flow.from);
        }
        if is_here(&flow.from) {
            add(&mut out, blueprint, flow, &flow.to);
        }
    }
    for (direction, (v4, v6, last)) in [("into", into), ("out of", out)] {
        let count = v4.max(v6);
        if count > MOST_RULES {
            findings.push(
                Diagnostic::error(
                    "too-many-rules",
                    format!("the flows {direction} \"{}\" make {count} rules", segment.name),
                )
                .at(last.unwrap_or(NOWHERE))
                .also(segment.name.span, format!("its security group takes {MOST_RULES} in a direction"))
                .help("join addresses to larger ranges and ports to ranges such as tcp/5000-5010"),
            );
        }
    }
}

fn add(count: &mut Count, blueprint: &Blueprint, flow: &Flow, other: &Spanned<Peer>) {
    let ports = flow.ports.len();
    let (v4, v6) = match &other.value {
        Peer::Segment(_) => (1, 1),
        Peer::Cidrs(ranges) => {
            let v4 = ranges.iter().filter(|range| matches!(range, IpNet::V4(_))).count();
            (v4, ranges.len() - v4)
        }
        Peer::PrefixList(name) => {
            let entries = blueprint.get(name).map_or(1, |list| list.entries.len().max(1));
            (entries, entries)
        }
    };
    count.0 += v4 * ports;
    count.1 += v6 * ports;
    count.2 = Some(flow.name.span);
}
