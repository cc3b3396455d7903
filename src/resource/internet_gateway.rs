//! The way out of an edge segment; nothing else has one.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// An internet gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// The network that it is attached to; none where it is attached to nothing.
    pub vpc: Option<Address>,
    pub tags: Tags,
}

impl Spec for InternetGateway {
    const KIND: Kind = Kind::InternetGateway;

    fn effect_of(_field: &str) -> Effect {
        Effect::InPlace
    }

    fn links(&self) -> Vec<Link> {
        self.vpc.iter().map(|vpc| Link::fixed("vpc", vpc)).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vpc = self.vpc.as_ref().map(to);
    }

    tagged!();
}
