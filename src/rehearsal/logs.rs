//! CloudWatch Logs: log groups.

use super::clock::Moment;
use super::desk::Desk;
use super::kms::Action;
use super::physics::limits;
use super::store::Kept;
use super::tags::Tags;
use super::wire::json::Members;
use super::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A log group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LogGroup {
    /// Its name.
    pub name: String,
    /// Days for which lines are kept; none for ever.
    pub retention: Option<i64>,
    /// The ARN of its key.
    pub key: Option<String>,
    /// `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    pub class: String,
    /// When it was created.
    pub created: Moment,
    /// Its tags.
    pub tags: Tags,
}

impl Kept for LogGroup {
    fn id(&self) -> &str {
        &self.name
    }
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateLogGroup", create),
    ("DescribeLogGroups", describe),
    ("DeleteLogGroup", delete),
    ("PutRetentionPolicy", put_retention),
    ("DeleteRetentionPolicy", |desk, input| change(desk, input, |group| group.retention = None)),
    ("AssociateKmsKey", associate_key),
    ("DisassociateKmsKey", |desk, input| change(desk, input, |group| group.key = None)),
    ("ListTagsForResource", |desk, input| Ok(json!({ "tags": by_arn(desk, input)?.tags }))),
    ("TagResource", tag),
    ("UntagResource", untag),
];

/// The days that can be chosen. \[B\] PutRetentionPolicy.
const DAYS: &[i64] =
    &[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// The largest and usual page. \[B\] DescribeLogGroups.
const PAGE: i64 = 50;

fn missing() -> AwsError {
    AwsError::new("ResourceNotFoundException", "The specified log group does not exist.")
}

fn invalid(message: impl std::fmt::Display) -> AwsError {
    AwsError::new("InvalidParameterException", message)
}

fn name_of(input: &Value) -> Outcome<String> {
    match (input.text("logGroupName"), input.text("resourceIdentifier")) {
        (Some(name), None) => Ok(name.to_owned()),
        (None, Some(arn)) => Ok(name_in(arn).to_owned()),
        _ => Err(invalid("Exactly one of logGroupName and resourceIdentifier must be given")),
    }
}

fn name_in(arn: &str) -> &str {
    arn.split(":log-group:").nth(1).unwrap_or_default().trim_end_matches(":*")
}

fn by_arn<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d LogGroup> {
    desk.see::<LogGroup>(name_in(input.required("resourceArn")?)).ok_or_else(missing)
}

fn change(desk: &mut Desk, input: &Value, how: impl FnOnce(&mut LogGroup)) -> Outcome<Value> {
    let name = name_of(input)?;
    if desk.see::<LogGroup>(&name).is_none() {
        return Err(missing());
    }
    how(desk.change::<LogGroup>(&name).ok_or_else(missing)?);
    Ok(json!({}))
}

fn given_tags(input: &Value, tags: &mut Tags) -> Outcome {
    let given = input.get("tags").and_then(Value::as_object);
    for (key, value) in given.into_iter().flatten() {
        if key.starts_with("aws:") {
            return Err(invalid("Tag keys cannot start with aws:"));
        }
        tags.insert(key.clone(), value.as_str().unwrap_or_default().to_owned());
    }
    if tags.len() > limits::TAGS {
        return Err(AwsError::new("TooManyTagsException", "Too many tags"));
    }
    Ok(())
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = input.required("logGroupName")?.to_owned();
    let good = name.len() <= 512 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/#".contains(&byte));
    if !good {
        return Err(invalid(format!("The log group name {name} is not valid")));
    }
    if desk.truth::<LogGroup>(&name).is_some() {
        return Err(AwsError::new("ResourceAlreadyExistsException", "The specified log group already exists"));
    }
    let mut tags = Tags::new();
    given_tags(input, &mut tags)?;
    let key = input.text("kmsKeyId").map(str::to_owned);
    key_fits(desk, key.as_deref())?;
    let class = input.text("logGroupClass").unwrap_or("STANDARD").to_owned();
    let created = desk.now;
    desk.keep(LogGroup { name, retention: None, key, class, created, tags });
    Ok(json!({}))
}

fn key_fits(desk: &Desk, arn: Option<&str>) -> Outcome {
    match arn {
        None => Ok(()),
        Some(arn) => super::kms::key::usable(desk, arn).map_err(|_| {
            invalid("The specified KMS key does not exist or is not allowed to be used with this log group")
        }),
    }
}

fn describe(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let prefix = input.text("logGroupNamePrefix");
    let pattern = input.text("logGroupNamePattern");
    if prefix.is_some() && pattern.is_some() {
        return Err(invalid("logGroupNamePrefix and logGroupNamePattern are mutually exclusive"));
    }
    let limit = input.number("limit").unwrap_or(PAGE).clamp(1, PAGE);
    let limit = usize::try_from(limit).unwrap_or(1).min(desk.settings.faults.odds().page);
    let after = input.text("nextToken");
    let mut rest = desk
        .seen::<LogGroup>()
        .filter(|group| prefix.is_none_or(|prefix| group.name.starts_with(prefix)))
        .filter(|group| pattern.is_none_or(|pattern| group.name.contains(pattern)))
        .skip_while(|group| after.is_some_and(|after| group.name.as_str() <= after))
        .peekable();
    let page: Vec<&LogGroup> = rest.by_ref().take(limit).collect();
    let next = page.last().filter(|_| rest.peek().is_some()).map(|last| last.name.clone());
    let groups: Vec<Value> = page
        .into_iter()
        .map(|group| {
            let arn = desk.arn("logs", &format!("log-group:{}", group.name));
            let mut shown = json!({
                "logGroupName": group.name,
                "creationTime": group.created.unix_ms(),
                "metricFilterCount": 0,
                "arn": format!("{arn}:*"),
                "logGroupArn": arn,
                "storedBytes": 0,
                "logGroupClass": group.class,
            });
            if let Some(days) = group.retention {
                shown["retentionInDays"] = json!(days);
            }
            if let Some(key) = &group.key {
                shown["kmsKeyId"] = json!(key);
            }
            shown
        })
        .collect();
    let mut answer = json!({ "logGroups": groups });
    if let Some(next) = next {
        answer["nextToken"] = json!(next);
    }
    Ok(answer)
}

fn delete(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = input.required("logGroupName")?.to_owned();
    if desk.see::<LogGroup>(&name).is_none() {
        return Err(missing());
    }
    desk.remove::<LogGroup>(&name).ok_or_else(missing)?;
    Ok(json!({}))
}

fn put_retention(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let days = input.number("retentionInDays").ok_or_else(|| invalid("retentionInDays is missing"))?;
    if !DAYS.contains(&days) {
        return Err(invalid(format!("{days} is not a valid retention period")));
    }
    change(desk, input, |group| group.retention = Some(days))
}

fn associate_key(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let key = input.required("kmsKeyId")?.to_owned();
    key_fits(desk, Some(&key))?;
    change(desk, input, |group| group.key = Some(key))
}

fn tag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let group = by_arn(desk, input)?;
    let (name, mut tags) = (group.name.clone(), group.tags.clone());
    given_tags(input, &mut tags)?;
    if let Some(group) = desk.change::<LogGroup>(&name) {
        group.tags = tags;
    }
    Ok(json!({}))
}

fn untag(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let name = by_arn(desk, input)?.name.clone();
    let doomed: Vec<&str> = input.list("tagKeys").iter().filter_map(Value::as_str).collect();
    if let Some(group) = desk.change::<LogGroup>(&name) {
        group.tags.retain(|key, _| !doomed.contains(&key.as_str()));
    }
    Ok(json!({}))
}
