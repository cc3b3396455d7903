//! Keys: found by alias, told apart by their marks, and never deleted by a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_kms::operation::create_key::CreateKeyError;
use aws_sdk_kms::types::{KeyMetadata, KeyState, Tag};
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};

use super::ec2::{made, once_visible, pages};
use super::identity::{APPLIED_BY, RETIRED_AT, RETIRED_BY, RETIRED_FOR};
use super::key_end::date_words;
use super::key_marks::APPLIER;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Mark, Result, Scope};
use crate::resource::{Address, Document, FieldChange, Found, Kind, KmsKey, Resource, Retired, Status, Tags, compare};

/// How many keys without an alias are asked for their tags at once: an account may have thousands.
const AT_ONCE: usize = 16;

/// Why a deletion leaves the key in place.
const KEPT: &str = "disabled: nothing is encrypted or read with it any more, and only a shred schedules its deletion";

/// What is said where others of the account stumble over it.
const DEFAULT: &str = "; but it still is the account's default key for new disks, which fail from now on unless they \
                       name another: reset it with `aws ec2 reset-ebs-default-kms-key-id`";

pub(super) const fn call(action: &'static str) -> Call {
    Call::new("kms", action)
}

/// A key's state is asked for, not waited for.
pub(super) const fn read(action: &'static str) -> Call {
    call(action).patience(Duration::ZERO)
}

