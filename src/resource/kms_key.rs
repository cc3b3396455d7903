//! The production's own key: what every disk and log of it is encrypted with, and what makes them unreadable at the
//! end.

use serde::{Deserialize, Serialize};

use super::kind::{placed, tagged};
use super::{Address, Document, Effect, Found, Kind, Link, Resource, Spec, Tags};

/// A customer-managed KMS key and its alias.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KmsKey {
    /// `alias/closedset/<production>/<name>`; none where the alias is missing.
    pub alias: Option<String>,
    pub description: String,
    /// `enabled`, `disabled` or `pending_deletion`.
    pub state: String,
    /// Days between two rotations, 90 to 2560; none where rotation is off. In an observation, 0 where it is on and the
    /// service doesn't say how often.
    pub rotation_days: Option<u32>,
    pub policy: Document,
    /// The region that it lies in, where that isn't the production's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub tags: Tags,
}

impl Spec for KmsKey {
    const KIND: Kind = Kind::KmsKey;

    /// A key is never replaced: what it encrypted would be lost.
    fn effect_of(_field: &str) -> Effect {
        Effect::InPlace
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn rename(&mut self, _to: &dyn Fn(&Address) -> Address) {}

    tagged!();
    placed!();

    /// Some clouds don't report how often a key rotates; what is not reported can't be held against it.
    fn settle(desired: &mut Self, live: &mut Self) {
        if live.rotation_days == Some(0) && desired.rotation_days.is_some() {
            live.rotation_days = desired.rotation_days;
        }
    }
}

/// Why this program took a key out of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The production was wrapped.
    Wrap,
    /// The blueprint no longer asked for it.
    Removal,
}

impl Purpose {
    /// As the live mark has it.
    pub fn word(self) -> &'static str {
        match self {
            Purpose::Wrap => "wrap",
            Purpose::Removal => "removal",
        }
    }

    fn of(word: &str) -> Option<Self> {
        [Purpose::Wrap, Purpose::Removal].into_iter().find(|one| one.word() == word)
    }
}

/// What a key's own marks say of the day it was taken out of service. They are put on before it is disabled, so that a
/// disabled key without them was disabled by somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    pub purpose: Purpose,
    /// The principal's ARN.
    pub by: String,
    /// UTC, RFC 3339; none where nobody told the time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

impl Retired {
    /// The fact that holds [`Purpose`].
    pub const FOR: &'static str = "retired_for";
    /// The fact that holds who.
    pub const BY: &'static str = "retired_by";
    /// The fact that holds when.
    pub const AT: &'static str = "retired_at";

    /// What this live key says; none where it bears no mark.
    pub fn of(found: &Found) -> Option<Self> {
        let purpose = found.facts.get(Self::FOR).and_then(|word| Purpose::of(word))?;
        let by = found.facts.get(Self::BY).cloned().unwrap_or_default();
        Some(Self { purpose, by, at: found.facts.get(Self::AT).cloned() })
    }

    /// The same, where the key is out of service too: with the mark alone, a run was cut off on the way there, or back.
    pub fn at_rest(found: &Found) -> Option<Self> {
        let rests = matches!(&found.resource, Resource::KmsKey(key) if key.state != "enabled");
        Self::of(found).filter(|_| rests)
    }

    /// `a wrap disabled it on 2027-07-01T09:00:00Z (arn:…)`.
    pub fn words(&self) -> String {
        let what = match self.purpose {
            Purpose::Wrap => "a wrap disabled it",
            Purpose::Removal => "an apply disabled it, for the blueprint no longer asked for it",
        };
        match &self.at {
            Some(at) => format!("{what}, at {at} ({})", self.by),
            None => format!("{what} ({})", self.by),
        }
    }
}
