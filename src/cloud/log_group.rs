//! Log groups: found by name, which also tells their address.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::types;

use super::ec2::{gone, pages, undone};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope};
use crate::resource::{Address, FieldChange, Found, LogGroup, Resource, Status, compare};

const fn call(action: &'static str) -> Call {
    Call::new("logs", action)
}

impl Live for LogGroup {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let groups = named(cloud, &scope.log_group_prefix()).await?;
        let found = groups.iter().filter_map(|group| found_group(scope, group)).collect();
        Ok(Listing { found, unreadable: Vec::new() })
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let key = self.key.as_ref().map(|key| cloud.id(key)).transpose()?;
        let made = cloud
            .call(call("CreateLogGroup").new_thing(), || {
                cloud
                    .logs
                    .create_log_group()
                    .log_group_name(&self.name)
                    .set_kms_key_id(key.clone())
                    .set_tags(Some(identity.tags(None).into_iter().collect()))
                    .send()
            })
            .await;
        match made {
            Ok(_) => keep_for(cloud, &self.name, self.retention_days).await?,
            // The name carries the production: an earlier run made it.
            Err(error) if error.is(ErrorClass::Exists) => self.take_up(cloud, identity).await?,
            Err(error) => return Err(error),
        }
        Ok(self.name.clone())
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let name = found.id.as_str();
        let changed = |field: &str| changes.iter().any(|change| change.path == field);
        if changed("key") {
            match &self.key {
                Some(key) => {
                    let key = cloud.id(key)?;
                    cloud
                        .call(call("AssociateKmsKey").new_thing(), || {
                            cloud.logs.associate_kms_key().log_group_name(name).kms_key_id(&key).send()
                        })
                        .await?;
                }
                None => {
                    cloud
                        .call(call("DisassociateKmsKey"), || {
                            cloud.logs.disassociate_kms_key().log_group_name(name).send()
                        })
                        .await?;
                }
            }
        }
        if changed("retention_days") {
            keep_for(cloud, name, self.retention_days).await?;
        }
        if let Some(arn) = found.facts.get("arn") {
            cloud
                .call(call("TagResource").new_thing(), || {
                    let tags = identity.tags(None).into_iter().collect();
                    cloud.logs.tag_resource().resource_arn(arn).set_tags(Some(tags)).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let done =
            cloud.call(call("DeleteLogGroup"), || cloud.logs.delete_log_group().log_group_name(&found.id).send()).await;
        gone(done)
    }
}

impl LogGroup {
    /// Brings a group that an earlier run left unfinished to this state.
    async fn take_up(&self, cloud: &Cloud, identity: &Identity) -> Result<()> {
        let scope = Scope::new(&identity.production);
        let groups = named(cloud, &self.name).await?;
        let Some(mut found) =
            groups.iter().filter_map(|group| found_group(&scope, group)).find(|found| found.id == self.name)
        else {
            return Err(call("DescribeLogGroups")
                .error(ErrorClass::Uncertain, format!("{} is there, but isn't listed", self.name)));
        };
        // The live one names its key by ARN, the desired one by address.
        if let (Resource::LogGroup(live), Some(key)) = (&mut found.resource, &self.key)
            && live.key.as_ref().map(Address::as_str) == Some(cloud.id(key)?.as_str())
        {
            live.key = Some(key.clone());
        }
        let changes = compare(&self.clone().into(), &found.resource);
        self.update(cloud, &found, identity, &changes).await
    }
}

/// All groups whose names begin so.
pub(super) async fn named(cloud: &Cloud, prefix: &str) -> Result<Vec<types::LogGroup>> {
    pages(|token| async move {
        let request = cloud.logs.describe_log_groups().log_group_name_prefix(prefix).limit(50).set_next_token(token);
        let page = cloud.call(call("DescribeLogGroups"), || request.clone().send()).await?;
        Ok((page.log_groups, page.next_token))
    })
    .await
}

fn found_group(scope: &Scope, group: &types::LogGroup) -> Option<Found> {
    let name = group.log_group_name()?.to_owned();
    let live = LogGroup {
        name: name.clone(),
        retention_days: group.retention_in_days().and_then(|days| u32::try_from(days).ok()),
        key: group.kms_key_id().map(Address::new),
    };
    // The older field ends in `:*`, which stands for the group's streams.
    let arn = group.log_group_arn().or(group.arn()).map(|arn| arn.trim_end_matches(":*").to_owned());
    Some(Found {
        address: address_of(scope, &name)?,
        id: name,
        resource: live.into(),
        digest: None,
        protected: false,
        status: Status::Ready,
        facts: arn.into_iter().map(|arn| ("arn".to_owned(), arn)).collect::<BTreeMap<_, _>>(),
    })
}

/// `/closedset/<production>/<network>/flow` belongs to `network.<network>.log_group`, and
/// `/closedset/<production>/workstations/<pool>/guest` to `workstation_pool.<pool>.log_group`. Other groups under the same
/// path are made by the machines themselves, and are no resources of a plan.
fn address_of(scope: &Scope, name: &str) -> Option<Address> {
    let rest = name.strip_prefix(&scope.log_group_prefix())?;
    let label = |label: &str| !label.is_empty() && !label.contains('/');
    if let Some(pool) = rest.strip_prefix("workstations/").and_then(|rest| rest.strip_suffix("/guest")) {
        return label(pool).then(|| Address::new(format!("workstation_pool.{pool}.log_group")));
    }
    let network = rest.strip_suffix("/flow")?;
    label(network).then(|| Address::new(format!("network.{network}.log_group")))
}

async fn keep_for(cloud: &Cloud, name: &str, days: Option<u32>) -> Result<()> {
    let put = call("PutRetentionPolicy").new_thing();
    match days.map(i32::try_from) {
        Some(Ok(days)) => cloud
            .call(put, || cloud.logs.put_retention_policy().log_group_name(name).retention_in_days(days).send())
            .await
            .map(|_| ()),
        Some(Err(_)) => Err(put.error(ErrorClass::Invalid, format!("{name} can't be kept for so many days"))),
        None => {
            let done = cloud
                .call(call("DeleteRetentionPolicy"), || {
                    cloud.logs.delete_retention_policy().log_group_name(name).send()
                })
                .await;
            undone(done)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_tells_the_address() {
        let scope = Scope::new("nightfall");
        let address = |name: &str| address_of(&scope, name).map(|address| address.to_string());
        assert_eq!(address("/closedset/nightfall/main/flow").as_deref(), Some("network.main.log_group"));
        assert_eq!(address("/closedset/nightfall/workstations/comp/agent"), None);
        assert_eq!(address("/closedset/nightfall/workstations/comp/flow"), None);
        assert_eq!(address("/closedset/nightfall//flow"), None);
        let guest = address("/closedset/nightfall/workstations/comp/guest");
        assert_eq!(guest.as_deref(), Some("workstation_pool.comp.log_group"));
        assert_eq!(address("/closedset/nightfall/workstations//guest"), None);
    }
}
