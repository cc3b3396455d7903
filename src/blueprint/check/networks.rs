//! Networks, their zones and subnets.

use ipnet::Ipv4Net;

use crate::blueprint::data::logs::RETENTION_DAYS;
use crate::blueprint::data::network::{MOST_SUBNETS, PREFIXES};
use crate::blueprint::data::regions::is_known;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Blueprint, Network, Segment};
use crate::blueprint::source::Spanned;

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for network in &blueprint.networks {
        size(network, findings);
        zones_of_the_region(blueprint, network, findings);
        zones_once(network, findings);
        endpoints_once(network, findings);
        endpoints_have_a_place(network, findings);
        subnets_apart(network, findings);
        subnet_count(network, findings);
        retention(network, findings);
    }
}

fn size(network: &Network, findings: &Findings) {
    if is_sound(&network.cidr) && !PREFIXES.contains(&network.cidr.prefix_len()) {
        findings.push(
            Diagnostic::error("network-size", format!("the network {} has a size that AWS has not", network.cidr))
                .at(network.cidr.span)
                .help(format!("/{} is the largest, /{} the smallest", PREFIXES.start(), PREFIXES.end())),
        );
    }
}

fn zones_of_the_region(blueprint: &Blueprint, network: &Network, findings: &Findings) {
    let region = &blueprint.production.region;
    // The zones of a region that was reported are unknown as well.
    let known = is_known(region.as_str());
    for zone in network.zones.iter().filter(|_| known) {
        if !zone.is_of(region) {
            findings.push(
                Diagnostic::error("zone", format!("{zone} is no zone of {region}"))
                    .at(zone.span)
                    .also(region.span, "the production's region")
                    .help(format!("its zones are called {region}a, {region}b and so on")),
            );
        }
    }
}

fn zones_once(network: &Network, findings: &Findings) {
    once(&network.zones, "zone", findings);
}

fn endpoints_once(network: &Network, findings: &Findings) {
    once(&network.endpoints, "endpoint", findings);
}

/// Nothing stands in a list twice.
pub fn once<T: PartialEq + std::fmt::Display>(list: &[Spanned<T>], what: &str, findings: &Findings) {
    for (index, element) in list.iter().enumerate() {
        if let Some(first) = list[..index].iter().find(|earlier| earlier.value == element.value) {
            findings.push(
                Diagnostic::error("duplicate", format!("the {what} {element} stands here twice"))
                    .at(element.span)
                    .also(first.span, "the first time")
                    .help("keep one of the two"),
            );
        }
    }
}

fn endpoints_have_a_place(network: &Network, findings: &Findings) {
    let Some(first) = network.endpoints.iter().find(|service| !service.is_gateway()) else { return };
    let tiers_sound = network.segments.iter().all(|segment| is_sound(&segment.tier));
    if tiers_sound && !network.segments.is_empty() && network.endpoint_segment().is_none() {
        findings.push(
            Diagnostic::error("endpoints", "endpoints have no segment to live in")
                .at(first.span)
                .also(network.name.span, "this network has edge segments only")
                .help("add a segment with tier = \"service\""),
        );
    }
}

/// All subnets of all segments are apart from each other.
fn subnets_apart(network: &Network, findings: &Findings) {
    let mut all: Vec<(&Segment, Ipv4Net)> = Vec::new();
    for segment in &network.segments {
        for subnet in &segment.subnets {
            let overlapping = all.iter().find(|(_, other)| other.contains(&subnet.cidr) || subnet.cidr.contains(other));
            if let Some((other, cidr)) = overlapping {
                findings.push(
                    Diagnostic::error(
                        "subnet-overlap",
                        format!("the subnet {} of \"{}\" overlaps {cidr}", subnet.cidr, segment.name),
                    )
                    .at(segment.cut.span)
                    .also(other.cut.span, format!("of \"{}\"", other.name))
                    .help(
                        "choose addresses that no other segment has; `newbits` cuts from the start of the network on",
                    ),
                );
            }
            all.push((segment, subnet.cidr));
        }
    }
}

fn subnet_count(network: &Network, findings: &Findings) {
    let count = network.segments.len() * network.zones.len();
    if count > MOST_SUBNETS {
        findings.push(
            Diagnostic::error("too-many-subnets", format!("network \"{}\" has {count} subnets", network.name))
                .at(network.name.span)
                .help(format!("AWS takes {MOST_SUBNETS}: use fewer segments or zones")),
        );
    }
}

fn retention(network: &Network, findings: &Findings) {
    let days = &network.flow_logs.retention_days;
    if !RETENTION_DAYS.contains(&days.value) {
        let next = RETENTION_DAYS.iter().find(|known| **known >= days.value).unwrap_or(&365);
        findings.push(
            Diagnostic::error("retention", format!("logs can't be kept for {days} days"))
                .at(days.span)
                .help(format!("the next that CloudWatch Logs has is {next}")),
        );
    }
}
