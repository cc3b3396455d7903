//! Cutting a network's addresses into subnets.
//!
//! As Terraform's `cidrsubnets`: each subnet takes the next free addresses that are aligned to its size. A segment takes
//! `zone_room` subnets in a row, whether or not there are so many zones.

use ipnet::Ipv4Net;

use super::labels;
use super::reader::Reader;
use crate::blueprint::data::network::PREFIXES;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{NOWHERE, is_sound};
use crate::blueprint::model::{Cut, Segment, Subnet, Zone};
use crate::blueprint::source::{Span, Spanned};

/// The network's segments with their subnets. Where these can't be cut, that is reported and a segment has none.
pub fn segments(
    reader: &Reader<'_, '_>,
    cidr: &Spanned<Ipv4Net>,
    zones: Option<&[Spanned<Zone>]>,
    zone_room: &Spanned<u32>,
) -> Vec<Segment> {
    let mut next = Some(u64::from(u32::from(cidr.network())));
    let mut segments = Vec::new();
    for block in reader.blocks("segment") {
        let (cut, subnets) = if block.has("cidrs") {
            (Spanned::new(Cut::Pinned, block.span_of("cidrs")), pinned(&block, cidr, zones))
        } else {
            let newbits: Spanned<u32> = newbits(&block);
            let cut = if is_sound(&newbits) && is_sound(cidr) && is_sound(zone_room) {
                next.and_then(|from| cut_one(&block, cidr, &newbits, zone_room.value, from))
            } else {
                None
            };
            // What follows a segment that could not be cut would stand elsewhere: nothing is said about it.
            next = cut.as_ref().map(|(_, end)| *end);
            let subnets = match (&cut, zones) {
                (Some((all, _)), Some(zones)) => {
                    zones.iter().zip(all).map(|(zone, cidr)| Subnet { zone: zone.value.clone(), cidr: *cidr }).collect()
                }
                _ => Vec::new(),
            };
            let span = if cut.is_some() { newbits.span } else { NOWHERE };
            (Spanned::new(Cut::Newbits(newbits.value), span), subnets)
        };
        segments.push(Segment { name: labels::name(&block), tier: block.get("tier"), cut, subnets });
    }
    segments
}

/// Exactly one of `newbits` and `cidrs` is written.
fn newbits(block: &Reader<'_, '_>) -> Spanned<u32> {
    match block.maybe("newbits") {
        Some(newbits) => newbits,
        None => {
            block.findings().push(
                Diagnostic::error("missing-attribute", format!("{} lacks `newbits` or `cidrs`", block.called()))
                    .at(block.head.span)
                    .help("write newbits = 4 to have its subnets cut, or cidrs = [ … ] to say which they are"),
            );
            Spanned::new(1, NOWHERE)
        }
    }
}

/// So many subnets in a row from that address on, and the first address behind them.
fn cut_one(
    block: &Reader<'_, '_>,
    network: &Spanned<Ipv4Net>,
    newbits: &Spanned<u32>,
    count: u32,
    from: u64,
) -> Option<(Vec<Ipv4Net>, u64)> {
    let prefix = u32::from(network.prefix_len()) + newbits.value;
    let Some(prefix) = u8::try_from(prefix).ok().filter(|prefix| prefix <= PREFIXES.end()) else {
        block.findings().push(
            Diagnostic::error("subnet-size", format!("the subnets of {} would be /{prefix}", block.called()))
                .at(newbits.span)
                .also(network.span, "the network's addresses")
                .help(format!("AWS has none smaller than /{}: lower `newbits`", PREFIXES.end())),
        );
        return None;
    };
    let size = 1u64 << (32 - u32::from(prefix));
    let end_of_network = u64::from(u32::from(network.broadcast())) + 1;
    let start = from.next_multiple_of(size);
    let end = start + size * u64::from(count);
    if end > end_of_network {
        block.findings().push(
            Diagnostic::error("network-full", format!("{} does not fit into {network}", block.called()))
                .at(newbits.span)
                .also(network.span, "the network's addresses")
                .help(format!(
                    "it takes {count} subnets of /{prefix}, and {} addresses are left: raise `newbits` of some segments, or give the \
                     network more addresses",
                    end_of_network.saturating_sub(start)
                )),
        );
        return None;
    }
    let cut = (0..u64::from(count))
        .filter_map(|index| {
            let address = u32::try_from(start + index * size).ok()?;
            Ipv4Net::new(address.into(), prefix).ok()
        })
        .collect();
    Some((cut, end))
}

/// The subnets that are written down, one a zone.
fn pinned(block: &Reader<'_, '_>, network: &Spanned<Ipv4Net>, zones: Option<&[Spanned<Zone>]>) -> Vec<Subnet> {
    if block.has("newbits") {
        block.findings().push(
            Diagnostic::error("conflicting-attributes", format!("{} has both `newbits` and `cidrs`", block.called()))
                .at(block.span_of("cidrs"))
                .also(block.span_of("newbits"), "and `newbits`")
                .help("keep one of the two"),
        );
    }
    let (Some(cidrs), Some(zones)) = (block.filled_list::<Ipv4Net>("cidrs"), zones) else { return Vec::new() };
    if cidrs.len() != zones.len() {
        block.findings().push(
            Diagnostic::error(
                "subnet-count",
                format!("`cidrs` of {} has {}, and its network has {} zones", block.called(), cidrs.len(), zones.len()),
            )
            .at(block.span_of("cidrs"))
            .help("write one a zone, in the order of `zones`"),
        );
    }
    for cidr in cidrs.iter().filter(|cidr| is_sound(cidr) && is_sound(network)) {
        if !network.contains(&cidr.value) {
            outside(block, network, cidr.span, &cidr.value);
        } else if !PREFIXES.contains(&cidr.prefix_len()) {
            block.findings().push(
                Diagnostic::error("subnet-size", format!("the subnet {cidr} has a size that AWS has not"))
                    .at(cidr.span)
                    .help(format!("/{} is the largest, /{} the smallest", PREFIXES.start(), PREFIXES.end())),
            );
        }
    }
    let sound = zones.iter().zip(&cidrs).filter(|(_, cidr)| is_sound(cidr));
    sound.map(|(zone, cidr)| Subnet { zone: zone.value.clone(), cidr: cidr.value }).collect()
}

fn outside(block: &Reader<'_, '_>, network: &Spanned<Ipv4Net>, span: Span, cidr: &Ipv4Net) {
    block.findings().push(
        Diagnostic::error("subnet-outside", format!("the subnet {cidr} is not within its network"))
            .at(span)
            .also(network.span, format!("which has {network}"))
            .help("choose one within it"),
    );
}
