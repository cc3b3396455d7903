//! The production's keys, and who may do what with them.
//!
//! Nobody uses a key directly. Disks use it through EC2, logs through CloudWatch Logs, vaults through AWS Backup where the
//! blueprint has any, and nothing else at all.
//!
//! Managing follows `administrators`:
//!
//! - None are named: the account manages the key, that is to say, whoever its IAM policies let. It keeps
//!   `kms:PutKeyPolicy`, so that the one who makes the key stays able to change its policy, as KMS demands of every
//!   new key; the check that enforces this (`BypassPolicyLockoutSafetyCheck`) stays on.
//! - Some are named: they alone change the policy, disable the key or end it, and a denial keeps them from its use,
//!   so that no one both keeps the key and reads with it (VDI-IAM-07). The key has to be made by one of them, or KMS
//!   refuses the policy for the same check. The account may still look at the key and tag it, which is what everyday
//!   plans need.
//!
//! Source: AWS KMS developer guide, "Key policies" and "Default key policy"; Amazon EBS user guide, "Requirements for
//! Amazon EBS encryption"; CloudWatch Logs user guide, "Encrypt log data using AWS KMS"; AWS Backup developer guide,
//! "Backup vault creation and deletion".

use serde_json::{Value, json};

use super::compiler::Compiler;
use super::facts::Facts;
use super::place::Place;
use super::policy::{allow, deny, document};
use crate::blueprint::model::Key;
use crate::blueprint::{Blueprint, NoFiles};
use crate::resource::{Address, Document, KmsKey};

/// Looking at a key.
const READ: &[&str] = &[
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
];

/// Saying what a key is for.
const TAG: &[&str] = &["kms:TagResource", "kms:UntagResource"];

/// Managing a key, without a single action that encrypts, decrypts or hands out its use.
const MANAGE: &[&str] = &[
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
];

/// Using a key.
const USE: &[&str] = &["kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/// What EC2 needs for a disk, in the name of who launches.
const DISKS: &[&str] =
    &["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"];

/// What CloudWatch Logs needs for a log group.
const LOGS: &[&str] = &["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"];

/// What AWS Backup needs to make a vault and to put copies into it, in the name of who makes it.
const VAULTS: &[&str] = &[
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:GenerateDataKey*",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:RetireGrant",
];

impl Compiler<'_> {
    pub(super) fn keys(&mut self) {
        for key in &self.blueprint.keys {
            self.key(key, None);
        }
    }

    /// A key, in the production's region or in one that copies go to.
    pub(super) fn key(&mut self, key: &Key, region: Option<&str>) {
        let at_home = Address::new(format!("key.{}", key.name));
        let address = region.map_or_else(|| at_home.clone(), |region| at_home.in_region(region));
        let production = &self.blueprint.production;
        let alias = format!("alias/closedset/{}/{}", production.alias, key.name);
        let description = format!("Production {}: {at_home}", production.alias);
        let for_logs = production.key.value == key.name.value;
        let place = Place { region: region.unwrap_or(self.facts.region.as_str()), ..self.place() };
        let for_vaults = for_logs && !self.blueprint.backups.is_empty();
        let policy = policy_of(key, &place, for_logs, for_vaults);
        let tags = self.production_tags(key.name.span, key.name.as_str());
        self.desired.key_deletion_windows.insert(address.clone(), key.deletion_window_days.value);
        let key_spec = KmsKey {
            alias: Some(alias),
            description,
            state: "enabled".to_owned(),
            rotation_days: Some(key.rotation_days.value),
            region: region.map(str::to_owned),
            policy,
            tags,
        };
        self.add(address, key.name.span, key_spec);
    }
}

/// The key of the archive: recovery points that outlive their production lie under it, once the production's own keys end.
/// Whoever keeps the production's key keeps this one too. None where the blueprint has a key of its own by that name.
///
/// It is no part of what a blueprint asks for: only an end makes it.
pub fn archive_key(blueprint: &Blueprint, facts: &Facts) -> Option<(Address, KmsKey)> {
    let address = Address::archive_key();
    let name = address.as_str().trim_start_matches("key.");
    if blueprint.keys.iter().any(|key| key.name.as_str() == name) {
        return None;
    }
    let production = &blueprint.production;
    let key = blueprint.keys.iter().find(|key| key.name.value == production.key.value)?;
    let mut compiler = Compiler::new(blueprint, facts, &NoFiles);
    let key = KmsKey {
        alias: Some(format!("alias/closedset/{}/{name}", production.alias)),
        description: format!("Production {}: recovery points beyond its end", production.alias),
        state: "enabled".to_owned(),
        rotation_days: Some(key.rotation_days.value),
        region: None,
        policy: policy_of(key, &compiler.place(), false, false),
        tags: compiler.production_tags(key.name.span, name),
    };
    Some((address, key))
}

fn policy_of(key: &Key, place: &Place<'_>, for_logs: bool, for_vaults: bool) -> Document {
    let account = json!({ "AWS": place.root() });
    let everything = json!("*");
    let manage = [MANAGE, READ, TAG].concat();
    let mut statements = Vec::new();
    if key.administrators.is_empty() {
        statements.push(allow("Administration", account.clone(), &manage, everything.clone(), Value::Null));
    } else {
        let named: Vec<_> = key.administrators.iter().map(|arn| arn.as_str()).collect();
        statements.push(allow("Administration", json!({ "AWS": named }), &manage, everything.clone(), Value::Null));
        let look = [READ, TAG].concat();
        statements.push(allow("Inventory", account.clone(), &look, everything.clone(), Value::Null));
        // A denial for the account as a whole would end the key's use for everyone.
        let people: Vec<_> = named.into_iter().filter(|arn| !arn.ends_with(":root")).collect();
        if !people.is_empty() {
            let people = json!({ "AWS": people });
            statements.push(deny("NoUseByAdministrators", people, USE, everything.clone(), Value::Null));
        }
    }
    let through_ec2 = json!({
        "kms:ViaService": place.regional_service("ec2"),
        "kms:CallerAccount": place.account,
    });
    let disks = json!({ "StringEquals": through_ec2 });
    statements.push(allow("DisksThroughEc2", account.clone(), DISKS, everything.clone(), disks));
    let grants = json!({ "StringEquals": through_ec2, "Bool": { "kms:GrantIsForAWSResource": "true" } });
    statements.push(allow("GrantsForDisks", account.clone(), &["kms:CreateGrant"], everything.clone(), grants));
    if for_vaults {
        let through_backup = json!({
            "kms:ViaService": place.regional_service("backup"),
            "kms:CallerAccount": place.account,
        });
        let vaults = json!({ "StringEquals": through_backup });
        statements.push(allow("Vaults", account.clone(), VAULTS, everything.clone(), vaults));
        let grants = json!({ "StringEquals": through_backup, "Bool": { "kms:GrantIsForAWSResource": "true" } });
        statements.push(allow("GrantsForVaults", account, &["kms:CreateGrant"], everything.clone(), grants));
    }
    if for_logs {
        let service = json!({ "Service": place.regional_service("logs") });
        let groups = place.log_groups(&format!("{}*", place.log_path()));
        let ours = json!({ "ArnLike": { "kms:EncryptionContext:aws:logs:arn": groups } });
        statements.push(allow("Logs", service, LOGS, everything, ours));
    }
    document(statements)
}
