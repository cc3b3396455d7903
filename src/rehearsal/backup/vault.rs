//! What a vault is.

use super::recovery_point::RecoveryPoint;
use super::{access, given, invalid, is_name, missing, page, refused, tag, without_nulls};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::{Action, key};
use crate::rehearsal::store::Kept;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A vault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vault {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The ARN of its key.
    pub key: String,
    /// When it was created.
    pub created: Moment,
    /// The id of the request that created it.
    pub creator: Option<String>,
    /// Its access policy.
    pub policy: Option<String>,
    /// What holds its recovery points.
    pub lock: Option<Lock>,
    /// Its tags.
    pub tags: Tags,
}

/// A vault's lock.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lock {
    /// The shortest retention in days.
    pub min_days: Option<i64>,
    /// The longest.
    pub max_days: Option<i64>,
    /// From when on nobody can change it; none in governance mode.
    pub lock_date: Option<Moment>,
}

impl Kept for Vault {
    fn id(&self) -> &str {
        &self.name
    }
}

impl Vault {
    /// Whether nobody can change its lock any more.
    pub fn is_immutable(&self, now: Moment) -> bool {
        self.lock.as_ref().and_then(|lock| lock.lock_date).is_some_and(|date| date <= now)
    }

    /// Whether its lock takes what is kept for so many days; none is for ever.
    pub fn takes(&self, keep_days: Option<i64>) -> bool {
        let Some(lock) = &self.lock else { return true };
        let short = lock.min_days.is_some_and(|min| keep_days.is_some_and(|days| days < min));
        let long = lock.max_days.is_some_and(|max| keep_days.is_none_or(|days| days > max));
        !short && !long
    }

    fn shown(&self, desk: &Desk) -> Value {
        let lock = self.lock.clone().unwrap_or_default();
        without_nulls(json!({
            "BackupVaultName": self.name,
            "BackupVaultArn": self.arn,
            "VaultType": "BACKUP_VAULT",
            "VaultState": "AVAILABLE",
            "EncryptionKeyArn": self.key,
            "EncryptionKeyType": "CUSTOMER_MANAGED_KMS_KEY",
            "CreationDate": self.created.unix_seconds(),
            "CreatorRequestId": self.creator,
            "NumberOfRecoveryPoints": points_in(desk, &self.name).count(),
            "Locked": self.lock.is_some(),
            "MinRetentionDays": lock.min_days,
            "MaxRetentionDays": lock.max_days,
            "LockDate": lock.lock_date.map(Moment::unix_seconds),
        }))
    }
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateBackupVault", create),
    ("DescribeBackupVault", |desk, input| Ok(existing(desk, input)?.shown(desk))),
    ("ListBackupVaults", list),
    ("DeleteBackupVault", delete),
];

/// The vault that a request names, as this call sees it.
pub fn existing<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d Vault> {
    let name = given(input, "BackupVaultName")?;
    desk.see::<Vault>(name).ok_or_else(|| missing(format!("Backup vault {name} not found")))
}

/// The recovery points in a vault.
pub fn points_in<'d>(desk: &'d Desk, vault: &'d str) -> impl Iterator<Item = &'d RecoveryPoint> {
    desk.truths::<RecoveryPoint>().filter(move |point| point.vault == vault)
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = given(input, "BackupVaultName")?.to_owned();
    if name.len() < 2 || !is_name(&name, b"-_", 50) {
        return Err(invalid("The backup vault name must be 2 to 50 letters, digits, - and _"));
    }
    if desk.truth::<Vault>(&name).is_some() {
        return Err(AwsError::new("AlreadyExistsException", "Backup vault with the same name already exists"));
    }
    let key = match input.text("EncryptionKeyArn") {
        Some(arn) => {
            let usable = key::usable(desk, arn).is_ok();
            usable
                .then(|| arn.to_owned())
                .ok_or_else(|| invalid(format!("The key {arn} can't be used by AWS Backup")))?
        }
        None => key::aws_managed_arn(desk, "backup"),
    };
    let mut tags = Tags::new();
    tag::add(&mut tags, input.get("BackupVaultTags"))?;
    let arn = desk.arn("backup", &format!("backup-vault:{name}"));
    let (created, creator) = (desk.now, input.text("CreatorRequestId").map(str::to_owned));
    let answer = json!({ "BackupVaultName": name, "BackupVaultArn": arn, "CreationDate": created.unix_seconds() });
    desk.keep(Vault { name, arn, key, created, creator, policy: None, lock: None, tags });
    Ok(answer)
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let all = desk.seen::<Vault>().map(|vault| (vault.name.clone(), vault.shown(desk))).collect();
    Ok(page(desk, input, "BackupVaultList", all))
}

/// A vault goes once nothing is in it, also one that is locked for good. \[D\] `aws-backup/latest/devguide/vault-lock`.
fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = existing(desk, input)?;
    access::allows(vault, "backup:DeleteBackupVault")?;
    let (name, points) = (vault.name.clone(), points_in(desk, &vault.name).count());
    if points > 0 {
        return Err(refused(format!("Backup vault {name} cannot be deleted: it contains {points} recovery points")));
    }
    desk.remove::<Vault>(&name);
    Ok(json!({}))
}
