//! VDI-NET: what may talk to what, and where packets may go.

use std::collections::BTreeSet;

use super::routes::{Target, is_default, is_edge, target};
use super::rules::{opens, to_anywhere, words};
use super::{Check, account_switch, state, switch, watch};
use crate::blueprint::model::Tier;
use crate::controls::coverage::lists_of;
use crate::controls::examination::{Examination, Problem, unless};
use crate::controls::floor::Floor;
use crate::controls::policy;
use crate::controls::reach::{Place, Reason};
use crate::resource::{Address, Direction, EndpointType, Kind, Peer, Rule};

pub const CHECKS: &[Check] = &[
    state(
        "VDI-NET-01",
        &[watch(Kind::Seat, "public_address"), watch(Kind::Subnet, "public_addresses")],
        no_public_address,
    ),
    state(
        "VDI-NET-02",
        &[watch(Kind::RouteTable, "routes"), watch(Kind::RouteTable, "subnets"), watch(Kind::Subnet, "")],
        no_route_out,
    ),
    state("VDI-NET-03", &[watch(Kind::SecurityGroup, "rules.egress"), LISTS], egress),
    state("VDI-NET-04", &[watch(Kind::SecurityGroup, "rules.ingress"), LISTS], ingress),
    state("VDI-NET-05", &[watch(Kind::Vpc, "default_group_empty"), watch(Kind::SecurityGroup, "rules")], no_defaults),
    state("VDI-NET-06", &[watch(Kind::SecurityGroup, "rules"), LISTS], lateral),
    state(
        "VDI-NET-07",
        &[watch(Kind::RouteTable, "routes"), watch(Kind::SecurityGroup, "rules"), watch(Kind::Seat, "segments")],
        isolated,
    ),
    state("VDI-NET-08", &[watch(Kind::VpcEndpoint, "policy"), watch(Kind::VpcEndpoint, "private_dns")], endpoints),
    state("VDI-NET-09", &[watch(Kind::RouteTable, "routes")], brokered),
    state(
        "VDI-NET-12",
        &[watch(Kind::SecurityGroup, "rules.ingress"), watch(Kind::Seat, "key_pair"), switch("serial_console")],
        no_remote_administration,
    ),
];

/// Rules name lists, and what is in a list is what they open.
const LISTS: super::Watch = watch(Kind::PrefixList, "entries");

fn unread(floor: &Floor<'_>, kind: Kind) -> bool {
    floor.unreadable.iter().any(|gap| gap.kind == kind)
}

fn no_public_address(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, seat) in floor.seats() {
        to.hold(address, !seat.public_address, || Problem::new("has a public address", "none", "a public address"));
    }
    for (address, subnet) in floor.subnets().filter(|(address, _)| floor.tier_of(address) != Some(Tier::Edge)) {
        to.hold(address, !subnet.public_addresses, || {
            Problem::new("gives a public address to whatever starts in it", "none", "public addresses")
        });
    }
}

fn no_route_out(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, table) in floor.route_tables().filter(|(address, table)| !is_edge(floor, address, table)) {
        let out = table.routes.iter().filter(|(destination, at)| match target(floor, at) {
            Target::Internet => true,
            Target::Endpoint => false,
            Target::Elsewhere => is_default(destination),
        });
        let problems = out.map(|(destination, at)| {
            let words = format!("leads {destination} to {at}, and content follows it");
            Problem::new(words, "no route to the internet", format!("{destination} to {at}"))
        });
        to.look(address, problems.collect());
    }
    // What routes and rules together let through: the proof that nothing does.
    for address in floor.seat_groups() {
        let paths = floor.reach().internet_paths(&address).into_iter().map(|path| {
            let by: Vec<String> = path.by.iter().map(ToString::to_string).collect();
            let there =
                if path.to == Place::Internet { "reaches the internet" } else { "is reached from the internet" };
            let words = format!("{there} by {}: {}", path.traffic, by.join("; "));
            Problem::new(words, "no path to or from the internet", path.traffic)
        });
        to.look(&address, paths.collect());
    }
    if unread(floor, Kind::RouteTable) {
        return;
    }
    let followed: BTreeSet<&Address> = floor.route_tables().flat_map(|(_, table)| &table.subnets).collect();
    for (address, _) in floor.subnets().filter(|(address, _)| floor.tier_of(address) != Some(Tier::Edge)) {
        to.hold(address, followed.contains(address), || {
            let words = "follows the network's main route table, which nobody declares";
            Problem::new(words, "a route table of the production", "the main one")
        });
    }
}

