//! Recovery points: snapshots that a vault holds, and lets go in their time.

use super::vault::{Vault, existing, points_in};
use super::{access, given, missing, page, refused, without_nulls};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::snapshot::{self, Snapshot};
use crate::rehearsal::kms::Action;
use crate::rehearsal::store::Kept;
use crate::rehearsal::wire::Outcome;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A recovery point of a volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RecoveryPoint {
    /// Its ARN, which is its snapshot's.
    pub arn: String,
    /// The id of its snapshot.
    pub snapshot: String,
    /// The name of its vault.
    pub vault: String,
    /// The ARN of what it is of.
    pub resource: String,
    /// The ARN of the role that took it.
    pub role: String,
    /// The id of the plan that took it, where one did.
    pub plan: Option<String>,
    /// When it was begun.
    pub created: Moment,
    /// Days that it is kept.
    pub keep_days: Option<i64>,
}

impl Kept for RecoveryPoint {
    fn id(&self) -> &str {
        &self.arn
    }
}

/// Milliseconds.
const DAY: u64 = 24 * 3_600_000;

impl RecoveryPoint {
    /// When it ends.
    pub fn ends(&self) -> Option<Moment> {
        let days = self.keep_days.and_then(|days| u64::try_from(days).ok());
        days.map(|days| self.created.after(days.saturating_mul(DAY)))
    }

    fn shown(&self, desk: &Desk) -> Value {
        let snapshot = desk.truth::<Snapshot>(&self.snapshot);
        let completed = snapshot.and_then(|snapshot| snapshot.completed);
        let lifecycle = self.keep_days.map(|days| json!({ "DeleteAfterDays": days }));
        let ends = self.ends().map(|at| json!({ "DeleteAt": at.unix_seconds() }));
        without_nulls(json!({
            "RecoveryPointArn": self.arn,
            "BackupVaultName": self.vault,
            "BackupVaultArn": desk.truth::<Vault>(&self.vault).map(|vault| vault.arn.clone()),
            "ResourceArn": self.resource,
            "ResourceType": "EBS",
            "IamRoleArn": self.role,
            "CreatedBy": self.plan.as_ref().map(|plan| json!({ "BackupPlanId": plan })),
            "Status": if completed.is_some() { "COMPLETED" } else { "CREATING" },
            "CreationDate": self.created.unix_seconds(),
            "CompletionDate": completed.map(Moment::unix_seconds),
            "BackupSizeInBytes": snapshot.map(|snapshot| snapshot.size.saturating_mul(1 << 30)),
            "Lifecycle": lifecycle,
            "CalculatedLifecycle": ends,
            "EncryptionKeyArn": snapshot.and_then(|snapshot| snapshot.key.clone()),
            "IsEncrypted": snapshot.is_some_and(|snapshot| snapshot.key.is_some()),
            "VaultType": "BACKUP_VAULT",
        }))
    }
}

/// What shows and ends them.
pub const ACTIONS: &[Action] = &[
    ("ListRecoveryPointsByBackupVault", list),
    ("DescribeRecoveryPoint", |desk, input| Ok(named(desk, input)?.shown(desk))),
    ("DeleteRecoveryPoint", delete),
];

fn named<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d RecoveryPoint> {
    let vault = existing(desk, input)?;
    let arn = given(input, "RecoveryPointArn")?;
    let point = desk.truth::<RecoveryPoint>(arn).filter(|point| point.vault == vault.name);
    point.ok_or_else(|| missing(format!("Recovery point {arn} not found")))
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = existing(desk, input)?.name.clone();
    let all = points_in(desk, &vault).map(|point| (point.arn.clone(), point.shown(desk))).collect();
    Ok(page(desk, input, "RecoveryPoints", all))
}

/// A lock holds every recovery point until it ends. \[D\] `aws-backup/latest/devguide/vault-lock`.
fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = existing(desk, input)?;
    access::allows(vault, "backup:DeleteRecoveryPoint")?;
    let locked = vault.lock.is_some();
    let point = named(desk, input)?.clone();
    if locked {
        return Err(refused(format!("Backup vault {} is locked: the recovery point cannot be deleted", point.vault)));
    }
    drop_point(desk, &point);
    Ok(json!({}))
}

fn drop_point(desk: &mut Desk, point: &RecoveryPoint) {
    desk.remove::<RecoveryPoint>(&point.arn);
    desk.remove::<Snapshot>(&point.snapshot);
}

/// Lets go what has been kept as long as it was to be.
pub fn expire(desk: &mut Desk) {
    let now = desk.now;
    let over: Vec<RecoveryPoint> =
        desk.truths::<RecoveryPoint>().filter(|point| point.ends().is_some_and(|end| end <= now)).cloned().collect();
    for point in over {
        drop_point(desk, &point);
    }
}

/// Takes a recovery point of a volume into a vault, with the volume's tags; the reason where the vault or the key refuses.
pub fn take(desk: &mut Desk, of: &Taking) -> Result<RecoveryPoint, String> {
    let vault = desk.truth::<Vault>(&of.vault).ok_or_else(|| format!("Backup vault {} does not exist", of.vault))?;
    if !vault.takes(of.keep_days) {
        return Err("The retention period is not within the lock of the backup vault".to_owned());
    }
    let taken = snapshot::of_backup(desk, &of.volume)?;
    let point = RecoveryPoint {
        arn: format!("arn:aws:ec2:{}::snapshot/{taken}", desk.region),
        snapshot: taken,
        vault: of.vault.clone(),
        resource: desk.arn("ec2", &format!("volume/{}", of.volume)),
        role: of.role.clone(),
        plan: of.plan.clone(),
        created: desk.now,
        keep_days: of.keep_days,
    };
    desk.keep(point.clone());
    Ok(point)
}

/// Copies a recovery point into a vault of another region, under that vault's key. Where the vault isn't there or doesn't
/// take it, nothing is copied: a job of AWS's own fails then, which nobody waits for.
pub fn copy(desk: &mut Desk, arn: &str, region: &str, vault: &str, keep_days: Option<i64>) {
    let Some(point) = desk.truth::<RecoveryPoint>(arn).cloned() else { return };
    let Some(source) = desk.truth::<Snapshot>(&point.snapshot).cloned() else { return };
    let home = std::mem::replace(&mut desk.region, region.to_owned());
    let here = desk.world.regions.contains_key(region);
    let there = if here { desk.truth::<Vault>(vault).cloned() } else { None };
    if let Some(there) = there.filter(|there| there.takes(keep_days)) {
        let snapshot = snapshot::copy_of_backup(desk, &source, &home, &there.key);
        let arn = format!("arn:aws:ec2:{region}::snapshot/{snapshot}");
        let (vault, created) = (vault.to_owned(), desk.now);
        desk.keep(RecoveryPoint { arn, snapshot, vault, created, keep_days, ..point });
    }
    desk.region = home;
}

/// What is taken, where to, and for how long.
#[derive(Debug, Clone)]
pub struct Taking {
    /// The id of the volume.
    pub volume: String,
    /// The name of the vault.
    pub vault: String,
    /// The ARN of the role.
    pub role: String,
    /// The id of the plan, where one asks.
    pub plan: Option<String>,
    /// Days.
    pub keep_days: Option<i64>,
}