impl Live for KmsKey {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let prefix = scope.alias_prefix();
        let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let aliases = aliases(cloud).await?;
        if scope.thorough {
            for (key, mark) in unaliased(cloud, &aliases, &key_ids(cloud).await?).await? {
                if mark.is_of(scope) {
                    keys.insert(key, Vec::new());
                }
            }
        }
        for (alias, key) in aliases {
            if alias.starts_with(&prefix) {
                keys.entry(key).or_default().push(alias);
            }
        }
        let looks = keys.iter().map(|(key, aliases)| look(cloud, scope, key, aliases));
        let mut listing = Listing::default();
        for (done, aliases) in join_all(looks).await.into_iter().zip(keys.values()) {
            match done {
                Ok(found) => listing.found.push(found),
                // Its end came between the two calls.
                Err(error) if error.is(ErrorClass::NotFound) => {}
                Err(error) => {
                    // Without its tags, a key's alias is what tells its address.
                    let address = aliases.first().and_then(|alias| alias.strip_prefix(&prefix));
                    let address = address.map(|name| Address::new(format!("key.{name}")));
                    listing.unreadable.push(error.unreadable(Kind::KmsKey, address));
                }
            }
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        if let Some(arn) = earlier(cloud, self.alias.as_deref(), identity).await? {
            self.take_up(cloud, &arn, identity).await?;
            return Ok(arn);
        }
        let create = Call::look_first("kms", "CreateKey");
        let request = cloud
            .kms
            .create_key()
            .description(&self.description)
            .policy(self.policy.as_str())
            .set_tags(Some(sdk_tags(create, &identity.tags(Some(&self.tags)))?));
        let send = || async {
            let answer = request.clone().send().await?;
            Ok(answer.key_metadata.as_ref().map(arn_of))
        };
        let find = || async { Ok(earlier(cloud, None, identity).await?.map(Some)) };
        let arn = made(create, cloud.call_once::<_, CreateKeyError, _, _>(create, send, find).await?)?;
        if let Some(alias) = &self.alias {
            name(cloud, alias, &arn, identity).await?;
        }
        if let Some(days) = self.rotation_days {
            rotate(cloud, &arn, days).await?;
        }
        Ok(arn)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let key = plain(&found.id);
        let changed = |field: &str| changes.iter().any(|change| change.path == field);
        let live_state = match &found.resource {
            Resource::KmsKey(live) => live.state.as_str(),
            _ => "",
        };
        // Everything else is refused while a key is on its way out, and most of it while it is disabled.
        if self.state == "enabled" && live_state != "enabled" {
            if live_state == "pending_deletion" {
                cloud.call(call("CancelKeyDeletion"), || cloud.kms.cancel_key_deletion().key_id(key).send()).await?;
            }
            cloud.call(call("EnableKey"), || cloud.kms.enable_key().key_id(key).send()).await?;
        }
        if changed("policy") {
            cloud
                .call(call("PutKeyPolicy"), || {
                    cloud.kms.put_key_policy().key_id(key).policy_name("default").policy(self.policy.as_str()).send()
                })
                .await?;
        }
        if changed("description") {
            cloud
                .call(call("UpdateKeyDescription"), || {
                    cloud.kms.update_key_description().key_id(key).description(&self.description).send()
                })
                .await?;
        }
        if changed("alias")
            && let Some(alias) = &self.alias
        {
            name(cloud, alias, &found.id, identity).await?;
        }
        if changed("rotation_days") {
            match self.rotation_days {
                Some(days) => rotate(cloud, key, days).await?,
                None => {
                    cloud
                        .call(call("DisableKeyRotation"), || cloud.kms.disable_key_rotation().key_id(key).send())
                        .await?;
                }
            }
        }
        // Last but one, for the mark says that all of the above was done.
        let (set, mut remove) = identity.tag_changes(found, Some(&self.tags));
        if self.state == "enabled" {
            // It serves again: what its marks say of its end is no longer so.
            let marks = [(Retired::FOR, RETIRED_FOR), (Retired::BY, RETIRED_BY), (Retired::AT, RETIRED_AT)];
            remove.extend(
                marks.iter().filter(|(fact, _)| found.facts.contains_key(*fact)).map(|(_, key)| (*key).to_owned()),
            );
        }
        if !remove.is_empty() {
            cloud
                .call(call("UntagResource"), || {
                    cloud.kms.untag_resource().key_id(key).set_tag_keys(Some(remove.clone())).send()
                })
                .await?;
        }
        if !set.is_empty() {
            let tags = sdk_tags(call("TagResource"), &set)?;
            cloud
                .call(call("TagResource"), || cloud.kms.tag_resource().key_id(key).set_tags(Some(tags.clone())).send())
                .await?;
        }
        if self.state == "disabled" && live_state == "enabled" {
            cloud.call(call("DisableKey"), || cloud.kms.disable_key().key_id(key).send()).await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let state = match describe(cloud, &found.id).await {
            Ok(key) => state_of(&key),
            Err(error) if error.is(ErrorClass::NotFound) => return Ok(Gone::Gone),
            Err(error) => return Err(error),
        };
        if state == "enabled" {
            cloud.call(call("DisableKey"), || cloud.kms.disable_key().key_id(plain(&found.id)).send()).await?;
        }
        let mut why = match state.as_str() {
            "enabled" | "disabled" => KEPT.to_owned(),
            state => format!("{}: it can't be used any more", state.replace('_', " ")),
        };
        if is_default_of_account(cloud, &found.id).await {
            why.push_str(DEFAULT);
        }
        Ok(Gone::Kept(why))
    }
}

impl KmsKey {
    /// Brings a key that an earlier run left unfinished to this state.
    async fn take_up(&self, cloud: &Cloud, arn: &str, identity: &Identity) -> Result<()> {
        let aliases: Vec<String> = aliases(cloud)
            .await?
            .into_iter()
            .filter(|(_, key)| arn.ends_with(key.as_str()))
            .map(|(name, _)| name)
            .collect();
        let found = look(cloud, &Scope::new(&identity.production), arn, &aliases).await?;
        let changes = compare(&self.clone().into(), &found.resource);
        self.update(cloud, &found, identity, &changes).await
    }
}

/// All aliases of the account, each with the id of its key. Those of AWS itself may have none.
async fn aliases(cloud: &Cloud) -> Result<Vec<(String, String)>> {
    let entries = pages(|marker| async move {
        let request = cloud.kms.list_aliases().limit(100).set_marker(marker);
        let page = cloud.call(read("ListAliases"), || request.clone().send()).await?;
        Ok((page.aliases, page.next_marker.filter(|_| page.truncated)))
    })
    .await?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.alias_name?, entry.target_key_id?))).collect())
}

/// The ids of all keys of the account.
async fn key_ids(cloud: &Cloud) -> Result<Vec<String>> {
    let keys = pages(|marker| async move {
        let request = cloud.kms.list_keys().limit(1000).set_marker(marker);
        let page = cloud.call(read("ListKeys"), || request.clone().send()).await?;
        Ok((page.keys, page.next_marker.filter(|_| page.truncated)))
    })
    .await?;
    Ok(keys.into_iter().filter_map(|key| key.key_id).collect())
}

pub(super) async fn describe(cloud: &Cloud, key: &str) -> Result<KeyMetadata> {
    let answer = cloud.call(read("DescribeKey"), || cloud.kms.describe_key().key_id(key).send()).await?;
    answer.key_metadata.ok_or_else(|| read("DescribeKey").error(ErrorClass::Uncertain, "the answer describes no key"))
}

async fn mark_of(cloud: &Cloud, key: &str) -> Result<Mark> {
    let tags = pages(|marker| async move {
        let request = cloud.kms.list_resource_tags().key_id(key).limit(50).set_marker(marker);
        let page = cloud.call(read("ListResourceTags"), || request.clone().send()).await?;
        Ok((page.tags, page.next_marker.filter(|_| page.truncated)))
    })
    .await?;
    Ok(Mark::read(tags.into_iter().map(|tag| (tag.tag_key, tag.tag_value))))
}

