//! Flow logs.

use super::kind::{Action, Kind, identified, tagged};
use super::network_interface::NetworkInterface;
use super::subnet::Subnet;
use super::vpc::Vpc;
use super::{read, tokens};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A flow log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct FlowLog {
    /// `fl-…`.
    pub id: String,
    /// The VPC, subnet or interface that it watches.
    pub resource: String,
    /// `ACCEPT`, `REJECT` or `ALL`.
    pub traffic: String,
    /// `cloud-watch-logs`, `s3` or `kinesis-data-firehose`.
    pub destination_type: String,
    /// The ARN of the destination.
    pub destination: Option<String>,
    /// The log group's name.
    pub log_group: Option<String>,
    /// The role that delivers.
    pub role: Option<String>,
    /// The fields of a line.
    pub format: String,
    /// Seconds over which lines are gathered: 60 or 600.
    pub interval: i64,
    /// When it was created.
    pub created: Moment,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] =
    &[("CreateFlowLogs", create), ("DescribeFlowLogs", describe), ("DeleteFlowLogs", delete)];

/// The fields of a line unless told otherwise. \[D\] `vpc/latest/userguide/flow-log-records`.
const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

identified!(FlowLog);

impl Kind for FlowLog {
    const PREFIX: &'static str = "fl";
    const TYPE: &'static str = "vpc-flow-log";
    const WORDS: &'static str = "flow log";
    const ID_PARAMETER: &'static str = "FlowLogId";
    const NOT_FOUND: &'static str = "InvalidFlowLogId.NotFound";
    const MALFORMED: &'static str = "InvalidFlowLogId.Malformed";
    const SET: &'static str = "flowLogSet";
    const FILTERS: &'static [&'static str] =
        &["flow-log-id", "resource-id", "log-group-name", "log-destination-type", "traffic-type", "deliver-log-status"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "flow-log-id" => vec![self.id.clone()],
            "resource-id" => vec![self.resource.clone()],
            "log-group-name" => self.log_group.iter().cloned().collect(),
            "log-destination-type" => vec![self.destination_type.clone()],
            "traffic-type" => vec![self.traffic.clone()],
            "deliver-log-status" => vec!["SUCCESS".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, _desk: &Desk) {
        x.leaf("flowLogId", &self.id)
            .leaf("creationTime", self.created.iso())
            .leaf("flowLogStatus", "ACTIVE")
            .leaf("deliverLogsStatus", "SUCCESS")
            .leaf_if("deliverLogsPermissionArn", self.role.as_ref())
            .leaf_if("logGroupName", self.log_group.as_ref())
            .leaf("resourceId", &self.resource)
            .leaf("trafficType", &self.traffic)
            .leaf("logDestinationType", &self.destination_type)
            .leaf_if("logDestination", self.destination.as_ref())
            .leaf("logFormat", &self.format)
            .leaf("maxAggregationInterval", self.interval);
        tags::write(x, &self.tags);
    }
}

/// EC2 reads flow logs' filters from `Filter`, as of all others.
fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    read::describe::<FlowLog>(desk, form, x)
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (token, made) = tokens::look_up(desk, form, "")?;
    if let Some(made) = made {
        x.leaf_if("clientToken", token.map(|token| token.text)).texts("flowLogIdSet", made);
        return Ok(());
    }
    let kind = form.required("ResourceType")?.to_owned();
    let traffic = form.text("TrafficType").unwrap_or("ALL").to_owned();
    let destination_type = form.text("LogDestinationType").unwrap_or("cloud-watch-logs").to_owned();
    let role = form.text("DeliverLogsPermissionArn").map(str::to_owned);
    let destination = form.text("LogDestination").map(str::to_owned);
    let mut log_group = form.text("LogGroupName").map(str::to_owned);
    if destination_type == "cloud-watch-logs" {
        if role.is_none() {
            return Err(AwsError::new(
                "InvalidParameter",
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs.",
            ));
        }
        if log_group.is_none() && destination.is_none() {
            return Err(AwsError::new(
                "InvalidParameter",
                "LogGroupName can't be empty if LogDestinationType is cloud-watch-logs.",
            ));
        }
        log_group = log_group.or_else(|| {
            let name = destination.as_deref()?.split(":log-group:").nth(1)?;
            Some(name.trim_end_matches(":*").to_owned())
        });
    } else if destination.is_none() {
        return Err(AwsError::new("InvalidParameter", "LogDestination can't be empty."));
    }
    let interval = form.number("MaxAggregationInterval")?.unwrap_or(600);
    if interval != 60 && interval != 600 {
        return Err(AwsError::new("InvalidParameter", "Invalid Flow Log Max Aggregation Interval"));
    }
    let tags = tags::specified(form, "vpc-flow-log", &["vpc-flow-log"])?;
    let (mut made, mut unsuccessful) = (Vec::new(), Vec::new());
    for resource in form.texts("ResourceId") {
        let exists = match kind.as_str() {
            "VPC" => read::existing::<Vpc>(desk, &resource).map(|_| ()),
            "Subnet" => read::existing::<Subnet>(desk, &resource).map(|_| ()),
            "NetworkInterface" => read::existing::<NetworkInterface>(desk, &resource).map(|_| ()),
            other => return Err(AwsError::value("ResourceType", other)),
        };
        let same = |other: &FlowLog| {
            other.resource == resource
                && other.traffic == traffic
                && other.destination_type == destination_type
                && other.destination == destination
                && other.log_group == log_group
        };
        let error = match exists {
            Err(error) => Some(error),
            Ok(()) if desk.truths::<FlowLog>().any(same) => Some(AwsError::new(
                "FlowLogAlreadyExists",
                "Error. There is an existing Flow Log with the same configuration and log destination.",
            )),
            Ok(()) => None,
        };
        if let Some(error) = error {
            unsuccessful.push((resource, error));
            continue;
        }
        let log = FlowLog {
            id: desk.new_id("fl"),
            resource,
            traffic: traffic.clone(),
            destination_type: destination_type.clone(),
            destination: destination.clone(),
            log_group: log_group.clone(),
            role: role.clone(),
            format: form.text("LogFormat").unwrap_or(DEFAULT_FORMAT).to_owned(),
            interval,
            created: desk.now,
            tags: tags.clone(),
        };
        made.push(log.id.clone());
        desk.keep(log);
    }
    x.leaf_if("clientToken", token.as_ref().map(|token| &token.text)).texts("flowLogIdSet", &made);
    write_unsuccessful(x, unsuccessful);
    tokens::remember(desk, token.filter(|_| !made.is_empty()), made);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let mut unsuccessful = Vec::new();
    for id in form.texts("FlowLogId") {
        match read::existing::<FlowLog>(desk, &id).map(|_| ()) {
            Ok(()) => {
                desk.remove::<FlowLog>(&id);
            }
            Err(error) => unsuccessful.push((id, error)),
        }
    }
    write_unsuccessful(x, unsuccessful);
    Ok(())
}

fn write_unsuccessful(x: &mut Xml, unsuccessful: Vec<(String, AwsError)>) {
    x.list("unsuccessful", unsuccessful, |x, (id, error)| {
        x.leaf("resourceId", id).node("error", |x| {
            x.leaf("code", error.code).leaf("message", error.message);
        });
    });
}
