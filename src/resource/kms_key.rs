//! The production's own key: what every disk and log of it is encrypted with, and what makes them unreadable at the
//! end.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Document, Effect, Kind, Link, Spec, Tags};

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

    /// Some clouds don't report how often a key rotates; what is not reported can't be held against it.
    fn settle(desired: &mut Self, live: &mut Self) {
        if live.rotation_days == Some(0) && desired.rotation_days.is_some() {
            live.rotation_days = desired.rotation_days;
        }
    }
}
