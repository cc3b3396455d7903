//! Flows to rules: each opens one end in the group of the segment it leaves, and one in that of the segment it enters.

use std::collections::BTreeMap;

use ipnet::IpNet;

use super::compiler::Compiler;
use super::network::{group, part};
use super::{limits, prefix_lists};
use crate::blueprint::model::{self, Flow, Network, Port, Transport};
use crate::blueprint::{Diagnostic, Spanned};
use crate::resource::{Address, Direction, Peer, Rule};

/// Rules by the group that holds them, each group's in the order of their flows.
pub(super) type Rules = BTreeMap<Address, Vec<Rule>>;

/// The flow that rules implied by `endpoints` are named after.
pub(super) const ENDPOINTS: &str = "endpoints";

/// Characters of a description, beside letters, digits and the space. Source: EC2 API reference, `IpRange`.
const ALLOWED: &str = "._-:/()#,@[]+=&;{}!$*";

/// Words in the characters that AWS allows, cut at their limit. Quotes go, dashes become plain, the rest `_`.
pub(super) fn description(words: &str) -> String {
    let mut plain = String::new();
    for c in words.trim().chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => plain.push(c),
            c if ALLOWED.contains(c) => plain.push(c),
            '\u{2010}'..='\u{2015}' => plain.push('-'),
            '\'' | '"' | '`' | '\u{2018}'..='\u{201f}' => {}
            c if c.is_whitespace() => plain.push(' '),
            _ => plain.push('_'),
        }
    }
    plain.chars().take(limits::DESCRIPTION).collect::<String>().trim_end().to_owned()
}

/// One end of a flow, seen from the other.
struct End {
    peer: Peer,
    ipv6: bool,
}

impl Compiler<'_> {
    /// The rules that a network's flows ask for.
    pub(super) fn flow_rules(&mut self, network: &Network) -> Rules {
        let mut rules = Rules::new();
        for flow in &network.flows {
            let (from, to) = (self.ends(network, flow, &flow.from), self.ends(network, flow, &flow.to));
            self.open(network, flow, Direction::Egress, &flow.from, &to, &mut rules);
            self.open(network, flow, Direction::Ingress, &flow.to, &from, &mut rules);
        }
        rules
    }

    /// Opens a flow's ports in the group of the segment at one end, towards all peers at the other.
    fn open(
        &self,
        network: &Network,
        flow: &Flow,
        direction: Direction,
        at: &model::Peer,
        others: &[End],
        into: &mut Rules,
    ) {
        let Some(segment) = at.segment().and_then(|at| network.segment(&at.segment)) else { return };
        let rules = into.entry(group(network, segment)).or_default();
        for port in &flow.ports {
            for other in others {
                let (protocol, ports) = protocol_of(port.value, other.ipv6);
                rules.push(Rule {
                    direction,
                    protocol: protocol.to_owned(),
                    ports,
                    peer: other.peer.clone(),
                    description: description(&flow.reason),
                    flow: Some(flow.name.as_str().to_owned()),
                });
            }
        }
    }

    fn ends(&mut self, network: &Network, flow: &Flow, end: &Spanned<model::Peer>) -> Vec<End> {
        match &end.value {
            model::Peer::Cidrs(cidrs) => cidrs
                .iter()
                .map(|cidr| End { peer: Peer::Cidr(cidr.trunc().to_string()), ipv6: matches!(cidr, IpNet::V6(_)) })
                .collect(),
            model::Peer::PrefixList(name) => vec![End {
                peer: Peer::PrefixList(Address::new(format!("prefix_list.{name}"))),
                ipv6: self.blueprint.get(name).is_some_and(prefix_lists::is_ipv6),
            }],
            model::Peer::Segment(at) if at.network == network.name.value => {
                vec![End { peer: Peer::Group(part(network, at.segment.as_str())), ipv6: false }]
            }
            model::Peer::Segment(at) => {
                self.found.push(
                    Diagnostic::error(
                        "flow-between-networks",
                        format!("flow {} leads to {at}, which is another network", flow.name),
                    )
                    .at(end.span)
                    .help("networks are not connected; name the addresses, or put both segments in one network"),
                );
                Vec::new()
            }
        }
    }
}

fn protocol_of(port: Port, ipv6: bool) -> (&'static str, Option<(u16, u16)>) {
    match port.transport {
        Transport::Tcp => ("tcp", Some((port.from, port.to))),
        Transport::Udp => ("udp", Some((port.from, port.to))),
        Transport::Icmp => (if ipv6 { "icmpv6" } else { "icmp" }, None),
    }
}

/// HTTPS to or from an endpoint, which declaring the endpoint implies.
pub(super) fn https(direction: Direction, peer: Peer, words: &str) -> Rule {
    Rule {
        direction,
        protocol: "tcp".to_owned(),
        ports: Some((443, 443)),
        peer,
        description: description(words),
        flow: Some(ENDPOINTS.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_hold_what_aws_takes() {
        assert_eq!(description("The client’s “gate” – Zürich?\nok"), "The clients gate - Z_rich_ ok");
        assert_eq!(description(&"a".repeat(400)).len(), 255);
        assert_eq!(description(&format!("{} tail", "a".repeat(254))), "a".repeat(254));
    }

    #[test]
    fn icmp_has_no_ports_and_a_name_for_each_family() {
        let icmp = Port { transport: Transport::Icmp, from: 0, to: 0 };
        assert_eq!(protocol_of(icmp, false), ("icmp", None));
        assert_eq!(protocol_of(icmp, true), ("icmpv6", None));
    }
}
