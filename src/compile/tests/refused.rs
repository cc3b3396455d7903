//! What only this room can refuse, each with its words.

use super::*;
use crate::blueprint::model::Name;

fn refused(changes: &[(&str, &str)], facts: &Facts, templates: &Templates) -> Vec<String> {
    match compile(&floor(changes), facts, templates) {
        Ok(_) => Vec::new(),
        Err(found) => said(&found),
    }
}

#[test]
fn an_image_that_is_not_there() {
    let facts = Facts { images: BTreeMap::new(), ..facts() };
    assert_eq!(
        refused(&[], &facts, &templates()),
        ["image-not-found: there is no image ami-0123456789abcdef0 in us-west-2, or it may not be read"]
    );
    let offline = Facts { offline: true, ..facts };
    assert!(compile(&floor(&[]), &offline, &templates()).is_ok());
}

#[test]
fn a_root_volume_smaller_than_its_image() {
    let small = [("size_gib = 150", "size_gib = 80")];
    assert_eq!(
        refused(&small, &facts(), &templates()),
        ["root-volume-too-small: the root volume has 80 GiB, but ami-0123456789abcdef0 needs 100"]
    );
}

#[test]
fn another_account_and_another_processor_at_once() {
    let mut facts = facts();
    facts.account = "210987654321".to_owned();
    facts.images.values_mut().for_each(|image| image.architecture = "arm64".to_owned());
    assert_eq!(
        refused(&[], &facts, &templates()),
        [
            "wrong-account: the production lives in account 123456789012, not in 210987654321",
            "wrong-architecture: g6.4xlarge runs x86_64, but ami-0123456789abcdef0 is made for arm64",
            "wrong-architecture: g5.4xlarge runs x86_64, but ami-0123456789abcdef0 is made for arm64",
        ]
    );
}

/// The language refuses such a name already; what builds a blueprint by other means meets this.
#[test]
fn a_segment_that_takes_an_address() {
    let mut blueprint = floor(&[]);
    blueprint.networks[0].segments[1].name.value = Name::new("igw");
    let words = compile(&blueprint, &facts(), &templates()).map_err(|found| said(&found)).err().unwrap_or_default();
    assert_eq!(words, ["address-taken: `network.main.igw` would name both internet gateway and security group"]);
}

#[test]
fn more_rules_than_a_group_holds_once_the_implied_ones_count() {
    let ranges: Vec<_> = (0..59).map(|n| format!("\"10.9.{n}.0/24\"")).collect();
    let flow = format!(
        "  flow \"many\" {{\n    from   = network.main.workstations\n    to     = [{}]\n    ports  = [\"tcp/443\"]\n    \
         reason = \"Storage.\"\n  }}\n  endpoints = ",
        ranges.join(", ")
    );
    assert_eq!(
        refused(&[("  endpoints = ", &flow)], &facts(), &templates()),
        ["too-many-rules: `workstations` needs 61 outward rules, and a security group holds 60"]
    );
}

#[test]
fn templates_that_give_no_user_data() {
    let none = Templates(BTreeMap::new());
    assert_eq!(
        refused(&[], &facts(), &none),
        ["template-not-read: templates/site.sh.j2 can't be read: there is no such file"]
    );
    assert_eq!(
        refused(&[], &facts(), &with_template("#!/bin/sh\n{{ licence }}\n")),
        ["template-not-rendered: templates/site.sh.j2, line 2: undefined value: `licence` is undefined"]
    );
    assert_eq!(
        refused(&[], &facts(), &with_template("#cloud-config\n")),
        ["not-a-script: templates/site.sh.j2: a bootstrap for Linux is a script, and begins with `#!`"]
    );
    // What can't be compressed: numbers without a pattern.
    let mut number = 1u64;
    let mut noise = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("# {:04} {:04}\n", number >> 40 & 8191, number >> 20 & 8191)
    };
    let noise: String = (0..6_000).map(|_| noise()).collect();
    let words = refused(&[], &facts(), &with_template(&format!("#!/bin/sh\n{noise}")));
    assert!(words.len() == 1 && words[0].starts_with("user-data-too-long: templates/site.sh.j2"), "{words:?}");
}

#[test]
fn a_secret_in_a_template() {
    let leaky = with_template("#!/bin/sh\nexport AWS_ACCESS_KEY_ID=AKIAIOSFODNN7QWERTYU\n");
    let words = refused(&[], &facts(), &leaky);
    assert!(words.len() == 1 && words[0].starts_with("secret-in-user-data: "), "{words:?}");
    assert!(!words[0].contains("AKIA"));
}

#[test]
fn more_volumes_than_there_are_device_names() {
    let volumes: String =
        (0..11).map(|n| format!("  volume \"v{n}\" {{\n    size_gib = 10\n    type     = \"gp3\"\n  }}\n")).collect();
    let words = refused(&[("  bootstrap {", &format!("{volumes}  bootstrap {{"))], &facts(), &templates());
    assert_eq!(words, ["too-many-volumes: a linux seat has room for 11 volumes"]);
}

#[test]
fn a_platform_that_differs_is_a_warning() {
    let mut facts = facts();
    facts.images.values_mut().for_each(|image| image.windows = true);
    let warnings = compile(&floor(&[]), &facts, &templates()).map(|desired| desired.warnings).unwrap_or_default();
    assert_eq!(warnings, ["image.nuke: os is rocky-9, but ami-0123456789abcdef0 is a Windows image"]);
}
