//! Separation of duties at the end: who takes a production down is not who last changed it, so that nobody alone can do
//! away with what they did.

use crate::apply::Entry;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{BlockKind, BlockRef, ContentClass, Date};
use crate::cloud::APPLIER;
use crate::resource::{Observed, Resource, principal};

/// The control that asks for it: the record of a destruction names another actor than the creator.
pub const CONTROL: &str = "VDI-DAT-02";

/// What there is to say of who may wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duties {
    /// The content asks for no second person, or this is one.
    Separate,
    /// It is the same principal, and this exception allows it.
    Excepted(String),
    /// It is the same principal: the one who last applied.
    Same(String),
    /// It can't be told who last applied.
    Unknown,
}

/// Who may wrap this production, on this day. The keys' own tags know who last applied; the ledger where they don't.
pub fn duties(blueprint: &Blueprint, observed: &Observed, entries: &[Entry], caller: &str, today: Date) -> Duties {
    if blueprint.production.content_class.value < ContentClass::PreRelease {
        return Duties::Separate;
    }
    let keys = || observed.all().filter(|found| matches!(found.resource, Resource::KmsKey(_)));
    // Nothing of it is there: nobody's work can be done away with.
    if keys().next().is_none() && entries.is_empty() {
        return Duties::Separate;
    }
    let mut appliers: Vec<String> = keys().filter_map(|found| found.facts.get(APPLIER).cloned()).collect();
    if appliers.is_empty() {
        let applied = entries.iter().rev().find(|entry| {
            entry.what == "began" && entry.details.get("verb").and_then(serde_json::Value::as_str) == Some("apply")
        });
        let caller = applied.and_then(|entry| entry.details.get("caller")).and_then(serde_json::Value::as_str);
        appliers.extend(caller.map(str::to_owned));
    }
    let same = appliers.iter().find(|applier| principal(applier) == principal(caller));
    let verdict = match (same, appliers.is_empty()) {
        (Some(same), _) => Duties::Same(same.clone()),
        (None, true) => Duties::Unknown,
        (None, false) => return Duties::Separate,
    };
    let here = BlockRef::new(BlockKind::Production, blueprint.production.alias.as_str());
    let excepted = blueprint
        .exceptions
        .iter()
        .filter(|exception| exception.control.as_str() == CONTROL && exception.expires.value >= today)
        .find(|exception| exception.covers(&here));
    match excepted {
        Some(exception) => Duties::Excepted(exception.name.as_str().to_owned()),
        None => verdict,
    }
}
