//! Tags after creation: CreateTags, DeleteTags, DescribeTags.

use super::filter::matches;
use super::kind::Action;
use super::read;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What can be done with tags.
pub const ACTIONS: &[Action] = &[("CreateTags", create), ("DeleteTags", delete), ("DescribeTags", describe)];

/// The resources of a call, all of which have to be there.
fn resources(desk: &Desk, form: &Form) -> Outcome<Vec<String>> {
    let ids = form.texts("ResourceId");
    if ids.is_empty() {
        return Err(AwsError::missing("resourceIdSet"));
    }
    if ids.len() > limits::BATCH {
        return Err(AwsError::refused(format!("The number of resources must not exceed {}", limits::BATCH)));
    }
    for id in &ids {
        if !desk.here().sees(id, desk.glance()) {
            return Err(unknown(id));
        }
    }
    Ok(ids)
}

fn unknown(id: &str) -> AwsError {
    let code = match id.split('-').next().unwrap_or_default() {
        "vpc" => "InvalidVpcID.NotFound",
        "subnet" => "InvalidSubnetID.NotFound",
        "rtb" => "InvalidRouteTableID.NotFound",
        "igw" => "InvalidInternetGatewayID.NotFound",
        "sg" => "InvalidGroup.NotFound",
        "sgr" => "InvalidSecurityGroupRuleId.NotFound",
        "pl" => "InvalidPrefixListID.NotFound",
        "vpce" => "InvalidVpcEndpointId.NotFound",
        "eni" => "InvalidNetworkInterfaceID.NotFound",
        "i" => "InvalidInstanceID.NotFound",
        "vol" => "InvalidVolume.NotFound",
        "snap" => "InvalidSnapshot.NotFound",
        _ => "InvalidID",
    };
    AwsError::new(code, format!("The ID '{id}' is not valid"))
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let ids = resources(desk, form)?;
    let more = tags::listed(form, "Tag")?;
    if more.is_empty() {
        return Err(AwsError::missing("tagSet"));
    }
    let (now, settles) = (desk.now, desk.settles());
    // All or nothing: the limit is checked on all of them before any is changed.
    for commit in [false, true] {
        for id in &ids {
            let Some(own) = desk.here_mut().tags_mut(id, now, settles) else { continue };
            if commit {
                tags::add(own, &more)?;
            } else {
                tags::add(&mut own.clone(), &more)?;
            }
        }
    }
    x.leaf("return", true);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let ids = resources(desk, form)?;
    let named: Vec<(String, Option<String>)> = form
        .list("Tag")
        .into_iter()
        .map(|tag| (tag.text("Key").unwrap_or_default().to_owned(), tag.text("Value").map(str::to_owned)))
        .collect();
    let (now, settles) = (desk.now, desk.settles());
    for id in &ids {
        let Some(own) = desk.here_mut().tags_mut(id, now, settles) else { continue };
        if named.is_empty() {
            // No tags named means all of the user's tags.
            own.clear();
        }
        own.retain(|key, value| {
            !named.iter().any(|(name, only)| name == key && only.as_ref().is_none_or(|only| only == value))
        });
    }
    x.leaf("return", true);
    Ok(())
}

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let mut filters: Vec<(String, Vec<String>)> = Vec::new();
    for filter in form.list("Filter") {
        let name = filter.required("Name")?;
        if !["key", "value", "resource-id", "resource-type"].contains(&name) && !name.starts_with("tag:") {
            return Err(AwsError::refused(format!("The filter '{name}' is invalid")));
        }
        filters.push((name.to_owned(), filter.texts("Value")));
    }
    let mut rows: Vec<(String, [String; 4])> = Vec::new();
    desk.here().each_tagged(desk.glance(), |kind, id, tags| {
        for (key, value) in tags {
            let passes = filters.iter().all(|(name, values)| {
                let field = match name.as_str() {
                    "key" => key,
                    "value" => value,
                    "resource-id" => id,
                    "resource-type" => kind,
                    other if other.strip_prefix("tag:") == Some(key.as_str()) => value,
                    _ => return false,
                };
                values.iter().any(|pattern| matches(pattern, field))
            });
            if passes {
                rows.push((format!("{id} {key}"), [key.clone(), id.to_owned(), kind.to_owned(), value.clone()]));
            }
        }
    });
    rows.sort();
    let page = read::page(desk, form, 1000, rows, |(order, _)| order)?;
    x.list("tagSet", page.items, |x, (_, [key, id, kind, value])| {
        x.leaf("key", key).leaf("resourceId", id).leaf("resourceType", kind).leaf("value", value);
    });
    x.leaf_if("nextToken", page.next);
    Ok(())
}
