//! What holds for any two small floors A and B. Cases come from a fixed seed, so that every run tries the same ones;
//! `CLOSEDSET_TEST_CASES` says how many.

use std::collections::BTreeSet;

use closedset::plan::{Action, Plan};
use closedset::rehearsal::{Request, Settings};
use closedset::resource::{Address, Desired, Observed};
use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use proptest::sample::subsequence;
use proptest::test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value};

use crate::invariants::{differences, rest, violations};
use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE, NEXT_IMAGE};

fn floors() -> impl Strategy<Value = Floor> {
    let ports = subsequence(vec!["tcp/443", "tcp/8443", "udp/8443", "icmp"], 1..=3);
    let endpoints = subsequence(vec!["s3", "ssm", "logs"], 0..=3);
    let offices = prop::collection::btree_set(1_u8..9, 1..4);
    let tags = subsequence(vec![("unit", "main"), ("budget", "vfx"), ("desk", "left")], 0..=3);
    let image = prop_oneof![3 => Just(IMAGE), 1 => Just(NEXT_IMAGE)];
    let cache = prop_oneof![3 => Just(Some(100)), 1 => Just(None)];
    let family = prop::bool::weighted(0.25);
    (1_u32..5, 1_usize..4, image, cache, ports, endpoints, (offices, family), tags).prop_map(
        |(seats, zones, image, cache_gib, ports, endpoints, (offices, offices_in_ipv6), tags)| Floor {
            seats,
            zones,
            image,
            cache_gib,
            ports,
            endpoints,
            offices: offices.into_iter().collect(),
            offices_in_ipv6,
            tags,
            max_unavailable: 2,
            ..Floor::default()
        },
    )
}

