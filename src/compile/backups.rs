//! Backups: which volumes of which pools are kept safe, what is promised, and what AWS Backup does of it by itself: a
//! vault under the production's key, a plan with its schedule, and the role that it takes.
//!
//! The role has a policy of its own. The managed `AWSBackupServiceRolePolicyForBackup` reads and copies every database,
//! file system and bucket of the account; this one knows volumes of this production, and snapshots that AWS Backup made.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::compiler::Compiler;
use super::place::Place;
use super::policy::{allow, deny, document, trust};
use crate::blueprint::model::{Backup, Volume, WorkstationPool};
use crate::resource::{self, Address, BackupPlan, BackupVault, Document, IamRole, Tags, VaultLock};

/// Minutes within which a run has to begin: the least that AWS takes, for a promise counts from the schedule. Source: AWS
/// Backup developer guide, "Backup plan options and configuration".
const START_MINUTES: u32 = 60;

/// Minutes within which it has to be done: what AWS takes where nothing is said, a week, for the first run carries all
/// that is on a volume. The same page.
const COMPLETE_MINUTES: u32 = 10_080;

/// What nobody may do with a vault's recovery points, whoever they are: the plan's own lifecycle ends them. A wrap takes
/// the policy off before it deletes the vault, which shows in the account's trail as a call of its own.
const HELD: &[&str] = &[
    "backup:DeleteBackupVault",
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
];

/// The address of a backup's vault: in the production's region, or in one that copies go to.
fn vault_of(backup: &Backup, region: Option<&str>) -> Address {
    let at_home = Address::new(format!("backup.{}.vault", backup.name));
    region.map_or_else(|| at_home.clone(), |region| at_home.in_region(region))
}

/// The address of the role that a backup's plan takes.
fn role_of(backup: &Backup) -> Address {
    Address::new(format!("backup.{}.role", backup.name))
}

impl Compiler<'_> {
    pub(super) fn backups(&mut self) {
        for backup in &self.blueprint.backups {
            let block = self.promised(backup);
            self.desired.backups.insert(backup.name.as_str().to_owned(), block);
            self.vault(backup, None);
            for region in self.copy_regions(backup) {
                self.copy_keys(backup, &region);
                self.vault(backup, Some(&region));
            }
            self.backup_role(backup);
            self.backup_plan(backup);
        }
    }

    /// The labels of the backups that take a volume in.
    pub(super) fn backups_of(&self, pool: &WorkstationPool, volume: &Volume) -> BTreeSet<String> {
        let of_pool = |backup: &&Backup| backup.of.iter().any(|of| of.value == pool.name.value);
        let backups = self.blueprint.backups.iter().filter(|_| volume.backup.value).filter(of_pool);
        backups.map(|backup| backup.name.as_str().to_owned()).collect()
    }

    fn promised(&self, backup: &Backup) -> resource::Backup {
        let pools = backup.of.iter().filter_map(|of| self.blueprint.get(of)).map(|pool| {
            let safe = pool.all_volumes().filter(|volume| volume.backup.value);
            let mounted = safe
                .map(|volume| (volume.name.to_string(), volume.mount.as_ref().map(|mount| mount.value.to_string())));
            (pool.name.as_str().to_owned(), mounted.collect())
        });
        resource::Backup {
            pools: pools.collect(),
            keep_days: backup.keep_days.value,
            rpo_hours: backup.rpo_hours.as_ref().map(|hours| hours.value),
            rto_minutes: backup.rto_minutes.as_ref().map(|minutes| minutes.value),
            copies: backup.copies.iter().map(|copy| (copy.region.as_str().to_owned(), copy.keep_days.value)).collect(),
        }
    }

    /// Where copies go. A production that was built again where they lie has its vault there already.
    fn copy_regions(&self, backup: &Backup) -> BTreeSet<String> {
        let regions = backup.copies.iter().map(|copy| copy.region.as_str().to_owned());
        regions.filter(|region| *region != self.facts.region).collect()
    }

    /// The keys that copies are encrypted under: AWS Backup's under the vault's, those of `backup now` under their pool's.
    fn copy_keys(&mut self, backup: &Backup, region: &str) {
        let blueprint = self.blueprint;
        let pools = backup.of.iter().filter_map(|of| blueprint.get(of));
        let mut names: BTreeSet<&str> = pools.map(|pool| pool.key.as_str()).collect();
        names.insert(blueprint.production.key.as_str());
        for key in blueprint.keys.iter().filter(|key| names.contains(key.name.as_str())) {
            let address = Address::new(format!("key.{}", key.name)).in_region(region);
            if !self.desired.resources.contains_key(&address) {
                self.key(key, Some(region));
            }
        }
    }

    fn vault(&mut self, backup: &Backup, region: Option<&str>) {
        let span = backup.name.span;
        let tags = self.production_tags(span, &format!("{} vault", backup.name));
        let key = Address::new(format!("key.{}", self.blueprint.production.key));
        let vault = BackupVault {
            name: self.place().backup_name(backup.name.as_str()),
            key: Some(region.map_or_else(|| key.clone(), |region| key.in_region(region))),
            policy: Some(document(vec![deny("HoldRecoveryPoints", json!("*"), HELD, json!("*"), Value::Null)])),
            lock: backup.lock.as_ref().map(|lock| VaultLock {
                mode: lock.mode.value.as_str().to_owned(),
                min_days: lock.min_days.as_ref().map(|days| days.value),
                max_days: lock.max_days.as_ref().map(|days| days.value),
            }),
            region: region.map(str::to_owned),
            tags,
        };
        self.add(vault_of(backup, region), span, vault);
    }

    fn backup_role(&mut self, backup: &Backup) {
        let span = backup.name.span;
        let place = self.place();
        let role = IamRole {
            name: place.role_name("backup", backup.name.as_str()),
            path: place.iam_path(),
            // The service takes only what somebody of this account passed to it, and names no source when it does.
            trust: trust("backup.amazonaws.com", Value::Null),
            policies: BTreeMap::from([("backup".to_owned(), policy_of(backup, &place))]),
            managed: BTreeSet::new(),
            boundary: self.boundary(),
            tags: self.production_tags(span, &format!("{} backup", backup.name)),
        };
        self.add(role_of(backup), span, role);
    }

    fn backup_plan(&mut self, backup: &Backup) {
        let span = backup.name.span;
        let place = self.place();
        let plan = BackupPlan {
            name: place.backup_name(backup.name.as_str()),
            vault: vault_of(backup, None),
            role: Some(role_of(backup)),
            schedule: backup.schedule.value.as_str().to_owned(),
            start_minutes: START_MINUTES,
            complete_minutes: COMPLETE_MINUTES,
            keep_days: Some(backup.keep_days.value),
            copies: backup
                .copies
                .iter()
                .filter(|copy| copy.region.as_str() != place.region)
                .map(|copy| (vault_of(backup, Some(copy.region.as_str())), copy.keep_days.value))
                .collect(),
            resources: BTreeSet::from([place.regional("ec2", "volume/*")]),
            of: Tags::from([
                ("closedset:production".to_owned(), place.production.to_owned()),
                (format!("closedset:backup.{}", backup.name), "true".to_owned()),
            ]),
            others: BTreeSet::new(),
            tags: self.production_tags(span, backup.name.as_str()),
        };
        self.add(Address::new(format!("backup.{}", backup.name)), span, plan);
    }
}

