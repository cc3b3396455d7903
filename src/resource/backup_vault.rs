//! Where AWS Backup keeps the recovery points that it takes by itself, and what holds them there.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::{placed, tagged};
use super::{Address, Document, Effect, FieldChange, Found, Kind, Link, Resource, Spec, Tags};

/// A vault of AWS Backup.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BackupVault {
    /// Unique in an account and region; 2 to 50 characters.
    pub name: String,
    /// The key that copies are encrypted under. AWS lets no vault change it.
    pub key: Option<Address>,
    /// Who may do what with it; none where nothing is said.
    pub policy: Option<Document>,
    pub lock: Option<VaultLock>,
    /// The region that it lies in, where that isn't the production's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    pub tags: Tags,
}

/// What holds a vault's recovery points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VaultLock {
    /// `governance`: who is allowed to may lift it. `compliance`: nobody may, once its cooling-off is over.
    pub mode: String,
    /// The shortest retention that the vault takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_days: Option<u32>,
    /// The longest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_days: Option<u32>,
}

impl VaultLock {
    /// The mode that can be lifted.
    pub const GOVERNANCE: &'static str = "governance";
    /// The mode that can't be, in the end.
    pub const COMPLIANCE: &'static str = "compliance";

    /// Days in which a compliance lock can still be lifted: a week, for whoever is to notice may be away for a weekend.
    /// AWS asks for three at least: AWS Backup API reference, `PutBackupVaultLockConfiguration`.
    pub const CHANGEABLE_DAYS: u32 = 7;

    /// Whether nobody will be able to lift it.
    pub fn is_compliance(&self) -> bool {
        self.mode == Self::COMPLIANCE
    }
}

impl Spec for BackupVault {
    const KIND: Kind = Kind::BackupVault;

    fn effect_of(field: &str) -> Effect {
        match field {
            "name" | "key" | "region" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        self.key.iter().map(|key| Link::fixed("key", key)).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.key = self.key.as_ref().map(to);
    }

    tagged!();
    placed!();
}

/// What is live of a vault and never desired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultState {
    /// How many recovery points are in it; none where that couldn't be read.
    pub points: Option<u64>,
    /// The day from which on nobody can lift its lock, as `2026-12-08`.
    pub locks_on: Option<String>,
    /// Whether that day is over.
    pub is_locked: bool,
    /// The last day on which a recovery point in it ends; none where one of them never does, or none is in it.
    pub empty_after: Option<String>,
}

impl VaultState {
    /// The fact that counts the recovery points.
    pub const POINTS: &'static str = "recovery_points";
    /// The fact that says from when on nobody can lift the lock: UTC, RFC 3339.
    pub const LOCK_DATE: &'static str = "lock_date";
    /// The fact that says that this moment is over.
    pub const LOCKED: &'static str = "locked_for_good";
    /// The fact that says until when recovery points are in it: UTC, RFC 3339.
    pub const EMPTY_AFTER: &'static str = "empty_after";

    /// What this live vault says; none where it is none.
    pub fn of(found: &Found) -> Option<Self> {
        let Resource::BackupVault(_) = &found.resource else { return None };
        let fact = |name: &str| found.facts.get(name);
        let day = |name: &str| fact(name).map(|time| time.chars().take(10).collect());
        Some(Self {
            points: fact(Self::POINTS).and_then(|points| points.parse().ok()),
            locks_on: day(Self::LOCK_DATE),
            is_locked: fact(Self::LOCKED).is_some(),
            empty_after: day(Self::EMPTY_AFTER),
        })
    }

    /// Whether AWS refuses to delete it.
    pub fn is_kept(&self) -> bool {
        self.points != Some(0)
    }

    /// Why it can't be deleted, and until when; none where it can be.
    pub fn kept_because(&self) -> Option<String> {
        let points = match self.points {
            Some(0) => return None,
            Some(1) => "a recovery point is in it".to_owned(),
            Some(points) => format!("{points} recovery points are in it"),
            None => "it couldn't be read whether recovery points are in it".to_owned(),
        };
        let until = self.empty_after.as_ref().map(|day| format!(", the last of them until {day}")).unwrap_or_default();
        let lock = match (&self.locks_on, self.is_locked) {
            (_, true) => ", and nobody can lift its lock any more".to_owned(),
            (Some(day), false) => format!(", and from {day} on nobody can lift its lock"),
            (None, false) => String::new(),
        };
        Some(format!("{points}{until}{lock}; its key stays as long"))
    }
}

