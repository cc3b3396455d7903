//! `closedset report` as people use it: on a rehearsal cloud, signed, chained, tampered with; and the user's own rules.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use minisign::KeyPair;
use serde_json::{Value, json};

use crate::desk::{Desk, here};
use crate::ending::up;
use crate::small::Floor;

/// The day of these tests.
const TODAY: &str = "2026-12-07";

#[test]
fn a_live_report_is_made_of_what_was_read_and_says_by_which_calls() {
    let (desk, blueprint) = (Desk::on(TODAY), here("examples/05-kept-volume.hcl"));
    desk.expect(0, &["apply", &blueprint, "--yes", "--account-switches"]);
    desk.expect(0, &["report", &blueprint, "--live", "--out", "one"]);
    let envelope = desk.read_json("one/envelope.json");
    let evidence = envelope["evidence"].as_array().expect("a list");
    assert!(evidence.len() > 10, "{evidence:?}");
    for one in evidence {
        for field in ["account", "region", "principal", "call", "at", "status", "request_id", "sha256"] {
            assert!(!one[field].is_null(), "{field} of {one}");
        }
        // In virtual time: the rehearsal cloud's own.
        assert!(one["at"].as_str().is_some_and(|at| at.starts_with("2026-")), "{one}");
    }
    let assessment = desk.read_json("one/assessment.json");
    assert_eq!(assessment["basis"], "live");
    assert_eq!(assessment["resources"]["seat"], 4);
    assert_eq!(assessment["history"]["runs"][0]["verb"], "apply");
    let controls = assessment["controls"].as_array().expect("a list");
    let encrypted = controls.iter().find(|one| one["control"] == "VDI-ENC-01").expect("it is in the profile");
    assert_eq!((&encrypted["declared"], &encrypted["live"]), (&"pass".into(), &"pass".into()));
    let calls = encrypted["calls"].as_array().expect("a list");
    assert!(calls.contains(&"ec2:DescribeVolumes".into()), "{calls:?}");

    // Another look at the same state: of what it says, nothing is different.
    desk.expect(0, &["report", &blueprint, "--live", "--out", "two"]);
    for name in ["assessment.json", "mpa.csv", "findings.sarif", "junit.xml", "oscal-component-definition.json"] {
        assert_eq!(desk.read(&format!("one/{name}")), desk.read(&format!("two/{name}")), "{name}");
    }
    assert_ne!(desk.read("one/envelope.json"), desk.read("two/envelope.json"));
}

#[test]
fn a_report_is_chained_signed_and_tells_what_was_changed() {
    let (desk, blueprint) = (Desk::on(TODAY), here("examples/04-flows.hcl"));
    let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("a pair");
    fs::write(desk.file("key"), sk.to_box(None).expect("a box").into_string()).expect("a file");
    fs::write(desk.file("key.pub"), pk.to_box().expect("a box").into_string()).expect("a file");
    let other = KeyPair::generate_unencrypted_keypair().expect("a pair").pk.to_base64();

    desk.expect(0, &["report", &blueprint, "--out", "november"]);
    desk.expect(0, &["report", &blueprint, "--out", "december", "--previous", "november", "--sign", "key"]);
    let verify = ["report", "verify", "december", "--previous", "november", "--public-key"];
    let words = desk.expect(0, &[&verify[..], &["key.pub"]].concat());
    assert!(words.contains("The report is whole") && words.contains("Report 2"), "{words}");
    let words = desk.expect(1, &[&verify[..], &[other.as_str()]].concat());
    assert!(words.contains("manifest.json.minisig doesn't fit"), "{words}");
    assert!(desk.expect(1, &["report", "verify", "november", "--public-key", "key.pub"]).contains("isn't signed"));

    // A signed report is no place for an unsigned one, and a chain is of one production.
    assert!(desk.expect(1, &["report", &blueprint, "--out", "december"]).contains("is signed"));
    let other = here("blueprints/feature-film.hcl");
    let words = desk.expect(1, &["report", &other, "--out", "cross", "--previous", "november"]);
    assert!(words.contains("a chain is of one production"), "{words}");

    fs::write(desk.file("december/mpa.csv"), "all is well\r\n").expect("a file");
    fs::write(desk.file("december/extra.txt"), "").expect("a file");
    fs::remove_file(desk.file("december/junit.xml")).expect("it is there");
    let words = desk.expect(1, &["report", "verify", "december"]);
    for told in ["mpa.csv was changed", "extra.txt is new", "junit.xml is missing"] {
        assert!(words.contains(told), "{words}");
    }

    let words = desk.expect(1, &["report", &blueprint, "--out", "january", "--previous", "december"]);
    assert!(words.contains("isn't whole") && words.contains("mpa.csv was changed"), "{words}");

    // In the folder of a report, the next one follows it; a folder that is somebody else's is left alone.
    desk.expect(0, &["report", &blueprint, "--out", "november"]);
    assert_eq!(desk.read_json("november/manifest.json")["number"], 2);
    fs::create_dir(desk.file("holiday")).expect("a folder");
    fs::write(desk.file("holiday/photo.jpg"), "").expect("a file");
    assert!(desk.expect(1, &["report", &blueprint, "--out", "holiday"]).contains("nothing was written"));
}

