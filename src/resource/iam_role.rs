//! What a workstation, or a service on the production's behalf, may do in the account.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Document, Effect, Kind, Link, Spec, Tags};

/// An IAM role with its policies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IamRole {
    pub name: String,
    /// `/closedset/<production>/`.
    pub path: String,
    /// Who may take the role.
    pub trust: Document,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Document>,
    /// ARNs of attached managed policies.
    pub managed: BTreeSet<String>,
    /// ARN of the permissions boundary, where there is one.
    pub boundary: Option<String>,
    pub tags: Tags,
}

impl Spec for IamRole {
    const KIND: Kind = Kind::IamRole;

    fn effect_of(field: &str) -> Effect {
        match field {
            "name" | "path" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        Vec::new()
    }

    fn rename(&mut self, _to: &dyn Fn(&Address) -> Address) {}

    tagged!();
}
