//! Restores and drills as people meet them: the real program on a rehearsal cloud that a file keeps.

use std::sync::Arc;

use crate::desk::Desk;
use crate::ending::{small, up};
use crate::rehearsal::Stage;
use crate::small::Floor;

/// A seat whose volumes are kept safe, with copies in us-east-2, and a recovery point of it.
fn house() -> Desk {
    let house = up(&Floor { backup: true, endpoints: Vec::new(), ..small() });
    house.exits(0, &["--profile", "ana", "backup", "now", "floor.hcl", "--yes"]);
    house
}

#[test]
fn a_region_without_copies_leads_to_those_that_have_some() {
    let house = house();
    let elsewhere = |region: &'static str| ["restore", "floor.hcl", "--plan", "--to-region", region];
    let told = house.exits(1, &elsewhere("eu-west-1"));
    assert!(told.contains("has a recovery point in eu-west-1 that is complete"), "{told}");
    assert!(told.contains("complete copies are in us-east-2: --to-region takes that"), "{told}");
    assert!(told.contains("write a `copy` block with region = \"eu-west-1\""), "{told}");
    house.exits(0, &elsewhere("us-east-2"));
    // Before anything was copied, that isn't said of any.
    let empty = up(&Floor { backup: true, endpoints: Vec::new(), ..small() });
    let told = empty.exits(1, &elsewhere("us-east-2"));
    assert!(told.contains("no other region that this production names has copies"), "{told}");
    assert!(told.contains("closedset backup now copies there"), "{told}");
}

#[test]
fn nothing_is_restored_as_of_a_time_that_is_still_to_come() {
    let house = house();
    // The cloud's clock is in January 2026, whatever day it is here.
    let at = |time: &'static str| ["restore", "floor.hcl", "--plan", "--at", time];
    let told = house.exits(1, &at("2026-11-30"));
    assert!(told.contains("`2026-11-30` is still to come: it is 2026-01-"), "{told}");
    assert!(told.contains("leave --at out"), "{told}");
    house.exits(1, &at("2026-01-31T00:00:00Z"));
    let now = house.json(&["status", "floor.hcl", "--json"])["seats"][0]["recovery_point"]["newest"].clone();
    let today = now.as_str().and_then(|time| time.get(..10)).expect("a day").to_owned();
    house.exits(0, &["restore", "floor.hcl", "--plan", "--at", &today]);
}

#[test]
fn what_is_rehearsed_is_written_down_beside_its_cloud_wherever_the_real_ledgers_are() {
    let house = crate::ending::planned(&small());
    let apply = |more: &[&str]| {
        let common = ["--cloud", "rehearsal=cloud.json", "--today", "2026-12-01"];
        let mut command = house.command(&[&common, more, &["apply", "floor.hcl", "--yes"]].concat());
        let output = command.env("CLOSEDSET_STATE_DIR", house.path("real")).output().expect("the program is there");
        assert_eq!(output.status.code(), Some(0), "{}", crate::desk::said(&output));
    };
    apply(&[]);
    assert!(house.state().join("ledger.jsonl").exists());
    assert!(!house.path("real").exists());
    // Who says so on the command itself has it elsewhere, and apart from what was done.
    apply(&["--state-dir", "here"]);
    assert!(house.path("here").join("rehearsal").join("123456789012").join("nebula").exists());
    // And that is how the help has it.
    let help = crate::desk::said(&house.run_apart(&["apply", "--help"]));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(help.contains("beside that file, whatever CLOSEDSET_STATE_DIR says"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn what_a_drill_that_was_interrupted_left_is_told_and_removed_by_the_next_command() {
    let house = house();
    let cloud = Arc::new(house.cloud());
    let stage = Box::pin(Stage::on(cloud.clone())).await;
    let desired = Box::pin(stage.desired(&house.read("floor.hcl"))).await;
    assert!(Box::pin(stage.drill_that_is_cut_off(&desired)).await.is_complete());
    house.keep(&cloud);
    drop((stage, cloud));

    let copy = "a copy of the floor is there for a drill";
    let told = house.exits(0, &["status", "floor.hcl"]);
    assert!(told.contains(copy), "{told}");
    // What only looks leaves it alone, and it is no part of the floor.
    let told = house.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    assert!(!told.contains("drill"), "{told}");
    assert!(house.exits(0, &["status", "floor.hcl"]).contains(copy));

    let told = house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    assert!(told.contains("A drill was cut off: what it left is removed first."), "{told}");
    assert!(!house.exits(0, &["status", "floor.hcl"]).contains(copy));
    // The removal is written down, and the floor itself is as it was.
    house.exits(0, &["ledger", "verify", "floor.hcl"]);
    let ledger = house.json(&["ledger", "floor.hcl", "--json"]);
    let runs = ledger["entries"].as_array().expect("entries").iter().filter(|one| one["what"] == "began");
    assert!(runs.into_iter().any(|one| one["details"]["verb"] == "drill"), "{ledger:#}");
    house.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    let told = house.exits(0, &["--profile", "ana", "drill", "floor.hcl", "--yes"]);
    assert!(told.contains("The copy is removed."), "{told}");
}