#[test]
fn the_documents_are_what_other_programs_read() {
    let (desk, blueprint) = (Desk::on(TODAY), here("examples/05-kept-volume.hcl"));
    desk.expect(0, &["apply", &blueprint, "--yes"]);
    desk.expect(0, &["report", &blueprint, "--live", "--out", "report"]);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("a target folder");
    let mut check = Command::new(here("scripts/check-report"));
    let output = check.arg(desk.file("report")).env("CARGO_TARGET_DIR", target).output().expect("bash");
    let words = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{words}");
    assert!(words.contains("oscal-assessment-results.json: OSCAL"), "{words}");
}

#[test]
fn own_rules_refuse_an_apply_and_a_folder_that_does_not_parse_ends_before_anything_is_sent() {
    let (desk, blueprint) = (Desk::on(TODAY), here("examples/10-own-rules.hcl"));
    let rules = here("examples/10-own-rules");
    let words = desk.expect(0, &["plan", &blueprint, "--policies", &rules]);
    assert!(words.contains("warning: ") && !words.contains("denied: "), "{words}");
    let weak = desk.file("weak.hcl");
    let text = fs::read_to_string(&blueprint).expect("it ships").replace("\"g6.4xlarge\"", "\"g6.48xlarge\"");
    fs::write(&weak, text).expect("a file");
    let words = desk.expect(4, &["apply", &weak, "--yes", "--policies", &rules]);
    assert!(words.contains("g6.48xlarge") && words.contains("studio.deny_large_machines"), "{words}");
    assert!(desk.expect(4, &["controls", "check", &weak, "--policies", &rules]).contains("denied: "));
    desk.expect(0, &["apply", &blueprint, "--yes", "--policies", &rules]);

    fs::create_dir(desk.file("broken")).expect("a folder");
    fs::write(desk.file("broken/rules.rego"), "package main\n\ndeny contains msg if {\n").expect("a file");
    let trace = desk.file("trace.jsonl");
    let words = desk.expect(1, &["apply", &blueprint, "--yes", "--policies", "broken", "--trace-api", &trace]);
    assert!(words.contains("broken/rules.rego:"), "{words}");
    assert!(!Path::new(&trace).exists(), "nothing was sent");
}

/// A floor of three seats with what is to be kept safe, and copies in another region.
fn kept_safe() -> Floor {
    Floor { backup: true, kept_gib: Some(50), ..Floor::default() }
}

/// Lets hours go by on the desk's cloud.
async fn hours_later(desk: &Desk, hours: u64) {
    let cloud = desk.cloud();
    tokio::time::sleep(Duration::from_secs(hours * 3600)).await;
    desk.keep(&cloud);
}

fn verdict(desk: &Desk, folder: &str, control: &str) -> Value {
    let assessment = desk.read_json(&format!("{folder}/assessment.json"));
    let controls = assessment["controls"].as_array().expect("a list");
    controls.iter().find(|one| one["control"] == control).expect("it is in the profile").clone()
}

