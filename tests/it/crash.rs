//! Crash everywhere: a run is killed at any of its calls, before or after the call was carried out, and the next run
//! ends where an undisturbed one ends, with nothing left over and nothing twice.
//!
//! A failing case prints a line that names it: scenario, call, side, death. `CLOSEDSET_TEST_EVERY=1` tries every case;
//! without it, all calls that change something are tried, and a sample of those that read.

use std::collections::BTreeSet;
use std::sync::Arc;

use closedset::apply::{Outcome, shred, to_shred};
use closedset::recovery::{Selection, plan_backup, verify};
use closedset::rehearsal::{CallRecord, Hook, RehearsalCloud, Settings, Side, Step};
use closedset::resource::{Desired, Kind};
use tokio::sync::Notify;

use crate::cases::Cases;
use crate::invariants::{
    differences, end_of, no_key_ends_under_what_is_kept, no_key_rests_under_what_is_in_use,
    nothing_ends_before_it_is_kept, violations,
};
use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE, NEXT_IMAGE};

/// How many runs the program has after a crash to get where it was going.
const RUNS: usize = 3;

/// Of the calls that only read, every so manieth is tried.
const SAMPLE: u64 = 12;

/// What a run sets out to do.
enum Aim {
    Apply(Floor),
    /// A recovery point of every seat.
    Backup,
    /// What was on the seats is put back, after a recovery point of each was taken.
    Restore,
    /// Copies of what a backup took go to another region.
    Copy,
    /// The floor is built again in another region, from such copies.
    BuildAgain,
    Wrap,
    /// And the deletion of the keys scheduled.
    Shred,
    /// Recovery points go with all else.
    WrapPoints,
    /// A last one is taken, and all of them are kept.
    WrapKeeping,
    /// The same under a key of their own, for the production's own key ends.
    WrapArchiving,
    /// A copy is built of recovery points, and removed again.
    Drill,
}

impl Aim {
    /// Nothing is to be there afterwards.
    fn ends(&self) -> bool {
        matches!(self, Self::Wrap | Self::Shred | Self::WrapPoints | Self::WrapKeeping | Self::WrapArchiving)
    }

    /// Made of parts that other scenarios try call by call: one crash in each kind of call that changes something is enough
    /// to see each phase cut off.
    fn is_a_ceremony(&self) -> bool {
        matches!(self, Self::WrapPoints | Self::WrapKeeping | Self::WrapArchiving | Self::Drill)
    }
}

/// Where a run begins and where it is to end.
struct Scenario {
    name: &'static str,
    /// What was applied before; none on a fresh account.
    before: Option<Floor>,
    aim: Aim,
}

/// How a run ends at a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Death {
    /// The process is gone at that moment, and nobody hears the answer.
    Killed,
    /// The network is gone from that moment on: the run ends by itself and reports what failed.
    CutOff,
}

/// One case.
#[derive(Debug, Clone, Copy)]
struct Crash {
    number: u64,
    side: Side,
    death: Death,
}

/// Waits for a call and stops the world there.
struct Trap {
    crash: Crash,
    sprung: Notify,
}

impl Trap {
    fn step(&self, call: &CallRecord, side: Side) -> Step {
        if call.number != self.crash.number || side != self.crash.side {
            return Step::Go;
        }
        self.sprung.notify_one();
        Step::Stop
    }
}

impl Hook for Trap {
    fn before(&self, call: &CallRecord) -> Step {
        self.step(call, Side::Before)
    }

    fn after(&self, call: &CallRecord) -> Step {
        self.step(call, Side::After)
    }
}

/// A scenario, made ready to be run many times.
struct Rehearsal {
    scenario: Scenario,
    /// What the run is to end as; for a wrap, what is live.
    desired: Desired,
    /// The account as it was before.
    account: String,
    /// The end of the undisturbed run.
    end: String,
    calls: Vec<CallRecord>,
}

