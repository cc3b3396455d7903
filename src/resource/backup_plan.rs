//! What AWS Backup takes by itself: when, of which volumes, for how long, and where copies go.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// A plan of AWS Backup with its one rule and its one selection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupPlan {
    /// 1 to 50 characters.
    pub name: String,
    /// Where recovery points lie.
    pub vault: Address,
    /// The role that takes them.
    pub role: Option<Address>,
    /// `cron(0 2 * * ? *)`, in UTC.
    pub schedule: String,
    /// A run that couldn't begin in this time is given up: minutes.
    pub start_minutes: u32,
    /// One that isn't done in this time is given up: minutes.
    pub complete_minutes: u32,
    /// How long a recovery point is kept; none for ever.
    pub keep_days: Option<u32>,
    /// Days that copies are kept, by the vault that they go to; 0 for ever.
    pub copies: BTreeMap<Address, u32>,
    /// ARNs of what may be taken in, stars included.
    pub resources: BTreeSet<String>,
    /// Tags that a volume has to bear to be taken in, every one of them.
    pub of: Tags,
    /// Rules, selections and conditions that somebody added; never desired.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub others: BTreeSet<String>,
    pub tags: Tags,
}

impl Spec for BackupPlan {
    const KIND: Kind = Kind::BackupPlan;

    fn effect_of(_field: &str) -> Effect {
        Effect::InPlace
    }

    fn links(&self) -> Vec<Link> {
        let mut links = vec![Link::movable("vault", &self.vault)];
        links.extend(self.role.iter().map(|role| Link::movable("role", role)));
        links.extend(self.copies.keys().map(|vault| Link::movable("copies", vault)));
        links
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.vault = to(&self.vault);
        self.role = self.role.as_ref().map(to);
        self.copies = self.copies.iter().map(|(vault, days)| (to(vault), *days)).collect();
    }

    tagged!();
}
