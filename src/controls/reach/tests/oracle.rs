//! The analysis held against brute force: packet by packet, with no sets, on small floors drawn by chance.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};
use proptest::prelude::*;

use super::*;
use crate::resource::{InternetGateway, PrefixList, Seat, Subnet, Tags, Vpc};

/// Ranges that rules may name: within the network, across its border, outside, everything.
const RANGES: &[&str] = &[
    "10.0.0.0/28",
    "10.0.0.8/29",
    "10.0.0.16/28",
    "10.0.0.0/27",
    "10.0.0.24/30",
    "9.0.0.0/7",
    "203.0.113.0/24",
    "203.0.113.128/25",
    "0.0.0.0/0",
    "172.16.0.0/12",
];
/// Addresses outside at the ranges' edges and between them.
const OUTSIDE: &[&str] = &[
    "8.255.255.255",
    "9.0.0.0",
    "10.0.0.64",
    "203.0.112.255",
    "203.0.113.0",
    "203.0.113.127",
    "203.0.113.128",
    "203.0.113.255",
    "172.16.0.0",
    "172.31.255.255",
    "172.32.0.0",
    "1.1.1.1",
];
const PROTOCOLS: &[&str] = &["tcp", "udp", "icmp", "-1", "50"];
const TARGETS: &[&str] = &["igw", "nat-1", "pcx-1", "igw-lost"];
const GROUPS: [&str; 3] = ["network.n.a", "network.n.b", "network.n.c"];
const SUBNETS: [(&str, &str); 3] =
    [("network.n.a/z", "10.0.0.0/28"), ("network.n.b/z", "10.0.0.16/28"), ("network.n.c/z", "10.0.0.32/28")];

#[derive(Debug, Clone)]
struct DrawnRule {
    group: usize,
    egress: bool,
    protocol: usize,
    ports: (u16, u16),
    /// A group, a range, or the list.
    peer: usize,
}

#[derive(Debug, Clone)]
struct DrawnFloor {
    rules: Vec<DrawnRule>,
    list: Vec<usize>,
    /// Of each subnet: destination and target.
    routes: Vec<(usize, usize, usize)>,
    /// Groups as bits, subnet, public.
    seats: Vec<(usize, usize, bool)>,
}

fn drawn() -> impl Strategy<Value = DrawnFloor> {
    let rule = (0_usize..3, any::<bool>(), 0..PROTOCOLS.len(), 0_u16..6, 0_u16..4, 0..RANGES.len() + 4).prop_map(
        |(group, egress, protocol, first, more, peer)| DrawnRule {
            group,
            egress,
            protocol,
            ports: (first, first + more),
            peer,
        },
    );
    (
        proptest::collection::vec(rule, 0..12),
        proptest::collection::vec(0..RANGES.len(), 0..3),
        proptest::collection::vec((0_usize..3, 0..RANGES.len(), 0..TARGETS.len()), 0..5),
        proptest::collection::vec((1_usize..8, 0_usize..3, any::<bool>()), 0..4),
    )
        .prop_map(|(rules, list, routes, seats)| DrawnFloor { rules, list, routes, seats })
}

fn peer(number: usize) -> Peer {
    match number {
        0..=2 => Peer::Group(GROUPS[number].into()),
        3 => Peer::PrefixList("prefix_list.l".into()),
        range => Peer::Cidr(RANGES[range - 4].to_owned()),
    }
}

