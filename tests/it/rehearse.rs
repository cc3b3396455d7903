//! The rehearsal cloud as people use it: the real program, with `--cloud rehearsal` and `rehearse`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::desk::{Desk, here};

/// Everything below runs on one day, so that nothing expires meanwhile.
const TODAY: &str = "2026-11-21";

/// What a rehearsal reports, and how it ended.
fn rehearse(desk: &Desk, arguments: &[&str]) -> (Value, Output) {
    let output = desk.run_apart(&[&["rehearse"], arguments, &["--json"]].concat());
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", words(&output)));
    (report, output)
}

/// One of the blueprints that people start from.
fn blueprint(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("blueprints").join(name).display().to_string()
}

fn words(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{:?}\n{}{}", output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn expect(code: i32, output: &Output) {
    assert_eq!(output.status.code(), Some(code), "{}", words(output));
}

/// Every blueprint that comes with the program.
fn blueprints() -> Vec<String> {
    let mut all = Vec::new();
    for folder in ["blueprints", "examples"] {
        for entry in fs::read_dir(here(folder)).expect("the folder is there").flatten() {
            if entry.path().extension().is_some_and(|extension| extension == "hcl") {
                all.push(entry.path().to_string_lossy().into_owned());
            }
        }
    }
    all.sort();
    assert!(all.len() > 5, "{all:?}");
    all
}

