//! Plans over a small floor: two segments that talk to each other, one pool of four seats in two zones, one kept volume
//! a seat.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::resource::{
    Address, Desired, Direction, Document, Found, IamRole, InstanceProfile, KmsKey, Observed, Peer, Pool, Resource,
    Rule, Seat, SecurityGroup, Status, Subnet, Tags, Volume, Vpc,
};

fn at(path: &str) -> Address {
    Address::from(path)
}

fn group(peer: &str) -> Resource {
    let rule = Rule {
        direction: Direction::Ingress,
        protocol: "tcp".into(),
        ports: Some((8443, 8443)),
        peer: Peer::Group(at(peer)),
        description: "Pixels.".into(),
        flow: Some("stream".into()),
    };
    let (name, description) = (peer.to_owned(), "A segment.".to_owned());
    SecurityGroup { vpc: at("network.main"), name, description, rules: vec![rule], tags: Tags::new() }.into()
}

/// A floor with so many seats, of this image.
fn floor(seats: u32, image: &str) -> Desired {
    let mut resources: BTreeMap<Address, Resource> = BTreeMap::new();
    let key = KmsKey {
        alias: Some("alias/closedset/nebula/content".into()),
        description: "Content.".into(),
        state: "enabled".into(),
        rotation_days: Some(365),
        region: None,
        policy: Document::parse("{}"),
        tags: Tags::new(),
    };
    resources.insert(at("key.content"), key.into());
    let vpc = Vpc {
        cidr: "10.40.0.0/16".into(),
        dns_support: true,
        dns_hostnames: true,
        default_group_empty: true,
        tags: Tags::new(),
    };
    resources.insert(at("network.main"), vpc.into());
    let subnets = ["a", "b"].map(|zone| at(&format!("network.main.floor/us-west-2{zone}")));
    for (subnet, zone) in subnets.iter().zip(["a", "b"]) {
        let cidr = format!("10.40.{}.0/24", u8::from(zone == "b"));
        let zone = format!("us-west-2{zone}");
        let subnet_spec = Subnet { vpc: at("network.main"), cidr, zone, public_addresses: false, tags: Tags::new() };
        resources.insert(subnet.clone(), subnet_spec.into());
    }
    resources.insert(at("network.main.floor"), group("network.main.gate"));
    resources.insert(at("network.main.gate"), group("network.main.floor"));
    let role = IamRole {
        name: "comp".into(),
        path: "/closedset/nebula/".into(),
        trust: Document::parse("{}"),
        policies: BTreeMap::new(),
        managed: BTreeSet::new(),
        boundary: None,
        tags: Tags::new(),
    };
    resources.insert(at("workstation_pool.comp.role"), role.into());
    let profile = InstanceProfile {
        name: "comp".into(),
        path: "/closedset/nebula/".into(),
        role: Some(at("workstation_pool.comp.role")),
        tags: Tags::new(),
    };
    resources.insert(at("workstation_pool.comp.profile"), profile.into());
    for slot in 1..=seats {
        let address = Address::seat("comp", slot);
        let tags = Tags::from([("Name".to_owned(), format!("neb-{slot:03}"))]);
        let seat = Seat {
            image: image.into(),
            instance_types: vec!["g6.4xlarge".into(), "g5.4xlarge".into()],
            segments: BTreeSet::from([at("network.main.floor")]),
            subnets: BTreeSet::from(subnets.clone()),
            profile: Some(at("workstation_pool.comp.profile")),
            user_data: None,
            metadata_token_required: true,
            metadata_hop_limit: 1,
            metadata_tags: true,
            public_address: false,
            key_pair: None,
            ebs_optimized: true,
            detailed_monitoring: true,
            protect: false,
            tags: tags.clone(),
        };
        resources.insert(address.clone(), seat.into());
        for (name, device, keep) in [("root", "/dev/sda1", false), ("cache", "/dev/sdf", true)] {
            let volume = Volume {
                seat: Some(address.clone()),
                device: Some(device.into()),
                size_gib: 100,
                volume_type: "gp3".into(),
                iops: Some(3000),
                throughput_mibs: Some(125),
                encrypted: true,
                key: Some(at("key.content")),
                keep,
                from_snapshot: None,
                backups: Default::default(),
                tags: tags.clone(),
            };
            resources.insert(Address::volume("comp", slot, name), volume.into());
        }
    }
    let pool = Pool { seats, subnets: subnets.to_vec(), max_unavailable: 1 };
    Desired {
        production: "nebula".into(),
        account: "123456789012".into(),
        region: "us-west-2".into(),
        resources,
        pools: BTreeMap::from([("comp".to_owned(), pool)]),
        ..Desired::default()
    }
}

