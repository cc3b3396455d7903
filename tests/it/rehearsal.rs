//! The whole program against the rehearsal cloud, in virtual time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use closedset::apply::{self, Outcome, shred, to_shred};
use closedset::blueprint::model::Region;
use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::cloud::{Access, Cloud, Endpoint, Scope, rehearsed};
use closedset::compile::{Facts, compile, images};
use closedset::plan::{Options, Plan, WrapPhase, make, operations, unchanged, wrap};
use closedset::recovery::{
    BackupPlan, Elsewhere, Keeping, Points, Restoration, Selection, add_archiving, add_points, final_backup, isolated,
    name_of, plan_backup, plan_copies, points_at_end, restoration, to_archive,
};
use closedset::rehearsal::{RehearsalCloud, Settings, Side};
use closedset::resource::{Address, Desired, Kind, Observed, Resource, Status};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::watch;

/// A production on a rehearsal cloud.
pub struct Stage {
    pub world: Arc<RehearsalCloud>,
    pub cloud: Cloud,
    pub scope: Scope,
    /// Where to look, by what was compiled here: the production's own region, and those that copies go to.
    pub wide: Mutex<Scope>,
}

impl Stage {
    pub async fn new(settings: Settings) -> Self {
        Self::on(Arc::new(RehearsalCloud::new(settings))).await
    }

    /// Another process on the same cloud.
    pub async fn on(world: Arc<RehearsalCloud>) -> Self {
        Self::of(world, "nebula").await
    }

    /// Another production on the same cloud.
    pub async fn of(world: Arc<RehearsalCloud>, production: &str) -> Self {
        let region = world.settings().region;
        Self::in_region(world, production, &region).await
    }

    /// A production in this region of the same cloud.
    pub async fn in_region(world: Arc<RehearsalCloud>, production: &str, region: &str) -> Self {
        let access = Access {
            endpoint: Endpoint::InProcess(rehearsed(world.clone())),
            region: region.to_owned(),
            trace: None,
            reads: None,
        };
        let cloud = Cloud::connect(&access).await.expect("no trace file that could fail");
        let scope = Scope::new(production);
        Self { world, cloud, wide: Mutex::new(scope.clone()), scope }
    }

    pub async fn desired(&self, text: &str) -> Desired {
        self.compiled(text, None).await
    }

    /// The same production in another region, whose stage this is.
    pub async fn desired_there(&self, text: &str) -> Desired {
        self.compiled(text, Some(self.cloud.region())).await
    }

    /// Builds the floor again in the region of this stage, as `restore --to-region` does.
    pub async fn build_again(&self, of_there: &Desired) -> (Restoration, Outcome) {
        let (observed, points) = (self.observe().await, self.points().await);
        let everything = Selection::default();
        let mut restoration = restoration(of_there, &observed, &points, &everything, self.now());
        restoration.with_the_floor(&everything);
        let plan = make(&restoration.desired, &observed, &restoration.options);
        let outcome = self.run(&plan, &restoration.desired, &observed).await;
        (restoration, outcome)
    }

