//! The network kinds against moto: what was made is read back as it was asked for; what somebody changes is seen, and
//! brought back; what is deleted leaves nothing; and an answer that is lost costs no duplicate.

use std::collections::{BTreeMap, BTreeSet};

use closedset::cloud::{Cloud, ErrorClass, Gone, Identity, Live, Scope};
use closedset::resource::{
    Address, Direction, Document, EndpointType, FieldChange, Found, InternetGateway, Peer, PrefixList, Resource,
    RouteTable, Rule, SecurityGroup, Status, Subnet, Tags, Vpc, VpcEndpoint, compare,
};
use serde_json::json;

use crate::moto::{Moto, REGION};

/// A production with nothing in it yet.
struct Stage {
    moto: Moto,
    cloud: Cloud,
    scope: Scope,
    /// Addresses by id.
    names: BTreeMap<String, Address>,
}

impl Stage {
    async fn new() -> Self {
        let moto = Moto::new();
        let cloud = moto.cloud().await;
        Self { moto, cloud, scope: Scope::new("nightfall"), names: BTreeMap::new() }
    }

    /// One with a network.
    async fn with_network() -> Self {
        let mut stage = Self::new().await;
        stage.create("network.main", &vpc()).await;
        stage
    }

    fn identity(&self, address: &str, spec: &Resource) -> Identity {
        Identity {
            production: self.scope.production.clone(),
            address: Address::new(address),
            digest: closedset::resource::digest([&spec.fields()]),
            protect: false,
        }
    }

    async fn create<K: Live + Into<Resource>>(&mut self, address: &str, spec: &K) -> String {
        let identity = self.identity(address, &spec.clone().into());
        let id = spec.create(&self.cloud, &identity).await.expect("it is created");
        self.cloud.learn(Address::new(address), &id);
        self.names.insert(id.clone(), Address::new(address));
        id
    }

    /// What is live, with ids renamed to addresses.
    async fn live<K: Live>(&self) -> Vec<Found> {
        let mut listing = K::list(&self.cloud, &self.scope).await.expect("it is listed");
        assert_eq!(listing.unreadable, []);
        for found in &mut listing.found {
            found.resource.rename(&|id| self.names.get(id.as_str()).unwrap_or(id).clone());
        }
        listing.found
    }

    async fn at<K: Live>(&self, address: &str) -> Found {
        let live = self.live::<K>().await;
        live.into_iter().find(|found| found.address.as_str() == address).expect("it is listed")
    }

    /// How the live one differs from what is asked for.
    async fn changes<K: Live + Into<Resource>>(&self, address: &str, spec: &K) -> Vec<FieldChange> {
        compare(&spec.clone().into(), &self.at::<K>(address).await.resource)
    }

    /// The paths that differ.
    async fn drift<K: Live + Into<Resource>>(&self, address: &str, spec: &K) -> Vec<String> {
        self.changes(address, spec).await.into_iter().map(|change| change.path).collect()
    }

    /// Brings the live one to what is asked for.
    async fn repair<K: Live + Into<Resource>>(&self, address: &str, spec: &K) {
        let found = self.at::<K>(address).await;
        let resource = spec.clone().into();
        let changes = compare(&resource, &found.resource);
        let identity = self.identity(address, &resource);
        self.moto.start_counting();
        spec.update(&self.cloud, &found, &identity, &changes).await.expect("it is updated");
    }

    /// Asserts that the live one is as asked for, ready, and marked with the digest of what was asked for.
    async fn assert_is<K: Live + Into<Resource>>(&self, address: &str, spec: &K) {
        let found = self.at::<K>(address).await;
        let resource: Resource = spec.clone().into();
        assert_eq!(compare(&resource, &found.resource), []);
        assert_eq!(found.status, Status::Ready);
        assert_eq!(found.digest, Some(self.identity(address, &resource).digest));
    }

    async fn delete<K: Live>(&self, address: &str) {
        let found = self.at::<K>(address).await;
        K::release(&self.cloud, &found).await.expect("it lets go");
        assert_eq!(K::delete(&self.cloud, &found).await.expect("it is deleted"), Gone::Gone);
        // Deleting what is gone is no failure: a run that was cut off says it again.
        assert_eq!(K::delete(&self.cloud, &found).await.expect("it is gone"), Gone::Gone);
    }
}

fn tags(unit: &str) -> Tags {
    [("Name", "nightfall"), ("unit", unit)].map(|(key, value)| (key.to_owned(), value.to_owned())).into()
}

