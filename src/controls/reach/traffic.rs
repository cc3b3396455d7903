//! Protocols and ports: what a rule speaks of.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::resource::Rule;

/// An IP protocol, as rules name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// Every protocol: `-1` in a rule.
    All,
    Tcp,
    Udp,
    Icmp,
    Icmpv6,
    /// Another one by its number. Source: IANA Assigned Internet Protocol Numbers.
    Number(u8),
}

impl Protocol {
    /// The protocol of a rule. What no protocol is known by is taken for all: more rather than less.
    pub fn parse(word: &str) -> Self {
        match word {
            "tcp" | "6" => Self::Tcp,
            "udp" | "17" => Self::Udp,
            "icmp" | "1" => Self::Icmp,
            "icmpv6" | "58" => Self::Icmpv6,
            other => other.parse().map_or(Self::All, Self::Number),
        }
    }

    /// Whether packets of it have ports.
    pub fn has_ports(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp)
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Icmp => f.write_str("icmp"),
            Self::Icmpv6 => f.write_str("icmpv6"),
            Self::Number(number) => write!(f, "protocol {number}"),
        }
    }
}

impl Serialize for Protocol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A protocol, and a range of its ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Traffic {
    pub protocol: Protocol,
    /// First and last port; every port where the protocol has none.
    pub ports: (u16, u16),
}

/// Every port.
const ALL_PORTS: (u16, u16) = (0, u16::MAX);

impl Traffic {
    pub fn new(protocol: Protocol, ports: Option<(u16, u16)>) -> Self {
        let ports = ports.filter(|_| protocol.has_ports()).unwrap_or(ALL_PORTS);
        Self { protocol, ports }
    }

    /// What a rule speaks of. A rule may name single types of ICMP; they are taken for all of it.
    pub fn of(rule: &Rule) -> Self {
        Self::new(Protocol::parse(&rule.protocol), rule.ports)
    }

    /// What both speak of.
    pub fn meet(self, other: Self) -> Option<Self> {
        let protocol = match (self.protocol, other.protocol) {
            (Protocol::All, protocol) | (protocol, Protocol::All) => protocol,
            (one, two) if one == two => one,
            _ => return None,
        };
        let ports = (self.ports.0.max(other.ports.0), self.ports.1.min(other.ports.1));
        (ports.0 <= ports.1).then_some(Self { protocol, ports })
    }

    /// Whether all that the other speaks of is within this.
    pub fn covers(self, other: Self) -> bool {
        (self.protocol == Protocol::All || self.protocol == other.protocol)
            && self.ports.0 <= other.ports.0
            && other.ports.1 <= self.ports.1
    }

    /// Whether a packet of that protocol to that port is within this.
    pub fn has(self, protocol: Protocol, port: u16) -> bool {
        self.covers(Self { protocol, ports: (port, port) })
    }
}

impl fmt::Display for Traffic {
    /// `tcp/8443`, `udp/5000-5010`, `tcp` for all of its ports, `icmp`, `all`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = self.ports;
        match self.protocol {
            protocol if !protocol.has_ports() || self.ports == ALL_PORTS => protocol.fmt(f),
            protocol if first == last => write!(f, "{protocol}/{first}"),
            protocol => write!(f, "{protocol}/{first}-{last}"),
        }
    }
}

impl Serialize for Traffic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(first: u16, last: u16) -> Traffic {
        Traffic::new(Protocol::Tcp, Some((first, last)))
    }

    #[test]
    fn what_two_rules_have_in_common() {
        let all = Traffic::new(Protocol::All, None);
        assert_eq!(tcp(80, 443).meet(tcp(400, 500)), Some(tcp(400, 443)));
        assert_eq!(tcp(80, 80).meet(tcp(443, 443)), None);
        assert_eq!(all.meet(tcp(22, 22)), Some(tcp(22, 22)));
        assert_eq!(Traffic::new(Protocol::Udp, None).meet(tcp(1, 9)), None);
        assert!(all.covers(tcp(22, 22)) && !tcp(22, 22).covers(all));
    }

    #[test]
    fn words_are_those_of_the_blueprint() {
        let icmp = Traffic::new(Protocol::Icmp, Some((8, 0)));
        let words = [tcp(22, 22), tcp(5000, 5010), tcp(0, 65535), icmp, Traffic::new(Protocol::parse("50"), None)];
        assert_eq!(words.map(|one| one.to_string()), ["tcp/22", "tcp/5000-5010", "tcp", "icmp", "protocol 50"]);
        assert_eq!(Protocol::parse("-1"), Protocol::All);
        assert_eq!(Protocol::parse("6"), Protocol::Tcp);
    }
}
