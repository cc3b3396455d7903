//! VPCs.

use super::endpoint::Endpoint;
use super::internet_gateway::InternetGateway;
use super::kind::{Action, Kind, identified, tagged};
use super::network_acl::NetworkAcl;
use super::network_interface::NetworkInterface;
use super::read;
use super::route_table::RouteTable;
use super::security_group::SecurityGroup;
use super::security_group_rule::SecurityGroupRule;
use super::subnet::Subnet;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Vpc {
    /// `vpc-…`.
    pub id: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// `default` or `dedicated`.
    pub tenancy: String,
    /// Whether Amazon's name server answers.
    pub dns_support: bool,
    /// Whether instances get public host names.
    pub dns_hostnames: bool,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateVpc", create),
    ("DescribeVpcs", read::describe::<Vpc>),
    ("DescribeVpcAttribute", describe_attribute),
    ("ModifyVpcAttribute", modify_attribute),
    ("DeleteVpc", delete),
];

identified!(Vpc);

impl Kind for Vpc {
    const PREFIX: &'static str = "vpc";
    const TYPE: &'static str = "vpc";
    const WORDS: &'static str = "vpc";
    const ID_PARAMETER: &'static str = "VpcId";
    const NOT_FOUND: &'static str = "InvalidVpcID.NotFound";
    const MALFORMED: &'static str = "InvalidVpcID.Malformed";
    const SET: &'static str = "vpcSet";
    const FILTERS: &'static [&'static str] =
        &["vpc-id", "cidr", "cidr-block-association.cidr-block", "state", "is-default", "owner-id", "dhcp-options-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "vpc-id" => vec![self.id.clone()],
            "cidr" | "cidr-block-association.cidr-block" => vec![self.cidr.to_string()],
            "state" => vec!["available".to_owned()],
            "is-default" => vec!["false".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        self.write_as(x, desk, "available");
    }
}

impl Vpc {
    fn write_as(&self, x: &mut Xml, desk: &Desk, state: &str) {
        x.leaf("vpcId", &self.id)
            .leaf("ownerId", desk.account())
            .leaf("state", state)
            .leaf("cidrBlock", self.cidr)
            .list("cidrBlockAssociationSet", [self.cidr], |x, cidr| {
                x.leaf("cidrBlock", cidr).leaf("associationId", self.id.replacen("vpc-", "vpc-cidr-assoc-", 1)).node(
                    "cidrBlockState",
                    |x| {
                        x.leaf("state", "associated");
                    },
                );
            })
            .leaf("dhcpOptionsId", self.id.replacen("vpc-", "dopt-", 1))
            .leaf("instanceTenancy", &self.tenancy)
            .leaf("isDefault", false);
        tags::write(x, &self.tags);
    }
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let cidr = form.range("CidrBlock")?;
    if !(16..=28).contains(&cidr.prefix_len()) {
        return Err(AwsError::new("InvalidVpc.Range", format!("The CIDR '{cidr}' is invalid.")));
    }
    let tags = tags::specified(form, "vpc", &["vpc"])?;
    if desk.truths::<Vpc>().count() >= desk.settings.quotas.vpcs {
        return Err(AwsError::new("VpcLimitExceeded", "The maximum number of VPCs has been reached."));
    }
    let tenancy = form.text("InstanceTenancy").unwrap_or("default").to_owned();
    let vpc = Vpc { id: desk.new_id("vpc"), cidr, tenancy, dns_support: true, dns_hostnames: false, tags };
    furnish(desk, &vpc);
    x.node("vpc", |x| vpc.write_as(x, desk, "pending"));
    desk.keep(vpc);
    Ok(())
}

/// Each VPC comes with a main route table, a default security group and a default network ACL.
fn furnish(desk: &mut Desk, vpc: &Vpc) {
    let table = RouteTable::main_of(desk, vpc);
    desk.keep(table);
    let group = SecurityGroup {
        id: desk.new_id("sg"),
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: vpc.id.clone(),
        tags: Tags::new(),
    };
    let inside = SecurityGroupRule::from_members_of(desk, &group);
    let outside = SecurityGroupRule::to_everywhere(desk, &group.id);
    desk.keep(inside);
    desk.keep(outside);
    desk.keep(group);
    let acl = NetworkAcl { id: desk.new_id("acl"), vpc: vpc.id.clone(), tags: Tags::new() };
    desk.keep(acl);
}

fn describe_attribute(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?;
    let (name, value) = match form.required("Attribute")? {
        "enableDnsSupport" => ("enableDnsSupport", vpc.dns_support),
        "enableDnsHostnames" => ("enableDnsHostnames", vpc.dns_hostnames),
        "enableNetworkAddressUsageMetrics" => ("enableNetworkAddressUsageMetrics", false),
        other => return Err(AwsError::value("attribute", other)),
    };
    x.leaf("vpcId", &vpc.id).node(name, |x| {
        x.leaf("value", value);
    });
    Ok(())
}

fn modify_attribute(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Vpc>(desk, form, "VpcId")?.id.clone();
    let support = form.flag("EnableDnsSupport.Value")?;
    let hostnames = form.flag("EnableDnsHostnames.Value")?;
    if support.is_some() && hostnames.is_some() {
        return Err(AwsError::combination("Fields for multiple attribute types specified"));
    }
    if support.is_none() && hostnames.is_none() && !form.has("EnableNetworkAddressUsageMetrics") {
        return Err(AwsError::new("InvalidParameterCombination", "No attributes specified."));
    }
    if let Some(vpc) = desk.change::<Vpc>(&id) {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
    }
    x.leaf("return", true);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Vpc>(desk, form, "VpcId")?.id.clone();
    let vpc = id.as_str();
    let in_use = desk.truths::<Subnet>().any(|subnet| subnet.vpc == vpc)
        || desk.truths::<SecurityGroup>().any(|group| group.vpc == vpc && !group.is_default())
        || desk.truths::<RouteTable>().any(|table| table.vpc == vpc && !table.is_main())
        || desk.truths::<InternetGateway>().any(|gateway| gateway.vpc.as_deref() == Some(vpc))
        || desk.truths::<Endpoint>().any(|endpoint| endpoint.vpc == vpc)
        || desk.truths::<NetworkInterface>().any(|interface| interface.vpc == vpc);
    if in_use {
        return Err(AwsError::depended_upon("vpc", vpc));
    }
    let groups: Vec<String> =
        desk.truths::<SecurityGroup>().filter(|group| group.vpc == vpc).map(|group| group.id.clone()).collect();
    let rules: Vec<String> = desk
        .truths::<SecurityGroupRule>()
        .filter(|rule| groups.contains(&rule.group))
        .map(|rule| rule.id.clone())
        .collect();
    let tables: Vec<String> =
        desk.truths::<RouteTable>().filter(|table| table.vpc == vpc).map(|table| table.id.clone()).collect();
    let acls: Vec<String> =
        desk.truths::<NetworkAcl>().filter(|acl| acl.vpc == vpc).map(|acl| acl.id.clone()).collect();
    for rule in rules {
        desk.remove::<SecurityGroupRule>(&rule);
    }
    for group in groups {
        desk.remove::<SecurityGroup>(&group);
    }
    for table in tables {
        desk.remove::<RouteTable>(&table);
    }
    for acl in acls {
        desk.remove::<NetworkAcl>(&acl);
    }
    desk.remove::<Vpc>(&id);
    x.leaf("return", true);
    Ok(())
}