impl BackupVault {
    /// Why AWS would refuse these changes of a live vault; none where it takes them.
    pub fn cannot(found: &Found, fields: &[FieldChange]) -> Option<String> {
        let state = VaultState::of(found)?;
        let parts: BTreeSet<&str> = fields.iter().filter_map(|field| field.path.split('.').next()).collect();
        if parts.contains("key") {
            return Some("a vault keeps the key that it was made with: give the backup another name".to_owned());
        }
        let lock = parts.contains("lock") && state.is_locked;
        lock.then(|| {
            let since = state.locks_on.map(|day| format!(" since {day}")).unwrap_or_default();
            format!("its lock is for good{since}: nobody can change or lift it")
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resource::Status;

    fn vault(facts: &[(&str, &str)]) -> Found {
        let vault = BackupVault {
            name: "closedset_nebula_nightly".to_owned(),
            key: None,
            policy: None,
            lock: None,
            region: None,
            tags: Tags::new(),
        };
        Found {
            address: Address::new("backup.nightly.vault"),
            id: "arn".to_owned(),
            resource: vault.into(),
            digest: None,
            protected: false,
            status: Status::Ready,
            facts: facts
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn a_vault_bears_one_digest_wherever_the_production_lies() {
        let mut of_copies = vault(&[]).resource;
        let mut at_home = of_copies.clone();
        if let (Resource::BackupVault(there), Resource::BackupVault(here)) = (&mut of_copies, &mut at_home) {
            there.key = Some(Address::new("key.content").in_region("us-east-2"));
            there.region = Some("us-east-2".to_owned());
            here.key = Some(Address::new("key.content"));
        }
        assert_eq!(of_copies.marked_fields(), at_home.marked_fields());
        if let Resource::BackupVault(here) = &mut at_home {
            here.key = Some(Address::new("key.other"));
        }
        assert_ne!(of_copies.marked_fields(), at_home.marked_fields());
    }

    #[test]
    fn an_empty_vault_can_go_and_one_that_holds_something_says_until_when() {
        let why = |facts: &[(&str, &str)]| VaultState::of(&vault(facts)).and_then(|state| state.kept_because());
        assert_eq!(why(&[(VaultState::POINTS, "0"), (VaultState::LOCKED, "true")]), None);
        assert_eq!(
            why(&[
                (VaultState::POINTS, "3"),
                (VaultState::EMPTY_AFTER, "2027-08-04T02:00:00Z"),
                (VaultState::LOCK_DATE, "2026-12-08T09:00:00Z"),
                (VaultState::LOCKED, "true"),
            ])
            .as_deref(),
            Some(
                "3 recovery points are in it, the last of them until 2027-08-04, and nobody can lift its lock any more; \
                 its key stays as long"
            )
        );
        assert!(why(&[]).is_some_and(|why| why.starts_with("it couldn't be read")));
    }

    #[test]
    fn what_aws_would_refuse_is_said_before() {
        let change = |path: &str| vec![FieldChange::new(path, "a".into(), "b".into(), BackupVault::effect_of(path))];
        let locked = vault(&[(VaultState::LOCK_DATE, "2026-12-08T09:00:00Z"), (VaultState::LOCKED, "true")]);
        assert_eq!(
            BackupVault::cannot(&locked, &change("lock.min_days")).as_deref(),
            Some("its lock is for good since 2026-12-08: nobody can change or lift it")
        );
        assert_eq!(BackupVault::cannot(&locked, &change("tags.unit")), None);
        let open = vault(&[(VaultState::LOCK_DATE, "2026-12-08T09:00:00Z")]);
        assert_eq!(BackupVault::cannot(&open, &change("lock.mode")), None);
        assert!(BackupVault::cannot(&open, &change("key")).is_some());
    }
}
