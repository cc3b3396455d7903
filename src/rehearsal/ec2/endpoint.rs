//! VPC endpoints: gateways, which are routes, and interfaces, which are addresses.

use super::kind::{Action, Kind, identified, tagged};
use super::network_interface::{NetworkInterface, mac_of, write_groups};
use super::prefix_list::aws_list_id;
use super::route_table::{Route, RouteTable};
use super::security_group::SecurityGroup;
use super::subnet::Subnet;
use super::vpc::Vpc;
use super::{read, tokens};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::{limits, places, times};
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A VPC endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Endpoint {
    /// `vpce-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// The whole name of its service, such as `com.amazonaws.us-west-2.ssm`.
    pub service: String,
    /// Whether it is a gateway.
    pub gateway: bool,
    /// `pending`, `available` or `deleting`.
    pub state: String,
    /// Its policy; none for the one that allows everything.
    pub policy: Option<String>,
    /// A gateway's route tables.
    pub route_tables: Vec<String>,
    /// An interface's subnets.
    pub subnets: Vec<String>,
    /// An interface's security groups.
    pub groups: Vec<String>,
    /// Whether the service's usual name leads to it.
    pub private_dns: bool,
    /// When it was created.
    pub created: Moment,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateVpcEndpoint", create),
    ("DescribeVpcEndpoints", read::describe::<Endpoint>),
    ("ModifyVpcEndpoint", modify),
    ("DeleteVpcEndpoints", delete),
];

/// The policy of an endpoint that was given none.
const FULL_ACCESS: &str =
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;

identified!(Endpoint);

impl Kind for Endpoint {
    const PREFIX: &'static str = "vpce";
    const TYPE: &'static str = "vpc-endpoint";
    const WORDS: &'static str = "vpc endpoint";
    const ID_PARAMETER: &'static str = "VpcEndpointId";
    const NOT_FOUND: &'static str = "InvalidVpcEndpointId.NotFound";
    const MALFORMED: &'static str = "InvalidVpcEndpointId.Malformed";
    const SET: &'static str = "vpcEndpointSet";
    const FILTERS: &'static [&'static str] =
        &["vpc-endpoint-id", "vpc-id", "service-name", "vpc-endpoint-type", "vpc-endpoint-state", "ip-address-type"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "vpc-endpoint-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "service-name" => vec![self.service.clone()],
            "vpc-endpoint-type" => vec![self.type_name().to_owned()],
            "vpc-endpoint-state" => vec![self.state.clone()],
            "ip-address-type" => vec!["ipv4".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("vpcEndpointId", &self.id)
            .leaf("vpcEndpointType", self.type_name())
            .leaf("vpcId", &self.vpc)
            .leaf("serviceName", &self.service)
            .leaf("state", &self.state)
            .leaf("policyDocument", self.policy.as_deref().unwrap_or(FULL_ACCESS))
            .texts("routeTableIdSet", &self.route_tables)
            .texts("subnetIdSet", &self.subnets);
        write_groups(x, desk, &self.groups);
        let interfaces =
            desk.truths::<NetworkInterface>().filter(|interface| interface.endpoint.as_deref() == Some(&self.id));
        x.leaf("privateDnsEnabled", self.private_dns)
            .leaf("requesterManaged", false)
            .texts("networkInterfaceIdSet", interfaces.map(|interface| &interface.id));
        if !self.gateway {
            x.leaf("ipAddressType", "ipv4").list("dnsEntrySet", [self.short_service()], |x, service| {
                x.leaf("dnsName", format!("{}.{service}.{}.vpce.amazonaws.com", self.id, desk.region))
                    .leaf("hostedZoneId", "Z1YSA3EXCYUU9Z");
            });
        }
        x.leaf("creationTimestamp", self.created.iso()).leaf("ownerId", desk.account());
        tags::write(x, &self.tags);
    }
}

impl Endpoint {
    fn type_name(&self) -> &'static str {
        if self.gateway { "Gateway" } else { "Interface" }
    }

    fn short_service(&self) -> &str {
        self.service.splitn(4, '.').nth(3).unwrap_or(&self.service)
    }
}

