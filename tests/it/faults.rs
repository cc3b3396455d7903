//! Faults everywhere: a run in a storm of throttling, lost and garbled answers, stale reads and missing capacity breaks
//! nothing for good; once the storm is over, the next runs end where a calm one ends. A failing case prints its seed.

use std::collections::BTreeMap;

use closedset::plan::{Action, Change};
use closedset::rehearsal::{Faults, Settings};
use closedset::resource::{Address, Desired, Observed, Resource};

use crate::cases::Cases;
use crate::invariants::{rest, violations};
use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE, NEXT_IMAGE};

/// How many runs are tried while the storm lasts.
const IN_THE_STORM: usize = 3;
/// How many it may take afterwards.
const AFTERWARDS: usize = 3;

fn settings(seed: u64) -> Settings {
    Settings { seed, windows_images: [IMAGE, NEXT_IMAGE].map(str::to_owned).into(), ..Settings::default() }
}

/// What a run in a storm sets out to do, on a floor that may be up already.
struct Weather {
    before: Option<Floor>,
    /// None wraps.
    after: Option<Floor>,
}

/// Goes through a storm; what is wrong afterwards, in words.
async fn sail(seed: u64, faults: Faults, weather: &Weather) -> Vec<String> {
    let stage = Stage::new(settings(seed)).await;
    let mut desired = None;
    if let Some(before) = &weather.before {
        let before = stage.desired(&before.text()).await;
        let outcome = stage.apply(&before).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
        desired = Some(before);
    }
    if let Some(after) = &weather.after {
        desired = Some(stage.desired(&after.text()).await);
    }
    let desired = desired.expect("something to apply or to wrap");
    let world = stage.world.clone();
    let mut problems = Vec::new();

    world.set_faults(faults);
    for _ in 0..IN_THE_STORM {
        run(&Stage::on(world.clone()).await, weather, &desired).await;
    }
    world.set_faults(Faults::None);
    let mut outcome = None;
    for _ in 0..AFTERWARDS {
        outcome = Some(run(&Stage::on(world.clone()).await, weather, &desired).await);
    }
    if let Some(outcome) = outcome.filter(|outcome| !outcome.is_complete()) {
        problems.extend(outcome.failed.iter().map(|one| format!("{} of {}: {}", one.step, one.address, one.error)));
    }
    rest().await;
    let stage = Stage::on(world.clone()).await;
    let (plan, observed) = stage.plan(&desired).await;
    problems.extend(violations(&world, &observed));
    match &weather.after {
        Some(_) => problems.extend(words(&plan)),
        None => problems.extend(left_over(&observed)),
    }
    problems.extend(count_of_each(&world, &desired, weather.after.is_none()));
    problems
}

async fn run(stage: &Stage, weather: &Weather, desired: &Desired) -> closedset::apply::Outcome {
    match weather.after {
        Some(_) => stage.apply(desired).await,
        None => stage.wrap(desired).await,
    }
}

/// What a wrap left that is neither the key nor a switch of the account.
fn left_over(observed: &Observed) -> Vec<String> {
    let names = observed.found.keys().map(Address::to_string);
    names
        .filter(|name| name != "key.content" && !name.starts_with("account."))
        .map(|name| format!("left: {name}"))
        .collect()
}

/// In the cloud's own books there is one of everything that is desired, marked or not.
fn count_of_each(world: &closedset::rehearsal::RehearsalCloud, desired: &Desired, wrapped: bool) -> Vec<String> {
    let snapshot = world.snapshot();
    let mut problems = Vec::new();
    let wanted = |matches: fn(&Resource) -> bool| desired.resources.values().filter(|one| matches(one)).count();
    let kinds: BTreeMap<&str, usize> = BTreeMap::from([
        ("instance", wanted(|one| matches!(one, Resource::Seat(_)))),
        ("volume", wanted(|one| matches!(one, Resource::Volume(_)))),
        ("vpc", wanted(|one| matches!(one, Resource::Vpc(_)))),
        ("vpc-endpoint", wanted(|one| matches!(one, Resource::VpcEndpoint(_)))),
        ("subnet", wanted(|one| matches!(one, Resource::Subnet(_)))),
        ("route-table", wanted(|one| matches!(one, Resource::RouteTable(_))) + 1),
        ("role", wanted(|one| matches!(one, Resource::IamRole(_)))),
        ("instance-profile", wanted(|one| matches!(one, Resource::InstanceProfile(_)))),
        ("prefix-list", wanted(|one| matches!(one, Resource::PrefixList(_)))),
    ]);
    for (kind, wanted) in kinds {
        let wanted = if wrapped { 0 } else { wanted };
        let shelf = snapshot.as_object().into_iter().flatten().find(|(name, _)| name.split(' ').nth(1) == Some(kind));
        let there = shelf.and_then(|(_, things)| things.as_array()).map_or(0, Vec::len);
        if there != wanted {
            problems.push(format!("{there} of kind {kind} where {wanted} should be"));
        }
    }
    problems
}