impl Rehearsal {
    async fn of(scenario: Scenario) -> Self {
        let settings =
            Settings { windows_images: [IMAGE, NEXT_IMAGE].map(str::to_owned).into(), ..Settings::default() };
        let stage = Stage::new(settings).await;
        let mut desired = None;
        if let Some(before) = &scenario.before {
            let before = stage.desired(&before.text()).await;
            let outcome = stage.apply(&before).await;
            assert!(outcome.is_complete(), "{}: {outcome:#?}", scenario.name);
            desired = Some(before);
        }
        if let Aim::Apply(floor) = &scenario.aim {
            desired = Some(stage.desired(&floor.text()).await);
        }
        let desired = desired.expect("a wrap has something to take down");
        if matches!(
            scenario.aim,
            Aim::Restore
                | Aim::Copy
                | Aim::BuildAgain
                | Aim::WrapPoints
                | Aim::WrapKeeping
                | Aim::WrapArchiving
                | Aim::Drill
        ) {
            let (backup, outcome) = stage.backup(&desired).await;
            assert!(outcome.is_complete(), "{}: {outcome:#?}", scenario.name);
            // What was made a moment ago would count as restored already.
            crate::invariants::rest().await;
            if matches!(scenario.aim, Aim::BuildAgain) {
                let (there, of_there) = elsewhere(&stage, &scenario).await;
                let outcome = Box::pin(stage.copy(&desired, &backup, &there, &of_there)).await;
                assert!(outcome.is_complete(), "{}: {outcome:#?}", scenario.name);
                crate::invariants::rest().await;
            }
        }
        let account = stage.world.save().expect("a world is plain JSON");

        let mut rehearsal = Self { scenario, desired, account, end: String::new(), calls: Vec::new() };
        let stage = Stage::on(rehearsal.world()).await;
        let outcome = rehearsal.run(&stage).await;
        assert!(outcome.is_complete(), "{}: {outcome:#?}", rehearsal.scenario.name);
        rehearsal.calls = stage.world.calls();
        rehearsal.end = end_of(&stage.world).await;
        rehearsal
    }

    /// The account as it was before the run.
    fn world(&self) -> Arc<RehearsalCloud> {
        Arc::new(RehearsalCloud::open(self.account.as_bytes()).expect("what was saved can be opened"))
    }

    /// Boxed: together these runs are more than the stack of a test's thread.
    async fn run(&self, stage: &Stage) -> Outcome {
        Box::pin(self.run_aim(stage)).await
    }

    async fn run_aim(&self, stage: &Stage) -> Outcome {
        match self.scenario.aim {
            Aim::Apply(_) => Box::pin(stage.apply(&self.desired)).await,
            Aim::Backup => {
                // A run that got all it wanted has nothing left to finish.
                let (observed, points) = (Box::pin(stage.observe()).await, Box::pin(stage.points()).await);
                let seats = observed.found.values().filter(|found| found.resource.kind() == Kind::Seat);
                match seats.map(|seat| points.newest_usable(&seat.address, None)).all(|point| point.is_some()) {
                    true => Outcome::default(),
                    false => Box::pin(stage.backup(&self.desired)).await.1,
                }
            }
            Aim::Restore => Box::pin(stage.restore(&self.desired, &Selection::default())).await.1,
            Aim::Copy => {
                let (there, of_there) = Box::pin(elsewhere(stage, &self.scenario)).await;
                let (observed, points) = (Box::pin(stage.observe()).await, Box::pin(stage.points()).await);
                // The backup as it was planned: its run is over, and only the copies are left.
                let begun = points.all().map(|point| point.run.begun).max().expect("it was taken");
                let taken = plan_backup(&self.desired, &observed, &points, &there.elsewhere().await, None, begun);
                Box::pin(stage.copy(&self.desired, &taken, &there, &of_there)).await
            }
            Aim::BuildAgain => {
                let (there, of_there) = Box::pin(elsewhere(stage, &self.scenario)).await;
                Box::pin(there.build_again(&of_there)).await.1
            }
            Aim::WrapPoints => Box::pin(stage.wrap_with_points(&self.desired, None)).await,
            Aim::WrapKeeping => Box::pin(stage.wrap_with_points(&self.desired, Some(30))).await,
            Aim::WrapArchiving => Box::pin(stage.wrap_into_archive(&self.desired, 30)).await,
            Aim::Drill => Box::pin(stage.drill(&self.desired)).await,
            Aim::Wrap => Box::pin(stage.wrap(&self.desired)).await,
            Aim::Shred => {
                let mut outcome = Box::pin(stage.wrap(&self.desired)).await;
                if outcome.is_complete() {
                    let keys = to_shred(&self.desired, &Box::pin(stage.observe()).await);
                    let shredded = shred(&keys, &stage.cloud, None).await;
                    outcome.interrupted = shredded.iter().any(|one| one.ends.is_err());
                }
                outcome
            }
        }
    }

