//! What is accepted, and what the model then holds.

use super::super::model::{Blueprint, MaxUnavailable, Name, SegmentRef, Transfer};
use super::{FULL, TODAY, changed, load_on, said};

fn accepted(text: &str) -> Blueprint {
    let loaded = load_on(text, TODAY);
    assert_eq!(said(&loaded), Vec::<String>::new());
    loaded.blueprint.expect("no errors, so a blueprint")
}

/// The least that a blueprint may say.
const LEAST: &str = r#"
blueprint {
  version = 1
}
production "nebula" {
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-12-01"
  wraps_on      = "2027-06-30"
  contacts {
    security = "security@lighthouse.example"
  }
}
key "content" {
}
network "main" {
  cidr  = "10.40.0.0/16"
  zones = ["us-west-2a", "us-west-2b", "us-west-2c"]
  segment "workstations" {
    tier    = "content"
    newbits = 4
  }
  segment "edge" {
    tier    = "edge"
    newbits = 8
  }
}
image "nuke" {
  os = "rocky-9"
  id = "ami-01234567"
}
lockdown "artist" {
}
display "artist" {
  protocol = "dcv"
}
workstation_pool "comp" {
  seats          = 3
  image          = image.nuke
  segment        = network.main.workstations
  instance_types = ["g6.4xlarge"]
  lockdown       = lockdown.artist
  display        = display.artist
  root_volume {
    size_gib = 150
    type     = "gp3"
  }
}
artist "ana" {
  pools = [workstation_pool.comp]
  until = "2027-03-31"
}
"#;

#[test]
fn every_attribute_of_the_language_is_accepted() {
    let blueprint = accepted(FULL);
    assert_eq!(blueprint.pools[0].seats.value, 24);
    assert_eq!(blueprint.outputs[0].shown(), serde_json::json!(24));
    assert_eq!(blueprint.computer_name(&blueprint.pools[0], 7), "neb-comp-007");
    assert_eq!(blueprint.pools[0].seats_at_once(), 4);
    assert_eq!(blueprint.pools[0].volumes[0].iops(), 6000);
}

#[test]
fn what_is_left_out_has_its_default() {
    let blueprint = accepted(LEAST);
    assert_eq!(blueprint.production.key.as_str(), "content");
    assert_eq!(blueprint.production.destroy_within_days.value, 30);
    assert_eq!(blueprint.keys[0].rotation_days.value, 365);
    let lockdown = &blueprint.lockdowns[0];
    assert_eq!((lockdown.clipboard.value, lockdown.file_transfer.value), (Transfer::In, Transfer::None));
    assert_eq!((lockdown.idle_minutes.value, lockdown.max_hours.value), (15, 12));
    assert_eq!(blueprint.pools[0].idle_stop_minutes, None);
    let pool = &blueprint.pools[0];
    assert_eq!(pool.key.as_str(), "content");
    assert_eq!(pool.max_unavailable.value, MaxUnavailable::Share(20));
    assert_eq!((pool.root_volume.iops(), pool.root_volume.throughput_mibs()), (3000, Some(125)));
    assert_eq!(blueprint.computer_name(pool, 1), "nebula-comp-001");
    assert_eq!(blueprint.networks[0].flow_logs.retention_days.value, 365);
    assert_eq!(blueprint.artists[0].from.value, blueprint.production.starts_on.value);
}

#[test]
fn defaults_follow_the_production() {
    let text = LEAST.replace(
        "content_class = \"pre-release\"",
        "content_class = \"high-security\"\n  controls = \"high-security\"",
    );
    assert_eq!(accepted(&text).lockdowns[0].clipboard.value, Transfer::None);
    let text = LEAST.replace("region        =", "controls = \"mpa-5.3\"\n  region        =");
    assert_eq!(accepted(&text).lockdowns[0].idle_minutes.value, 30);
}

