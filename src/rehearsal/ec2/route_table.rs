//! Route tables, their routes and their associations.

use super::internet_gateway::InternetGateway;
use super::kind::{Action, Kind, identified, tagged};
use super::prefix_list::PrefixList;
use super::subnet::Subnet;
use super::vpc::Vpc;
use super::{read, tokens};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A route table.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RouteTable {
    /// `rtb-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its routes, the local one first.
    pub routes: Vec<Route>,
    /// What it is associated with.
    pub associations: Vec<Association>,
    /// Its tags.
    pub tags: Tags,
}

/// A route.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Route {
    /// The element that names the destination, such as `destinationCidrBlock`.
    pub destination_kind: String,
    /// The destination.
    pub destination: String,
    /// The element that names the target, such as `gatewayId`.
    pub target_kind: String,
    /// The target.
    pub target: String,
    /// `CreateRouteTable` or `CreateRoute`.
    pub origin: String,
}

/// An association of a route table with a subnet, or with all subnets that have no other.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Association {
    /// `rtbassoc-…`.
    pub id: String,
    /// The subnet; none for the VPC's main table.
    pub subnet: Option<String>,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateRouteTable", create),
    ("DescribeRouteTables", read::describe::<RouteTable>),
    ("DeleteRouteTable", delete),
    ("CreateRoute", create_route),
    ("ReplaceRoute", replace_route),
    ("DeleteRoute", delete_route),
    ("AssociateRouteTable", associate),
    ("ReplaceRouteTableAssociation", replace_association),
    ("DisassociateRouteTable", disassociate),
];

identified!(RouteTable);

impl Kind for RouteTable {
    const PREFIX: &'static str = "rtb";
    const TYPE: &'static str = "route-table";
    const WORDS: &'static str = "routeTable";
    const ID_PARAMETER: &'static str = "RouteTableId";
    const NOT_FOUND: &'static str = "InvalidRouteTableID.NotFound";
    const MALFORMED: &'static str = "InvalidRouteTableId.Malformed";
    const SET: &'static str = "routeTableSet";
    const LARGEST_PAGE: usize = 100;
    const FILTERS: &'static [&'static str] = &[
        "route-table-id",
        "vpc-id",
        "association.route-table-association-id",
        "association.route-table-id",
        "association.subnet-id",
        "association.main",
        "route.destination-cidr-block",
        "route.destination-prefix-list-id",
        "route.gateway-id",
        "route.nat-gateway-id",
        "route.state",
        "owner-id",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        let routes = |kind: &str| {
            self.routes.iter().filter(|route| route.target_kind == kind).map(|route| route.target.clone()).collect()
        };
        match filter {
            "route-table-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "association.route-table-association-id" => self.associations.iter().map(|one| one.id.clone()).collect(),
            "association.route-table-id" if !self.associations.is_empty() => vec![self.id.clone()],
            "association.subnet-id" => self.associations.iter().filter_map(|one| one.subnet.clone()).collect(),
            "association.main" => self.associations.iter().map(|one| one.subnet.is_none().to_string()).collect(),
            "route.destination-cidr-block" | "route.destination-prefix-list-id" => {
                self.routes.iter().map(|route| route.destination.clone()).collect()
            }
            "route.gateway-id" => routes("gatewayId"),
            "route.nat-gateway-id" => routes("natGatewayId"),
            "route.state" => vec!["active".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("routeTableId", &self.id).leaf("vpcId", &self.vpc).leaf("ownerId", desk.account());
        x.list("routeSet", &self.routes, |x, route| {
            let active = route.target_kind != "gatewayId"
                || !route.target.starts_with("igw-")
                || route.leads_to_gateway(desk, &self.vpc);
            x.leaf(&route.destination_kind, &route.destination)
                .leaf(&route.target_kind, &route.target)
                .leaf("origin", &route.origin)
                .leaf("state", if active { "active" } else { "blackhole" });
        });
        x.list("associationSet", &self.associations, |x, one| {
            x.leaf("routeTableAssociationId", &one.id)
                .leaf("routeTableId", &self.id)
                .leaf_if("subnetId", one.subnet.as_ref())
                .leaf("main", one.subnet.is_none())
                .node("associationState", |x| {
                    x.leaf("state", "associated");
                });
        });
        tags::write(x, &self.tags);
    }
}

impl Route {
    fn leads_to_gateway(&self, desk: &Desk, vpc: &str) -> bool {
        desk.truth::<InternetGateway>(&self.target).is_some_and(|gateway| gateway.vpc.as_deref() == Some(vpc))
    }
}

impl RouteTable {
    /// The main route table of a new VPC.
    pub fn main_of(desk: &mut Desk, vpc: &Vpc) -> Self {
        let mut table = Self::with_local_route(desk, vpc, Tags::new());
        table.associations.push(Association { id: desk.new_id("rtbassoc"), subnet: None });
        table
    }

    fn with_local_route(desk: &mut Desk, vpc: &Vpc, tags: Tags) -> Self {
        let local = Route {
            destination_kind: "destinationCidrBlock".to_owned(),
            destination: vpc.cidr.to_string(),
            target_kind: "gatewayId".to_owned(),
            target: "local".to_owned(),
            origin: "CreateRouteTable".to_owned(),
        };
        Self { id: desk.new_id("rtb"), vpc: vpc.id.clone(), routes: vec![local], associations: Vec::new(), tags }
    }

    /// Whether it is its VPC's main table.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|one| one.subnet.is_none())
    }

    /// Drops the associations of a subnet that is deleted.
    pub fn forget_subnet(desk: &mut Desk, subnet: &str) {
        let tables: Vec<String> = desk
            .truths::<RouteTable>()
            .filter(|table| table.associations.iter().any(|one| one.subnet.as_deref() == Some(subnet)))
            .map(|table| table.id.clone())
            .collect();
        for table in tables {
            if let Some(table) = desk.change::<RouteTable>(&table) {
                table.associations.retain(|one| one.subnet.as_deref() != Some(subnet));
            }
        }
    }

    fn holding(desk: &Desk, association: &str) -> Outcome<(String, Association)> {
        desk.seen::<RouteTable>()
            .find_map(|table| {
                let found = table.associations.iter().find(|one| one.id == association)?;
                Some((table.id.clone(), found.clone()))
            })
            .ok_or_else(|| {
                AwsError::new(
                    "InvalidAssociationID.NotFound",
                    format!("The association ID '{association}' does not exist"),
                )
            })
    }
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (token, made) = tokens::look_up(desk, form, "")?;
    if let Some(table) = made.and_then(|made| desk.truth::<RouteTable>(made.first()?).cloned()) {
        x.node("routeTable", |x| table.write(x, desk)).leaf_if("clientToken", token.map(|token| token.text));
        return Ok(());
    }
    let vpc = read::named::<Vpc>(desk, form, "VpcId")?.clone();
    let tags = tags::specified(form, "route-table", &["route-table"])?;
    let table = RouteTable::with_local_route(desk, &vpc, tags);
    x.node("routeTable", |x| table.write(x, desk)).leaf_if("clientToken", token.as_ref().map(|token| &token.text));
    tokens::remember(desk, token, vec![table.id.clone()]);
    desk.keep(table);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<RouteTable>(desk, form, "RouteTableId")?.id.clone();
    if desk.truth::<RouteTable>(&id).is_some_and(|table| !table.associations.is_empty()) {
        return Err(AwsError::depended_upon("routeTable", &id));
    }
    desk.remove::<RouteTable>(&id);
    x.leaf("return", true);
    Ok(())
}

