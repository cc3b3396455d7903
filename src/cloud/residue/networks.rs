//! What stands in a network of the production's, whoever put it there. A network that is gone holds nothing.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{InstanceStateName, State};

use super::search::{Brought, Search, Sign};
use crate::cloud::ec2::{FILTER_VALUES, PAGE, filter, pages};
use crate::cloud::{Call, Cloud, Result};

impl Cloud {
    pub(super) async fn standing_in(&self, search: &Search) -> Brought {
        let live = self.live_networks(&search.networks).await?;
        let mut found = Vec::new();
        for network in &live {
            found.push(self.leftover("network", network, Sign::Network, None));
            let (groups, instances, subnets, endpoints, interfaces) = tokio::join!(
                self.groups_in(network),
                self.instances_in(network),
                self.subnets_in(network),
                self.endpoints_in(network),
                self.interfaces_in(network, search)
            );
            let kinds = [
                ("security group", groups?),
                ("instance", instances?),
                ("subnet", subnets?),
                ("endpoint", endpoints?),
                ("network interface", interfaces?),
            ];
            for (what, all) in kinds {
                let named = all.into_iter();
                found.extend(
                    named.map(|(id, name)| {
                        self.leftover(what, id, Sign::Network, name.or(Some(format!("in {network}"))))
                    }),
                );
            }
        }
        Ok(found)
    }

    async fn live_networks(&self, networks: &BTreeSet<String>) -> Result<Vec<String>> {
        let ids: Vec<&String> = networks.iter().collect();
        let mut live = Vec::new();
        for ids in ids.chunks(FILTER_VALUES) {
            let found = pages(|token| async move {
                let request = self
                    .ec2
                    .describe_vpcs()
                    .filters(filter("vpc-id", ids.iter().copied()))
                    .max_results(PAGE)
                    .set_next_token(token);
                let page = self.call(Call::new("ec2", "DescribeVpcs"), || request.clone().send()).await?;
                Ok((page.vpcs, page.next_token))
            })
            .await?;
            live.extend(found.into_iter().filter_map(|one| one.vpc_id));
        }
        Ok(live)
    }

    /// All but the default one, which comes and goes with its network.
    async fn groups_in(&self, network: &str) -> Result<Vec<(String, Option<String>)>> {
        let groups = pages(|token| async move {
            let request = self
                .ec2
                .describe_security_groups()
                .filters(filter("vpc-id", [network]))
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeSecurityGroups"), || request.clone().send()).await?;
            Ok((page.security_groups, page.next_token))
        })
        .await?;
        let own = groups.into_iter().filter(|one| one.group_name() != Some("default"));
        Ok(own.filter_map(|one| Some((one.group_id?, one.group_name))).collect())
    }

    async fn instances_in(&self, network: &str) -> Result<Vec<(String, Option<String>)>> {
        let ended = [InstanceStateName::ShuttingDown, InstanceStateName::Terminated];
        let instances = self.instances(&[filter("vpc-id", [network])]).await?;
        let live = instances
            .into_iter()
            .filter(|one| one.state().and_then(|state| state.name()).is_some_and(|name| !ended.contains(name)));
        Ok(live.filter_map(|one| Some((one.instance_id?, None))).collect())
    }

    async fn subnets_in(&self, network: &str) -> Result<Vec<(String, Option<String>)>> {
        let subnets = pages(|token| async move {
            let request = self
                .ec2
                .describe_subnets()
                .filters(filter("vpc-id", [network]))
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeSubnets"), || request.clone().send()).await?;
            Ok((page.subnets, page.next_token))
        })
        .await?;
        Ok(subnets.into_iter().filter_map(|one| Some((one.subnet_id?, None))).collect())
    }

    async fn endpoints_in(&self, network: &str) -> Result<Vec<(String, Option<String>)>> {
        let endpoints = pages(|token| async move {
            let request = self
                .ec2
                .describe_vpc_endpoints()
                .filters(filter("vpc-id", [network]))
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeVpcEndpoints"), || request.clone().send()).await?;
            Ok((page.vpc_endpoints, page.next_token))
        })
        .await?;
        let live = endpoints.into_iter().filter(|one| !matches!(one.state(), Some(State::Deleting | State::Deleted)));
        Ok(live.filter_map(|one| Some((one.vpc_endpoint_id?, one.service_name))).collect())
    }

    /// All but those that go with what is kept, and those of services, which go with their owners.
    async fn interfaces_in(&self, network: &str, search: &Search) -> Result<Vec<(String, Option<String>)>> {
        let interfaces = pages(|token| async move {
            let request = self
                .ec2
                .describe_network_interfaces()
                .filters(filter("vpc-id", [network]))
                .max_results(PAGE)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeNetworkInterfaces"), || request.clone().send()).await?;
            Ok((page.network_interfaces, page.next_token))
        })
        .await?;
        let holder = |one: &aws_sdk_ec2::types::NetworkInterface| {
            one.attachment().and_then(|held| held.instance_id()).map(str::to_owned)
        };
        let own = interfaces.into_iter().filter(|one| one.requester_managed() != Some(true));
        let strange = own.filter(|one| !holder(one).is_some_and(|id| search.kept.contains(&id)));
        Ok(strange
            .filter_map(|one| Some((one.network_interface_id?, one.description.filter(|words| !words.is_empty()))))
            .collect())
    }
}
