//! Controls as people read them: the catalogue, one control, how a production stands. Never a word of compliance: what
//! is told is what was looked at.

use std::collections::BTreeMap;

use anstyle::Style;
use serde::Serialize;

use super::palette::{BAD, CAUTION, FAINT, GOOD, HINT, PLAIN, STRONG};
use super::recovery_text::folded_places;
use super::text::{Line, Table};
use super::words;
use crate::controls::{
    self, Assessment, Control, Finding, Framework, Function, Part, Phase, Posture, Practice, Profile, Refusal, Said,
    Status, Verdict, Verification, checked, families, refusals,
};
use crate::plan::Plan;
use crate::resource::{Address, Desired};

/// More resources that aren't as they were assessed are counted only.
const MOST_DIFFERING: usize = 3;

/// How a production stands: the document of `controls check --json`.
#[derive(Debug, Serialize)]
pub struct Checked {
    pub format_version: u32,
    /// The catalogue's version.
    pub catalogue: String,
    pub profile: String,
    pub production: String,
    /// None where no cloud was asked and the blueprint names none.
    pub account: Option<String>,
    pub region: String,
    pub posture: Posture,
    /// By practice of the profile's framework.
    pub practices: Vec<Practice>,
    pub refusals: Vec<Refusal>,
    /// What the user's own rules say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Said>,
}

impl Checked {
    /// Of a posture.
    pub fn new(desired: &Desired, account: Option<String>, profile: &Profile, posture: Posture) -> Self {
        Self {
            format_version: 1,
            catalogue: controls::VERSION.to_owned(),
            profile: profile.name.clone(),
            production: desired.production.clone(),
            account,
            region: desired.region.clone(),
            practices: posture.practices(profile),
            refusals: refusals(&posture),
            rules: Vec::new(),
            posture,
        }
    }
}

/// The catalogue, or the part of it that a profile holds.
pub fn list(chosen: &[&Control], profile: Option<&Profile>, width: usize) -> String {
    let mut out = String::new();
    for (part, name) in families() {
        let of_family: Vec<_> = chosen.iter().filter(|control| control.family() == part).collect();
        if of_family.is_empty() {
            continue;
        }
        Line::new(0).styled(STRONG, name).write(width, &mut out);
        let mut table = Table::default();
        for control in of_family {
            let how = if control.not_assessed.is_some() { "attest" } else { "checked" };
            let cells = vec![control.id.clone(), control.severity.to_string(), how.to_owned(), control.title.clone()];
            table.row(PLAIN, cells);
        }
        table.write(2, width, &mut out);
        out.push('\n');
    }
    let checked = chosen.iter().filter(|control| control.not_assessed.is_none()).count();
    let of = profile.map(|profile| format!(" of {}", profile.name)).unwrap_or_default();
    Line::new(0)
        .plain(format!(
            "{}{of}: {checked} are checked; for the others somebody has to attest.",
            words::count(chosen.len(), ("control", "controls"))
        ))
        .write(width, &mut out);
    out
}

/// One control: what it asks for, why, how it is checked, and who else asks for it.
pub fn explain(control: &Control, width: usize) -> String {
    let mut out = String::new();
    Line::new(0).styled(STRONG, &control.id).plain(format!("  {}", control.title)).write(width, &mut out);
    let weight = format!("{}; function {}", control.severity, control.function.as_str());
    let phases: Vec<&str> = control.phases.iter().map(|phase| phase.as_str()).collect();
    let waive = match control.waivable {
        true => "an exception can waive it",
        false => "no exception can waive it",
    };
    Line::new(2).plain(format!("{weight}; {waive}")).write(width, &mut out);
    Line::new(2).plain(format!("can be shown in: {}", words::list(&phases))).write(width, &mut out);
    paragraph("Why", &control.rationale, width, &mut out);
    paragraph("What to do", &control.remediation, width, &mut out);
    paragraph("How it is checked", &how(control), width, &mut out);
    if let Some(inherited) = &control.inherited {
        let words = format!("{} ({}: {})", inherited.what, inherited.provider, inherited.report);
        paragraph("What the provider answers for", &words, width, &mut out);
    }
    limits(control, width, &mut out);
    references(control, width, &mut out);
    out
}

fn paragraph(title: &str, text: &str, width: usize, out: &mut String) {
    out.push('\n');
    Line::new(0).styled(STRONG, title).write(width, out);
    Line::new(2).hanging(2).plain(text).write(width, out);
}

