//! The page that people read: one file without outside resources, on screens wide and narrow and on paper.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde::Serialize;
use serde_json::json;

use super::dossier::{Dossier, Reached};
use super::envelope::Envelope;
use super::recovery::RecoveryPoints;
use super::standing::Standing;
use super::table::{Cell, Table, code, number, status, text};
use crate::controls::{Finding, Function, Phase, Status, Verification};
use crate::report::graph::{Scene, svg};
use crate::report::recovery_text::folded_places;
use crate::report::words;

const TEMPLATE: &str = include_str!("../../../templates/report/report.html.j2");
const STYLE: &str = include_str!("../../../templates/report/report.css");

/// How many places of one finding are named; the rest is counted.
const MOST_PLACES: usize = 8;

/// Findings of a control that say the same of several places.
#[derive(Debug, Serialize)]
struct Group {
    control: String,
    title: String,
    severity: String,
    status: &'static str,
    words: &'static str,
    sentence: String,
    expected: String,
    observed: String,
    places: Vec<String>,
    more: usize,
    remedy: Option<String>,
    /// Said where it is nothing that a plan answers for.
    aside: bool,
}

/// A part of a bar.
#[derive(Debug, Serialize)]
struct Share {
    status: &'static str,
    count: usize,
    words: String,
    percent: String,
}

#[derive(Debug, Serialize)]
struct OfFunction {
    name: String,
    total: usize,
    shares: Vec<Share>,
    in_words: String,
}

/// Draws the page.
///
/// # Errors
/// Where the template doesn't fit; a test draws it.
pub fn page(dossier: &Dossier, envelope: &Envelope, scene: &Scene) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("report.html", TEMPLATE)?;
    let picture = format!("data:image/svg+xml;base64,{}", BASE64.encode(svg(scene).as_bytes()));
    let values = json!({
        "style": STYLE,
        "dossier": dossier,
        "is_live": dossier.basis == Phase::Live,
        "envelope": envelope,
        "tiles": tiles(dossier),
        "sentence": glance(dossier),
        "floor": floor(dossier),
        "functions": functions(dossier),
        "by_function": by_function(dossier),
        "groups": groups(dossier),
        "undetermined": undetermined(dossier),
        "exceptions": exceptions(dossier),
        "attestations": attestations(dossier),
        "inherited": inherited(dossier),
        "not_assessed": not_assessed(dossier),
        "picture": picture,
        "picture_words": scene.in_words(),
        "flows": flows(scene),
        "reach": reach(&dossier.reach),
        "access": access(dossier),
        "settings": settings(dossier),
        "families": families(dossier),
        "statements": statements(dossier),
        "recovery_points": dossier.recovery_points.as_ref().map(RecoveryPoints::table),
        "recovery_sentences": dossier.recovery_points.as_ref().map(RecoveryPoints::sentences),
        "history": history(dossier),
        "frameworks": frameworks(envelope),
        "evidence": evidence(envelope),
    });
    environment.get_template("report.html")?.render(Value::from(Serde(&values)))
}

fn share(status: Status, count: usize, total: usize) -> Share {
    // Whole hundredths are enough for a bar.
    let hundredths = (count * 10_000).checked_div(total).unwrap_or_default();
    Share {
        status: status.as_str(),
        count,
        words: status.verb(count).to_owned(),
        percent: format!("{}.{:02}", hundredths / 100, hundredths % 100),
    }
}

fn tiles(dossier: &Dossier) -> Vec<Share> {
    let total = dossier.controls.len();
    Status::COUNTED
        .iter()
        .map(|status| share(*status, dossier.count(*status), total))
        .filter(|one| one.count > 0 || matches!(one.status, "pass" | "fail" | "waived" | "not_assessed"))
        .collect()
}

