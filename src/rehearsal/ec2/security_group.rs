//! Security groups; their rules are in [`super::security_group_rule`].

use super::kind::{Action, Kind, identified, tagged};
use super::network_interface::NetworkInterface;
use super::read;
use super::security_group_rule::{SecurityGroupRule, write_permissions};
use super::vpc::Vpc;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// `sg-…`.
    pub id: String,
    /// Its name, unique in its VPC.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its VPC.
    pub vpc: String,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] =
    &[("CreateSecurityGroup", create), ("DescribeSecurityGroups", describe), ("DeleteSecurityGroup", delete)];

/// Letters of a name and of a description. \[B\] CreateSecurityGroup.
const LONGEST: usize = 255;

identified!(SecurityGroup);

impl Kind for SecurityGroup {
    const PREFIX: &'static str = "sg";
    const TYPE: &'static str = "security-group";
    const WORDS: &'static str = "security group";
    const ID_PARAMETER: &'static str = "GroupId";
    const NOT_FOUND: &'static str = "InvalidGroup.NotFound";
    const MALFORMED: &'static str = "InvalidGroupId.Malformed";
    const SET: &'static str = "securityGroupInfo";
    const IDS_EXCLUDE_PAGES: bool = true;
    const FILTERS: &'static [&'static str] = &["group-id", "group-name", "vpc-id", "description", "owner-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "group-id" => vec![self.id.clone()],
            "group-name" => vec![self.name.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "description" => vec![self.description.clone()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("groupId", &self.id)
            .leaf("groupName", &self.name)
            .leaf("groupDescription", &self.description)
            .leaf("vpcId", &self.vpc)
            .leaf("ownerId", desk.account())
            .leaf("securityGroupArn", desk.arn("ec2", &format!("security-group/{}", self.id)));
        let rules = |egress: bool| -> Vec<&SecurityGroupRule> {
            desk.seen::<SecurityGroupRule>().filter(|rule| rule.group == self.id && rule.egress == egress).collect()
        };
        write_permissions(x, desk, "ipPermissions", &rules(false));
        write_permissions(x, desk, "ipPermissionsEgress", &rules(true));
        tags::write(x, &self.tags);
    }
}

impl SecurityGroup {
    /// Whether it is the one that came with its VPC.
    pub fn is_default(&self) -> bool {
        self.name == "default"
    }
}

/// By id, by name, or by filter; `group-name` may also be given as a parameter of its own.
fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let names = form.texts("GroupName");
    if names.is_empty() {
        return read::describe::<SecurityGroup>(desk, form, x);
    }
    let page = read::select::<SecurityGroup>(desk, form)?;
    let found: Vec<&SecurityGroup> = page.items.into_iter().filter(|group| names.contains(&group.name)).collect();
    if let Some(missing) = names.iter().find(|name| !found.iter().any(|group| &group.name == *name)) {
        return Err(AwsError::new("InvalidGroup.NotFound", format!("The security group '{missing}' does not exist")));
    }
    x.list("securityGroupInfo", found, |x, group| group.write(x, desk));
    Ok(())
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.id.clone();
    let name = form.required("GroupName")?;
    let description = form.required("GroupDescription")?;
    if name.len() > LONGEST || description.len() > LONGEST {
        return Err(AwsError::refused(
            "Character sets beyond ASCII are not supported, and the length is limited to 255.",
        ));
    }
    if name == "default" || name.starts_with("sg-") {
        return Err(AwsError::refused(format!("Cannot use reserved security group name: {name}")));
    }
    if desk.truths::<SecurityGroup>().any(|other| other.vpc == vpc && other.name == name) {
        let message = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(AwsError::new("InvalidGroup.Duplicate", message));
    }
    if desk.truths::<SecurityGroup>().count() >= desk.settings.quotas.security_groups {
        return Err(AwsError::new(
            "SecurityGroupLimitExceeded",
            "The maximum number of security groups has been reached.",
        ));
    }
    let tags = tags::specified(form, "security-group", &["security-group"])?;
    let group =
        SecurityGroup { id: desk.new_id("sg"), name: name.to_owned(), description: description.to_owned(), vpc, tags };
    let outside = SecurityGroupRule::to_everywhere(desk, &group.id);
    x.leaf("return", true).leaf("groupId", &group.id);
    tags::write(x, &group.tags);
    x.leaf("securityGroupArn", desk.arn("ec2", &format!("security-group/{}", group.id)));
    desk.keep(outside);
    desk.keep(group);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let group = read::named::<SecurityGroup>(desk, form, "GroupId")?.clone();
    if group.is_default() {
        return Err(AwsError::new(
            "CannotDelete",
            format!("the specified group: \"{}\" name: \"default\" cannot be deleted by a user", group.id),
        ));
    }
    let used = desk.truths::<NetworkInterface>().any(|interface| interface.groups.contains(&group.id));
    let referred = desk
        .truths::<SecurityGroupRule>()
        .any(|rule| rule.group != group.id && rule.referred_group() == Some(group.id.as_str()));
    if used || referred {
        return Err(AwsError::new("DependencyViolation", format!("resource {} has a dependent object", group.id)));
    }
    let rules: Vec<String> =
        desk.truths::<SecurityGroupRule>().filter(|rule| rule.group == group.id).map(|rule| rule.id.clone()).collect();
    for rule in rules {
        desk.remove::<SecurityGroupRule>(&rule);
    }
    desk.remove::<SecurityGroup>(&group.id);
    x.leaf("return", true).leaf("groupId", group.id);
    Ok(())
}
