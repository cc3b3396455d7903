//! A floor and what can pass on it, as it is declared and as somebody changed it.

mod declared_floor;
mod mutations;
mod oracle;

use std::collections::BTreeMap;

use super::*;
use crate::blueprint::{Blueprint, Inputs, NoFiles, Parsed, load};
use crate::compile::{Facts, compile};
use crate::resource::{Address, Direction, Peer, Resource, RouteTable, Rule, SecurityGroup};

const FLOOR: &str = include_str!("floor.hcl");

/// The floor with some of its text changed; each change must hit.
fn floor(changes: &[(&str, &str)]) -> (Blueprint, BTreeMap<Address, Resource>) {
    let mut text = FLOOR.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.into_bytes())]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, jiff::civil::date(2026, 11, 21));
    let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics.sorted()) };
    let facts = Facts {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-west-2".to_owned(),
        images: BTreeMap::new(),
        devices: BTreeMap::new(),
        offline: true,
    };
    match compile(&blueprint, &facts, &NoFiles) {
        Ok(desired) => (blueprint, desired.resources),
        Err(found) => panic!("{:#?}", found.sorted()),
    }
}

fn group_mut<'a>(resources: &'a mut BTreeMap<Address, Resource>, address: &str) -> &'a mut SecurityGroup {
    match resources.get_mut(&Address::from(address)) {
        Some(Resource::SecurityGroup(group)) => group,
        other => panic!("{address}: {other:?}"),
    }
}

fn table_mut<'a>(resources: &'a mut BTreeMap<Address, Resource>, address: &str) -> &'a mut RouteTable {
    match resources.get_mut(&Address::from(address)) {
        Some(Resource::RouteTable(table)) => table,
        other => panic!("{address}: {other:?}"),
    }
}

/// A rule that somebody added by hand.
fn rule(direction: Direction, protocol: &str, ports: Option<(u16, u16)>, peer: Peer) -> Rule {
    Rule { direction, protocol: protocol.to_owned(), ports, peer, description: "by hand".to_owned(), flow: None }
}

fn cidr(range: &str) -> Peer {
    Peer::Cidr(range.to_owned())
}

/// One line a passage: from, to, what, and of which addresses.
fn lines(reach: &Reach) -> Vec<String> {
    let mut lines = Vec::new();
    for pair in reach.matrix().pairs {
        for passage in pair.passages {
            let addresses: Vec<String> = passage.addresses.iter().map(ToString::to_string).collect();
            let addresses = if addresses.is_empty() { String::new() } else { format!(" [{}]", addresses.join(", ")) };
            lines.push(format!("{} -> {}: {}{addresses}", pair.from, pair.to, passage.traffic()));
        }
    }
    lines
}

fn words(violations: &[Violation]) -> Vec<String> {
    violations.iter().map(|one| one.words.clone()).collect()
}