fn resources(floor: &DrawnFloor) -> BTreeMap<Address, Resource> {
    let (vpc, tags) = (Address::from("network.n"), Tags::new());
    let mut all: BTreeMap<Address, Resource> = BTreeMap::new();
    let network = Vpc {
        cidr: "10.0.0.0/26".to_owned(),
        dns_support: true,
        dns_hostnames: true,
        default_group_empty: true,
        tags: tags.clone(),
    };
    all.insert(vpc.clone(), network.into());
    all.insert("igw".into(), InternetGateway { vpc: Some(vpc.clone()), tags: tags.clone() }.into());
    all.insert("igw-lost".into(), InternetGateway { vpc: None, tags: tags.clone() }.into());
    let entries = floor.list.iter().map(|range| (RANGES[*range].to_owned(), String::new())).collect();
    let list =
        PrefixList { name: "l".to_owned(), family: "IPv4".to_owned(), max_entries: 5, entries, tags: tags.clone() };
    all.insert("prefix_list.l".into(), list.into());
    for (at, (subnet, range)) in SUBNETS.iter().enumerate() {
        let spec = Subnet {
            vpc: vpc.clone(),
            cidr: (*range).to_owned(),
            zone: "z".to_owned(),
            public_addresses: false,
            tags: tags.clone(),
        };
        all.insert((*subnet).into(), spec.into());
        let own = floor.routes.iter().filter(|(of, _, _)| *of == at);
        let routes = own.map(|(_, to, target)| (RANGES[*to].to_owned(), Address::from(TARGETS[*target]))).collect();
        let table =
            RouteTable { vpc: vpc.clone(), routes, subnets: BTreeSet::from([(*subnet).into()]), tags: tags.clone() };
        all.insert(Address::new(format!("table{at}")), table.into());
        let rules = floor.rules.iter().filter(|rule| rule.group == at).map(|one| {
            let direction = if one.egress { Direction::Egress } else { Direction::Ingress };
            let protocol = PROTOCOLS[one.protocol];
            let ports = matches!(protocol, "tcp" | "udp").then_some(one.ports);
            rule(direction, protocol, ports, peer(one.peer))
        });
        let group = SecurityGroup {
            vpc: vpc.clone(),
            name: GROUPS[at].to_owned(),
            description: String::new(),
            rules: rules.collect(),
            tags: tags.clone(),
        };
        all.insert(GROUPS[at].into(), group.into());
    }
    for (slot, (groups, subnet, public)) in (1..).zip(&floor.seats) {
        let seat = Seat {
            image: String::new(),
            instance_types: Vec::new(),
            segments: bearing(*groups).map(Address::from).collect(),
            subnets: BTreeSet::from([SUBNETS[*subnet].0.into()]),
            profile: None,
            user_data: None,
            metadata_token_required: true,
            metadata_hop_limit: 1,
            metadata_tags: true,
            public_address: *public,
            key_pair: None,
            ebs_optimized: true,
            detailed_monitoring: false,
            protect: false,
            tags: tags.clone(),
        };
        all.insert(Address::seat("p", slot), seat.into());
    }
    all
}

fn bearing(groups: usize) -> impl Iterator<Item = &'static str> {
    GROUPS.iter().enumerate().filter(move |(at, _)| groups & (1 << at) != 0).map(|(_, group)| *group)
}

/// A machine of the oracle: its groups as bits, its subnet, and whether it can have a public address.
#[derive(Debug, Clone, Copy)]
struct Machine(usize, usize, bool);

#[derive(Debug, Clone, Copy)]
struct Packet {
    protocol: &'static str,
    port: u16,
}

impl DrawnFloor {
    /// Seats, and in a segment without seats anything that bears its group.
    fn machines(&self) -> Vec<Machine> {
        let mut all: Vec<Machine> =
            self.seats.iter().map(|(groups, at, public)| Machine(*groups, *at, *public)).collect();
        let born: usize = self.seats.iter().fold(0, |all, (groups, _, _)| all | groups);
        all.extend((0..3).filter(|at| born & (1 << at) == 0).map(|at| Machine(1 << at, at, true)));
        all
    }

    fn list_has(&self, address: IpAddr) -> bool {
        self.list.iter().any(|range| in_range(RANGES[*range], address))
    }

    /// Whether any rule of a machine lets the packet through to or from there. `other` is a machine's groups, or none.
    fn lets(&self, machine: Machine, egress: bool, packet: Packet, address: IpAddr, other: usize) -> bool {
        self.rules.iter().any(|rule| {
            let protocol = PROTOCOLS[rule.protocol];
            let has_ports = matches!(protocol, "tcp" | "udp");
            machine.0 & (1 << rule.group) != 0
                && rule.egress == egress
                && (protocol == "-1" || protocol == packet.protocol)
                && (!has_ports || (rule.ports.0 <= packet.port && packet.port <= rule.ports.1))
                && match rule.peer {
                    group @ 0..=2 => other & (1 << group) != 0,
                    3 => self.list_has(address),
                    range => in_range(RANGES[range - 4], address),
                }
        })
    }