/// The live state right after an undisturbed apply.
fn applied(desired: &Desired) -> Observed {
    let mut observed =
        Observed { account: desired.account.clone(), region: desired.region.clone(), ..Observed::default() };
    for (address, resource) in &desired.resources {
        let mut resource = resource.clone();
        if let Resource::Seat(seat) = &mut resource {
            seat.instance_types.truncate(1);
            let home = address.slot().and_then(|(pool, slot)| desired.pools[pool].home(slot).cloned());
            seat.subnets = home.into_iter().collect();
        }
        let zone = address.slot().map(|(_, slot)| if slot % 2 == 1 { "us-west-2a" } else { "us-west-2b" });
        let found = Found {
            address: address.clone(),
            id: format!("id-of-{address}"),
            resource,
            digest: desired.digest_of(address),
            protected: false,
            status: Status::Ready,
            facts: zone.map(|zone| ("zone".to_owned(), zone.to_owned())).into_iter().collect(),
        };
        observed.found.insert(address.clone(), found);
    }
    observed
}

fn everything_waits_for_what_it_needs(plan: &Plan, desired: &Desired, observed: &Observed) -> Vec<String> {
    let steps = operations(plan, desired, observed);
    let order = steps.in_order().expect("no step waits in a circle");
    order.iter().filter_map(|id| steps.get(*id)).map(|one| format!("{} {}", one.step.word(), one.address)).collect()
}

fn before(order: &[String], earlier: &str, later: &str) {
    let place = |what: &str| order.iter().position(|one| one == what).unwrap_or_else(|| panic!("{what} in {order:#?}"));
    assert!(place(earlier) < place(later), "{earlier} before {later} in {order:#?}");
}

#[test]
fn a_first_apply_makes_everything_in_order_and_a_second_finds_nothing_to_do() {
    let desired = floor(4, "ami-1");
    let nothing = Observed::default();
    let plan = make(&desired, &nothing, &Options::default());
    assert_eq!(plan.summary.create, desired.resources.len());
    let order = everything_waits_for_what_it_needs(&plan, &desired, &nothing);
    before(&order, "create network.main", "create network.main.floor/us-west-2a");
    before(&order, "create network.main.gate", "complete network.main.floor");
    before(&order, "create workstation_pool.comp.profile", "launch workstation_pool.comp");
    before(&order, "create key.content", "launch workstation_pool.comp");
    before(&order, "wait for running workstation_pool.comp", "label workstation_pool.comp[001]");
    let launches = order.iter().filter(|one| one.starts_with("launch")).count();
    assert_eq!(launches, 2, "one call a zone");

    let plan = make(&desired, &applied(&desired), &Options::default());
    assert_eq!(plan.changes, Vec::new());
}

#[test]
fn a_wrap_takes_down_what_stands_on_others_first() {
    let desired = floor(4, "ami-1");
    let live = applied(&desired);
    let plan = wrap(&desired, &live);
    assert_eq!(plan.summary.delete, live.found.len());
    let gone = Desired { resources: BTreeMap::new(), ..desired };
    let order = everything_waits_for_what_it_needs(&plan, &gone, &live);
    before(&order, "wait for end workstation_pool.comp", "delete workstation_pool.comp[001].cache");
    // Nobody gets in, nothing runs, nothing is attached: then the key goes, and only then what it encrypted.
    before(&order, "release network.main.gate", "terminate workstation_pool.comp");
    before(&order, "mark key.content", "terminate workstation_pool.comp");
    before(&order, "wait for end workstation_pool.comp", "wait for detached key.content");
    before(&order, "wait for detached key.content", "delete key.content");
    before(&order, "delete key.content", "delete workstation_pool.comp[001].cache");
    before(&order, "release network.main.gate", "delete network.main.floor");
    before(&order, "wait for end workstation_pool.comp", "delete network.main.floor/us-west-2a");
    before(&order, "delete network.main.floor/us-west-2a", "delete network.main");
    before(&order, "delete workstation_pool.comp.profile", "delete workstation_pool.comp.role");
}

