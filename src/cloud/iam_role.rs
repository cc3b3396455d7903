//! Roles: found by their path, all of them in one bulk read where that is allowed.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{AttachedPolicy, EntityType, RoleDetail, Tag};
use futures_util::future::join_all;

use super::ec2::{PAGE, gone, made, once_visible, pages, undone};
use super::iam_document::document;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Mark, Result, Scope};
use crate::resource::{Document, FieldChange, Found, IamRole, Kind, Resource, Status, Tags, compare};

const fn call(action: &'static str) -> Call {
    Call::new("iam", action)
}

impl Live for IamRole {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        match in_bulk(cloud, scope).await {
            // Reading the authorization details of the whole account is more than some are allowed.
            Err(error) if matches!(error.class, ErrorClass::Denied | ErrorClass::Unsupported) => {
                one_by_one(cloud, scope).await
            }
            done => done.map(|found| Listing { found, unreadable: Vec::new() }),
        }
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let create = call("CreateRole");
        let tags = sdk_tags(create, &identity.tags(Some(&self.tags)))?;
        let outcome = cloud
            .call(create, || {
                cloud
                    .iam
                    .create_role()
                    .role_name(&self.name)
                    .path(&self.path)
                    .assume_role_policy_document(self.trust.as_str())
                    .set_permissions_boundary(self.boundary.clone())
                    .set_tags(Some(tags.clone()))
                    .send()
            })
            .await;
        let arn = match outcome {
            Ok(answer) => made(create, answer.role.map(|role| role.arn))?,
            Err(error) if error.is(ErrorClass::Exists) => return self.take_up(cloud, identity).await,
            Err(error) => return Err(error),
        };
        // One after the other: IAM refuses changes of one role at the same time.
        for (policy, document) in &self.policies {
            put_policy(cloud, &self.name, policy, document).await?;
        }
        for policy in &self.managed {
            attach(cloud, &self.name, policy).await?;
        }
        Ok(arn)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        let Resource::IamRole(live) = &found.resource else { return Ok(()) };
        let name = live.name.as_str();
        if live.trust != self.trust {
            cloud
                .call(call("UpdateAssumeRolePolicy"), || {
                    cloud.iam.update_assume_role_policy().role_name(name).policy_document(self.trust.as_str()).send()
                })
                .await?;
        }
        if live.boundary != self.boundary {
            match &self.boundary {
                Some(boundary) => {
                    cloud
                        .call(call("PutRolePermissionsBoundary"), || {
                            cloud
                                .iam
                                .put_role_permissions_boundary()
                                .role_name(name)
                                .permissions_boundary(boundary)
                                .send()
                        })
                        .await?;
                }
                None => {
                    cloud
                        .call(call("DeleteRolePermissionsBoundary"), || {
                            cloud.iam.delete_role_permissions_boundary().role_name(name).send()
                        })
                        .await?;
                }
            }
        }
        // What is taken away goes first, so that a role never may do more than either state allows.
        for policy in live.policies.keys().filter(|policy| !self.policies.contains_key(*policy)) {
            delete_policy(cloud, name, policy).await?;
        }
        for policy in live.managed.difference(&self.managed) {
            detach(cloud, name, policy).await?;
        }
        for (policy, document) in &self.policies {
            if live.policies.get(policy) != Some(document) {
                put_policy(cloud, name, policy, document).await?;
            }
        }
        for policy in self.managed.difference(&live.managed) {
            attach(cloud, name, policy).await?;
        }
        let (set, remove) = identity.tag_changes(found, Some(&self.tags));
        if !remove.is_empty() {
            cloud
                .call(call("UntagRole"), || {
                    cloud.iam.untag_role().role_name(name).set_tag_keys(Some(remove.clone())).send()
                })
                .await?;
        }
        if !set.is_empty() {
            let tags = sdk_tags(call("TagRole"), &set)?;
            cloud
                .call(call("TagRole"), || cloud.iam.tag_role().role_name(name).set_tags(Some(tags.clone())).send())
                .await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        gone(remove(cloud, name_in(&found.id)).await)
    }
}

impl IamRole {
    /// A role of this name is there: brought to this state if an earlier run made it.
    async fn take_up(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let scope = Scope::new(&identity.production);
        let (found, mark) = once_visible(async || look(cloud, &scope, &self.name).await).await?;
        let changes = compare(&self.clone().into(), &found.resource);
        let elsewhere = changes.iter().any(|change| change.path == "path");
        if !identity.is_marked_on(&mark) || elsewhere {
            return Err(call("CreateRole").error(
                ErrorClass::Exists,
                format!(
                    "a role of the name {} is there already ({}) and isn't this production's: names of roles are unique \
                     in an account, whatever their path; delete it, or give the resource in the blueprint another label",
                    self.name, found.id
                ),
            ));
        }
        self.update(cloud, &found, identity, &changes).await?;
        Ok(found.id)
    }
}

