//! A production on moto, driven through the library as the command line drives it. Every look at the cloud is a process
//! of its own: nothing is remembered from one run to the next but what the cloud itself shows.

use std::collections::BTreeMap;

use closedset::apply::{self, Outcome};
use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::cloud::{Cloud, Scope};
use closedset::compile::{Facts, compile, images};
use closedset::plan::{Action, Change, Options, Plan, make, wrap};
use closedset::resource::{Address, Desired, Kind, Observed};
use tokio::sync::watch;

use crate::moto::{Moto, REGION};

/// A small floor with everything on it, in moto's own region and with the image that it knows.
const FLOOR: &str = include_str!("floor.hcl");

/// The floor's blueprint with so many seats.
pub fn floor(seats: u32) -> String {
    edited(&FLOOR.replace("us-west-2", REGION), "seats          = 4", &format!("seats          = {seats}"))
}

/// A blueprint with one passage replaced by another.
pub fn edited(text: &str, passage: &str, by: &str) -> String {
    assert!(text.contains(passage), "the blueprint has no `{passage}`");
    text.replace(passage, by)
}

/// The floor with a volume that outlives its seat.
pub fn with_kept_cache(text: &str) -> String {
    let kept = edited(text, "mount    = \"E:\"", "mount    = \"E:\"\n    keep     = true");
    kept + r#"
exception "kept-caches" {
  control      = "VDI-DAT-01"
  scope        = [workstation_pool.comp]
  reason       = "Simulation caches take a night to fill."
  compensating = "Encrypted with the production's key."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}
"#
}

/// The blueprint's production in an account of its own.
pub struct Stage {
    pub moto: Moto,
    pub scope: Scope,
}

/// One run that has looked and made its plan.
pub struct Run {
    pub cloud: Cloud,
    pub desired: Desired,
    pub observed: Observed,
    pub plan: Plan,
}

impl Stage {
    pub fn new() -> Self {
        Self { moto: Moto::new(), scope: Scope::new("nebula") }
    }

    /// One whose floor is up.
    pub async fn with(text: &str) -> Self {
        let stage = Self::new();
        stage.apply(text).await;
        stage
    }

    /// What a blueprint asks for.
    pub async fn desired(&self, cloud: &Cloud, text: &str) -> Desired {
        let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
        let today = "2026-11-21".parse().expect("a date");
        let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today);
        let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics) };
        let caller = cloud.caller().await.expect("a caller");
        let facts = Facts {
            account: caller.account.clone(),
            partition: caller.partition().to_owned(),
            region: REGION.to_owned(),
            images: cloud.images(&images(&blueprint)).await.expect("images"),
            devices: BTreeMap::new(),
            offline: false,
        };
        compile(&blueprint, &facts, &NoFiles).expect("it compiles")
    }

    /// What is live.
    pub async fn observe(&self) -> Observed {
        self.moto.cloud().await.observe(&self.scope).await.expect("it can be read")
    }

    /// What would be done for this blueprint.
    pub async fn plan(&self, text: &str) -> Run {
        let cloud = self.moto.cloud().await;
        let desired = self.desired(&cloud, text).await;
        let observed = cloud.observe(&self.scope).await.expect("it can be read");
        let plan = make(&desired, &observed, &Options::default());
        Run { cloud, desired, observed, plan }
    }

    /// What a wrap would do.
    pub async fn plan_wrap(&self, text: &str) -> Run {
        let run = self.plan(text).await;
        let plan = wrap(&run.desired, &run.observed);
        Run { desired: Desired { resources: Default::default(), ..run.desired }, plan, ..run }
    }

    /// Does all of what the blueprint asks for, and sees that nothing is left to be done.
    pub async fn apply(&self, text: &str) {
        self.plan(text).await.carry_out().await;
        self.assert_nothing_to_do(text).await;
    }

    /// A plan of this blueprint changes nothing.
    pub async fn assert_nothing_to_do(&self, text: &str) {
        let run = self.plan(text).await;
        assert!(!run.plan.has_changes(), "{:#?}", run.lines());
        assert_eq!(run.observed.duplicates, []);
    }

    /// After something was done behind the program's back, or to the blueprint: a plan says what would be done in these
    /// lines, an apply does it, and then nothing is left to be done.
    pub async fn assert_does(&self, text: &str, lines: &[&str]) {
        let run = self.plan(text).await;
        assert_eq!(run.lines(), lines);
        run.carry_out().await;
        self.assert_nothing_to_do(text).await;
    }

    /// The id of what lives at an address.
    pub async fn id(&self, address: &str) -> String {
        let observed = self.observe().await;
        observed.found.get(&Address::new(address)).unwrap_or_else(|| panic!("nothing is at {address}")).id.clone()
    }
}

impl Run {
    /// The plan, a line a change: what is done, to what, why, and which fields differ. Those of something new are left
    /// out, for they are all of them; and so are the account's switches, which moto can't tell.
    pub fn lines(&self) -> Vec<String> {
        self.plan.changes.iter().filter(|change| change.kind != Kind::AccountSwitch).map(line).collect()
    }

    pub async fn run(&self) -> Outcome {
        let (_keep, signals) = watch::channel(0);
        apply::run(&self.plan, &self.desired, &self.observed, &self.cloud, signals, &mut ()).await
    }

    /// Does what is planned, all of it.
    pub async fn carry_out(&self) {
        let outcome = self.run().await;
        assert!(outcome.is_complete(), "{:#?}\n{outcome:#?}", self.lines());
    }
}

fn line(change: &Change) -> String {
    let mut line = format!("{} {} ({:?})", change.action.symbol(), change.address, change.reason);
    if change.action != Action::Create {
        for field in &change.fields {
            line.push_str(&format!(" [{}]", field.path));
        }
    }
    line
}
