//! Keys: how they are made, found and described.

use super::Action;
use super::alias::Alias;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::kind::identified;
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::random::of_text;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::json::Members;
use crate::rehearsal::wire::{AwsError, Outcome};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// The key id, a UUID.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its description.
    pub description: String,
    /// Where it stands.
    pub state: KeyState,
    /// When it will be deleted.
    pub deletion: Option<Moment>,
    /// Its policy.
    pub policy: String,
    /// Days between rotations; none if it isn't rotated.
    pub rotation_days: Option<i64>,
    /// Whether it is a multi-Region key.
    pub multi_region: bool,
    /// When it was created.
    pub created: Moment,
    /// Its tags.
    pub tags: Tags,
}

/// Where a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyState {
    /// It can be used.
    Enabled,
    /// It can't be used until it is enabled.
    Disabled,
    /// It can't be used and will be deleted.
    PendingDeletion,
}

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// There is no such key.
    Missing,
    /// It is disabled or pending deletion.
    State,
}

identified!(Key);

/// What makes and reads keys.
pub const ACTIONS: &[Action] = &[
    ("CreateKey", create),
    ("DescribeKey", |desk, input| {
        let key = found(desk, input)?;
        Ok(json!({ "KeyMetadata": key.metadata(desk) }))
    }),
    ("ListKeys", list),
    ("EnableKey", |desk, input| set_enabled(desk, input, true)),
    ("DisableKey", |desk, input| set_enabled(desk, input, false)),
    ("ListGrants", grants),
    ("GenerateDataKeyWithoutPlaintext", data_key),
];

impl KeyState {
    /// The service's word.
    pub fn word(self) -> &'static str {
        match self {
            KeyState::Enabled => "Enabled",
            KeyState::Disabled => "Disabled",
            KeyState::PendingDeletion => "PendingDeletion",
        }
    }
}

impl Key {
    fn metadata(&self, desk: &Desk) -> Value {
        let mut metadata = json!({
            "AWSAccountId": desk.account(),
            "KeyId": self.id,
            "Arn": self.arn,
            "CreationDate": self.created.unix_seconds(),
            "Enabled": self.state == KeyState::Enabled,
            "Description": self.description,
            "KeyUsage": "ENCRYPT_DECRYPT",
            "KeyState": self.state.word(),
            "Origin": "AWS_KMS",
            "KeyManager": "CUSTOMER",
            "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
            "KeySpec": "SYMMETRIC_DEFAULT",
            "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
            "MultiRegion": self.multi_region,
        });
        if let Some(deletion) = self.deletion {
            metadata["DeletionDate"] = json!(deletion.unix_seconds());
        }
        metadata
    }
}

/// The error for a key that isn't there.
pub fn not_found(name: &str, desk: &Desk) -> AwsError {
    let shown = if name.starts_with("arn:") { name.to_owned() } else { desk.arn("kms", &format!("key/{name}")) };
    AwsError::new("NotFoundException", format!("Key '{shown}' does not exist"))
}

/// The key id that a name means: a key id, a key ARN, an alias or an alias ARN.
fn id_of<'n>(desk: &'n Desk, name: &'n str) -> Option<&'n str> {
    let resource = name.strip_prefix("arn:").map_or(name, |_| name.splitn(6, ':').nth(5).unwrap_or_default());
    if resource.starts_with("alias/") {
        return desk.see::<Alias>(resource).map(|alias| alias.target.as_str());
    }
    Some(resource.strip_prefix("key/").unwrap_or(resource))
}

/// The key that a request's `KeyId` means, as this call sees it.
pub fn found<'d>(desk: &'d Desk, input: &Value) -> Outcome<&'d Key> {
    let name = input.required("KeyId")?;
    if name.contains("alias/") && id_of(desk, name).is_none() {
        let shown = if name.starts_with("arn:") { name.to_owned() } else { desk.arn("kms", name) };
        return Err(AwsError::new("NotFoundException", format!("Alias {shown} is not found.")));
    }
    let id = id_of(desk, name).map(str::to_owned);
    id.and_then(|id| desk.see::<Key>(&id)).ok_or_else(|| not_found(name, desk))
}

/// The id of a key that a call may change: it has to be named by id or ARN, and not be pending deletion.
pub fn changeable(desk: &Desk, input: &Value) -> Outcome<String> {
    let name = input.required("KeyId")?;
    if name.contains("alias/") {
        return Err(AwsError::new("InvalidArnException", format!("{name} is not a key id or key ARN")));
    }
    let key = found(desk, input)?;
    let truth = desk.truth::<Key>(&key.id).unwrap_or(key);
    if truth.state == KeyState::PendingDeletion {
        return Err(AwsError::new("KMSInvalidStateException", format!("{} is pending deletion.", truth.arn)));
    }
    Ok(key.id.clone())
}

/// The ARN of the key that a name means. A name that means none is kept, as EC2 accepts it and fails later.
pub fn arn_for(desk: &Desk, name: &str) -> String {
    if name == "alias/aws/ebs" || name.ends_with(":alias/aws/ebs") {
        return aws_managed_arn(desk, "ebs");
    }
    if name.starts_with("arn:") && !name.contains(":alias/") {
        return name.to_owned();
    }
    match id_of(desk, name) {
        Some(id) => desk.arn("kms", &format!("key/{id}")),
        None => name.to_owned(),
    }
}

/// The ARN of the key that a service keeps in the account.
pub fn aws_managed_arn(desk: &Desk, service: &str) -> String {
    let digits = format!("{:016x}{:016x}", of_text(4, &format!("{}/{service}", desk.region)), of_text(5, &desk.region));
    let id =
        format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..32]);
    desk.arn("kms", &format!("key/{id}"))
}

