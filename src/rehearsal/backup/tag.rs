//! Tags of vaults and plans.

use super::plan::Plan;
use super::vault::Vault;
use super::{given, invalid, missing};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::Action;
use crate::rehearsal::physics::limits;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What reads and sets them.
pub const ACTIONS: &[Action] = &[("ListTags", list), ("TagResource", tag), ("UntagResource", untag)];

/// Adds a map of tags under AWS Backup's rules.
pub fn add(tags: &mut Tags, given: Option<&Value>) -> Outcome {
    for (key, value) in given.and_then(Value::as_object).into_iter().flatten() {
        if key.starts_with("aws:") || key.is_empty() || key.len() > limits::TAG_KEY {
            return Err(invalid(format!("The tag key {key} is not valid")));
        }
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    if tags.len() > limits::TAGS {
        return Err(AwsError::new("LimitExceededException", "Too many tags"));
    }
    Ok(())
}

/// What an ARN names.
enum Tagged {
    Vault(String),
    Plan(String),
}

fn named(desk: &Desk, input: &Value) -> Outcome<(Tagged, Tags)> {
    let arn = given(input, "ResourceArn")?;
    if let Some(vault) = arn.split_once(":backup-vault:").and_then(|(_, name)| desk.see::<Vault>(name)) {
        return Ok((Tagged::Vault(vault.name.clone()), vault.tags.clone()));
    }
    let plan = arn.split_once(":backup-plan:").and_then(|(_, id)| desk.see::<Plan>(id));
    let plan = plan.ok_or_else(|| missing(format!("Resource {arn} not found")))?;
    Ok((Tagged::Plan(plan.id.clone()), plan.tags.clone()))
}

fn keep(desk: &mut Desk, what: Tagged, tags: Tags) {
    match what {
        Tagged::Vault(name) => {
            if let Some(vault) = desk.change::<Vault>(&name) {
                vault.tags = tags;
            }
        }
        Tagged::Plan(id) => {
            if let Some(plan) = desk.change::<Plan>(&id) {
                plan.tags = tags;
            }
        }
    }
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    Ok(json!({ "Tags": named(desk, input)?.1 }))
}

fn tag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let (what, mut tags) = named(desk, input)?;
    add(&mut tags, input.get("Tags"))?;
    keep(desk, what, tags);
    Ok(json!({}))
}

fn untag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let (what, mut tags) = named(desk, input)?;
    let doomed: Vec<&str> = input.list("TagKeyList").iter().filter_map(Value::as_str).collect();
    tags.retain(|key, _| !doomed.contains(&key.as_str()));
    keep(desk, what, tags);
    Ok(json!({}))
}