/// The request's destinations and the elements that show them.
const DESTINATIONS: &[(&str, &str)] = &[
    ("DestinationCidrBlock", "destinationCidrBlock"),
    ("DestinationIpv6CidrBlock", "destinationIpv6CidrBlock"),
    ("DestinationPrefixListId", "destinationPrefixListId"),
];

/// The request's targets and the elements that show them.
const TARGETS: &[(&str, &str)] = &[
    ("GatewayId", "gatewayId"),
    ("NatGatewayId", "natGatewayId"),
    ("NetworkInterfaceId", "networkInterfaceId"),
    ("InstanceId", "instanceId"),
    ("TransitGatewayId", "transitGatewayId"),
    ("VpcPeeringConnectionId", "vpcPeeringConnectionId"),
    ("EgressOnlyInternetGatewayId", "egressOnlyInternetGatewayId"),
    ("VpcEndpointId", "gatewayId"),
];

fn destination(desk: &Desk, form: &Form) -> Outcome<(String, String)> {
    let given: Vec<_> = DESTINATIONS.iter().filter(|(parameter, _)| form.has(parameter)).collect();
    let [(parameter, element)] = given.as_slice() else {
        return Err(AwsError::combination("Exactly one destination must be given."));
    };
    let value = match *parameter {
        "DestinationCidrBlock" => form.range(parameter)?.to_string(),
        "DestinationPrefixListId" => read::named::<PrefixList>(desk, form, parameter)?.id.clone(),
        _ => form.required(parameter)?.to_owned(),
    };
    Ok(((*element).to_owned(), value))
}

fn target(desk: &Desk, form: &Form, vpc: &str) -> Outcome<(String, String)> {
    let given: Vec<_> = TARGETS.iter().filter(|(parameter, _)| form.has(parameter)).collect();
    let [(parameter, element)] = given.as_slice() else {
        return Err(AwsError::combination("Exactly one target must be given."));
    };
    let value = form.required(parameter)?;
    if value.starts_with("igw-") {
        let gateway = read::existing::<InternetGateway>(desk, value).map_err(|_| {
            AwsError::new("InvalidGatewayID.NotFound", format!("The gateway ID '{value}' does not exist"))
        })?;
        if gateway.vpc.as_deref() != Some(vpc) {
            return Err(AwsError::refused(format!(
                "route table and network gateway {value} belong to different networks"
            )));
        }
    }
    Ok(((*element).to_owned(), value.to_owned()))
}

