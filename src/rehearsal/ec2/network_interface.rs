//! Network interfaces: each instance has one, each interface endpoint has one in each of its subnets.

use super::kind::{Action, Kind, identified, tagged};
use super::read;
use super::security_group::SecurityGroup;
use super::vpc::Vpc;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::places;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::Xml;
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;

/// A network interface.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NetworkInterface {
    /// `eni-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its zone.
    pub zone: String,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its public address.
    pub public_address: Option<Ipv4Addr>,
    /// Its hardware address.
    pub mac: String,
    /// Its security groups.
    pub groups: Vec<String>,
    /// Its description.
    pub description: String,
    /// The instance that it is attached to.
    pub instance: Option<String>,
    /// The endpoint that owns it.
    pub endpoint: Option<String>,
    /// Whether its owner is gone and it only lingers.
    pub lingering: bool,
    /// Whether traffic has to be from or to it.
    pub source_dest_check: bool,
    /// When it was attached.
    pub attached: Moment,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[("DescribeNetworkInterfaces", read::describe::<NetworkInterface>)];

identified!(NetworkInterface);

impl Kind for NetworkInterface {
    const PREFIX: &'static str = "eni";
    const TYPE: &'static str = "network-interface";
    const WORDS: &'static str = "networkInterface";
    const ID_PARAMETER: &'static str = "NetworkInterfaceId";
    const NOT_FOUND: &'static str = "InvalidNetworkInterfaceID.NotFound";
    const MALFORMED: &'static str = "InvalidNetworkInterfaceId.Malformed";
    const SET: &'static str = "networkInterfaceSet";
    const IDS_EXCLUDE_PAGES: bool = true;
    const FILTERS: &'static [&'static str] = &[
        "network-interface-id",
        "vpc-id",
        "subnet-id",
        "availability-zone",
        "group-id",
        "description",
        "status",
        "interface-type",
        "private-ip-address",
        "addresses.private-ip-address",
        "mac-address",
        "requester-managed",
        "attachment.instance-id",
        "attachment.status",
        "attachment.attachment-id",
        "owner-id",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "network-interface-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "subnet-id" => vec![self.subnet.clone()],
            "availability-zone" => vec![self.zone.clone()],
            "group-id" => self.groups.clone(),
            "description" => vec![self.description.clone()],
            "status" => vec![self.status().to_owned()],
            "interface-type" => vec![self.interface_type().to_owned()],
            "private-ip-address" | "addresses.private-ip-address" => vec![self.address.to_string()],
            "mac-address" => vec![self.mac.clone()],
            "requester-managed" => vec![self.endpoint.is_some().to_string()],
            "attachment.instance-id" => self.instance.iter().cloned().collect(),
            "attachment.status" => vec![self.attachment_status().to_owned()],
            "attachment.attachment-id" => vec![self.attachment_id()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("networkInterfaceId", &self.id)
            .leaf("subnetId", &self.subnet)
            .leaf("vpcId", &self.vpc)
            .leaf("availabilityZone", &self.zone)
            .leaf("availabilityZoneId", places::zone_id(&self.zone))
            .leaf("description", &self.description)
            .leaf("ownerId", desk.account())
            .leaf("requesterManaged", self.endpoint.is_some())
            .leaf("status", self.status())
            .leaf("macAddress", &self.mac)
            .leaf("privateIpAddress", self.address)
            .leaf_if("privateDnsName", self.private_name(desk).as_ref())
            .leaf("sourceDestCheck", self.source_dest_check)
            .leaf("interfaceType", self.interface_type());
        write_groups(x, desk, &self.groups);
        x.node("attachment", |x| {
            x.leaf("attachmentId", self.attachment_id())
                .leaf_if("instanceId", self.instance.as_ref())
                .leaf("instanceOwnerId", if self.endpoint.is_some() { "amazon-aws" } else { desk.account() })
                .leaf("deviceIndex", if self.endpoint.is_some() { 1 } else { 0 })
                .leaf("networkCardIndex", 0)
                .leaf("status", self.attachment_status())
                .leaf("attachTime", self.attached.iso())
                .leaf("deleteOnTermination", self.endpoint.is_none());
        });
        if let Some(public) = self.public_address {
            x.node("association", |x| {
                x.leaf("publicIp", public).leaf("ipOwnerId", "amazon");
            });
        }
        x.list("privateIpAddressesSet", [self.address], |x, address| {
            x.leaf("privateIpAddress", address)
                .leaf_if("privateDnsName", self.private_name(desk).as_ref())
                .leaf("primary", true);
        });
        tags::write(x, &self.tags);
    }
}

impl NetworkInterface {
    fn status(&self) -> &'static str {
        if self.lingering { "detaching" } else { "in-use" }
    }

    fn attachment_status(&self) -> &'static str {
        if self.lingering { "detaching" } else { "attached" }
    }

    fn interface_type(&self) -> &'static str {
        if self.endpoint.is_some() { "vpc_endpoint" } else { "interface" }
    }

    /// Its private host name, where its network gives any.
    pub fn private_name(&self, desk: &Desk) -> Option<String> {
        let has_names = desk.truth::<Vpc>(&self.vpc).is_some_and(|vpc| vpc.dns_hostnames);
        has_names.then(|| private_name(self.address, &desk.region))
    }

    /// The id of its attachment.
    pub fn attachment_id(&self) -> String {
        self.id.replacen("eni-", "eni-attach-", 1)
    }
}

/// The private host name of an address in a Region; without a Region only its first label.
pub fn private_name(address: Ipv4Addr, region: &str) -> String {
    let label = format!("ip-{}", address.to_string().replace('.', "-"));
    match region {
        "" => label,
        "us-east-1" => format!("{label}.ec2.internal"),
        other => format!("{label}.{other}.compute.internal"),
    }
}

/// `<groupSet>`: ids and names of security groups.
pub fn write_groups(x: &mut Xml, desk: &Desk, groups: &[String]) {
    x.list("groupSet", groups, |x, id| {
        x.leaf("groupId", id).leaf_if("groupName", desk.truth::<SecurityGroup>(id).map(|group| &group.name));
    });
}

/// A hardware address from an interface's id, in the range that is locally administered.
pub fn mac_of(id: &str) -> String {
    let digits: Vec<char> = id.chars().rev().take(10).collect();
    let pairs: Vec<String> = digits.chunks(2).map(|pair| pair.iter().collect()).collect();
    format!("02:{}", pairs.join(":"))
}