/// Tries a property on pairs of floors, each in a runtime of its own.
fn for_pairs(check: impl AsyncFn(&Floor, &Floor)) {
    let cases = std::env::var("CLOSEDSET_TEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(5);
    // A pair that fails is written down there, and is tried first from then on.
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct("tests/cases/properties.txt")) as _);
    let source_file = Some(file!());
    let config = Config { cases, failure_persistence, source_file, max_shrink_iters: 12, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&(floors(), floors()), |(a, b)| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        runtime.expect("a runtime").block_on(check(&a, &b));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

async fn stage() -> Stage {
    let windows_images = [IMAGE, NEXT_IMAGE].map(str::to_owned).into();
    Stage::new(Settings { windows_images, ..Settings::default() }).await
}

/// Applies a floor, and holds what was done against what was planned.
async fn apply(stage: &Stage, floor: &Floor) -> Desired {
    let desired = stage.desired(&floor.text()).await;
    let (plan, before) = stage.plan(&desired).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{:#?}\n{outcome:#?}", words(&plan));
    let after = stage.observe().await;
    assert_eq!(unplanned(&plan, &before, &after), Vec::<String>::new());
    assert_eq!(violations(&stage.world, &after), Vec::<String>::new());
    desired
}

/// What came, went or changed without being in the plan.
fn unplanned(plan: &Plan, before: &Observed, after: &Observed) -> Vec<String> {
    let planned: BTreeSet<&Address> =
        plan.changes.iter().filter(|change| change.action != Action::None).map(|change| &change.address).collect();
    let all: BTreeSet<&Address> = before.found.keys().chain(after.found.keys()).collect();
    let moved = all.into_iter().filter(|address| {
        let look = |observed: &Observed| {
            observed.found.get(*address).map(|found| (found.id.clone(), found.resource.clone(), found.digest.clone()))
        };
        look(before) != look(after)
    });
    moved.filter(|address| !planned.contains(address)).map(ToString::to_string).collect()
}

/// A plan without changes is made twice with the same bytes, and carrying it out changes nothing.
async fn is_at_rest(stage: &Stage, desired: &Desired) {
    let (plan, _) = stage.plan(desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    let (again, _) = stage.plan(desired).await;
    let bytes = |plan: &Plan| serde_json::to_string(plan).expect("a plan is plain JSON");
    assert_eq!(bytes(&plan), bytes(&again));

    let before = stage.world.calls().len();
    assert!(stage.apply(desired).await.is_complete());
    let calls = stage.world.calls();
    let changing: Vec<&str> =
        calls[before..].iter().filter(|call| !call.reads).map(|call| call.action.as_str()).collect();
    assert_eq!(changing, Vec::<&str>::new());
}

/// The end of a floor, without what tells which way it was reached.
async fn end(stage: &Stage) -> String {
    rest().await;
    let Value::Object(mut shelves) = stage.world.snapshot() else { return String::new() };
    // Tags that are put on in the making and that no bulk read shows: nobody reads them again.
    for kind in ["us-west-2 network-interface", "iam instance-profile"] {
        for thing in shelves.get_mut(kind).and_then(Value::as_array_mut).into_iter().flatten() {
            thing["tags"] = Value::Null;
        }
    }
    serde_json::to_string_pretty(&arrived(shelves.into())).expect("a snapshot is plain JSON")
}

/// Leaves out marks of the launch (a seat that was there before was launched in another batch, a volume that came later
/// by itself), the zone of a seat that may stay where it is, counters of changes, room that a prefix list was given and
/// keeps, and the names that are made of these.
fn arrived(value: Value) -> Value {
    const WAYS: &[&str] =
        &["closedset:slots", "closedset:devices", "closedset:address", "zone", "version", "max_entries"];
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !WAYS.contains(&name.as_str()))
            .map(|(name, value)| (name, arrived(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(arrived).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        // The first name in a text stands for all: the others are of its length.
        Value::String(text) => Value::String(match text.split_once('#') {
            Some((kind, _)) => kind.to_owned(),
            None if text == "modify-complete" => "create-complete".to_owned(),
            None => text,
        }),
        other => other,
    }
}

#[test]
fn any_floor_may_follow_any_other_and_ends_as_if_it_had_been_the_first() {
    for_pairs(async |a, b| {
        let fresh = stage().await;
        let desired = apply(&fresh, b).await;
        is_at_rest(&fresh, &desired).await;
        let wanted = end(&fresh).await;

        let changed = stage().await;
        apply(&changed, a).await;
        let there = end(&changed).await;
        let desired = apply(&changed, b).await;
        is_at_rest(&changed, &desired).await;
        let got = end(&changed).await;
        assert!(wanted == got, "A then B is not B:\n{}", differences(&wanted, &got).join("\n"));

        let desired = apply(&changed, a).await;
        is_at_rest(&changed, &desired).await;
        let back = end(&changed).await;
        assert!(there == back, "A then B then A is not A:\n{}", differences(&there, &back).join("\n"));

        // A wrap leaves nothing but the key, disabled.
        let outcome = changed.wrap(&desired).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        rest().await;
        let observed = changed.observe().await;
        let left = observed.found.keys().map(Address::to_string).filter(|name| !name.starts_with("account."));
        assert_eq!(left.collect::<Vec<_>>(), ["key.content"]);
        let books = changed.world.snapshot();
        let shelves = books.as_object().into_iter().flatten().filter(|(name, _)| !name.ends_with(" switches"));
        let full = shelves.filter(|(_, things)| things.as_array().is_some_and(|things| !things.is_empty()));
        assert_eq!(full.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["us-west-2 aliases", "us-west-2 keys"]);
    });
}

/// Sends a request past the program, as somebody at a console does.
async fn by_hand(stage: &Stage, action: &str, parameters: &[(&str, &str)]) {
    let mut body = format!("Action={action}&Version=2016-11-15");
    for (name, value) in parameters {
        body += &format!("&{name}={}", value.replace('/', "%2F"));
    }
    let request =
        Request { method: "POST".to_owned(), path: "/".to_owned(), body: body.into_bytes(), ..Request::default() };
    let response = stage.world.answer(request).await.expect("nothing goes wrong here");
    assert_eq!(response.status, 200, "{}", String::from_utf8_lossy(&response.body));
}

/// What is called, with what, and what it does to the floor.
type Deed = (&'static str, Vec<(&'static str, String)>, &'static str);

#[tokio::test(start_paused = true)]
async fn what_others_change_is_found_and_repaired() {
    let stage = stage().await;
    let desired = apply(&stage, &Floor::default()).await;
    let wanted = end(&stage).await;
    let observed = stage.observe().await;
    let id = |address: &str| observed.found[&Address::from(address)].id.clone();
    let group = id("network.main.workstations");
    let list = id("prefix_list.offices");
    let deeds: Vec<Deed> = vec![
        ("TerminateInstances", vec![("InstanceId.1", id("workstation_pool.comp[002]"))], "workstation_pool.comp[002]"),
        (
            "AuthorizeSecurityGroupIngress",
            vec![
                ("GroupId", group.clone()),
                ("IpPermissions.1.IpProtocol", "tcp".to_owned()),
                ("IpPermissions.1.FromPort", "3389".to_owned()),
                ("IpPermissions.1.ToPort", "3389".to_owned()),
                ("IpPermissions.1.IpRanges.1.CidrIp", "198.51.100.0/24".to_owned()),
            ],
            "network.main.workstations",
        ),
        ("DeleteVpcEndpoints", vec![("VpcEndpointId.1", id("network.main.endpoint/ssm"))], "network.main.endpoint/ssm"),
        (
            "DeleteTags",
            vec![("ResourceId.1", id("workstation_pool.comp[001]")), ("Tag.1.Key", "unit".to_owned())],
            "workstation_pool.comp[001]",
        ),
        (
            "ModifyManagedPrefixList",
            vec![
                ("PrefixListId", list),
                ("CurrentVersion", "1".to_owned()),
                ("RemoveEntry.1.Cidr", "203.0.113.0/24".to_owned()),
            ],
            "prefix_list.offices",
        ),
        (
            "ModifyInstanceMetadataOptions",
            vec![("InstanceId", id("workstation_pool.comp[003]")), ("HttpTokens", "optional".to_owned())],
            "workstation_pool.comp[003]",
        ),
    ];
    for (action, parameters, address) in deeds {
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        by_hand(&stage, action, &parameters).await;
        rest().await;
        let (plan, _) = stage.plan(&desired).await;
        let change = plan.change(&Address::from(address)).unwrap_or_else(|| panic!("{action} goes unnoticed"));
        assert_ne!(change.action, Action::None, "{action}");
        let outcome = stage.apply(&desired).await;
        assert!(outcome.is_complete(), "{action}: {outcome:#?}");
        is_at_rest(&stage, &desired).await;
        let got = end(&stage).await;
        assert!(wanted == got, "{action}: {}", differences(&wanted, &got).join("\n"));
    }
}