/// The service that a whole name means in this Region, if there is one of that type.
fn service_of<'n>(desk: &Desk, name: &'n str, gateway: bool) -> Outcome<&'n str> {
    let services = if gateway { places::GATEWAY_SERVICES } else { places::INTERFACE_SERVICES };
    name.strip_prefix(&format!("com.amazonaws.{}.", desk.region))
        .filter(|service| services.contains(service))
        .ok_or_else(|| AwsError::new("InvalidServiceName", format!("The Vpc Endpoint Service '{name}' does not exist")))
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (token, made) = tokens::look_up(desk, form, "")?;
    if let Some(endpoint) = made.and_then(|made| desk.truth::<Endpoint>(made.first()?).cloned()) {
        x.node("vpcEndpoint", |x| endpoint.write(x, desk)).leaf_if("clientToken", token.map(|token| token.text));
        return Ok(());
    }
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.clone();
    let gateway = match form.text("VpcEndpointType").unwrap_or("Gateway") {
        "Gateway" => true,
        "Interface" => false,
        other => return Err(AwsError::value("VpcEndpointType", other)),
    };
    let service = form.required("ServiceName")?.to_owned();
    service_of(desk, &service, gateway)?;
    if let Some(policy) = form.text("PolicyDocument") {
        policy_is_json(policy)?;
    }
    let tags = tags::specified(form, "vpc-endpoint", &["vpc-endpoint"])?;
    let mut endpoint = Endpoint {
        id: String::new(),
        vpc: vpc.id.clone(),
        service,
        gateway,
        state: if gateway { "available" } else { "pending" }.to_owned(),
        policy: form.text("PolicyDocument").map(str::to_owned),
        route_tables: Vec::new(),
        subnets: Vec::new(),
        groups: Vec::new(),
        private_dns: false,
        created: desk.now,
        tags,
    };
    let mut interfaces = Vec::new();
    if gateway {
        if form.has("SubnetId") || form.has("SecurityGroupId") || form.flag("PrivateDnsEnabled")? == Some(true) {
            return Err(AwsError::new(
                "InvalidParameter",
                "Gateway endpoints take neither subnets nor security groups nor private DNS.",
            ));
        }
        endpoint.route_tables = tables_for(desk, &endpoint, form.texts("RouteTableId"))?;
    } else {
        if form.has("RouteTableId") {
            return Err(AwsError::new("InvalidParameter", "Interface endpoints do not take route tables."));
        }
        endpoint.private_dns = form.flag("PrivateDnsEnabled")?.unwrap_or(true);
        private_dns_possible(desk, &vpc, &endpoint)?;
        endpoint.groups = groups_for(desk, &vpc.id, form.texts("SecurityGroupId"))?;
        endpoint.subnets = subnets_for(desk, &endpoint, form.texts("SubnetId"))?;
        let others = desk.truths::<Endpoint>().filter(|other| other.vpc == vpc.id && !other.gateway).count();
        if others >= limits::INTERFACE_ENDPOINTS {
            return Err(AwsError::new(
                "VpcEndpointLimitExceeded",
                "The maximum number of VPC endpoints has been reached.",
            ));
        }
        for subnet in &endpoint.subnets {
            let subnet = read::existing::<Subnet>(desk, subnet)?;
            interfaces.push((subnet.clone(), subnet.allot(desk, 1)?));
        }
    }
    endpoint.id = desk.new_id("vpce");
    for table in endpoint.route_tables.clone() {
        add_route(desk, &endpoint, &table);
    }
    for (subnet, addresses) in interfaces {
        add_interfaces(desk, &endpoint, &subnet, &addresses);
    }
    if !gateway {
        desk.later(times::ENDPOINT_PENDING, Event::EndpointAvailable(endpoint.id.clone()));
    }
    x.node("vpcEndpoint", |x| endpoint.write(x, desk)).leaf_if("clientToken", token.as_ref().map(|token| &token.text));
    tokens::remember(desk, token, vec![endpoint.id.clone()]);
    desk.keep(endpoint);
    Ok(())
}

fn policy_is_json(policy: &str) -> Outcome {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(policy)
        .map(|_| ())
        .map_err(|_| AwsError::new("InvalidPolicyDocument", "The policy document is not valid JSON"))
}

fn private_dns_possible(desk: &Desk, vpc: &Vpc, endpoint: &Endpoint) -> Outcome {
    if !endpoint.private_dns {
        return Ok(());
    }
    let vpc = desk.truth::<Vpc>(&vpc.id).unwrap_or(vpc);
    if !vpc.dns_support || !vpc.dns_hostnames {
        return Err(AwsError::new(
            "InvalidParameter",
            format!(
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
                vpc.id
            ),
        ));
    }
    let rival = desk.truths::<Endpoint>().any(|other| {
        other.id != endpoint.id
            && other.vpc == vpc.id
            && other.private_dns
            && other.service == endpoint.service
            && other.state != "deleting"
    });
    if rival {
        return Err(AwsError::new(
            "InvalidParameter",
            format!(
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {} in the VPC {}",
                endpoint.service, vpc.id
            ),
        ));
    }
    Ok(())
}

