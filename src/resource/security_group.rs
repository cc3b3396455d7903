//! What may talk to what: a segment's own firewall. Default is deny, in and out.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::fields::flatten;
use super::kind::tagged;
use super::{Address, Effect, Fields, Kind, Link, Spec, Tags};

/// Which way a rule lets packets through; answers always pass, for groups are stateful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    Ingress,
    Egress,
}

/// The other end of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Peer {
    /// An IPv4 or IPv6 range.
    Cidr(String),
    Group(Address),
    PrefixList(Address),
}

/// One rule: a flow opens a rule in each group that it touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub direction: Direction,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, or `-1` for all.
    pub protocol: String,
    /// First and last port; none where the protocol has none or all are meant.
    pub ports: Option<(u16, u16)>,
    pub peer: Peer,
    /// At most 255 of the characters that AWS allows.
    pub description: String,
    /// The flow that asks for it; none for a live rule that no flow explains.
    pub flow: Option<String>,
}

impl Rule {
    /// What makes two rules the same to AWS: everything but the words.
    pub fn key(&self) -> (Direction, &str, Option<(u16, u16)>, &Peer) {
        (self.direction, &self.protocol, self.ports, &self.peer)
    }

    /// Protocol and ports in the blueprint's words: `tcp/8443`, `udp/5000-5010`, `icmp`, `all`.
    pub fn port_words(&self) -> String {
        let protocol = if self.protocol == "-1" { "all" } else { &self.protocol };
        match self.ports {
            None => protocol.to_owned(),
            Some((from, to)) if from == to => format!("{protocol}/{from}"),
            Some((from, to)) => format!("{protocol}/{from}-{to}"),
        }
    }

    /// The field's path: named by direction, flow, port and peer.
    fn path(&self) -> String {
        let (direction, preposition) = match self.direction {
            Direction::Ingress => ("ingress", "from"),
            Direction::Egress => ("egress", "to"),
        };
        let flow = self.flow.as_deref().unwrap_or("undeclared");
        format!("rules.{direction}.{flow} {} {preposition} {}", self.port_words(), self.peer)
    }
}

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.key(), &self.description, &self.flow).cmp(&(other.key(), &other.description, &other.flow))
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Cidr(cidr) => f.write_str(cidr),
            Peer::Group(address) | Peer::PrefixList(address) => address.fmt(f),
        }
    }
}

/// A security group with all of its rules.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub vpc: Address,
    /// Unique in its network, and fixed.
    pub name: String,
    pub description: String,
    /// Sorted, no two with the same key.
    pub rules: Vec<Rule>,
    pub tags: Tags,
}

impl Spec for SecurityGroup {
    const KIND: Kind = Kind::SecurityGroup;

    fn effect_of(field: &str) -> Effect {
        match field {
            "vpc" | "name" | "description" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        let peers = self.rules.iter().filter_map(|rule| match &rule.peer {
            Peer::Cidr(_) => None,
            Peer::Group(address) | Peer::PrefixList(address) => Some(Link::late("rules", address)),
        });
        std::iter::once(Link::fixed("vpc", &self.vpc)).chain(peers).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vpc = to(&self.vpc);
        for rule in &mut self.rules {
            if let Peer::Group(address) | Peer::PrefixList(address) = &mut rule.peer {
                *address = to(address);
            }
        }
        self.rules.sort();
    }

    tagged!();

    /// A live rule doesn't say which flow it serves: one that a flow explains takes its name.
    fn settle(desired: &mut Self, live: &mut Self) {
        for rule in &mut live.rules {
            let explained = desired.rules.iter().find(|wanted| wanted.key() == rule.key());
            rule.flow = explained.and_then(|wanted| wanted.flow.clone());
            // Some servers keep no words with a prefix list's rule; what isn't reported can't be held against it.
            if let (Some(explained), Peer::PrefixList(_), "") = (explained, &rule.peer, rule.description.as_str()) {
                rule.description.clone_from(&explained.description);
            }
        }
    }

    fn fields(&self) -> Fields {
        let mut plain = self.clone();
        plain.rules.clear();
        let mut fields = flatten(&plain);
        fields.remove("rules");
        fields.extend(self.rules.iter().map(|rule| (rule.path(), Value::String(rule.description.clone()))));
        fields
    }

    /// Rules without the names of their flows.
    fn marked_fields(&self) -> Fields {
        let mut nameless = self.clone();
        nameless.rules.iter_mut().for_each(|rule| rule.flow = None);
        nameless.fields()
    }
}