#[test]
fn a_new_image_rolls_seat_by_seat_and_kept_volumes_move_along() {
    let live = applied(&floor(3, "ami-1"));
    let desired = floor(3, "ami-2");
    let plan = make(&desired, &live, &Options::default());
    let seat = plan.change(&Address::seat("comp", 1)).expect("a change");
    assert_eq!((seat.action, seat.reason), (Action::Replace, Reason::Edited));
    assert!(plan.change(&Address::volume("comp", 1, "cache")).is_none(), "a kept volume is not replaced");
    let root = plan.change(&Address::volume("comp", 1, "root")).expect("a change");
    assert_eq!((root.action, root.reason), (Action::Replace, Reason::DependencyReplaced));
    let steps = operations(&plan, &desired, &live);
    let launches: Vec<_> = steps.iter().filter(|one| matches!(one.step, Step::Launch(_))).collect();
    assert_eq!(launches.len(), 3, "one seat may be away at a time");
    let order = everything_waits_for_what_it_needs(&plan, &desired, &live);
    let ends: Vec<usize> =
        order.iter().enumerate().filter(|(_, one)| one.starts_with("terminate")).map(|(at, _)| at).collect();
    let ups: Vec<usize> =
        order.iter().enumerate().filter(|(_, one)| one.starts_with("wait for running")).map(|(at, _)| at).collect();
    assert!(ends[1] > ups[0] && ends[2] > ups[1], "{order:#?}");
}

#[test]
fn a_shrinking_pool_gives_up_its_highest_seats_and_keeps_their_kept_volumes() {
    let live = applied(&floor(4, "ami-1"));
    let desired = floor(2, "ami-1");
    let plan = make(&desired, &live, &Options::default());
    let gone: Vec<String> =
        plan.changes.iter().filter(|c| c.action == Action::Delete).map(|c| c.address.to_string()).collect();
    assert_eq!(
        gone,
        [
            "workstation_pool.comp[003]",
            "workstation_pool.comp[004]",
            "workstation_pool.comp[003].root",
            "workstation_pool.comp[004].root"
        ]
    );
    let kept = plan.change(&Address::volume("comp", 4, "cache")).expect("listed");
    assert_eq!((kept.action, kept.reason), (Action::None, Reason::Kept));
}

#[test]
fn drift_and_edits_are_told_apart() {
    let desired = floor(1, "ami-1");
    let mut live = applied(&desired);
    let Some(Resource::Seat(seat)) = live.found.get_mut(&Address::seat("comp", 1)).map(|found| &mut found.resource)
    else {
        panic!("a seat");
    };
    seat.metadata_hop_limit = 3;
    let plan = make(&desired, &live, &Options::default());
    let change = plan.change(&Address::seat("comp", 1)).expect("a change");
    assert_eq!((change.action, change.reason), (Action::Update, Reason::Drifted));

    let edited = floor(1, "ami-2");
    let plan = make(&edited, &live, &Options::default());
    assert_eq!(plan.change(&Address::seat("comp", 1)).expect("a change").reason, Reason::EditedAndDrifted);

    // What a run that was cut off had only begun, nobody changed.
    let unfinished = Options { unfinished: BTreeSet::from([Address::seat("comp", 1)]), ..Options::default() };
    let change = make(&desired, &live, &unfinished).change(&Address::seat("comp", 1)).cloned();
    assert_eq!(change.map(|change| change.reason), Some(Reason::Unfinished));
}

fn seat_of(live: &mut Observed, slot: u32) -> &mut Found {
    live.found.get_mut(&Address::seat("comp", slot)).expect("a seat")
}