#[tokio::test(start_paused = true)]
async fn a_report_tells_how_old_the_newest_recovery_point_of_each_seat_is_in_every_region() {
    let desk = up(&kept_safe());
    desk.expect(0, &["report", "floor.hcl", "--out", "planned"]);
    assert!(desk.read_json("planned/assessment.json")["recovery_points"].is_null());
    assert!(desk.read("planned/report.html").contains("Nobody looked: no cloud was asked for recovery points."));

    // Nothing was kept safe yet.
    desk.expect(0, &["report", "floor.hcl", "--live", "--out", "first"]);
    let seat = &desk.read_json("first/assessment.json")["recovery_points"]["seats"][0];
    assert_eq!(seat["address"], "workstation_pool.comp[001]");
    assert_eq!(seat["recovery_point"], json!({"newest": null, "age_hours": null, "rpo_hours": 24, "in_time": false}));
    let words = desk.exits(4, &["controls", "check", "floor.hcl", "--live"]);
    let says = "workstation_pool.comp[001-003] has no recovery point that closedset restore can use";
    assert!(words.contains(says), "{words}");

    desk.expect(0, &["--profile", "ana", "backup", "now", "floor.hcl", "--yes"]);
    hours_later(&desk, 2).await;
    desk.expect(0, &["report", "floor.hcl", "--live", "--out", "second"]);
    let points = desk.read_json("second/assessment.json")["recovery_points"].clone();
    assert_eq!((&points["regions"], &points["unreadable"]), (&json!(["us-west-2", "us-east-2"]), &json!({})));
    let status = desk.json(&["status", "floor.hcl", "--json"]);
    for (seat, same) in
        points["seats"].as_array().expect("a list").iter().zip(status["seats"].as_array().expect("seats"))
    {
        for field in ["address", "recovery_point", "copies"] {
            assert_eq!(seat[field], same[field], "as status has it");
        }
        assert_eq!(
            (&seat["recovery_point"]["in_time"], &seat["copies"]["us-east-2"]["in_time"]),
            (&json!(true), &json!(true))
        );
    }
    let kept = verdict(&desk, "second", "VDI-REC-01");
    assert_eq!(kept["live"], "pass", "{kept:#}");
    assert!(kept["calls"].as_array().expect("a list").contains(&json!("ec2:DescribeSnapshots")), "{kept:#}");
    let envelope = desk.read_json("second/envelope.json");
    let asked_there = |one: &&Value| one["call"] == "ec2:DescribeSnapshots" && one["region"] == "us-east-2";
    assert!(
        envelope["evidence"].as_array().expect("a list").iter().any(|one| asked_there(&one)),
        "the other region's answer"
    );

    // The promise of a day is broken a day later, and the seats are named with the age.
    hours_later(&desk, 28).await;
    desk.expect(0, &["report", "floor.hcl", "--live", "--out", "third"]);
    let kept = verdict(&desk, "third", "VDI-REC-01");
    assert_eq!(kept["live"], "fail", "{kept:#}");
    let sentence = kept["findings"][2]["sentence"].as_str().expect("words");
    assert!(sentence.starts_with("workstation_pool.comp[003] was last kept safe 30."), "{sentence}");
    let page = desk.read("third/report.html");
    assert!(page.contains("0 of 3 seats could be restored within the promised loss of work"), "{page}");
    let words = desk.exits(4, &["controls", "check", "floor.hcl", "--live"]);
    assert!(words.contains("workstation_pool.comp[001-003] was last kept safe 30."), "{words}");
}

#[test]
fn a_manifest_says_where_the_ledger_ended() {
    let desk = up(&kept_safe());
    desk.expect(0, &["report", "floor.hcl", "--live", "--out", "one"]);
    let ledger = desk.json(&["ledger", "verify", "floor.hcl", "--json"]);
    let manifest = desk.read_json("one/manifest.json");
    assert_eq!(manifest["ledger"], json!({"entries": ledger["entries"], "head": ledger["head"]}), "{ledger:#}");
    let words = desk.exits(0, &["report", "verify", "one"]);
    let head = manifest["ledger"]["head"].as_str().expect("a hash");
    assert!(words.contains(&format!("Ledger: {} lines, head {head}", manifest["ledger"]["entries"])), "{words}");
}