fn vpc() -> Vpc {
    Vpc {
        cidr: "10.40.0.0/16".to_owned(),
        dns_support: true,
        dns_hostnames: true,
        default_group_empty: true,
        tags: tags("a"),
    }
}

fn subnet(cidr: &str, zone: &str) -> Subnet {
    Subnet {
        vpc: Address::new("network.main"),
        cidr: cidr.to_owned(),
        zone: format!("{REGION}{zone}"),
        public_addresses: false,
        tags: tags("a"),
    }
}

fn gateway() -> InternetGateway {
    InternetGateway { vpc: Some(Address::new("network.main")), tags: tags("a") }
}

fn routes(routes: &[(&str, &str)], subnets: &[&str]) -> RouteTable {
    RouteTable {
        vpc: Address::new("network.main"),
        routes: routes.iter().map(|(to, target)| ((*to).to_owned(), Address::new(*target))).collect(),
        subnets: addresses(subnets),
        tags: tags("a"),
    }
}

fn addresses(all: &[&str]) -> BTreeSet<Address> {
    all.iter().map(|address| Address::new(*address)).collect()
}

fn group(name: &str, rules: Vec<Rule>) -> SecurityGroup {
    let mut rules = rules;
    rules.sort();
    SecurityGroup {
        vpc: Address::new("network.main"),
        name: format!("closedset-nightfall-main-{name}"),
        description: format!("Segment {name}"),
        rules,
        tags: tags("a"),
    }
}

fn rule(direction: Direction, protocol: &str, ports: Option<(u16, u16)>, peer: Peer) -> Rule {
    let description = "Pixel streaming.".to_owned();
    Rule { direction, protocol: protocol.to_owned(), ports, peer, description, flow: Some("stream".to_owned()) }
}

fn cidr(range: &str) -> Peer {
    Peer::Cidr(range.to_owned())
}