fn create_route(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let table = read::named::<RouteTable>(desk, form, "RouteTableId")?.clone();
    let (destination_kind, destination) = destination(desk, form)?;
    let (target_kind, target) = target(desk, form, &table.vpc)?;
    let truth = desk.truth::<RouteTable>(&table.id).unwrap_or(&table);
    if truth.routes.iter().any(|route| route.destination == destination) {
        return Err(AwsError::new(
            "RouteAlreadyExists",
            format!("The route identified by {destination} already exists."),
        ));
    }
    let route = Route { destination_kind, destination, target_kind, target, origin: "CreateRoute".to_owned() };
    if let Some(table) = desk.change::<RouteTable>(&table.id) {
        table.routes.push(route);
    }
    x.leaf("return", true);
    Ok(())
}

fn no_route(table: &str, destination: &str) -> AwsError {
    AwsError::new(
        "InvalidRoute.NotFound",
        format!("no route with destination-cidr-block {destination} in route table {table}"),
    )
}

fn replace_route(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let table = read::named::<RouteTable>(desk, form, "RouteTableId")?.clone();
    let (_, destination) = destination(desk, form)?;
    let (target_kind, target) = target(desk, form, &table.vpc)?;
    let missing = no_route(&table.id, &destination);
    let routes = &mut desk.change::<RouteTable>(&table.id).ok_or_else(|| missing.clone())?.routes;
    let route = routes.iter_mut().find(|route| route.destination == destination).ok_or(missing)?;
    route.target_kind = target_kind;
    route.target = target;
    x.leaf("return", true);
    Ok(())
}

fn delete_route(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let table = read::named::<RouteTable>(desk, form, "RouteTableId")?.id.clone();
    let (_, destination) = destination(desk, form)?;
    let missing = no_route(&table, &destination);
    let route = desk
        .truth::<RouteTable>(&table)
        .and_then(|table| table.routes.iter().find(|route| route.destination == destination));
    match route.ok_or_else(|| missing.clone())? {
        route if route.target == "local" => {
            Err(AwsError::refused(format!("cannot remove local route {destination} in route table {table}")))
        }
        route if route.target.starts_with("vpce-") => {
            Err(AwsError::refused(format!("cannot remove VPC endpoint route {destination} in route table {table}")))
        }
        _ => {
            if let Some(table) = desk.change::<RouteTable>(&table) {
                table.routes.retain(|route| route.destination != destination);
            }
            x.leaf("return", true);
            Ok(())
        }
    }
}

fn associate(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let table = read::named::<RouteTable>(desk, form, "RouteTableId")?.clone();
    let subnet = read::named::<Subnet>(desk, form, "SubnetId")?.clone();
    if table.vpc != subnet.vpc {
        return Err(AwsError::refused(format!(
            "Route table {} and subnet {} belong to different networks",
            table.id, subnet.id
        )));
    }
    let holder = desk.truths::<RouteTable>().find_map(|other| {
        other
            .associations
            .iter()
            .find(|one| one.subnet.as_deref() == Some(&subnet.id))
            .map(|one| (other.id.clone(), one.id.clone()))
    });
    let association = match holder {
        // Associating with the same table again answers the association that there is.
        Some((holder, association)) if holder == table.id => association,
        Some((_, association)) => {
            return Err(AwsError::new(
                "Resource.AlreadyAssociated",
                format!(
                    "the specified association for route table {} conflicts with an existing association ({association})",
                    table.id
                ),
            ));
        }
        None => {
            let id = desk.new_id("rtbassoc");
            if let Some(table) = desk.change::<RouteTable>(&table.id) {
                table.associations.push(Association { id: id.clone(), subnet: Some(subnet.id) });
            }
            id
        }
    };
    x.leaf("associationId", association).node("associationState", |x| {
        x.leaf("state", "associated");
    });
    Ok(())
}

fn replace_association(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (from, old) = RouteTable::holding(desk, form.required("AssociationId")?)?;
    let to = read::named::<RouteTable>(desk, form, "RouteTableId")?.clone();
    if desk.truth::<RouteTable>(&from).is_some_and(|from| from.vpc != to.vpc) {
        return Err(AwsError::refused(format!("Route tables {from} and {} belong to different networks", to.id)));
    }
    let id = desk.new_id("rtbassoc");
    if let Some(table) = desk.change::<RouteTable>(&from) {
        table.associations.retain(|one| one.id != old.id);
    }
    if let Some(table) = desk.change::<RouteTable>(&to.id) {
        table.associations.push(Association { id: id.clone(), subnet: old.subnet });
    }
    x.leaf("newAssociationId", id).node("associationState", |x| {
        x.leaf("state", "associated");
    });
    Ok(())
}

fn disassociate(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (table, association) = RouteTable::holding(desk, form.required("AssociationId")?)?;
    if association.subnet.is_none() {
        return Err(AwsError::refused(format!(
            "cannot disassociate the main route table association {}",
            association.id
        )));
    }
    if let Some(table) = desk.change::<RouteTable>(&table) {
        table.associations.retain(|one| one.id != association.id);
    }
    x.leaf("return", true);
    Ok(())
}
