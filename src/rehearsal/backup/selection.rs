//! What a plan takes in: ARNs, and the tags that a resource has to bear.

use super::plan::existing as plan_of;
use super::{given, invalid, is_name, missing, page, without_nulls};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::kms::Action;
use crate::rehearsal::store::Kept;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A selection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Selection {
    /// A UUID.
    pub id: String,
    /// The id of its plan.
    pub plan: String,
    /// When it was created.
    pub created: Moment,
    /// The id of the request that created it.
    pub creator: Option<String>,
    /// What it says.
    pub document: Value,
}

impl Kept for Selection {
    fn id(&self) -> &str {
        &self.id
    }
}

/// What makes, shows and ends it.
pub const ACTIONS: &[Action] = &[
    ("CreateBackupSelection", create),
    ("GetBackupSelection", get),
    ("ListBackupSelections", list),
    ("DeleteBackupSelection", delete),
];

fn existing<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d Selection> {
    let plan = plan_of(desk, input)?;
    let id = given(input, "SelectionId")?;
    let selection = desk.see::<Selection>(id).filter(|selection| selection.plan == plan.id);
    selection.ok_or_else(|| missing(format!("Backup selection {id} not found")))
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let plan = plan_of(desk, input)?.id.clone();
    let document = input.get("BackupSelection").cloned().unwrap_or_default();
    let name = given(&document, "SelectionName")?.to_owned();
    if !is_name(&name, b"-_.", 50) {
        return Err(invalid("The selection's name is not valid"));
    }
    assumable(desk, given(&document, "IamRoleArn")?)?;
    let same = |one: &&Selection| one.plan == plan && one.document.text("SelectionName") == Some(&name);
    if desk.truths::<Selection>().find(same).is_some() {
        return Err(AwsError::new("AlreadyExistsException", format!("Backup selection {name} already exists")));
    }
    let (id, created) = (desk.world.ids.uuid(), desk.now);
    let answer = json!({ "SelectionId": id, "BackupPlanId": plan, "CreationDate": created.unix_seconds() });
    let creator = input.text("CreatorRequestId").map(str::to_owned);
    desk.keep(Selection { id, plan, created, creator, document });
    Ok(answer)
}

/// The role has to be there, known to the service by now, and to trust it.
fn assumable(desk: &Desk, arn: &str) -> Outcome {
    let role = desk.world.iam.roles.truths().find(|role| role.arn == arn);
    let trusts = role.is_some_and(|role| role.trust.contains("backup.amazonaws.com") && role.spread <= desk.now);
    let words = || invalid(format!("IAM Role {arn} cannot be assumed by AWS Backup"));
    if trusts { Ok(()) } else { Err(words()) }
}

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let selection = existing(desk, input)?;
    Ok(without_nulls(json!({
        "BackupSelection": selection.document,
        "SelectionId": selection.id,
        "BackupPlanId": selection.plan,
        "CreationDate": selection.created.unix_seconds(),
        "CreatorRequestId": selection.creator,
    })))
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let plan = plan_of(desk, input)?;
    let of_plan = desk.seen::<Selection>().filter(|selection| selection.plan == plan.id);
    let all = of_plan
        .map(|selection| {
            let shown = without_nulls(json!({
                "SelectionId": selection.id,
                "SelectionName": selection.document.text("SelectionName"),
                "BackupPlanId": selection.plan,
                "CreationDate": selection.created.unix_seconds(),
                "CreatorRequestId": selection.creator,
                "IamRoleArn": selection.document.text("IamRoleArn"),
            }));
            (selection.id.clone(), shown)
        })
        .collect();
    Ok(page(desk, input, "BackupSelectionsList", all))
}

fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = existing(desk, input)?.id.clone();
    desk.remove::<Selection>(&id);
    Ok(json!({}))
}

impl Selection {
    /// Whether it takes a volume in. A rehearsal's selections are by ARN and by tags that all have to be there.
    pub fn takes(&self, desk: &Desk, volume: &Volume) -> bool {
        let arn = desk.arn("ec2", &format!("volume/{}", volume.id));
        let named = self.document.list("Resources").iter().filter_map(Value::as_str).any(|form| fits(form, &arn));
        let conditions = self.document.get("Conditions").map(|all| all.list("StringEquals")).unwrap_or_default();
        let borne = conditions.iter().all(|one| {
            let key = one.text("ConditionKey").and_then(|key| key.strip_prefix("aws:ResourceTag/"));
            key.is_some_and(|key| volume.tags.get(key).map(String::as_str) == one.text("ConditionValue"))
        });
        named && borne
    }
}

/// Whether an ARN is of a form in which `*` stands for anything.
fn fits(form: &str, arn: &str) -> bool {
    match form.split_once('*') {
        None => form == arn,
        Some((head, "")) => arn.starts_with(head),
        Some((head, rest)) => arn
            .strip_prefix(head)
            .is_some_and(|arn| (0..=arn.len()).any(|at| arn.get(at..).is_some_and(|tail| fits(rest, tail)))),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_anything() {
        assert!(fits("*", "arn:a") && fits("arn:*:volume/*", "arn:aws:ec2:x:1:volume/vol-1"));
        assert!(!fits("arn:*:instance/*", "arn:aws:ec2:x:1:volume/vol-1") && !fits("arn:a", "arn:ab"));
    }
}
