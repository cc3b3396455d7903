//! The same seed gives the same calls at the same moments, byte for byte: what a rehearsal showed can be shown again.

use closedset::rehearsal::{Faults, Settings};

use crate::rehearsal::Stage;
use crate::small::Floor;

/// Every call of an apply and a wrap, as JSON.
async fn calls(settings: Settings) -> String {
    let stage = Stage::new(settings).await;
    let desired = stage.desired(&Floor::default().text()).await;
    stage.apply(&desired).await;
    stage.wrap(&desired).await;
    serde_json::to_string_pretty(&stage.world.calls()).expect("calls are plain JSON")
}

#[test]
fn the_same_seed_gives_the_same_calls() {
    for (seed, faults) in [(1, Faults::None), (2, Faults::Typical), (3, Faults::Typical)] {
        let settings = Settings { seed, faults, ..Settings::default() };
        // Each in a runtime of its own, as two processes would be.
        let [one, other] = [settings.clone(), settings].map(|settings| {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .build()
                .expect("a runtime")
                .block_on(calls(settings))
        });
        assert!(
            one == other,
            "seed {seed} with {faults:?}: {}",
            crate::invariants::differences(&one, &other).join("\n")
        );
    }
}
