//! Recovery points at the end of a production: they go with it, or outlive it as long as somebody said.

use std::sync::Arc;

use closedset::recovery::Selection;
use closedset::rehearsal::{CallRecord, Side};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::ending::{send, small, up};
use crate::rehearsal::Stage;
use crate::small::Floor;

/// A seat with a volume that goes with it and one that outlives it, both kept safe, with copies in another region.
fn floor() -> Floor {
    Floor { backup: true, kept_gib: Some(50), endpoints: Vec::new(), ..small() }
}

/// Such a floor with a recovery point and its copies.
fn house() -> Desk {
    let house = up(&floor());
    house.exits(0, &["--profile", "ana", "backup", "now", "floor.hcl", "--yes"]);
    house
}

fn wrap<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&["--profile", "bo", "wrap", "floor.hcl", "--yes"], more].concat()
}

fn last_certificate(house: &Desk) -> Value {
    house.certificates().pop().expect("a certificate")
}

fn destroyed_snapshots(certificate: &Value) -> usize {
    let all = certificate["destroyed"].as_array().expect("a list");
    all.iter().filter(|one| one["kind"] == "snapshot" && one["destroyed"]["by"].is_string()).count()
}

#[test]
fn recovery_points_and_their_copies_go_with_a_production() {
    let house = house();
    let plan = house.json(&["wrap", "floor.hcl", "--plan", "--json"]);
    let delete = plan["phases"].as_array().expect("phases").iter().find(|one| one["phase"] == "delete");
    let what = delete.and_then(|one| one["what"].as_str()).unwrap_or_default();
    assert!(what.contains("2 snapshots of recovery points, last"), "{what}");
    assert!(what.contains("then in us-east-2: delete 2 snapshots"), "{what}");

    let told = house.exits(0, &wrap(&["--shred", "--confirm", "nebula"]));
    assert!(told.contains("No residue"), "{told}");
    let certificate = last_certificate(&house);
    assert_eq!(certificate["recovery_points"], json!([]));
    assert_eq!(destroyed_snapshots(&certificate), 4, "two here and their copies\n{certificate:#}");
    let keys = certificate["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 2, "{keys:#?}");
    for key in keys {
        assert_eq!((&key["state"], &key["asked"]["refused"]), (&json!("pending_deletion"), &json!(true)), "{key:#}");
    }
    house.exits(0, &["ledger", "verify", "floor.hcl"]);
    // Nothing is left to do, anywhere.
    house.exits(0, &wrap(&[]));
}

#[test]
fn a_last_recovery_point_is_complete_before_anything_ends_and_outlives_it() {
    let house = house();
    house.exits(1, &wrap(&["--final-backup"]));
    house.exits(1, &wrap(&["--final-backup", "--keep-backups", "0"]));
    let keep = ["--final-backup", "--keep-backups", "30"];

    let told = house.exits(0, &wrap(&[&keep[..], &["--trace-api", "trace.jsonl"]].concat()));
    assert!(told.contains("take a last recovery point of 1 seat, and see that it is complete"), "{told}");
    assert!(told.contains("No residue") && told.contains("Kept: 3 recovery points, until 2026-12-31"), "{told}");
    let calls = house.operations("trace.jsonl");
    let first = |name: &str| calls.iter().position(|call| call == name).expect(name);
    let last = |name: &str| calls.iter().rposition(|call| call == name).expect(name);
    assert!(last("RevokeSecurityGroupIngress") < first("CreateSnapshots"), "nobody gets in while it is taken");
    assert!(first("CreateSnapshots") < first("TerminateInstances"));
    assert!(!calls.iter().any(|call| call == "DeleteSnapshot"));

    let certificate = last_certificate(&house);
    assert_eq!(certificate["clean"], true, "{certificate:#}");
    let points = certificate["recovery_points"].as_array().expect("a list");
    assert_eq!(points.len(), 3, "one before, one last, one copy\n{points:#?}");
    assert!(points.iter().all(|one| one["until"] == "2026-12-31" && one["why"].is_string()), "{points:#?}");
    let keys = certificate["keys"].as_array().expect("keys");
    assert!(keys.iter().all(|key| key["state"] == "disabled"), "{keys:#?}");

    // A later wrap keeps the promise, and ends it when it is over.
    let told = house.exits(1, &wrap(&["--shred", "--confirm", "nebula"]));
    assert!(told.contains("kept until 2026-12-31 under key.content, which an earlier wrap disabled"), "{told}");
    let told = house.exits(0, &wrap(&[]));
    assert!(told.contains("Kept: 3 recovery points"), "{told}");
    let late = house.run_on("2027-01-01", &wrap(&["--shred", "--confirm", "nebula"]));
    assert_eq!(late.status.code(), Some(0), "{}", String::from_utf8_lossy(&late.stderr));
    let certificate = last_certificate(&house);
    assert_eq!((&certificate["clean"], destroyed_snapshots(&certificate)), (&json!(true), 6), "{certificate:#}");
}

#[tokio::test(start_paused = true)]
async fn a_production_comes_back_from_its_archive() {
    let house = house();
    let keep = ["--final-backup", "--keep-backups", "30", "--shred", "--confirm", "nebula"];
    house.exits(0, &wrap(&keep));
    // Somebody thinks better of it in time.
    let cloud = house.cloud();
    let certificate = last_certificate(&house);
    for key in certificate["keys"].as_array().expect("keys").iter().filter(|key| key["address"] == "key.content") {
        let body = json!({ "KeyId": key["id"] }).to_string();
        send(&cloud, "kms", Some("TrentService.CancelKeyDeletion"), body).await;
    }
    house.keep(&cloud);
    drop(cloud);
    house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    let plan = house.exits(0, &["restore", "floor.hcl", "--plan"]);
    assert!(plan.contains("key.archive"), "it has to serve while it is read: {plan}");
    let told = house.exits(0, &["--profile", "ana", "restore", "floor.hcl", "--yes"]);
    assert!(told.contains("workstation_pool.comp[001]"), "{told}");
    house.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
}

#[test]
fn what_is_kept_lies_under_a_key_of_its_own_where_the_productions_keys_end() {
    let house = house();
    let keep = ["--final-backup", "--keep-backups", "30", "--shred", "--confirm", "nebula"];
    let plan = house.exits(0, &[&["wrap", "floor.hcl", "--plan"], &keep[..]].concat());
    assert!(plan.contains("encrypt what is kept of 1 seat anew, under key.archive"), "{plan}");
    assert!(plan.contains("key.content, 30 days ahead") && !plan.contains("us-east-2, 30 days ahead"), "{plan}");

    let told = house.exits(0, &wrap(&[&keep[..], &["--trace-api", "trace.jsonl"]].concat()));
    assert!(told.contains("Shredded: key.content will be deleted on"), "{told}");
    assert!(told.contains("No residue") && told.contains("Kept: 3 recovery points, until 2026-12-31"), "{told}");
    let calls = house.operations("trace.jsonl");
    let first = |name: &str| calls.iter().position(|call| call == name).expect(name);
    let last = |name: &str| calls.iter().rposition(|call| call == name).expect(name);
    assert!(last("RevokeSecurityGroupIngress") < first("CreateSnapshots"));
    assert!(last("CopySnapshot") < first("TerminateInstances"), "all is in the archive before anything ends");
    assert!(last("DeleteSnapshot") < first("ScheduleKeyDeletion"));

    let certificate = last_certificate(&house);
    assert_eq!(certificate["clean"], true, "{certificate:#}");
    let key = |address: &str| {
        let keys = certificate["keys"].as_array().expect("keys");
        keys.iter().find(|key| key["address"] == address).unwrap_or_else(|| panic!("{address}: {keys:#?}"))
    };
    let points = certificate["recovery_points"].as_array().expect("a list");
    assert_eq!(points.len(), 3, "one before, one last, one copy\n{points:#?}");
    for point in points {
        let under = if point["region"] == "us-west-2" { "key.archive" } else { "key.content/us-east-2" };
        assert_eq!(point["keys"], json!([key(under)["id"]]), "{point:#}");
        assert_eq!(key(under)["state"], "disabled");
    }
    assert_eq!(key("key.content")["state"], "pending_deletion");
    assert_eq!(destroyed_snapshots(&certificate), 4, "what is in the archive isn't under the old key any more");
    house.exits(0, &["ledger", "verify", "floor.hcl"]);

    // Said again, nothing changes; once the day is over, all of it goes.
    let again = house.exits(0, &wrap(&["--shred", "--confirm", "nebula"]));
    assert!(again.contains("Kept: 3 recovery points"), "{again}");
    let late = house.run_on("2027-01-01", &wrap(&["--shred", "--confirm", "nebula"]));
    assert_eq!(late.status.code(), Some(0), "{}", String::from_utf8_lossy(&late.stderr));
    let certificate = last_certificate(&house);
    assert_eq!((&certificate["clean"], &certificate["recovery_points"]), (&json!(true), &json!([])), "{certificate:#}");
    let keys = certificate["keys"].as_array().expect("keys");
    assert!(keys.iter().all(|key| key["state"] == "pending_deletion"), "{keys:#?}");
}

#[test]
fn a_shorter_time_than_was_promised_changes_nothing_and_says_so() {
    let house = house();
    house.exits(0, &wrap(&["--keep-backups", "30"]));
    let told = house.exits(0, &wrap(&["--keep-backups", "10"]));
    assert!(told.contains("4 snapshots stay until 2026-12-31, as an earlier wrap promised"), "{told}");
    assert!(told.contains("--keep-backups 10 doesn't make that shorter"), "{told}");
    assert!(told.contains("giving all of them up: --keep-backups 0"), "{told}");
    assert!(told.contains("Kept: 2 recovery points, until 2026-12-31"), "{told}");
    let warnings = |more: &[&str]| {
        let plan = house.json(&[&["wrap", "floor.hcl", "--plan", "--json"], more].concat());
        plan["warnings"].to_string()
    };
    assert!(warnings(&["--keep-backups", "10"]).contains("4 snapshots stay until 2026-12-31"));
    // A longer time is promised anew, and without a word the promise stands.
    for more in [&["--keep-backups", "60"][..], &[]] {
        assert!(!warnings(more).contains("as an earlier wrap promised"), "{more:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrap_that_was_cut_off_while_it_marked_what_it_keeps_has_to_be_told_again() {
    let house = house();
    // One of two snapshots bears its mark, and the run is gone.
    let cloud = house.cloud();
    let snapshots = crate::ending::ec2(&cloud, "DescribeSnapshots", &[]).await;
    let snapshot = crate::ending::part(&snapshots, "snapshotId");
    let mark =
        [("ResourceId.1", snapshot.as_str()), ("Tag.1.Key", "closedset:keep-until"), ("Tag.1.Value", "2026-12-31")];
    crate::ending::ec2(&cloud, "CreateTags", &mark).await;
    house.keep(&cloud);
    drop(cloud);

    let told = house.exits(1, &wrap(&[]));
    assert!(told.contains("an earlier wrap keeps recovery points until 2026-12-31, and was cut off"), "{told}");
    assert!(told.contains("3 snapshots would go now"), "{told}");
    assert!(told.contains("say again how long they are kept: --keep-backups DAYS"), "{told}");
    assert_eq!(
        house.json(&["status", "floor.hcl", "--json"])["seats"].as_array().map(Vec::len),
        Some(1),
        "nothing was done"
    );

    let told = house.exits(0, &wrap(&["--keep-backups", "30"]));
    assert!(told.contains("Kept: 2 recovery points, until 2026-12-31"), "{told}");
    // From then on the marks say it, and nobody has to.
    let told = house.exits(0, &wrap(&[]));
    assert!(told.contains("Kept: 2 recovery points"), "{told}");
}

#[test]
fn a_production_comes_back_from_what_was_kept_of_it() {
    let house = house();
    house.exits(0, &wrap(&["--final-backup", "--keep-backups", "30"]));
    house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    let told = house.exits(0, &["--profile", "ana", "restore", "floor.hcl", "--yes"]);
    assert!(told.contains("workstation_pool.comp[001]"), "{told}");
    let status = house.json(&["status", "floor.hcl", "--json"]);
    assert_eq!(status["seats"].as_array().map(Vec::len), Some(1), "{status:#}");
    // What was given up goes.
    house.exits(0, &wrap(&["--keep-backups", "0"]));
    let certificate = last_certificate(&house);
    assert_eq!((&certificate["clean"], &certificate["recovery_points"]), (&json!(true), &json!([])), "{certificate:#}");
}

#[tokio::test(start_paused = true)]
async fn nothing_ends_where_a_last_recovery_point_cannot_be_taken() {
    let house = house();
    let cloud = house.cloud();
    let instances = crate::ending::ec2(&cloud, "DescribeInstances", &[]).await;
    let instance = crate::ending::part(&instances, "instanceId");
    crate::ending::ec2(&cloud, "TerminateInstances", &[("InstanceId.1", &instance)]).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    house.keep(&cloud);
    let before = serde_json::to_string(&cloud.snapshot()).expect("JSON");
    drop(cloud);
    let told = house.exits(1, &wrap(&["--final-backup", "--keep-backups", "30"]));
    assert!(told.contains("can't be taken of all that holds content"), "{told}");
    assert!(told.contains("workstation_pool.comp[001]: it isn't there"), "{told}");
    assert_eq!(serde_json::to_string(&house.cloud().snapshot()).expect("JSON"), before, "nothing was changed");
}

#[tokio::test(start_paused = true)]
async fn what_a_restore_that_was_cut_off_left_is_told_until_the_same_restore_finishes_it() {
    let house = house();
    // Killed by the answer to its first CreateVolume: the same restore on a copy of the cloud tells which call that is.
    let calm = Stage::on(Arc::new(house.cloud())).await;
    let began = calm.world.call_count();
    let everything = Selection::default();
    calm.restore(&calm.desired(&floor().text()).await, &everything).await;
    let made = |call: &CallRecord| call.action == "CreateVolume" && call.number >= began;
    let number = calm.world.calls().iter().find(|call| made(call)).expect("it makes volumes").number;
    let stage = Stage::on(Arc::new(house.cloud())).await;
    let desired = stage.desired(&floor().text()).await;
    stage.world.stop_after(number, Side::After);
    let (_, outcome) = stage.restore(&desired, &everything).await;
    assert!(!outcome.is_complete(), "{outcome:#?}");
    stage.world.resume();
    house.keep(&stage.world);
    drop(stage);

    let status = house.json(&["status", "floor.hcl", "--json"]);
    let left = status["cut_off_restore"].as_object().expect("a map");
    let (volume, address) = left.iter().next().expect("a volume");
    assert_eq!(left.len(), 1, "{status:#}");
    let named =
        format!("a restore was cut off: {volume} ({}) lies beside what is in use", address.as_str().expect("text"));
    let again = "the same closedset restore again finishes it, with the same --at if it was given";
    let status = house.exits(0, &["status", "floor.hcl"]);
    assert!(status.contains(&named) && status.contains(again), "{status}");
    assert!(!status.contains("The live state is as the blueprint says"), "{status}");
    let plan = house.exits(0, &["plan", "floor.hcl"]);
    assert!(plan.contains(&named) && !plan.contains("Nothing to do"), "{plan}");
    assert!(
        plan.contains("A restore was cut off, and no apply finishes it: the same closedset restore again does."),
        "{plan}"
    );

    house.exits(0, &["--profile", "ana", "restore", "floor.hcl", "--yes"]);
    let plan = house.exits(0, &["plan", "floor.hcl"]);
    assert!(plan.contains("Nothing to do"), "{plan}");
    let status = house.exits(0, &["status", "floor.hcl"]);
    assert!(!status.contains("cut off") && status.contains("The live state is as the blueprint says"), "{status}");
}
