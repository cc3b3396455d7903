//! Route tables in the live cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::types::{
    Filter, ResourceType, Route as LiveRoute, RouteState, RouteTable as LiveTable, RouteTableAssociationStateCode,
};
use futures_util::future::{join, join_all};

use super::ec2::{LINGERING, Life, filter, gone, of_production, pages, undone};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, FieldChange, Found, RouteTable, Status};

/// Route tables come in smaller pages than all else.
const PAGE: i32 = 100;

/// How often it is looked again which table a subnet follows.
const TRIES: u32 = 4;

/// Facts that hold what is live by its ids: an address may stand for another id by the time they are used.
const ROUTE: &str = "route/";
const ASSOCIATION: &str = "association/";

impl Live for RouteTable {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let mut listing = Listing::default();
        for table in tables(cloud, &[of_production(scope)]).await? {
            let Some(id) = table.route_table_id() else { continue };
            let mark = tags::mark(table.tags.as_deref());
            let routes = routes(&table);
            let associations = associations(&table);
            let spec = RouteTable {
                vpc: Address::new(table.vpc_id().unwrap_or_default()),
                routes: routes.iter().map(|(to, target)| (to.clone(), Address::new(target.as_str()))).collect(),
                subnets: associations.keys().map(|subnet| Address::new(subnet.as_str())).collect(),
                tags: mark.tags.clone(),
            };
            let mut found = tags::found(&mark, id, spec, Status::Ready);
            found.facts.extend(routes.into_iter().map(|(to, target)| (format!("{ROUTE}{to}"), target)));
            found.facts.extend(associations.into_iter().map(|(subnet, id)| (format!("{ASSOCIATION}{subnet}"), id)));
            let dead = table.routes().iter().filter(|route| route.state == Some(RouteState::Blackhole));
            found.facts.extend(
                dead.filter_map(destination).map(|to| (format!("dead_route/{to}"), "its target is gone".to_owned())),
            );
            listing.found.push(found);
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let call = Call::new("ec2", "CreateRouteTable").new_thing();
        let vpc = cloud.id(&self.vpc)?;
        let tags = tags::specification(ResourceType::RouteTable, &identity.tags(Some(&self.tags)));
        let request = cloud.ec2.create_route_table().vpc_id(&vpc).tag_specifications(tags);
        let id = cloud
            .create_by_token(
                call,
                identity,
                &[&vpc],
                |token| {
                    let request = request.clone().client_token(token);
                    async { Ok(request.send().await?.route_table.and_then(|table| table.route_table_id)) }
                },
                |id| async move {
                    let seen = tables(cloud, &[filter("route-table-id", [id])]).await?;
                    Ok((!seen.is_empty()).then_some(Life::Alive))
                },
            )
            .await?;
        self.bring(cloud, &id, None).await?;
        Ok(id)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        self.bring(cloud, &found.id, Some(&found.facts)).await?;
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let associations = parts(&found.facts, ASSOCIATION);
        all(join_all(associations.values().map(|association| disassociate(cloud, association))).await)?;
        let request = cloud.ec2.delete_route_table().route_table_id(&found.id);
        gone(cloud.call(Call::new("ec2", "DeleteRouteTable").patience(LINGERING), || request.clone().send()).await)
    }
}