    /// The cases to try, in the order of their calls. A run that is cut off hears that it is, so that every other call is
    /// enough to see what it makes of that.
    fn crashes(&self) -> Vec<Crash> {
        let every = std::env::var("CLOSEDSET_TEST_EVERY").is_ok_and(|value| value == "1");
        let mut crashes = Vec::new();
        if self.scenario.aim.is_a_ceremony() && !every {
            let mut tried = BTreeSet::new();
            let first = self.calls.iter().filter(|call| !call.reads && tried.insert(call.action.clone()));
            return first.map(|call| Crash { number: call.number, side: Side::After, death: Death::Killed }).collect();
        }
        for call in &self.calls {
            let case = |side, death| Crash { number: call.number, side, death };
            if !call.reads {
                crashes.push(case(Side::Before, Death::Killed));
                crashes.push(case(Side::After, Death::Killed));
                if every || call.number.is_multiple_of(2) {
                    crashes.push(case(Side::After, Death::CutOff));
                }
                if every {
                    crashes.push(case(Side::Before, Death::CutOff));
                }
            } else if every || call.number.is_multiple_of(SAMPLE) {
                crashes.push(case(Side::Before, Death::Killed));
            }
        }
        crashes
    }

    /// Crashes and recovers; what is wrong then, in words, and how many runs it took.
    async fn survive(&self, crash: Crash) -> (usize, Vec<String>) {
        let world = self.world();
        let trap = Arc::new(Trap { crash, sprung: Notify::new() });
        world.set_hook(Some(trap.clone()));
        {
            let stage = Stage::on(world.clone()).await;
            tokio::select! {
                biased;
                () = trap.sprung.notified(), if crash.death == Death::Killed => {}
                _ = self.run(&stage) => {}
            }
        }
        if !world.stopped() {
            return (0, vec!["the run ended before the crash".to_owned()]);
        }
        let mut at_death = no_key_rests_under_what_is_in_use(&world.snapshot());
        world.set_hook(None);
        world.resume();
        if matches!(self.scenario.aim, Aim::WrapKeeping | Aim::WrapArchiving) {
            let stage = Stage::on(world.clone()).await;
            let observed = Box::pin(stage.observe()).await;
            let snapshots = Box::pin(stage.cloud.snapshots(&stage.scope)).await.expect("they can be listed");
            let seats = self.desired.resources.values().filter(|one| one.kind() == Kind::Seat).count();
            at_death.extend(nothing_ends_before_it_is_kept(&observed, &snapshots, seats));
            at_death.extend(no_key_ends_under_what_is_kept(&observed, &snapshots));
        }
        let mut problems = Vec::new();
        let mut runs = 0;
        while runs < RUNS {
            runs += 1;
            let outcome = self.run(&Stage::on(world.clone()).await).await;
            if outcome.is_complete() {
                problems.clear();
                break;
            }
            problems =
                outcome.failed.iter().map(|one| format!("{} of {}: {}", one.step, one.address, one.error)).collect();
            problems.extend(outcome.skipped.iter().map(|one| format!("skipped: {} of {}", one.step, one.address)));
        }
        problems.extend(at_death);
        problems.extend(differences(&self.end, &end_of(&world).await));
        let stage = Stage::on(world.clone()).await;
        let (plan, observed) = stage.plan(&self.desired).await;
        problems.extend(violations(&world, &observed));
        if !self.scenario.aim.ends() {
            problems.extend(words(&plan));
        }
        if matches!(self.scenario.aim, Aim::BuildAgain) {
            let (there, of_there) = elsewhere(&stage, &self.scenario).await;
            let (plan, observed) = there.plan(&of_there).await;
            problems.extend(words(&plan));
            problems.extend(violations(&world, &observed));
        }
        if matches!(self.scenario.aim, Aim::Restore) {
            let (restoration, _, observed) = stage.plan_restore(&self.desired, &Selection::default()).await;
            let unverified = verify(&restoration.seats, &observed);
            problems.extend(unverified.into_iter().map(|one| format!("{}: {}", one.address, one.words)));
        }
        (runs, problems)
    }

