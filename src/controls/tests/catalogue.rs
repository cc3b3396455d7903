//! No identifier is made up: every id of the catalogue is in the data that it was made from.

use serde_json::Value;

use super::*;
use crate::controls::{Framework, Part, Stage, all, checked, mpa_ids};
use crate::report::schema::violations;

const IDS: &str = include_str!("../../../tests/fixtures/control-ids.json");
const MPA_IDS: &str = include_str!("../../../tests/fixtures/mpa-ids.csv");

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[test]
fn every_id_of_the_catalogue_is_in_its_sources() {
    let sources: Vec<Value> = serde_json::from_str(IDS).expect("the fixture is JSON");
    assert_eq!(sources.len(), all().len());
    for (control, source) in all().iter().zip(&sources) {
        let id = &control.id;
        assert_eq!(Some(id.as_str()), source["id"].as_str());
        assert_eq!(Some(control.severity.as_str()), source["severity"].as_str(), "{id}");
        assert_eq!(Some(control.function.as_str()), source["nist_function"].as_str(), "{id}");
        let phases: Vec<String> = control.phases.iter().map(|phase| phase.as_str().to_owned()).collect();
        assert_eq!(phases, texts(&source["phases"]), "{id}");
        let of = |framework: Framework, version: &str| -> Vec<String> {
            let references = control.references.iter();
            references
                .filter(|one| one.framework == framework && (version.is_empty() || one.version == version))
                .map(|one| one.id.clone())
                .collect()
        };
        assert_eq!(of(Framework::NistCsf, "1.1"), texts(&source["csf11"]), "{id}");
        assert_eq!(of(Framework::NistCsf, "2.0"), texts(&source["csf20"]), "{id}");
        assert_eq!(of(Framework::CisAws, "5.0"), texts(&source["cis_v5"]), "{id}");
        assert_eq!(of(Framework::CisAws, "7.0"), texts(&source["cis_v7"]), "{id}");
        assert_eq!(of(Framework::SecurityHub, ""), texts(&source["security_hub"]), "{id}");
        assert_eq!(of(Framework::ControlTower, ""), texts(&source["control_tower"]), "{id}");
        assert_eq!(of(Framework::Ecpp, "1.0"), [source["ecpp_section"].as_str().unwrap_or_default()], "{id}");
        let practices: Vec<(String, bool)> = control
            .references
            .iter()
            .filter(|one| one.framework == Framework::Mpa)
            .map(|one| (one.id.clone(), one.part == Some(Part::Additional)))
            .collect();
        let wanted: Vec<(String, bool)> = source["mpa_5_3_1"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| (one["id"].as_str().unwrap_or_default().to_owned(), one["part"] == "additional"))
            .collect();
        assert_eq!(practices, wanted, "{id}");
    }
}

#[test]
fn what_no_public_source_numbers_is_cited_by_section_and_unverified() {
    for control in all() {
        let ecpp: Vec<_> = control.references.iter().filter(|one| one.framework == Framework::Ecpp).collect();
        assert_eq!(ecpp.len(), 1, "{}", control.id);
        assert!(matches!(ecpp[0].id.as_str(), "global" | "iaas"), "{}", control.id);
        assert_eq!(ecpp[0].status, crate::controls::Verification::Unverified, "{}", control.id);
    }
}

#[test]
fn the_practices_are_those_of_the_published_versions() {
    let known: BTreeSet<&str> = MPA_IDS.lines().skip(1).flat_map(|line| line.split(',')).collect();
    for ids in mpa_ids() {
        for id in [ids.v5_1, ids.v5_2, ids.v5_3, ids.v5_3_1] {
            assert!(known.contains(id), "{id}");
        }
    }
    // What is presumed of the newest version is told apart from what was read.
    let presumed: Vec<&str> = mpa_ids()
        .iter()
        .filter(|ids| ids.status == crate::controls::Verification::Unverified)
        .map(|ids| ids.v5_3_1)
        .collect();
    assert_eq!(presumed, ["TS-3.1", "TS-6.0", "TS-6.1", "TS-6.2", "TS-7.0", "TS-7.1"]);
}

#[test]
fn each_control_is_either_checked_or_says_why_not() {
    for control in all() {
        let check = checked().iter().filter(|check| check.control == control.id).count();
        assert_eq!(check + usize::from(control.not_assessed.is_some()), 1, "{}", control.id);
    }
    for check in checked() {
        let control = crate::controls::control(check.control).expect("it is in the catalogue");
        if check.state.is_some() {
            let stage = if check.only_live { Stage::Live } else { Stage::Plan };
            assert!(control.phases.contains(&stage), "{} is not shown in a {}", control.id, stage.as_str());
        }
    }
}

#[test]
fn parameters_are_constants_of_the_profiles() {
    for profile in crate::controls::profiles() {
        let constants = serde_json::to_value(profile.constants).expect("JSON");
        for control in all() {
            for name in &control.parameters {
                assert!(constants.get(name).is_some(), "{} names {name}", control.id);
            }
        }
    }
}

#[test]
fn the_data_fits_its_schemas() {
    let check = |schema: &str, document: &str| {
        let schema: Value = serde_json::from_str(schema).expect("a schema");
        let document: Value = serde_json::from_str(document).expect("JSON");
        let mut found = Vec::new();
        violations(&schema, &schema, &document, "", &mut found);
        assert_eq!(found, Vec::<String>::new());
    };
    let controls = include_str!("../catalogue/control.schema.json");
    for family in [
        include_str!("../catalogue/inventory.json"),
        include_str!("../catalogue/identity.json"),
        include_str!("../catalogue/network.json"),
        include_str!("../catalogue/encryption.json"),
        include_str!("../catalogue/streaming.json"),
        include_str!("../catalogue/host.json"),
        include_str!("../catalogue/data.json"),
        include_str!("../catalogue/recovery.json"),
        include_str!("../catalogue/logging.json"),
        include_str!("../catalogue/detection.json"),
        include_str!("../catalogue/response.json"),
        include_str!("../catalogue/change.json"),
    ] {
        check(controls, family);
    }
    check(include_str!("../catalogue/profiles.schema.json"), include_str!("../catalogue/profiles.json"));
}
