//! What can pass, and by what.

use std::fmt;

use ipnet::IpNet;
use serde::Serialize;

use super::endpoint_policy::PolicyScope;
use super::traffic::{Protocol, Traffic};
use crate::resource::{Address, Direction, Peer, Rule};

/// Packets that can pass from one place to another; answers to them come back by themselves.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Passage {
    pub protocol: Protocol,
    /// First and last destination port; none where the protocol has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ports: Option<(u16, u16)>,
    /// Where one end is outside: which of its addresses. Empty between places of the floor, and for an AWS service whose
    /// addresses only AWS knows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<IpNet>,
    /// All of what lets it through, sorted.
    pub by: Vec<Reason>,
}

impl Passage {
    /// Protocol and ports together.
    pub fn traffic(&self) -> Traffic {
        Traffic::new(self.protocol, self.ports)
    }
}

/// Something that lets packets through.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Reason {
    /// A rule of a security group.
    Rule {
        group: Address,
        direction: Direction,
        traffic: Traffic,
        peer: Peer,
        /// The flow that asks for it, where that is known: a live rule doesn't say.
        #[serde(skip_serializing_if = "Option::is_none")]
        flow: Option<String>,
        /// The rule's own words.
        description: String,
    },
    /// A route out of the network.
    Route { table: Address, destination: String, target: Address },
    /// Without one, nothing gets through an internet gateway over IPv4.
    PublicAddress { address: PublicAddress },
    /// Who may ask what of the service behind an endpoint.
    Policy { endpoint: Address, scope: PolicyScope },
}

/// Whether a machine can be known by a public address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicAddress {
    /// A seat that has none, or an endpoint.
    No,
    /// A machine that is none of ours: a gateway, a file server.
    Possible,
    /// A seat that has one.
    Yes,
}

impl Reason {
    /// That rule of that group.
    pub fn rule(group: &Address, rule: &Rule) -> Self {
        Self::Rule {
            group: group.clone(),
            direction: rule.direction,
            traffic: Traffic::of(rule),
            peer: rule.peer.clone(),
            flow: rule.flow.clone(),
            description: rule.description.clone(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rule { group, direction, traffic, peer, flow, description } => {
                let way = if *direction == Direction::Egress { "out to" } else { "in from" };
                write!(f, "{group} lets {traffic} {way} {peer}")?;
                match flow {
                    Some(flow) => write!(f, " (flow {flow})"),
                    None if description.is_empty() => f.write_str(" (a rule without words)"),
                    None => write!(f, " ({description:?})"),
                }
            }
            Self::Route { table, destination, target } => write!(f, "{table} sends {destination} to {target}"),
            Self::PublicAddress { address: PublicAddress::Yes } => f.write_str("a seat there has a public address"),
            Self::PublicAddress { .. } => f.write_str("a machine there may have a public address"),
            Self::Policy { endpoint, scope } => write!(f, "the policy of {endpoint} {scope}"),
        }
    }
}
