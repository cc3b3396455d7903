//! Networks: segments, the subnets cut for them, and the flows that are open.

use std::fmt;

use ipnet::{IpNet, Ipv4Net};

use super::{BlockKind, BlockRef, EndpointService, Name, Tier, Transport, Zone};
use crate::blueprint::{Span, Spanned};

/// A network of its own: nothing enters or leaves but by its flows and endpoints.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    pub name: Spanned<Name<Network>>,
    pub cidr: Spanned<Ipv4Net>,
    pub zones: Vec<Spanned<Zone>>,
    /// Subnets cut for each segment: room for zones to come.
    pub zone_room: Spanned<u32>,
    pub segments: Vec<Segment>,
    pub flows: Vec<Flow>,
    pub endpoints: Vec<Spanned<EndpointService>>,
    pub flow_logs: FlowLogs,
}

impl Network {
    pub fn segment(&self, name: &Name<Segment>) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.name.value == *name)
    }

    /// Where interface endpoints live: the first service segment, else the first content one.
    pub fn endpoint_segment(&self) -> Option<&Segment> {
        let first = |tier| self.segments.iter().find(|segment| segment.tier.value == tier);
        first(Tier::Service).or_else(|| first(Tier::Content))
    }

    /// How many interface endpoints there are: each takes an address in every zone.
    pub fn interface_endpoints(&self) -> usize {
        self.endpoints.iter().filter(|service| !service.is_gateway()).count()
    }
}

/// One subnet a zone, one security group, and the route table of its tier.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    pub name: Spanned<Name<Segment>>,
    pub tier: Spanned<Tier>,
    pub cut: Spanned<Cut>,
    /// One a zone, in the order of the network's zones.
    pub subnets: Vec<Subnet>,
}

/// How a segment's subnets come about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cut {
    /// Cut from the network's addresses as `cidrsubnets` does, so many bits longer.
    Newbits(u32),
    /// Written down, one a zone: they stay where they are whatever else changes.
    Pinned,
}

/// A segment's part in one zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subnet {
    pub zone: Zone,
    pub cidr: Ipv4Net,
}

/// `network.<network>.<segment>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SegmentRef {
    pub network: Name<Network>,
    pub segment: Name<Segment>,
}

impl SegmentRef {
    pub fn reference(&self) -> BlockRef {
        BlockRef::new(BlockKind::Network, self.network.as_str()).part(self.segment.as_str())
    }
}

impl fmt::Display for SegmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "network.{}.{}", self.network, self.segment)
    }
}

/// The one way to open anything: everything else is denied, in and out.
#[derive(Debug, Clone, PartialEq)]
pub struct Flow {
    pub name: Spanned<Name<Flow>>,
    pub from: Spanned<Peer>,
    pub to: Spanned<Peer>,
    pub ports: Vec<Spanned<Port>>,
    /// The whole text; AWS gets it in its characters and cut at 255.
    pub reason: Spanned<String>,
}

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peer {
    Segment(SegmentRef),
    /// Addresses, v4 or v6; never empty.
    Cidrs(Vec<IpNet>),
    PrefixList(Name<PrefixList>),
}

impl Peer {
    pub fn segment(&self) -> Option<&SegmentRef> {
        match self {
            Self::Segment(segment) => Some(segment),
            Self::Cidrs(_) | Self::PrefixList(_) => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(segment) => segment.fmt(f),
            Self::PrefixList(name) => write!(f, "prefix_list.{name}"),
            Self::Cidrs(cidrs) => {
                let cidrs: Vec<_> = cidrs.iter().map(ToString::to_string).collect();
                f.write_str(&cidrs.join(", "))
            }
        }
    }
}

/// A range of ports, as `tcp/443`, `udp/5000-5010` or `icmp` write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    pub transport: Transport,
    /// First port, 1 to 65535; 0 for `icmp`, which has none.
    pub from: u16,
    /// Last port.
    pub to: u16,
}

impl Port {
    /// The form that a text must have, in words.
    pub const FORM: &'static str = "a port such as tcp/443, udp/5000-5010 or icmp";

    /// The port or range of that text; an error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        if text == Transport::Icmp.as_str() {
            return Ok(Self { transport: Transport::Icmp, from: 0, to: 0 });
        }
        let (transport, range) = text.split_once('/').ok_or(Self::FORM)?;
        let transport = match Transport::parse(transport) {
            Some(transport @ (Transport::Tcp | Transport::Udp)) => transport,
            Some(Transport::Icmp) => return Err("icmp without a port"),
            None => return Err("tcp, udp or icmp"),
        };
        let number = |text: &str| match text.parse::<u16>() {
            Ok(port @ 1..) if text.bytes().all(|b| b.is_ascii_digit()) => Ok(port),
            _ => Err("ports from 1 to 65535"),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None => (number(range)?, number(range)?),
        };
        if from > to { Err("a range whose first port is not above its last") } else { Ok(Self { transport, from, to }) }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.transport {
            Transport::Icmp => f.write_str("icmp"),
            transport if self.from == self.to => write!(f, "{transport}/{}", self.from),
            transport => write!(f, "{transport}/{}-{}", self.from, self.to),
        }
    }
}

/// The flow log of a network; there is always one.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowLogs {
    /// One of the retentions that CloudWatch Logs knows.
    pub retention_days: Spanned<u32>,
}

/// A managed prefix list: one rule, many addresses.
#[derive(Debug, Clone)]
pub struct PrefixList {
    pub name: Spanned<Name<PrefixList>>,
    /// Sorted by address.
    pub entries: Vec<PrefixEntry>,
    /// Where the entries are written.
    pub entries_span: Span,
}

impl PartialEq for PrefixList {
    /// Two lists are equal wherever they stand.
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.entries == other.entries
    }
}

/// One address range of a prefix list, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrefixEntry {
    pub cidr: IpNet,
    pub description: String,
}