/// Three zones have room for four: the second segment starts behind the fourth subnet of the first.
#[test]
fn subnets_are_cut_with_room_for_zones_to_come() {
    let blueprint = accepted(LEAST);
    let network = &blueprint.networks[0];
    assert_eq!(network.zone_room.value, 4);
    let cidrs = |label: &str| -> Vec<String> {
        let at = SegmentRef { network: Name::new("main"), segment: Name::new(label) };
        let segment = blueprint.segment(&at).expect("it is declared");
        segment.subnets.iter().map(|subnet| format!("{} {}", subnet.zone, subnet.cidr)).collect()
    };
    assert_eq!(
        cidrs("workstations"),
        ["us-west-2a 10.40.0.0/20", "us-west-2b 10.40.16.0/20", "us-west-2c 10.40.32.0/20"]
    );
    assert_eq!(cidrs("edge"), ["us-west-2a 10.40.64.0/24", "us-west-2b 10.40.65.0/24", "us-west-2c 10.40.66.0/24"]);
}

#[test]
fn tags_merge_from_far_to_near() {
    let text = changed(&[("tags           = {}", "tags = { cost_center = \"9\", floor = \"two\" }")]);
    let blueprint = accepted(&text);
    let pool = &blueprint.pools[0];
    let tags: Vec<_> = blueprint.volume_tags_of(pool, &pool.volumes[0]).0.into_iter().collect();
    let tags: Vec<_> = tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(tags, ["cost_center=9", "floor=two", "holds=frames"]);
}

#[test]
fn numbers_and_switches_may_be_texts() {
    let text = changed(&[
        ("rotation_days        = 365", "rotation_days = \"180\""),
        ("quic           = true", "quic = \"true\""),
    ]);
    assert_eq!(accepted(&text).keys[0].rotation_days.value, 180);
}

#[test]
fn null_is_as_if_it_were_not_written() {
    let text = changed(&[("rotation_days        = 365", "rotation_days = null"), ("seat  = 7", "seat = null")]);
    let blueprint = accepted(&text);
    assert_eq!(blueprint.keys[0].rotation_days.value, 365);
    assert!(blueprint.artists[0].seat.is_none());
}

#[test]
fn sensitive_outputs_are_hidden() {
    let text = changed(&[
        ("sensitive   = false", "sensitive = true"),
        ("value = workstation_pool.comp.seats", "value = var.artists\n  sensitive = true"),
    ]);
    assert_eq!(accepted(&text).outputs[0].shown(), serde_json::json!("(sensitive)"));
}

/// An exception covers what it names, and what stands in it.
#[test]
fn weakenings_with_their_exception_are_accepted() {
    let exception = |control: &str, scope: &str| {
        format!(
            "exception \"e\" {{\n  control = \"{control}\"\n  scope = [{scope}]\n  reason = \"r\"\n  compensating = \"c\"\n  \
             owner = \"a\"\n  approver = \"b\"\n  expires = \"2027-02-19\"\n}}\n"
        )
    };
    let both_pools = "workstation_pool.comp, workstation_pool.editorial";
    for (changes, control, scope) in [
        ([("file_transfer = \"none\"", "file_transfer = \"out\"")], "VDI-STR-02", "lockdown.artist"),
        ([("file_transfer = \"none\"", "file_transfer = \"both\"")], "VDI-STR-02", both_pools),
        ([("idle_minutes  = 15", "idle_minutes = 20")], "VDI-STR-06", "production.nebula"),
        ([("keep            = false", "keep = true")], "VDI-DAT-01", "workstation_pool.comp"),
        ([("from   = prefix_list.offices", "from = [\"0.0.0.0/0\"]")], "VDI-NET-04", "network.main.edge"),
        ([("to     = local.offices", "to = [\"0.0.0.0/1\", \"128.0.0.0/1\"]")], "VDI-NET-03", "network.main"),
        ([("from   = network.main.edge", "from = network.main.workstations")], "VDI-NET-06", both_pools),
    ] {
        accepted(&format!("{}{}", changed(&changes), exception(control, scope)));
    }
}