#[test]
fn another_script_starts_seats_again_a_few_at_a_time() {
    let mut live = applied(&floor(3, "ami-1"));
    let mut desired = floor(3, "ami-1");
    for resource in desired.resources.values_mut() {
        if let Resource::Seat(seat) = resource {
            seat.user_data = Some("another".to_owned());
        }
    }
    let plan = make(&desired, &live, &Options::default());
    assert_eq!((plan.summary.restart, plan.summary.total()), (3, 3));
    let steps = operations(&plan, &desired, &live);
    let restarts: Vec<_> = steps.iter().filter(|one| one.step == Step::Restart).collect();
    assert!(restarts[1].needs.contains(&restarts[0].id) && restarts[2].needs.contains(&restarts[1].id), "{steps:#?}");

    // A run that was cut off had stopped one of them, and changed its script already.
    live = applied(&desired);
    let found = seat_of(&mut live, 2);
    found.facts.insert("restarting".to_owned(), "true".to_owned());
    let running = make(&desired, &live, &Options::default());
    let change = running.change(&Address::seat("comp", 2)).expect("its mark goes");
    assert_eq!((change.action, change.reason), (Action::Adopt, Reason::Unfinished));
    seat_of(&mut live, 2).status = Status::Resting("stopped".to_owned());
    let stopped = make(&desired, &live, &Options::default());
    let change = stopped.change(&Address::seat("comp", 2)).expect("it is started");
    assert_eq!((change.action, change.reason), (Action::Restart, Reason::Unfinished));
    // One that was stopped by somebody, or by itself, goes on resting.
    seat_of(&mut live, 2).facts.remove("restarting");
    assert!(!make(&desired, &live, &Options::default()).has_changes());
}

#[test]
fn what_was_changed_inside_a_seat_is_drift() {
    let mut desired = floor(2, "ami-1");
    let inside = |minutes: &str| BTreeMap::from([("streaming/idle".to_owned(), minutes.to_owned())]);
    desired.inside.insert("comp".to_owned(), inside("15"));
    let mut live = applied(&desired);
    live.insides.told.insert(Address::seat("comp", 1), inside("15"));
    assert!(!make(&desired, &live, &Options::default()).has_changes(), "of a seat that told nothing, nothing is said");
    live.insides.told.insert(Address::seat("comp", 2), inside("0"));
    let plan = make(&desired, &live, &Options::default());
    let change = plan.change(&Address::seat("comp", 2)).expect("a change");
    assert_eq!((change.action, change.reason), (Action::Restart, Reason::Drifted));
    assert_eq!(change.fields[0].path, "inside.streaming/idle");
    assert_eq!((&change.fields[0].before, &change.fields[0].after), (&"0".into(), &"15".into()));
    assert_eq!(plan.summary.total(), 1);
}

#[test]
fn of_two_volumes_that_a_restore_left_at_one_address_neither_is_deleted_until_it_is_asked_for_again() {
    let desired = floor(1, "ami-1");
    let address = Address::volume("comp", 1, "cache");
    let mut live = applied(&desired);
    let mut old = live.found[&address].clone();
    if let Some(Resource::Volume(volume)) = live.found.get_mut(&address).map(|found| &mut found.resource) {
        volume.from_snapshot = Some("snap-1".to_owned());
        volume.keep = false;
    }
    old.id = "vol-old".to_owned();
    if let Resource::Volume(volume) = &mut old.resource {
        volume.seat = None;
        volume.keep = false;
    }
    live.duplicates.push(old.clone());
    let plan = make(&desired, &live, &Options::default());
    let left = plan.changes.iter().find(|change| change.id.as_deref() == Some("vol-old")).expect("it is listed");
    assert_eq!((left.action, left.reason), (Action::None, Reason::Unfinished));
    assert!(
        plan.warnings.iter().any(|words| words.contains("vol-old (workstation_pool.comp[001].cache) lies")),
        "{:?}",
        plan.warnings
    );
    // Without a restore, a second one is a leftover as always.
    if let Some(Resource::Volume(volume)) = live.found.get_mut(&address).map(|found| &mut found.resource) {
        volume.from_snapshot = None;
    }
    let plan = make(&desired, &live, &Options::default());
    let left = plan.changes.iter().find(|change| change.id.as_deref() == Some("vol-old")).expect("it is listed");
    assert_eq!((left.action, left.reason), (Action::Delete, Reason::Duplicate));
}

#[test]
fn a_seat_of_a_listed_type_is_left_alone_and_another_is_replaced() {
    let desired = floor(1, "ami-1");
    for (present, action) in [("g5.4xlarge", None), ("g4dn.xlarge", Some(Action::Replace))] {
        let mut live = applied(&desired);
        let Some(Resource::Seat(seat)) = live.found.get_mut(&Address::seat("comp", 1)).map(|found| &mut found.resource)
        else {
            panic!("a seat");
        };
        seat.instance_types = vec![present.to_owned()];
        let plan = make(&desired, &live, &Options::default());
        assert_eq!(plan.change(&Address::seat("comp", 1)).map(|change| change.action), action, "{present}");
    }
}

