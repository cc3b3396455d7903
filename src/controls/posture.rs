//! The posture: what became of every control of the profile on one floor.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::catalogue;
use super::checks::{Check, checked};
use super::control::{Control, Framework, Verification, severity, severity_word};
use super::coverage::{attestation, idle, waive};
use super::crosswalk::practice;
use super::examination::Examination;
use super::finding::{Finding, Status};
use super::floor::{Floor, Phase};
use super::profile::Profile;
use crate::blueprint::model::Severity;
use crate::resource::hide;

/// What became of one control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub control: String,
    #[serde(serialize_with = "severity_word", deserialize_with = "severity")]
    pub severity: Severity,
    pub status: Status,
    /// How many places were examined; zero is never a pass.
    pub examined: usize,
    /// How many places there are of each status.
    pub counts: BTreeMap<Status, usize>,
    /// Where what holds was seen: declared, planned or live.
    pub seen_in: BTreeSet<Phase>,
    /// Why nobody looked, or there was nothing to look at; who says so, where it is attested or inherited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// All but what passes, sorted by resource.
    pub findings: Vec<Finding>,
    /// Where it holds: addresses of resources and blocks, sorted, each once. For reports; documents of plans have the
    /// counts alone.
    #[serde(skip)]
    pub holds: Vec<String>,
}

/// What became of every control of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posture {
    pub phase: Phase,
    /// How many resources of the production there are; the account's switches aren't among them.
    pub resources: usize,
    /// How many controls there are of each status.
    pub counts: BTreeMap<Status, usize>,
    /// In the order of the catalogue.
    pub verdicts: Vec<Verdict>,
    /// What a person should know, such as an exception that covers nothing.
    pub warnings: Vec<String>,
}

/// What is known of one practice of the framework that the profile follows: how the controls that bear on it stand. No
/// control equals a practice, so that none of these numbers says that a practice is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Practice {
    pub id: String,
    pub status: Verification,
    /// How many controls bear on it.
    pub controls: usize,
    pub evidenced: usize,
    pub attested: usize,
    pub waived: usize,
    pub failing: usize,
    pub not_assessed: usize,
}

/// Examines a floor.
pub fn examine(floor: &Floor<'_>) -> Posture {
    let mut used = BTreeSet::new();
    let verdicts: Vec<Verdict> = catalogue::all()
        .iter()
        .filter(|control| floor.profile.holds(control))
        .map(|control| match checked().iter().find(|check| check.control == control.id) {
            Some(check) => of_check(floor, control, check, &mut used),
            None => without_check(floor, control),
        })
        .collect();
    let mut counts = BTreeMap::new();
    for verdict in &verdicts {
        *counts.entry(verdict.status).or_default() += 1;
    }
    let warnings = if floor.phase == Phase::Plan { idle(floor, &used) } else { Vec::new() };
    Posture { phase: floor.phase, resources: floor.own().count(), counts, verdicts, warnings }
}

fn of_check<'b>(floor: &Floor<'b>, control: &Control, check: &Check, used: &mut BTreeSet<&'b str>) -> Verdict {
    let mut examination = Examination::new(floor, check.control);
    // What a blueprint declares is said of the plan; of the live state only what was read there.
    if let (Some(declared), Phase::Plan) = (check.declared, floor.phase) {
        declared(&mut examination);
    }
    if let Some(state) = check.state.filter(|_| floor.phase == Phase::Live || !check.only_live) {
        state(&mut examination);
    }
    used.extend(waive(floor, control, &mut examination.wrong));
    let examined = examination.examined;
    let passed: usize = examination.passed.values().sum();
    let seen_in = examination.passed.keys().copied().collect();
    let mut findings: Vec<Finding> = examination.wrong.into_iter().map(|one| one.finding).collect();
    findings.extend(unread(floor, check));
    for finding in &mut findings {
        finding.hide(&floor.blueprint.hidden);
    }
    let mut counts = BTreeMap::new();
    for finding in &findings {
        *counts.entry(finding.status).or_default() += 1;
    }
    for (status, count) in [(Status::Pass, passed), (Status::Inherited, examination.inherited)] {
        if count > 0 {
            counts.insert(status, count);
        }
    }
    let mut holds = examination.held;
    holds.sort();
    holds.dedup();
    findings.sort_by(|a, b| (&a.resource, &a.sentence).cmp(&(&b.resource, &b.sentence)));
    let (status, why) = match counts.keys().next() {
        Some(Status::Inherited) => (Status::Inherited, inherited_words(control)),
        Some(status) => (*status, None),
        None if examination.left_open => {
            attested_or(floor, control, examination.why_nothing.as_deref().unwrap_or_default())
        }
        None => nothing_examined(floor, control, check, examination.why_nothing),
    };
    Verdict {
        control: control.id.clone(),
        severity: control.severity,
        status,
        examined,
        counts,
        seen_in,
        why,
        findings,
        holds,
    }
}

