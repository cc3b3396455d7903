//! Two looks at the same state, and words that no file may hold.

use super::*;

/// The page without its envelope.
fn without_envelope(page: &str) -> String {
    let (before, rest) = page.split_once("<section id=\"envelope\"").expect("it has one");
    let (_, after) = rest.split_once("</section>").expect("it ends");
    format!("{before}{after}")
}

#[test]
fn two_looks_at_the_same_state_differ_in_the_envelope_alone() {
    let floor = Floor::new();
    let look = |number: &str, at: &str| {
        let reads = reads(number);
        let dossier = floor.live(&floor.observed(), &reads);
        floor.bundle(&dossier, at, reads)
    };
    let (times, other) = (["2026-12-07T09:00:05Z", "2026-12-07T17:30:00Z"], ["1", "2"]);
    let [one, two] = [0, 1].map(|at| look(other[at], times[at]));
    let names: Vec<&String> = one.files.keys().collect();
    assert_eq!(
        names,
        [
            "assessment.json",
            "envelope.json",
            "findings.sarif",
            "junit.xml",
            "manifest.json",
            "mpa.csv",
            "oscal-assessment-results.json",
            "oscal-component-definition.json",
            "report.html",
        ]
    );
    for name in names {
        let [first, second] = [&one, &two].map(|bundle| text(bundle, name));
        match name.as_str() {
            "envelope.json" | "manifest.json" => assert_ne!(first, second, "{name}"),
            "report.html" => {
                assert_ne!(first, second);
                assert_eq!(without_envelope(first), without_envelope(second));
            }
            // Its schema asks for the time: the envelope's, and no other.
            "oscal-assessment-results.json" => {
                assert_ne!(first, second);
                assert_eq!(first.replace(times[0], ""), second.replace(times[1], ""));
            }
            _ => assert_eq!(first, second, "{name}"),
        }
    }
}

#[test]
fn no_file_speaks_of_compliance_or_of_certificates() {
    let floor = Floor::new();
    let reads = reads("1");
    let looks = [floor.planned(), floor.live(&floor.observed(), &reads), floor.live(&weakened(&floor), &reads)];
    for dossier in looks {
        let bundle = floor.bundle(&dossier, "2026-12-07T09:00:00Z", reads.clone());
        for name in bundle.files.keys() {
            let words = text(&bundle, name).to_lowercase();
            for word in ["compliant", "certified"] {
                assert!(!words.contains(word), "{name} says {word}");
            }
        }
    }
}

#[test]
fn each_piece_of_evidence_can_be_found_again() {
    let floor = Floor::new();
    let reads = reads("1");
    let dossier = floor.live(&floor.observed(), &reads);
    let bundle = floor.bundle(&dossier, "2026-12-07T09:00:00Z", reads);
    let envelope = json(&bundle, "envelope.json");
    let evidence = envelope["evidence"].as_array().expect("a list");
    assert_eq!(evidence.len(), 4);
    for one in evidence {
        for field in ["account", "region", "principal", "call", "at", "status", "request_id", "sha256"] {
            assert!(!one[field].is_null(), "{field} of {one}");
        }
    }
    let control = dossier.controls.iter().find(|one| one.control == "VDI-ENC-01").expect("it is in the profile");
    assert_eq!(control.live, Some(crate::controls::Status::Pass));
    assert!(control.calls.contains(&"ec2:DescribeVolumes".to_owned()), "{:?}", control.calls);
}

#[test]
fn what_is_declared_and_not_measured_is_told_apart_from_what_was_seen() {
    let floor = Floor::new();
    let dossier = floor.live(&floor.observed(), &reads("1"));
    let idle = dossier.controls.iter().find(|one| one.control == "VDI-STR-06").expect("it is in the profile");
    assert!(idle.declared_only && !idle.is_evidenced(), "{idle:?}");
    let planned = floor.planned();
    assert!(planned.controls.iter().all(|one| !one.declared_only && one.live.is_none()));
}

#[test]
fn what_came_from_a_sensitive_variable_is_in_no_file() {
    let mut floor = Floor::new();
    let owner = "fx-lead@northlight.example";
    floor.blueprint.hidden.insert(owner.to_owned());
    let dossier = floor.planned();
    let bundle = floor.bundle(&dossier, "2026-12-07T09:00:00Z", Vec::new());
    for name in bundle.files.keys() {
        assert!(!text(&bundle, name).contains(owner), "{name}");
    }
    assert!(text(&bundle, "report.html").contains("(sensitive)"));
}
