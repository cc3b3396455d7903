//! Whether a segment's subnets hold what stands in them.

use crate::blueprint::data::network::RESERVED_ADDRESSES;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Blueprint, Network, Segment, SegmentRef};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for network in &blueprint.networks {
        for segment in &network.segments {
            holds_its_seats(blueprint, network, segment, findings);
        }
    }
}

/// Each zone's subnet holds its even share of all seats in the segment, its endpoints, and the addresses that AWS keeps.
fn holds_its_seats(blueprint: &Blueprint, network: &Network, segment: &Segment, findings: &Findings) {
    let at = SegmentRef { network: network.name.value.clone(), segment: segment.name.value.clone() };
    let pools: Vec<_> = blueprint.pools_in(&at).filter(|pool| is_sound(&pool.seats)).collect();
    let zones = segment.subnets.len() as u64;
    if zones == 0 {
        return;
    }
    // Each pool is spread by itself, so each may have one seat more in the same zone.
    let seats: u64 = pools.iter().map(|pool| u64::from(pool.seats.value).div_ceil(zones)).sum();
    let has_endpoints = network.endpoint_segment().is_some_and(|home| home.name.value == segment.name.value);
    let endpoints = if has_endpoints { network.interface_endpoints() as u64 } else { 0 };
    let needed = seats + endpoints + RESERVED_ADDRESSES;
    let Some(smallest) = segment.subnets.iter().min_by_key(|subnet| 32 - subnet.cidr.prefix_len()) else { return };
    let size = 1u64 << (32 - u32::from(smallest.cidr.prefix_len()));
    if needed > size {
        let mut problem = Diagnostic::error(
            "subnet-room",
            format!("the subnet {} of {at} has {size} addresses, and {needed} are needed", smallest.cidr),
        )
        .at(segment.cut.span)
        .help(format!(
            "in each zone there are {seats} seats, {endpoints} endpoints and {RESERVED_ADDRESSES} addresses that AWS keeps: \
             lower `newbits`, or use larger `cidrs`"
        ));
        for pool in pools {
            problem = problem.also(pool.seats.span, format!("{} seats", pool.seats));
        }
        findings.push(problem);
    }
}
