//! A whole floor on moto: from a blueprint to running seats, and back to nothing.

use closedset::resource::Address;

use crate::stage::{Stage, floor};

#[tokio::test]
async fn a_floor_goes_up_stays_as_it_is_and_comes_down() {
    let stage = Stage::with(&floor(4)).await;
    assert!(stage.observe().await.found.contains_key(&Address::seat("comp", 4)));

    stage.plan_wrap(&floor(4)).await.carry_out().await;
    let left = stage.observe().await.found.into_keys().map(|one| one.to_string());
    let left: Vec<_> = left.filter(|one| !one.starts_with("account.")).collect();
    assert_eq!(left, ["key.content"]);
}