/// The name at the end of the ARN of a role or instance profile.
pub(super) fn name_in(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether a role or profile of this name serves the production in another region: IAM knows no regions, so the name
/// says which (`closedset.<production>.<region>.…`).
pub(super) fn is_elsewhere(cloud: &Cloud, scope: &Scope, name: &str) -> bool {
    let rest = name.strip_prefix("closedset.").and_then(|rest| rest.strip_prefix(&scope.production));
    let region = rest.and_then(|rest| rest.strip_prefix('.')).and_then(|rest| rest.split('.').next());
    region.is_some_and(|region| region != cloud.region())
}

/// All roles of the account with everything about them, in pages; those under our path are kept.
async fn in_bulk(cloud: &Cloud, scope: &Scope) -> Result<Vec<Found>> {
    let path = scope.iam_path();
    let roles = pages(|marker| async move {
        let request =
            cloud.iam.get_account_authorization_details().filter(EntityType::Role).max_items(PAGE).set_marker(marker);
        let page = cloud.call(call("GetAccountAuthorizationDetails"), || request.clone().send()).await?;
        Ok((page.role_detail_list, page.marker.filter(|_| page.is_truncated)))
    })
    .await?;
    let ours = roles
        .iter()
        .filter(|role| role.path() == Some(path.as_str()))
        .filter(|role| !is_elsewhere(cloud, scope, role.role_name().unwrap_or_default()));
    Ok(ours
        .map(|role| {
            let (live, arn) = read_detail(role);
            found_role(scope, live, arn, Mark::read(pairs(role.tags())))
        })
        .collect())
}

fn read_detail(role: &RoleDetail) -> (IamRole, String) {
    let live = IamRole {
        name: role.role_name().unwrap_or_default().to_owned(),
        path: role.path().unwrap_or_default().to_owned(),
        trust: document(role.assume_role_policy_document().unwrap_or_default()),
        policies: role
            .role_policy_list()
            .iter()
            .filter_map(|policy| {
                Some((policy.policy_name()?.to_owned(), document(policy.policy_document().unwrap_or_default())))
            })
            .collect(),
        managed: arns(role.attached_managed_policies()).collect(),
        boundary: role.permissions_boundary().and_then(|one| one.permissions_boundary_arn()).map(str::to_owned),
        tags: Tags::new(),
    };
    (live, role.arn().unwrap_or_default().to_owned())
}

/// The roles under our path, each asked for by several calls.
async fn one_by_one(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
    let path = &scope.iam_path();
    let roles = pages(|marker| async move {
        let request = cloud.iam.list_roles().path_prefix(path).max_items(PAGE).set_marker(marker);
        let page = cloud.call(call("ListRoles"), || request.clone().send()).await?;
        Ok((Some(page.roles), page.marker.filter(|_| page.is_truncated)))
    })
    .await?;
    let names = roles.into_iter().map(|role| role.role_name);
    let names: Vec<String> = names.filter(|name| !is_elsewhere(cloud, scope, name)).collect();
    let mut listing = Listing::default();
    for (name, done) in names.iter().zip(join_all(names.iter().map(|name| look(cloud, scope, name))).await) {
        match done {
            Ok((found, _)) => listing.found.push(found),
            Err(error) if error.is(ErrorClass::NotFound) => {}
            Err(mut error) => {
                // Its address is in its tags, which may be what couldn't be read: so its name has to do.
                error.message = format!("{name}: {}", error.message);
                listing.unreadable.push(error.unreadable(Kind::IamRole, None));
            }
        }
    }
    Ok(listing)
}

/// Reads one role whole.
async fn look(cloud: &Cloud, scope: &Scope, name: &str) -> Result<(Found, Mark)> {
    let role = async {
        let answer = cloud.call(call("GetRole"), || cloud.iam.get_role().role_name(name).send()).await?;
        answer.role.ok_or_else(|| call("GetRole").error(ErrorClass::Uncertain, "the answer holds no role"))
    };
    let policies = async {
        let names = policy_names(cloud, name).await?;
        let read = names.iter().map(|policy| async move {
            let answer = cloud
                .call(call("GetRolePolicy"), || cloud.iam.get_role_policy().role_name(name).policy_name(policy).send())
                .await?;
            Ok::<_, CloudError>((policy.clone(), document(answer.policy_document())))
        });
        join_all(read).await.into_iter().collect::<Result<BTreeMap<_, _>>>()
    };
    let (role, policies, managed) = futures_util::future::join3(role, policies, attached(cloud, name)).await;
    let (role, policies, managed) = (role?, policies?, managed?);
    let mark = Mark::read(pairs(role.tags()));
    let live = IamRole {
        name: role.role_name.clone(),
        path: role.path.clone(),
        trust: document(role.assume_role_policy_document().unwrap_or_default()),
        policies,
        managed,
        boundary: role.permissions_boundary().and_then(|one| one.permissions_boundary_arn()).map(str::to_owned),
        tags: Tags::new(),
    };
    Ok((found_role(scope, live, role.arn, mark.clone()), mark))
}

fn found_role(scope: &Scope, mut live: IamRole, arn: String, mark: Mark) -> Found {
    let address = mark.address_in(scope, Kind::IamRole, &live.name);
    let (digest, protected) = (mark.digest(), mark.is_protected());
    live.tags = mark.tags;
    let facts = BTreeMap::from([("name".to_owned(), live.name.clone())]);
    Found { address, id: arn, resource: live.into(), digest, protected, status: Status::Ready, facts }
}

async fn policy_names(cloud: &Cloud, role: &str) -> Result<Vec<String>> {
    pages(|marker| async move {
        let request = cloud.iam.list_role_policies().role_name(role).set_marker(marker);
        let page = cloud.call(call("ListRolePolicies"), || request.clone().send()).await?;
        Ok((Some(page.policy_names), page.marker.filter(|_| page.is_truncated)))
    })
    .await
}

async fn attached(cloud: &Cloud, role: &str) -> Result<BTreeSet<String>> {
    let policies = pages(|marker| async move {
        let request = cloud.iam.list_attached_role_policies().role_name(role).set_marker(marker);
        let page = cloud.call(call("ListAttachedRolePolicies"), || request.clone().send()).await?;
        Ok((page.attached_policies, page.marker.filter(|_| page.is_truncated)))
    })
    .await?;
    Ok(arns(&policies).collect())
}

async fn put_policy(cloud: &Cloud, role: &str, policy: &str, document: &Document) -> Result<()> {
    cloud
        .call(call("PutRolePolicy").new_thing(), || {
            cloud.iam.put_role_policy().role_name(role).policy_name(policy).policy_document(document.as_str()).send()
        })
        .await
        .map(|_| ())
}

async fn delete_policy(cloud: &Cloud, role: &str, policy: &str) -> Result<()> {
    let done = cloud
        .call(call("DeleteRolePolicy"), || cloud.iam.delete_role_policy().role_name(role).policy_name(policy).send())
        .await;
    undone(done)
}

async fn attach(cloud: &Cloud, role: &str, policy: &str) -> Result<()> {
    cloud
        .call(call("AttachRolePolicy").new_thing(), || {
            cloud.iam.attach_role_policy().role_name(role).policy_arn(policy).send()
        })
        .await
        .map(|_| ())
}

async fn detach(cloud: &Cloud, role: &str, policy: &str) -> Result<()> {
    let done = cloud
        .call(call("DetachRolePolicy"), || cloud.iam.detach_role_policy().role_name(role).policy_arn(policy).send())
        .await;
    undone(done)
}

/// Removes a role from a profile; that it isn't in it is fine.
pub(super) async fn take_out(cloud: &Cloud, profile: &str, role: &str) -> Result<()> {
    let done = cloud
        .call(call("RemoveRoleFromInstanceProfile"), || {
            cloud.iam.remove_role_from_instance_profile().instance_profile_name(profile).role_name(role).send()
        })
        .await;
    undone(done)
}

/// Empties a role of all that holds it, as it is now, and deletes it.
async fn remove(cloud: &Cloud, role: &str) -> Result<()> {
    for policy in attached(cloud, role).await? {
        detach(cloud, role, &policy).await?;
    }
    for policy in policy_names(cloud, role).await? {
        delete_policy(cloud, role, &policy).await?;
    }
    let profiles = pages(|marker| async move {
        let request = cloud.iam.list_instance_profiles_for_role().role_name(role).set_marker(marker);
        let page = cloud.call(call("ListInstanceProfilesForRole"), || request.clone().send()).await?;
        Ok((Some(page.instance_profiles), page.marker.filter(|_| page.is_truncated)))
    })
    .await?;
    for profile in profiles {
        take_out(cloud, &profile.instance_profile_name, role).await?;
    }
    cloud.call(call("DeleteRole"), || cloud.iam.delete_role().role_name(role).send()).await.map(|_| ())
}

fn arns(policies: &[AttachedPolicy]) -> impl Iterator<Item = String> {
    policies.iter().filter_map(|policy| policy.policy_arn().map(str::to_owned))
}

pub(super) fn pairs(tags: &[Tag]) -> impl Iterator<Item = (String, String)> {
    tags.iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned()))
}

pub(super) fn sdk_tags(call: Call, tags: &Tags) -> Result<Vec<Tag>> {
    tags.iter().map(|(key, value)| call.built(Tag::builder().key(key).value(value).build())).collect()
}