#[tokio::test]
async fn a_network_is_made_read_back_mended_and_removed() {
    let mut stage = Stage::with_network().await;
    stage.moto.start_counting();
    stage.assert_is("network.main", &vpc()).await;
    assert_eq!(stage.moto.calls(), ["DescribeSecurityGroups", "DescribeVpcAttribute x 2", "DescribeVpcs"]);

    let found = stage.at::<Vpc>("network.main").await;
    let hostnames = [("VpcId", found.id.as_str()), ("EnableDnsHostnames.Value", "false")];
    stage.moto.ec2("ModifyVpcAttribute", &hostnames);
    let open = [
        ("GroupId", found.facts["default_group"].as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    stage.moto.ec2("AuthorizeSecurityGroupIngress", &open);
    assert_eq!(stage.drift("network.main", &vpc()).await, ["default_group_empty", "dns_hostnames"]);
    stage.repair("network.main", &vpc()).await;
    assert_eq!(stage.moto.calls(), ["DescribeSecurityGroups", "ModifyVpcAttribute", "RevokeSecurityGroupIngress"]);
    stage.assert_is("network.main", &vpc()).await;

    // An edit of the tags: one call sets, one takes off.
    let edited = Vpc { tags: [("unit".to_owned(), "b".to_owned())].into(), ..vpc() };
    stage.repair("network.main", &edited).await;
    assert_eq!(stage.moto.calls(), ["CreateTags", "DeleteTags"]);
    stage.assert_is("network.main", &edited).await;

    stage.delete::<Vpc>("network.main").await;
    assert_eq!(stage.live::<Vpc>().await, []);
    // It may be made again at once.
    stage.create("network.main", &vpc()).await;
    stage.assert_is("network.main", &vpc()).await;
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_network() {
    let mut stage = Stage::new().await;
    stage.moto.lose_answer("CreateVpc");
    let first = stage.create("network.main", &vpc()).await;
    assert_eq!(stage.create("network.main", &vpc()).await, first, "a run that was cut off finds what it made");
    assert_eq!(stage.live::<Vpc>().await.len(), 1);
    stage.assert_is("network.main", &vpc()).await;
}

#[tokio::test]
async fn what_bears_our_mark_without_an_address_is_a_stray() {
    let stage = Stage::new().await;
    let tagged = [
        ("CidrBlock", "10.9.0.0/16"),
        ("TagSpecification.1.ResourceType", "vpc"),
        ("TagSpecification.1.Tag.1.Key", "closedset:production"),
        ("TagSpecification.1.Tag.1.Value", "nightfall"),
    ];
    stage.moto.ec2("CreateVpc", &tagged);
    let live = stage.live::<Vpc>().await;
    assert_eq!(live.len(), 1);
    assert_eq!(live[0].address.as_str(), format!("stray.vpc/{}", live[0].id));
}

#[tokio::test]
async fn subnets_give_no_public_addresses_and_are_found_by_their_range() {
    let mut stage = Stage::with_network().await;
    let (near, far) = (subnet("10.40.0.0/20", "a"), subnet("10.40.16.0/20", "b"));
    stage.create("network.main.desks/a", &near).await;
    stage.moto.lose_answer("CreateSubnet");
    let id = stage.create("network.main.desks/b", &far).await;
    assert_eq!(stage.create("network.main.desks/b", &far).await, id, "the range is taken, by our own");
    stage.moto.start_counting();
    assert_eq!(stage.live::<Subnet>().await.len(), 2);
    assert_eq!(stage.moto.calls(), ["DescribeSubnets"]);

    stage.moto.ec2("ModifySubnetAttribute", &[("SubnetId", &id), ("MapPublicIpOnLaunch.Value", "true")]);
    assert_eq!(stage.drift("network.main.desks/b", &far).await, ["public_addresses"]);
    stage.repair("network.main.desks/b", &far).await;
    assert_eq!(stage.moto.calls(), ["ModifySubnetAttribute"]);
    stage.assert_is("network.main.desks/a", &near).await;
    stage.assert_is("network.main.desks/b", &far).await;

    // A range that somebody else took is no subnet of ours.
    let vpc = stage.cloud.id(&Address::new("network.main")).expect("it was made");
    stage.moto.ec2("CreateSubnet", &[("VpcId", &vpc), ("CidrBlock", "10.40.32.0/20")]);
    let taken = subnet("10.40.32.0/20", "a");
    let identity = stage.identity("network.main.desks/c", &taken.clone().into());
    let refused = taken.create(&stage.cloud, &identity).await.expect_err("the range is taken");
    assert_eq!(refused.class, ErrorClass::Exists);

    stage.delete::<Subnet>("network.main.desks/a").await;
    stage.delete::<Subnet>("network.main.desks/b").await;
    assert_eq!(stage.live::<Subnet>().await, []);
}

#[tokio::test]
async fn a_gateway_is_attached_once_and_again_when_somebody_detaches_it() {
    let mut stage = Stage::with_network().await;
    stage.moto.lose_answer("CreateInternetGateway");
    stage.moto.lose_answer("AttachInternetGateway");
    let id = stage.create("network.main.igw", &gateway()).await;
    assert_eq!(stage.create("network.main.igw", &gateway()).await, id);
    assert_eq!(stage.live::<InternetGateway>().await.len(), 1);
    stage.assert_is("network.main.igw", &gateway()).await;

    let vpc = stage.cloud.id(&Address::new("network.main")).expect("it was made");
    stage.moto.ec2("DetachInternetGateway", &[("InternetGatewayId", &id), ("VpcId", &vpc)]);
    assert_eq!(stage.drift("network.main.igw", &gateway()).await, ["vpc"]);
    stage.repair("network.main.igw", &gateway()).await;
    assert_eq!(stage.moto.calls(), ["AttachInternetGateway"]);
    stage.assert_is("network.main.igw", &gateway()).await;

    stage.delete::<InternetGateway>("network.main.igw").await;
    assert_eq!(stage.live::<InternetGateway>().await, []);
}

#[tokio::test]
async fn a_gateway_that_lost_its_run_before_it_was_attached_is_attached_by_the_next() {
    let mut stage = Stage::with_network().await;
    let loose = InternetGateway { vpc: None, tags: tags("a") };
    let identity = stage.identity("network.main.igw", &gateway().into());
    let id = loose.create(&stage.cloud, &identity).await.expect("it is created");
    assert_eq!(stage.create("network.main.igw", &gateway()).await, id);
    stage.assert_is("network.main.igw", &gateway()).await;
}

#[tokio::test]
async fn routes_and_associations_are_brought_back() {
    let mut stage = Stage::with_network().await;
    let gateway_id = stage.create("network.main.igw", &gateway()).await;
    let subnet_a = stage.create("network.main.desks/a", &subnet("10.40.0.0/20", "a")).await;
    stage.create("network.main.edge/a", &subnet("10.40.16.0/20", "a")).await;
    let inner = routes(&[], &["network.main.desks/a"]);
    let outer = routes(&[("0.0.0.0/0", "network.main.igw")], &["network.main.edge/a"]);
    let table = stage.create("network.main.routes/content", &inner).await;
    stage.create("network.main.routes/edge", &outer).await;
    stage.moto.start_counting();
    assert_eq!(stage.live::<RouteTable>().await.len(), 2);
    assert_eq!(stage.moto.calls(), ["DescribeRouteTables"]);
    stage.assert_is("network.main.routes/content", &inner).await;
    stage.assert_is("network.main.routes/edge", &outer).await;

    // A way out of the content tier, and a subnet that no longer follows its table.
    let way_out = [("RouteTableId", table.as_str()), ("DestinationCidrBlock", "0.0.0.0/0"), ("GatewayId", &gateway_id)];
    stage.moto.ec2("CreateRoute", &way_out);
    let found = stage.at::<RouteTable>("network.main.routes/content").await;
    let association = &found.facts[&format!("association/{subnet_a}")];
    stage.moto.ec2("DisassociateRouteTable", &[("AssociationId", association)]);
    assert_eq!(stage.drift("network.main.routes/content", &inner).await, ["routes.0.0.0.0/0", "subnets"]);
    stage.repair("network.main.routes/content", &inner).await;
    assert_eq!(stage.moto.calls(), ["AssociateRouteTable", "DeleteRoute", "DescribeRouteTables"]);
    stage.assert_is("network.main.routes/content", &inner).await;

    // A subnet moves to another tier.
    let wider = routes(&[("0.0.0.0/0", "network.main.igw")], &["network.main.desks/a", "network.main.edge/a"]);
    stage.repair("network.main.routes/edge", &wider).await;
    assert_eq!(stage.moto.calls(), ["CreateTags", "DescribeRouteTables", "ReplaceRouteTableAssociation"]);
    stage.assert_is("network.main.routes/edge", &wider).await;
    assert_eq!(stage.drift("network.main.routes/content", &inner).await, ["subnets"]);

    stage.delete::<RouteTable>("network.main.routes/edge").await;
    stage.delete::<RouteTable>("network.main.routes/content").await;
    assert_eq!(stage.live::<RouteTable>().await, []);
}

#[tokio::test]
async fn groups_may_name_each_other_and_are_mended_rule_by_rule() {
    use Direction::{Egress, Ingress};
    let mut stage = Stage::with_network().await;
    // Who finishes a group knows the production from what was observed before.
    stage.cloud.observe(&stage.scope).await.expect("it is observed");
    stage.create("prefix_list.offices", &offices(&[("203.0.113.0/24", "Soho")], 10)).await;
    let desks = Peer::Group(Address::new("network.main.desks"));
    let edge = Peer::Group(Address::new("network.main.edge"));
    let list = Peer::PrefixList(Address::new("prefix_list.offices"));
    let inner = group(
        "desks",
        vec![
            rule(Ingress, "tcp", Some((8443, 8443)), edge.clone()),
            rule(Ingress, "udp", Some((8443, 8443)), edge),
            rule(Ingress, "icmp", None, cidr("10.40.0.0/16")),
            rule(Ingress, "tcp", Some((8443, 8443)), cidr("2001:db8::/32")),
        ],
    );
    let outer = group(
        "edge",
        vec![
            rule(Egress, "tcp", Some((8443, 8443)), desks),
            rule(Ingress, "tcp", Some((443, 443)), list),
            rule(Ingress, "udp", Some((5000, 5010)), cidr("198.51.100.0/24")),
        ],
    );
    let id = stage.create("network.main.desks", &inner).await;
    stage.moto.lose_answer("CreateSecurityGroup");
    let other = stage.create("network.main.edge", &outer).await;
    assert_eq!(stage.create("network.main.edge", &outer).await, other, "the name is taken, by our own");
    stage.moto.lose_answer("AuthorizeSecurityGroupIngress");
    inner.finish(&stage.cloud, &id).await.expect("its rules are made");
    outer.finish(&stage.cloud, &other).await.expect("its rules are made");
    stage.moto.start_counting();
    assert_eq!(stage.live::<SecurityGroup>().await.len(), 2);
    assert_eq!(stage.moto.calls(), ["DescribeSecurityGroupRules", "DescribeSecurityGroups"]);
    stage.assert_is("network.main.desks", &inner).await;
    stage.assert_is("network.main.edge", &outer).await;
    // The bulk read puts the same addresses in the place of ids.
    let observed = stage.cloud.observe(&stage.scope).await.expect("it is observed");
    for (address, spec) in [("network.main.desks", &inner), ("network.main.edge", &outer)] {
        assert_eq!(compare(&spec.clone().into(), &observed.found[&Address::new(address)].resource), []);
    }

    // Somebody opens SSH, closes streaming, and rewrites the reason of the third.
    let found = stage.at::<SecurityGroup>("network.main.desks").await;
    let (udp, _) = found.facts.iter().find(|(_, rule)| rule.contains("udp")).expect("its rule is noted");
    let open = [
        ("GroupId", id.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "22"),
        ("IpPermissions.1.ToPort", "22"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"),
    ];
    stage.moto.ec2("AuthorizeSecurityGroupIngress", &open);
    let close = [("GroupId", id.as_str()), ("SecurityGroupRuleId.1", &udp["rule/".len()..])];
    stage.moto.ec2("RevokeSecurityGroupIngress", &close);
    let reword = [
        ("GroupId", id.as_str()),
        ("IpPermissions.1.IpProtocol", "icmp"),
        ("IpPermissions.1.FromPort", "-1"),
        ("IpPermissions.1.ToPort", "-1"),
        ("IpPermissions.1.IpRanges.1.CidrIp", "10.40.0.0/16"),
        ("IpPermissions.1.IpRanges.1.Description", "Because."),
    ];
    stage.moto.ec2("UpdateSecurityGroupRuleDescriptionsIngress", &reword);
    assert_eq!(
        stage.drift("network.main.desks", &inner).await,
        [
            "rules.ingress.stream icmp from 10.40.0.0/16",
            "rules.ingress.stream udp/8443 from network.main.edge",
            "rules.ingress.undeclared tcp/22 from 0.0.0.0/0",
        ]
    );
    stage.repair("network.main.desks", &inner).await;
    let calls = ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "RevokeSecurityGroupIngress"];
    assert_eq!(stage.moto.calls(), calls);
    stage.assert_is("network.main.desks", &inner).await;

    // The rules bear the production's mark, so that a search for residue finds them.
    let marked = [("Filter.1.Name", "tag:closedset:production"), ("Filter.1.Value.1", "nightfall")];
    let rules = stage.moto.ec2("DescribeSecurityGroupRules", &marked);
    assert_eq!(rules.matches("<securityGroupRuleId>").count(), 7, "{rules}");

    stage.delete::<SecurityGroup>("network.main.desks").await;
    stage.delete::<SecurityGroup>("network.main.edge").await;
    assert_eq!(stage.live::<SecurityGroup>().await, []);
}

#[tokio::test]
async fn a_strangers_group_of_the_same_name_is_never_taken_over() {
    let stage = Stage::with_network().await;
    let vpc = stage.cloud.id(&Address::new("network.main")).expect("it was made");
    let strange =
        [("VpcId", vpc.as_str()), ("GroupName", "closedset-nightfall-main-desks"), ("GroupDescription", "Mine.")];
    stage.moto.ec2("CreateSecurityGroup", &strange);
    let spec = group("desks", vec![]);
    let identity = stage.identity("network.main.desks", &spec.clone().into());
    let refused = spec.create(&stage.cloud, &identity).await.expect_err("the name is taken");
    assert_eq!(refused.class, ErrorClass::Exists);
}

fn offices(entries: &[(&str, &str)], max_entries: u32) -> PrefixList {
    PrefixList {
        name: "offices".to_owned(),
        family: "IPv4".to_owned(),
        max_entries,
        entries: entries.iter().map(|(range, words)| ((*range).to_owned(), (*words).to_owned())).collect(),
        tags: tags("a"),
    }
}

#[tokio::test]
async fn a_long_prefix_list_is_filled_in_steps_and_brought_back() {
    let mut stage = Stage::new().await;
    let ranges: Vec<String> = (0..130).map(|number| format!("10.0.{number}.0/24")).collect();
    let entries: Vec<(&str, &str)> = ranges.iter().map(|range| (range.as_str(), "Soho")).collect();
    let list = offices(&entries, 130);
    stage.moto.start_counting();
    let id = stage.create("prefix_list.offices", &list).await;
    assert!(stage.moto.calls().contains(&"ModifyManagedPrefixList".to_owned()), "{:?}", stage.moto.calls());
    stage.assert_is("prefix_list.offices", &list).await;
    // The list of AWS for S3 came along.
    let s3 = Address::new(format!("com.amazonaws.{REGION}.s3"));
    assert!(stage.cloud.id(&s3).expect("it is learnt").starts_with("pl-"));

    let meddle = [
        ("PrefixListId", id.as_str()),
        ("PrefixListName", "offices"),
        ("CurrentVersion", "2"),
        ("AddEntry.1.Cidr", "0.0.0.0/1"),
        ("RemoveEntry.1.Cidr", "10.0.7.0/24"),
    ];
    stage.moto.ec2("ModifyManagedPrefixList", &meddle);
    let drift = ["entries.0.0.0.0/1", "entries.10.0.7.0/24"];
    assert_eq!(stage.drift("prefix_list.offices", &list).await, drift);
    stage.repair("prefix_list.offices", &list).await;
    stage.assert_is("prefix_list.offices", &list).await;

    // Other words for an entry, and another name for the list.
    let mut reworded = PrefixList { name: "sites".to_owned(), ..list };
    reworded.entries.insert("10.0.3.0/24".to_owned(), "Leeds".to_owned());
    stage.repair("prefix_list.offices", &reworded).await;
    stage.assert_is("prefix_list.offices", &reworded).await;

    stage.delete::<PrefixList>("prefix_list.offices").await;
    assert_eq!(stage.live::<PrefixList>().await, []);
}

fn endpoint(service: &str, endpoint_type: EndpointType) -> VpcEndpoint {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
         "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}},
    ]});
    let interface = endpoint_type == EndpointType::Interface;
    VpcEndpoint {
        vpc: Address::new("network.main"),
        service: format!("com.amazonaws.{REGION}.{service}"),
        endpoint_type,
        subnets: addresses(if interface { &["network.main.desks/a"] } else { &[] }),
        route_tables: addresses(if interface { &[] } else { &["network.main.routes/content"] }),
        security_groups: addresses(if interface { &["network.main.endpoints"] } else { &[] }),
        private_dns: interface,
        policy: Document::new(&policy),
        tags: tags("a"),
    }
}

