//! Private ways to AWS services, the rules that they imply, and policies that let nothing through but this account.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::aws_owned::{BUCKETS, SSM_RESOURCES, System};
use super::compiler::Compiler;
use super::limits;
use super::network::{group, part, route_table, subnets, vpc};
use super::place::Place;
use super::policy::{allow, document};
use super::rules::{Rules, https};
use crate::blueprint::Diagnostic;
use crate::blueprint::model::{EndpointService, Network, Os, Platform, Segment, Tier};
use crate::resource::{Address, Direction, Document, EndpointType, Peer, VpcEndpoint};

/// The name of the group in front of the interface endpoints.
const GROUP: &str = "endpoints";

impl Compiler<'_> {
    /// A network's endpoints. Adds what they imply to `rules`: content and service segments reach them, edge segments
    /// don't.
    pub(super) fn endpoints(&mut self, network: &Network, rules: &mut Rules) {
        let inner: Vec<&Segment> = network.segments.iter().filter(|segment| segment.tier.value != Tier::Edge).collect();
        for service in &network.endpoints {
            let endpoint_type = if service.is_gateway() { EndpointType::Gateway } else { EndpointType::Interface };
            let full_name = format!("com.amazonaws.{}.{}", self.place().region, service.value);
            let policy = self.endpoint_policy(network, &service.value);
            if policy.as_str().len() > limits::ENDPOINT_POLICY {
                self.found.push(
                    Diagnostic::error("endpoint-policy-too-long", "the endpoint's policy is longer than AWS takes")
                        .at(service.span),
                );
            }
            let tags = self.production_tags(service.span, service.as_str());
            let mut spec = VpcEndpoint {
                vpc: vpc(network),
                service: full_name.clone(),
                endpoint_type,
                subnets: BTreeSet::new(),
                route_tables: BTreeSet::new(),
                security_groups: BTreeSet::new(),
                private_dns: false,
                policy,
                tags,
            };
            if service.is_gateway() {
                spec.route_tables = inner.iter().map(|segment| route_table(network, segment.tier.value)).collect();
                // AWS keeps the service's addresses in a list under the service's own name.
                let list = Peer::PrefixList(Address::new(full_name));
                for segment in &inner {
                    let words = format!("{} through its gateway endpoint", service.value);
                    rules.entry(group(network, segment)).or_default().push(https(
                        Direction::Egress,
                        list.clone(),
                        &words,
                    ));
                }
            } else {
                let Some(home) = network.endpoint_segment() else {
                    self.found.push(
                        Diagnostic::error("endpoint-without-segment", "no segment can hold the endpoint")
                            .at(service.span)
                            .help("declare a segment of the tier \"service\" or \"content\""),
                    );
                    continue;
                };
                spec.subnets = subnets(network, home).into_iter().collect();
                spec.security_groups = BTreeSet::from([part(network, GROUP)]);
                spec.private_dns = true;
            }
            self.add(part(network, &format!("endpoint/{}", service.value)), service.span, spec);
        }
        if network.interface_endpoints() > 0 {
            self.endpoint_group(network, &inner, rules);
        }
    }

    /// The group in front of the interface endpoints: segments may call them, they call nobody.
    fn endpoint_group(&mut self, network: &Network, inner: &[&Segment], rules: &mut Rules) {
        let mut own = Vec::new();
        for segment in inner {
            let segment_group = group(network, segment);
            own.push(https(
                Direction::Ingress,
                Peer::Group(segment_group.clone()),
                &format!("AWS services for {}", segment.name),
            ));
            rules.entry(segment_group).or_default().push(https(
                Direction::Egress,
                Peer::Group(part(network, GROUP)),
                "AWS services through interface endpoints",
            ));
        }
        self.security_group(network, GROUP, network.name.span, own);
    }

    /// Who may ask what of a service through its endpoint: this account's identities, of this account's resources.
    fn endpoint_policy(&self, network: &Network, service: &EndpointService) -> Document {
        let place = self.place();
        let mut statements = vec![allow(
            "OwnResources",
            principal(&place, service),
            &["*"],
            json!("*"),
            json!({ "StringEquals": { "aws:PrincipalAccount": place.account, "aws:ResourceAccount": place.account } }),
        )];
        match service.as_str() {
            "s3" => {
                let systems = self.systems_in(network);
                let buckets: Vec<_> = BUCKETS
                    .iter()
                    .filter(|bucket| bucket.only_for.is_none_or(|system| systems.contains(&system)))
                    .map(|bucket| place.objects_of(&bucket.name.replace("{region}", place.region)))
                    .collect();
                // Package managers and agents fetch without signing; who does sign must be of this account.
                let ours_or_unsigned = json!({ "StringEqualsIfExists": { "aws:PrincipalAccount": place.account } });
                statements.push(allow(
                    "BucketsOfAws",
                    principal(&place, service),
                    &["s3:GetObject"],
                    json!(buckets),
                    ours_or_unsigned,
                ));
            }
            "ssm" => {
                let published: Vec<_> =
                    SSM_RESOURCES.iter().map(|resource| place.owned_by_aws("ssm", resource)).collect();
                statements.push(allow(
                    "DocumentsOfAws",
                    principal(&place, service),
                    &["ssm:Describe*", "ssm:Get*", "ssm:List*"],
                    json!(published),
                    json!({ "StringEquals": { "aws:PrincipalAccount": place.account } }),
                ));
            }
            _ => {}
        }
        document(statements)
    }

    /// The systems of the machines whose subnets the network holds.
    fn systems_in(&self, network: &Network) -> Vec<System> {
        let pools = self.blueprint.pools.iter().filter(|pool| pool.segment.network == network.name.value);
        let mut systems = Vec::new();
        for image in pools.filter_map(|pool| self.blueprint.get(&pool.image.value)) {
            systems.push(match image.os.value.platform() {
                Platform::Windows => System::Windows,
                Platform::Linux => System::Linux,
            });
            if image.os.value == Os::AmazonLinux2023 {
                systems.push(System::AmazonLinux2023);
            }
        }
        systems
    }
}

/// Whom an endpoint's policy speaks of. At an interface endpoint the account stands for all of its identities. At a
/// gateway endpoint it would stand for its root user alone, so that AWS wants `*` there, and a condition to narrow it.
/// Source: AWS PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
fn principal(place: &Place<'_>, service: &EndpointService) -> Value {
    if service.is_gateway() { json!("*") } else { json!({ "AWS": place.root() }) }
}
