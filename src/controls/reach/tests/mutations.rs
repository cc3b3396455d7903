//! What somebody changed by hand, and what it opens.

use super::*;
use crate::resource::{Document, Found, Kind, Observed, Status, Unreadable};

const WORKSTATIONS: &str = "network.main.workstations";

fn workstations() -> Address {
    Address::from(WORKSTATIONS)
}

#[test]
fn a_rule_without_a_route_is_open_and_leads_nowhere() {
    let (blueprint, mut resources) = floor(&[]);
    group_mut(&mut resources, WORKSTATIONS).rules.push(rule(Direction::Egress, "-1", None, cidr("0.0.0.0/0")));
    let reach = Reach::of(&resources);
    assert_eq!(reach.internet_paths(&workstations()), []);
    let open = reach.open_to_internet();
    assert_eq!(open.len(), 1);
    assert!(!open[0].passes);
    assert!(open[0].words.starts_with("network.main.workstations lets all out to "), "{}", open[0].words);
    assert!(open[0].words.ends_with("no way leads there today, so the rule alone is open"), "{}", open[0].words);
    let beyond = reach.egress_beyond_declared(&DeclaredFlow::all(&blueprint));
    assert_eq!(words(&beyond), ["network.main.workstations lets all out to 0.0.0.0/0, and no flow declares that"]);
}

#[test]
fn a_rule_with_a_route_and_an_address_is_a_path() {
    let (_, mut resources) = floor(&[]);
    group_mut(&mut resources, WORKSTATIONS).rules.push(rule(
        Direction::Egress,
        "tcp",
        Some((443, 443)),
        cidr("203.0.113.7/32"),
    ));
    let table = table_mut(&mut resources, "network.main.routes/content");
    table.routes.insert("0.0.0.0/0".to_owned(), "network.main.igw".into());
    assert_eq!(Reach::of(&resources).internet_paths(&workstations()), [], "no seat has a public address");
    assert_eq!(
        Reach::of(&resources).routes_out(&workstations()).iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["network.main.routes/content sends 0.0.0.0/0 to network.main.igw"]
    );

    let Some(Resource::Seat(seat)) = resources.get_mut(&Address::seat("comp", 2)) else { panic!() };
    seat.public_address = true;
    let paths = Reach::of(&resources).internet_paths(&workstations());
    assert_eq!(
        paths.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["network.main.workstations reaches the Internet by tcp/443: 203.0.113.7/32: network.main.workstations lets \
          tcp/443 out to 203.0.113.7/32 (\"by hand\"); network.main.routes/content sends 0.0.0.0/0 to network.main.igw; a \
          seat there has a public address"]
    );
}

#[test]
fn translation_needs_no_address_and_lets_nobody_in() {
    let (_, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, WORKSTATIONS);
    own.rules.push(rule(Direction::Egress, "tcp", Some((443, 443)), cidr("8.8.8.0/24")));
    own.rules.push(rule(Direction::Ingress, "tcp", Some((22, 22)), cidr("8.8.8.0/24")));
    let table = table_mut(&mut resources, "network.main.routes/content");
    table.routes.insert("0.0.0.0/0".to_owned(), "nat-0123456789abcdef0".into());
    let paths = Reach::of(&resources).internet_paths(&workstations());
    assert_eq!(words(&paths), ["network.main.workstations reaches the Internet by tcp/443: 8.8.8.0/24"]);
}

#[test]
fn a_peering_leads_to_its_range_alone() {
    let (_, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, WORKSTATIONS);
    own.rules.push(rule(Direction::Egress, "tcp", Some((445, 445)), cidr("172.16.0.0/12")));
    let table = table_mut(&mut resources, "network.main.routes/content");
    table.routes.insert("172.20.0.0/16".to_owned(), "pcx-0123456789abcdef0".into());
    let reach = Reach::of(&resources);
    let office = Place::Range("172.16.0.0/12".parse().expect("a range"));
    let passages = reach.between(&Place::Segment(workstations()), &office);
    assert_eq!(passages.len(), 1);
    assert_eq!(passages[0].addresses, ["172.20.0.0/16".parse().expect("a range")]);
    assert_eq!(reach.internet_paths(&workstations()), []);
}

#[test]
fn a_gateway_of_another_network_is_no_way_out() {
    let (_, mut resources) = floor(&[]);
    let Some(Resource::InternetGateway(gateway)) = resources.get_mut(&Address::from("network.main.igw")) else {
        panic!()
    };
    gateway.vpc = Some("network.other".into());
    assert_eq!(Reach::of(&resources).internet_paths(&"network.main.edge".into()), []);
}

