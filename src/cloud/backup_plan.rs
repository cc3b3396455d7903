//! Plans of AWS Backup, each with its rule and its selection: found by name, told apart by their marks.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_backup::operation::create_backup_plan::CreateBackupPlanError;
use aws_sdk_backup::types::{
    BackupPlanInput, BackupPlansListMember, BackupRule, BackupRuleInput, BackupSelection, ConditionParameter,
    Conditions, CopyAction, Lifecycle,
};
use futures_util::future::join_all;

use super::ec2::{gone, made, pages, undone};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Mark, Result, Scope};
use crate::resource::{Address, BackupPlan, FieldChange, Found, Kind, Resource, Status, Tags, compare};

/// What one page gives at most. Source: AWS Backup API reference, `ListBackupPlans`.
const PAGE: i32 = 1000;

/// What comes before a tag's key in a condition.
const TAG: &str = "aws:ResourceTag/";

const fn call(action: &'static str) -> Call {
    Call::new("backup", action)
}

impl Live for BackupPlan {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let prefix = scope.backup_prefix();
        let plans = all(cloud).await?;
        let ours: Vec<&BackupPlansListMember> =
            plans.iter().filter(|plan| plan.backup_plan_name().is_some_and(|name| name.starts_with(&prefix))).collect();
        let looks = ours.iter().map(|plan| look(cloud, scope, plan));
        let mut listing = Listing::default();
        for (done, plan) in join_all(looks).await.into_iter().zip(&ours) {
            match done {
                Ok(found) => listing.found.push(found),
                Err(error) if error.is(ErrorClass::NotFound) => {}
                Err(error) => {
                    let label = plan.backup_plan_name().and_then(|name| name.strip_prefix(&prefix));
                    let address = label.map(|label| Address::new(format!("backup.{label}")));
                    listing.unreadable.push(error.unreadable(Kind::BackupPlan, address));
                }
            }
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        if let Some(found) = self.earlier(cloud, identity).await? {
            return self.take_up(cloud, found, identity).await;
        }
        // A name may be given twice, and a request's id stands for a plan that is gone by now.
        let create = Call::look_first("backup", "CreateBackupPlan");
        let request = cloud
            .backup
            .create_backup_plan()
            .backup_plan(self.document(cloud)?)
            .set_backup_plan_tags(Some(identity.tags(Some(&self.tags)).into_iter().collect()));
        let send = || async { Ok(request.clone().send().await?.backup_plan_arn) };
        let find = || async { Ok(self.earlier(cloud, identity).await?.map(|found| Some(found.id))) };
        let arn = made(create, cloud.call_once::<_, CreateBackupPlanError, _, _>(create, send, find).await?)?;
        self.select(cloud, id_in(&arn)).await?;
        Ok(arn)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let id = id_in(&found.id);
        let parts: BTreeSet<&str> = changes.iter().filter_map(|change| change.path.split('.').next()).collect();
        let selection = ["role", "resources", "of", "others"];
        if parts.iter().any(|part| !matches!(*part, "tags" | "role" | "resources" | "of")) {
            let document = self.document(cloud)?;
            let update = call("UpdateBackupPlan").new_thing();
            let request = cloud.backup.update_backup_plan().backup_plan_id(id).backup_plan(document);
            cloud.call(update, || request.clone().send()).await?;
        }
        if selection.iter().any(|part| parts.contains(part)) {
            // None of one can be changed. A run that is cut off here leaves a plan that takes nothing in, and shows it.
            drop_selections(cloud, id).await?;
            self.select(cloud, id).await?;
        }
        cloud.retag_backup(found, Some(&self.tags), identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let id = id_in(&found.id);
        match drop_selections(cloud, id).await {
            Err(error) if error.is(ErrorClass::NotFound) => return Ok(Gone::Gone),
            done => done?,
        }
        let delete = call("DeleteBackupPlan");
        gone(cloud.call(delete, || cloud.backup.delete_backup_plan().backup_plan_id(id).send()).await)
    }
}

impl BackupPlan {
    /// The plan that an earlier run, or a call whose answer was lost, made for this very address.
    async fn earlier(&self, cloud: &Cloud, identity: &Identity) -> Result<Option<Found>> {
        let scope = Scope::new(&identity.production);
        for plan in all(cloud).await?.iter().filter(|plan| plan.backup_plan_name() == Some(&self.name)) {
            let found = look(cloud, &scope, plan).await?;
            if found.address == identity.address {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Brings a plan that an earlier run left unfinished to this state.
    async fn take_up(&self, cloud: &Cloud, mut found: Found, identity: &Identity) -> Result<String> {
        found.resource.rename(&|id| cloud.address_of(id.as_str()).unwrap_or_else(|| id.clone()));
        let changes = compare(&self.clone().into(), &found.resource);
        self.update(cloud, &found, identity, &changes).await?;
        Ok(found.id)
    }

    /// The plan's document: one rule.
    fn document(&self, cloud: &Cloud) -> Result<BackupPlanInput> {
        let put = call("CreateBackupPlan");
        let vault = cloud.id(&self.vault)?;
        let copies = self.copies.iter().map(|(vault, days)| {
            let to = CopyAction::builder().destination_backup_vault_arn(cloud.id(vault)?);
            put.built(to.set_lifecycle(lifecycle(Some(*days).filter(|days| *days > 0))).build())
        });
        let copies = copies.collect::<Result<Vec<_>>>()?;
        let rule = BackupRuleInput::builder()
            .rule_name(&self.name)
            .target_backup_vault_name(name_in(&vault))
            .schedule_expression(&self.schedule)
            .start_window_minutes(i64::from(self.start_minutes))
            .completion_window_minutes(i64::from(self.complete_minutes))
            .set_lifecycle(lifecycle(self.keep_days))
            .set_copy_actions((!copies.is_empty()).then_some(copies));
        let rule = put.built(rule.build())?;
        put.built(BackupPlanInput::builder().backup_plan_name(&self.name).rules(rule).build())
    }

    /// Says which volumes the plan takes in.
    async fn select(&self, cloud: &Cloud, plan: &str) -> Result<()> {
        let Some(role) = &self.role else { return Ok(()) };
        let put = call("CreateBackupSelection").new_thing();
        let all_of = self.of.iter().map(|(key, value)| {
            ConditionParameter::builder().condition_key(format!("{TAG}{key}")).condition_value(value).build()
        });
        let conditions = Conditions::builder().set_string_equals(Some(all_of.collect())).build();
        let selection = BackupSelection::builder()
            .selection_name(&self.name)
            .iam_role_arn(cloud.id(role)?)
            .set_resources(Some(self.resources.iter().cloned().collect()))
            .conditions(conditions);
        let selection = put.built(selection.build())?;
        let request = cloud.backup.create_backup_selection().backup_plan_id(plan).backup_selection(selection);
        match cloud.call(put, || request.clone().send()).await {
            // An answer was lost, and the call is said again.
            Err(error) if !error.is(ErrorClass::Exists) => Err(error),
            _ => Ok(()),
        }
    }
}

fn lifecycle(days: Option<u32>) -> Option<Lifecycle> {
    days.map(|days| Lifecycle::builder().delete_after_days(i64::from(days)).build())
}

/// All plans of the account that weren't deleted. No filter knows names.
async fn all(cloud: &Cloud) -> Result<Vec<BackupPlansListMember>> {
    pages(|token| async move {
        let request = cloud.backup.list_backup_plans().max_results(PAGE).set_next_token(token);
        let page = cloud.call(call("ListBackupPlans"), || request.clone().send()).await?;
        Ok((page.backup_plans_list, page.next_token))
    })
    .await
}

/// The ids of a plan's selections.
async fn selections(cloud: &Cloud, plan: &str) -> Result<Vec<String>> {
    let listed = pages(|token| async move {
        let request =
            cloud.backup.list_backup_selections().backup_plan_id(plan).max_results(PAGE).set_next_token(token);
        let page = cloud.call(call("ListBackupSelections"), || request.clone().send()).await?;
        Ok((page.backup_selections_list, page.next_token))
    })
    .await?;
    Ok(listed.into_iter().filter_map(|one| one.selection_id).collect())
}

async fn drop_selections(cloud: &Cloud, plan: &str) -> Result<()> {
    for selection in selections(cloud, plan).await? {
        let request = cloud.backup.delete_backup_selection().backup_plan_id(plan).selection_id(selection);
        undone(cloud.call(call("DeleteBackupSelection"), || request.clone().send()).await)?;
    }
    Ok(())
}

async fn selections_of(cloud: &Cloud, plan: &str) -> Result<Vec<BackupSelection>> {
    let ids = selections(cloud, plan).await?;
    let read = ids.iter().map(|selection| async move {
        let request = cloud.backup.get_backup_selection().backup_plan_id(plan).selection_id(selection);
        let answer = cloud.call(call("GetBackupSelection"), || request.clone().send()).await?;
        Ok(answer.backup_selection)
    });
    let read: Result<Vec<Option<BackupSelection>>> = join_all(read).await.into_iter().collect();
    Ok(read?.into_iter().flatten().collect())
}

/// The marks of a vault or a plan.
pub(super) async fn tags_of(cloud: &Cloud, arn: &str) -> Result<Mark> {
    let mut all = Tags::new();
    let mut token = None;
    loop {
        let request = cloud.backup.list_tags().resource_arn(arn).set_next_token(token);
        let page = cloud.call(call("ListTags"), || request.clone().send()).await?;
        all.extend(page.tags.into_iter().flatten());
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(Mark::read(all));
        }
    }
}

/// Reads one plan whole.
async fn look(cloud: &Cloud, scope: &Scope, plan: &BackupPlansListMember) -> Result<Found> {
    let (id, arn) = (plan.backup_plan_id().unwrap_or_default(), plan.backup_plan_arn().unwrap_or_default());
    let name = plan.backup_plan_name().unwrap_or_default();
    let document = async {
        let answer =
            cloud.call(call("GetBackupPlan"), || cloud.backup.get_backup_plan().backup_plan_id(id).send()).await?;
        Ok(answer.backup_plan)
    };
    let parts = futures_util::future::join3(document, tags_of(cloud, arn), selections_of(cloud, id)).await;
    let (document, mark, selections) = (parts.0?, parts.1?, parts.2?);
    let mut address = mark.address_in(scope, Kind::BackupPlan, name);
    // One that was stripped of its tags keeps its address by its name.
    if mark.own.is_empty()
        && let Some(label) = name.strip_prefix(&scope.backup_prefix())
    {
        address = Address::new(format!("backup.{label}"));
    }
    let (digest, protected) = (mark.digest(), mark.is_protected());
    let rules = document.map(|document| document.rules).unwrap_or_default();
    let live = BackupPlan { tags: mark.tags, ..read(name, arn, &rules, &selections) };
    let facts = BTreeMap::from([("plan_id".to_owned(), id.to_owned())]);
    let (id, resource) = (arn.to_owned(), Resource::from(live));
    Ok(Found { address, id, resource, digest, protected, status: Status::Ready, facts })
}

/// What a plan does: the rule and the selection of its own name, or the first of each; whatever else there is stands
/// among the others.
fn read(name: &str, arn: &str, rules: &[BackupRule], selections: &[BackupSelection]) -> BackupPlan {
    let rule = rules.iter().find(|rule| rule.rule_name() == name).or(rules.first());
    let selection = selections.iter().find(|one| one.selection_name() == name).or(selections.first());
    let mut others: BTreeSet<String> = rules
        .iter()
        .filter(|one| rule.is_some_and(|rule| !std::ptr::eq(rule, *one)))
        .map(|one| format!("rule {}", one.rule_name()))
        .collect();
    others.extend(
        selections
            .iter()
            .filter(|one| selection.is_some_and(|selection| !std::ptr::eq(selection, *one)))
            .map(|one| format!("selection {}", one.selection_name())),
    );
    others.extend(selection.into_iter().flat_map(conditions_beside));
    let minutes = |minutes: Option<i64>| minutes.and_then(|minutes| u32::try_from(minutes).ok()).unwrap_or(0);
    let copies = rule
        .into_iter()
        .flat_map(BackupRule::copy_actions)
        .map(|copy| (Address::new(copy.destination_backup_vault_arn()), days_of(copy.lifecycle()).unwrap_or(0)));
    let conditions = selection.and_then(BackupSelection::conditions);
    BackupPlan {
        name: name.to_owned(),
        vault: Address::new(rule.map(|rule| vault_beside(arn, rule.target_backup_vault_name())).unwrap_or_default()),
        role: selection.map(|one| Address::new(one.iam_role_arn())),
        schedule: rule.and_then(BackupRule::schedule_expression).unwrap_or_default().to_owned(),
        start_minutes: minutes(rule.and_then(BackupRule::start_window_minutes)),
        complete_minutes: minutes(rule.and_then(BackupRule::completion_window_minutes)),
        keep_days: rule.and_then(|rule| days_of(rule.lifecycle())),
        copies: copies.collect(),
        resources: selection.into_iter().flat_map(BackupSelection::resources).cloned().collect(),
        of: conditions
            .into_iter()
            .flat_map(Conditions::string_equals)
            .filter_map(|one| {
                Some((one.condition_key()?.strip_prefix(TAG)?.to_owned(), one.condition_value()?.to_owned()))
            })
            .collect(),
        others,
        tags: Tags::new(),
    }
}

/// What widens or narrows a selection in ways that this program never writes.
fn conditions_beside(selection: &BackupSelection) -> Vec<String> {
    let mut beside: Vec<String> =
        selection.list_of_tags().iter().map(|one| format!("or tag {}", one.condition_key())).collect();
    beside.extend(selection.not_resources().iter().map(|arn| format!("without {arn}")));
    if let Some(conditions) = selection.conditions() {
        let other = [conditions.string_not_equals(), conditions.string_like(), conditions.string_not_like()];
        beside.extend(
            other.into_iter().flatten().map(|one| format!("condition {}", one.condition_key().unwrap_or_default())),
        );
    }
    beside
}

fn days_of(lifecycle: Option<&Lifecycle>) -> Option<u32> {
    lifecycle?.delete_after_days().and_then(|days| u32::try_from(days).ok())
}

/// The id at the end of a plan's ARN, `arn:aws:backup:…:backup-plan:ID`.
fn id_in(arn: &str) -> &str {
    arn.split_once(":backup-plan:").map_or(arn, |(_, id)| id)
}

/// The name at the end of a vault's ARN, `arn:aws:backup:…:backup-vault:NAME`.
fn name_in(arn: &str) -> &str {
    arn.split_once(":backup-vault:").map_or(arn, |(_, name)| name)
}

/// The ARN of a vault of the plan's own account and region.
fn vault_beside(plan: &str, name: &str) -> String {
    match plan.split_once(":backup-plan:") {
        Some((place, _)) => format!("{place}:backup-vault:{name}"),
        None => name.to_owned(),
    }
}

impl Cloud {
    /// Brings the tags of a vault or a plan to these, and its digest to the one that is applied now, last.
    ///
    /// # Errors
    /// The service's refusal.
    pub(super) async fn retag_backup(&self, found: &Found, own: Option<&Tags>, identity: &Identity) -> Result<()> {
        let (set, remove) = identity.tag_changes(found, own);
        if !remove.is_empty() {
            let request = self.backup.untag_resource().resource_arn(&found.id).set_tag_key_list(Some(remove));
            self.call(call("UntagResource"), || request.clone().send()).await?;
        }
        if !set.is_empty() {
            let tags = set.into_iter().collect();
            let request = self.backup.tag_resource().resource_arn(&found.id).set_tags(Some(tags));
            self.call(call("TagResource").new_thing(), || request.clone().send()).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = "arn:aws:backup:us-west-2:123456789012:backup-plan:1f2e";
    const VAULT: &str = "arn:aws:backup:us-west-2:123456789012:backup-vault:closedset_nebula_nightly";

    #[test]
    fn a_rule_names_its_vault_and_others_are_listed() {
        assert_eq!(vault_beside(PLAN, "closedset_nebula_nightly"), VAULT);
        assert_eq!((id_in(PLAN), name_in(VAULT)), ("1f2e", "closedset_nebula_nightly"));
        let rule = |name: &str| {
            let rule = BackupRule::builder().rule_name(name).target_backup_vault_name("closedset_nebula_nightly");
            rule.lifecycle(Lifecycle::builder().delete_after_days(35).build()).build().expect("it has all it needs")
        };
        let plan = read("nightly", PLAN, &[rule("weekly"), rule("nightly")], &[]);
        assert_eq!((plan.vault.as_str(), plan.keep_days), (VAULT, Some(35)));
        assert_eq!(plan.others, BTreeSet::from(["rule weekly".to_owned()]));
    }
}
