//! Tags of keys.

use super::Action;
use super::key::{self, Key};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde_json::{Value, json};

/// What reads and sets them.
pub const ACTIONS: &[Action] = &[("ListResourceTags", list), ("TagResource", tag), ("UntagResource", untag)];

/// Adds a request's `Tags` under KMS's rules.
pub fn add(tags: &mut Tags, input: &Value) -> Outcome {
    for tag in input.list("Tags") {
        let key = tag.required("TagKey")?;
        if key.starts_with("aws:") || key.len() > limits::TAG_KEY {
            return Err(AwsError::new("TagException", format!("The tag key {key} is not valid")));
        }
        tags.insert(key.to_owned(), tag.text("TagValue").unwrap_or_default().to_owned());
    }
    if tags.len() > limits::TAGS {
        return Err(AwsError::new("TagException", "Too many tags"));
    }
    Ok(())
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let key = key::found(desk, input)?;
    let all: Vec<Value> = key.tags.iter().map(|(key, value)| json!({ "TagKey": key, "TagValue": value })).collect();
    key::page(desk, input, "Tags", all, |tag| tag["TagKey"].as_str().unwrap_or_default().to_owned())
}

fn tag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = key::changeable(desk, input)?;
    let mut tags = desk.truth::<Key>(&id).map(|key| key.tags.clone()).unwrap_or_default();
    add(&mut tags, input)?;
    if let Some(key) = desk.change::<Key>(&id) {
        key.tags = tags;
    }
    Ok(json!({}))
}

fn untag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let id = key::changeable(desk, input)?;
    let doomed: Vec<&str> = input.list("TagKeys").iter().filter_map(Value::as_str).collect();
    if let Some(key) = desk.change::<Key>(&id) {
        key.tags.retain(|key, _| !doomed.contains(&key.as_str()));
    }
    Ok(json!({}))
}