#[test]
fn an_open_prefix_list_opens_what_names_it() {
    let (_, mut resources) = floor(&[]);
    let Some(Resource::PrefixList(list)) = resources.get_mut(&Address::from("prefix_list.offices")) else { panic!() };
    for half in ["0.0.0.0/1", "128.0.0.0/1"] {
        list.entries.insert(half.to_owned(), String::new());
    }
    let open = Reach::of(&resources).open_to_internet();
    assert_eq!(open.len(), 1);
    assert!(
        open[0].passes && open[0].words.starts_with("network.main.edge lets tcp/8443 in from "),
        "{}",
        open[0].words
    );
}

#[test]
fn halves_of_the_internet_by_two_rules_are_the_internet() {
    let (_, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, "network.main.edge");
    own.rules.push(rule(Direction::Ingress, "tcp", Some((20, 30)), cidr("0.0.0.0/2")));
    own.rules.push(rule(Direction::Ingress, "tcp", Some((22, 80)), cidr("64.0.0.0/2")));
    own.rules.push(rule(Direction::Ingress, "udp", Some((22, 22)), cidr("8.0.0.0/8")));
    let open = Reach::of(&resources).open_to_internet();
    let found: Vec<String> = open.iter().map(|one| one.traffic.to_string()).collect();
    assert_eq!(found, ["tcp/20-30", "tcp/22-30", "tcp/22-80"], "a /8 is somebody's");
}

#[test]
fn a_wider_prefix_list_lets_more_out_than_is_declared() {
    let (blueprint, mut resources) = floor(&[(
        "  endpoints = ",
        "  flow \"render\" {\n    from   = network.main.workstations\n    to     = prefix_list.offices\n    \
         ports  = [\"tcp/8000-8010\"]\n    reason = \"Jobs.\"\n  }\n\n  endpoints = ",
    )]);
    let flows = DeclaredFlow::all(&blueprint);
    assert_eq!(Reach::of(&resources).egress_beyond_declared(&flows), []);
    let Some(Resource::PrefixList(list)) = resources.get_mut(&Address::from("prefix_list.offices")) else { panic!() };
    list.entries.insert("203.0.112.0/23".to_owned(), "wider".to_owned());
    assert_eq!(
        words(&Reach::of(&resources).egress_beyond_declared(&flows)),
        ["network.main.workstations lets tcp/8000-8010 out to 203.0.112.0/24, and no flow declares that"]
    );
}

#[test]
fn ports_around_a_declared_one_are_beyond_it() {
    let (blueprint, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, WORKSTATIONS);
    own.rules.push(rule(Direction::Egress, "tcp", Some((2000, 2100)), Peer::Group("network.main.storage".into())));
    let beyond = Reach::of(&resources).egress_beyond_declared(&DeclaredFlow::all(&blueprint));
    assert_eq!(
        words(&beyond),
        [
            "network.main.workstations lets tcp/2000-2048 out to network.main.storage, and no flow declares that",
            "network.main.workstations lets tcp/2050-2100 out to network.main.storage, and no flow declares that",
        ]
    );
    assert!(beyond.iter().all(|one| !one.passes), "the storage lets none of them in");
}

#[test]
fn an_overlapping_range_reaches_the_segments_within_it() {
    let (_, mut resources) = floor(&[]);
    // Half of the network, in which the workstations are; both ends have to open.
    let own = group_mut(&mut resources, WORKSTATIONS);
    own.rules.push(rule(Direction::Egress, "tcp", Some((4000, 4100)), cidr("10.40.0.0/17")));
    assert_eq!(Reach::of(&resources).lateral(&workstations()), []);
    let own = group_mut(&mut resources, WORKSTATIONS);
    own.rules.push(rule(Direction::Ingress, "tcp", Some((4050, 5000)), cidr("10.40.16.0/24")));
    assert_eq!(
        words(&Reach::of(&resources).lateral(&workstations())),
        ["machines in network.main.workstations reach each other by tcp/4050-4100"]
    );
}

