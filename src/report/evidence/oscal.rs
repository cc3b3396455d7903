//! OSCAL assessment results, in the small part of the model that is needed. Source: NIST, OSCAL 1.1.2, assessment results
//! model, JSON format.

use serde_json::{Value, json};

use super::component::{COMPONENT_DEFINITION, OSCAL_VERSION, property};
use super::dossier::Dossier;
use super::envelope::Envelope;
use super::ids::id;
use super::standing::Standing;
use crate::controls::{Finding, Phase, Status};

/// Writes it. Of the time there is the envelope's alone, wherever the schema asks for one.
pub fn results(dossier: &Dossier, envelope: &Envelope) -> Value {
    let seed = Seed { dossier, time: &envelope.created };
    let title = format!("{}: assessment against {}", dossier.production.alias, dossier.profile.name);
    let plan = seed.id(&["plan"]);
    json!({
        "assessment-results": {
            "uuid": seed.id(&["assessment-results"]),
            "metadata": {
                "title": title,
                "last-modified": envelope.created,
                "version": dossier.catalogue,
                "oscal-version": OSCAL_VERSION,
                "remarks": "Evidence for whoever assesses; it says what was looked at, and is no verdict on any framework.",
            },
            "import-ap": {
                "href": format!("#{plan}"),
                "remarks": "There is no assessment plan apart from the catalogue of controls and their checks.",
            },
            "results": [seed.result(&title)],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": "The controls, and how each is checked",
                        "rlinks": [{ "href": COMPONENT_DEFINITION, "media-type": "application/json" }],
                    },
                    {
                        "uuid": seed.id(&["envelope"]),
                        "title": "The envelope: each call to the cloud with its time, request id and the answer's hash",
                        "rlinks": [{ "href": super::bundle::ENVELOPE, "media-type": "application/json" }],
                    },
                ]
            },
        }
    })
}

/// What all ids of one assessment are made of.
struct Seed<'a> {
    dossier: &'a Dossier,
    time: &'a str,
}

