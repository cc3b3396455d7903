//! What passes on the floor as it is declared, and nothing else.

use super::*;

#[test]
fn what_is_declared_passes_and_nothing_else() {
    let (_, resources) = floor(&[]);
    let reach = Reach::of(&resources);
    assert_eq!(
        lines(&reach),
        [
            "network.main.edge -> network.main.workstations: tcp/8443",
            "network.main.edge -> network.main.workstations: udp/8443",
            "network.main.storage -> network.main.endpoint/kms: tcp/443",
            "network.main.storage -> network.main.endpoint/s3: tcp/443",
            "network.main.workstations -> network.main.storage: tcp/2049",
            "network.main.workstations -> network.main.endpoint/kms: tcp/443",
            "network.main.workstations -> network.main.endpoint/s3: tcp/443",
            "prefix_list.offices -> network.main.edge: tcp/8443 [198.51.100.0/26, 203.0.113.0/24]",
            "the Internet -> network.main.edge: tcp/8443 [198.51.100.0/26, 203.0.113.0/24]",
        ]
    );
    assert_eq!(reach.unknown().collect::<Vec<_>>(), Vec::<&str>::new());
    assert!(reach.assumptions().iter().any(|one| one.contains("Network ACLs")));
}

#[test]
fn a_passage_names_what_lets_it_through() {
    let (_, resources) = floor(&[]);
    let reach = Reach::of(&resources);
    let why = |from: Place, to: Place| -> Vec<String> {
        reach.between(&from, &to).iter().flat_map(|one| &one.by).map(ToString::to_string).collect()
    };
    assert_eq!(
        why(Place::segment("network.main.workstations"), Place::segment("network.main.storage")),
        [
            "network.main.storage lets tcp/2049 in from network.main.workstations (flow projects)",
            "network.main.workstations lets tcp/2049 out to network.main.storage (flow projects)",
        ]
    );
    assert_eq!(
        why(Place::PrefixList("prefix_list.offices".into()), Place::segment("network.main.edge")),
        [
            "network.main.edge lets tcp/8443 in from prefix_list.offices (flow sign-in)",
            "network.main.routes/edge sends 0.0.0.0/0 to network.main.igw",
            "a machine there may have a public address",
        ]
    );
    assert_eq!(
        why(Place::segment("network.main.workstations"), Place::Endpoint("network.main.endpoint/s3".into())),
        [
            "network.main.workstations lets tcp/443 out to com.amazonaws.us-west-2.s3 (flow endpoints)",
            "the policy of network.main.endpoint/s3 allows named resources or accounts only",
        ]
    );
}

#[test]
fn the_declared_floor_has_no_violations() {
    let (blueprint, resources) = floor(&[]);
    let reach = Reach::of(&resources);
    let workstations = Address::from("network.main.workstations");
    assert_eq!(reach.open_to_internet(), []);
    assert_eq!(reach.egress_beyond_declared(&DeclaredFlow::all(&blueprint)), []);
    assert_eq!(reach.lateral(&workstations), []);
    assert_eq!(reach.internet_paths(&workstations), []);
    assert_eq!(reach.routes_out(&workstations), []);
    assert_eq!(reach.open_endpoints(&workstations), []);
    let edge = Address::from("network.main.edge");
    assert_eq!(
        words(&reach.internet_paths(&edge)),
        ["network.main.edge is reached from the Internet by tcp/8443: 198.51.100.0/26, 203.0.113.0/24"]
    );
}

#[test]
fn the_same_resources_give_the_same_bytes() {
    let (_, resources) = floor(&[]);
    let bytes = |reach: Reach| serde_json::to_string(&reach.matrix()).expect("it can be written");
    let one = bytes(Reach::of(&resources));
    assert_eq!(one, bytes(Reach::of(&resources)));
    assert!(
        one.contains(r#"{"protocol":"tcp","ports":[2049,2049],"by":[{"by":"rule","group":"network.main.storage""#),
        "{one}"
    );
}

/// An IPv6 range is declared, and no route leads there.
#[test]
fn without_a_route_nothing_passes() {
    let (_, resources) = floor(&[("from   = prefix_list.offices", "from   = [\"2001:db8::/48\"]")]);
    let reach = Reach::of(&resources);
    let range = Place::Range("2001:db8::/48".parse().expect("a range"));
    assert!(reach.places().contains(&range));
    assert_eq!(reach.between(&range, &Place::segment("network.main.edge")), []);
}