/// `41 of 62 controls evidenced, 2 attested, 12 not assessed`.
fn glance(dossier: &Dossier) -> String {
    let evidenced = dossier.controls.iter().filter(|standing| standing.is_evidenced()).count();
    let declared = dossier.controls.iter().filter(|standing| standing.declared_only).count();
    let mut sentence = format!("{evidenced} of {} controls evidenced", dossier.controls.len());
    if declared > 0 {
        sentence.push_str(&format!(", {declared} declared and not measured live"));
    }
    for (status, word) in [
        (Status::Inherited, "inherited"),
        (Status::Attested, "attested"),
        (Status::Waived, "waived"),
        (Status::Fail, "failing"),
        (Status::Error, "unreadable"),
        (Status::Undetermined, "undetermined until an apply"),
        (Status::NotApplicable, "not applicable"),
    ] {
        let count = dossier.count(status);
        if count > 0 {
            sentence.push_str(&format!(", {count} {word}"));
        }
    }
    sentence.push_str(&format!(", {} not assessed.", dossier.count(Status::NotAssessed)));
    sentence
}

/// What there is, in numbers.
fn floor(dossier: &Dossier) -> Vec<(String, usize)> {
    let of = |kind: &str| dossier.resources.get(kind).copied().unwrap_or_default();
    let active = dossier.access.iter().filter(|one| one.active).count();
    vec![
        ("seats".to_owned(), of("seat")),
        ("volumes".to_owned(), of("volume")),
        ("segments".to_owned(), dossier.reach.segments),
        ("keys".to_owned(), of("kms_key")),
        ("artists with access today".to_owned(), active),
        ("resources in all".to_owned(), dossier.resources.values().sum()),
    ]
}

fn counts_of<'a>(standings: impl Iterator<Item = &'a Standing>) -> BTreeMap<Status, usize> {
    let mut counts = BTreeMap::new();
    for standing in standings {
        *counts.entry(standing.status).or_default() += 1;
    }
    counts
}

fn functions(dossier: &Dossier) -> Vec<OfFunction> {
    Function::ALL
        .iter()
        .map(|function| {
            let counts = counts_of(dossier.controls.iter().filter(|standing| standing.function == *function));
            let total = counts.values().sum();
            let shares: Vec<Share> = Status::COUNTED
                .iter()
                .filter_map(|status| counts.get(status).map(|count| share(*status, *count, total)))
                .collect();
            let in_words: Vec<String> = shares.iter().map(|share| format!("{} {}", share.count, share.words)).collect();
            OfFunction { name: words::sentence(function.as_str()), total, in_words: in_words.join(", "), shares }
        })
        .filter(|one| one.total > 0)
        .collect()
}

fn by_function(dossier: &Dossier) -> Table {
    let names = [
        "Function",
        "#Controls",
        "#Hold",
        "#Inherited",
        "#Attested",
        "#Waived",
        "#Fail",
        "#Unknown",
        "#N/A",
        "#Not assessed",
    ];
    let mut table = Table::new("How many controls of each function stand how", &names);
    for function in Function::ALL {
        let counts = counts_of(dossier.controls.iter().filter(|standing| standing.function == *function));
        let of = |statuses: &[Status]| number(statuses.iter().filter_map(|status| counts.get(status)).sum::<usize>());
        table.rows.push(vec![
            text(words::sentence(function.as_str())),
            number(counts.values().sum::<usize>()),
            of(&[Status::Pass]),
            of(&[Status::Inherited]),
            of(&[Status::Attested]),
            of(&[Status::Waived]),
            of(&[Status::Fail]),
            of(&[Status::Error, Status::Undetermined]),
            of(&[Status::NotApplicable]),
            of(&[Status::NotAssessed]),
        ]);
    }
    table
}