fn tables_for(desk: &Desk, endpoint: &Endpoint, ids: Vec<String>) -> Outcome<Vec<String>> {
    let list = aws_list_id(&desk.region, endpoint.short_service());
    for table in read::by_id::<RouteTable>(desk, &ids)? {
        if table.vpc != endpoint.vpc {
            return Err(AwsError::refused(format!("Route table {} is not in VPC {}", table.id, endpoint.vpc)));
        }
        let truth = desk.truth::<RouteTable>(&table.id).unwrap_or(table);
        if truth.routes.iter().any(|route| route.destination == list) {
            return Err(AwsError::new(
                "RouteAlreadyExists",
                format!("route table {} already has a route with destination-prefix-list-id {list}", table.id),
            ));
        }
    }
    Ok(ids)
}

fn groups_for(desk: &Desk, vpc: &str, ids: Vec<String>) -> Outcome<Vec<String>> {
    if ids.is_empty() {
        let default = desk.truths::<SecurityGroup>().find(|group| group.vpc == vpc && group.is_default());
        return Ok(default.map(|group| group.id.clone()).into_iter().collect());
    }
    if ids.len() > limits::INTERFACE_GROUPS {
        return Err(AwsError::new(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    for group in read::by_id::<SecurityGroup>(desk, &ids)? {
        if group.vpc != vpc {
            return Err(AwsError::new(
                "InvalidParameter",
                format!("Security group {} and VPC {vpc} belong to different networks.", group.id),
            ));
        }
    }
    Ok(ids)
}

fn subnets_for(desk: &Desk, endpoint: &Endpoint, ids: Vec<String>) -> Outcome<Vec<String>> {
    let mut zones: Vec<String> = Vec::new();
    for id in &endpoint.subnets {
        zones.extend(desk.truth::<Subnet>(id).map(|subnet| subnet.zone.clone()));
    }
    for subnet in read::by_id::<Subnet>(desk, &ids)? {
        if subnet.vpc != endpoint.vpc {
            return Err(AwsError::new(
                "InvalidParameter",
                format!("Subnet {} is not in VPC {}", subnet.id, endpoint.vpc),
            ));
        }
        if zones.contains(&subnet.zone) {
            return Err(AwsError::new(
                "DuplicateSubnetsInSameZone",
                "Found another VPC endpoint subnet in the availability zone of the subnet.",
            ));
        }
        zones.push(subnet.zone.clone());
    }
    Ok(ids)
}

fn add_route(desk: &mut Desk, endpoint: &Endpoint, table: &str) {
    let route = Route {
        destination_kind: "destinationPrefixListId".to_owned(),
        destination: aws_list_id(&desk.region, endpoint.short_service()),
        target_kind: "gatewayId".to_owned(),
        target: endpoint.id.clone(),
        origin: "CreateRoute".to_owned(),
    };
    if let Some(table) = desk.change::<RouteTable>(table) {
        table.routes.push(route);
    }
}

fn drop_route(desk: &mut Desk, endpoint: &str, table: &str) {
    if let Some(table) = desk.change::<RouteTable>(table) {
        table.routes.retain(|route| route.target != endpoint);
    }
}

fn add_interfaces(desk: &mut Desk, endpoint: &Endpoint, subnet: &Subnet, addresses: &[std::net::Ipv4Addr]) {
    for address in addresses {
        let id = desk.new_id("eni");
        desk.keep(NetworkInterface {
            mac: mac_of(&id),
            id,
            vpc: subnet.vpc.clone(),
            subnet: subnet.id.clone(),
            zone: subnet.zone.clone(),
            address: *address,
            public_address: None,
            groups: endpoint.groups.clone(),
            description: format!("VPC Endpoint Interface {}", endpoint.id),
            instance: None,
            endpoint: Some(endpoint.id.clone()),
            lingering: false,
            source_dest_check: true,
            attached: desk.now,
            tags: Tags::new(),
        });
    }
}

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Endpoint>(desk, form, "VpcEndpointId")?.id.clone();
    let old = desk.truth::<Endpoint>(&id).cloned().ok_or_else(|| read::not_found::<Endpoint>(&id))?;
    if old.state != "available" {
        return Err(AwsError::new("IncorrectState", format!("The VPC endpoint {id} is in state {}", old.state)));
    }
    let mut new = old.clone();
    if let Some(policy) = form.text("PolicyDocument") {
        policy_is_json(policy)?;
        new.policy = Some(policy.to_owned());
    }
    if form.flag("ResetPolicy")? == Some(true) {
        new.policy = None;
    }
    if let Some(private_dns) = form.flag("PrivateDnsEnabled")? {
        new.private_dns = private_dns;
        if let Some(vpc) = desk.truth::<Vpc>(&new.vpc) {
            private_dns_possible(desk, vpc, &new)?;
        }
    }
    let add_tables = tables_for(desk, &old, form.texts("AddRouteTableId"))?;
    let drop_tables = form.texts("RemoveRouteTableId");
    let drop_subnets = form.texts("RemoveSubnetId");
    new.subnets.retain(|subnet| !drop_subnets.contains(subnet));
    let add_subnets = subnets_for(desk, &new, form.texts("AddSubnetId"))?;
    let drop_groups = form.texts("RemoveSecurityGroupId");
    new.groups.extend(form.texts("AddSecurityGroupId").into_iter().filter(|group| !old.groups.contains(group)));
    new.groups.retain(|group| !drop_groups.contains(group));
    if !new.gateway {
        new.groups = groups_for(desk, &new.vpc, new.groups.clone())?;
    }
    let mut interfaces = Vec::new();
    for subnet in &add_subnets {
        let subnet = read::existing::<Subnet>(desk, subnet)?;
        interfaces.push((subnet.clone(), subnet.allot(desk, 1)?));
    }
    new.route_tables.retain(|table| !drop_tables.contains(table));
    new.route_tables.extend(add_tables.iter().cloned());
    new.subnets.extend(add_subnets);
    for table in &drop_tables {
        drop_route(desk, &id, table);
    }
    for table in &add_tables {
        add_route(desk, &new, table);
    }
    for (subnet, addresses) in interfaces {
        add_interfaces(desk, &new, &subnet, &addresses);
    }
    let mine: Vec<(String, String)> = desk
        .truths::<NetworkInterface>()
        .filter(|interface| interface.endpoint.as_deref() == Some(&id))
        .map(|interface| (interface.id.clone(), interface.subnet.clone()))
        .collect();
    for (interface, subnet) in mine {
        if drop_subnets.contains(&subnet) {
            desk.remove::<NetworkInterface>(&interface);
        } else if let Some(interface) = desk.truth_mut::<NetworkInterface>(&interface) {
            interface.groups.clone_from(&new.groups);
        }
    }
    if let Some(endpoint) = desk.change::<Endpoint>(&id) {
        *endpoint = new;
    }
    x.leaf("return", true);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let mut unsuccessful = Vec::new();
    for id in form.texts("VpcEndpointId") {
        match read::existing::<Endpoint>(desk, &id).cloned() {
            Err(error) => unsuccessful.push((id, error)),
            Ok(endpoint) if endpoint.state == "deleting" => {}
            Ok(endpoint) => {
                for table in &endpoint.route_tables {
                    drop_route(desk, &id, table);
                }
                if let Some(endpoint) = desk.change::<Endpoint>(&id) {
                    endpoint.state = "deleting".to_owned();
                    endpoint.route_tables.clear();
                }
                let span = if endpoint.gateway { times::GATEWAY_ENDPOINT_DELETING } else { times::ENDPOINT_DELETING };
                desk.later(span, Event::EndpointGone(id));
            }
        }
    }
    x.list("unsuccessful", unsuccessful, |x, (id, error)| {
        x.leaf("resourceId", id).node("error", |x| {
            x.leaf("code", error.code).leaf("message", error.message);
        });
    });
    Ok(())
}

/// *pending* → *available*.
pub fn becomes_available(desk: &mut Desk, id: &str) {
    if let Some(endpoint) = desk.truth_mut::<Endpoint>(id).filter(|endpoint| endpoint.state == "pending") {
        endpoint.state = "available".to_owned();
    }
}

/// *deleting* → gone; its interfaces linger a little.
pub fn goes(desk: &mut Desk, id: &str) {
    desk.remove::<Endpoint>(id);
    let interfaces: Vec<String> = desk
        .truths::<NetworkInterface>()
        .filter(|interface| interface.endpoint.as_deref() == Some(id))
        .map(|interface| interface.id.clone())
        .collect();
    for interface in interfaces {
        super::instance::lifecycle::interface_lingers(desk, &interface);
    }
}