/// What AWS Backup needs for volumes, and no more than that. Source: AWS managed policy reference,
/// "AWSBackupServiceRolePolicyForBackup", as far as it is about EBS, vaults, keys and tags.
fn policy_of(backup: &Backup, place: &Place<'_>) -> Document {
    let volumes = json!(place.anywhere("ec2", "volume/*"));
    let snapshots = json!(place.anywhere_of_aws("ec2", "snapshot/*"));
    let ours = json!({ "StringEquals": { "aws:ResourceTag/closedset:production": place.production } });
    let made_by_backup = json!({ "Null": { "aws:ResourceTag/aws:backup:source-resource": "false" } });
    let vaults = json!(place.anywhere("backup", &format!("backup-vault:{}*", place.backup_prefix())));
    let our_keys = format!("alias/closedset/{}/*", place.production);
    let through_ec2 = json!({
        "StringLike": { "kms:ViaService": place.any_regional_service("ec2") },
        "ForAnyValue:StringLike": { "kms:ResourceAliases": our_keys },
    });
    let grants = json!({
        "Bool": { "kms:GrantIsForAWSResource": "true" },
        "ForAnyValue:StringLike": { "kms:ResourceAliases": our_keys },
    });
    let mut regions = vec![place.region];
    regions.extend(backup.copies.iter().map(|copy| copy.region.as_str()));
    let here = json!({ "StringEquals": { "aws:RequestedRegion": regions } });
    let look = ["ec2:DescribeSnapshots", "ec2:DescribeTags", "ec2:DescribeVolumes", "tag:GetResources"];
    let use_keys = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*"];
    let into_vaults = ["backup:CopyFromBackupVault", "backup:CopyIntoBackupVault", "backup:DescribeBackupVault"];
    let make = ["ec2:CopySnapshot", "ec2:CreateSnapshot", "ec2:CreateTags"];
    document(vec![
        allow("Look", Value::Null, &look, json!("*"), here),
        allow("TakeOfVolumes", Value::Null, &["ec2:CreateSnapshot"], volumes, ours),
        allow("MakeSnapshots", Value::Null, &make, snapshots.clone(), Value::Null),
        allow("EndSnapshots", Value::Null, &["ec2:DeleteSnapshot"], snapshots, made_by_backup),
        allow("Vaults", Value::Null, &into_vaults, vaults, Value::Null),
        allow("Keys", Value::Null, &use_keys, json!(place.anywhere("kms", "key/*")), through_ec2),
        allow("Grants", Value::Null, &["kms:CreateGrant"], json!(place.anywhere("kms", "key/*")), grants),
    ])
}
