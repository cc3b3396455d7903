//! Where a network's flow log is kept, encrypted with the production's key.

use serde::{Deserialize, Serialize};

use super::{Address, Effect, Kind, Link, Spec};

/// A CloudWatch log group. Its name carries the production; its tags can't be read in bulk and aren't compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogGroup {
    pub name: String,
    /// Days; none keeps for ever.
    pub retention_days: Option<u32>,
    /// None means AWS's own key.
    pub key: Option<Address>,
}

impl Spec for LogGroup {
    const KIND: Kind = Kind::LogGroup;

    fn effect_of(field: &str) -> Effect {
        if field == "name" { Effect::Replace } else { Effect::InPlace }
    }

    fn links(&self) -> Vec<Link> {
        self.key.iter().map(|key| Link::movable("key", key)).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.key = self.key.as_ref().map(to);
    }
}