#[test]
fn a_replaced_subnet_takes_all_of_its_seats_down_before_any_comes_back() {
    let live = applied(&floor(2, "ami-1"));
    let mut desired = floor(2, "ami-1");
    let subnet = at("network.main.floor/us-west-2a");
    let Some(Resource::Subnet(spec)) = desired.resources.get_mut(&subnet) else { panic!("a subnet") };
    spec.cidr = "10.40.9.0/24".into();
    let plan = make(&desired, &live, &Options::default());
    let order = everything_waits_for_what_it_needs(&plan, &desired, &live);
    before(&order, "wait for end workstation_pool.comp", "delete network.main.floor/us-west-2a");
    before(&order, "create network.main.floor/us-west-2a", "launch workstation_pool.comp");
}

#[test]
fn protection_holds_what_the_seat_stands_on() {
    let desired = floor(1, "ami-1");
    let mut live = applied(&desired);
    live.found.get_mut(&Address::seat("comp", 1)).expect("a seat").protected = true;
    let plan = wrap(&desired, &live);
    let what = |path: &str| plan.change(&at(path)).map(|change| (change.action, change.reason));
    assert_eq!(what("workstation_pool.comp[001]"), Some((Action::None, Reason::Protected)));
    assert_eq!(what("network.main"), Some((Action::None, Reason::NeededByProtected)));
    assert_eq!(what("workstation_pool.comp[001].root"), Some((Action::None, Reason::NeededByProtected)));
    assert_eq!(what("network.main.floor/us-west-2b"), Some((Action::Delete, Reason::Wrapped)));
}

#[test]
fn what_cannot_be_read_is_never_taken_for_absent() {
    let desired = floor(1, "ami-1");
    let mut live = applied(&desired);
    live.found.remove(&at("network.main"));
    live.unreadable.push(crate::resource::Unreadable {
        kind: crate::resource::Kind::Vpc,
        address: None,
        call: "ec2:DescribeVpcs".into(),
        words: "UnauthorizedOperation: no".into(),
    });
    let plan = make(&desired, &live, &Options::default());
    let change = plan.change(&at("network.main")).expect("listed");
    assert_eq!((change.action, change.reason), (Action::None, Reason::Unreadable));
    assert!(!plan.has_changes());
}

#[test]
fn a_target_brings_along_what_it_needs_and_nothing_else() {
    let desired = floor(2, "ami-1");
    let options = Options { targets: vec!["workstation_pool.comp[001]".into()], ..Options::default() };
    let plan = make(&desired, &Observed::default(), &options);
    assert!(plan.change(&at("network.main")).is_some());
    assert!(plan.change(&Address::seat("comp", 2)).is_none());
}

#[test]
fn a_saved_plan_is_stale_once_something_it_was_made_from_changes() {
    let desired = floor(1, "ami-1");
    let live = applied(&desired);
    let saved = SavedPlan::new(make(&desired, &live, &Options::default()), desired, &live, &Options::default());
    assert_eq!(saved.stale(&live), []);
    let mut other = live.clone();
    other.found.remove(&at("network.main.gate"));
    if let Some(Resource::Vpc(vpc)) = other.found.get_mut(&at("network.main")).map(|found| &mut found.resource) {
        vpc.dns_support = false;
    }
    assert_eq!(saved.stale(&other), [Stale::Changed(at("network.main")), Stale::Vanished(at("network.main.gate"))]);
}

#[test]
fn a_volume_that_was_kept_safe_is_content_also_where_the_blueprint_speaks_of_it_no_more() {
    let mut before = floor(1, "ami-1");
    let cache = Address::volume("comp", 1, "cache");
    if let Some(Resource::Volume(volume)) = before.resources.get_mut(&cache) {
        volume.keep = false;
        volume.backups.insert("nightly".to_owned());
    }
    let live = applied(&before);
    let mut desired = floor(1, "ami-1");
    desired.resources.remove(&cache);
    let plan = make(&desired, &live, &Options::default());
    assert_eq!(plan.change(&cache).map(|change| change.action), Some(Action::Delete));
    assert_eq!(endangered(&plan, &desired, &live), BTreeSet::from([cache]));
}