    fn line(&self, crash: Crash) -> String {
        let call = self.calls.iter().find(|call| call.number == crash.number);
        let action = call.map_or("", |call| call.action.as_str());
        format!("{}: call {} ({action}), {:?}, {:?}", self.scenario.name, crash.number, crash.side, crash.death)
    }
}

/// The stage of the region that copies go to, and what the production would be there.
async fn elsewhere(stage: &Stage, scenario: &Scenario) -> (Stage, Desired) {
    let there = Stage::in_region(stage.world.clone(), "nebula", "us-east-2").await;
    let before = scenario.before.as_ref().expect("something was applied before");
    let of_there = there.desired_there(&before.text()).await;
    (there, of_there)
}

/// A case as it is kept: `37 After Killed`.
fn read(case: &str) -> Option<Crash> {
    let mut words = case.split(' ');
    let number = words.next()?.parse().ok()?;
    let (side, death) = (words.next()?, words.next()?);
    Some(Crash {
        number,
        side: [Side::Before, Side::After].into_iter().find(|one| format!("{one:?}") == side)?,
        death: [Death::Killed, Death::CutOff].into_iter().find(|one| format!("{one:?}") == death)?,
    })
}

/// Crashes at every call of a scenario.
async fn crash_everywhere(scenario: Scenario) {
    let rehearsal = Box::pin(Rehearsal::of(scenario)).await;
    let mut failed = Vec::new();
    let mut most = 0;
    let mut crashes = rehearsal.crashes();
    let cases = Cases::of("crash", rehearsal.scenario.name);
    let known = cases.known().into_iter().map(|case| read(&case).unwrap_or_else(|| panic!("no case: {case}")));
    // The program may make fewer calls by now.
    let calls: Vec<u64> = rehearsal.calls.iter().map(|call| call.number).collect();
    crashes.extend(known.filter(|crash| calls.contains(&crash.number)));
    for crash in &crashes {
        let (runs, problems) = Box::pin(rehearsal.survive(*crash)).await;
        most = most.max(runs);
        if !problems.is_empty() {
            cases.keep(&format!("{} {:?} {:?}", crash.number, crash.side, crash.death));
            failed.push(format!("{}\n    {}", rehearsal.line(*crash), problems.join("\n    ")));
        }
    }
    let (name, calls) = (rehearsal.scenario.name, rehearsal.calls.len());
    assert!(failed.is_empty(), "{name}: {} of {} crashes\n{}", failed.len(), crashes.len(), failed.join("\n"));
    // Nothing in these worlds lags or fails by itself: one run is enough.
    assert!(most <= 2, "{name}: {most} runs after a crash, in {} crashes of {calls} calls", crashes.len());
}

fn applied(name: &'static str, before: Floor, after: Floor) -> Scenario {
    Scenario { name, before: Some(before), aim: Aim::Apply(after) }
}

#[tokio::test(start_paused = true)]
async fn the_first_apply() {
    crash_everywhere(Scenario { name: "first apply", before: None, aim: Aim::Apply(Floor::default()) }).await;
}

#[tokio::test(start_paused = true)]
async fn more_seats() {
    let after = Floor { seats: 5, ..Floor::default() };
    crash_everywhere(applied("more seats", Floor::default(), after)).await;
}

#[tokio::test(start_paused = true)]
async fn fewer_seats() {
    let after = Floor { seats: 1, ..Floor::default() };
    crash_everywhere(applied("fewer seats", Floor::default(), after)).await;
}

#[tokio::test(start_paused = true)]
async fn a_new_image_rolls() {
    let after = Floor { image: NEXT_IMAGE, ..Floor::default() };
    crash_everywhere(applied("a new image", Floor::default(), after)).await;
}