impl RouteTable {
    /// Brings routes and associations from what the facts say to what is desired: a call for each that differs, all at
    /// once. A new table has no facts.
    async fn bring(&self, cloud: &Cloud, id: &str, facts: Option<&BTreeMap<String, String>>) -> Result<()> {
        let mut routes = BTreeMap::new();
        for (to, target) in &self.routes {
            routes.insert(to.as_str(), cloud.id(target)?);
        }
        let live_routes = facts.map(|facts| parts(facts, ROUTE)).unwrap_or_default();
        let destinations: BTreeSet<&str> = routes.keys().chain(live_routes.keys()).copied().collect();
        let routing = join_all(destinations.into_iter().map(|to| {
            let (wanted, live) = (routes.get(to), live_routes.get(to));
            async move {
                match (wanted, live) {
                    (Some(wanted), Some(live)) if wanted == *live => Ok(()),
                    (Some(wanted), Some(_)) => replace_route(cloud, id, to, wanted).await,
                    (Some(wanted), None) => create_route(cloud, id, to, wanted).await,
                    (None, _) => delete_route(cloud, id, to).await,
                }
            }
        }));

        let subnets: BTreeSet<String> = cloud.ids(&self.subnets)?.into_iter().collect();
        let live_subnets = facts.map(|facts| parts(facts, ASSOCIATION)).unwrap_or_default();
        let leaving = live_subnets.iter().filter(|(subnet, _)| !subnets.contains(**subnet));
        let joining: Vec<&String> =
            subnets.iter().filter(|subnet| !live_subnets.contains_key(subnet.as_str())).collect();
        let associating = async {
            // A new table's subnets are new too, or have lost the table they had: only a table that lives can be about
            // to take one over from another.
            let elsewhere =
                if facts.is_none() || joining.is_empty() { BTreeMap::new() } else { followed(cloud, &joining).await? };
            let joining = joining.iter().map(|subnet| associate(cloud, id, subnet, elsewhere.get(*subnet)));
            all(join_all(joining).await)
        };
        let parting = join_all(leaving.map(|(_, association)| disassociate(cloud, association)));
        let (routing, (associating, parting)) = join(routing, join(associating, parting)).await;
        all(routing)?;
        associating?;
        all(parting)
    }
}

/// The first failure of several calls, all of which have been made.
fn all(outcomes: Vec<Result<()>>) -> Result<()> {
    outcomes.into_iter().collect()
}

async fn tables(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<LiveTable>> {
    pages(|token| async move {
        let request = cloud
            .ec2
            .describe_route_tables()
            .set_filters(Some(filters.to_vec()))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeRouteTables"), || request.clone().send()).await?;
        Ok((answer.route_tables, answer.next_token))
    })
    .await
}

fn destination(route: &LiveRoute) -> Option<String> {
    let to = route.destination_cidr_block().or(route.destination_ipv6_cidr_block());
    to.or(route.destination_prefix_list_id()).map(str::to_owned)
}

/// Destination to target, without the network's own route and without those that gateway endpoints put there.
fn routes(table: &LiveTable) -> BTreeMap<String, String> {
    let target = |route: &LiveRoute| {
        let gateway = route.gateway_id().or(route.nat_gateway_id()).or(route.egress_only_internet_gateway_id());
        let network = route.transit_gateway_id().or(route.vpc_peering_connection_id()).or(route.core_network_arn());
        let edge = route.local_gateway_id().or(route.carrier_gateway_id()).or(route.odb_network_arn());
        // An instance's route names its interface too.
        let host = route.instance_id().or(route.network_interface_id());
        gateway.or(network).or(edge).or(host).unwrap_or("unknown").to_owned()
    };
    table
        .routes()
        .iter()
        .filter_map(|route| Some((destination(route)?, target(route))))
        .filter(|(_, target)| target != "local" && !target.starts_with("vpce-"))
        .collect()
}

/// Subnet to association, of those that stand.
fn associations(table: &LiveTable) -> BTreeMap<String, String> {
    use RouteTableAssociationStateCode::{Disassociated, Disassociating, Failed};
    let is_over = |state: &RouteTableAssociationStateCode| matches!(state, Disassociated | Disassociating | Failed);
    table
        .associations()
        .iter()
        .filter(|one| !one.association_state().and_then(|state| state.state()).is_some_and(is_over))
        .filter_map(|one| Some((one.subnet_id.clone()?, one.route_table_association_id.clone()?)))
        .collect()
}

/// The facts that begin so, by what follows.
fn parts<'a>(facts: &'a BTreeMap<String, String>, prefix: &str) -> BTreeMap<&'a str, &'a String> {
    facts.iter().filter_map(|(key, value)| Some((key.strip_prefix(prefix)?, value))).collect()
}

