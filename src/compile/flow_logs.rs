//! The record of a network: a flow log, the group that keeps it, the role that writes it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::compiler::Compiler;
use super::network::{part, vpc};
use super::policy::{allow, document, trust};
use crate::blueprint::model::Network;
use crate::resource::{Address, FlowLog, IamRole, LogGroup};

/// Seconds that one record sums up: the shorter of the two that EC2 knows, for a record that an investigation can use.
/// Source: EC2 API reference, `CreateFlowLogs`.
const AGGREGATION_SECONDS: u32 = 60;

/// What the service needs to write. Source: VPC user guide, "IAM role for publishing flow logs to CloudWatch Logs",
/// without making the group, which is made here.
const WRITE: &[&str] = &["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"];

impl Compiler<'_> {
    pub(super) fn flow_log(&mut self, network: &Network) {
        let span = network.flow_logs.retention_days.span;
        let place = self.place();
        let name = format!("{}{}/flow", place.log_path(), network.name);
        let (log_group, role) = (part(network, "log_group"), part(network, "flow_log_role"));

        let tags = self.production_tags(span, &format!("{} flow log", network.name));
        let flow_log = FlowLog {
            vpc: vpc(network),
            log_group: log_group.clone(),
            role: role.clone(),
            traffic: "ALL".to_owned(),
            aggregation_seconds: AGGREGATION_SECONDS,
            tags: tags.clone(),
        };
        let write = document(vec![
            allow("Write", Value::Null, WRITE, json!(place.log_groups(&format!("{name}:*"))), Value::Null),
            allow("Find", Value::Null, &["logs:DescribeLogGroups"], json!(place.log_groups("*")), Value::Null),
        ]);
        // The service acts for many accounts; it takes the role for a flow log of this one only.
        let ours = json!({
            "StringEquals": { "aws:SourceAccount": place.account },
            "ArnLike": { "aws:SourceArn": place.regional("ec2", "vpc-flow-log/*") },
        });
        let writer = IamRole {
            name: place.role_name("flow-log", network.name.as_str()),
            path: place.iam_path(),
            trust: trust("vpc-flow-logs.amazonaws.com", ours),
            policies: BTreeMap::from([("write".to_owned(), write)]),
            managed: BTreeSet::new(),
            boundary: self.boundary(),
            tags,
        };
        let group = LogGroup {
            name,
            retention_days: Some(network.flow_logs.retention_days.value),
            key: Some(Address::new(format!("key.{}", self.blueprint.production.key))),
        };
        self.add(log_group, span, group);
        self.add(role, span, writer);
        self.add(part(network, "flow_log"), span, flow_log);
    }
}