/// A problem with a rule, which an exception to the lists that its flow names covers too.
fn of_rule(floor: &Floor<'_>, rule: &Rule, what: &str, expected: &str) -> Problem {
    Problem::new(format!("lets {}, {what}", words(rule)), expected, words(rule))
        .also(lists_of(floor, rule.flow.as_deref()))
}

fn egress(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, group) in floor.groups() {
        let anywhere = to_anywhere(floor, address, group, Direction::Egress);
        let mut problems = Vec::new();
        for (at, rule) in group.rules.iter().enumerate().filter(|(_, rule)| rule.direction == Direction::Egress) {
            let what = if rule.protocol == "-1" {
                "which is every protocol"
            } else if anywhere.contains(&at) {
                "which is too much of the internet"
            } else if rule.flow.is_none() {
                "which no flow declares"
            } else {
                continue;
            };
            problems.push(of_rule(floor, rule, what, "declared ports and destinations"));
        }
        to.look(address, problems);
    }
}

fn ingress(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let workstations = floor.seat_groups();
    for (address, group) in floor.groups() {
        let anywhere = to_anywhere(floor, address, group, Direction::Ingress);
        let mut problems = Vec::new();
        if workstations.contains(address) && floor.tier_of(address) == Some(Tier::Edge) {
            problems.push(Problem::new("holds workstations in the edge", "workstations behind a gateway", "edge"));
        }
        for (at, rule) in group.rules.iter().enumerate().filter(|(_, rule)| rule.direction == Direction::Ingress) {
            let what = if anywhere.contains(&at) {
                Some("which is too much of the internet".to_owned())
            } else if rule.flow.is_none() {
                Some("which no flow declares".to_owned())
            } else if workstations.contains(address) {
                past_the_gateway(floor, address, rule, &workstations)
            } else {
                None
            };
            if let Some(what) = what {
                problems.push(of_rule(floor, rule, &what, "the gateway, on the display's port"));
            }
        }
        to.look(address, problems);
    }
}

/// Why a rule that lets something into workstations is none of the gateway's; none where it is.
fn past_the_gateway(
    floor: &Floor<'_>,
    address: &Address,
    rule: &Rule,
    workstations: &BTreeSet<Address>,
) -> Option<String> {
    match &rule.peer {
        // Workstation to workstation is lateral isolation's.
        Peer::Group(from) if workstations.contains(from) => None,
        Peer::Group(from) if floor.tier_of(from) != Some(Tier::Edge) => Some("which is no gateway".to_owned()),
        Peer::Group(_) => {
            let at = floor.segment_of(address)?;
            let mut ports = floor.blueprint.pools_in(&at).filter_map(|pool| floor.blueprint.get(&pool.display.value));
            let streams =
                |port: u16| rule.ports == Some((port, port)) && matches!(rule.protocol.as_str(), "tcp" | "udp");
            let is_display = ports.any(|display| streams(display.port.value));
            (!is_display).then(|| "which is no display's port".to_owned())
        }
        Peer::Cidr(_) | Peer::PrefixList(_) => Some("past the gateway".to_owned()),
    }
}

/// Protocols that speak in clear, by port. Source: IANA service names and port numbers.
const CLEAR: &[(u16, &str)] = &[
    (20, "FTP"),
    (21, "FTP"),
    (23, "Telnet"),
    (69, "TFTP"),
    (80, "HTTP"),
    (139, "NetBIOS"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh"),
    (5900, "VNC"),
];

fn no_defaults(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, vpc) in floor.vpcs() {
        to.hold(address, vpc.default_group_empty, || {
            Problem::new("has rules in its default group", "no rule", "open by default")
        });
    }
    for (address, group) in floor.groups() {
        let mut problems = Vec::new();
        for rule in &group.rules {
            // To fetch over HTTP from a declared place is another matter than to serve it.
            let asks = |port: u16| opens(rule, port) && !(port == 80 && rule.direction == Direction::Egress);
            if let Some((port, name)) = CLEAR.iter().find(|(port, _)| asks(*port)) {
                let what = format!("which opens {name} (port {port}), in clear");
                problems.push(of_rule(floor, rule, &what, "encrypted protocols"));
            }
        }
        to.look(address, problems);
    }
}

