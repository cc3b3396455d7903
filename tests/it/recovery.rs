//! Recovery points taken, and what was on a seat put back from them, on the rehearsal cloud.

use std::collections::BTreeMap;
use std::sync::Arc;

use closedset::apply::{self, Event, Listener, run_steps};
use closedset::plan::{Plan, Step as Operation, make, operations, unchanged};
use closedset::recovery::{Elsewhere, Restoration, Selection, Standing, age, plan_backup, predict, verify};
use closedset::rehearsal::{CallRecord, Faults, Hook, Settings, Step};
use closedset::resource::{Address, Desired, Kind, Observed, Resource, Status};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE};

fn floor() -> Floor {
    Floor { backup: true, kept_gib: Some(50), ..Floor::default() }
}

async fn stage(floor: &Floor) -> (Stage, Desired) {
    let settings = Settings { windows_images: [IMAGE.to_owned()].into(), ..Settings::default() };
    let stage = Stage::new(settings).await;
    let desired = stage.desired(&floor.text()).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    (stage, desired)
}

fn volumes(observed: &Observed) -> BTreeMap<Address, (String, Option<String>)> {
    let volume = |found: &closedset::resource::Found| match &found.resource {
        Resource::Volume(volume) => Some((found.address.clone(), (found.id.clone(), volume.from_snapshot.clone()))),
        _ => None,
    };
    observed.found.values().filter_map(volume).collect()
}