/// Of these subnets, those that follow a table: its id and the association.
async fn followed(cloud: &Cloud, subnets: &[&String]) -> Result<BTreeMap<String, (String, String)>> {
    let tables = tables(cloud, &[filter("association.subnet-id", subnets.iter().copied())]).await?;
    let mut followed = BTreeMap::new();
    for table in &tables {
        let id = table.route_table_id().unwrap_or_default();
        for (subnet, association) in associations(table) {
            followed.insert(subnet, (id.to_owned(), association));
        }
    }
    Ok(followed)
}

/// Makes a subnet follow the table, wherever it is now. Another table of the same run may be letting go of it at this
/// moment, so a place that is taken and an association that is gone are both looked at again.
async fn associate(cloud: &Cloud, id: &str, subnet: &String, elsewhere: Option<&(String, String)>) -> Result<()> {
    let mut elsewhere = elsewhere.cloned();
    let mut tries = 0;
    loop {
        let outcome = match &elsewhere {
            Some((table, _)) if table == id => return Ok(()),
            Some((_, association)) => {
                let request =
                    cloud.ec2.replace_route_table_association().association_id(association).route_table_id(id);
                let call = Call::new("ec2", "ReplaceRouteTableAssociation");
                cloud.call(call, || request.clone().send()).await.map(|_| ())
            }
            None => {
                let request = cloud.ec2.associate_route_table().route_table_id(id).subnet_id(subnet);
                let call = Call::new("ec2", "AssociateRouteTable").new_thing();
                cloud.call(call, || request.clone().send()).await.map(|_| ())
            }
        };
        match outcome {
            Err(error) if tries < TRIES && (error.is(ErrorClass::Exists) || error.is(ErrorClass::NotFound)) => {
                if tries > 0 {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                tries += 1;
                elsewhere = followed(cloud, &[subnet]).await?.remove(subnet);
            }
            done => return done,
        }
    }
}

async fn disassociate(cloud: &Cloud, association: &str) -> Result<()> {
    let request = cloud.ec2.disassociate_route_table().association_id(association);
    undone(cloud.call(Call::new("ec2", "DisassociateRouteTable"), || request.clone().send()).await)
}

/// Sets destination and target on a request: each kind of target has a parameter of its own, told by the id.
macro_rules! aimed {
    ($request:expr, $to:expr, $target:expr) => {{
        let (request, to, target) = ($request, $to, $target);
        let request = destined!(request, to);
        match target.split('-').next().unwrap_or_default() {
            "nat" => request.nat_gateway_id(target),
            "tgw" => request.transit_gateway_id(target),
            "pcx" => request.vpc_peering_connection_id(target),
            "eni" => request.network_interface_id(target),
            "eigw" => request.egress_only_internet_gateway_id(target),
            _ => request.gateway_id(target),
        }
    }};
}

/// Sets the destination on a request.
macro_rules! destined {
    ($request:expr, $to:expr) => {
        match $to {
            to if to.starts_with("pl-") => $request.destination_prefix_list_id(to),
            to if to.contains(':') => $request.destination_ipv6_cidr_block(to),
            to => $request.destination_cidr_block(to),
        }
    };
}

async fn create_route(cloud: &Cloud, id: &str, to: &str, target: &str) -> Result<()> {
    let request = aimed!(cloud.ec2.create_route().route_table_id(id), to, target);
    match cloud.call(Call::new("ec2", "CreateRoute").new_thing(), || request.clone().send()).await {
        Ok(_) => Ok(()),
        Err(error) if error.is(ErrorClass::Exists) => replace_route(cloud, id, to, target).await,
        Err(error) => Err(error),
    }
}

async fn replace_route(cloud: &Cloud, id: &str, to: &str, target: &str) -> Result<()> {
    let request = aimed!(cloud.ec2.replace_route().route_table_id(id), to, target);
    cloud.call(Call::new("ec2", "ReplaceRoute").new_thing(), || request.clone().send()).await.map(|_| ())
}

async fn delete_route(cloud: &Cloud, id: &str, to: &str) -> Result<()> {
    let request = destined!(cloud.ec2.delete_route().route_table_id(id), to);
    undone(cloud.call(Call::new("ec2", "DeleteRoute"), || request.clone().send()).await)
}
