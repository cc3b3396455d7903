//! Aliases.

use super::Action;
use super::key::{self, Key, KeyState};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::store::Kept;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An alias.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Alias {
    /// `alias/…`.
    pub name: String,
    /// The id of its key.
    pub target: String,
    /// When it was created.
    pub created: Moment,
    /// When it was last changed.
    pub updated: Moment,
}

impl Kept for Alias {
    fn id(&self) -> &str {
        &self.name
    }
}

/// What it does.
pub const ACTIONS: &[Action] =
    &[("CreateAlias", create), ("UpdateAlias", update), ("DeleteAlias", delete), ("ListAliases", list)];

fn name_of(input: &Value) -> Outcome<&str> {
    let name = input.required("AliasName")?;
    let rest = name.strip_prefix("alias/").unwrap_or_default();
    let good = !rest.is_empty()
        && name.len() <= 256
        && rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte));
    if !good {
        return Err(AwsError::new("InvalidAliasNameException", format!("{name} is not a valid alias name")));
    }
    if rest.starts_with("aws/") {
        return Err(AwsError::new("NotAuthorizedException", "Aliases that begin with alias/aws/ are reserved"));
    }
    Ok(name)
}

fn target_of(desk: &Desk, input: &Value) -> Outcome<String> {
    let target = input.required("TargetKeyId")?;
    let key = key::found(desk, &json!({ "KeyId": target }))?;
    if target.contains("alias/") {
        return Err(AwsError::new("ValidationException", "Aliases must refer to keys. Not aliases"));
    }
    if desk.truth::<Key>(&key.id).is_some_and(|key| key.state == KeyState::PendingDeletion) {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is pending deletion.", key.arn)));
    }
    Ok(key.id.clone())
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = name_of(input)?.to_owned();
    if desk.truth::<Alias>(&name).is_some() {
        let arn = desk.arn("kms", &name);
        return Err(AwsError::new("AlreadyExistsException", format!("An alias with the name {arn} already exists")));
    }
    let target = target_of(desk, input)?;
    if desk.truths::<Alias>().filter(|alias| alias.target == target).count() >= limits::KEY_ALIASES {
        return Err(AwsError::new("LimitExceededException", "The key has too many aliases"));
    }
    let now = desk.now;
    desk.keep(Alias { name, target, created: now, updated: now });
    Ok(json!({}))
}

fn missing(desk: &Desk, name: &str) -> AwsError {
    AwsError::new("NotFoundException", format!("Alias {} is not found.", desk.arn("kms", name)))
}

fn update(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = name_of(input)?.to_owned();
    let target = target_of(desk, input)?;
    let absent = missing(desk, &name);
    let now = desk.now;
    let alias = desk.change::<Alias>(&name).ok_or(absent)?;
    alias.target = target;
    alias.updated = now;
    Ok(json!({}))
}

fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = name_of(input)?.to_owned();
    let absent = missing(desk, &name);
    desk.remove::<Alias>(&name).ok_or(absent)?;
    Ok(json!({}))
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let only = match input.text("KeyId") {
        Some(_) => Some(key::found(desk, input)?.id.clone()),
        None => None,
    };
    let mut all: Vec<Value> = desk
        .seen::<Alias>()
        .filter(|alias| only.as_ref().is_none_or(|only| *only == alias.target))
        .map(|alias| {
            json!({
                "AliasName": alias.name,
                "AliasArn": desk.arn("kms", &alias.name),
                "TargetKeyId": alias.target,
                "CreationDate": alias.created.unix_seconds(),
                "LastUpdatedDate": alias.updated.unix_seconds(),
            })
        })
        .collect();
    if only.is_none() {
        let own = json!({ "AliasName": "alias/aws/ebs", "AliasArn": desk.arn("kms", "alias/aws/ebs") });
        all.push(own);
    }
    let order = |alias: &Value| alias["AliasName"].as_str().unwrap_or_default().to_owned();
    all.sort_by_key(order);
    key::page(desk, input, "Aliases", all, order)
}
