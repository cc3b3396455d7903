//! Exceptions waive for their scope and until their day; attestations speak for what nobody looked at.

use super::*;

/// A direct flow from the offices to the workstations, and an exception that allows it.
const DIRECT: &str = r#"flow "review" {
    from   = prefix_list.offices
    to     = network.main.workstations
    ports  = ["tcp/8443"]
    reason = "Client review on site."
  }

  flow "projects" {"#;

fn exception(control: &str, scope: &str, expires: &str) -> String {
    format!(
        r#"exception "review" {{
  control      = "{control}"
  scope        = [{scope}]
  reason       = "Client review on site."
  compensating = "Office addresses only."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "{expires}"
}}

output "seats" {{"#
    )
}

fn with(exception: &str) -> Blueprint {
    blueprint(&[("flow \"projects\" {", DIRECT), ("output \"seats\" {", exception)])
}

fn status_of(blueprint: &Blueprint, control: &str, on: Date) -> Status {
    let desired = compiled(blueprint);
    let floor = Floor { today: on, ..planned(blueprint, &desired) };
    examine(&floor).verdict(control).map(|one| one.status).expect("it is in the profile")
}

#[test]
fn an_exception_waives_for_its_scope_until_its_day() {
    for scope in [
        "network.main",
        "network.main.workstations",
        "prefix_list.offices",
        "workstation_pool.comp, workstation_pool.lighting",
    ] {
        let blueprint = with(&exception("VDI-NET-04", scope, "2027-01-15"));
        assert_eq!(status_of(&blueprint, "VDI-NET-04", today()), Status::Waived, "{scope}");
        let last = jiff::civil::date(2027, 1, 15);
        assert_eq!(status_of(&blueprint, "VDI-NET-04", last), Status::Waived, "{scope}");
        assert_eq!(status_of(&blueprint, "VDI-NET-04", last.tomorrow().expect("a day")), Status::Fail, "{scope}");
    }
    // One of two pools that stand in the segment is not enough.
    let blueprint = with(&exception("VDI-NET-04", "workstation_pool.comp", "2027-01-15"));
    assert_eq!(status_of(&blueprint, "VDI-NET-04", today()), Status::Fail);
}

#[test]
fn a_waived_finding_names_its_exception_and_its_last_day() {
    let blueprint = with(&exception("VDI-NET-04", "network.main", "2027-01-15"));
    let desired = compiled(&blueprint);
    let posture = examine(&planned(&blueprint, &desired));
    let finding = &posture.verdict("VDI-NET-04").expect("it is in the profile").findings[0];
    assert_eq!(finding.exceptions, ["review"]);
    assert_eq!(finding.until, Some(jiff::civil::date(2027, 1, 15)));
    assert_eq!(
        finding.sentence,
        "network.main.workstations lets tcp/8443 in from prefix_list.offices, past the gateway"
    );
    assert!(posture.warnings.is_empty(), "{:?}", posture.warnings);
}

#[test]
fn an_exception_that_covers_nothing_is_a_warning() {
    let blueprint = with(&exception("VDI-NET-12", "network.main", "2027-01-15"));
    let desired = compiled(&blueprint);
    let posture = examine(&planned(&blueprint, &desired));
    assert_eq!(posture.warnings, ["exception.review covers nothing: nothing in its scope fails VDI-NET-12"]);
}

#[test]
fn an_expired_exception_is_found_by_its_own_control() {
    let blueprint = with(&exception("VDI-NET-04", "network.main", "2027-01-15"));
    let desired = compiled(&blueprint);
    let floor = Floor { today: jiff::civil::date(2027, 2, 1), ..planned(&blueprint, &desired) };
    let posture = examine(&floor);
    assert_eq!(failing(&posture), BTreeSet::from(["VDI-INV-06", "VDI-NET-04"]));
    assert_eq!(sentences(&posture, "VDI-INV-06"), ["exception.review expired on 2027-01-15"]);
    let early = Floor { today: jiff::civil::date(2026, 9, 1), ..planned(&blueprint, &desired) };
    assert_eq!(sentences(&examine(&early), "VDI-INV-06"), ["exception.review ends more than 90 days ahead"]);
}

#[test]
fn what_cannot_be_waived_is_not() {
    let mut blueprint = with(&exception("VDI-NET-04", "production.nebula", "2027-01-15"));
    let control = crate::blueprint::model::ControlId::parse("VDI-ENC-01").expect("an id");
    blueprint.exceptions[0].control.value = control;
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    volume(&mut floor, "workstation_pool.comp[001].cache", |volume| volume.encrypted = false);
    assert!(failing(&examine(&floor)).contains("VDI-ENC-01"));
}

#[test]
fn an_attestation_speaks_for_what_nobody_looked_at_while_it_holds() {
    let said = r#"attestation "idp" {
  controls  = ["VDI-IAM-02", "VDI-STR-01"]
  statement = "The identity provider asks for FIDO2 on every sign-in."
  by        = "ciso@lighthouse.example"
  on        = "2026-12-01"
  expires   = "2027-05-01"
}

output "seats" {"#;
    let mut blueprint = blueprint(&[("output \"seats\" {", said)]);
    assert_eq!(status_of(&blueprint, "VDI-IAM-02", today()), Status::Attested);
    assert_eq!(status_of(&blueprint, "VDI-IAM-02", jiff::civil::date(2027, 5, 2)), Status::NotAssessed);
    assert_eq!(status_of(&blueprint, "VDI-IAM-02", jiff::civil::date(2026, 11, 30)), Status::NotAssessed);
    // What was looked at, and fails, no words mend.
    blueprint.lockdowns[0].clipboard.value = crate::blueprint::model::Transfer::Out;
    assert_eq!(status_of(&blueprint, "VDI-STR-01", today()), Status::Fail);
}

#[test]
fn what_came_from_a_sensitive_variable_is_in_no_finding() {
    let mut blueprint = blueprint(&[]);
    blueprint.hidden.insert("192.0.2.7/32".to_owned());
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    group(&mut floor, "network.main.workstations", |group| {
        group.rules.push(crate::resource::Rule {
            direction: crate::resource::Direction::Egress,
            protocol: "tcp".to_owned(),
            ports: Some((443, 443)),
            peer: crate::resource::Peer::Cidr("192.0.2.7/32".to_owned()),
            description: String::new(),
            flow: None,
        });
    });
    assert_eq!(
        sentences(&examine(&floor), "VDI-NET-03"),
        ["network.main.workstations lets tcp/443 out to (sensitive), which no flow declares"]
    );
}
