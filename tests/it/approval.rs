//! A second pair of eyes: plans that somebody else approves, and content that doesn't go without a recovery point.

use std::fs;

use minisign::KeyPair;
use serde_json::Value;

use crate::desk::Desk;
use crate::ending::{planned, small, up};
use crate::small::{Floor, NEXT_IMAGE};

const GOLD: (&str, &str) = ("  starts_on ", "  controls      = \"mpa-5.3.1-gold-star\"\n  starts_on ");

/// Keys of Bo and of Cleo, and the list that says so of Bo alone.
fn keys(house: &Desk) {
    let mut list = String::from("# whose approval counts\n");
    for who in ["bo", "cleo"] {
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("a pair");
        fs::write(house.path(&format!("{who}.key")), sk.to_box(None).expect("a box").into_string()).expect("written");
        if who == "bo" {
            list += &format!("arn:aws:iam::123456789012:user/bo {}\n", pk.to_base64());
        }
    }
    fs::write(house.path("approvers"), list).expect("it is written");
}

#[test]
fn a_change_is_applied_once_somebody_else_approved_exactly_this_plan() {
    let house = planned(&small());
    house.edit(GOLD.0, GOLD.1);
    keys(&house);
    let apply = ["--profile", "ana", "apply", "floor.hcl", "--yes"];
    let told = house.exits(4, &apply);
    assert!(told.contains("VDI-CHG-01") && told.contains("closedset plan BLUEPRINT --out FILE"), "{told}");

    house.exits(0, &["--profile", "ana", "plan", "floor.hcl", "--out", "monday.plan"]);
    let monday = ["--profile", "ana", "apply", "monday.plan", "--yes", "--approvers", "approvers"];
    let told = house.exits(4, &monday);
    assert!(told.contains("monday.plan.approval isn't there: nobody approved it yet"), "{told}");
    assert!(told.contains("closedset approve monday.plan --key KEYFILE"), "{told}");

    // Not the author, whatever key is at hand.
    let told = house.exits(4, &["--profile", "ana", "approve", "monday.plan", "--key", "bo.key", "--yes"]);
    assert!(told.contains("user/ana made the plan and approved it"), "{told}");
    assert!(told.contains("whoever made the plan doesn't approve it: somebody else does"), "{told}");
    assert!(!house.path("monday.plan.approval").exists());

    // Nor anybody who isn't on the list, nor in the name of one who is.
    house.exits(0, &["--profile", "cleo", "approve", "monday.plan", "--key", "cleo.key", "--yes"]);
    let told = house.exits(4, &monday);
    assert!(told.contains("user/cleo is none of those whose approval counts"), "{told}");
    assert!(told.contains("or whoever keeps approvers adds a line to it"), "{told}");
    house.exits(0, &["--profile", "bo", "approve", "monday.plan", "--key", "cleo.key", "--yes"]);
    let told = house.exits(4, &monday);
    assert!(told.contains("its signature isn't that of"), "{told}");

    let ticket = ["--profile", "bo", "approve", "monday.plan", "--key", "bo.key", "--yes", "--ticket", "OPS-7"];
    house.exits(0, &ticket);
    // Whoever approved doesn't apply, and nobody says whose approval counts but the list.
    let told = house.exits(4, &["--profile", "bo", "apply", "monday.plan", "--yes", "--approvers", "approvers"]);
    assert!(told.contains("user/bo approved it and applies it"), "{told}");
    assert!(told.contains("whoever approved doesn't apply it: the author may, or CI"), "{told}");
    let told = house.exits(4, &["--profile", "ana", "apply", "monday.plan", "--yes"]);
    assert!(told.contains("nobody says whose signature"), "{told}");

    // An approval is of these very bytes, and can't be edited.
    let path = house.path("monday.plan.approval");
    let text = fs::read_to_string(&path).expect("an approval");
    fs::write(&path, text.replace("OPS-7", "OPS-8")).expect("it is written");
    let told = house.exits(4, &monday);
    assert!(told.contains("its signature isn't that of"), "{told}");
    fs::write(&path, &text).expect("it is written");
    let plan = house.path("monday.plan");
    let bytes = fs::read_to_string(&plan).expect("a plan");
    fs::write(&plan, format!("{bytes}\n")).expect("it is written");
    let told = house.exits(4, &monday);
    assert!(told.contains("it is of another plan, or the plan was changed since"), "{told}");
    assert!(told.contains("approve it as it is: closedset approve monday.plan"), "{told}");
    fs::write(&plan, bytes).expect("it is written");

    house.exits(0, &monday);
    let began = &house.json(&["ledger", "floor.hcl", "--json"])["entries"][0]["details"];
    let of = |name: &str| began["approval"][name].as_str().map(str::to_owned);
    assert_eq!(of("ticket").as_deref(), Some("OPS-7"), "{began:#}");
    assert!(of("approver").is_some_and(|arn| arn.ends_with("user/bo")), "{began:#}");
    assert!(of("author").is_some_and(|arn| arn.ends_with("user/ana")), "{began:#}");
    assert_eq!(verdict(&house, "VDI-CHG-01"), "pass");
    assert_eq!(verdict(&house, "VDI-CHG-02"), "pass");
    // Nothing to do needs nobody's approval.
    house.exits(0, &apply);
}

