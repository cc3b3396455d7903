//! Seats say that they are ready, or why they aren't: an apply waits for it, and the status shows it. On a rehearsal cloud,
//! whose instances play the part of what runs inside.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::desk::Desk;

/// A floor of Windows seats, and one of Linux seats beside it.
fn both_systems(endpoints: &str) -> String {
    let windows = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/08-windows.hcl"));
    let windows = windows.expect("the example is there");
    let with_endpoints =
        windows.replacen("  segment \"workstations\" {", &format!("{endpoints}\n  segment \"workstations\" {{"), 1);
    assert_ne!(windows, with_endpoints);
    let linux = r#"
image "nuke" {
  os = "rocky-9"
  id = "ami-0fedcba9876543210"
}

workstation_pool "comp" {
  seats          = 3
  image          = image.nuke
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist

  root_volume {
    size_gib = 100
    type     = "gp3"
  }
}
"#;
    format!("{with_endpoints}{linux}")
}

const SSM: &str = "  endpoints = [\"ssm\"]\n";

/// The day of these tests.
const TODAY: &str = "2026-12-07";

fn status_of(desk: &Desk) -> Value {
    desk.json(&["status", "floor.hcl", "--json"])
}

/// Decides how the guests of the Linux image fare.
fn guests_of_linux(desk: &Desk, fate: &Value) {
    // The file is there once a command has run.
    desk.expect(0, &["status", "floor.hcl"]);
    let mut cloud = desk.read_json("cloud.json");
    cloud["settings"]["guests"] = json!({ "ami-0fedcba9876543210": fate });
    desk.write("cloud.json", &cloud.to_string());
}

fn readiness(status: &Value, pool: &str) -> Vec<String> {
    let seats = status["seats"].as_array().expect("seats").iter();
    seats
        .filter(|seat| seat["pool"] == pool)
        .map(|seat| seat["readiness"].as_str().unwrap_or("none").to_owned())
        .collect()
}

#[test]
fn seats_of_both_systems_become_ready_and_an_apply_waits_for_it() {
    let desk = Desk::with(TODAY, &both_systems(SSM));
    let words = desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("waiting until 7 seats are ready\n"), "{words}");
    assert!(words.contains("3 of 7 seats ready\n"), "Linux is up before Windows is: {words}");
    assert!(words.contains("Ready: 7 seats.\n"), "{words}");
    let status = status_of(&desk);
    assert_eq!(readiness(&status, "comp"), ["ready"; 3]);
    assert_eq!(readiness(&status, "editorial"), ["ready"; 4]);
    assert_eq!(status["totals"]["ready"], 7);
    let words = desk.expect(0, &["status", "floor.hcl"]);
    assert!(words.contains("7 seats wanted, 7 running, 7 ready"), "{words}");
    // And nothing more is to be done.
    desk.expect(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
}

#[test]
fn a_step_that_fails_is_told_from_outside_with_its_reason() {
    let desk = Desk::with(TODAY, &both_systems(SSM));
    guests_of_linux(&desk, &json!({ "fails": "volumes: no disk is attached as /dev/sdf" }));
    let words = desk.expect(3, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("not ready: workstation_pool.comp[001], workstation_pool.comp[002] and"), "{words}");
    assert!(words.contains("volumes: no disk is attached as /dev/sdf"), "{words}");
    assert!(words.contains("Ready: 4 seats.\n"), "{words}");
    let status = status_of(&desk);
    assert_eq!(readiness(&status, "comp"), ["failed"; 3]);
    assert_eq!(status["seats"][0]["failed_steps"], "volumes: no disk is attached as /dev/sdf");
    let words = desk.expect(0, &["status", "floor.hcl"]);
    assert!(words.contains("7 running, 4 ready") && words.contains("no disk is attached"), "{words}");
    let ledger = desk.expect(0, &["ledger", "floor.hcl"]);
    assert!(ledger.contains("readiness"), "what went wrong is remembered: {ledger}");
}

#[test]
fn a_seat_that_says_nothing_is_not_waited_for_without_end() {
    let desk = Desk::with(TODAY, &both_systems(SSM));
    guests_of_linux(&desk, &json!("silent"));
    let words = desk.expect(3, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("said nothing in 15 minutes"), "{words}");
    assert_eq!(readiness(&status_of(&desk), "comp"), ["silent"; 3]);
}

