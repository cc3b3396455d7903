//! Networks and prefix lists.

use ipnet::{IpNet, Ipv4Net};

use super::convert::{AnyText, address_range};
use super::cut;
use super::labels;
use super::reader::Reader;
use crate::blueprint::data::network::MOST_PREFIX_ENTRIES;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::NOWHERE;
use crate::blueprint::model::{Flow, FlowLogs, Network, PrefixEntry, PrefixList, Zone};
use crate::blueprint::schema;
use crate::blueprint::source::Spanned;

pub fn network(reader: &Reader<'_, '_>) -> Network {
    let cidr: Spanned<Ipv4Net> = reader.get("cidr");
    let zones: Option<Vec<Spanned<Zone>>> = reader.filled_list("zones");
    let zone_room = zone_room(reader, zones.as_deref());
    let segments = cut::segments(reader, &cidr, zones.as_deref(), &zone_room);
    for segment in &segments {
        check_segment_name(reader, &segment.name.clone().map(|name| name.to_string()));
    }
    let flow_logs = reader.maybe_block("flow_logs");
    Network {
        name: labels::name(reader),
        cidr,
        zones: zones.unwrap_or_default(),
        zone_room,
        segments,
        flows: reader.blocks("flow").iter().map(flow).collect(),
        endpoints: reader.list("endpoints").unwrap_or_default(),
        flow_logs: FlowLogs {
            retention_days: match &flow_logs {
                Some(flow_logs) => flow_logs.get("retention_days"),
                None => Spanned::new(DEFAULT_RETENTION_DAYS, reader.head.span),
            },
        },
    }
}

/// Flow logs are always on, so a network has them without the block that the table describes.
const DEFAULT_RETENTION_DAYS: u32 = 365;

fn zone_room(reader: &Reader<'_, '_>, zones: Option<&[Spanned<Zone>]>) -> Spanned<u32> {
    let default = match zones {
        Some(zones) => {
            let count = u32::try_from(zones.len()).unwrap_or(u32::MAX).min(64);
            Spanned::new(count.next_power_of_two(), reader.head.span)
        }
        None => Spanned::new(1, NOWHERE),
    };
    let room = reader.or("zone_room", default);
    if let Some(zones) = zones
        && (room.value as usize) < zones.len()
    {
        reader.findings().push(
            Diagnostic::error("zone-room", format!("`zone_room` is {room}, and there are {} zones", zones.len()))
                .at(room.span)
                .help("give each segment room for all zones, and for those to come"),
        );
        return Spanned::new(room.value, NOWHERE);
    }
    room
}

/// Names that addresses below a network have already: `network.main.igw`.
const TAKEN: &[&str] = &["igw", "routes", "endpoint", "flow_log", "log_group"];

/// A segment is read as `network.<label>.<segment>`, and so are the network's attributes.
fn check_segment_name(reader: &Reader<'_, '_>, name: &Spanned<String>) {
    let is_attribute = schema::block("network").is_some_and(|network| network.attribute(&name.value).is_some());
    if is_attribute || TAKEN.contains(&name.value.as_str()) {
        reader.findings().push(
            Diagnostic::error("wrong-label", format!("a segment can't be called \"{name}\""))
                .at(name.span)
                .help(format!("network.{}.{name} means something else: give it another label", reader.head)),
        );
    }
}

fn flow(reader: &Reader<'_, '_>) -> Flow {
    Flow {
        name: labels::name(reader),
        from: reader.get("from"),
        to: reader.get("to"),
        ports: reader.filled_list("ports").unwrap_or_default(),
        reason: reader.get("reason"),
    }
}

pub fn prefix_list(reader: &Reader<'_, '_>) -> PrefixList {
    let mut entries: Vec<PrefixEntry> = Vec::new();
    let mut sound = true;
    for (cidr, description) in reader.entries::<AnyText>("entries") {
        match address_range(&cidr.value) {
            Ok(range) => entries.push(PrefixEntry { cidr: range, description: description.value.0 }),
            Err(wrong) => {
                sound = false;
                let mut problem = Diagnostic::error(wrong.code, format!("\"{cidr}\" can't be an entry"))
                    .at(cidr.span)
                    .label(format!("expected {}", wrong.expected));
                problem.help = wrong.help;
                reader.findings().push(problem);
            }
        }
    }
    entries.sort_by_key(|entry| entry.cidr);
    let span = reader.span_of("entries");
    if sound && reader.has("entries") {
        check_entries(reader, &entries);
    }
    PrefixList { name: labels::name(reader), entries, entries_span: if sound { span } else { NOWHERE } }
}

fn check_entries(reader: &Reader<'_, '_>, entries: &[PrefixEntry]) {
    let v4 = entries.iter().filter(|entry| matches!(entry.cidr, IpNet::V4(_))).count();
    let problem = if entries.is_empty() && reader.raw("entries").is_some_and(|value| value.value.as_mapping().is_some())
    {
        Some(("empty-list", "`entries` is empty".to_owned(), "write at least one address range"))
    } else if v4 != 0 && v4 != entries.len() {
        Some((
            "mixed-families",
            "a prefix list holds IPv4 or IPv6, not both".to_owned(),
            "write a second prefix_list for the other ones",
        ))
    } else if entries.len() > MOST_PREFIX_ENTRIES {
        Some(("too-many-entries", format!("a prefix list of {} entries", entries.len()), "AWS takes 1000"))
    } else {
        None
    };
    if let Some((code, message, help)) = problem {
        reader.findings().push(Diagnostic::error(code, message).at(reader.span_of("entries")).help(help));
    }
}
