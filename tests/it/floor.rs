//! A whole floor on moto: from a blueprint to running seats, changed in every way, and back to nothing.

use closedset::apply::{self, Outcome};
use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::cloud::{Cloud, Scope};
use closedset::compile::{Facts, compile, images};
use closedset::plan::{Action, Options, Plan, make, wrap};
use closedset::resource::{Address, Desired, Observed};
use tokio::sync::watch;

use crate::moto::{Moto, REGION};

/// A small floor with everything on it, in moto's own region and with the image that it knows.
const FLOOR: &str = include_str!("floor.hcl");

struct Stage {
    moto: Moto,
    cloud: Cloud,
    scope: Scope,
}

impl Stage {
    async fn new() -> Self {
        let moto = Moto::new();
        let cloud = moto.cloud().await;
        Self { moto, cloud, scope: Scope::new("nebula") }
    }

    async fn desired(&self, text: &str) -> Desired {
        let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
        let today = "2026-11-21".parse().expect("a date");
        let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today);
        let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics) };
        let caller = self.cloud.caller().await.expect("a caller");
        let facts = Facts {
            account: caller.account.clone(),
            partition: caller.partition().to_owned(),
            region: REGION.to_owned(),
            images: self.cloud.images(&images(&blueprint)).await.expect("images"),
            offline: false,
        };
        compile(&blueprint, &facts, &NoFiles).expect("it compiles")
    }

    async fn observe(&self) -> Observed {
        self.cloud.observe(&self.scope).await.expect("it can be read")
    }

    async fn plan(&self, desired: &Desired) -> (Plan, Observed) {
        let observed = self.observe().await;
        (make(desired, &observed, &Options::default()), observed)
    }

    async fn apply(&self, desired: &Desired) -> Outcome {
        let (plan, observed) = self.plan(desired).await;
        let (_keep, signals) = watch::channel(0);
        apply::run(&plan, desired, &observed, &self.cloud, signals, &mut ()).await
    }
}

fn floor(seats: u32, cache: u32) -> String {
    FLOOR
        .replace("us-west-2", REGION)
        .replace("seats          = 4", &format!("seats          = {seats}"))
        .replace("size_gib = 200", &format!("size_gib = {cache}"))
}

fn words(plan: &Plan) -> Vec<String> {
    plan.changes
        .iter()
        .filter(|change| change.action != Action::None)
        .map(|change| {
            format!("{} {} ({:?}) {:?}", change.action.symbol(), change.address, change.reason, change.fields)
        })
        .collect()
}

#[tokio::test]
async fn a_floor_goes_up_stays_as_it_is_and_comes_down() {
    let stage = Stage::new().await;
    let desired = stage.desired(&floor(4, 200)).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");

    let (plan, observed) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    assert!(observed.found.contains_key(&Address::seat("comp", 4)));

    let (_keep, signals) = watch::channel(0);
    let plan = wrap(&desired, &observed);
    let gone = Desired { resources: Default::default(), ..desired };
    let outcome = apply::run(&plan, &gone, &observed, &stage.cloud, signals, &mut ()).await;
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