    /// The target of the longest prefix that holds the address; later routes to one destination replace earlier ones.
    fn target(&self, subnet: usize, address: IpAddr) -> Option<&'static str> {
        if in_range("10.0.0.0/26", address) {
            return None;
        }
        let own: BTreeMap<&str, &str> = self
            .routes
            .iter()
            .filter(|(of, _, _)| *of == subnet)
            .map(|(_, to, target)| (RANGES[*to], TARGETS[*target]))
            .collect();
        let holding = own.into_iter().filter(|(to, _)| in_range(to, address));
        holding.max_by_key(|(to, _)| to.parse::<IpNet>().map_or(0, |net| net.prefix_len())).map(|(_, target)| target)
    }

    fn passes_within(&self, from: usize, to: usize, packet: Packet) -> bool {
        let machines = self.machines();
        machines.iter().filter(|one| one.0 & (1 << from) != 0).any(|source| {
            machines.iter().filter(|one| one.0 & (1 << to) != 0).any(|target| {
                hosts(source.1).any(|source_address| self.lets(*target, false, packet, source_address, source.0))
                    && hosts(target.1).any(|target_address| self.lets(*source, true, packet, target_address, target.0))
            })
        })
    }

    fn passes_outside(&self, at: usize, egress: bool, packet: Packet, address: IpAddr) -> bool {
        self.machines().iter().filter(|one| one.0 & (1 << at) != 0).any(|machine| {
            let way = match self.target(machine.1, address) {
                Some("igw") => machine.2,
                Some("nat-1") => egress,
                Some("pcx-1") => true,
                _ => false,
            };
            way && self.lets(*machine, egress, packet, address, 0)
        })
    }
}

fn in_range(range: &str, address: IpAddr) -> bool {
    range.parse::<IpNet>().is_ok_and(|net| net.contains(&address))
}

fn hosts(subnet: usize) -> impl Iterator<Item = IpAddr> {
    let net: Ipv4Net = SUBNETS[subnet].1.parse().expect("a range");
    let first = net.network().to_bits();
    (first..first + 16).map(|address| IpAddr::V4(Ipv4Addr::from_bits(address)))
}

fn packets() -> impl Iterator<Item = Packet> {
    ["tcp", "udp", "icmp", "50", "47"].into_iter().flat_map(|protocol| {
        let last = if matches!(protocol, "tcp" | "udp") { 10 } else { 0 };
        (0..=last).map(move |port| Packet { protocol, port })
    })
}

/// Whether the analysis says that the packet passes, between two places of the floor or with that address outside.
fn said(passages: &[Passage], packet: Packet, address: Option<IpAddr>) -> bool {
    passages.iter().any(|one| {
        one.traffic().has(Protocol::parse(packet.protocol), packet.port)
            && address.is_none_or(|address| one.addresses.iter().any(|range| range.contains(&address)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_analysis_agrees_with_every_packet(floor in drawn()) {
        let reach = Reach::of(&resources(&floor));
        for (from, from_group) in GROUPS.iter().enumerate() {
            let here = Place::segment(from_group);
            for (to, to_group) in GROUPS.iter().enumerate() {
                let passages = reach.between(&here, &Place::segment(to_group));
                for packet in packets() {
                    prop_assert_eq!(said(&passages, packet, None), floor.passes_within(from, to, packet), "{} to {}: {:?}", from_group, to_group, packet);
                }
            }
            for everything in ["0.0.0.0/0", "9.0.0.0/7", "172.16.0.0/12"] {
                let range: IpNet = everything.parse().expect("a range");
                let outside = Place::Range(range);
                let (out, into) = (reach.between(&here, &outside), reach.between(&outside, &here));
                for address in OUTSIDE.iter().filter_map(|one| one.parse::<IpAddr>().ok()).filter(|one| range.contains(one)) {
                    for packet in packets() {
                        prop_assert_eq!(said(&out, packet, Some(address)), floor.passes_outside(from, true, packet, address), "{} to {}: {:?}", from_group, address, packet);
                        prop_assert_eq!(said(&into, packet, Some(address)), floor.passes_outside(from, false, packet, address), "{} from {}: {:?}", from_group, address, packet);
                    }
                }
            }
        }
    }
}