#[test]
fn where_nothing_can_be_heard_nothing_is_waited_for() {
    let desk = Desk::with(TODAY, &both_systems(""));
    let words = desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("no endpoint for ssm"), "{words}");
    assert!(words.contains("hint: add \"ssm\" to the network's endpoints"), "{words}");
    assert_eq!(readiness(&status_of(&desk), "comp"), ["unheard"; 3]);
}

#[test]
fn a_plan_says_which_settings_change_inside_and_when_that_is_felt() {
    let blueprint = both_systems(SSM);
    let desk = Desk::with(TODAY, &blueprint);
    desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    let edited = blueprint.replacen(
        "lockdown \"artist\" {\n",
        "lockdown \"artist\" {\n  clipboard    = \"none\"\n  idle_minutes = 10\n",
        1,
    );
    assert_ne!(blueprint, edited);
    desk.write("floor.hcl", &edited);
    let output = desk.run(&["plan", "floor.hcl", "--json"]);
    let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let changes = plan["changes"].as_array().expect("changes");
    let seat = changes.iter().find(|one| one["address"] == "workstation_pool.comp[002]").expect("a seat");
    assert_eq!(seat["action"], "restart");
    assert_eq!(
        seat["note"],
        "inside: clipboard in → none (felt with the next session), idle_minutes 15 → 10 (felt at once); all of it from its \
         next start on"
    );
    let words = desk.expect(0, &["plan", "floor.hcl"]);
    assert!(words.contains("clipboard in → none (felt with the next session)"), "{words}");

    // Every seat stays the one that it was, and is waited for until it says that it is set up anew.
    let ids = |desk: &Desk| -> Vec<String> {
        let status = status_of(desk);
        let seats = status["seats"].as_array().expect("seats").iter();
        seats.map(|seat| seat["instance_id"].to_string()).collect()
    };
    let before = ids(&desk);
    let words = desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("Ready: 7 seats.\n"), "{words}");
    assert_eq!(ids(&desk), before);
    desk.expect(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    let check = desk.run(&["controls", "check", "floor.hcl", "--live", "--json"]);
    assert!(!String::from_utf8_lossy(&check.stdout).contains("inside."), "what they tell is what is written now");
}

#[test]
fn programs_read_what_came_of_it_as_an_event() {
    let desk = Desk::with(TODAY, &both_systems(SSM));
    guests_of_linux(&desk, &json!({ "fails": "site: no license" }));
    let output = desk.run(&["apply", "floor.hcl", "--yes", "--json"]);
    let events: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event a line"))
        .collect();
    let event = events.iter().find(|event| event["type"] == "readiness").expect("it is told");
    assert_eq!(event["failed"]["workstation_pool.comp[002]"], "site: no license");
    assert_eq!(event["ready"].as_array().map(Vec::len), Some(4));
    assert_eq!(events.last().expect("a summary")["exit_code"], 3);
}

/// Changes what is set inside a seat, as somebody with root on it could.
fn change_inside(desk: &Desk, seat: &str, word: &str, text: &str) {
    let id = status_of(desk)["seats"]
        .as_array()
        .and_then(|seats| seats.iter().find(|one| one["address"] == seat))
        .and_then(|one| one["instance_id"].as_str().map(str::to_owned))
        .expect("the seat is there");
    fn instance<'a>(value: &'a mut Value, id: &str) -> Option<&'a mut Value> {
        if value["id"] == id && value.get("changed_inside").is_some() {
            return Some(value);
        }
        match value {
            Value::Object(map) => map.values_mut().find_map(|one| instance(one, id)),
            Value::Array(list) => list.iter_mut().find_map(|one| instance(one, id)),
            _ => None,
        }
    }
    let path = desk.path("cloud.json");
    let mut cloud: Value = serde_json::from_slice(&fs::read(&path).expect("the cloud's file")).expect("JSON");
    let found = instance(&mut cloud, &id).expect("the instance is in the file");
    found["changed_inside"][word] = text.into();
    fs::write(&path, cloud.to_string()).expect("it is written");
}