#[test]
fn every_blueprint_goes_up_stays_as_it_is_and_comes_down() {
    for blueprint in blueprints() {
        let desk = Desk::on(TODAY);
        let gold_star = fs::read_to_string(&blueprint).is_ok_and(|text| text.contains("gold-star"));
        if gold_star {
            // Its profile asks that somebody else approves.
            let plan = desk.file("first.plan");
            let (key, list) = desk.approver("bo");
            expect(4, &desk.run(&["apply", &blueprint, "--yes"]));
            expect(0, &desk.run(&["plan", &blueprint, "--out", &plan]));
            expect(0, &desk.run(&["--profile", "bo", "approve", &plan, "--key", &key, "--yes"]));
            expect(0, &desk.run(&["apply", &plan, "--approvers", &list, "--yes"]));
        } else {
            expect(0, &desk.run(&["apply", &blueprint, "--yes"]));
        }
        expect(0, &desk.run(&["plan", &blueprint, "--detailed-exitcode"]));
        let status = desk.run(&["status", &blueprint, "--json"]);
        expect(0, &status);
        let status: Value = serde_json::from_slice(&status.stdout).expect("JSON");
        let seats = status["seats"].as_array().expect("seats");
        assert!(!seats.is_empty() && seats.iter().all(|seat| seat["state"] == "running"), "{blueprint}: {status:#}");
        expect(0, &desk.run(&["--profile", "bo", "wrap", &blueprint, "--yes"]));
        let plan = desk.run(&["wrap", &blueprint, "--plan", "--json"]);
        let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
        assert_eq!(plan["summary"]["delete"], 0, "{blueprint}: {plan:#}");
    }
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_as_it_is() {
    for (text, why) in [
        ("{\"hello\": 1}", "not a rehearsal cloud's file"),
        ("seats = 3", "not a rehearsal cloud's file"),
        ("{\"format\": \"closedset-rehearsal\", \"version\": 99}", "version 99"),
        ("{\"format\": \"closedset-rehearsal\", \"version\": 1}", "damaged"),
    ] {
        let desk = Desk::on(TODAY);
        fs::write(desk.file("cloud.json"), text).expect("it can be written");
        let output = desk.run(&["plan", &here("examples/01-smallest.hcl")]);
        expect(1, &output);
        assert!(words(&output).replace("\n  ", " ").contains(why), "{}", words(&output));
        assert_eq!(fs::read_to_string(desk.file("cloud.json")).expect("it is there"), text);
    }
}

#[test]
fn without_a_file_every_command_has_a_new_cloud_and_says_its_seed() {
    let desk = Desk::on(TODAY);
    let blueprint = here("examples/01-smallest.hcl");
    let output = desk.run_apart(&["--cloud", "rehearsal", "apply", &blueprint, "--yes"]);
    expect(0, &output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("seed 1"), "{}", words(&output));
    expect(2, &desk.run_apart(&["--cloud", "rehearsal", "plan", &blueprint, "--detailed-exitcode"]));
    // Its ledger stands apart from those of real productions.
    let root = desk.file(".local/state/closedset");
    let folders: Vec<String> = fs::read_dir(root)
        .expect("a state folder")
        .flatten()
        .map(|one| one.file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(folders, ["rehearsal"]);
}

#[test]
fn the_same_seed_gives_the_same_report_and_another_one_another() {
    let desk = Desk::on(TODAY);
    let floor = here("benches/floor.hcl");
    let report = |seed: &str| {
        let output = desk.run_apart(&["rehearse", &floor, "--seed", seed, "--faults", "typical", "--json"]);
        output.stdout
    };
    assert_eq!(report("7"), report("7"));
    assert_ne!(report("7"), report("8"));
}

#[test]
fn a_floor_comes_up_in_little_more_than_the_least_possible_time() {
    let desk = Desk::on(TODAY);
    let floor = here("benches/floor.hcl");
    for seats in ["10", "100"] {
        let (report, output) = rehearse(&desk, &[&floor, "--var", &format!("seats={seats}"), "--wrap"]);
        expect(0, &output);
        assert_eq!(report["seats_running"].to_string(), seats);
        let ratio = report["ratio"].as_f64().expect("a ratio");
        assert!((1.0..=1.2).contains(&ratio), "{seats} seats: {report:#}");
        let makespan = report["makespan_s"].as_f64().expect("a makespan");
        assert_eq!(report["last_seat_s"].as_f64(), Some(makespan));
        assert_eq!(report["second_plan"]["changes"], 0, "{report:#}");
        let wrap = report["wrap"]["ratio"].as_f64().expect("a ratio");
        assert!(wrap <= 1.3, "{seats} seats: {report:#}");
        assert_eq!(report["wrap"]["left"], serde_json::json!(["key.content"]));
    }
}

#[test]
fn a_hostile_day_ends_with_a_report() {
    let desk = Desk::on(TODAY);
    for seed in ["1", "2", "3"] {
        let (report, output) = rehearse(&desk, &[&here("benches/floor.hcl"), "--faults", "hostile", "--seed", seed]);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}", words(&output));
        assert_eq!(report["seed"].to_string(), seed);
        assert!(report["calls"]["lost"].as_u64() > Some(0), "{report:#}");
    }
}

#[test]
fn capacity_decides_which_types_and_zones_seats_fall_through_to() {
    let desk = Desk::on(TODAY);
    let floor = here("benches/floor.hcl");
    let file = desk.file("tight.json");
    fs::write(&file, "{\"g6.4xlarge@us-west-2a\": 2, \"g5.4xlarge@us-west-2a\": 0}").expect("it can be written");
    let (report, output) = rehearse(&desk, &[&floor, "--capacity", &file]);
    expect(0, &output);
    let found_none = report["fall_throughs"].as_array().expect("a list");
    assert!(found_none.iter().any(|one| one["instance_type"] == "g5.4xlarge"), "{report:#}");

    fs::write(&file, "{\n  \"g6.4xlarge\": 2\n}").expect("it can be written");
    let output = desk.run_apart(&["rehearse", &floor, "--capacity", &file]);
    expect(1, &output);
    assert!(words(&output).contains("tight.json:2: `g6.4xlarge` is no type and zone"), "{}", words(&output));
}

#[test]
fn a_rehearsal_from_live_shows_what_a_plan_shows() {
    let desk = Desk::on(TODAY);
    let floor = here("benches/floor.hcl");
    expect(0, &desk.run(&["apply", &floor, "--var", "seats=6", "--yes"]));
    let cloud = format!("rehearsal={}", desk.file("cloud.json"));
    let (report, output) = rehearse(&desk, &["--cloud", &cloud, &floor, "--var", "seats=10", "--from-live"]);
    expect(0, &output);
    assert_eq!(report["began_on"], "live");
    assert_eq!(report["not_carried_over"], serde_json::json!([]), "{report:#}");
    let plan = desk.run(&["plan", &floor, "--var", "seats=10", "--json"]);
    let plan: Value = serde_json::from_slice(&plan.stdout).expect("JSON");
    assert_eq!(report["summary"], plan["summary"], "{report:#}");
    assert_eq!(report["seats_planned"], 4);
    // The live cloud was only read.
    let status = desk.run(&["status", &floor, "--var", "seats=6", "--json"]);
    let status: Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(status["seats"].as_array().map(Vec::len), Some(6));
}

#[test]
fn the_page_fits_its_columns_and_the_picture_is_whole() {
    let desk = Desk::on(TODAY);
    let picture = desk.file("run.svg");
    let floor = here("benches/floor.hcl");
    let output = desk.run_apart(&["rehearse", &floor, "--wrap", "--timeline", &picture]);
    expect(0, &output);
    let page = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
    for part in ["Lower bound", "Critical path", "bottleneck", "A second plan finds nothing to do"] {
        assert!(page.contains(part), "{part} is missing:\n{page}");
    }
    let svg = fs::read_to_string(picture).expect("it is there");
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
    assert!(svg.contains("last seat") && svg.contains("10 seats") || svg.contains("5 seats"), "{svg}");
}

#[cfg(unix)]
#[test]
fn a_cloud_that_is_served_is_the_one_in_the_file() {
    let desk = Desk::on(TODAY);
    let blueprint = here("examples/01-smallest.hcl");
    expect(0, &desk.run(&["apply", &blueprint, "--yes"]));
    let mut server = Command::new(env!("CARGO_BIN_EXE_closedset"))
        .args(["rehearse", "serve", "--file"])
        .arg(desk.file("cloud.json"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program is there");
    let mut first = String::new();
    BufReader::new(server.stdout.take().expect("a pipe")).read_line(&mut first).expect("a line");
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).expect("an address").to_owned();
    // While it is served, nobody else has the file.
    expect(5, &desk.run(&["plan", &blueprint]));
    let plan = Command::new(env!("CARGO_BIN_EXE_closedset"))
        .args(["plan", &blueprint, "--detailed-exitcode", "--today", TODAY, "--endpoint-url", &url])
        .env_clear()
        .env("HOME", desk.path(""))
        .env("AWS_ACCESS_KEY_ID", "rehearsal")
        .env("AWS_SECRET_ACCESS_KEY", "rehearsal")
        .output()
        .expect("the program is there");
    expect(0, &plan);
    let stopped = Command::new("kill").args(["-INT", &server.id().to_string()]).status();
    assert!(stopped.is_ok_and(|status| status.success()));
    assert_eq!(server.wait().expect("it ends").code(), Some(0));
    expect(0, &desk.run(&["plan", &blueprint, "--detailed-exitcode"]));
}

#[test]
fn the_same_seed_is_the_same_day_to_the_last_byte() {
    let desk = Desk::on(TODAY);
    let traces = ["first", "second", "third"].map(|name| {
        let trace = desk.file(name);
        let seeded = ["--faults", "hostile", "--seed", "4", "--trace-api"];
        desk.run_apart(&[&["rehearse", &blueprint("feature-film.hcl")], &seeded[..], &[trace.as_str()]].concat());
        fs::read_to_string(trace).expect("a trace")
    });
    assert!(traces[0].lines().count() > 100);
    assert!(traces.iter().all(|trace| *trace == traces[0]), "three rehearsals differ");
}

#[test]
fn a_shredded_key_does_not_come_back_by_itself() {
    let desk = Desk::on(TODAY);
    let floor = blueprint("single-artist.hcl");
    expect(0, &desk.run(&["apply", &floor, "--yes"]));
    expect(0, &desk.run(&["--profile", "bo", "wrap", &floor, "--shred", "--confirm", "moth", "--yes"]));
    let again = desk.run(&["apply", &floor, "--yes"]);
    expect(1, &again);
    assert!(words(&again).contains("cancel-key-deletion"), "{}", words(&again));
}

#[test]
fn a_key_that_the_account_leans_on_is_not_shredded() {
    let desk = Desk::on(TODAY);
    let floor = blueprint("single-artist.hcl");
    expect(0, &desk.run(&["apply", &floor, "--yes", "--account-switches"]));
    let shown = desk.run(&["wrap", &floor, "--plan"]);
    expect(0, &shown);
    assert!(words(&shown).contains("reset-ebs-default-kms-key-id"), "{}", words(&shown));
    expect(1, &desk.run(&["--profile", "bo", "wrap", &floor, "--shred", "--confirm", "moth", "--yes"]));
    expect(0, &desk.run(&["status", &floor]));
}
