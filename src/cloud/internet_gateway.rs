//! Internet gateways in the live cloud.

use aws_sdk_ec2::operation::create_internet_gateway::CreateInternetGatewayError;
use aws_sdk_ec2::types::{Filter, InternetGateway as LiveGateway, ResourceType};

use super::ec2::{LINGERING, PAGE, filter, gone, made, made_for, of_production, pages, undone, until_visible};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, FieldChange, Found, InternetGateway, Status};

/// The fact that holds the network's id: what an address stands for may have changed since.
const ATTACHED_TO: &str = "attached_to";

impl Live for InternetGateway {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let mut listing = Listing::default();
        for gateway in gateways(cloud, &[of_production(scope)]).await? {
            let Some(id) = &gateway.internet_gateway_id else { continue };
            let mark = tags::mark(gateway.tags.as_deref());
            let vpc = attached_to(&gateway);
            let spec = InternetGateway { vpc: vpc.map(Address::new), tags: mark.tags.clone() };
            let mut found = tags::found(&mark, id, spec, Status::Ready);
            if let Some(vpc) = vpc {
                found.facts.insert(ATTACHED_TO.to_owned(), vpc.to_owned());
            }
            listing.found.push(found);
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let vpc = self.vpc.as_ref().map(|vpc| cloud.id(vpc)).transpose()?;
        let before = || async {
            // One that is attached elsewhere serves the network that is being replaced.
            let all = gateways(cloud, &made_for(identity)).await?;
            Ok(all.into_iter().find(|gateway| attached_to(gateway).is_none_or(|to| Some(to) == vpc.as_deref())))
        };
        let gateway = match before().await? {
            Some(gateway) => gateway,
            None => {
                let call = Call::look_first("ec2", "CreateInternetGateway");
                let tags = tags::specification(ResourceType::InternetGateway, &identity.tags(Some(&self.tags)));
                let request = cloud.ec2.create_internet_gateway().tag_specifications(tags);
                let send = || async { Ok(request.clone().send().await?.internet_gateway.unwrap_or_else(unnamed)) };
                cloud.call_once::<_, CreateInternetGatewayError, _, _>(call, send, before).await?
            }
        };
        let id = made(Call::new("ec2", "CreateInternetGateway"), gateway.internet_gateway_id.clone())?;
        if let Some(vpc) = vpc.as_deref().filter(|vpc| attached_to(&gateway) != Some(vpc)) {
            attach(cloud, &id, vpc).await?;
        }
        Ok(id)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        let vpc = self.vpc.as_ref().map(|vpc| cloud.id(vpc)).transpose()?;
        if vpc.as_ref() != found.facts.get(ATTACHED_TO) {
            detach(cloud, found).await?;
            if let Some(vpc) = &vpc {
                attach(cloud, &found.id, vpc).await?;
            }
        }
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        detach(cloud, found).await?;
        let request = cloud.ec2.delete_internet_gateway().internet_gateway_id(&found.id);
        gone(cloud.call(Call::new("ec2", "DeleteInternetGateway").patience(LINGERING), || request.clone().send()).await)
    }
}

async fn gateways(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<LiveGateway>> {
    pages(|token| async move {
        let request = cloud
            .ec2
            .describe_internet_gateways()
            .set_filters(Some(filters.to_vec()))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeInternetGateways"), || request.clone().send()).await?;
        Ok((answer.internet_gateways, answer.next_token))
    })
    .await
}

fn attached_to(gateway: &LiveGateway) -> Option<&str> {
    gateway.attachments().iter().find_map(|attachment| attachment.vpc_id())
}

fn unnamed() -> LiveGateway {
    LiveGateway::builder().build()
}

/// Attaches a gateway; that it is attached there already is as good.
async fn attach(cloud: &Cloud, id: &str, vpc: &str) -> Result<()> {
    let request = cloud.ec2.attach_internet_gateway().internet_gateway_id(id).vpc_id(vpc);
    let outcome =
        cloud.call(Call::new("ec2", "AttachInternetGateway").new_thing(), || request.clone().send()).await.map(|_| ());
    match outcome {
        Err(error) if error.is(ErrorClass::Exists) => {
            // Which one that is may be shown late.
            let look = async || {
                let live = gateways(cloud, &[filter("internet-gateway-id", [id])]).await?;
                Ok(live.first().and_then(attached_to).map(str::to_owned))
            };
            if until_visible(look).await?.as_deref() == Some(vpc) { Ok(()) } else { Err(error) }
        }
        outcome => outcome,
    }
}

/// Detaches a gateway. A public address in the network holds it for as long as its instance takes to end.
async fn detach(cloud: &Cloud, found: &Found) -> Result<()> {
    let Some(vpc) = found.facts.get(ATTACHED_TO) else { return Ok(()) };
    let request = cloud.ec2.detach_internet_gateway().internet_gateway_id(&found.id).vpc_id(vpc);
    let call = Call::new("ec2", "DetachInternetGateway").patience(LINGERING);
    let outcome = cloud.call(call, || request.clone().send()).await;
    match outcome {
        // Somebody was faster.
        Err(error) if error.code.as_deref() == Some("Gateway.NotAttached") => Ok(()),
        outcome => undone(outcome),
    }
}