fn how(control: &Control) -> String {
    let Some(check) = checked().iter().find(|check| check.control == control.id) else {
        let reason = control.not_assessed.as_deref().unwrap_or_default();
        return format!("Not by this program: {reason} An attestation block can speak for it.");
    };
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for watch in check.watches {
        let field = watch.switch.unwrap_or(watch.field);
        fields.entry(watch.kind.words().1).or_default().extend((!field.is_empty()).then_some(field));
    }
    let reads: Vec<String> = fields
        .into_iter()
        .map(
            |(kind, fields)| {
                if fields.is_empty() { kind.to_owned() } else { format!("{kind} ({})", fields.join(", ")) }
            },
        )
        .collect();
    let declared = check.declared.map(|_| "the blueprint's blocks".to_owned());
    let state = if check.told {
        "what running seats tell of what is set in them"
    } else if check.only_live {
        "the live state alone"
    } else {
        "the planned and the live state alike"
    };
    match (declared, reads.is_empty(), check.state) {
        (Some(declared), _, None) => format!("It reads {declared}; what is live of it isn't measured yet."),
        (None, true, _) => format!("It reads {state}."),
        (None, false, _) => format!("It reads, in {state}: {}.", words::list(&reads)),
        (Some(declared), true, _) => format!("It reads {declared}, and {state}."),
        (Some(declared), false, _) => format!("It reads {declared}, and in {state}: {}.", words::list(&reads)),
    }
}

/// The limits that it is held against, by profile.
fn limits(control: &Control, width: usize, out: &mut String) {
    if control.parameters.is_empty() {
        return;
    }
    out.push('\n');
    Line::new(0).styled(STRONG, "Limits").write(width, out);
    for profile in controls::profiles() {
        let constants = serde_json::to_value(profile.constants).unwrap_or_default();
        let values: Vec<String> = control
            .parameters
            .iter()
            .map(|name| {
                let value = constants.get(name).cloned().unwrap_or_default();
                let value = if value.is_null() { "no number".to_owned() } else { value.to_string() };
                format!("{} {value}", name.replace('_', " "))
            })
            .collect();
        Line::new(2).plain(&profile.name).to_column(24).plain(values.join(", ")).write(width, out);
    }
}

fn references(control: &Control, width: usize, out: &mut String) {
    out.push('\n');
    Line::new(0).styled(STRONG, "Who else asks for something like it").write(width, out);
    let mut lines: BTreeMap<(Framework, &str), Vec<String>> = BTreeMap::new();
    for reference in &control.references {
        let id = match (reference.framework, reference.part) {
            (Framework::Ecpp, _) => format!("section {}, no numbered practice is public", reference.id),
            (_, Some(Part::Additional)) => format!("{} (additional)", reference.id),
            _ => reference.id.clone(),
        };
        let mark = if reference.status == Verification::Unverified { " [unverified]" } else { "" };
        lines.entry((reference.framework, &reference.version)).or_default().push(format!("{id}{mark}"));
    }
    for ((framework, version), ids) in lines {
        Line::new(2).hanging(4).plain(format!("{framework} {version}: ")).plain(ids.join(", ")).write(width, out);
    }
    let relation = control.references.first().map_or("intersects", |reference| reference.relation.as_str());
    Line::new(2)
        .styled(
            FAINT,
            format!("Relation: {relation}. A control that holds is evidence for these, and never all of one."),
        )
        .write(width, out);
}

/// How a production stands.
pub fn check(checked: &Checked, width: usize) -> String {
    let mut out = String::new();
    let what = match checked.posture.phase {
        Phase::Live => "live state",
        Phase::Plan | Phase::Blueprint => "planned state",
    };
    let account = checked.account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
    Line::new(0)
        .plain("Production ")
        .styled(STRONG, &checked.production)
        .plain(format!(" in {}{account}: {what} against {}", checked.region, checked.profile))
        .write(width, &mut out);
    for status in [Status::Fail, Status::Error, Status::Undetermined, Status::Waived] {
        let groups = grouped(&checked.posture, status);
        if !groups.is_empty() {
            out.push('\n');
            Line::new(0).styled(STRONG, words::sentence(status.words())).write(width, &mut out);
        }
        for group in groups {
            group.write(2, width, &mut out);
        }
    }
    said(&checked.posture, Status::Attested, width, &mut out);
    by_function(&checked.posture, width, &mut out);
    by_practice(&checked.practices, &checked.profile, width, &mut out);
    not_assessed(&checked.posture, width, &mut out);
    for warning in &checked.posture.warnings {
        out.push('\n');
        Line::new(0).styled(CAUTION, "warning: ").plain(warning).write(width, &mut out);
    }
    out.push('\n');
    let all = checked.posture.verdicts.len();
    Line::new(0)
        .styled(STRONG, words::count(all, ("control", "controls")))
        .plain(format!(": {}", summary(&checked.posture)))
        .write(width, &mut out);
    if !checked.refusals.is_empty() {
        Line::new(0).styled(BAD, "An apply of this would be refused.").write(width, &mut out);
    }
    out
}

