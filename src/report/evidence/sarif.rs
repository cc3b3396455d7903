//! SARIF 2.1.0, for pull requests and editors. Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version
//! 2.1.0".

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::dossier::Dossier;
use super::places::line_of;
use super::settings::Waiver;
use super::standing::Standing;
use crate::controls::{Finding, Framework, Status};

/// Writes it: failures are results, waived ones with their exceptions as suppressions; what could not be read or is not
/// known yet is told as a notification, for it is no finding.
pub fn sarif(dossier: &Dossier) -> Value {
    let rules: Vec<Value> = dossier.controls.iter().map(rule).collect();
    let mut results = Vec::new();
    let mut notifications = Vec::new();
    for (index, standing) in dossier.controls.iter().enumerate() {
        let mut ordinals: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in &standing.findings {
            match finding.status {
                Status::Fail | Status::Waived => {
                    let ordinal = ordinals.entry(&finding.resource).or_default();
                    results.push(result(dossier, standing, index, finding, *ordinal));
                    *ordinal += 1;
                }
                Status::Error | Status::Undetermined => notifications.push(notification(standing, index, finding)),
                _ => {}
            }
        }
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": {
                    "name": "closedset",
                    "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                    "properties": { "catalogue": dossier.catalogue, "profile": dossier.profile.name },
                }
            },
            "automationDetails": { "id": format!("closedset/{}/{}/", dossier.production.alias, dossier.profile.name) },
            "invocations": [{ "executionSuccessful": true, "toolExecutionNotifications": notifications }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(standing: &Standing) -> Value {
    let mut tags = vec!["security".to_owned(), standing.function.as_str().to_owned()];
    let cited = standing.references.iter().filter(|one| one.framework != Framework::Ecpp);
    tags.extend(cited.map(|one| format!("{} {} {}", one.framework, one.version, one.id)));
    json!({
        "id": standing.control,
        "name": standing.title,
        "shortDescription": { "text": standing.title },
        "fullDescription": { "text": standing.rationale },
        "help": { "text": standing.remediation },
        "defaultConfiguration": { "level": level(standing) },
        "properties": { "tags": tags, "security-severity": weight(standing) },
    })
}

/// How SARIF's readers sort: error, warning, note.
fn level(standing: &Standing) -> &'static str {
    match standing.severity.as_str() {
        "critical" | "high" => "error",
        "medium" => "warning",
        _ => "note",
    }
}

/// A number within the range that code scanning gives each severity: over 9.0 critical, 7.0 high, 4.0 medium.
fn weight(standing: &Standing) -> &'static str {
    match standing.severity.as_str() {
        "critical" => "9.5",
        "high" => "8.0",
        "medium" => "5.0",
        _ => "2.0",
    }
}

fn result(dossier: &Dossier, standing: &Standing, index: usize, finding: &Finding, ordinal: usize) -> Value {
    let mut location = json!({ "logicalLocations": [{ "fullyQualifiedName": finding.resource, "kind": "resource" }] });
    if let Some(line) = line_of(&dossier.places, &finding.resource)
        && let Value::Object(map) = &mut location
    {
        let physical = json!({
            "artifactLocation": { "uri": uri(&line.file) },
            "region": { "startLine": line.line },
        });
        map.insert("physicalLocation".to_owned(), physical);
    }
    let print = Sha256::digest(format!("{}\n{}\n{ordinal}", standing.control, finding.resource));
    let mut result = json!({
        "ruleId": standing.control,
        "ruleIndex": index,
        "kind": "fail",
        "level": level(standing),
        "message": { "text": format!("{}. {}", finding.sentence, standing.remediation) },
        "locations": [location],
        "partialFingerprints": { "controlAndResource/v1": HEXLOWER.encode(&print) },
        "properties": {
            "phase": finding.phase.as_str(),
            "expected": finding.expected,
            "observed": finding.observed,
            "answeredFor": finding.answered_for,
        },
    });
    if finding.status == Status::Waived
        && let Value::Object(map) = &mut result
    {
        map.insert("suppressions".to_owned(), suppressions(dossier, finding));
    }
    result
}

fn suppressions(dossier: &Dossier, finding: &Finding) -> Value {
    let waivers = dossier.exceptions.iter().filter(|one| finding.exceptions.contains(&one.name));
    let suppression = |one: &Waiver| {
        json!({
            "kind": "external",
            "status": "accepted",
            "justification": format!(
                "exception.{} until {}: {} (owner {}, approver {})",
                one.name, one.expires, one.reason, one.owner, one.approver
            ),
        })
    };
    waivers.map(suppression).collect()
}

fn notification(standing: &Standing, index: usize, finding: &Finding) -> Value {
    let level = if finding.status == Status::Error { "error" } else { "note" };
    json!({
        "level": level,
        "message": { "text": format!("{}: {}", standing.control, finding.sentence) },
        "associatedRule": { "id": standing.control, "index": index },
    })
}

/// A path as a relative reference. Backslashes are those of Windows.
fn uri(path: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
        .add(b' ')
        .add(b'"')
        .add(b'#')
        .add(b'%')
        .add(b'<')
        .add(b'>')
        .add(b'?')
        .add(b'[')
        .add(b']')
        .add(b'^')
        .add(b'`')
        .add(b'{')
        .add(b'|')
        .add(b'}')
        .add(b':');
    percent_encoding::utf8_percent_encode(&path.replace('\\', "/"), KEPT).to_string()
}