/// Reads one key whole: four calls at once.
async fn look(cloud: &Cloud, scope: &Scope, key: &str, aliases: &[String]) -> Result<Found> {
    let policy = async {
        let policy = cloud
            .call(read("GetKeyPolicy"), || cloud.kms.get_key_policy().key_id(key).policy_name("default").send())
            .await?;
        Ok::<_, CloudError>(Document::parse(policy.policy().unwrap_or_default()))
    };
    let rotation = async {
        let status =
            cloud.call(read("GetKeyRotationStatus"), || cloud.kms.get_key_rotation_status().key_id(key).send()).await;
        match status {
            Ok(status) => Ok(status
                .key_rotation_enabled()
                .then(|| status.rotation_period_in_days().and_then(|days| u32::try_from(days).ok()).unwrap_or(0))),
            // A key on its way out may refuse to tell; it doesn't rotate.
            Err(error) if error.is(ErrorClass::StateRace) => Ok(None),
            Err(error) => Err(error),
        }
    };
    let (metadata, policy, rotation_days, mark) =
        futures_util::future::join4(describe(cloud, key), policy, rotation, mark_of(cloud, key)).await;
    let (metadata, policy, rotation_days, mark) = (metadata?, policy?, rotation_days?, mark?);

    let prefix = scope.alias_prefix();
    let mut ours: Vec<&String> = aliases.iter().filter(|alias| alias.starts_with(&prefix)).collect();
    // A key that was stripped of its tags keeps its address by its alias: as a stray it would be disabled, and with it
    // every disk of the production.
    let named = ours.iter().min().and_then(|alias| alias.strip_prefix(&prefix)).filter(|_| mark.own.is_empty());
    let address = match named {
        Some(name) => Address::new(format!("key.{name}")),
        None => mark.address_in(scope, Kind::KmsKey, metadata.key_id()),
    };
    // Of several, the one that its address asks for.
    let wanted = address.as_str().strip_prefix("key.").map(|name| format!("{prefix}{name}"));
    ours.sort_by_key(|alias| (Some(*alias) != wanted.as_ref(), *alias));

    let mut facts = BTreeMap::from([("key_id".to_owned(), metadata.key_id().to_owned())]);
    if let Some(date) = metadata.deletion_date() {
        facts.insert("deletion_date".to_owned(), date_words(*date));
    }
    let marks =
        [(Retired::FOR, RETIRED_FOR), (Retired::BY, RETIRED_BY), (Retired::AT, RETIRED_AT), (APPLIER, APPLIED_BY)];
    for (fact, key) in marks {
        if let Some(value) = mark.get(key) {
            facts.insert(fact.to_owned(), value.to_owned());
        }
    }
    if ours.len() > 1 {
        let others: Vec<&str> = ours.iter().skip(1).map(|alias| alias.as_str()).collect();
        facts.insert("other_aliases".to_owned(), others.join(" "));
    }
    let state = state_of(&metadata);
    let status = match state.as_str() {
        "enabled" => Status::Ready,
        "disabled" | "pending_deletion" => Status::Resting(state.clone()),
        _ => Status::Pending(state.clone()),
    };
    let (digest, protected) = (mark.digest(), mark.is_protected());
    let key = KmsKey {
        alias: ours.first().map(|alias| (*alias).clone()),
        description: metadata.description().unwrap_or_default().to_owned(),
        state,
        rotation_days,
        policy,
        region: None,
        tags: mark.tags,
    };
    Ok(Found { address, id: arn_of(&metadata), resource: key.into(), digest, protected, status, facts })
}

/// The production's keys among these: things of the production are encrypted with them, and no alias names them. Without
/// its alias a key is still the one that the disks need; taken for absent, it would take every disk with it.
pub(super) async fn nameless(cloud: &Cloud, scope: &Scope, arns: &BTreeSet<String>) -> Listing {
    let looks = arns.iter().map(|arn| async move {
        let mark = mark_of(cloud, arn).await?;
        let ours = mark.get(super::identity::PRODUCTION) == Some(&scope.production);
        if ours { look(cloud, scope, arn, &[]).await.map(Some) } else { Ok(None) }
    });
    let mut listing = Listing::default();
    for done in join_all(looks).await {
        match done {
            Ok(found) => listing.found.extend(found),
            Err(error) if error.is(ErrorClass::NotFound) => {}
            // It may be the one that isn't found by its alias: nothing is known then.
            Err(error) => listing.unreadable.push(error.unreadable(Kind::KmsKey, None)),
        }
    }
    listing
}

