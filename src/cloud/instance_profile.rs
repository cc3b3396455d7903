//! Instance profiles: found by their path, each with the one role that is in it.

use std::collections::BTreeMap;

use aws_sdk_iam::types;
use futures_util::future::join_all;

use super::ec2::{PAGE, gone, made, once_visible, pages, until_visible};
use super::iam_role::{is_elsewhere, name_in, pairs, sdk_tags, take_out};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Mark, Result, Scope};
use crate::resource::{Address, FieldChange, Found, InstanceProfile, Kind, Resource, Status, compare};

const fn call(action: &'static str) -> Call {
    Call::new("iam", action)
}

impl Live for InstanceProfile {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let path = &scope.iam_path();
        let mut profiles = pages(|marker| async move {
            let request = cloud.iam.list_instance_profiles().path_prefix(path).max_items(PAGE).set_marker(marker);
            let page = cloud.call(call("ListInstanceProfiles"), || request.clone().send()).await?;
            Ok((Some(page.instance_profiles), page.marker.filter(|_| page.is_truncated)))
        })
        .await?;
        profiles.retain(|profile| !is_elsewhere(cloud, scope, profile.instance_profile_name()));
        let marks = join_all(profiles.iter().map(|profile| listed_mark(cloud, profile))).await;
        let mut listing = Listing::default();
        for (profile, mark) in profiles.iter().zip(marks) {
            match mark {
                Ok(mark) => listing.found.push(found_profile(scope, profile, mark)),
                Err(error) if error.is(ErrorClass::NotFound) => {}
                Err(mut error) => {
                    error.message = format!("{}: {}", profile.instance_profile_name(), error.message);
                    listing.unreadable.push(error.unreadable(Kind::InstanceProfile, None));
                }
            }
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let create = call("CreateInstanceProfile");
        let tags = sdk_tags(create, &identity.tags(Some(&self.tags)))?;
        let outcome = cloud
            .call(create, || {
                cloud
                    .iam
                    .create_instance_profile()
                    .instance_profile_name(&self.name)
                    .path(&self.path)
                    .set_tags(Some(tags.clone()))
                    .send()
            })
            .await;
        let arn = match outcome {
            Ok(answer) => made(create, answer.instance_profile.map(|profile| profile.arn))?,
            Err(error) if error.is(ErrorClass::Exists) => return self.take_up(cloud, identity).await,
            Err(error) => return Err(error),
        };
        if let Some(role) = &self.role {
            put_in(cloud, &self.name, name_in(&cloud.id(role)?)).await?;
        }
        Ok(arn)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        let Resource::InstanceProfile(live) = &found.resource else { return Ok(()) };
        let name = live.name.as_str();
        if live.role != self.role {
            match &self.role {
                Some(role) => put_in(cloud, name, name_in(&cloud.id(role)?)).await?,
                None => empty(cloud, name).await?,
            }
        }
        let (set, remove) = identity.tag_changes(found, Some(&self.tags));
        if !remove.is_empty() {
            cloud
                .call(call("UntagInstanceProfile"), || {
                    cloud
                        .iam
                        .untag_instance_profile()
                        .instance_profile_name(name)
                        .set_tag_keys(Some(remove.clone()))
                        .send()
                })
                .await?;
        }
        if !set.is_empty() {
            let tags = sdk_tags(call("TagInstanceProfile"), &set)?;
            cloud
                .call(call("TagInstanceProfile"), || {
                    cloud.iam.tag_instance_profile().instance_profile_name(name).set_tags(Some(tags.clone())).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let name = name_in(&found.id);
        let removed = async {
            empty(cloud, name).await?;
            cloud
                .call(call("DeleteInstanceProfile"), || {
                    cloud.iam.delete_instance_profile().instance_profile_name(name).send()
                })
                .await
                .map(|_| ())
        };
        gone(removed.await)
    }
}

impl InstanceProfile {
    /// A profile of this name is there: brought to this state if an earlier run made it.
    async fn take_up(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let profile = once_visible(async || get(cloud, &self.name).await).await?;
        let mark = mark_of(cloud, &profile).await?;
        if !identity.is_marked_on(&mark) || profile.path() != self.path {
            return Err(call("CreateInstanceProfile").error(
                ErrorClass::Exists,
                format!(
                    "an instance profile of the name {} is there already ({}) and isn't this production's: delete it, or \
                     give the pool in the blueprint another label",
                    self.name,
                    profile.arn()
                ),
            ));
        }
        let mut found = found_profile(&Scope::new(&identity.production), &profile, mark);
        // The live one names its role by ARN, the desired one by address.
        if let (Resource::InstanceProfile(live), Some(role)) = (&mut found.resource, &self.role)
            && live.role.as_ref().map(Address::as_str) == Some(cloud.id(role)?.as_str())
        {
            live.role = Some(role.clone());
        }
        let changes = compare(&self.clone().into(), &found.resource);
        self.update(cloud, &found, identity, &changes).await?;
        Ok(found.id)
    }
}

fn found_profile(scope: &Scope, profile: &types::InstanceProfile, mark: Mark) -> Found {
    let name = profile.instance_profile_name().to_owned();
    let address = mark.address_in(scope, Kind::InstanceProfile, &name);
    let (digest, protected) = (mark.digest(), mark.is_protected());
    let facts = BTreeMap::from([("name".to_owned(), name.clone())]);
    let live = InstanceProfile {
        name,
        path: profile.path().to_owned(),
        role: profile.roles().first().map(|role| Address::new(role.arn())),
        tags: mark.tags,
    };
    let id = profile.arn().to_owned();
    Found { address, id, resource: live.into(), digest, protected, status: Status::Ready, facts }
}

/// The marks of a profile, as far as a list tells. AWS leaves tags out of its lists: a profile that holds a role is then
/// known by it, and only an empty one is asked.
async fn listed_mark(cloud: &Cloud, profile: &types::InstanceProfile) -> Result<Mark> {
    if profile.tags().is_empty() && !profile.roles().is_empty() {
        Ok(Mark::default())
    } else {
        mark_of(cloud, profile).await
    }
}

/// Gives the profiles whose marks no list told the address beside their role's.
pub(super) fn attribute(profiles: &mut [Found], roles: &[Found]) {
    for found in profiles.iter_mut().filter(|found| found.address.is_stray()) {
        let Resource::InstanceProfile(profile) = &found.resource else { continue };
        let role = profile.role.as_ref().and_then(|arn| roles.iter().find(|role| role.id == arn.as_str()));
        if let Some(pool) = role.and_then(|role| role.address.as_str().strip_suffix(".role")) {
            found.address = Address::new(format!("{pool}.profile"));
        }
    }
}

/// The marks of a profile, asked for where need be.
async fn mark_of(cloud: &Cloud, profile: &types::InstanceProfile) -> Result<Mark> {
    if !profile.tags().is_empty() {
        return Ok(Mark::read(pairs(profile.tags())));
    }
    let name = profile.instance_profile_name();
    let tags = pages(|marker| async move {
        let request = cloud.iam.list_instance_profile_tags().instance_profile_name(name).set_marker(marker);
        let page = cloud.call(call("ListInstanceProfileTags"), || request.clone().send()).await?;
        Ok((Some(page.tags), page.marker.filter(|_| page.is_truncated)))
    })
    .await?;
    Ok(Mark::read(pairs(&tags)))
}

async fn get(cloud: &Cloud, name: &str) -> Result<types::InstanceProfile> {
    let read = call("GetInstanceProfile");
    let answer = cloud.call(read, || cloud.iam.get_instance_profile().instance_profile_name(name).send()).await?;
    answer.instance_profile.ok_or_else(|| read.error(ErrorClass::Uncertain, "the answer holds no profile"))
}

/// Makes this role the one in the profile.
async fn put_in(cloud: &Cloud, profile: &str, role: &str) -> Result<()> {
    let add = || async {
        cloud
            .call(call("AddRoleToInstanceProfile").new_thing(), || {
                cloud.iam.add_role_to_instance_profile().instance_profile_name(profile).role_name(role).send()
            })
            .await
            .map(|_| ())
    };
    match add().await {
        // A profile holds one role, and says it is full whichever role that is.
        Err(error) if error.is(ErrorClass::Quota) => {
            let full = async || match get(cloud, profile).await {
                Err(error) if error.is(ErrorClass::NotFound) => Ok(None),
                live => live.map(|live| Some(live).filter(|live| !live.roles().is_empty())),
            };
            let live = until_visible(full).await?.ok_or(error)?;
            if live.roles().iter().any(|one| one.role_name() == role) {
                return Ok(());
            }
            empty(cloud, profile).await?;
            add().await
        }
        done => done,
    }
}

/// Takes out whatever role is in the profile now.
async fn empty(cloud: &Cloud, profile: &str) -> Result<()> {
    for role in get(cloud, profile).await?.roles() {
        take_out(cloud, profile, role.role_name()).await?;
    }
    Ok(())
}
