//! Flow logs: found by tag; nothing of one can be changed but its tags.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    Filter, FlowLogsResourceType, LogDestinationType, ResourceType, Tag, TagSpecification, TrafficType,
    UnsuccessfulItem,
};

use super::identity::PRODUCTION;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Mark, Result, Scope};
use crate::resource::{Address, FieldChange, FlowLog, Found, Kind, Status, Tags};

/// How many tokens are tried before it is given up: each is spent by one flow log that is gone by now.
const EPOCHS: u32 = 8;

const fn call(action: &'static str) -> Call {
    Call::new("ec2", action)
}

impl Live for FlowLog {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let ours = filter(&format!("tag:{PRODUCTION}"), &scope.production);
        Ok(Listing { found: described(cloud, scope, &[ours]).await?, unreadable: Vec::new() })
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let (vpc, group, role) = (cloud.id(&self.vpc)?, cloud.id(&self.log_group)?, cloud.id(&self.role)?);
        let create = call("CreateFlowLogs").new_thing();
        let aggregation = i32::try_from(self.aggregation_seconds)
            .map_err(|_| create.error(ErrorClass::Invalid, "the aggregation interval is 60 or 600 seconds"))?;
        let tags = TagSpecification::builder()
            .resource_type(ResourceType::VpcFlowLog)
            .set_tags(Some(sdk_tags(&identity.tags(Some(&self.tags)))))
            .build();
        let mut epoch = 0;
        loop {
            let token = identity.token(epoch, &[&vpc, &group, &role]);
            let made = cloud
                .call_checked(
                    create,
                    || {
                        cloud
                            .ec2
                            .create_flow_logs()
                            .client_token(&token)
                            .resource_type(FlowLogsResourceType::Vpc)
                            .resource_ids(&vpc)
                            .traffic_type(TrafficType::from(self.traffic.as_str()))
                            .log_destination_type(LogDestinationType::CloudWatchLogs)
                            .log_group_name(&group)
                            .deliver_logs_permission_arn(&role)
                            .max_aggregation_interval(aggregation)
                            .tag_specifications(tags.clone())
                            .send()
                    },
                    |answer| match refused(create, answer.unsuccessful()) {
                        Some(error) => Err(error),
                        None => answer
                            .flow_log_ids()
                            .first()
                            .cloned()
                            .ok_or_else(|| create.error(ErrorClass::Uncertain, "the answer names no flow log")),
                    },
                )
                .await;
            match made {
                Err(error) if error.is(ErrorClass::TokenSpent) && epoch < EPOCHS => epoch += 1,
                // The network is logged to this group already: by an earlier run, or by someone else.
                Err(error) if error.is(ErrorClass::Exists) => {
                    let scope = Scope::new(&identity.production);
                    let filters = [filter("resource-id", &vpc), filter("log-group-name", &group)];
                    let mut found = described(cloud, &scope, &filters).await?;
                    found
                        .retain(|one| one.address == identity.address && one.digest.as_ref() == Some(&identity.digest));
                    return found.into_iter().next().map(|one| one.id).ok_or(error);
                }
                done => return done,
            }
        }
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        let (set, remove) = identity.tag_changes(found, Some(&self.tags));
        if !remove.is_empty() {
            cloud
                .call(call("DeleteTags"), || {
                    let keys = remove.iter().map(|key| Tag::builder().key(key).build()).collect();
                    cloud.ec2.delete_tags().resources(&found.id).set_tags(Some(keys)).send()
                })
                .await?;
        }
        if !set.is_empty() {
            cloud
                .call(call("CreateTags"), || {
                    cloud.ec2.create_tags().resources(&found.id).set_tags(Some(sdk_tags(&set))).send()
                })
                .await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let delete = call("DeleteFlowLogs");
        let done = cloud
            .call_checked(
                delete,
                || cloud.ec2.delete_flow_logs().flow_log_ids(&found.id).send(),
                |answer| refused(delete, answer.unsuccessful()).map_or(Ok(()), Err),
            )
            .await;
        match done {
            Err(error) if error.is(ErrorClass::NotFound) => Ok(Gone::Gone),
            done => done.map(|()| Gone::Gone),
        }
    }
}

async fn described(cloud: &Cloud, scope: &Scope, filters: &[Filter]) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = cloud
            .call(call("DescribeFlowLogs"), || {
                cloud
                    .ec2
                    .describe_flow_logs()
                    .set_filter(Some(filters.to_vec()))
                    .max_results(1000)
                    .set_next_token(token.clone())
                    .send()
            })
            .await?;
        found.extend(page.flow_logs().iter().filter_map(|log| found_log(scope, log)));
        token = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        if token.is_none() {
            return Ok(found);
        }
    }
}

fn found_log(scope: &Scope, log: &aws_sdk_ec2::types::FlowLog) -> Option<Found> {
    let id = log.flow_log_id()?.to_owned();
    let mark = Mark::read(
        log.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))),
    );
    let mut facts = BTreeMap::new();
    // Delivery may fail and recover while the log itself stands as it was made.
    if log.deliver_logs_status() == Some("FAILED") {
        facts.insert("delivery_failure".to_owned(), log.deliver_logs_error_message().unwrap_or("no reason").to_owned());
    }
    let live = FlowLog {
        vpc: Address::new(log.resource_id().unwrap_or_default()),
        log_group: Address::new(log.log_group_name().or(log.log_destination().map(group_in)).unwrap_or_default()),
        role: Address::new(log.deliver_logs_permission_arn().unwrap_or_default()),
        traffic: log.traffic_type().map(|traffic| traffic.as_str().to_owned()).unwrap_or_default(),
        aggregation_seconds: log.max_aggregation_interval().and_then(|it| u32::try_from(it).ok()).unwrap_or(600),
        tags: mark.tags.clone(),
    };
    Some(Found {
        address: mark.address_in(scope, Kind::FlowLog, &id),
        id,
        resource: live.into(),
        digest: mark.digest(),
        protected: mark.is_protected(),
        status: Status::Ready,
        facts,
    })
}

/// The name of the log group in a destination's ARN, `arn:aws:logs:…:log-group:NAME:*`; another destination as it is.
fn group_in(arn: &str) -> &str {
    arn.split_once(":log-group:").map_or(arn, |(_, name)| name.trim_end_matches(":*"))
}

/// The failure that an answer of success holds.
fn refused(call: Call, items: &[UnsuccessfulItem]) -> Option<CloudError> {
    let error = items.first()?.error()?;
    Some(call.refusal(error.code().unwrap_or("Unsuccessful"), error.message().unwrap_or("no reason was given")))
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn sdk_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_read_off_a_destination() {
        assert_eq!(group_in("arn:aws:logs:us-west-2:1:log-group:/closedset/a/main/flow:*"), "/closedset/a/main/flow");
        assert_eq!(group_in("arn:aws:s3:::bucket"), "arn:aws:s3:::bucket");
    }
}
