//! Jobs: one recovery point, asked for or due.

use super::recovery_point::{self, Taking};
use super::vault::existing;
use super::{given, missing, without_nulls};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::snapshot::Snapshot;
use crate::rehearsal::kms::Action;
use crate::rehearsal::store::Kept;
use crate::rehearsal::wire::Outcome;
use crate::rehearsal::wire::json::Members;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A job.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// A UUID.
    pub id: String,
    /// The name of the vault.
    pub vault: String,
    /// The ARN of what it takes a recovery point of.
    pub resource: String,
    /// When it was begun.
    pub created: Moment,
    /// The snapshot and the recovery point that it makes, or why it failed.
    pub made: Result<(String, String), String>,
}

impl Kept for Job {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What starts and shows them.
pub const ACTIONS: &[Action] = &[("StartBackupJob", start), ("DescribeBackupJob", describe)];

fn start(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let vault = existing(desk, input)?.name.clone();
    let resource = given(input, "ResourceArn")?.to_owned();
    let volume = resource.split_once(":volume/").map(|(_, id)| id.to_owned());
    let volume = volume.ok_or_else(|| super::invalid("A rehearsal takes recovery points of volumes"))?;
    let role = given(input, "IamRoleArn")?.to_owned();
    let keep_days = input.get("Lifecycle").and_then(|lifecycle| lifecycle.number("DeleteAfterDays"));
    let job = begin(desk, &Taking { volume, vault, role, plan: None, keep_days }, resource);
    Ok(without_nulls(json!({
        "BackupJobId": job.id,
        "RecoveryPointArn": job.made.as_ref().ok().map(|(_, point)| point),
        "CreationDate": job.created.unix_seconds(),
    })))
}

/// Begins a job.
pub fn begin(desk: &mut Desk, of: &Taking, resource: String) -> Job {
    let made = recovery_point::take(desk, of).map(|point| (point.snapshot, point.arn));
    let job = Job { id: desk.world.ids.uuid(), vault: of.vault.clone(), resource, created: desk.now, made };
    desk.keep(job.clone());
    job
}

fn describe(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = given(input, "BackupJobId")?;
    let job = desk.see::<Job>(id).ok_or_else(|| missing(format!("Backup job {id} not found")))?;
    let done = |snapshot: &str| desk.truth::<Snapshot>(snapshot).is_none_or(|snapshot| snapshot.completed.is_some());
    let (state, words) = match &job.made {
        Ok((snapshot, _)) if done(snapshot) => ("COMPLETED", None),
        Ok(_) => ("RUNNING", None),
        Err(words) => ("FAILED", Some(words)),
    };
    Ok(without_nulls(json!({
        "BackupJobId": job.id,
        "BackupVaultName": job.vault,
        "ResourceArn": job.resource,
        "ResourceType": "EBS",
        "RecoveryPointArn": job.made.as_ref().ok().map(|(_, point)| point),
        "State": state,
        "StatusMessage": words,
        "CreationDate": job.created.unix_seconds(),
    })))
}