#[test]
fn a_second_group_opens_its_bearer_alone() {
    let (_, mut resources) = floor(&[]);
    let Some(Resource::Seat(seat)) = resources.get_mut(&Address::seat("comp", 1)) else { panic!() };
    seat.segments.insert("network.main.storage".into());
    let reach = Reach::of(&resources);
    // It is a storage server now, which its neighbours may mount.
    assert_eq!(
        words(&reach.lateral(&workstations())),
        ["machines in network.main.workstations reach each other by tcp/2049"]
    );
    let Some(Resource::Seat(seat)) = resources.get_mut(&Address::seat("comp", 1)) else { panic!() };
    seat.segments.insert("sg-0123456789abcdef0".into());
    assert_eq!(
        Reach::of(&resources).unknown().collect::<Vec<_>>(),
        ["workstation_pool.comp[001] bears the security group sg-0123456789abcdef0, whose rules aren't known"]
    );
}

#[test]
fn what_is_not_known_is_taken_for_open() {
    let (_, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, "network.main.edge");
    own.rules.push(rule(Direction::Egress, "tcp", Some((443, 443)), Peer::PrefixList("pl-0123456789abcdef0".into())));
    table_mut(&mut resources, "network.main.routes/content").subnets.clear();
    let reach = Reach::of(&resources);
    assert!(words(&reach.internet_paths(&"network.main.edge".into()))[0].contains("reaches the Internet by tcp/443"));
    let unknown: Vec<&str> = reach.unknown().collect();
    assert!(
        unknown.iter().any(|one| one.contains("names pl-0123456789abcdef0, whose entries aren't known")),
        "{unknown:?}"
    );
    assert!(unknown.iter().any(|one| one.contains("follows no route table that is known")), "{unknown:?}");
}

#[test]
fn an_open_endpoint_carries_content_to_anyone() {
    let (_, mut resources) = floor(&[]);
    let Some(Resource::VpcEndpoint(endpoint)) = resources.get_mut(&Address::from("network.main.endpoint/s3")) else {
        panic!()
    };
    endpoint.policy =
        Document::parse(r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#);
    assert_eq!(
        words(&Reach::of(&resources).open_endpoints(&workstations())),
        ["network.main.workstations reaches resources of any account by tcp/443 through network.main.endpoint/s3"]
    );
}

#[test]
fn a_service_without_its_endpoint_is_reached_through_the_gateway() {
    let (_, mut resources) = floor(&[]);
    let own = group_mut(&mut resources, "network.main.edge");
    let list = Peer::PrefixList("com.amazonaws.us-west-2.s3".into());
    own.rules.push(rule(Direction::Egress, "tcp", Some((443, 443)), list));
    let paths = Reach::of(&resources).internet_paths(&"network.main.edge".into());
    assert!(
        words(&paths).contains(
            &"network.main.edge reaches the Internet by tcp/443: public addresses of an AWS service".to_owned()
        ),
        "{paths:?}"
    );
}

/// The floor as it would be seen live.
fn observed(resources: BTreeMap<Address, Resource>) -> Observed {
    let found = resources.into_iter().map(|(address, resource)| {
        let id = format!("id-of-{address}");
        let found = Found {
            address: address.clone(),
            id,
            resource,
            digest: None,
            protected: false,
            status: Status::Ready,
            facts: BTreeMap::new(),
        };
        (address, found)
    });
    Observed { found: found.collect(), ..Observed::default() }
}

#[test]
fn a_live_state_answers_as_the_declared_one_does() {
    let (_, resources) = floor(&[]);
    let declared = Reach::of(&resources).matrix();
    assert_eq!(Reach::of_observed(&observed(resources)).matrix(), declared);
}

#[test]
fn leftovers_count_and_gaps_are_named() {
    let (_, resources) = floor(&[]);
    let mut live = observed(resources);
    // A second seat that claims the address of the first, in the group of the storage.
    let mut leftover = live.found[&Address::seat("comp", 1)].clone();
    let Resource::Seat(seat) = &mut leftover.resource else { panic!() };
    seat.segments.insert("network.main.storage".into());
    live.duplicates.push(leftover);
    live.unreadable.push(Unreadable {
        kind: Kind::PrefixList,
        address: None,
        call: "ec2:DescribeManagedPrefixLists".to_owned(),
        words: "UnauthorizedOperation".to_owned(),
    });
    let reach = Reach::of_observed(&live);
    assert_eq!(
        words(&reach.lateral(&workstations())),
        ["machines in network.main.workstations reach each other by tcp/2049"]
    );
    assert_eq!(
        reach.unknown().collect::<Vec<_>>(),
        ["prefix lists could not be read: ec2:DescribeManagedPrefixLists says UnauthorizedOperation"]
    );
}