fn everything() -> Selection {
    Selection::default()
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_one_call_a_seat_and_its_tags_tell_all() {
    let (stage, desired) = stage(&floor()).await;
    let before = stage.world.calls().len();
    let (backup, outcome) = stage.backup(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(backup.left_out, []);
    let calls = stage.world.calls().split_off(before);
    assert_eq!(calls.iter().filter(|call| call.action == "CreateSnapshots").count(), 3);

    let points = stage.points().await;
    for one in &backup.seats {
        let point = points.newest_usable(&one.seat, None).expect("it is complete");
        assert_eq!(point.volumes.keys().collect::<Vec<_>>(), ["cache", "work"], "the root isn't to be kept safe");
        assert_eq!(point.run, backup.run);
    }
    // What a stranger reads on one of the snapshots, without blueprint or ledger.
    let snapshot = &points.of_seat(&Address::seat("comp", 2))[0].volumes["work"];
    let world = stage.world.snapshot();
    let told: Vec<String> = serde_json::to_string(&world)
        .expect("plain JSON")
        .match_indices("size=50 type=gp3 iops=3000 throughput=125 device=xvdg key=key.content keep=true mount=W:")
        .map(|(_, words)| words.to_owned())
        .collect();
    assert_eq!(told.len(), 6, "on each snapshot of each seat");
    let day: jiff::civil::Date = backup.run.begun.to_zoned(jiff::tz::TimeZone::UTC).date();
    let until = day.checked_add(jiff::Span::new().days(35)).expect("a day").to_string();
    assert_eq!((snapshot.size_gib, snapshot.until.as_ref()), (50, Some(&until)));
}

#[tokio::test(start_paused = true)]
async fn the_age_of_the_newest_point_is_held_against_the_promise() {
    let (stage, desired) = stage(&floor()).await;
    let seat = Address::seat("comp", 1);
    let never = age(&desired, &stage.points().await, &seat, stage.now()).expect("a backup block names its pool");
    assert_eq!((never.newest, never.rpo_hours, never.in_time), (None, Some(24), Some(false)));
    stage.backup(&desired).await;
    let fresh = age(&desired, &stage.points().await, &seat, stage.now()).expect("the same");
    assert_eq!((fresh.age_hours, fresh.in_time), (Some(0.0), Some(true)));
    tokio::time::sleep(std::time::Duration::from_secs(25 * 3600)).await;
    let late = age(&desired, &stage.points().await, &seat, stage.now()).expect("the same");
    assert_eq!((late.age_hours, late.in_time), (Some(25.0), Some(false)));
}

#[tokio::test(start_paused = true)]
async fn a_backup_that_was_cut_off_is_finished_and_not_begun_again() {
    // The same seed makes the same calls: an undisturbed run tells which is the second of three.
    let (calm, desired) = stage(&floor()).await;
    let began = calm.world.call_count();
    calm.backup(&desired).await;
    let taken: Vec<u64> = calm
        .world
        .calls()
        .iter()
        .filter(|call| call.action == "CreateSnapshots" && call.number >= began)
        .map(|call| call.number)
        .collect();
    let (stage, desired) = stage(&floor()).await;
    stage.world.stop_after(taken[1], closedset::rehearsal::Side::After);
    let (observed, points) = (stage.observe().await, stage.points().await);
    let first = plan_backup(&desired, &observed, &points, &Elsewhere::new(), None, stage.now());
    let (_keep, signals) = watch::channel(0);
    let (steps, plan) = (first.operations(), unchanged(&desired, &observed));
    let outcome = run_steps(&steps, &plan, &desired, &observed, &stage.cloud, signals, &mut ()).await;
    assert!(!outcome.is_complete());
    stage.world.resume();
    let next = Stage::on(stage.world.clone()).await;
    let (second, outcome) = next.backup(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert!(second.taken_up && second.run == first.run, "{second:#?}");
    let points = next.points().await;
    for one in &second.seats {
        assert_eq!(points.of_seat(&one.seat).len(), 1);
        assert_eq!(points.of_seat(&one.seat)[0].standing(), Standing::Usable);
    }
    let (third, _) = next.backup(&desired).await;
    assert!(!third.taken_up, "what is complete is left alone");
}

#[tokio::test(start_paused = true)]
async fn a_restore_swaps_the_volumes_of_a_seat_and_nothing_else() {
    let (stage, desired) = stage(&floor()).await;
    stage.backup(&desired).await;
    let before = volumes(&stage.observe().await);
    let seat = Address::seat("comp", 2);
    let selection = Selection { seat: Some(seat.clone()), ..everything() };
    let (restoration, plan, _) = stage.plan_restore(&desired, &selection).await;
    let lines: Vec<String> =
        plan.changes.iter().map(|one| format!("{} {} {:?}", one.action.symbol(), one.address, one.reason)).collect();
    assert_eq!(lines, ["± workstation_pool.comp[002].cache Restored", "± workstation_pool.comp[002].work Restored"]);
    assert!(!restoration.seats[0].launched);

    let (restoration, outcome) = stage.restore(&desired, &selection).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let after = stage.observe().await;
    assert_eq!(verify(&restoration.seats, &after), []);
    assert_eq!(after.duplicates, []);
    let now = volumes(&after);
    for (address, (id, snapshot)) in &now {
        let restored = restoration.seats[0].volumes.iter().find(|one| one.address == *address);
        assert_eq!(before[address].0 != *id, restored.is_some(), "{address}");
        if let Some(restored) = restored {
            assert_eq!(snapshot.as_ref(), Some(&restored.snapshot));
        }
    }
    let (plan, _) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    // Said again, it is done already; an hour later, what was written since goes.
    let (_, plan, _) = stage.plan_restore(&desired, &selection).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    tokio::time::sleep(std::time::Duration::from_secs(2 * 3600)).await;
    let (_, outcome) = stage.restore(&desired, &selection).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let again = volumes(&stage.observe().await);
    assert_ne!(again[&Address::volume("comp", 2, "work")].0, now[&Address::volume("comp", 2, "work")].0);
}

#[tokio::test(start_paused = true)]
async fn a_missing_seat_is_launched_and_gets_its_volumes_back_root_and_all() {
    let floor = Floor { root_backup: true, ..floor() };
    let (stage, desired) = stage(&floor).await;
    stage.backup(&desired).await;
    let observed = stage.observe().await;
    let seat = Address::seat("comp", 3);
    // Somebody ends the machine and deletes what it kept.
    stage.cloud.terminate(&[observed.found[&seat].id.clone()]).await.expect("it is there");
    stage.cloud.await_terminated(&[observed.found[&seat].id.clone()]).await.expect("it ends");
    stage.cloud.delete_volume(&observed.found[&Address::volume("comp", 3, "work")].id).await.expect("it is free");

    let selection = Selection { seat: Some(seat.clone()), ..everything() };
    let (restoration, outcome) = stage.restore(&desired, &selection).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert!(restoration.seats[0].launched);
    assert_eq!(restoration.seats[0].volumes.len(), 3);
    let after = stage.observe().await;
    assert_eq!(verify(&restoration.seats, &after), []);
    assert_eq!(after.duplicates, []);
    assert!(matches!(after.found[&seat].status, Status::Ready));
    let (plan, _) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
}

/// Notes when the last seat ran again, or the last volume was attached: what is deleted afterwards keeps nobody from work.
struct Served<'a> {
    stage: &'a Stage,
    at: Timestamp,
}

impl Listener for Served<'_> {
    fn on_event(&mut self, event: &Event<'_>) {
        if let Event::Succeeded { operation, .. } = event
            && matches!(operation.step, Operation::AwaitRunning(_) | Operation::Start(_) | Operation::Create)
            && matches!(operation.kind, Kind::Seat | Kind::Volume)
        {
            self.at = self.stage.now();
        }
    }
}

/// Restores all that this plan is of, and holds the time that it took against what was predicted.
async fn keeps_time(stage: &Stage, restoration: &Restoration, plan: &Plan, observed: &Observed, words: &str) {
    let prediction = predict(&operations(plan, &restoration.desired, observed), restoration.extent().1);
    let began = stage.now();
    let mut served = Served { stage, at: began };
    let (_keep, signals) = watch::channel(0);
    let run = apply::run(plan, &restoration.desired, observed, &stage.cloud, signals, &mut served);
    let outcome = Box::pin(run).await;
    assert!(outcome.is_complete(), "{words}: {outcome:#?}");
    assert_eq!(verify(&restoration.seats, &stage.observe().await), []);
    let took = served.at.duration_since(began).as_secs_f64();
    let (predicted, least) = (prediction.seconds, prediction.lower_bound_s);
    println!("{words}: predicted {predicted:.0} s, took {took:.0} s, lower bound {least:.0} s");
    assert!((took / predicted - 1.0).abs() < 0.15, "{words}: {took} of {predicted}");
    assert!(took / least <= 1.2, "{words}: {took} of {least} at least");
}

#[tokio::test(start_paused = true)]
async fn the_predicted_time_is_the_rehearsed_one() {
    for seats in [10, 100] {
        let floor = Floor { seats, cache_gib: None, backup: true, kept_gib: Some(50), ..Floor::default() };
        let (stage, desired) = stage(&floor).await;
        let there = Stage::in_region(stage.world.clone(), "nebula", "us-east-2").await;
        let of_there = there.desired_there(&floor.text()).await;
        let (backup, _) = Box::pin(stage.backup(&desired)).await;
        assert!(Box::pin(stage.copy(&desired, &backup, &there, &of_there)).await.is_complete());
        tokio::time::sleep(std::time::Duration::from_secs(3600)).await;

        let (restoration, plan, observed) = stage.plan_restore(&desired, &everything()).await;
        keeps_time(&stage, &restoration, &plan, &observed, &format!("{seats} seats in place")).await;

        let (mut restoration, _, observed) = there.plan_restore(&of_there, &everything()).await;
        restoration.with_the_floor(&everything());
        let plan = make(&restoration.desired, &observed, &restoration.options);
        keeps_time(&there, &restoration, &plan, &observed, &format!("{seats} seats in another region")).await;
    }
}

/// Every call to one region breaks off.
struct Lost(&'static str);

impl Hook for Lost {
    fn before(&self, call: &CallRecord) -> Step {
        if call.region == self.0 && matches!(call.service.as_str(), "backup" | "ec2" | "kms" | "logs" | "ssm" | "sts") {
            Step::Cut
        } else {
            Step::Go
        }
    }
}

#[tokio::test(start_paused = true)]
async fn copies_lie_in_another_region_under_a_key_of_its_own() {
    let floor = floor();
    let (stage, desired) = stage(&floor).await;
    let there = Stage::in_region(stage.world.clone(), "nebula", "us-east-2").await;
    let of_there = there.desired_there(&floor.text()).await;
    let (backup, _) = stage.backup(&desired).await;
    let outcome = stage.copy(&desired, &backup, &there, &of_there).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let (here, copied) = (stage.points().await, there.points().await);
    let key = there.observe().await.found[&Address::from("key.content")].id.clone();
    assert!(key.contains(":us-east-2:"));
    for one in &backup.seats {
        let (original, copy) = (&here.of_seat(&one.seat)[0], &copied.of_seat(&one.seat)[0]);
        assert_eq!(copy.standing(), Standing::Usable);
        assert_eq!((copy.taken, copy.run), (original.taken, original.run), "as old as what they are copies of");
        assert!(copy.volumes.values().all(|volume| volume.key.as_ref() == Some(&key)));
    }
    // Said again, there is nothing left to copy.
    let before = stage.world.calls().len();
    assert!(stage.copy(&desired, &backup, &there, &of_there).await.is_complete());
    let calls = stage.world.calls().split_off(before);
    assert_eq!(calls.iter().filter(|call| call.action == "CopySnapshot").count(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_floor_comes_back_in_another_region_while_its_own_answers_nothing() {
    let floor = floor();
    let (stage, desired) = stage(&floor).await;
    let there = Stage::in_region(stage.world.clone(), "nebula", "us-east-2").await;
    let of_there = there.desired_there(&floor.text()).await;
    let (backup, _) = stage.backup(&desired).await;
    assert!(stage.copy(&desired, &backup, &there, &of_there).await.is_complete());
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;

    stage.world.set_hook(Some(Arc::new(Lost("us-west-2"))));
    assert!(stage.cloud.snapshots(&stage.scope).await.is_err(), "the region is gone");
    let before = stage.world.calls().len();
    let there = Stage::in_region(stage.world.clone(), "nebula", "us-east-2").await;
    let of_there = there.desired_there(&floor.text()).await;
    let (restoration, outcome) = there.build_again(&of_there).await;
    assert!(outcome.is_complete(), "{outcome:#?}");

    let after = there.observe().await;
    assert_eq!(verify(&restoration.seats, &after), []);
    assert_eq!(restoration.seats.len(), 3);
    let key = &after.found[&Address::from("key.content")].id;
    assert!(key.contains(":us-east-2:"));
    let (plan, _) = there.plan(&of_there).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    let asked = stage.world.calls().split_off(before);
    let home = asked.iter().filter(|call| call.region == "us-west-2");
    assert_eq!(home.count(), 0, "nothing is asked of the lost region");
}

/// The point of a storm is what is there when it is over: one complete recovery point, and a floor restored from it.
#[tokio::test(start_paused = true)]
async fn a_storm_delays_a_backup_and_a_restore_and_breaks_neither() {
    for (seed, faults) in [(3, Faults::Typical), (5, Faults::Hostile)] {
        let floor = floor();
        let windows_images = [IMAGE.to_owned()].into();
        let stage = Stage::new(Settings { seed, windows_images, ..Settings::default() }).await;
        let desired = stage.desired(&floor.text()).await;
        assert!(stage.apply(&desired).await.is_complete());
        let world = stage.world.clone();
        let (mut taken, mut restored) = (false, false);
        for round in 0..6 {
            world.set_faults(if round < 3 { faults } else { Faults::None });
            let stage = Stage::on(world.clone()).await;
            if stage.cloud.snapshots(&stage.scope).await.is_ok() {
                taken = taken || Box::pin(stage.backup(&desired)).await.1.is_complete();
            }
        }
        assert!(taken, "seed {seed}");
        tokio::time::sleep(std::time::Duration::from_secs(2 * 3600)).await;
        for round in 0..6 {
            world.set_faults(if round < 3 { faults } else { Faults::None });
            let stage = Stage::on(world.clone()).await;
            if stage.cloud.snapshots(&stage.scope).await.is_ok() {
                restored = Box::pin(stage.restore(&desired, &everything())).await.1.is_complete();
            }
        }
        assert!(restored, "seed {seed}");
        crate::invariants::rest().await;
        let stage = Stage::on(world.clone()).await;
        let (plan, observed) = stage.plan(&desired).await;
        assert_eq!(words(&plan), Vec::<String>::new(), "seed {seed}");
        assert_eq!(crate::invariants::violations(&world, &observed), Vec::<String>::new(), "seed {seed}");
    }
}