fn said(posture: &Posture, status: Status, width: usize, out: &mut String) {
    let of_status: Vec<&Verdict> = posture.verdicts.iter().filter(|verdict| verdict.status == status).collect();
    if of_status.is_empty() {
        return;
    }
    out.push('\n');
    Line::new(0).styled(STRONG, words::sentence(status.words())).write(width, out);
    for verdict in of_status {
        let why = verdict.why.as_deref().unwrap_or_default();
        Line::new(2).hanging(4).plain(format!("{}: {why}", verdict.control)).write(width, out);
    }
}

fn by_function(posture: &Posture, width: usize, out: &mut String) {
    out.push('\n');
    Line::new(0).styled(STRONG, "By function").write(width, out);
    for function in Function::ALL {
        let of_function: Vec<&Verdict> = posture
            .verdicts
            .iter()
            .filter(|verdict| controls::control(&verdict.control).is_ok_and(|control| control.function == *function))
            .collect();
        let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
        for verdict in &of_function {
            *counts.entry(verdict.status).or_default() += 1;
        }
        Line::new(2).plain(function.as_str()).to_column(14).hanging(14).plain(in_words(&counts)).write(width, out);
    }
}

fn by_practice(practices: &[Practice], profile: &str, width: usize, out: &mut String) {
    if practices.is_empty() {
        return;
    }
    out.push('\n');
    Line::new(0).styled(STRONG, format!("By practice of {profile}")).write(width, out);
    for practice in practices {
        let mut parts = vec![format!(
            "{} of {} evidenced",
            practice.evidenced,
            words::count(practice.controls, ("control", "controls"))
        )];
        let counts = [
            (practice.attested, "attested"),
            (practice.waived, "waived"),
            (practice.failing, "failing"),
            (practice.not_assessed, "not assessed"),
        ];
        parts.extend(counts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
        let mark = if practice.status == Verification::Unverified { " [id unverified]" } else { "" };
        Line::new(2)
            .plain(&practice.id)
            .to_column(14)
            .hanging(14)
            .plain(format!("{}{mark}", parts.join(", ")))
            .write(width, out);
    }
    Line::new(2).styled(FAINT, "Controls bear on a practice; none of them is all of it.").write(width, out);
}

fn not_assessed(posture: &Posture, width: usize, out: &mut String) {
    let ids: Vec<&str> = posture
        .verdicts
        .iter()
        .filter(|verdict| verdict.status == Status::NotAssessed)
        .map(|verdict| verdict.control.as_str())
        .collect();
    if !ids.is_empty() {
        out.push('\n');
        Line::new(0).styled(STRONG, "Not assessed: ").plain(ids.join(", ")).write(width, out);
        Line::new(2).styled(FAINT, "closedset controls explain ID says why, and who can attest.").write(width, out);
    }
}

/// The posture that is live, and the one that the plan leads to, in a few lines; nothing where the plan wasn't assessed.
pub fn of_plan(plan: &Plan, width: usize, out: &mut String) {
    let Ok(Some(assessment)) = Assessment::of(plan) else { return };
    out.push('\n');
    Line::new(0).styled(STRONG, format!("Controls of {}", assessment.profile)).write(width, out);
    if let Some(before) = &assessment.before {
        let words = match before.resources {
            0 => "nothing of the production is there yet".to_owned(),
            _ => summary(before),
        };
        Line::new(2).plain("live now").to_column(12).hanging(12).plain(words).write(width, out);
    }
    let planned = summary(&assessment.after);
    Line::new(2).plain("planned").to_column(12).hanging(12).plain(planned).write(width, out);
    if assessment.before.is_some() {
        let words = "Planned counts what the blueprint alone declares too; live, only what was read.";
        Line::new(12).styled(FAINT, words).write(width, out);
    }
    told(&assessment.after, &[Status::Fail, Status::Error, Status::Waived], width, out);
    for warning in &assessment.after.warnings {
        Line::new(2).styled(CAUTION, "warning: ").plain(warning).write(width, out);
    }
}

/// The findings of these statuses. What a plan doesn't answer for is told in a line.
fn told(posture: &Posture, statuses: &[Status], width: usize, out: &mut String) {
    for status in statuses {
        for group in grouped(posture, *status).iter().filter(|group| group.is_told()) {
            group.write(2, width, out);
        }
    }
    let others: Vec<String> = grouped(posture, Status::Fail)
        .iter()
        .filter(|group| !group.is_told())
        .map(|group| format!("{} ({})", group.first.resource, group.verdict.control))
        .collect();
    if !others.is_empty() {
        Line::new(2)
            .styled(CAUTION, "not as it should be, and not for this plan to answer for: ")
            .plain(words::list(&others))
            .write(width, out);
    }
}

/// What a second look at the live state found, after an apply.
pub fn again(posture: &Posture, width: usize) -> String {
    let mut out = String::new();
    Line::new(0).styled(STRONG, "Live now: ").plain(summary(posture)).write(width, &mut out);
    told(posture, &[Status::Fail, Status::Error], width, &mut out);
    out
}

/// What a second look found where the blueprint isn't at hand: whether what the controls assessed is what is live.
/// `differing` are the resources of the plan that are not as it has them.
pub fn as_assessed(differing: &[Address], width: usize) -> String {
    let mut out = String::new();
    let line = Line::new(0).styled(STRONG, "Live now: ");
    let line = match differing {
        [] => line.plain("what this plan changed is as the controls assessed it."),
        some => {
            let names: Vec<&str> = some.iter().take(MOST_DIFFERING).map(Address::as_str).collect();
            let more = some.len().saturating_sub(MOST_DIFFERING);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let what = format!("{}{more}", names.join(", "));
            line.styled(CAUTION, "not as the controls assessed it: ").plain(what)
        }
    };
    line.write(width, &mut out);
    out
}

/// `34 hold, 1 fails, 24 not assessed`; what there is none of is left out.
pub fn summary(posture: &Posture) -> String {
    in_words(&posture.counts)
}

fn in_words(counts: &BTreeMap<Status, usize>) -> String {
    let parts: Vec<String> = Status::COUNTED
        .iter()
        .filter_map(|status| counts.get(status).map(|count| format!("{count} {}", status.verb(*count))))
        .collect();
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

/// Findings of a control that say the same of several resources.
struct Group<'a> {
    verdict: &'a Verdict,
    first: &'a Finding,
    /// All places, that of the first among them.
    places: Vec<&'a str>,
}

/// The findings of that status, alike ones together, the weightiest first.
fn grouped(posture: &Posture, status: Status) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, &str, &[String]), usize> = BTreeMap::new();
    for (verdict, finding) in posture.findings(status) {
        let words = finding.sentence.strip_prefix(finding.resource.as_str()).unwrap_or(&finding.sentence);
        let key = (verdict.control.as_str(), words, finding.exceptions.as_slice());
        match places.get(&key).and_then(|at| groups.get_mut(*at)) {
            Some(group) => group.places.push(&finding.resource),
            None => {
                places.insert(key, groups.len());
                groups.push(Group { verdict, first: finding, places: vec![&finding.resource] });
            }
        }
    }
    groups
}

