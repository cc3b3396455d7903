//! Endpoints in the live cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, ResourceType, VpcEndpoint as LiveEndpoint, VpcEndpointType};

use super::ec2::{Life, PAGE, filter, gone, of_production, pages};
use super::identity::PRODUCTION;
use super::watch::Seen;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, Document, EndpointType, FieldChange, Found, Status, VpcEndpoint};

/// Interface endpoints come up, and go, within minutes.
const PATIENCE: Duration = Duration::from_secs(900);

/// How long a new endpoint may stay out of the list.
const UNSEEN: Duration = Duration::from_secs(60);

/// How often a change is tried again after a lost answer, from what is live then.
const TRIES: u32 = 4;

const DESCRIBE: Call = Call::new("ec2", "DescribeVpcEndpoints");

/// Facts that hold what an endpoint has live by its ids: an address may stand for another id by the time they are used.
const SUBNET: &str = "subnet/";
const ROUTE_TABLE: &str = "route_table/";
const SECURITY_GROUP: &str = "security_group/";

impl Live for VpcEndpoint {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let mut listing = Listing::default();
        for endpoint in endpoints(cloud, &[of_production(scope)]).await? {
            let Some(id) = endpoint.vpc_endpoint_id() else { continue };
            let Some(status) = status(&endpoint) else { continue };
            let mark = tags::mark(endpoint.tags.as_deref());
            let parts = Parts::of(&endpoint);
            let addresses = |ids: &BTreeSet<String>| ids.iter().map(|id| Address::new(id.as_str())).collect();
            let spec = VpcEndpoint {
                vpc: Address::new(endpoint.vpc_id().unwrap_or_default()),
                service: endpoint.service_name().unwrap_or_default().to_owned(),
                endpoint_type: match endpoint.vpc_endpoint_type() {
                    Some(VpcEndpointType::Interface) => EndpointType::Interface,
                    _ => EndpointType::Gateway,
                },
                subnets: addresses(&parts.subnets),
                route_tables: addresses(&parts.route_tables),
                security_groups: addresses(&parts.security_groups),
                private_dns: parts.private_dns,
                policy: parts.policy.clone(),
                tags: mark.tags.clone(),
            };
            let mut found = tags::found(&mark, id, spec, status);
            found.facts = parts.facts();
            for (number, interface) in endpoint.network_interface_ids().iter().enumerate() {
                found.facts.insert(format!("interface/{number}"), interface.clone());
            }
            listing.found.push(found);
        }
        Ok(listing)
    }

    /// Doesn't wait for it to come up: see `settled`.
    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let call = Call::new("ec2", "CreateVpcEndpoint").new_thing();
        let vpc = cloud.id(&self.vpc)?;
        let parts = self.parts(cloud)?;
        let request = cloud
            .ec2
            .create_vpc_endpoint()
            .vpc_id(&vpc)
            .service_name(&self.service)
            .policy_document(self.policy.as_str())
            // Not saying so means yes.
            .private_dns_enabled(self.private_dns)
            .tag_specifications(tags::specification(ResourceType::VpcEndpoint, &identity.tags(Some(&self.tags))));
        let request = match self.endpoint_type {
            EndpointType::Gateway => {
                request.vpc_endpoint_type(VpcEndpointType::Gateway).set_route_table_ids(some(&parts.route_tables))
            }
            EndpointType::Interface => request
                .vpc_endpoint_type(VpcEndpointType::Interface)
                .set_subnet_ids(some(&parts.subnets))
                .set_security_group_ids(some(&parts.security_groups)),
        };
        // All ids of the request: the same token with others in it would be refused.
        let ids: Vec<&str> = std::iter::once(vpc.as_str())
            .chain(parts.subnets.iter().chain(&parts.route_tables).chain(&parts.security_groups).map(String::as_str))
            .collect();
        cloud
            .create_by_token(
                call,
                identity,
                &ids,
                |token| {
                    let request = request.clone().client_token(token);
                    async { Ok(request.send().await?.vpc_endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id)) }
                },
                |id| async move {
                    Ok(one(cloud, &id).await?.map(|endpoint| match status(&endpoint) {
                        None | Some(Status::Leaving(_)) => Life::Over,
                        Some(_) => Life::Alive,
                    }))
                },
            )
            .await
    }

    async fn settled(cloud: &Cloud, id: &str) -> Result<()> {
        cloud
            .watches
            .endpoints
            .until(
                id,
                || look(cloud),
                |seen, waited| match seen {
                    Some(seen) => match seen.state.as_str() {
                        "available" => Ok(Some(())),
                        "failed" | "rejected" | "expired" | "deleting" | "deleted" => Err(failed(id, seen)),
                        _ if waited > PATIENCE => Err(failed(id, seen)),
                        _ => Ok(None),
                    },
                    None if waited > UNSEEN => {
                        Err(DESCRIBE.error(ErrorClass::NotFound, format!("{id} was made and is not seen")))
                    }
                    None => Ok(None),
                },
            )
            .await
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        self.bring(cloud, found).await?;
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let id = &found.id;
        let call = Call::new("ec2", "DeleteVpcEndpoints");
        let request = cloud.ec2.delete_vpc_endpoints().vpc_endpoint_ids(id);
        let refusal = |answer: aws_sdk_ec2::operation::delete_vpc_endpoints::DeleteVpcEndpointsOutput| match answer
            .unsuccessful
            .unwrap_or_default()
            .into_iter()
            .find_map(|item| item.error)
        {
            Some(error) => Err(call.refusal(error.code().unwrap_or_default(), error.message().unwrap_or_default())),
            None => Ok(()),
        };
        gone(cloud.call_checked(call, || request.clone().send(), refusal).await)?;
        cloud
            .watches
            .endpoints
            .until(
                id,
                || look(cloud),
                |seen, waited| match seen {
                    None => Ok(Some(Gone::Gone)),
                    Some(seen) if seen.state == "deleted" => Ok(Some(Gone::Gone)),
                    Some(seen) if waited > PATIENCE => Err(failed(id, seen)),
                    Some(_) => Ok(None),
                },
            )
            .await
    }
}