#[tokio::test]
async fn endpoints_keep_their_policies_places_and_groups() {
    let mut stage = Stage::with_network().await;
    stage.create("network.main.desks/a", &subnet("10.40.0.0/20", "a")).await;
    stage.create("network.main.desks/b", &subnet("10.40.16.0/20", "b")).await;
    stage.create("network.main.routes/content", &routes(&[], &["network.main.desks/a"])).await;
    stage.create("network.main.endpoints", &group("endpoints", vec![])).await;
    let (s3, ssm) = (endpoint("s3", EndpointType::Gateway), endpoint("ssm", EndpointType::Interface));
    stage.create("network.main.endpoint/s3", &s3).await;
    let id = stage.create("network.main.endpoint/ssm", &ssm).await;
    VpcEndpoint::settled(&stage.cloud, &id).await.expect("it comes up");
    stage.moto.start_counting();
    assert_eq!(stage.live::<VpcEndpoint>().await.len(), 2);
    assert_eq!(stage.moto.calls(), ["DescribeVpcEndpoints"]);
    stage.assert_is("network.main.endpoint/s3", &s3).await;
    stage.assert_is("network.main.endpoint/ssm", &ssm).await;
    // The route that a gateway endpoint puts into a table isn't the table's.
    stage.assert_is("network.main.routes/content", &routes(&[], &["network.main.desks/a"])).await;

    let open = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#;
    stage.moto.ec2("ModifyVpcEndpoint", &[("VpcEndpointId", &id), ("PolicyDocument", open)]);
    assert_eq!(stage.drift("network.main.endpoint/ssm", &ssm).await, ["policy"]);
    // It is mended and moved to another zone in one call: they come three in ten seconds.
    let moved = VpcEndpoint { subnets: addresses(&["network.main.desks/b"]), ..ssm };
    stage.repair("network.main.endpoint/ssm", &moved).await;
    assert_eq!(stage.moto.calls(), ["CreateTags", "ModifyVpcEndpoint"]);
    stage.assert_is("network.main.endpoint/ssm", &moved).await;

    stage.delete::<VpcEndpoint>("network.main.endpoint/ssm").await;
    stage.delete::<VpcEndpoint>("network.main.endpoint/s3").await;
    assert_eq!(stage.live::<VpcEndpoint>().await, []);
}