#[test]
fn a_list_in_which_a_signature_could_be_of_two_people_is_refused() {
    let house = planned(&small());
    keys(&house);
    house.exits(0, &["--profile", "ana", "plan", "floor.hcl", "--out", "monday.plan"]);
    house.exits(0, &["--profile", "bo", "approve", "monday.plan", "--key", "bo.key", "--yes"]);
    let list = house.read("approvers");
    let twice = list.replace("user/bo", "user/cleo");
    house.write("approvers", &(list.clone() + &twice));
    let monday = ["--profile", "ana", "apply", "monday.plan", "--yes", "--approvers", "approvers"];
    let told = house.exits(1, &monday);
    assert!(told.contains("lines 2 and 4 of approvers give") && told.contains("one and the same key"), "{told}");
    // Somebody may have two keys, and either counts.
    let second = KeyPair::generate_unencrypted_keypair().expect("a pair").pk.to_base64();
    house.write("approvers", &format!("{list}arn:aws:iam::123456789012:user/bo {second}\n"));
    house.exits(0, &monday);
}

#[test]
fn keys_of_minisign_itself_approve_and_their_public_half_is_told_apart() {
    let house = planned(&small());
    // As minisign 0.11 writes them: minisign -G -W -p bo.pub -s bo.key.
    let public = "RWTMjyJe+VEl7R2oOQL9G3NvMXlcAXzgr53ZAeIgoJ/ToyUOYcmeVxoK";
    let secret = [
        "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAzI8iXvlRJe0FnkdT5B020UngFgpQOUcVdc0iYja6",
        "c1sM7WLF/snLex2oOQL9G3NvMXlcAXzgr53ZAeIgoJ/ToyUOYcmeVxoKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ]
    .concat();
    house.write("bo.pub", &format!("untrusted comment: minisign public key ED2551F95E228FCC\n{public}\n"));
    house.write("bo.key", &format!("untrusted comment: minisign encrypted secret key\n{secret}\n"));
    house.write("approvers", &format!("arn:aws:iam::123456789012:user/bo {public}\n"));
    house.exits(0, &["--profile", "ana", "plan", "floor.hcl", "--out", "monday.plan"]);
    let told = house.exits(1, &["--profile", "bo", "approve", "monday.plan", "--key", "bo.pub", "--yes"]);
    assert!(told.contains("cannot sign with bo.pub: it is a public key"), "{told}");
    assert!(told.contains("give the secret key that minisign -G wrote along with it"), "{told}");
    house.exits(0, &["--profile", "bo", "approve", "monday.plan", "--key", "bo.key", "--yes"]);
    house.exits(0, &["--profile", "ana", "apply", "monday.plan", "--yes", "--approvers", "approvers"]);
}

fn verdict(house: &Desk, control: &str) -> String {
    let live = house.json(&["controls", "check", "floor.hcl", "--live", "--json"]);
    let all = live["posture"]["verdicts"].as_array().expect("verdicts");
    let one = all.iter().find(|one| one["control"] == control).unwrap_or(&Value::Null);
    one["status"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn an_exception_stands_in_for_a_second_person() {
    let house = planned(&small());
    house.edit(GOLD.0, GOLD.1);
    let exception = r#"exception "one-person-studio" {
  control      = "VDI-CHG-01"
  scope        = [production.nebula]
  reason       = "There is nobody else."
  compensating = "The ledger goes to the client's security team."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}

key "content" {}"#;
    house.edit("key \"content\" {}", exception);
    let told = house.exits(0, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    assert!(!told.contains("covers nothing"), "{told}");
    assert_eq!(verdict(&house, "VDI-CHG-01"), "waived");
    // What was waived isn't once the exception is over.
    house.edit("size_gib = 100", "size_gib = 120");
    house.exits(0, &["plan", "floor.hcl", "--out", "late.plan"]);
    let late = house.run_on("2027-01-16", &["apply", "late.plan", "--yes"]);
    assert_eq!(late.status.code(), Some(4));
}

#[test]
fn where_the_profile_asks_nobody_an_approval_is_still_held_against_the_plan() {
    let house = planned(&small());
    keys(&house);
    house.exits(0, &["--profile", "ana", "plan", "floor.hcl", "--out", "monday.plan"]);
    house.exits(0, &["--profile", "cleo", "approve", "monday.plan", "--key", "cleo.key", "--yes"]);
    house.exits(4, &["--profile", "ana", "apply", "monday.plan", "--yes", "--approvers", "approvers"]);
    let told = house.exits(0, &["--profile", "ana", "apply", "monday.plan", "--yes"]);
    assert!(told.contains("monday.plan.approval isn't looked at"), "{told}");
    // The plan is stale by now: nothing is left to approve.
    house.exits(6, &["--profile", "bo", "approve", "monday.plan", "--key", "bo.key", "--yes"]);
}

#[tokio::test(start_paused = true)]
async fn content_is_not_done_away_with_before_it_can_be_had_again() {
    let house = up(&Floor { backup: true, ..small() });
    let image = format!("id = \"{}\"", crate::small::IMAGE);
    house.edit(&image, &format!("id = \"{NEXT_IMAGE}\""));
    let told = house.exits(4, &["--profile", "ana", "apply", "floor.hcl", "--yes"]);
    assert!(told.contains("VDI-CHG-03") && told.contains("comp[001].cache would be lost"), "{told}");
    assert!(told.contains("closedset backup now"), "{told}");
    house.exits(0, &["--profile", "ana", "backup", "now", "floor.hcl", "--yes"]);
    house.exits(0, &["--profile", "ana", "plan", "floor.hcl", "--out", "roll.plan"]);
    // A plan that lay about is held against how old the recovery points are by now.
    let cloud = house.cloud();
    tokio::time::sleep(std::time::Duration::from_secs(25 * 3600)).await;
    house.keep(&cloud);
    drop(cloud);
    let told = house.exits(4, &["--profile", "ana", "apply", "roll.plan", "--yes"]);
    assert!(told.contains("would be lost without a fresh recovery point"), "{told}");
    house.exits(0, &["--profile", "ana", "backup", "now", "floor.hcl", "--yes"]);
    house.exits(0, &["--profile", "ana", "apply", "roll.plan", "--yes"]);
    assert_eq!(verdict(&house, "VDI-CHG-03"), "pass");
}