/// What of a check's ground could not be read.
fn unread(floor: &Floor<'_>, check: &Check) -> Vec<Finding> {
    if check.state.is_none() {
        return Vec::new();
    }
    let mut gaps: Vec<_> = floor
        .unreadable
        .iter()
        .filter(|gap| match &gap.address {
            // Account switches are one kind, of which most controls watch one or two.
            Some(address) => check.watches.iter().any(|watch| watch.covers(gap.kind, address)),
            None => check.watches.iter().any(|watch| watch.kind == gap.kind),
        })
        .map(|gap| {
            let what = gap.address.as_ref().map_or_else(|| gap.kind.words().1.to_owned(), ToString::to_string);
            Finding {
                control: check.control.to_owned(),
                sentence: format!("{what} could not be read: {}: {}", gap.call, gap.words),
                resource: what,
                phase: Phase::Live,
                status: Status::Error,
                expected: "an answer".to_owned(),
                observed: gap.words.clone(),
                answered_for: false,
                exceptions: Vec::new(),
                until: None,
            }
        })
        .collect();
    gaps.dedup();
    gaps
}

fn inherited_words(control: &Control) -> Option<String> {
    control.inherited.as_ref().map(|from| format!("{} ({}: {})", from.what, from.provider, from.report))
}

/// Zero places are never a pass.
fn nothing_examined(
    floor: &Floor<'_>,
    control: &Control,
    check: &Check,
    why: Option<String>,
) -> (Status, Option<String>) {
    if check.state.is_none() && floor.phase == Phase::Live {
        return attested_or(floor, control, "It is declared in the blueprint; what is live of it isn't measured yet.");
    }
    if let Some(why) = why.as_deref().filter(|_| floor.phase == Phase::Live && check.told) {
        return attested_or(floor, control, why);
    }
    if check.declared.is_none() && check.only_live && floor.phase == Phase::Plan {
        return attested_or(floor, control, "It can be seen in the live state only.");
    }
    let nothing =
        if floor.is_empty() { "Nothing of the production is there yet." } else { "There is nothing that it concerns." };
    (Status::NotApplicable, Some(why.unwrap_or_else(|| nothing.to_owned())))
}

fn without_check(floor: &Floor<'_>, control: &Control) -> Verdict {
    let reason = control.not_assessed.as_deref().unwrap_or_default();
    let (status, why) = attested_or(floor, control, reason);
    Verdict {
        control: control.id.clone(),
        severity: control.severity,
        status,
        examined: 0,
        counts: BTreeMap::new(),
        seen_in: BTreeSet::new(),
        why,
        findings: Vec::new(),
        holds: Vec::new(),
    }
}

fn attested_or(floor: &Floor<'_>, control: &Control, reason: &str) -> (Status, Option<String>) {
    match attestation(floor, control) {
        Some(said) => {
            let document =
                said.document.as_ref().map(|digest| format!(", document {}", digest.as_str())).unwrap_or_default();
            let words = format!(
                "{} ({} on {}, until {}{document})",
                said.statement.value, said.by.value, said.on, said.expires
            );
            (Status::Attested, Some(hide(&words, &floor.blueprint.hidden)))
        }
        None => (Status::NotAssessed, Some(reason.to_owned())),
    }
}

impl Posture {
    pub fn verdict(&self, control: &str) -> Option<&Verdict> {
        self.verdicts.iter().find(|verdict| verdict.control == control)
    }

    /// How many controls have that status.
    pub fn count(&self, status: Status) -> usize {
        self.counts.get(&status).copied().unwrap_or_default()
    }

    /// All findings of that status, the weightiest first.
    pub fn findings(&self, status: Status) -> Vec<(&Verdict, &Finding)> {
        let mut all: Vec<_> = self
            .verdicts
            .iter()
            .flat_map(|verdict| verdict.findings.iter().map(move |finding| (verdict, finding)))
            .filter(|(_, finding)| finding.status == status)
            .collect();
        all.sort_by_key(|(verdict, _)| std::cmp::Reverse(verdict.severity));
        all
    }

    /// How the controls that bear on each practice of the profile's framework stand; none where the framework's
    /// practices are not numbered in public.
    pub fn practices(&self, profile: &Profile) -> Vec<Practice> {
        if profile.selects.framework != Framework::Mpa {
            return Vec::new();
        }
        let mut found: BTreeMap<(String, u32, String), Practice> = BTreeMap::new();
        for verdict in &self.verdicts {
            let Ok(control) = catalogue::control(&verdict.control) else { continue };
            for (id, part, status) in practice(control, &profile.selects.version) {
                if !profile.selects.parts.contains(&part) {
                    continue;
                }
                let none = Practice {
                    id: id.clone(),
                    status,
                    controls: 0,
                    evidenced: 0,
                    attested: 0,
                    waived: 0,
                    failing: 0,
                    not_assessed: 0,
                };
                let one = found.entry(in_order(&id)).or_insert(none);
                one.controls += 1;
                match verdict.status {
                    Status::Pass | Status::Inherited => one.evidenced += 1,
                    Status::Attested => one.attested += 1,
                    Status::Waived => one.waived += 1,
                    Status::Fail => one.failing += 1,
                    Status::Error | Status::Undetermined | Status::NotApplicable | Status::NotAssessed => {
                        one.not_assessed += 1;
                    }
                }
            }
        }
        found.into_values().collect()
    }
}

/// `TS-2.10` after `TS-2.9`.
fn in_order(id: &str) -> (String, u32, String) {
    let (head, tail) = id.rsplit_once('.').unwrap_or((id, ""));
    (head.to_owned(), tail.parse().unwrap_or(u32::MAX), id.to_owned())
}
