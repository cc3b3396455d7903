//! Subnets in the live cloud.

use aws_sdk_ec2::operation::create_subnet::CreateSubnetError;
use aws_sdk_ec2::types::{AttributeBooleanValue, Filter, ResourceType, Subnet as LiveSubnet, SubnetState};

use super::ec2::{LINGERING, PAGE, filter, gone, made, made_for, of_production, pages, until_visible};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, FieldChange, Found, Status, Subnet};

impl Live for Subnet {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let mut listing = Listing::default();
        for subnet in subnets(cloud, &[of_production(scope)]).await? {
            let Some(id) = subnet.subnet_id else { continue };
            let mark = tags::mark(subnet.tags.as_deref());
            let spec = Subnet {
                vpc: Address::new(subnet.vpc_id.unwrap_or_default()),
                cidr: subnet.cidr_block.unwrap_or_default(),
                zone: subnet.availability_zone.unwrap_or_default(),
                public_addresses: subnet.map_public_ip_on_launch.unwrap_or_default(),
                tags: mark.tags.clone(),
            };
            let status = match &subnet.state {
                Some(SubnetState::Available) | None => Status::Ready,
                Some(SubnetState::Pending) => Status::Pending("pending".to_owned()),
                Some(state) => Status::Failed(state.as_str().to_owned()),
            };
            let mut found = tags::found(&mark, &id, spec, status);
            if let Some(free) = subnet.available_ip_address_count {
                found.facts.insert("free_addresses".to_owned(), free.to_string());
            }
            listing.found.push(found);
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let call = Call::look_first("ec2", "CreateSubnet").new_thing();
        let vpc = cloud.id(&self.vpc)?;
        let request = cloud
            .ec2
            .create_subnet()
            .vpc_id(&vpc)
            .cidr_block(&self.cidr)
            .availability_zone(&self.zone)
            .tag_specifications(tags::specification(ResourceType::Subnet, &identity.tags(Some(&self.tags))));
        let send = || async {
            let answer = request.clone().send().await?;
            Ok(answer.subnet.and_then(|subnet| subnet.subnet_id))
        };
        let find = || async { Ok(self.made_before(cloud, &vpc, identity).await?.map(Some)) };
        let id = match cloud.call_once::<_, CreateSubnetError, _, _>(call, send, find).await {
            Ok(id) => made(call, id)?,
            // Its range is taken: by the one that an earlier run made, or by something that isn't ours.
            Err(error) if error.is(ErrorClass::Exists) => {
                let holder = until_visible(async || self.holder(cloud, &vpc, identity).await).await?;
                holder.flatten().ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        // A new subnet of a made network gives no public addresses.
        if self.public_addresses {
            self.set_public_addresses(cloud, &id).await?;
        }
        Ok(id)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        if changes.iter().any(|change| change.path == "public_addresses") {
            self.set_public_addresses(cloud, &found.id).await?;
        }
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let request = cloud.ec2.delete_subnet().subnet_id(&found.id);
        gone(cloud.call(Call::new("ec2", "DeleteSubnet").patience(LINGERING), || request.clone().send()).await)
    }
}

impl Subnet {
    async fn made_before(&self, cloud: &Cloud, vpc: &str, identity: &Identity) -> Result<Option<String>> {
        let filters: Vec<Filter> = made_for(identity).into_iter().chain([filter("vpc-id", [vpc])]).collect();
        Ok(subnets(cloud, &filters).await?.into_iter().find_map(|subnet| subnet.subnet_id))
    }

    /// Who holds the range: the one that an earlier run made, or (none inside) a stranger. None where nobody is seen to
    /// hold it.
    async fn holder(&self, cloud: &Cloud, vpc: &str, identity: &Identity) -> Result<Option<Option<String>>> {
        if let Some(own) = self.made_before(cloud, vpc, identity).await? {
            return Ok(Some(Some(own)));
        }
        let range = |text: &str| text.parse::<ipnet::Ipv4Net>().ok();
        let wanted = range(&self.cidr);
        let overlaps = |other: &LiveSubnet| {
            let other = other.cidr_block().and_then(range);
            other.zip(wanted).is_some_and(|(a, b)| a.contains(&b) || b.contains(&a))
        };
        let neighbours = subnets(cloud, &[filter("vpc-id", [vpc])]).await?;
        let is_ours = |one: &LiveSubnet| identity.is_marked_on(&tags::mark(one.tags.as_deref()));
        Ok(neighbours.iter().any(|one| !is_ours(one) && overlaps(one)).then_some(None))
    }

    async fn set_public_addresses(&self, cloud: &Cloud, id: &str) -> Result<()> {
        let value = AttributeBooleanValue::builder().value(self.public_addresses).build();
        let request = cloud.ec2.modify_subnet_attribute().subnet_id(id).map_public_ip_on_launch(value);
        cloud.call(Call::new("ec2", "ModifySubnetAttribute").new_thing(), || request.clone().send()).await?;
        Ok(())
    }
}

async fn subnets(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<LiveSubnet>> {
    pages(|token| async move {
        let request =
            cloud.ec2.describe_subnets().set_filters(Some(filters.to_vec())).max_results(PAGE).set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeSubnets"), || request.clone().send()).await?;
        Ok((answer.subnets, answer.next_token))
    })
    .await
}
