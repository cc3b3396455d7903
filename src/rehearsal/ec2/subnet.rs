//! Subnets, and the addresses that are still free in them.

use super::instance::Instance;
use super::kind::{Action, Kind, identified, tagged};
use super::network_interface::NetworkInterface;
use super::read;
use super::route_table::RouteTable;
use super::vpc::Vpc;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::places;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::Ipv4Addr;

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subnet {
    /// `subnet-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its zone, such as `us-west-2a`.
    pub zone: String,
    /// Its addresses.
    pub cidr: Ipv4Net,
    /// Whether instances get a public address unless told otherwise.
    pub public_addresses: bool,
    /// Its tags.
    pub tags: Tags,
}

/// The first four addresses and the last one are Amazon's. \[D\] `vpc/latest/userguide/subnet-sizing`.
const FIRST_FREE: u32 = 4;

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateSubnet", create),
    ("DescribeSubnets", read::describe::<Subnet>),
    ("ModifySubnetAttribute", modify),
    ("DeleteSubnet", delete),
];

identified!(Subnet);

impl Kind for Subnet {
    const PREFIX: &'static str = "subnet";
    const TYPE: &'static str = "subnet";
    const WORDS: &'static str = "subnet";
    const ID_PARAMETER: &'static str = "SubnetId";
    const NOT_FOUND: &'static str = "InvalidSubnetID.NotFound";
    const MALFORMED: &'static str = "InvalidSubnetID.Malformed";
    const SET: &'static str = "subnetSet";
    const FILTERS: &'static [&'static str] = &[
        "subnet-id",
        "vpc-id",
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "cidr-block",
        "cidr",
        "cidrBlock",
        "state",
        "map-public-ip-on-launch",
        "default-for-az",
        "defaultForAz",
        "owner-id",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "subnet-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "availability-zone" | "availabilityZone" => vec![self.zone.clone()],
            "availability-zone-id" => vec![places::zone_id(&self.zone)],
            "cidr-block" | "cidr" | "cidrBlock" => vec![self.cidr.to_string()],
            "state" => vec!["available".to_owned()],
            "map-public-ip-on-launch" => vec![self.public_addresses.to_string()],
            "default-for-az" | "defaultForAz" => vec!["false".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("subnetId", &self.id)
            .leaf("subnetArn", desk.arn("ec2", &format!("subnet/{}", self.id)))
            .leaf("state", "available")
            .leaf("ownerId", desk.account())
            .leaf("vpcId", &self.vpc)
            .leaf("cidrBlock", self.cidr)
            .leaf("availableIpAddressCount", self.free(desk))
            .leaf("availabilityZone", &self.zone)
            .leaf("availabilityZoneId", places::zone_id(&self.zone))
            .leaf("defaultForAz", false)
            .leaf("mapPublicIpOnLaunch", self.public_addresses)
            .leaf("assignIpv6AddressOnCreation", false)
            .leaf("enableDns64", false)
            .leaf("ipv6Native", false)
            .node("privateDnsNameOptionsOnLaunch", |x| {
                x.leaf("hostnameType", "ip-name")
                    .leaf("enableResourceNameDnsARecord", false)
                    .leaf("enableResourceNameDnsAAAARecord", false);
            });
        tags::write(x, &self.tags);
    }
}

impl Subnet {
    fn used(&self, desk: &Desk) -> BTreeSet<Ipv4Addr> {
        desk.truths::<NetworkInterface>()
            .filter(|interface| interface.subnet == self.id)
            .map(|interface| interface.address)
            .collect()
    }

    /// How many addresses are free.
    pub fn free(&self, desk: &Desk) -> usize {
        self.size().saturating_sub(self.used(desk).len())
    }

    fn size(&self) -> usize {
        (1_usize << (32 - u32::from(self.cidr.prefix_len()))).saturating_sub(5)
    }

    /// The first so many free addresses, or AWS's error.
    pub fn allot(&self, desk: &Desk, count: usize) -> Outcome<Vec<Ipv4Addr>> {
        let used = self.used(desk);
        let base = u32::from(self.cidr.network());
        let addresses: Vec<Ipv4Addr> = (0..u32::try_from(self.size()).unwrap_or(u32::MAX))
            .map(|offset| Ipv4Addr::from(base + FIRST_FREE + offset))
            .filter(|address| !used.contains(address))
            .take(count)
            .collect();
        if addresses.len() < count {
            return Err(AwsError::new(
                "InsufficientFreeAddressesInSubnet",
                format!(
                    "There are not enough free addresses in subnet '{}' to satisfy the requested number of instances.",
                    self.id
                ),
            ));
        }
        Ok(addresses)
    }
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.clone();
    let cidr = form.range("CidrBlock")?;
    if !(16..=28).contains(&cidr.prefix_len()) || !vpc.cidr.contains(&cidr) {
        return Err(AwsError::new("InvalidSubnet.Range", format!("The CIDR '{cidr}' is invalid.")));
    }
    let zones = places::zones(&desk.region);
    let zone = match (form.text("AvailabilityZone"), form.text("AvailabilityZoneId")) {
        (Some(_), Some(_)) => {
            return Err(AwsError::combination("Only one of availabilityZone and availabilityZoneId may be given."));
        }
        (Some(zone), None) => zone.to_owned(),
        (None, Some(id)) => {
            zones.iter().find(|zone| places::zone_id(zone) == id).cloned().unwrap_or_else(|| id.to_owned())
        }
        (None, None) => zones.first().cloned().unwrap_or_default(),
    };
    if !zones.contains(&zone) {
        return Err(AwsError::refused(format!(
            "Value ({zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {}.",
            zones.join(", ")
        )));
    }
    let overlaps = |other: &Subnet| other.cidr.contains(&cidr) || cidr.contains(&other.cidr);
    if desk.truths::<Subnet>().any(|other| other.vpc == vpc.id && overlaps(other)) {
        return Err(AwsError::new(
            "InvalidSubnet.Conflict",
            format!("The CIDR '{cidr}' conflicts with another subnet"),
        ));
    }
    let tags = tags::specified(form, "subnet", &["subnet"])?;
    let subnet = Subnet { id: desk.new_id("subnet"), vpc: vpc.id, zone, cidr, public_addresses: false, tags };
    x.node("subnet", |x| subnet.write(x, desk));
    desk.keep(subnet);
    Ok(())
}

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Subnet>(desk, form, "SubnetId")?.id.clone();
    let public = form.flag("MapPublicIpOnLaunch.Value")?;
    if let (Some(public), Some(subnet)) = (public, desk.change::<Subnet>(&id)) {
        subnet.public_addresses = public;
    }
    x.leaf("return", true);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Subnet>(desk, form, "SubnetId")?.id.clone();
    let in_use = desk.truths::<NetworkInterface>().any(|interface| interface.subnet == id)
        || desk.truths::<Instance>().any(|instance| instance.subnet == id && !instance.is_gone());
    if in_use {
        return Err(AwsError::depended_upon("subnet", &id));
    }
    RouteTable::forget_subnet(desk, &id);
    desk.remove::<Subnet>(&id);
    x.leaf("return", true);
    Ok(())
}
