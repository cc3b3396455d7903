//! Separation of duties at the end: who takes a production down is not who last changed it, so that nobody alone can do
//! away with what they did.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::apply::Entry;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{BlockKind, BlockRef, ContentClass, Date};
use crate::cloud::APPLIER;
use crate::resource::{Found, Observed, Resource, list, principal};

/// The control that asks for it: the record of a destruction names another actor than the creator.
pub const CONTROL: &str = "VDI-DAT-02";

/// Who applied last, and what that means for whoever wraps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duties {
    /// Who applied last: ARNs, sorted; several where keys name several, none where nobody knows.
    pub appliers: Vec<String>,
    pub verdict: Verdict,
}

/// What there is to say of who may wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The content asks for no second person, or nothing of it is there.
    NotAsked,
    /// This is a second one.
    Separate,
    /// It is the same principal, or nobody knows, and this exception allows it.
    Excepted(String),
    /// It is the same principal: the one who last applied.
    Same(String),
    /// It can't be told who last applied.
    Unknown,
}

/// Who may wrap this production, on this day. The keys' own tags know who last applied; the ledger where they don't.
pub fn duties(blueprint: &Blueprint, observed: &Observed, entries: &[Entry], caller: &str, today: Date) -> Duties {
    let appliers = appliers(observed, entries);
    let verdict = verdict(blueprint, observed, entries, &appliers, caller, today);
    Duties { appliers, verdict }
}

fn keys(observed: &Observed) -> impl Iterator<Item = &Found> {
    observed.all().filter(|found| matches!(found.resource, Resource::KmsKey(_)))
}

fn appliers(observed: &Observed, entries: &[Entry]) -> Vec<String> {
    let signed: BTreeSet<String> = keys(observed).filter_map(|found| found.facts.get(APPLIER).cloned()).collect();
    if !signed.is_empty() {
        return signed.into_iter().collect();
    }
    let text = |entry: &Entry, name: &str| entry.details.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_apply = |entry: &&Entry| entry.what == "began" && text(entry, "verb").as_deref() == Some("apply");
    entries.iter().rev().find(is_apply).and_then(|entry| text(entry, "caller")).into_iter().collect()
}

fn verdict(
    blueprint: &Blueprint,
    observed: &Observed,
    entries: &[Entry],
    appliers: &[String],
    caller: &str,
    today: Date,
) -> Verdict {
    // What was applied last counts as well: a word in the blueprint makes nothing less secret.
    let applied = keys(observed).filter_map(|found| ContentClass::parse(found.resource.tags()?.get("content_class")?));
    let class = applied.max().max(Some(blueprint.production.content_class.value));
    let is_asked = class >= Some(ContentClass::PreRelease);
    // Where nothing of it is there, nobody's work can be done away with.
    if !is_asked || (keys(observed).next().is_none() && entries.is_empty()) {
        return Verdict::NotAsked;
    }
    let same = appliers.iter().find(|applier| principal(applier) == principal(caller));
    let verdict = match (same, appliers.is_empty()) {
        (Some(same), _) => Verdict::Same(same.clone()),
        (None, true) => Verdict::Unknown,
        (None, false) => return Verdict::Separate,
    };
    let here = BlockRef::new(BlockKind::Production, blueprint.production.alias.as_str());
    let excepted = blueprint
        .exceptions
        .iter()
        .filter(|exception| exception.control.as_str() == CONTROL && exception.expires.value >= today)
        .find(|exception| exception.covers(&here));
    match excepted {
        Some(exception) => Verdict::Excepted(exception.name.as_str().to_owned()),
        None => verdict,
    }
}

impl Duties {
    /// For the certificate: who applied last, who wrapped, and whether they differ.
    pub fn words(&self, wrapper: &str) -> String {
        let applied = match self.appliers.as_slice() {
            [] => "nobody knows who applied last".to_owned(),
            appliers => format!("{} applied last", list(appliers)),
        };
        let differ = match self.appliers.iter().any(|one| principal(one) == principal(wrapper)) {
            true => "one principal",
            false if self.appliers.is_empty() => "whether they differ can't be told",
            false => return format!("{applied}, and {wrapper} wrapped: two principals"),
        };
        let because = match &self.verdict {
            Verdict::NotAsked => ", where content of this class asks for no second".to_owned(),
            Verdict::Excepted(name) => format!(", which exception.{name} allows"),
            Verdict::Separate | Verdict::Same(_) | Verdict::Unknown => String::new(),
        };
        format!("{applied}, and {wrapper} wrapped: {differ}{because}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_certificate_says_who_applied_last_who_wrapped_and_whether_they_differ() {
        let words = |appliers: &[&str], verdict| {
            let appliers = appliers.iter().map(|one| format!("arn:aws:iam::123456789012:user/{one}")).collect();
            let said = Duties { appliers, verdict }.words("arn:aws:iam::123456789012:user/bo");
            said.replace("arn:aws:iam::123456789012:user/", "")
        };
        assert_eq!(words(&["ana"], Verdict::Separate), "ana applied last, and bo wrapped: two principals");
        assert_eq!(
            words(&["bo"], Verdict::NotAsked),
            "bo applied last, and bo wrapped: one principal, where content of this class asks for no second"
        );
        assert_eq!(
            words(&["bo"], Verdict::Excepted("one-person-studio".to_owned())),
            "bo applied last, and bo wrapped: one principal, which exception.one-person-studio allows"
        );
        assert_eq!(
            words(&["ana", "bo"], Verdict::Same("bo".to_owned())),
            "ana and bo applied last, and bo wrapped: one principal"
        );
        assert_eq!(
            words(&[], Verdict::Unknown),
            "nobody knows who applied last, and bo wrapped: whether they differ can't be told"
        );
    }
}