    async fn compiled(&self, text: &str, region: Option<&str>) -> Desired {
        let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
        let today = "2026-11-21".parse().expect("a date");
        let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today);
        let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics) };
        let blueprint = match region.and_then(Region::parse) {
            Some(region) => blueprint.in_region(&region).expect("its zones have names there"),
            None => blueprint,
        };
        let caller = self.cloud.caller().await.expect("a caller");
        let facts = Facts {
            account: caller.account.clone(),
            partition: caller.partition().to_owned(),
            region: self.cloud.region().to_owned(),
            images: self.cloud.images(&images(&blueprint)).await.expect("images"),
            devices: BTreeMap::new(),
            offline: false,
        };
        let desired = compile(&blueprint, &facts, &NoFiles).expect("it compiles");
        self.look_where_copies_go(&desired);
        desired
    }

    /// From now on, what AWS Backup has is observed too where something is asked of it, in every region that copies go to,
    /// as a command knows them from its blueprint.
    pub fn look_where_copies_go(&self, desired: &Desired) {
        let seen = Scope::of(desired);
        let mut wide = self.wide.lock().expect("nobody panicked");
        wide.backups |= seen.backups;
        wide.elsewhere.extend(seen.elsewhere);
    }

    pub async fn observe(&self) -> Observed {
        let wide = self.wide.lock().expect("nobody panicked").clone();
        let scope = Scope { backups: wide.backups, elsewhere: wide.elsewhere, ..self.scope.clone() };
        self.cloud.observe(&scope).await.expect("it can be read")
    }

    pub async fn plan(&self, desired: &Desired) -> (Plan, Observed) {
        self.look_where_copies_go(desired);
        let observed = self.observe().await;
        (make(desired, &observed, &Options::default()), observed)
    }

    pub async fn apply(&self, desired: &Desired) -> Outcome {
        let (plan, observed) = self.plan(desired).await;
        self.run(&plan, desired, &observed).await
    }

    pub async fn wrap(&self, desired: &Desired) -> Outcome {
        self.look_where_copies_go(desired);
        let observed = self.observe().await;
        let plan = wrap(desired, &observed);
        self.run(&plan, &Desired { resources: Default::default(), ..desired.clone() }, &observed).await
    }

    /// Takes a production down as `wrap` does with its recovery points: they go with it, or are kept for so many days, and
    /// where they are, a last one is taken first.
    pub async fn wrap_with_points(&self, desired: &Desired, days: Option<u32>) -> Outcome {
        let world = self.world.clone();
        self.cloud.keep_time(move || world.now().iso());
        self.look_where_copies_go(desired);
        let observed = self.observe().await;
        let snapshots = self.cloud.snapshots(&self.scope).await.expect("they can be listed");
        let plan = wrap(desired, &observed);
        let archive = observed.found.get(&Address::archive_key()).map(|found| found.id.as_str());
        let keeping = Keeping { days, today: self.now().to_zoned(TimeZone::UTC).date(), archive };
        let last = keeping.until().map(|until| {
            final_backup(desired, &observed, &snapshots, &plan, self.now(), until).expect("all can be taken in")
        });
        let end = points_at_end(&snapshots, &plan, keeping);
        let desired = Desired { resources: Default::default(), ..desired.clone() };
        let mut steps = operations(&plan, &desired, &observed);
        add_points(&mut steps, &end, last.as_ref());
        let (_keep, signals) = watch::channel(0);
        Box::pin(apply::run_steps(&steps, &plan, &desired, &observed, &self.cloud, signals, &mut ())).await
    }

    /// Takes a production down as `wrap --final-backup --keep-backups --shred` does: what is kept gets a key of its own before
    /// anything ends, and the production's key ends last.
    pub async fn wrap_into_archive(&self, desired: &Desired, days: u32) -> Outcome {
        let world = self.world.clone();
        self.cloud.keep_time(move || world.now().iso());
        let archived = Box::pin(self.archive(desired, days)).await;
        if !archived.is_complete() {
            return archived;
        }
        let mut outcome = Box::pin(self.wrap_with_points(desired, Some(days))).await;
        if outcome.is_complete() {
            let observed = Box::pin(self.observe()).await;
            let keys =
                to_shred(desired, &observed).into_iter().filter(|(address, ..)| address.as_str() == "key.content");
            let shredded = shred(&keys.collect::<Vec<_>>(), &self.cloud, None).await;
            outcome.interrupted = shredded.iter().any(|one| one.ends.is_err());
        }
        outcome
    }

    async fn archive(&self, desired: &Desired, days: u32) -> Outcome {
        self.look_where_copies_go(desired);
        let observed = self.observe().await;
        let snapshots = self.cloud.snapshots(&self.scope).await.expect("they can be listed");
        let plan = wrap(desired, &observed);
        let archive = observed.found.get(&Address::archive_key()).map(|found| found.id.as_str());
        let keeping = Keeping { days: Some(days), today: self.now().to_zoned(TimeZone::UTC).date(), archive };
        let until = keeping.until().expect("a day");
        let last = final_backup(desired, &observed, &snapshots, &plan, self.now(), until).expect("all can be taken in");
        let end = points_at_end(&snapshots, &plan, keeping);
        let seats =
            to_archive(&end, Some(&last), &observed).expect("the keys serve as long as anything is to be archived");
        if seats.is_empty() {
            return Outcome::default();
        }
        let nothing = Desired { resources: Default::default(), ..desired.clone() };
        let mut steps = operations(&plan, &nothing, &observed);
        add_points(&mut steps, &end, Some(&last));
        let secure = steps.only(|one| matches!(WrapPhase::of(one), WrapPhase::Freeze | WrapPhase::RecoveryPoints));
        let (_keep, signals) = watch::channel(0);
        let heard = signals.clone();
        let secured =
            Box::pin(apply::run_steps(&secure, &plan, &nothing, &observed, &self.cloud, heard, &mut ())).await;
        if !secured.is_complete() {
            return secured;
        }
        let mut key = desired.resources[&Address::from("key.content")].clone();
        if let Resource::KmsKey(key) = &mut key {
            key.alias = Some("alias/closedset/nebula/archive".to_owned());
        }
        let wanted = Desired { resources: [(Address::archive_key(), key)].into(), ..desired.clone() };
        let options = Options { targets: vec![Address::archive_key().to_string()], ..Options::default() };
        let plan = make(&wanted, &observed, &options);
        let mut steps = operations(&plan, &wanted, &observed);
        add_archiving(&mut steps, &seats);
        Box::pin(apply::run_steps(&steps, &plan, &wanted, &observed, &self.cloud, signals, &mut ())).await
    }

    /// Rehearses a restore in a copy that is removed again, as `drill` does; where one was cut off, only removes it, as the
    /// next command does.
    pub async fn drill(&self, desired: &Desired) -> Outcome {
        let copy = Box::pin(Stage::of(self.world.clone(), &name_of(&desired.production))).await;
        let is_cut_off = Box::pin(copy.cloud.has_network(&copy.scope)).await.expect("it can be asked");
        if !is_cut_off {
            let built = Box::pin(self.build_copy(&copy, desired)).await;
            if !built.is_complete() {
                return built;
            }
        }
        Box::pin(copy.wrap(&Desired { production: name_of(&desired.production), ..desired.clone() })).await
    }

    /// Builds a drill's copy and ends there, as a drill does that is interrupted.
    pub async fn drill_that_is_cut_off(&self, desired: &Desired) -> Outcome {
        let copy = Box::pin(Stage::of(self.world.clone(), &name_of(&desired.production))).await;
        Box::pin(self.build_copy(&copy, desired)).await
    }

    /// Boxed, each part: together they are more than the stack of a test's thread.
    async fn build_copy(&self, copy: &Stage, desired: &Desired) -> Outcome {
        let (points, observed) = (Box::pin(self.points()).await, Box::pin(self.observe()).await);
        for found in observed.found.values().filter(|found| found.resource.kind() == Kind::KmsKey) {
            copy.cloud.learn(found.address.clone(), found.id.clone());
        }
        let before = Box::pin(copy.observe()).await;
        let aim = isolated(desired, "2027-01-01T00:00:00Z");
        let mut restoration = restoration(&aim, &before, &points, &Selection::default(), self.now());
        restoration.only_restored();
        let plan = make(&restoration.desired, &before, &restoration.options);
        Box::pin(copy.run(&plan, &restoration.desired, &before)).await
    }

    /// The moment, by the cloud's clock.
    pub fn now(&self) -> Timestamp {
        self.world.now().iso().parse().expect("a time")
    }

    pub async fn points(&self) -> Points {
        Points::of(&self.cloud.snapshots(&self.scope).await.expect("they can be listed"))
    }

    /// The recovery points of this region, as those of another are handed in.
    pub async fn elsewhere(&self) -> Elsewhere {
        Elsewhere::from([(self.cloud.region().to_owned(), self.points().await)])
    }

    /// Takes a recovery point of every seat that is to be kept safe, as `backup now` does.
    pub async fn backup(&self, desired: &Desired) -> (BackupPlan, Outcome) {
        let (observed, points) = (self.observe().await, self.points().await);
        let backup = plan_backup(desired, &observed, &points, &Elsewhere::new(), None, self.now());
        let (_keep, signals) = watch::channel(0);
        let (steps, plan) = (backup.operations(), unchanged(desired, &observed));
        let outcome = apply::run_steps(&steps, &plan, desired, &observed, &self.cloud, signals, &mut ()).await;
        (backup, outcome)
    }

    /// Copies what a run took to the region of another stage, as `backup now` does.
    pub async fn copy(&self, desired: &Desired, backup: &BackupPlan, there: &Stage, of_there: &Desired) -> Outcome {
        let keys: Vec<String> =
            of_there.resources.keys().filter(|one| one.as_str().starts_with("key.")).map(ToString::to_string).collect();
        let observed = there.observe().await;
        let plan = make(of_there, &observed, &Options { targets: keys, ..Options::default() });
        let outcome = there.run(&plan, of_there, &observed).await;
        if !outcome.is_complete() {
            return outcome;
        }
        let observed = there.observe().await;
        let (here, lying) = (self.points().await, there.points().await);
        let copies = plan_copies(desired, backup.run, &backup.seats, &here, &lying, there.cloud.region());
        let (_keep, signals) = watch::channel(0);
        let (steps, plan) = (copies.operations(), unchanged(of_there, &observed));
        apply::run_steps(&steps, &plan, of_there, &observed, &there.cloud, signals, &mut ()).await
    }

    /// Plans a restore.
    pub async fn plan_restore(&self, desired: &Desired, selection: &Selection) -> (Restoration, Plan, Observed) {
        let (observed, points) = (self.observe().await, self.points().await);
        let restoration = restoration(desired, &observed, &points, selection, self.now());
        let plan = make(&restoration.desired, &observed, &restoration.options);
        (restoration, plan, observed)
    }

    /// Puts back what was on the seats, as `restore` does.
    pub async fn restore(&self, desired: &Desired, selection: &Selection) -> (Restoration, Outcome) {
        let (restoration, plan, observed) = self.plan_restore(desired, selection).await;
        let outcome = self.run(&plan, &restoration.desired, &observed).await;
        (restoration, outcome)
    }

    pub async fn run(&self, plan: &Plan, desired: &Desired, observed: &Observed) -> Outcome {
        let (_keep, signals) = watch::channel(0);
        apply::run(plan, desired, observed, &self.cloud, signals, &mut ()).await
    }
}

