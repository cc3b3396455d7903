//! JUnit XML, for continuous integration: a test suite a control, a test case for each place that was examined.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::dossier::Dossier;
use super::standing::Standing;
use super::xml::escaped;
use crate::controls::{Finding, Status};

/// One test case: its place, and what came of it.
struct Case<'a> {
    place: &'a str,
    outcome: Outcome,
}

enum Outcome {
    Passed,
    Failed { kind: &'static str, message: String, text: String },
    Error { message: String },
    Skipped { message: String },
}

/// Writes it. There are no times in it: checks take none to speak of.
pub fn junit(dossier: &Dossier) -> String {
    let suites: Vec<(&Standing, Vec<Case<'_>>)> =
        dossier.controls.iter().map(|standing| (standing, cases(standing))).collect();
    let all = || suites.iter().flat_map(|(_, cases)| cases);
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let name = escaped(&format!("{} against {}", dossier.production.alias, dossier.profile.name));
    let _ = writeln!(out, "<testsuites name=\"{name}\" {}>", counts(all()));
    for (standing, cases) in &suites {
        let name = escaped(&format!("{} {}", standing.control, standing.title));
        let _ = writeln!(out, "  <testsuite name=\"{name}\" {}>", counts(cases.iter()));
        for case in cases {
            write_case(standing, case, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn counts<'a, 'b: 'a>(cases: impl Iterator<Item = &'a Case<'b>>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped) = (0, 0, 0, 0);
    for case in cases {
        tests += 1;
        match case.outcome {
            Outcome::Passed => {}
            Outcome::Failed { .. } => failures += 1,
            Outcome::Error { .. } => errors += 1,
            Outcome::Skipped { .. } => skipped += 1,
        }
    }
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
}

/// The places of a control, sorted; where there are none, one case says why.
fn cases(standing: &Standing) -> Vec<Case<'_>> {
    let mut by_place: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &standing.findings {
        by_place.entry(&finding.resource).or_default().push(finding);
    }
    let mut cases: Vec<Case<'_>> = standing
        .holds
        .iter()
        .filter(|place| !by_place.contains_key(place.as_str()))
        .map(|place| Case { place, outcome: Outcome::Passed })
        .collect();
    cases.extend(by_place.into_iter().map(|(place, findings)| Case { place, outcome: outcome(standing, &findings) }));
    cases.sort_by(|a, b| a.place.cmp(b.place));
    if cases.is_empty() {
        let why = standing.why.clone().unwrap_or_else(|| "there was nothing to look at".to_owned());
        let message = format!("{}: {why}", standing.status.words());
        cases.push(Case { place: "(the control)", outcome: Outcome::Skipped { message } });
    }
    cases
}

/// What needs attention first decides for a place.
fn outcome(standing: &Standing, findings: &[&Finding]) -> Outcome {
    let worst = findings.iter().map(|finding| finding.status).min().unwrap_or(Status::NotAssessed);
    let of_status: Vec<&&Finding> = findings.iter().filter(|finding| finding.status == worst).collect();
    let sentences: Vec<&str> = of_status.iter().map(|finding| finding.sentence.as_str()).collect();
    let message = sentences.join("; ");
    match worst {
        Status::Fail => {
            let values: Vec<String> = of_status
                .iter()
                .map(|finding| format!("expected {}, observed {}", finding.expected, finding.observed))
                .collect();
            let text = format!("{}. Remedy: {}", values.join("; "), standing.remediation);
            Outcome::Failed { kind: severity(standing), message, text }
        }
        Status::Error => Outcome::Error { message },
        Status::Waived => {
            let by = of_status.iter().flat_map(|finding| &finding.exceptions).map(|name| format!("exception.{name}"));
            let mut by: Vec<String> = by.collect();
            by.sort();
            by.dedup();
            Outcome::Skipped { message: format!("waived by {}: {message}", by.join(", ")) }
        }
        status => Outcome::Skipped { message: format!("{}: {message}", status.words()) },
    }
}

fn severity(standing: &Standing) -> &'static str {
    match standing.severity.as_str() {
        "critical" => "critical",
        "high" => "high",
        "medium" => "medium",
        _ => "low",
    }
}

fn write_case(standing: &Standing, case: &Case<'_>, out: &mut String) {
    let (class, place) = (escaped(&standing.control), escaped(case.place));
    let _ = write!(out, "    <testcase classname=\"{class}\" name=\"{place}\"");
    let _ = match &case.outcome {
        Outcome::Passed => writeln!(out, "/>"),
        Outcome::Failed { kind, message, text } => {
            let (message, text) = (escaped(message), escaped(text));
            writeln!(out, "><failure type=\"{kind}\" message=\"{message}\">{text}</failure></testcase>")
        }
        Outcome::Error { message } => {
            writeln!(out, "><error type=\"unreadable\" message=\"{}\"/></testcase>", escaped(message))
        }
        Outcome::Skipped { message } => {
            writeln!(out, "><skipped message=\"{}\"/></testcase>", escaped(message))
        }
    };
}