impl Group<'_> {
    /// Whether it is told at length: it isn't the whole account's, nor what the blueprint doesn't ask for.
    fn is_told(&self) -> bool {
        self.first.answered_for || self.first.status != Status::Fail
    }

    fn write(&self, indent: usize, width: usize, out: &mut String) {
        let Self { verdict, first, places } = self;
        let (style, mark) = mark(verdict, first);
        let mut line = Line::new(indent)
            .hanging(indent + 2)
            .styled(STRONG, &verdict.control)
            .plain(" ")
            .styled(style, mark)
            .plain(": ");
        // Alike seats are told by their numbers; of anything else, the first stands for all.
        let folded = folded_places(places);
        line = match (folded.as_slice(), first.sentence.strip_prefix(first.resource.as_str())) {
            ([all], Some(words)) => line.plain(format!("{all}{words}")),
            _ => {
                let more = places.len() - 1;
                let more = if more > 0 { format!(", and {more} more like it") } else { String::new() };
                line.plain(format!("{}{more}", first.sentence))
            }
        };
        line.write(width, out);
        let control = controls::control(&verdict.control).ok();
        if let (Status::Fail, Some(control)) = (first.status, control) {
            Line::new(indent + 2).styled(HINT, "remedy: ").plain(&control.remediation).write(width, out);
            if !first.answered_for {
                let words = "It isn't the production's to answer for, so it refuses no plan.";
                Line::new(indent + 2).styled(FAINT, words).write(width, out);
            }
        }
    }
}

fn mark(verdict: &Verdict, finding: &Finding) -> (Style, String) {
    match finding.status {
        Status::Fail => (BAD, format!("({}) fails", verdict.severity)),
        Status::Waived => {
            let by: Vec<String> = finding.exceptions.iter().map(|name| format!("exception.{name}")).collect();
            let until = finding.until.map(|until| format!(" until {until}")).unwrap_or_default();
            (CAUTION, format!("({}) is waived{until} by {}", verdict.severity, words::list(&by)))
        }
        Status::Pass => (GOOD, "holds".to_owned()),
        status => (CAUTION, format!("({}) {}", verdict.severity, status.words())),
    }
}
