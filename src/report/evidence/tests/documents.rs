//! The documents for programs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

fn live_bundle(observed: impl FnOnce(&Floor) -> Observed) -> Bundle {
    let floor = Floor::new();
    let reads = reads("1");
    let dossier = floor.live(&observed(&floor), &reads);
    floor.bundle(&dossier, "2026-12-07T09:00:00Z", reads)
}

#[test]
fn every_practice_of_the_version_has_a_row_in_questionnaire_order() {
    let bundle = live_bundle(Floor::observed);
    let rows: Vec<&str> = text(&bundle, "mpa.csv").lines().collect();
    assert!(rows[0].starts_with("framework,version,id,id_status,mpa_5_1,mpa_5_2,mpa_5_3,mpa_5_3_1,controls,"));
    let ids: Vec<&str> = rows[1..].iter().filter_map(|row| row.split(',').nth(2)).collect();
    assert_eq!(&ids[..3], ["OR-1.0", "OR-1.1", "OR-1.2"]);
    let at = |id: &str| ids.iter().position(|one| *one == id).unwrap_or_else(|| panic!("{id}"));
    assert!(at("TS-2.9") < at("TS-2.10") && at("OP-3.2") < at("PS-3.2") && at("PS-3.2") < at("TS-1.0"));
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len());
    // Two practices of 5.3.1 were one before.
    let authorization = rows.iter().find(|row| row.contains(",TS-1.7,")).expect("a row");
    assert!(authorization.starts_with("MPA,5.3.1,TS-1.7,verified,TS-19,TS-1.6,TS-1.6,TS-1.7,"), "{authorization}");
    let remote = rows.iter().find(|row| row.contains(",TS-2.9,")).expect("a row");
    assert!(remote.contains(" evidenced") && remote.contains("not assessed"), "{remote}");
    let wireless = rows.iter().find(|row| row.contains(",TS-2.11,")).expect("a row");
    assert!(wireless.ends_with(",0,0,0,0,0,0,0,not assessed: no control bears on it"), "{wireless}");
}

#[test]
fn a_waived_finding_is_a_suppressed_result_at_its_line() {
    let sarif = json(&live_bundle(Floor::observed), "findings.sarif");
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().expect("a list");
    let waived = results.iter().find(|one| one["ruleId"] == "VDI-DAT-01").expect("a result");
    let why = waived["suppressions"][0]["justification"].as_str().expect("a text");
    assert!(why.starts_with("exception.kept-simulations until 2027-02-15: "), "{why}");
    let physical = &waived["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "floor.hcl");
    let line = FLOOR.lines().position(|line| line.starts_with("workstation_pool \"fx\"")).expect("it is there") + 1;
    assert_eq!(physical["region"]["startLine"], line);
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().expect("a list");
    for one in results {
        let index = usize::try_from(one["ruleIndex"].as_u64().expect("a number")).expect("a small one");
        assert_eq!(rules[index]["id"], one["ruleId"]);
    }
}

#[test]
fn fingerprints_stay_when_something_else_fails_too() {
    let prints = |bundle: &Bundle| -> BTreeSet<String> {
        let sarif = json(bundle, "findings.sarif");
        let results = sarif["runs"][0]["results"].as_array().expect("a list").clone();
        results.iter().map(|one| one["partialFingerprints"]["controlAndResource/v1"].to_string()).collect()
    };
    let (good, weak) = (prints(&live_bundle(Floor::observed)), prints(&live_bundle(weakened)));
    assert!(good.is_subset(&weak) && good.len() < weak.len(), "{good:?} {weak:?}");
}

#[test]
fn there_is_a_test_case_for_each_place_and_a_waived_one_is_skipped() {
    let bundle = live_bundle(weakened);
    let junit = text(&bundle, "junit.xml");
    let count = |what: &str| junit.matches(what).count();
    let whole = junit.lines().nth(1).expect("the suites");
    let number = |name: &str| -> usize {
        let rest = whole.split_once(&format!(" {name}=\"")).expect(name).1;
        rest.split('"').next().and_then(|digits| digits.parse().ok()).expect("a number")
    };
    assert_eq!(number("tests"), count("<testcase "));
    assert_eq!(number("failures"), count("<failure "));
    assert_eq!(number("skipped"), count("<skipped "));
    assert!(junit.contains("<skipped message=\"waived by exception.kept-simulations: "), "{junit}");
    let volume = junit.lines().find(|line| line.contains("classname=\"VDI-ENC-01\"") && line.contains("[001]."));
    assert!(volume.is_some_and(|line| line.contains("<failure type=\"critical\"")), "{volume:?}");
    let attested = junit.lines().find(|line| line.contains("classname=\"VDI-IAM-02\"")).expect("a case");
    assert!(attested.contains("<skipped message=\"attested: The identity provider asks for FIDO2"), "{attested}");
}

/// All that a document says at a name, wherever it stands.
fn gather<'a>(value: &'a Value, name: &str, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match value {
                    Value::String(text) if key == name => into.push(text),
                    value => gather(value, name, into),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|value| gather(value, name, into)),
        _ => {}
    }
}

#[test]
fn every_reference_within_the_oscal_results_leads_somewhere_and_no_id_is_twice() {
    let document = json(&live_bundle(weakened), "oscal-assessment-results.json");
    let mut ids = Vec::new();
    gather(&document, "uuid", &mut ids);
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len());
    for name in ["observation-uuid", "risk-uuid"] {
        let mut references = Vec::new();
        gather(&document, name, &mut references);
        assert!(!references.is_empty(), "{name}");
        assert!(references.iter().all(|id| known.contains(id)), "{name}");
    }
    let results = &document["assessment-results"];
    let anchor = results["import-ap"]["href"].as_str().expect("a text");
    assert!(known.contains(anchor.trim_start_matches('#')), "{anchor}");
    let findings = results["results"][0]["findings"].as_array().expect("a list");
    let state = |control: &str| {
        let found = findings.iter().find(|one| one["target"]["target-id"] == control);
        found.map(|one| one["target"]["status"]["state"].as_str().expect("a text"))
    };
    assert_eq!(state("VDI-ENC-01"), Some("not-satisfied"));
    // Who allows a failure for a while doesn't mend it; what is only attested is no finding.
    assert_eq!(state("VDI-DAT-01"), Some("not-satisfied"));
    assert_eq!(state("VDI-IAM-02"), None);
}

#[test]
fn the_component_definition_names_each_control_and_no_practice_of_a_framework_without_numbers() {
    let document = super::super::component::definition();
    let implementations = &document["component-definition"]["components"][0]["control-implementations"];
    let own = implementations[0]["implemented-requirements"].as_array().expect("a list");
    assert_eq!(own.len(), crate::controls::all().len());
    let mut sources = Vec::new();
    gather(implementations, "source", &mut sources);
    assert_eq!(
        sources[1..],
        [
            "urn:closedset:framework:mpa:5.3.1",
            "urn:closedset:framework:nist-csf:2.0",
            "urn:closedset:framework:nist-csf:1.1"
        ]
    );
}
