//! What hands a role to an instance. One for a pool, and kept: a fresh one takes seconds to be known everywhere.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// An IAM instance profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceProfile {
    pub name: String,
    pub path: String,
    /// None where no role is in it.
    pub role: Option<Address>,
    pub tags: Tags,
}

impl Spec for InstanceProfile {
    const KIND: Kind = Kind::InstanceProfile;

    fn effect_of(field: &str) -> Effect {
        match field {
            "name" | "path" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        self.role.iter().map(|role| Link::movable("role", role)).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.role = self.role.as_ref().map(to);
    }

    tagged!();

    /// AWS leaves a profile's tags out of its lists: what isn't told is no difference.
    fn settle(desired: &mut Self, live: &mut Self) {
        if live.tags.is_empty() {
            live.tags.clone_from(&desired.tags);
        }
    }
}
