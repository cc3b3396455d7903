//! Networks in the live cloud.

use aws_sdk_ec2::types::{
    AttributeBooleanValue, IpPermission, ResourceType, SecurityGroup as LiveGroup, UserIdGroupPair, Vpc as LiveVpc,
    VpcAttributeName, VpcState,
};
use futures_util::future::join_all;

use super::ec2::{
    LINGERING, PAGE, filter, gone, made, made_for, of_production, once_visible, pages, revoked, until_visible,
};
use super::security_group::to_anywhere;
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{FieldChange, Found, Kind, Status, Vpc};

impl Cloud {
    /// Whether any network bears this production's mark: the first that is made of a floor, and the last that goes.
    /// Nothing is learnt of it.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn has_network(&self, scope: &Scope) -> Result<bool> {
        let request = self.ec2.describe_vpcs().filters(of_production(scope)).max_results(PAGE);
        let answer = self.call(Call::new("ec2", "DescribeVpcs"), || request.clone().send()).await?;
        Ok(!answer.vpcs().is_empty())
    }
}

impl Live for Vpc {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let vpcs = pages(|token| async move {
            let request =
                cloud.ec2.describe_vpcs().filters(of_production(scope)).max_results(PAGE).set_next_token(token);
            let answer = cloud.call(Call::new("ec2", "DescribeVpcs"), || request.clone().send()).await?;
            Ok((answer.vpcs, answer.next_token))
        })
        .await?;
        let vpcs: Vec<(String, LiveVpc)> =
            vpcs.into_iter().filter_map(|vpc| Some((vpc.vpc_id.clone()?, vpc))).collect();
        let ids: Vec<&str> = vpcs.iter().map(|(id, _)| id.as_str()).collect();
        let (groups, names) = tokio::join!(cloud.groups.of(cloud), join_all(ids.iter().map(|id| names(cloud, id))));
        let mut listing = Listing::default();
        for ((id, vpc), names) in vpcs.iter().zip(names) {
            let mark = tags::mark(vpc.tags.as_deref());
            let address = mark.address_or_stray(Kind::Vpc, id);
            let mut unreadable = |error: &super::CloudError| {
                listing.unreadable.push(error.unreadable(Kind::Vpc, Some(address.clone())));
            };
            let (dns_support, dns_hostnames) = names.unwrap_or_else(|error| {
                unreadable(&error);
                (false, false)
            });
            let group = match &groups {
                Ok(groups) => {
                    groups.iter().find(|group| group.vpc_id() == Some(id) && group.group_name() == Some("default"))
                }
                Err(error) => {
                    unreadable(error);
                    None
                }
            };
            let spec = Vpc {
                cidr: vpc.cidr_block.clone().unwrap_or_default(),
                dns_support,
                dns_hostnames,
                default_group_empty: group.is_some_and(is_empty),
                tags: mark.tags.clone(),
            };
            let status = match &vpc.state {
                Some(VpcState::Available) | None => Status::Ready,
                Some(state) => Status::Pending(state.as_str().to_owned()),
            };
            let mut found = tags::found(&mark, id, spec, status);
            if let Some(group) = group.and_then(LiveGroup::group_id) {
                found.facts.insert("default_group".to_owned(), group.to_owned());
            }
            listing.found.push(found);
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let id = match self.made_before(cloud, identity).await? {
            Some(id) => id,
            None => {
                let call = Call::look_first("ec2", "CreateVpc");
                let tags = tags::specification(ResourceType::Vpc, &identity.tags(Some(&self.tags)));
                let request = cloud.ec2.create_vpc().cidr_block(&self.cidr).tag_specifications(tags);
                let send = || async {
                    let answer = request.clone().send().await?;
                    Ok(answer.vpc.and_then(|vpc| vpc.vpc_id))
                };
                let find = || async { Ok(self.made_before(cloud, identity).await?.map(Some)) };
                made(
                    call,
                    cloud
                        .call_once::<_, aws_sdk_ec2::operation::create_vpc::CreateVpcError, _, _>(call, send, find)
                        .await?,
                )?
            }
        };
        // Whatever is cut off here is seen as a difference by the next plan.
        let (names, group) =
            tokio::join!(self.set_names(cloud, &id, true, true), self.empty_default_group(cloud, &id, true));
        names.and(group)?;
        Ok(id)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let changed = |path: &str| changes.iter().any(|change| change.path == path);
        self.set_names(cloud, &found.id, changed("dns_support"), changed("dns_hostnames")).await?;
        if changed("default_group_empty") {
            self.empty_default_group(cloud, &found.id, false).await?;
        }
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let request = cloud.ec2.delete_vpc().vpc_id(&found.id);
        gone(cloud.call(Call::new("ec2", "DeleteVpc").patience(LINGERING), || request.clone().send()).await)
    }
}