async fn storms(name: &str, weather: Weather, seeds: std::ops::Range<u64>) {
    let cases = Cases::of("faults", name);
    let mut failed = Vec::new();
    for (faults, seed) in known(&cases).into_iter().chain(seeds.flat_map(both)) {
        let problems = sail(seed, faults, &weather).await;
        if !problems.is_empty() {
            cases.keep(&format!("{faults:?} {seed}"));
            failed.push(format!("{name}, {faults:?}, seed {seed}\n    {}", problems.join("\n    ")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn both(seed: u64) -> [(Faults, u64); 2] {
    [Faults::Typical, Faults::Hostile].map(|faults| (faults, seed))
}

/// The storms that once broke something.
fn known(cases: &Cases) -> Vec<(Faults, u64)> {
    let read = |case: String| {
        let (faults, seed) = case.split_once(' ')?;
        let faults = [Faults::Typical, Faults::Hostile].into_iter().find(|one| format!("{one:?}") == faults)?;
        Some((faults, seed.parse().ok()?))
    };
    cases.known().into_iter().map(|case| read(case.clone()).unwrap_or_else(|| panic!("no case: {case}"))).collect()
}

/// The seeds that each storm is tried with: `CLOSEDSET_TEST_SEEDS` says how many, `CLOSEDSET_TEST_SEED` names one.
fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("CLOSEDSET_TEST_SEED") {
        Some(seed) => seed..seed + 1,
        None => 100..100 + number("CLOSEDSET_TEST_SEEDS").unwrap_or(4),
    }
}

#[tokio::test(start_paused = true)]
async fn a_first_apply_in_a_storm() {
    let after = Floor { seats: 4, instance_types: vec!["g5.4xlarge", "g4dn.4xlarge"], ..Floor::default() };
    storms("first apply", Weather { before: None, after: Some(after) }, seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn a_change_of_everything_in_a_storm() {
    let before = Floor { kept_gib: Some(50), ..Floor::default() };
    let after = Floor {
        seats: 4,
        image: NEXT_IMAGE,
        cache_gib: Some(120),
        ports: vec!["tcp/443", "udp/8443"],
        offices: vec![113, 114],
        tags: vec![("unit", "second"), ("budget", "vfx")],
        endpoints: vec!["s3", "logs"],
        ..before.clone()
    };
    storms("change of everything", Weather { before: Some(before), after: Some(after) }, seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_in_a_storm() {
    storms("wrap", Weather { before: Some(Floor::default()), after: None }, seeds()).await;
}

#[tokio::test(start_paused = true)]
async fn one_run_gets_through_a_storm_but_for_machines_that_the_cloud_ends() {
    let floor = Floor { seats: 4, instance_types: vec!["g5.4xlarge", "g4dn.4xlarge"], ..Floor::default() };
    let cases = Cases::of("faults", "one run");
    let mut failed = Vec::new();
    for seed in known(&cases).into_iter().map(|(_, seed)| seed).chain(seeds()) {
        let stage = Stage::new(settings(seed)).await;
        let desired = stage.desired(&floor.text()).await;
        let world = stage.world.clone();
        world.set_faults(Faults::Hostile);
        stage.apply(&desired).await;
        world.set_faults(Faults::None);
        rest().await;
        let (plan, observed) = Stage::on(world.clone()).await.plan(&desired).await;
        let is_machine = |address: &Address| address.owning_seat().is_some() || address.slot().is_some();
        let may_be_left = |change: &Change| match change.action {
            Action::None => true,
            Action::Create => is_machine(&change.address),
            _ => false,
        };
        let mut problems = violations(&world, &observed);
        problems.extend(plan.changes.iter().filter(|change| !may_be_left(change)).map(|change| format!("{change:?}")));
        if !problems.is_empty() {
            cases.keep(&format!("Hostile {seed}"));
            failed.push(format!("seed {seed}\n    {}", problems.join("\n    ")));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn where_one_zone_is_full_the_others_take_what_they_can() {
    // Five seats of one type; one zone has room for one, the other for two, of the second type for two more.
    let capacity = BTreeMap::from([
        ("g5.4xlarge@us-west-2a".to_owned(), 1),
        ("g5.4xlarge@us-west-2b".to_owned(), 2),
        ("g4dn.4xlarge@us-west-2a".to_owned(), 2),
        ("g4dn.4xlarge@us-west-2b".to_owned(), 0),
    ]);
    let floor = Floor { seats: 5, instance_types: vec!["g5.4xlarge", "g4dn.4xlarge"], ..Floor::default() };
    let stage = Stage::new(Settings { capacity: capacity.clone(), ..settings(7) }).await;
    let desired = stage.desired(&floor.text()).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let (plan, observed) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    assert_eq!(violations(&stage.world, &observed), Vec::<String>::new());

    // One seat more finds no room anywhere; the five stay, and the outcome names the one.
    let more = stage.desired(&Floor { seats: 6, ..floor.clone() }.text()).await;
    let outcome = stage.apply(&more).await;
    let missing: Vec<String> = outcome.failed.iter().map(|one| one.address.to_string()).collect();
    assert!(!outcome.is_complete() && !missing.is_empty(), "{outcome:#?}");
    let (_, observed) = stage.plan(&more).await;
    assert!((1..=5).all(|slot| observed.found.contains_key(&Address::seat("comp", slot))), "{missing:?}");

    // Once there is room, the next run launches it.
    stage.world.adjust(|settings| settings.capacity.clear());
    let outcome = stage.apply(&more).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let (plan, _) = stage.plan(&more).await;
    assert_eq!(words(&plan), Vec::<String>::new());
}