#[test]
fn what_somebody_changes_inside_a_seat_is_drift_and_its_next_start_mends_it() {
    let desk = Desk::with(TODAY, &both_systems(SSM));
    desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    let words = desk.expect(4, &["controls", "check", "floor.hcl", "--live"]);
    assert!(words.contains("has host/certificate at self-signed") && !words.contains("VDI-STR-01"), "{words}");

    change_inside(&desk, "workstation_pool.comp[002]", "Permissions", "[permissions]\n%any% allow builtin\n");
    change_inside(&desk, "workstation_pool.editorial[001]", "Devices", "Disks, 8, *, *, *, *, 0, 0\n");
    let words = desk.expect(2, &["plan", "floor.hcl", "--detailed-exitcode"]);
    assert!(words.contains("inside.permissions/anyone/clipboard-copy: allowed → denied"), "{words}");
    assert!(words.contains("inside.devices"), "{words}");
    assert!(words.contains("it was changed inside the seat"), "{words}");
    let plan: Value = serde_json::from_slice(&desk.run(&["plan", "floor.hcl", "--json"]).stdout).expect("JSON");
    assert_eq!(plan["summary"]["restart"], 2);
    let change = &plan["changes"][0];
    assert_eq!((&change["action"], &change["reason"]), (&json!("restart"), &json!("drifted")), "{plan:#}");
    let status = status_of(&desk);
    let drifted: Vec<&str> = status["drifted"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    assert_eq!(drifted, ["workstation_pool.comp[002]", "workstation_pool.editorial[001]"]);
    assert_eq!(status["drift_fields"]["workstation_pool.editorial[001]"], json!(["inside.devices"]));
    let words = desk.expect(0, &["status", "floor.hcl"]);
    assert!(words.contains("drift: workstation_pool.editorial[001]  inside.devices\n"), "{words}");
    assert!(words.contains("drift: workstation_pool.comp[002]  inside.permissions/anyone/"), "{words}");
    let words = desk.expect(4, &["controls", "check", "floor.hcl", "--live"]);
    assert!(words.contains("VDI-STR-01") && words.contains("permissions/owner/clipboard-copy"), "{words}");

    let words = desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("Ready: 2 seats.\n"), "they are waited for until they say so anew: {words}");
    desk.expect(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    let words = desk.expect(4, &["controls", "check", "floor.hcl", "--live"]);
    assert!(!words.contains("VDI-STR-01"), "{words}");
}

#[test]
fn seats_that_cant_be_heard_are_named_with_the_reason() {
    let desk = Desk::with(TODAY, &both_systems(""));
    desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    let words = desk.expect(0, &["status", "floor.hcl"]);
    assert!(words.contains("is not known: its network has no endpoint `ssm`"), "{words}");
    let check = desk.run(&["controls", "check", "floor.hcl", "--live", "--json"]);
    let check = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(check.contains("could not be read: its network has no endpoint `ssm`"), "{check}");
}

#[test]
fn a_disk_that_is_declared_before_others_moves_none_of_them() {
    let disk = |name: &str| {
        format!("  volume \"{name}\" {{\n    size_gib = 50\n    type     = \"gp3\"\n    mount    = \"/{name}\"\n  }}\n")
    };
    let with = |disks: &str| {
        let text = both_systems(SSM);
        let end = text.trim_end().strip_suffix('}').expect("the pool of Linux seats ends here").to_owned();
        format!("{end}{disks}}}\n")
    };
    let desk = Desk::with(TODAY, &with(&disk("desk")));
    desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    desk.write("floor.hcl", &with(&(disk("scratch") + &disk("desk"))));
    let plan: Value = serde_json::from_slice(&desk.run(&["plan", "floor.hcl", "--json"]).stdout).expect("JSON");
    let of = |address: &str| {
        let all = plan["changes"].as_array().expect("changes");
        all.iter().find(|one| one["address"] == address).unwrap_or(&Value::Null).clone()
    };
    assert_eq!(of("workstation_pool.comp[001]")["action"], "restart");
    assert_eq!(of("workstation_pool.comp[001].desk"), Value::Null, "it stays where it is");
    let scratch = of("workstation_pool.comp[001].scratch");
    let device = scratch["fields"].as_array().expect("fields").iter().find(|one| one["path"] == "device");
    assert_eq!(device.expect("a device")["after"], "/dev/sdg");
    let words = desk.expect(0, &["apply", "floor.hcl", "--yes"]);
    assert!(words.contains("Ready: 3 seats.\n"), "{words}");
    desk.expect(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    let status = desk.expect(0, &["status", "floor.hcl"]);
    assert!(status.contains("The live state is as the blueprint says."), "{status}");
}
