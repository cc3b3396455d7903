//! Tags: how they are given, limited, written and matched.

use super::physics::limits;
use super::wire::{AwsError, Form, Outcome, Xml};
use std::collections::BTreeMap;

/// Tags of one resource, by key.
pub type Tags = BTreeMap<String, String>;

/// Adds tags under EC2's rules: at most 50, keys and values of bounded length, none that begins with `aws:`.
pub fn add(tags: &mut Tags, more: &Tags) -> Outcome {
    for (key, value) in more {
        checked(key, value)?;
    }
    let new = more.keys().filter(|key| !tags.contains_key(*key)).count();
    if tags.len() + new > limits::TAGS {
        return Err(AwsError::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached."));
    }
    tags.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(())
}

fn checked(key: &str, value: &str) -> Outcome {
    if key.to_ascii_lowercase().starts_with("aws:") {
        let message = "Tag keys starting with 'aws:' are reserved for internal use";
        return Err(AwsError::new("InvalidParameterValue", message));
    }
    if key.is_empty() || key.chars().count() > limits::TAG_KEY {
        return Err(AwsError::refused(format!(
            "Tag key '{key}' must have a length of 1 to {} characters",
            limits::TAG_KEY
        )));
    }
    if value.chars().count() > limits::TAG_VALUE {
        return Err(AwsError::refused(format!(
            "Tag value exceeds the maximum length of {} characters",
            limits::TAG_VALUE
        )));
    }
    Ok(())
}

/// The tags of a list of `Key` and `Value`.
pub fn listed(form: &Form, path: &str) -> Outcome<Tags> {
    let mut tags = Tags::new();
    for tag in form.list(path) {
        let key = tag.text("Key").ok_or_else(|| AwsError::missing("Key"))?;
        if tags.insert(key.to_owned(), tag.text("Value").unwrap_or_default().to_owned()).is_some() {
            return Err(AwsError::refused(format!("Duplicate tag keys found: {key}")));
        }
    }
    Ok(tags)
}

/// The tags that a creating call gives to one resource type; the call may name only the types in `allowed`.
pub fn specified(form: &Form, resource_type: &str, allowed: &[&str]) -> Outcome<Tags> {
    let mut tags = Tags::new();
    for specification in form.list("TagSpecification") {
        let given = specification.required("ResourceType")?;
        if !allowed.contains(&given) {
            return Err(AwsError::refused(format!(
                "'{given}' is not a valid taggable resource type for this operation."
            )));
        }
        let more = listed(specification, "Tag")?;
        if given == resource_type {
            add(&mut tags, &more)?;
        }
    }
    Ok(tags)
}

/// `<tagSet>`.
pub fn write(x: &mut Xml, tags: &Tags) {
    if !tags.is_empty() {
        x.list("tagSet", tags, |x, (key, value)| {
            x.leaf("key", key).leaf("value", value);
        });
    }
}