/// What somebody has to look at, the weightiest first; findings that say the same are one.
fn groups(dossier: &Dossier) -> Vec<Group> {
    let mut groups: Vec<(Status, u8, Group)> = Vec::new();
    let mut known: BTreeMap<(String, String, Status), usize> = BTreeMap::new();
    let told = [Status::Fail, Status::Error, Status::Waived];
    for standing in &dossier.controls {
        for finding in standing.findings.iter().filter(|finding| told.contains(&finding.status)) {
            let words = rest_of(finding);
            let key = (standing.control.clone(), words.clone(), finding.status);
            if let Some((_, _, group)) = known.get(&key).and_then(|at| groups.get_mut(*at)) {
                group.places.push(finding.resource.clone());
                continue;
            }
            known.insert(key, groups.len());
            let weight = match standing.severity.as_str() {
                "critical" => 0,
                "high" => 1,
                "medium" => 2,
                _ => 3,
            };
            groups.push((finding.status, weight, group(standing, finding, words)));
        }
    }
    groups.sort_by(|a, b| (a.0, a.1, &a.2.control).cmp(&(b.0, b.1, &b.2.control)));
    for (_, _, group) in &mut groups {
        let places: Vec<&str> = group.places.iter().map(String::as_str).collect();
        group.places = folded_places(&places);
        group.more = group.places.len().saturating_sub(MOST_PLACES);
        group.places.truncate(MOST_PLACES);
    }
    groups.into_iter().map(|(_, _, group)| group).collect()
}

fn group(standing: &Standing, finding: &Finding, sentence: String) -> Group {
    Group {
        control: standing.control.clone(),
        title: standing.title.clone(),
        severity: standing.severity.clone(),
        status: finding.status.as_str(),
        words: finding.status.words(),
        sentence: words::sentence(&sentence),
        expected: finding.expected.clone(),
        observed: finding.observed.clone(),
        places: vec![finding.resource.clone()],
        more: 0,
        remedy: matches!(finding.status, Status::Fail | Status::Waived).then(|| standing.remediation.clone()),
        aside: finding.status == Status::Fail && !finding.answered_for,
    }
}

/// A finding's sentence without the place that it begins with.
fn rest_of(finding: &Finding) -> String {
    finding.sentence.strip_prefix(finding.resource.as_str()).unwrap_or(&finding.sentence).trim().to_owned()
}

/// What nobody can know yet, a line for each that says the same.
fn undetermined(dossier: &Dossier) -> Table {
    let mut table = Table::new(
        "What is not known yet",
        &["Control", "Title", "Severity", "Expected", "#Places", "The first of them"],
    );
    for standing in &dossier.controls {
        let mut kinds: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
        for finding in standing.findings.iter().filter(|finding| finding.status == Status::Undetermined) {
            kinds.entry((rest_of(finding), &finding.expected)).or_default().push(&finding.resource);
        }
        for ((words, expected), places) in kinds {
            table.rows.push(vec![
                code(&standing.control),
                text(&standing.title),
                Cell::Severity { text: standing.severity.clone() },
                text(expected),
                number(places.len()),
                text(format!("{} {words}", places.first().copied().unwrap_or_default())),
            ]);
        }
    }
    table
}

fn exceptions(dossier: &Dossier) -> Table {
    let names = [
        "Exception",
        "Control",
        "Scope",
        "Reason",
        "Compensating",
        "Owner and approver",
        "Until",
        "#Days left",
        "#Waives",
    ];
    let mut table = Table::new("Exceptions with their owners and ends", &names);
    for one in &dossier.exceptions {
        table.rows.push(vec![
            code(&one.name),
            code(&one.control),
            Cell::List { items: one.scope.clone() },
            text(&one.reason),
            text(&one.compensating),
            Cell::List { items: vec![one.owner.clone(), one.approver.clone()] },
            text(&one.expires),
            number(if one.days_left < 0 { "expired".to_owned() } else { one.days_left.to_string() }),
            number(one.covers.len()),
        ]);
    }
    table
}

fn attestations(dossier: &Dossier) -> Table {
    let mut table = Table::new(
        "Attestations: what named persons said",
        &["Attestation", "Controls", "Statement", "By", "On", "Until", "#Days left", "Document"],
    );
    for one in &dossier.attestations {
        table.rows.push(vec![
            code(&one.name),
            Cell::Codes { items: one.controls.clone() },
            text(&one.statement),
            text(&one.by),
            text(&one.on),
            text(&one.expires),
            number(if one.days_left < 0 { "expired".to_owned() } else { one.days_left.to_string() }),
            one.document.as_ref().map_or_else(|| text("none"), code),
        ]);
    }
    table
}