#[tokio::test(start_paused = true)]
async fn edits_in_place() {
    let after = Floor {
        cache_gib: Some(120),
        ports: vec!["tcp/443", "udp/8443"],
        offices: vec![113, 114],
        tags: vec![("unit", "second"), ("budget", "vfx")],
        endpoints: vec!["s3", "logs"],
        ..Floor::default()
    };
    crash_everywhere(applied("edits in place", Floor::default(), after)).await;
}

#[tokio::test(start_paused = true)]
async fn a_prefix_list_changes_its_family() {
    let before = Floor { seats: 1, ..Floor::default() };
    let after = Floor { offices_in_ipv6: true, ..before.clone() };
    crash_everywhere(applied("a prefix list of another family", before, after)).await;
}

#[tokio::test(start_paused = true)]
async fn a_kept_volume_moves_to_the_next_machine() {
    let before = Floor { seats: 2, kept_gib: Some(50), ..Floor::default() };
    let after = Floor { image: NEXT_IMAGE, ..before.clone() };
    crash_everywhere(applied("a kept volume", before, after)).await;
}

#[tokio::test(start_paused = true)]
async fn a_backup() {
    let before = Floor { backup: true, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "backup", before: Some(before), aim: Aim::Backup }).await;
}

#[tokio::test(start_paused = true)]
async fn a_restore_of_everything() {
    let before = Floor { seats: 2, backup: true, root_backup: true, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "restore", before: Some(before), aim: Aim::Restore }).await;
}

/// A floor with a `backup` block, as small as one can be.
fn kept_safe() -> Floor {
    Floor { seats: 1, zones: 1, endpoints: Vec::new(), backup: true, ..Floor::default() }
}

#[tokio::test(start_paused = true)]
async fn a_floor_that_is_kept_safe() {
    crash_everywhere(Scenario { name: "kept safe", before: None, aim: Aim::Apply(kept_safe()) }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_of_a_floor_that_is_kept_safe() {
    crash_everywhere(Scenario { name: "wrap of what is kept safe", before: Some(kept_safe()), aim: Aim::Wrap }).await;
}

#[tokio::test(start_paused = true)]
async fn copies_to_another_region() {
    let before = Floor { seats: 2, backup: true, ..Floor::default() };
    crash_everywhere(Scenario { name: "copies", before: Some(before), aim: Aim::Copy }).await;
}

#[tokio::test(start_paused = true)]
async fn a_floor_built_again_in_another_region() {
    // Two of them are in every world that is opened.
    crash_everywhere(Scenario { name: "another region", before: Some(kept_safe()), aim: Aim::BuildAgain }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap() {
    crash_everywhere(Scenario { name: "wrap", before: Some(Floor::default()), aim: Aim::Wrap }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_with_kept_volumes() {
    let before = Floor { seats: 1, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "wrap with kept volumes", before: Some(before), aim: Aim::Wrap }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_that_shreds() {
    let before = Floor { seats: 2, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "wrap and shred", before: Some(before), aim: Aim::Shred }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_with_recovery_points() {
    let before =
        Floor { seats: 1, zones: 1, endpoints: Vec::new(), backup: true, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "wrap with recovery points", before: Some(before), aim: Aim::WrapPoints }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_that_keeps_a_last_recovery_point() {
    let before =
        Floor { seats: 1, zones: 1, endpoints: Vec::new(), backup: true, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "wrap and keep", before: Some(before), aim: Aim::WrapKeeping }).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrap_that_puts_what_it_keeps_under_a_key_of_its_own() {
    let before =
        Floor { seats: 1, zones: 1, endpoints: Vec::new(), backup: true, kept_gib: Some(50), ..Floor::default() };
    crash_everywhere(Scenario { name: "wrap and archive", before: Some(before), aim: Aim::WrapArchiving }).await;
}

#[tokio::test(start_paused = true)]
async fn a_drill() {
    let before = Floor { seats: 1, zones: 1, endpoints: Vec::new(), backup: true, ..Floor::default() };
    crash_everywhere(Scenario { name: "drill", before: Some(before), aim: Aim::Drill }).await;
}