/// Whether a volume can be encrypted with a key.
pub fn usable(desk: &Desk, arn: &str) -> Result<(), Unusable> {
    if arn == aws_managed_arn(desk, "ebs") {
        return Ok(());
    }
    let id = arn.rsplit('/').next().unwrap_or_default();
    match desk.truth::<Key>(id).filter(|key| key.arn == arn) {
        None => Err(Unusable::Missing),
        Some(key) if key.state == KeyState::Enabled => Ok(()),
        Some(_) => Err(Unusable::State),
    }
}

fn create(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let account = desk.account().to_owned();
    let policy = match input.text("Policy") {
        Some(policy) => super::policy::checked(desk, policy)?,
        None => super::policy::default(&account),
    };
    if input.text("KeySpec").is_some_and(|spec| spec != "SYMMETRIC_DEFAULT") {
        return Err(AwsError::new(
            "UnsupportedOperationException",
            "Only symmetric encryption keys exist in a rehearsal",
        ));
    }
    let mut tags = Tags::new();
    super::tag::add(&mut tags, input)?;
    let id = desk.world.ids.uuid();
    let key = Key {
        arn: desk.arn("kms", &format!("key/{id}")),
        id,
        description: input.text("Description").unwrap_or_default().to_owned(),
        state: KeyState::Enabled,
        deletion: None,
        policy,
        rotation_days: None,
        multi_region: input.flag("MultiRegion").unwrap_or(false),
        created: desk.now,
        tags,
    };
    let metadata = key.metadata(desk);
    desk.keep(key);
    Ok(json!({ "KeyMetadata": metadata }))
}

fn list(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let all: Vec<Value> = desk.seen::<Key>().map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn })).collect();
    page(desk, input, "Keys", all, |key| key["KeyId"].as_str().unwrap_or_default().to_owned())
}

/// Cuts a page out of a list that is in the order of its keys.
pub fn page(desk: &Desk, input: &Value, name: &str, all: Vec<Value>, key: impl Fn(&Value) -> String) -> Outcome<Value> {
    /// The largest page and the one without a limit. \[B\] ListKeys: 1–1000, 100; ListAliases: 1–100, 50.
    const LARGEST: i64 = 1000;
    const USUAL: i64 = 100;
    let limit = input.number("Limit").unwrap_or(USUAL).clamp(1, LARGEST);
    let limit = usize::try_from(limit).unwrap_or(1).min(desk.settings.faults.odds().page);
    let after = match input.text("Marker") {
        Some(marker) => Some(
            data_encoding::BASE64URL_NOPAD
                .decode(marker.as_bytes())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| AwsError::new("InvalidMarkerException", "The marker is not valid"))?,
        ),
        None => None,
    };
    let mut rest = all.into_iter().skip_while(|one| after.as_ref().is_some_and(|after| key(one) <= *after)).peekable();
    let items: Vec<Value> = rest.by_ref().take(limit).collect();
    let more = rest.peek().is_some();
    let marker = items.last().filter(|_| more).map(|last| data_encoding::BASE64URL_NOPAD.encode(key(last).as_bytes()));
    let mut answer = json!({ "Truncated": more });
    answer[name] = Value::Array(items);
    if let Some(marker) = marker {
        answer["NextMarker"] = json!(marker);
    }
    Ok(answer)
}

fn set_enabled(desk: &mut Desk, input: &Value, enabled: bool) -> Outcome<Value> {
    let id = changeable(desk, input)?;
    if let Some(key) = desk.change::<Key>(&id) {
        key.state = if enabled { KeyState::Enabled } else { KeyState::Disabled };
    }
    Ok(json!({}))
}

/// A data key under a key that serves; its bytes are of no use to anyone here.
fn data_key(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let key = found(desk, input)?;
    match key.state {
        KeyState::Enabled if input.flag("DryRun") == Some(true) => Err(AwsError::new(
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.",
        )),
        KeyState::Enabled => {
            let ciphertext = data_encoding::BASE64.encode(key.id.as_bytes());
            Ok(json!({ "KeyId": key.arn, "CiphertextBlob": ciphertext }))
        }
        KeyState::Disabled => Err(AwsError::new("DisabledException", format!("{} is disabled.", key.arn))),
        KeyState::PendingDeletion => {
            Err(AwsError::new("KMSInvalidStateException", format!("{} is pending deletion.", key.arn)))
        }
    }
}

/// One grant for each attached volume that is encrypted with the key.
fn grants(desk: &mut Desk, input: &Value) -> Outcome<Value> {
    let key = found(desk, input)?.clone();
    let all: Vec<Value> = desk
        .truths::<Volume>()
        .filter(|volume| volume.spec.key.as_deref() == Some(&key.arn))
        .filter_map(|volume| {
            let attachment = volume.attachment.as_ref()?;
            Some(json!({
                "KeyId": key.arn,
                "GrantId": format!("{:016x}{:016x}", of_text(6, &volume.id), of_text(7, &volume.id)),
                "Name": "",
                "CreationDate": attachment.since.unix_seconds(),
                "GranteePrincipal": format!("arn:aws:sts::{}:assumed-role/aws:ec2-infrastructure/{}", desk.account(), attachment.instance),
                "IssuingAccount": format!("arn:aws:iam::{}:root", desk.account()),
                "Operations": ["Decrypt"],
                "Constraints": { "EncryptionContextSubset": { "aws:ebs:id": volume.id } },
            }))
        })
        .collect();
    let mut all = all;
    all.sort_by_key(|grant| grant["GrantId"].as_str().unwrap_or_default().to_owned());
    page(desk, input, "Grants", all, |grant| grant["GrantId"].as_str().unwrap_or_default().to_owned())
}