fn inherited(dossier: &Dossier) -> Table {
    let mut table =
        Table::new("What the cloud's provider answers for", &["Control", "Title", "What", "Provider", "Its report"]);
    for standing in dossier.controls.iter().filter(|standing| standing.status == Status::Inherited) {
        let Some(from) = &standing.inherited else { continue };
        table.rows.push(vec![
            code(&standing.control),
            text(&standing.title),
            text(&from.what),
            text(&from.provider),
            text(&from.report),
        ]);
    }
    table
}

fn not_assessed(dossier: &Dossier) -> Table {
    let mut table = Table::new("Controls that nobody looked at", &["Control", "Title", "Severity", "Why"]);
    for standing in dossier.controls.iter().filter(|standing| standing.status == Status::NotAssessed) {
        table.rows.push(vec![
            code(&standing.control),
            text(&standing.title),
            Cell::Severity { text: standing.severity.clone() },
            text(standing.why.clone().unwrap_or_default()),
        ]);
    }
    table
}

fn flows(scene: &Scene) -> Table {
    let mut table =
        Table::new("The flows that the blueprint declares", &["Flow", "From", "To", "Ports", "Reason", "Content"]);
    for network in &scene.networks {
        for flow in &network.flows {
            let (Some(from), Some(to)) = (network.nodes.get(flow.from), network.nodes.get(flow.to)) else { continue };
            table.rows.push(vec![
                code(&flow.name),
                text(&from.title),
                text(&to.title),
                Cell::Codes { items: flow.ports.clone() },
                text(&flow.reason),
                text(if flow.content { "takes this way" } else { "no" }),
            ]);
        }
    }
    table
}

/// What passes between any two places, in a line a pair.
fn reach(reached: &Reached) -> Table {
    let mut table = Table::new(
        "What can pass, by the rules and routes that are there; between any two places not listed, nothing passes",
        &["From", "To", "Traffic", "By"],
    );
    for pair in &reached.pairs {
        table.rows.push(vec![
            code(&pair.from),
            code(&pair.to),
            Cell::Codes { items: pair.traffic.clone() },
            Cell::List { items: pair.by.clone() },
        ]);
    }
    table
}

fn access(dossier: &Dossier) -> Table {
    let mut table = Table::new(
        "Who has access until when",
        &["Artist", "Pools", "Own seat", "From", "Until", "#Days left", "Today"],
    );
    for one in &dossier.access {
        table.rows.push(vec![
            code(&one.artist),
            Cell::Codes { items: one.pools.clone() },
            text(one.seat.map_or_else(|| "any".to_owned(), |seat| format!("{seat:03}"))),
            text(&one.from),
            text(&one.until),
            number(if one.days_left < 0 { "over".to_owned() } else { one.days_left.to_string() }),
            text(if one.active { "has access" } else { "no access" }),
        ]);
    }
    table
}

fn settings(dossier: &Dossier) -> Table {
    let yes = |allowed: bool| text(if allowed { "allowed" } else { "denied" });
    let names = [
        "Pool",
        "#Seats",
        "Segment",
        "Protocol",
        "Clipboard",
        "Files",
        "USB",
        "Printing",
        "Screenshots",
        "Microphone",
        "Webcam",
        "Smart card",
        "#Idle min",
        "#Longest h",
        "Audit",
    ];
    let mut table = Table::new("What sessions allow, as declared", &names);
    for one in &dossier.settings {
        table.rows.push(vec![
            code(&one.pool),
            number(one.seats),
            code(&one.segment),
            text(&one.protocol),
            text(&one.clipboard),
            text(&one.files),
            text(&one.usb),
            yes(one.printing),
            yes(one.screenshots),
            yes(one.microphone),
            yes(one.webcam),
            yes(one.smartcard),
            number(one.idle_minutes),
            number(one.max_hours),
            text(&one.audit),
        ]);
    }
    table
}