impl VpcEndpoint {
    fn parts(&self, cloud: &Cloud) -> Result<Parts> {
        let ids = |addresses: &BTreeSet<Address>| -> Result<BTreeSet<String>> {
            Ok(cloud.ids(addresses)?.into_iter().collect())
        };
        Ok(Parts {
            subnets: ids(&self.subnets)?,
            route_tables: ids(&self.route_tables)?,
            security_groups: ids(&self.security_groups)?,
            private_dns: self.private_dns,
            policy: self.policy.clone(),
        })
    }

    /// Brings the live endpoint to this one in one call, for they come three in ten seconds.
    async fn bring(&self, cloud: &Cloud, found: &Found) -> Result<()> {
        let wanted = self.parts(cloud)?;
        let mut live = Parts::noted(found);
        let call = Call::look_first("ec2", "ModifyVpcEndpoint").new_thing();
        let mut tries = 0;
        while wanted != live {
            let request = cloud
                .ec2
                .modify_vpc_endpoint()
                .vpc_endpoint_id(&found.id)
                .set_add_subnet_ids(without(&wanted.subnets, &live.subnets))
                .set_remove_subnet_ids(without(&live.subnets, &wanted.subnets))
                .set_add_route_table_ids(without(&wanted.route_tables, &live.route_tables))
                .set_remove_route_table_ids(without(&live.route_tables, &wanted.route_tables))
                .set_add_security_group_ids(without(&wanted.security_groups, &live.security_groups))
                .set_remove_security_group_ids(without(&live.security_groups, &wanted.security_groups))
                .set_policy_document((wanted.policy != live.policy).then(|| wanted.policy.as_str().to_owned()))
                .set_private_dns_enabled((wanted.private_dns != live.private_dns).then_some(wanted.private_dns));
            match cloud.call(call, || request.clone().send()).await {
                // What has been added can't be added again: look before saying the rest once more.
                Err(error) if error.is(ErrorClass::Uncertain) && tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_secs(2)).await;
                    let seen = one(cloud, &found.id).await?;
                    live = Parts::of(&seen.ok_or(error)?);
                }
                outcome => return outcome.map(|_| ()),
            }
        }
        Ok(())
    }
}

/// What an endpoint has that can be changed, by ids.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    subnets: BTreeSet<String>,
    route_tables: BTreeSet<String>,
    security_groups: BTreeSet<String>,
    private_dns: bool,
    policy: Document,
}

impl Parts {
    fn of(endpoint: &LiveEndpoint) -> Self {
        Self {
            subnets: endpoint.subnet_ids().iter().cloned().collect(),
            route_tables: endpoint.route_table_ids().iter().cloned().collect(),
            security_groups: endpoint.groups().iter().filter_map(|group| group.group_id.clone()).collect(),
            // A gateway endpoint is a route and has no names, whatever is reported.
            private_dns: endpoint.private_dns_enabled().unwrap_or_default()
                && endpoint.vpc_endpoint_type() == Some(&VpcEndpointType::Interface),
            policy: Document::parse(endpoint.policy_document().unwrap_or_default()),
        }
    }

