//! Flow logs: found by tag; nothing of one can be changed but its tags.

use aws_sdk_ec2::types::{
    Filter, FlowLogsResourceType, LogDestinationType, ResourceType, TrafficType, UnsuccessfulItem,
};

use super::ec2::{PAGE, filter, gone, made, made_for, of_production, pages, until_visible};
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, FieldChange, FlowLog, Found, Status};

/// How many tokens are tried before it is given up: each is spent by one flow log that is gone by now.
const EPOCHS: u32 = 16;

const fn call(action: &'static str) -> Call {
    Call::new("ec2", action)
}

impl Live for FlowLog {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        Ok(Listing { found: described(cloud, &[of_production(scope)]).await?, unreadable: Vec::new() })
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let (vpc, group, role) = (cloud.id(&self.vpc)?, cloud.id(&self.log_group)?, cloud.id(&self.role)?);
        let create = call("CreateFlowLogs").new_thing();
        let aggregation = i32::try_from(self.aggregation_seconds)
            .map_err(|_| create.error(ErrorClass::Invalid, "the aggregation interval is 60 or 600 seconds"))?;
        let request = cloud
            .ec2
            .create_flow_logs()
            .resource_type(FlowLogsResourceType::Vpc)
            .resource_ids(&vpc)
            .traffic_type(TrafficType::from(self.traffic.as_str()))
            .log_destination_type(LogDestinationType::CloudWatchLogs)
            .log_group_name(&group)
            .deliver_logs_permission_arn(&role)
            .max_aggregation_interval(aggregation)
            .tag_specifications(tags::specification(ResourceType::VpcFlowLog, &identity.tags(Some(&self.tags))));
        let mut spent = create.error(ErrorClass::TokenSpent, "all client tokens of this flow log have been used");
        for epoch in 0..EPOCHS {
            let request = request.clone().client_token(identity.token(epoch, &[&vpc, &group, &role]));
            let outcome = cloud
                .call_checked(
                    create,
                    || request.clone().send(),
                    |answer| match refused(create, answer.unsuccessful()) {
                        Some(error) => Err(error),
                        None => made(create, answer.flow_log_ids().first().cloned()),
                    },
                )
                .await;
            match outcome {
                Ok(id) => {
                    // A token may stand for a flow log that has been deleted since: then the next one is tried.
                    let by_id = [filter("flow-log-id", [id.as_str()])];
                    let look = || async { Ok(described(cloud, &by_id).await?.pop()) };
                    if until_visible(look).await?.is_some() {
                        return Ok(id);
                    }
                }
                Err(error) if error.is(ErrorClass::TokenSpent) => spent = error,
                // The network is logged to this group already: by an earlier run, or by someone else.
                Err(error) if error.is(ErrorClass::Exists) => {
                    let earlier = described(cloud, &made_for(identity)).await?.into_iter().next();
                    return earlier.map(|one| one.id).ok_or(error);
                }
                Err(error) => return Err(error),
            }
        }
        Err(spent)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        cloud.retag(found, &self.tags, identity).await
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
        gone(done)
    }
}

async fn described(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<Found>> {
    let logs = pages(|token| async move {
        let request =
            cloud.ec2.describe_flow_logs().set_filter(Some(filters.to_vec())).max_results(PAGE).set_next_token(token);
        let answer = cloud.call(call("DescribeFlowLogs"), || request.clone().send()).await?;
        Ok((answer.flow_logs, answer.next_token))
    })
    .await?;
    Ok(logs.iter().filter_map(found_log).collect())
}

fn found_log(log: &aws_sdk_ec2::types::FlowLog) -> Option<Found> {
    let id = log.flow_log_id()?;
    let mark = tags::mark(log.tags.as_deref());
    let live = FlowLog {
        vpc: Address::new(log.resource_id().unwrap_or_default()),
        log_group: Address::new(log.log_group_name().or(log.log_destination().map(group_in)).unwrap_or_default()),
        role: Address::new(log.deliver_logs_permission_arn().unwrap_or_default()),
        traffic: log.traffic_type().map(|traffic| traffic.as_str().to_owned()).unwrap_or_default(),
        aggregation_seconds: log.max_aggregation_interval().and_then(|it| u32::try_from(it).ok()).unwrap_or(600),
        tags: mark.tags.clone(),
    };
    let mut found = tags::found(&mark, id, live, Status::Ready);
    // Delivery may fail and recover while the log itself stands as it was made.
    if log.deliver_logs_status() == Some("FAILED") {
        let words = log.deliver_logs_error_message().unwrap_or("no reason was given");
        found.facts.insert("delivery_failure".to_owned(), words.to_owned());
    }
    Some(found)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_read_off_a_destination() {
        assert_eq!(group_in("arn:aws:logs:us-west-2:1:log-group:/closedset/a/main/flow:*"), "/closedset/a/main/flow");
        assert_eq!(group_in("arn:aws:s3:::bucket"), "arn:aws:s3:::bucket");
    }
}