fn lateral(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let workstations = floor.seat_groups();
    for (address, group) in floor.groups() {
        let mut problems = Vec::new();
        for rule in &group.rules {
            let Peer::Group(peer) = &rule.peer else { continue };
            let what = if peer == address {
                "which is itself"
            } else if workstations.contains(address) && workstations.contains(peer) {
                "which holds workstations too"
            } else {
                continue;
            };
            problems.push(of_rule(floor, rule, what, "no way from workstation to workstation"));
        }
        // A range that holds the workstations' own addresses is a way too, where both ends are open to it.
        let place = Place::Segment(address.clone());
        let others = workstations.iter().filter(|_| workstations.contains(address));
        for other in others {
            let by_ranges =
                floor.reach().between(&place, &Place::Segment(other.clone())).into_iter().filter(|passage| {
                    let by_group = |reason: &Reason| matches!(reason, Reason::Rule { peer: Peer::Group(_), .. });
                    !passage.by.iter().any(by_group)
                });
            problems.extend(by_ranges.map(|passage| {
                let by: Vec<String> = passage.by.iter().map(ToString::to_string).collect();
                let words = format!("reaches workstations of {other} by {}: {}", passage.traffic(), by.join("; "));
                Problem::new(words, "no way from workstation to workstation", passage.traffic())
            }));
        }
        to.look(address, problems);
    }
}

fn isolated(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, table) in floor.route_tables() {
        let away = table.routes.iter().filter(|(_, at)| target(floor, at) == Target::Elsewhere);
        let problems = away.map(|(destination, at)| {
            let words = format!("leads {destination} to {at}, out of the production's network");
            Problem::new(words, "routes within the network", format!("{destination} to {at}"))
        });
        to.look(address, problems.collect());
    }
    if !unread(floor, Kind::SecurityGroup) {
        for (address, group) in floor.groups() {
            let foreign = group
                .rules
                .iter()
                .filter(|rule| matches!(&rule.peer, Peer::Group(peer) if !floor.resources.contains_key(peer)));
            let problems =
                foreign.map(|rule| of_rule(floor, rule, "which is no group of the production", "own groups"));
            to.look(address, problems.collect());
        }
    }
    for (address, seat) in floor.seats() {
        let Some((pool, _)) = address.slot() else { continue };
        let Some(pool) = floor.blueprint.pools.iter().find(|one| one.name.as_str() == pool) else { continue };
        let own = Address::new(pool.segment.value.to_string());
        let more = seat.segments.iter().find(|group| **group != own);
        let problem = more.map(|group| Problem::new(format!("bears the group {group}"), &own, group));
        to.look(address, problem.into_iter().collect());
    }
}

fn endpoints(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, endpoint) in floor.endpoints() {
        let mut problems: Vec<Problem> = policy::leaks(&endpoint.policy)
            .into_iter()
            .map(|words| Problem::new(format!("has a policy whose {words}"), "this account alone", words))
            .collect();
        let private = endpoint.endpoint_type == EndpointType::Gateway || endpoint.private_dns;
        problems.extend(unless(private, || {
            Problem::new("has no private name, so that programs look for the public one", "private names", "none")
        }));
        to.look(address, problems);
    }
    if floor.endpoints().next().is_none() {
        to.nothing("There is no endpoint, and no other way to AWS either.");
    }
}

fn brokered(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let mut any = false;
    for (address, table) in floor.route_tables().filter(|(address, table)| !is_edge(floor, address, table)) {
        let out: Vec<_> = table
            .routes
            .iter()
            .filter(|(destination, at)| is_default(destination) || target(floor, at) == Target::Internet)
            .collect();
        if out.is_empty() {
            continue;
        }
        any = true;
        let past = out.into_iter().filter(|(_, at)| target(floor, at) != Target::Endpoint).map(|(destination, at)| {
            let words = format!("leads {destination} to {at} past any broker");
            Problem::new(words, "a firewall's endpoint", at)
        });
        to.look(address, past.collect());
    }
    if !any {
        to.nothing("No segment with content or services has a way to the internet.");
    }
}

/// Ports of remote administration. Source: IANA service names and port numbers.
const REMOTE: &[(u16, &str)] = &[(22, "SSH"), (3389, "RDP"), (5985, "WinRM"), (5986, "WinRM")];

fn no_remote_administration(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, group) in floor.groups() {
        let mut problems = Vec::new();
        for rule in group.rules.iter().filter(|rule| rule.direction == Direction::Ingress) {
            if let Some((port, name)) = REMOTE.iter().find(|(port, _)| opens(rule, *port)) {
                let what = format!("which opens {name} (port {port})");
                problems.push(of_rule(floor, rule, &what, "Session Manager"));
            }
        }
        to.look(address, problems);
    }
    for (address, seat) in floor.seats() {
        let problem = seat
            .key_pair
            .as_ref()
            .map(|name| Problem::new(format!("takes whoever holds the key pair {name}"), "no key pair", name));
        to.look(address, problem.into_iter().collect());
    }
    account_switch(to, "serial_console", "off", "lets serial consoles be reached");
}
