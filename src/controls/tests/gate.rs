//! The gate: what a plan touches, its posture before and after, and what refuses it.

use super::*;
use crate::controls::{Assessment, Ground, Record, assess, evaluation};
use crate::plan::{Action, Plan};
use crate::resource::{Direction, Peer, Rule};

fn assessed(blueprint: &Blueprint, desired: &Desired, observed: &Observed, options: &Options) -> (Plan, Assessment) {
    let mut plan = plan::make(desired, observed, options);
    let record = Some(Record::default());
    let ground = Ground { blueprint, desired, observed, options, today: today(), record };
    assess(&mut plan, ground).expect("a plan can be written");
    let assessment = Assessment::of(&plan).expect("it can be read").expect("it is there");
    (plan, assessment)
}

#[test]
fn a_first_plan_names_what_each_change_touches() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let (plan, assessment) = assessed(&blueprint, &desired, &Observed::default(), &Options::default());
    let controls = |address: &str| plan.change(&Address::new(address)).expect(address).controls.clone();
    assert_eq!(controls("network.main.log_group"), ["VDI-LOG-03"]);
    assert_eq!(
        controls("workstation_pool.comp[001].cache"),
        ["VDI-DAT-01", "VDI-ENC-01", "VDI-IAM-08", "VDI-INV-01", "VDI-REC-01"]
    );
    assert_eq!(controls("account.snapshot_public_access"), ["VDI-ENC-06"]);
    assert!(assessment.before.expect("a cloud was asked").verdicts.iter().all(|one| one.examined == 0));
    assert!(assessment.refusals.is_empty());
}

#[test]
fn a_change_in_place_touches_what_watches_its_fields() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut observed = observed(&desired);
    let address = Address::new("network.main.log_group");
    if let Some(Resource::LogGroup(group)) = observed.found.get_mut(&address).map(|found| &mut found.resource) {
        group.retention_days = Some(30);
    }
    let vpc = Address::new("network.main");
    if let Some(Resource::Vpc(vpc)) = observed.found.get_mut(&vpc).map(|found| &mut found.resource) {
        vpc.dns_support = false;
    }
    let (plan, assessment) = assessed(&blueprint, &desired, &observed, &Options::default());
    assert_eq!(plan.change(&address).expect("it differs").controls, ["VDI-LOG-03"]);
    // No control watches this field.
    assert_eq!(plan.change(&vpc).expect("it differs").controls, Vec::<String>::new());
    let before = assessment.before.expect("a cloud was asked");
    assert_eq!(failing(&before), BTreeSet::from(["VDI-DET-03", "VDI-LOG-03"]));
    assert_eq!(failing(&assessment.after), BTreeSet::new());
}

#[test]
fn a_plan_that_leaves_something_broken_is_refused() {
    let blueprint = blueprint(&[("\"198.51.100.0/26\" = \"Vancouver\"", "\"198.51.100.0/26\" = \"Vancouver\"")]);
    let desired = compiled(&blueprint);
    let mut broken = desired.clone();
    let address = Address::new("network.main.workstations");
    if let Some(Resource::SecurityGroup(group)) = broken.resources.get_mut(&address) {
        group.rules.push(Rule {
            direction: Direction::Ingress,
            protocol: "tcp".to_owned(),
            ports: Some((22, 22)),
            peer: Peer::Cidr("0.0.0.0/0".to_owned()),
            description: "Just for now.".to_owned(),
            flow: Some("ssh".to_owned()),
        });
    }
    let (_, assessment) = assessed(&blueprint, &broken, &observed(&desired), &Options::default());
    let refused: Vec<String> =
        assessment.refusals.iter().map(|one| format!("{} {}: {}", one.control, one.severity, one.sentence)).collect();
    assert_eq!(
        refused,
        [
            "VDI-NET-04 critical: network.main.workstations lets tcp/22 in from 0.0.0.0/0, which is too much of the internet",
            "VDI-NET-12 high: network.main.workstations lets tcp/22 in from 0.0.0.0/0, which opens SSH (port 22)",
        ]
    );
}