/// The key that an earlier run made for this resource, if there is one: at its alias, or still without any.
///
/// # Errors
/// That the alias is taken by a key which is not this production's: found before another key is made.
async fn earlier(cloud: &Cloud, alias: Option<&str>, identity: &Identity) -> Result<Option<String>> {
    let (aliases, keys) = futures_util::future::join(aliases(cloud), key_ids(cloud)).await;
    let (aliases, keys) = (aliases?, keys?);
    if let Some(alias) = alias
        && let Some((_, key)) = aliases.iter().find(|(name, _)| name == alias)
    {
        let mark = mark_of(cloud, key).await?;
        if !mark.own.is_empty() && !identity.is_marked_on(&mark) {
            return Err(taken(alias, key));
        }
        return Ok(Some(arn_of(&describe(cloud, key).await?)));
    }
    for (key, mark) in unaliased(cloud, &aliases, &keys).await? {
        if identity.is_marked_on(&mark) {
            return Ok(Some(arn_of(&describe(cloud, &key).await?)));
        }
    }
    Ok(None)
}

/// The keys that no alias points to, with their marks.
async fn unaliased(cloud: &Cloud, aliases: &[(String, String)], keys: &[String]) -> Result<Vec<(String, Mark)>> {
    let named: BTreeSet<&String> = aliases.iter().map(|(_, key)| key).collect();
    let mut looks = stream::iter(keys.iter().filter(|key| !named.contains(key)))
        .map(|key| async move { (key, mark_of(cloud, key).await) })
        .buffered(AT_ONCE);
    let mut marked = Vec::new();
    while let Some((key, mark)) = looks.next().await {
        match mark {
            Ok(mark) => marked.push((key.clone(), mark)),
            // Other people's keys, and keys of AWS, needn't show their tags; ours do, for our policy lets us.
            Err(error) if matches!(error.class, ErrorClass::Denied | ErrorClass::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(marked)
}

/// Gives a key its alias, wherever the alias points now.
async fn name(cloud: &Cloud, alias: &str, arn: &str, identity: &Identity) -> Result<()> {
    let create = cloud
        .call(call("CreateAlias").new_thing(), || cloud.kms.create_alias().alias_name(alias).target_key_id(arn).send())
        .await;
    match create {
        Err(error) if error.is(ErrorClass::Exists) => {}
        done => return done.map(|_| ()),
    }
    let holder = arn_of(&once_visible(async || describe(cloud, alias).await).await?);
    if holder == arn {
        return Ok(());
    }
    // Another of this production's keys may lose its alias to the one that should have it, but nobody else's.
    if mark_of(cloud, &holder).await?.get(super::identity::PRODUCTION) != Some(&identity.production) {
        return Err(taken(alias, &holder));
    }
    cloud
        .call(call("UpdateAlias"), || cloud.kms.update_alias().alias_name(alias).target_key_id(arn).send())
        .await
        .map(|_| ())
}

fn taken(alias: &str, key: &str) -> CloudError {
    call("CreateAlias").error(
        ErrorClass::Exists,
        format!(
            "{alias} names the key {key}, which bears another mark than this one's: take the alias off that key, or \
             give the key of the blueprint another label"
        ),
    )
}

async fn rotate(cloud: &Cloud, key: &str, days: u32) -> Result<()> {
    let days = i32::try_from(days).ok();
    cloud
        .call(call("EnableKeyRotation").new_thing(), || {
            cloud.kms.enable_key_rotation().key_id(key).set_rotation_period_in_days(days).send()
        })
        .await
        .map(|_| ())
}

fn sdk_tags(call: Call, tags: &Tags) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| call.built(Tag::builder().tag_key(key).tag_value(value).build())).collect()
}

/// Whether the account encrypts with this key what names none. Where that can't be read, it isn't said.
async fn is_default_of_account(cloud: &Cloud, arn: &str) -> bool {
    let read = Call::new("ec2", "GetEbsDefaultKmsKeyId").uncertain_repeats(0);
    let answer = cloud.call(read, || cloud.ec2.get_ebs_default_kms_key_id().send()).await;
    answer.is_ok_and(|answer| answer.kms_key_id() == Some(arn))
}

/// The id at the end of a key's ARN. Every call takes either, but not every server of the protocol does.
pub(super) fn plain(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn arn_of(key: &KeyMetadata) -> String {
    key.arn().unwrap_or(key.key_id()).to_owned()
}

/// The state in the blueprint's words.
fn state_of(key: &KeyMetadata) -> String {
    match key.key_state() {
        Some(KeyState::Enabled) => "enabled".to_owned(),
        Some(KeyState::Disabled) => "disabled".to_owned(),
        Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion) => "pending_deletion".to_owned(),
        Some(other) => other.as_str().to_ascii_lowercase(),
        None => "unknown".to_owned(),
    }
}
