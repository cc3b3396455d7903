//! Many addresses under one name: one rule instead of one for each.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A managed prefix list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PrefixList {
    pub name: String,
    /// `IPv4` or `IPv6`.
    pub family: String,
    /// Counts as this many rules in every group that names the list, whatever it holds.
    pub max_entries: u32,
    /// Range to description.
    pub entries: BTreeMap<String, String>,
    pub tags: Tags,
}

impl Spec for PrefixList {
    const KIND: Kind = Kind::PrefixList;

    fn effect_of(field: &str) -> Effect {
        if field == "family" { Effect::Replace } else { Effect::InPlace }
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn rename(&mut self, _to: &dyn Fn(&Address) -> Address) {}

    tagged!();
}
