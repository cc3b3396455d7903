//! The record of who talked to whom in a network.

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A VPC flow log. AWS lets nothing of it be changed but its tags.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowLog {
    pub vpc: Address,
    /// The log group that receives it.
    pub log_group: Address,
    /// The role that writes it.
    pub role: Address,
    /// `ALL`, `ACCEPT` or `REJECT`.
    pub traffic: String,
    /// 60 or 600.
    pub aggregation_seconds: u32,
    pub tags: Tags,
}

impl Spec for FlowLog {
    const KIND: Kind = Kind::FlowLog;

    fn effect_of(field: &str) -> Effect {
        if field.starts_with("tags") { Effect::InPlace } else { Effect::Replace }
    }

    fn links(&self) -> Vec<Link> {
        vec![Link::fixed("vpc", &self.vpc), Link::fixed("log_group", &self.log_group), Link::fixed("role", &self.role)]
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        for reference in [&mut self.vpc, &mut self.log_group, &mut self.role] {
            *reference = to(reference);
        }
    }

    tagged!();
}
