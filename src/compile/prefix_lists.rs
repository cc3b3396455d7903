//! Managed prefix lists.

use ipnet::IpNet;

use super::compiler::Compiler;
use super::rules;
use crate::blueprint::Diagnostic;
use crate::blueprint::model::PrefixList;
use crate::resource::{self, Address};

/// Lists grow in steps of so many entries.
const STEP: u32 = 5;

/// Room for entries: the next multiple of five. A rule that names the list counts as many rules as the list has room
/// for, whatever it holds, so that room is dear; but AWS refuses to change room and entries in one call, and to grow
/// while a group that names the list has no rules to spare. Five takes another office without a resize and costs a
/// twelfth of a group.
pub(super) fn room_for(entries: usize) -> u32 {
    u32::try_from(entries).unwrap_or(u32::MAX).max(1).div_ceil(STEP).saturating_mul(STEP)
}

/// Whether all of a list's entries are IPv6.
pub(super) fn is_ipv6(list: &PrefixList) -> bool {
    matches!(list.entries.first().map(|entry| entry.cidr), Some(IpNet::V6(_)))
}

impl Compiler<'_> {
    pub(super) fn prefix_lists(&mut self) {
        for list in &self.blueprint.prefix_lists {
            let ipv6 = is_ipv6(list);
            if list.entries.iter().any(|entry| matches!(entry.cidr, IpNet::V6(_)) != ipv6) {
                self.found.push(
                    Diagnostic::error("mixed-prefix-list", "a prefix list holds IPv4 or IPv6 addresses, not both")
                        .at(list.entries_span)
                        .help("write two lists, and a flow for each"),
                );
                continue;
            }
            let tags = self.production_tags(list.name.span, list.name.as_str());
            let spec = resource::PrefixList {
                name: format!("closedset-{}-{}", self.blueprint.production.alias, list.name),
                family: if ipv6 { "IPv6" } else { "IPv4" }.to_owned(),
                max_entries: room_for(list.entries.len()),
                entries: list
                    .entries
                    .iter()
                    .map(|entry| (entry.cidr.trunc().to_string(), rules::description(&entry.description)))
                    .collect(),
                tags,
            };
            self.add(Address::new(format!("prefix_list.{}", list.name)), list.name.span, spec);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_in_steps() {
        assert_eq!([0, 1, 5, 6, 11].map(room_for), [5, 5, 5, 10, 15]);
    }
}
