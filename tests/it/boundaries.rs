//! Two productions in one account: whatever is done to one, nothing of the other is touched.

use std::sync::Arc;

use closedset::plan::wrap;
use closedset::rehearsal::{RehearsalCloud, Settings};
use closedset::resource::Desired;
use serde_json::Value;

use crate::invariants::rest;
use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE, NEXT_IMAGE};

/// A production with its floor.
struct Show {
    stage: Stage,
    floor: Floor,
}

impl Show {
    async fn up(world: &Arc<RehearsalCloud>, floor: Floor) -> Self {
        let stage = Stage::of(world.clone(), floor.production).await;
        let show = Self { stage, floor };
        show.apply().await;
        show
    }

    async fn desired(&self) -> Desired {
        self.stage.desired(&self.floor.text()).await
    }

    async fn apply(&self) {
        let outcome = self.stage.apply(&self.desired().await).await;
        assert!(outcome.is_complete(), "{outcome:#?}");
    }

    /// All that the account holds of this production: what the program sees, and the cloud's own books.
    async fn view(&self) -> String {
        rest().await;
        let observed = serde_json::to_string_pretty(&self.stage.observe().await).expect("plain JSON");
        let snapshot = self.stage.world.snapshot();
        let shelves = snapshot.as_object().into_iter().flatten();
        let things = shelves.filter_map(|(_, things)| things.as_array()).flatten();
        let own: Vec<String> =
            things.map(Value::to_string).filter(|text| text.contains(self.floor.production)).collect();
        format!("{observed}\n{}", own.join("\n"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_neighbour_may_apply_change_and_wrap_and_nothing_of_ours_moves() {
    let settings = Settings { windows_images: [IMAGE, NEXT_IMAGE].map(str::to_owned).into(), ..Settings::default() };
    let world = Arc::new(RehearsalCloud::new(settings));
    let ours = Show::up(&world, Floor::default()).await;
    let before = ours.view().await;
    assert!(before.contains("workstation_pool.comp[003].cache"));
    let untouched = async |after: &str| {
        let now = ours.view().await;
        assert!(before == now, "{after}: {}", crate::invariants::differences(&before, &now).join("\n"));
    };

    // The same labels, the same addresses even: only the alias of the production tells the two apart, and one begins
    // with the other.
    let mut theirs = Show::up(&world, Floor { production: "nebul", ..Floor::default() }).await;
    untouched("apply").await;

    theirs.floor = Floor { image: NEXT_IMAGE, seats: 2, tags: vec![("unit", "second")], ..theirs.floor };
    theirs.apply().await;
    untouched("change").await;

    let outcome = theirs.stage.wrap(&theirs.desired().await).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    untouched("wrap").await;

    // And there is nothing left of theirs to wrap, nor anything of ours to change.
    let observed = theirs.stage.observe().await;
    assert!(!wrap(&theirs.desired().await, &observed).has_changes());
    let (plan, _) = ours.stage.plan(&ours.desired().await).await;
    assert_eq!(words(&plan), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_production_moves_to_another_region_and_what_it_left_behind_stays() {
    // IAM knows no regions: the roles of both floors stand side by side under one path.
    let world = Arc::new(RehearsalCloud::new(Settings::default()));
    let text = Floor { seats: 1, image: NEXT_IMAGE, ..Floor::default() }.text();
    world.adjust(|settings| settings.windows_images = [NEXT_IMAGE.to_owned()].into());
    let west = Stage::of(world.clone(), "nebula").await;
    let here = west.desired(&text).await;
    assert!(west.apply(&here).await.is_complete());

    let east = Stage::in_region(world, "nebula", "us-east-2").await;
    let there = east.desired(&text.replace("us-west-2", "us-east-2")).await;
    let (plan, observed) = east.plan(&there).await;
    assert_eq!(observed.found.keys().filter(|address| !address.as_str().starts_with("account.")).count(), 0);
    assert_eq!(plan.summary.create, plan.summary.total());
    assert!(east.apply(&there).await.is_complete());

    let (plan, _) = west.plan(&here).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    assert!(east.wrap(&there).await.is_complete());
    let (plan, _) = west.plan(&here).await;
    assert_eq!(words(&plan), Vec::<String>::new());
}