#[test]
fn what_belongs_to_the_whole_account_is_told_and_refuses_only_who_changes_it() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut observed = observed(&desired);
    let address = Address::new("account.snapshot_public_access");
    if let Some(Resource::AccountSwitch(switch)) = observed.found.get_mut(&address).map(|found| &mut found.resource) {
        switch.setting = "allowed".to_owned();
    }
    let (_, assessment) = assessed(&blueprint, &desired, &observed, &Options::default());
    assert_eq!(failing(&assessment.after), BTreeSet::from(["VDI-ENC-06"]));
    assert!(assessment.refusals.is_empty());
    let options = Options { account_switches: true, ..Options::default() };
    let (_, assessment) = assessed(&blueprint, &desired, &observed, &options);
    assert_eq!(failing(&assessment.after), BTreeSet::new());
}

#[test]
fn a_target_leaves_the_rest_as_it_is() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut observed = observed(&desired);
    for address in ["network.main.log_group", "network.main.flow_log"] {
        match observed.found.get_mut(&Address::new(address)).map(|found| &mut found.resource) {
            Some(Resource::LogGroup(group)) => group.retention_days = Some(30),
            Some(Resource::FlowLog(log)) => log.traffic = "REJECT".to_owned(),
            other => panic!("{other:?}"),
        }
    }
    let options = Options { targets: vec!["network.main.log_group".to_owned()], ..Options::default() };
    let (plan, assessment) = assessed(&blueprint, &desired, &observed, &options);
    assert!(
        plan.changes
            .iter()
            .all(|change| change.action == Action::None || change.address.as_str() == "network.main.log_group")
    );
    assert_eq!(failing(&assessment.after), BTreeSet::from(["VDI-LOG-02"]));
    assert_eq!(assessment.refusals.len(), 1);
}

#[test]
fn an_exception_that_has_ended_since_refuses_a_saved_plan() {
    let direct = r#"flow "review" {
    from   = prefix_list.offices
    to     = network.main.workstations
    ports  = ["tcp/8443"]
    reason = "Client review on site."
  }

  flow "projects" {"#;
    let exception = r#"exception "review" {
  control      = "VDI-NET-04"
  scope        = [network.main]
  reason       = "Client review on site."
  compensating = "Office addresses only."
  owner        = "lead@lighthouse.example"
  approver     = "ciso@lighthouse.example"
  expires      = "2027-01-15"
}

output "seats" {"#;
    let blueprint = blueprint(&[("flow \"projects\" {", direct), ("output \"seats\" {", exception)]);
    let desired = compiled(&blueprint);
    let (_, assessment) = assessed(&blueprint, &desired, &Observed::default(), &Options::default());
    assert!(assessment.refusals_on(jiff::civil::date(2027, 1, 15)).is_empty());
    let late = assessment.refusals_on(jiff::civil::date(2027, 1, 16));
    assert_eq!(late.iter().map(|one| one.control.as_str()).collect::<Vec<_>>(), ["VDI-NET-04"]);
}

#[test]
fn an_evaluation_is_of_one_plan_and_survives_being_saved() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let observed = Observed { account: desired.account.clone(), ..Observed::default() };
    let (mut plan, _) = assessed(&blueprint, &desired, &observed, &Options::default());
    let first = evaluation(&plan, &desired).expect("JSON");
    let text = serde_json::to_string(&plan).expect("JSON");
    let again: Plan = serde_json::from_str(&text).expect("a plan");
    let schema: serde_json::Value = serde_json::from_str(crate::report::PLAN_SCHEMA).expect("a schema");
    let document = serde_json::to_value(&plan).expect("JSON");
    let mut found = Vec::new();
    crate::report::schema::violations(&schema, &schema, &document, "", &mut found);
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(evaluation(&again, &desired).expect("JSON"), first);
    plan.assessment.remove("refusals");
    assert_ne!(evaluation(&plan, &desired).expect("JSON"), first);
}