/// All controls, a table a family.
fn families(dossier: &Dossier) -> Vec<(String, Table)> {
    let mut families: Vec<(String, Table)> = Vec::new();
    for standing in &dossier.controls {
        if families.last().is_none_or(|(name, _)| *name != standing.family) {
            let table = Table::new(
                format!("Controls of the family {}", standing.family),
                &["Control", "Title", "Severity", "Declared", "Live", "#Examined", "What is known"],
            );
            families.push((standing.family.clone(), table));
        }
        let Some((_, table)) = families.last_mut() else { continue };
        table.rows.push(vec![
            code(&standing.control),
            text(&standing.title),
            Cell::Severity { text: standing.severity.clone() },
            status(standing.declared),
            standing.live.map_or_else(|| text("not asked"), status),
            number(standing.examined),
            text(known(standing)),
        ]);
    }
    families
}

fn known(standing: &Standing) -> String {
    if let Some(why) = &standing.why {
        return why.clone();
    }
    let mut parts = Vec::new();
    if !standing.holds.is_empty() {
        let places = words::count(standing.holds.len(), ("place", "places"));
        let mark = if standing.declared_only { ", as declared; what is live was not measured" } else { "" };
        parts.push(format!("holds at {places}{mark}"));
    }
    for status in [Status::Fail, Status::Error, Status::Undetermined, Status::Waived] {
        let count = standing.findings.iter().filter(|finding| finding.status == status).count();
        if count > 0 {
            parts.push(format!("{} at {}", status.words(), words::count(count, ("place", "places"))));
        }
    }
    words::sentence(&parts.join("; "))
}

fn statements(dossier: &Dossier) -> Table {
    let mut table = Table::new(
        format!("Practices of MPA {} in questionnaire order", dossier.profile.mpa_version),
        &["Practice", "What is known", "Controls that bear on it", "Id"],
    );
    for one in &dossier.statements {
        table.rows.push(vec![
            code(&one.id),
            text(one.in_words()),
            Cell::Codes { items: one.controls.clone() },
            text(if one.status == Verification::Verified { "verified" } else { "unverified" }),
        ]);
    }
    table
}

fn history(dossier: &Dossier) -> Table {
    let mut table = Table::new(
        "Runs on this machine, the newest first",
        &["Began (UTC)", "Verb", "Planned", "Outcome", "By", "Evaluated plan"],
    );
    for run in dossier.history.runs.iter().rev() {
        table.rows.push(vec![
            text(&run.began),
            text(&run.verb),
            text(&run.planned),
            text(run.outcome.clone().unwrap_or_else(|| "it never said that it ended".to_owned())),
            code(&run.caller),
            run.evaluation.as_ref().map_or_else(|| text("not assessed"), code),
        ]);
    }
    table
}

fn frameworks(envelope: &Envelope) -> Table {
    let mut table =
        Table::new("Frameworks that the controls refer to", &["Framework", "Version", "How its ids are known"]);
    for one in &envelope.frameworks {
        table.rows.push(vec![text(&one.framework), text(&one.version), text(&one.note)]);
    }
    table
}

fn evidence(envelope: &Envelope) -> Table {
    let mut table = Table::new(
        "Every call to the cloud, with the hash of its answer",
        &["Call", "For", "Region", "At (UTC)", "#HTTP", "Request", "SHA-256 of the answer"],
    );
    for one in &envelope.evidence {
        let read = &one.read;
        table.rows.push(vec![
            code(&read.call),
            text(read.kind.map_or("the command itself", |kind| kind.words().1)),
            text(&read.region),
            text(&read.at),
            number(read.status),
            read.request_id.as_ref().map_or_else(|| text("none"), code),
            code(&read.sha256),
        ]);
    }
    table
}