impl Vpc {
    /// One that an earlier run made: a network has neither name nor token.
    async fn made_before(&self, cloud: &Cloud, identity: &Identity) -> Result<Option<String>> {
        let request = cloud
            .ec2
            .describe_vpcs()
            .set_filters(Some(made_for(identity)))
            .filters(filter("cidr", [&self.cidr]))
            .max_results(PAGE);
        let answer = cloud.call(Call::new("ec2", "DescribeVpcs"), || request.clone().send()).await?;
        Ok(answer.vpcs.unwrap_or_default().into_iter().find_map(|vpc| vpc.vpc_id))
    }

    /// Sets how names are resolved, one attribute a call as the service wants it. Host names need support.
    async fn set_names(&self, cloud: &Cloud, id: &str, support: bool, hostnames: bool) -> Result<()> {
        let call = Call::new("ec2", "ModifyVpcAttribute").new_thing();
        let value = |on| AttributeBooleanValue::builder().value(on).build();
        let request = cloud.ec2.modify_vpc_attribute().vpc_id(id);
        if support {
            cloud.call(call, || request.clone().enable_dns_support(value(self.dns_support)).send()).await?;
        }
        if hostnames {
            cloud.call(call, || request.clone().enable_dns_hostnames(value(self.dns_hostnames)).send()).await?;
        }
        Ok(())
    }

    /// Takes all rules out of the group that AWS makes with every network. One that was born a moment ago may not show the
    /// rules yet that it was born with: those go even so.
    async fn empty_default_group(&self, cloud: &Cloud, id: &str, born: bool) -> Result<()> {
        if !self.default_group_empty {
            return Ok(());
        }
        let look = || async { Ok(default_groups(cloud, &[id]).await?.pop()) };
        let Some(LiveGroup { group_id: Some(group), ip_permissions, ip_permissions_egress, .. }) =
            until_visible(look).await?
        else {
            let call = Call::new("ec2", "DescribeSecurityGroups");
            return Err(call.error(ErrorClass::NotFound, format!("{id} shows no default security group")));
        };
        let (mut ingress, mut egress) = (ip_permissions.unwrap_or_default(), ip_permissions_egress.unwrap_or_default());
        if born && ingress.is_empty() {
            ingress.push(from_itself(&group));
        }
        if born && egress.is_empty() {
            egress.push(to_anywhere());
        }
        if !ingress.is_empty() {
            let call = Call::new("ec2", "RevokeSecurityGroupIngress");
            let request = cloud.ec2.revoke_security_group_ingress().group_id(&group).set_ip_permissions(Some(ingress));
            once_visible(async || revoked(cloud.call(call, || request.clone().send()).await)).await?;
        }
        if !egress.is_empty() {
            let call = Call::new("ec2", "RevokeSecurityGroupEgress");
            let request = cloud.ec2.revoke_security_group_egress().group_id(&group).set_ip_permissions(Some(egress));
            once_visible(async || revoked(cloud.call(call, || request.clone().send()).await)).await?;
        }
        Ok(())
    }
}

/// The rule by which members of a network's default group reach each other.
fn from_itself(group: &str) -> IpPermission {
    IpPermission::builder()
        .ip_protocol("-1")
        .user_id_group_pairs(UserIdGroupPair::builder().group_id(group).build())
        .build()
}

/// Whether names are resolved inside, and whether hosts get names.
async fn names(cloud: &Cloud, id: &str) -> Result<(bool, bool)> {
    let call = Call::new("ec2", "DescribeVpcAttribute");
    let request = cloud.ec2.describe_vpc_attribute().vpc_id(id);
    let (support, hostnames) = tokio::try_join!(
        cloud.call(call, || request.clone().attribute(VpcAttributeName::EnableDnsSupport).send()),
        cloud.call(call, || request.clone().attribute(VpcAttributeName::EnableDnsHostnames).send()),
    )?;
    let on = |value: Option<AttributeBooleanValue>| value.and_then(|value| value.value).unwrap_or_default();
    Ok((on(support.enable_dns_support), on(hostnames.enable_dns_hostnames)))
}

/// The groups that AWS made with these networks.
async fn default_groups(cloud: &Cloud, vpcs: &[&str]) -> Result<Vec<LiveGroup>> {
    if vpcs.is_empty() {
        return Ok(Vec::new());
    }
    pages(|token| async move {
        let request = cloud
            .ec2
            .describe_security_groups()
            .filters(filter("vpc-id", vpcs.iter().copied()))
            .filters(filter("group-name", ["default"]))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeSecurityGroups"), || request.clone().send()).await?;
        Ok((answer.security_groups, answer.next_token))
    })
    .await
}

fn is_empty(group: &LiveGroup) -> bool {
    group.ip_permissions().is_empty() && group.ip_permissions_egress().is_empty()
}