/// What a plan would do, a line a change.
pub fn words(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .filter(|change| change.action != closedset::plan::Action::None)
        .map(|change| {
            format!("{} {} ({:?}) {:?}", change.action.symbol(), change.address, change.reason, change.fields)
        })
        .collect()
}

/// A floor with so many seats, in two zones of us-west-2.
pub fn floor(seats: u32) -> String {
    include_str!("floor.hcl").replace("seats          = 4", &format!("seats          = {seats}"))
}

#[tokio::test(start_paused = true)]
async fn a_floor_goes_up_stays_as_it_is_and_comes_down() {
    let stage = Stage::new(Settings::default()).await;
    let desired = stage.desired(&floor(24)).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");

    let (plan, _) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());

    let outcome = stage.wrap(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let left: Vec<_> = stage
        .observe()
        .await
        .found
        .into_keys()
        .map(|one| one.to_string())
        .filter(|one| !one.starts_with("account."))
        .collect();
    assert_eq!(left, ["key.content"]);
}

#[tokio::test(start_paused = true)]
async fn a_wrap_finds_a_key_that_a_killed_run_left_without_its_alias() {
    // The same seed makes the same calls: an undisturbed run tells when the key is made.
    let calm = Stage::new(Settings::default()).await;
    let desired = calm.desired(&floor(1)).await;
    assert!(calm.apply(&desired).await.is_complete());
    let made = calm.world.calls().iter().find(|call| call.action == "CreateKey").expect("a key is made").number;

    let stage = Stage::new(Settings::default()).await;
    let desired = stage.desired(&floor(1)).await;
    stage.world.stop_after(made, Side::After);
    assert!(!stage.apply(&desired).await.is_complete());
    stage.world.resume();

    let next = Stage::on(stage.world).await;
    let next = Stage { scope: next.scope.clone().thorough(), ..next };
    let left = next.observe().await;
    assert!(left.found.contains_key(&Address::from("key.content")), "{:#?}", left.found.keys());
    assert!(next.wrap(&desired).await.is_complete());
    let left = next.observe().await;
    assert!(matches!(left.found[&Address::from("key.content")].status, Status::Resting(_)));
}
