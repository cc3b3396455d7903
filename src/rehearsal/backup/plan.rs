//! What a plan is: rules that say when, where to and for how long.

use super::selection::Selection;
use super::{given, invalid, is_name, missing, page, refused, tag, without_nulls};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::Action;
use crate::rehearsal::store::Kept;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A plan.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// A UUID.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// The id of its present version.
    pub plan_version: String,
    /// When it was created.
    pub created: Moment,
    /// When it last ran.
    pub ran: Option<Moment>,
    /// Up to when its schedule was followed.
    pub since: Moment,
    /// The id of the request that created it.
    pub creator: Option<String>,
    /// Its document, with what the service adds to each rule.
    pub document: Value,
    /// Its tags.
    pub tags: Tags,
}

impl Kept for Plan {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Plan {
    /// Its rules.
    pub fn rules(&self) -> &[Value] {
        self.document.list("Rules")
    }

    fn name(&self) -> &str {
        self.document.text("BackupPlanName").unwrap_or_default()
    }

    fn head(&self) -> Value {
        without_nulls(json!({
            "BackupPlanId": self.id,
            "BackupPlanArn": self.arn,
            "VersionId": self.plan_version,
            "CreationDate": self.created.unix_seconds(),
            "LastExecutionDate": self.ran.map(Moment::unix_seconds),
            "CreatorRequestId": self.creator,
        }))
    }
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateBackupPlan", create),
    ("GetBackupPlan", get),
    ("UpdateBackupPlan", update),
    ("ListBackupPlans", list),
    ("DeleteBackupPlan", delete),
];

/// The plan that a request names, as this call sees it.
pub fn existing<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d Plan> {
    let plan = desk.see::<Plan>(given(input, "BackupPlanId")?);
    plan.ok_or_else(|| missing("Failed reading Backup plan with provided version"))
}

/// A plan's document as the service keeps it. \[B\] BackupRule; defaults as moto and the console have them.
fn kept(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let mut document = input.get("BackupPlan").cloned().unwrap_or_default();
    given(&document, "BackupPlanName")?;
    if document.list("Rules").is_empty() {
        return Err(invalid("A backup plan needs a rule"));
    }
    let rules = document.get_mut("Rules").and_then(Value::as_array_mut);
    for rule in rules.into_iter().flatten() {
        if !is_name(given(rule, "RuleName")?, b"-_.", 50) {
            return Err(invalid("The rule's name is not valid"));
        }
        let vault = given(rule, "TargetBackupVaultName")?.to_owned();
        if desk.truth::<super::vault::Vault>(&vault).is_none() {
            return Err(invalid(format!("Backup vault {vault} does not exist")));
        }
        checked(rule)?;
        let id = desk.world.ids.uuid();
        let members = rule.as_object_mut().ok_or_else(|| invalid("A rule is an object"))?;
        let defaults = [
            ("ScheduleExpression", json!("cron(0 5 ? * * *)")),
            ("StartWindowMinutes", json!(480)),
            ("CompletionWindowMinutes", json!(10_080)),
            ("ScheduleExpressionTimezone", json!("Etc/UTC")),
        ];
        for (member, value) in defaults {
            members.entry(member).or_insert(value);
        }
        members.insert("RuleId".to_owned(), json!(id));
    }
    Ok(document)
}

/// What the service refuses of a rule.
fn checked(rule: &Value) -> Outcome {
    let start = rule.number("StartWindowMinutes");
    if start.is_some_and(|minutes| minutes < 60) {
        return Err(invalid("The start window must be 60 minutes at least"));
    }
    if let (Some(start), Some(complete)) = (start, rule.number("CompletionWindowMinutes"))
        && complete < start + 60
    {
        return Err(invalid("The completion window must be 60 minutes longer than the start window"));
    }
    if rule.text("ScheduleExpression").is_some_and(|schedule| !super::schedule::is_cron(schedule)) {
        return Err(invalid("The schedule expression is not valid"));
    }
    let lifecycle = |of: &Value| of.get("Lifecycle").and_then(|lifecycle| lifecycle.number("DeleteAfterDays"));
    let all = std::iter::once(rule).chain(rule.list("CopyActions"));
    if all.filter_map(lifecycle).any(|days| days < 1) {
        return Err(invalid("DeleteAfterDays must be at least 1 day"));
    }
    Ok(())
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let document = kept(desk, input)?;
    let name = given(&document, "BackupPlanName")?;
    if desk.truths::<Plan>().any(|plan| plan.name() == name) {
        return Err(AwsError::new("AlreadyExistsException", "Backup plan with the same plan document already exists"));
    }
    let mut tags = Tags::new();
    tag::add(&mut tags, input.get("BackupPlanTags"))?;
    let id = desk.world.ids.uuid();
    let plan = Plan {
        arn: desk.arn("backup", &format!("backup-plan:{id}")),
        id,
        plan_version: desk.world.ids.hex(48),
        created: desk.now,
        ran: None,
        since: desk.now,
        creator: input.text("CreatorRequestId").map(str::to_owned),
        document,
        tags,
    };
    let answer = json!({
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan.arn,
        "CreationDate": plan.created.unix_seconds(),
        "VersionId": plan.plan_version,
    });
    desk.keep(plan);
    Ok(answer)
}

fn get(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let plan = existing(desk, input)?;
    let mut answer = plan.head();
    answer["BackupPlan"] = plan.document.clone();
    Ok(answer)
}

fn update(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = existing(desk, input)?.id.clone();
    let document = kept(desk, input)?;
    let version = desk.world.ids.hex(48);
    let plan = desk.change::<Plan>(&id).ok_or_else(|| missing("Failed reading Backup plan"))?;
    (plan.document, plan.plan_version) = (document, version);
    Ok(json!({
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan.arn,
        "CreationDate": plan.created.unix_seconds(),
        "VersionId": plan.plan_version,
    }))
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let all = desk
        .seen::<Plan>()
        .map(|plan| {
            let mut head = plan.head();
            head["BackupPlanName"] = json!(plan.name());
            (plan.id.clone(), head)
        })
        .collect();
    Ok(page(desk, input, "BackupPlansList", all))
}

/// \[B\] DeleteBackupPlan: only once all its selections are gone. A rehearsal forgets it then; AWS goes on showing it to
/// whoever asks for deleted ones.
fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = existing(desk, input)?.id.clone();
    if desk.truths::<Selection>().any(|selection| selection.plan == id) {
        return Err(refused("Related backup plan selections must be deleted prior to backup plan deletion"));
    }
    let now = desk.now;
    let plan = desk.remove::<Plan>(&id).ok_or_else(|| missing("Failed reading Backup plan"))?;
    Ok(json!({
        "BackupPlanId": plan.id,
        "BackupPlanArn": plan.arn,
        "DeletionDate": now.unix_seconds(),
        "VersionId": plan.plan_version,
    }))
}