    fn facts(&self) -> BTreeMap<String, String> {
        let all = [(SUBNET, &self.subnets), (ROUTE_TABLE, &self.route_tables), (SECURITY_GROUP, &self.security_groups)];
        let keys = all.into_iter().flat_map(|(prefix, ids)| ids.iter().map(move |id| format!("{prefix}{id}")));
        keys.map(|key| (key, String::new())).collect()
    }

    /// What a listing noted.
    fn noted(found: &Found) -> Self {
        let ids =
            |prefix: &str| found.facts.keys().filter_map(|key| Some(key.strip_prefix(prefix)?.to_owned())).collect();
        let (private_dns, policy) = match &found.resource {
            crate::resource::Resource::VpcEndpoint(live) => (live.private_dns, live.policy.clone()),
            _ => (false, Document::parse("")),
        };
        Self {
            subnets: ids(SUBNET),
            route_tables: ids(ROUTE_TABLE),
            security_groups: ids(SECURITY_GROUP),
            private_dns,
            policy,
        }
    }
}

/// A set as a list for a request; none where it is empty.
fn some(ids: &BTreeSet<String>) -> Option<Vec<String>> {
    (!ids.is_empty()).then(|| ids.iter().cloned().collect())
}

/// What is in the one and not in the other, as a list for a request.
fn without(these: &BTreeSet<String>, those: &BTreeSet<String>) -> Option<Vec<String>> {
    some(&these.difference(those).cloned().collect())
}

async fn endpoints(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<LiveEndpoint>> {
    pages(|token| async move {
        let request = cloud
            .ec2
            .describe_vpc_endpoints()
            .set_filters(Some(filters.to_vec()))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(DESCRIBE, || request.clone().send()).await?;
        Ok((answer.vpc_endpoints, answer.next_token))
    })
    .await
}

/// The service writes its states in more than one way: `PendingAcceptance` and `pending-acceptance`, `Available` and
/// `available`.
fn state(endpoint: &LiveEndpoint) -> String {
    endpoint.state().map(|state| state.as_str().to_lowercase()).unwrap_or_default()
}

/// Where an endpoint is in its life; none once it is over.
fn status(endpoint: &LiveEndpoint) -> Option<Status> {
    let state = state(endpoint);
    let reason = || {
        let words = endpoint.last_error().and_then(|error| error.message()).or(endpoint.failure_reason());
        words.map(|words| format!("{state}: {words}")).unwrap_or_else(|| state.clone())
    };
    match state.as_str() {
        "deleted" => None,
        "available" | "" => Some(Status::Ready),
        "deleting" => Some(Status::Leaving(state)),
        "failed" | "rejected" | "expired" => Some(Status::Failed(reason())),
        _ => Some(Status::Pending(state)),
    }
}

/// All endpoints that bear any production's mark: who looks for one by its id has no production to ask for.
async fn marked(cloud: &Cloud) -> Result<Vec<LiveEndpoint>> {
    endpoints(cloud, &[filter("tag-key", [PRODUCTION])]).await
}

/// One endpoint. Not every server can filter by the id, and by a parameter an unknown id is an error.
async fn one(cloud: &Cloud, id: &str) -> Result<Option<LiveEndpoint>> {
    Ok(marked(cloud).await?.into_iter().find(|endpoint| endpoint.vpc_endpoint_id() == Some(id)))
}

/// The states of all endpoints.
async fn look(cloud: &Cloud) -> Result<BTreeMap<String, Seen>> {
    let seen = |endpoint: LiveEndpoint| {
        let reason = endpoint.last_error().and_then(|error| error.message()).or(endpoint.failure_reason());
        let seen = Seen { state: state(&endpoint), reason: reason.map(str::to_owned), ..Seen::default() };
        Some((endpoint.vpc_endpoint_id?, seen))
    };
    Ok(marked(cloud).await?.into_iter().filter_map(seen).collect())
}

fn failed(id: &str, seen: &Seen) -> CloudError {
    let reason = seen.reason.as_deref().unwrap_or("no reason given");
    DESCRIBE.error(ErrorClass::Invalid, format!("{id} is in state {}: {reason}", seen.state))
}
