//! Internet gateways.

use super::kind::{Action, Kind, identified, tagged};
use super::network_interface::NetworkInterface;
use super::read;
use super::vpc::Vpc;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// An internet gateway.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InternetGateway {
    /// `igw-…`.
    pub id: String,
    /// The VPC that it is attached to.
    pub vpc: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateInternetGateway", create),
    ("DescribeInternetGateways", read::describe::<InternetGateway>),
    ("AttachInternetGateway", attach),
    ("DetachInternetGateway", detach),
    ("DeleteInternetGateway", delete),
];

identified!(InternetGateway);

impl Kind for InternetGateway {
    const PREFIX: &'static str = "igw";
    const TYPE: &'static str = "internet-gateway";
    const WORDS: &'static str = "internetGateway";
    const ID_PARAMETER: &'static str = "InternetGatewayId";
    const NOT_FOUND: &'static str = "InvalidInternetGatewayID.NotFound";
    const MALFORMED: &'static str = "InvalidInternetGatewayId.Malformed";
    const SET: &'static str = "internetGatewaySet";
    const FILTERS: &'static [&'static str] =
        &["internet-gateway-id", "attachment.vpc-id", "attachment.state", "owner-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "internet-gateway-id" => vec![self.id.clone()],
            "attachment.vpc-id" => self.vpc.iter().cloned().collect(),
            "attachment.state" => self.vpc.iter().map(|_| "available".to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("internetGatewayId", &self.id).leaf("ownerId", desk.account());
        x.list("attachmentSet", &self.vpc, |x, vpc| {
            x.leaf("vpcId", vpc).leaf("state", "available");
        });
        tags::write(x, &self.tags);
    }
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let tags = tags::specified(form, "internet-gateway", &["internet-gateway"])?;
    let gateway = InternetGateway { id: desk.new_id("igw"), vpc: None, tags };
    x.node("internetGateway", |x| gateway.write(x, desk));
    desk.keep(gateway);
    Ok(())
}

fn attach(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<InternetGateway>(desk, form, "InternetGatewayId")?.id.clone();
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.id.clone();
    if desk.truth::<InternetGateway>(&id).is_some_and(|gateway| gateway.vpc.is_some()) {
        return Err(AwsError::new(
            "Resource.AlreadyAssociated",
            format!("resource {id} is already attached to network {vpc}"),
        ));
    }
    if desk.truths::<InternetGateway>().any(|other| other.vpc.as_deref() == Some(&vpc)) {
        return Err(AwsError::refused(format!("Network {vpc} already has an internet gateway attached")));
    }
    if let Some(gateway) = desk.change::<InternetGateway>(&id) {
        gateway.vpc = Some(vpc);
    }
    x.leaf("return", true);
    Ok(())
}

fn detach(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<InternetGateway>(desk, form, "InternetGatewayId")?.id.clone();
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.id.clone();
    if desk.truth::<InternetGateway>(&id).is_none_or(|gateway| gateway.vpc.as_deref() != Some(&vpc)) {
        return Err(AwsError::new("Gateway.NotAttached", format!("resource {id} is not attached to network {vpc}")));
    }
    if desk.truths::<NetworkInterface>().any(|interface| interface.vpc == vpc && interface.public_address.is_some()) {
        let message = format!(
            "Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return Err(AwsError::new("DependencyViolation", message));
    }
    if let Some(gateway) = desk.change::<InternetGateway>(&id) {
        gateway.vpc = None;
    }
    x.leaf("return", true);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<InternetGateway>(desk, form, "InternetGatewayId")?.id.clone();
    if desk.truth::<InternetGateway>(&id).is_some_and(|gateway| gateway.vpc.is_some()) {
        return Err(AwsError::depended_upon("internetGateway", &id));
    }
    desk.remove::<InternetGateway>(&id);
    x.leaf("return", true);
    Ok(())
}