impl Seed<'_> {
    /// The id of something in this production's assessment, the same in every run of this catalogue's version.
    fn id(&self, words: &[&str]) -> String {
        let about = &self.dossier.production;
        let account = about.account.as_deref().unwrap_or_default();
        let mut all = vec![self.dossier.catalogue.as_str(), account, &about.region, &about.alias];
        all.extend(words);
        id(&all)
    }

    fn result(&self, title: &str) -> Value {
        let looked: Vec<&Standing> =
            self.dossier.controls.iter().filter(|standing| is_assessed(standing.status)).collect();
        let selected: Vec<Value> = looked.iter().map(|one| json!({ "control-id": one.control })).collect();
        // The schema wants a list to have something in it; a profile in which nothing can be looked at has none.
        let selection =
            if selected.is_empty() { json!({ "include-all": {} }) } else { json!({ "include-controls": selected }) };
        let observations: Vec<Value> = looked.iter().flat_map(|standing| self.observations(standing)).collect();
        let findings: Vec<Value> = looked.iter().filter_map(|standing| self.finding(standing)).collect();
        let risks: Vec<Value> = looked.iter().flat_map(|standing| self.risks(standing)).collect();
        let others: Vec<Value> = self
            .dossier
            .controls
            .iter()
            .filter(|standing| !is_assessed(standing.status))
            .map(|standing| property(standing.status.as_str(), &standing.control, standing.why.as_deref()))
            .collect();
        let mut result = json!({
            "uuid": self.id(&["result"]),
            "title": title,
            "description": match self.dossier.basis {
                Phase::Live => "What the blueprint declares, and what was read from the live cloud.",
                Phase::Plan | Phase::Blueprint => "What the blueprint would lead to; no cloud was asked.",
            },
            "start": self.time,
            "reviewed-controls": { "control-selections": [selection] },
        });
        if let Value::Object(map) = &mut result {
            for (name, list) in
                [("props", others), ("observations", observations), ("risks", risks), ("findings", findings)]
            {
                if !list.is_empty() {
                    map.insert(name.to_owned(), Value::Array(list));
                }
            }
        }
        result
    }

    /// One of the control as a whole, and one for each place where something is the matter.
    fn observations(&self, standing: &Standing) -> Vec<Value> {
        let whole = format!("{} {} at {} examined", standing.title, standing.status.words(), standing.examined);
        let mut all = vec![self.observation(standing, None, &whole)];
        all.extend(
            standing
                .findings
                .iter()
                .enumerate()
                .map(|(at, finding)| self.observation(standing, Some((at, finding)), &finding.sentence)),
        );
        all
    }

    fn observation(&self, standing: &Standing, of: Option<(usize, &Finding)>, words: &str) -> Value {
        let method = match standing.status {
            Status::Attested => "INTERVIEW",
            Status::Inherited => "EXAMINE",
            _ => "TEST",
        };
        let status = of.map_or(standing.status, |(_, finding)| finding.status);
        let mut properties = vec![property("status", status.as_str(), None)];
        if let Some((_, finding)) = of {
            properties.push(property("place", &finding.resource, None));
            properties.push(property("phase", finding.phase.as_str(), None));
        }
        let description = match (&standing.why, of) {
            (Some(why), None) => why.clone(),
            _ => words.to_owned(),
        };
        let mut observation = json!({
            "uuid": self.observation_id(standing, of.map(|(at, _)| at)),
            "title": format!("{}: {}", standing.control, status.words()),
            "description": description,
            "props": properties,
            "methods": [method],
            "collected": self.time,
        });
        if !standing.calls.is_empty()
            && let Value::Object(map) = &mut observation
        {
            let evidence = json!([{
                "href": format!("#{}", self.id(&["envelope"])),
                "description": format!("Read by {}.", standing.calls.join(", ")),
            }]);
            map.insert("relevant-evidence".to_owned(), evidence);
        }
        observation
    }

    fn observation_id(&self, standing: &Standing, at: Option<usize>) -> String {
        match at.and_then(|at| Some((at, standing.findings.get(at)?))) {
            Some((at, finding)) => {
                let before = standing.findings.iter().take(at).filter(|one| one.resource == finding.resource).count();
                self.id(&["observation", &standing.control, &finding.resource, &before.to_string()])
            }
            None => self.id(&["observation", &standing.control]),
        }
    }

    /// Whether the control's objective is met, where somebody looked.
    fn finding(&self, standing: &Standing) -> Option<Value> {
        let (state, reason) = match standing.status {
            Status::Pass | Status::Inherited => ("satisfied", "pass"),
            Status::Fail => ("not-satisfied", "fail"),
            // It fails, whoever allowed that for a while.
            Status::Waived => ("not-satisfied", "other"),
            _ => return None,
        };
        let of_findings = (0..standing.findings.len()).map(|at| self.observation_id(standing, Some(at)));
        let observations: Vec<Value> = std::iter::once(self.observation_id(standing, None))
            .chain(of_findings)
            .map(|id| json!({ "observation-uuid": id }))
            .collect();
        let risks: Vec<Value> = standing
            .findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| is_risk(finding))
            .map(|(at, _)| json!({ "risk-uuid": self.risk_id(standing, at) }))
            .collect();
        let mut finding = json!({
            "uuid": self.id(&["finding", &standing.control]),
            "title": format!("{} {}", standing.control, standing.title),
            "description": standing.rationale,
            "target": {
                "type": "objective-id",
                "target-id": standing.control,
                "status": { "state": state, "reason": reason },
            },
            "related-observations": observations,
        });
        if !risks.is_empty()
            && let Value::Object(map) = &mut finding
        {
            map.insert("related-risks".to_owned(), Value::Array(risks));
        }
        Some(finding)
    }

    fn risk_id(&self, standing: &Standing, at: usize) -> String {
        id(&["risk", &self.observation_id(standing, Some(at))])
    }

    fn risks(&self, standing: &Standing) -> Vec<Value> {
        let risk = |(at, finding): (usize, &Finding)| {
            let is_waived = finding.status == Status::Waived;
            let mut properties = vec![property("severity", &standing.severity, None)];
            properties.extend(finding.exceptions.iter().map(|name| property("exception", name, None)));
            let mut risk = json!({
                "uuid": self.risk_id(standing, at),
                "title": format!("{} at {}", standing.control, finding.resource),
                "description": format!("Expected {}, observed {}.", finding.expected, finding.observed),
                "statement": finding.sentence,
                "props": properties,
                "status": if is_waived { "deviation-approved" } else { "open" },
                "remediations": [{
                    "uuid": id(&["remediation", &self.observation_id(standing, Some(at))]),
                    "lifecycle": "recommendation",
                    "title": "What to do",
                    "description": standing.remediation,
                }],
                "related-observations": [{ "observation-uuid": self.observation_id(standing, Some(at)) }],
            });
            if let (Some(until), Value::Object(map)) = (finding.until, &mut risk) {
                // An exception includes its last day.
                map.insert("deadline".to_owned(), json!(format!("{until}T23:59:59Z")));
            }
            risk
        };
        standing.findings.iter().enumerate().filter(|(_, finding)| is_risk(finding)).map(risk).collect()
    }
}

fn is_risk(finding: &Finding) -> bool {
    matches!(finding.status, Status::Fail | Status::Waived)
}

/// Whether anybody looked or spoke.
fn is_assessed(status: Status) -> bool {
    !matches!(status, Status::NotAssessed | Status::NotApplicable)
}
