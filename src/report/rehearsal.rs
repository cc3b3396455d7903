//! How a rehearsal went: the JSON document, and the page that people read, drawn from it. All seconds are virtual.

use serde::Serialize;

use super::palette::{BAD, CAUTION, GOOD, HINT, PLAIN, STRONG};
use super::text::{Line, Table};
use super::words;
use crate::plan::{LowerBound, Summary};

/// The document; its names are a contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rehearsal {
    pub format_version: u32,
    pub production: String,
    pub region: String,
    pub seed: u64,
    /// `none`, `typical` or `hostile`.
    pub faults: String,
    /// `nothing`, or `live`: what the run began on.
    pub began_on: &'static str,
    /// What of the live state is not in the copy, with the reason.
    pub not_carried_over: Vec<String>,
    pub summary: Summary,
    pub seats_planned: usize,
    pub seats_running: usize,
    /// Until the first seat was seen running.
    pub first_seat_s: Option<f64>,
    pub last_seat_s: Option<f64>,
    /// From nothing to the last seat running; none where a seat is missing, or none was asked for.
    pub makespan_s: Option<f64>,
    pub lower_bound_s: f64,
    pub ratio: Option<f64>,
    /// What weighs most in the lower bound.
    pub bottleneck: Option<String>,
    pub lower_bound: LowerBound,
    /// Until everything was over: endpoints and tags, which no seat waits for, too.
    pub ended_s: f64,
    pub critical_path: Vec<PathStep>,
    pub calls: Calls,
    pub fall_throughs: Vec<FallThrough>,
    pub outcome: Ending,
    /// A plan that was made afterwards.
    pub second_plan: SecondPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrap: Option<Wrapped>,
}

/// The version of the document.
pub const REHEARSAL_VERSION: u32 = 1;

/// A step that the last seat waited for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathStep {
    pub what: String,
    pub address: String,
    pub step: String,
    pub from_s: f64,
    pub took_s: f64,
}

/// What was called.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Calls {
    pub total: usize,
    /// Answers that said: too fast.
    pub throttled: usize,
    /// Calls without an answer.
    pub lost: usize,
    /// Answers that refused for another reason, such as a profile that isn't known yet.
    pub refused: usize,
    /// The busiest first.
    pub by_action: Vec<CallsOf>,
}

/// What was called of one action.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsOf {
    /// `ec2:RunInstances`; `ec2:RunInstances/instances` is a bucket of instances, `kms:CreateGrant` one of grants, that
    /// launches draw from.
    pub action: String,
    pub calls: usize,
    /// The bucket's size.
    pub capacity: f64,
    /// Its tokens a second.
    pub refill: f64,
    /// How long calls waited for it, all together.
    pub waited_s: f64,
    /// How long the one that waited longest did.
    pub longest_wait_s: f64,
    pub throttled: usize,
    pub lost: usize,
    pub refused: usize,
}

/// A place without capacity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FallThrough {
    pub address: String,
    pub instance_type: String,
    pub zone: String,
    pub code: String,
}

/// What came of the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    pub complete: bool,
    pub done: usize,
    pub skipped: usize,
    /// What failed, in words.
    pub failed: Vec<String>,
}

/// A plan right after the run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SecondPlan {
    /// Nothing, after a run that was complete.
    pub changes: usize,
    pub calls: usize,
    /// How many round trips stand one after the other.
    pub round_trips: usize,
    /// What it would do, in words; of many, the first.
    pub first_changes: Vec<String>,
}

/// How taking everything down went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Wrapped {
    pub makespan_s: f64,
    pub lower_bound_s: f64,
    pub ratio: Option<f64>,
    pub lower_bound: LowerBound,
    pub calls: Calls,
    pub outcome: Ending,
    /// Addresses that are left, kept ones and disabled keys too.
    pub left: Vec<String>,
}

/// How many rows of calls people are shown, and steps of the path.
const MOST_ACTIONS: usize = 12;
/// The page is laid out for no more columns than this.
const PAGE: usize = 80;

/// The page for people.
pub fn rehearsal_text(rehearsal: &Rehearsal, width: usize) -> String {
    let width = width.min(PAGE);
    let mut out = String::new();
    head(rehearsal, width, &mut out);
    times(rehearsal, width, &mut out);
    bound(&rehearsal.lower_bound, "Lower bound", width, &mut out);
    path(rehearsal, width, &mut out);
    calls(&rehearsal.calls, width, &mut out);
    troubles(rehearsal, width, &mut out);
    afterwards(rehearsal, width, &mut out);
    out
}

fn head(rehearsal: &Rehearsal, width: usize, out: &mut String) {
    let began = if rehearsal.began_on == "live" { "on a copy of what is live" } else { "on an empty account" };
    Line::new(0)
        .styled(STRONG, format!("Rehearsal of {} in {}", rehearsal.production, rehearsal.region))
        .plain(format!(", {began}, seed {}, faults {}", rehearsal.seed, rehearsal.faults))
        .write(width, out);
    for one in &rehearsal.not_carried_over {
        Line::new(0).styled(CAUTION, "not in the copy: ").plain(one).write(width, out);
    }
    out.push('\n');
}

fn times(rehearsal: &Rehearsal, width: usize, out: &mut String) {
    let mut row = |what: &str, value: String| {
        Line::new(2).plain(what).to_column(26).styled(STRONG, value).hanging(26).write(width, out);
    };
    let seconds = |time: Option<f64>| time.map_or_else(|| "never".to_owned(), figure);
    let seats = format!("{} of {} running", rehearsal.seats_running, rehearsal.seats_planned);
    row("seats", seats);
    if rehearsal.seats_planned > 0 {
        row("first seat after", seconds(rehearsal.first_seat_s));
        row("last seat after", seconds(rehearsal.last_seat_s));
        row("lower bound", figure(rehearsal.lower_bound_s));
        if let Some(ratio) = rehearsal.ratio {
            row("ratio", format!("{ratio:.2}"));
        }
    }
    row("all done after", figure(rehearsal.ended_s));
    if let Some(name) = &rehearsal.bottleneck {
        row("bottleneck", name.clone());
    }
    out.push('\n');
}

fn bound(bound: &LowerBound, title: &str, width: usize, out: &mut String) {
    if bound.seconds <= 0.0 {
        return;
    }
    Line::new(0).styled(STRONG, title).plain(": what nobody can be faster than").write(width, out);
    let mut row = |seconds: f64, name: &str, because: &str| {
        Line::new(2)
            .plain(format!("{:>8}  ", figure(seconds)))
            .plain(name)
            .plain(format!(": {because}"))
            .hanging(12)
            .write(width, out);
    };
    for term in &bound.chain {
        row(term.seconds, term.name, &term.because);
    }
    let longest = bound.limits.iter().map(|term| term.seconds).fold(0.0, f64::max);
    if longest > 0.0 {
        for term in bound.limits.iter().filter(|term| term.seconds > 0.0) {
            let beside = if term.seconds < longest { " (meanwhile)" } else { "" };
            row(term.seconds, term.name, &format!("{}{beside}", term.because));
        }
    }
    out.push('\n');
}

fn path(rehearsal: &Rehearsal, width: usize, out: &mut String) {
    if rehearsal.critical_path.is_empty() {
        return;
    }
    let what = if rehearsal.seats_running > 0 { "the last seat" } else { "the end" };
    Line::new(0).styled(STRONG, "Critical path").plain(format!(": what {what} waited for")).write(width, out);
    for step in &rehearsal.critical_path {
        Line::new(2).plain(format!("{:>8}  ", figure(step.took_s))).plain(&step.what).hanging(12).write(width, out);
    }
    out.push('\n');
}

fn calls(calls: &Calls, width: usize, out: &mut String) {
    let mut words = vec![words::count(calls.total, ("call", "calls"))];
    for (number, what) in [(calls.throttled, "throttled"), (calls.refused, "refused"), (calls.lost, "lost")] {
        if number > 0 {
            words.push(format!("{number} {what}"));
        }
    }
    Line::new(0).styled(STRONG, "Calls").plain(format!(": {}", words.join(", "))).write(width, out);
    let mut table = Table::new(&["ACTION", "CALLS", "BUCKET", "WAITED", "FAILED"]);
    // What was waited for comes first; then what was called most.
    let mut shown: Vec<&CallsOf> = calls.by_action.iter().collect();
    shown.sort_by(|one, other| {
        other.waited_s.total_cmp(&one.waited_s).then(other.calls.cmp(&one.calls)).then(one.action.cmp(&other.action))
    });
    for one in shown.iter().take(MOST_ACTIONS) {
        let failed = one.throttled + one.refused + one.lost;
        table.row(
            PLAIN,
            vec![
                one.action.clone(),
                if one.calls > 0 { one.calls.to_string() } else { "-".to_owned() },
                format!("{} + {}/s", one.capacity, one.refill),
                if one.longest_wait_s > 0.0 { figure(one.longest_wait_s) } else { "-".to_owned() },
                if failed > 0 { failed.to_string() } else { String::new() },
            ],
        );
    }
    table.write(2, width, out);
    if shown.len() > MOST_ACTIONS {
        let rest = shown[MOST_ACTIONS..].iter().map(|one| one.calls).sum();
        Line::new(2)
            .plain(format!(
                "and {} of {}",
                words::count(rest, ("call", "calls")),
                words::count(shown.len() - MOST_ACTIONS, ("more action", "more actions"),)
            ))
            .write(width, out);
    }
    out.push('\n');
}

fn troubles(rehearsal: &Rehearsal, width: usize, out: &mut String) {
    for one in &rehearsal.fall_throughs {
        Line::new(0)
            .styled(CAUTION, "no capacity: ")
            .plain(format!("{} found no {} in {} ({})", one.address, one.instance_type, one.zone, one.code))
            .write(width, out);
    }
    for failed in &rehearsal.outcome.failed {
        Line::new(0).styled(BAD, "failed: ").plain(failed).write(width, out);
    }
    let Ending { complete, done, skipped, failed } = &rehearsal.outcome;
    let steps = words::count(*done, ("step", "steps"));
    if *complete {
        Line::new(0).styled(GOOD, "Done: ").plain(format!("{steps} done.")).write(width, out);
        return;
    }
    Line::new(0)
        .styled(STRONG, "Done in part: ")
        .plain(format!("{steps} done, {} failed, {skipped} skipped.", failed.len()))
        .write(width, out);
    Line::new(2)
        .styled(HINT, "hint: ")
        .plain("an apply is run again then, and takes up what is left; another --seed shows another day")
        .write(width, out);
}

fn afterwards(rehearsal: &Rehearsal, width: usize, out: &mut String) {
    let SecondPlan { changes, calls, round_trips, first_changes } = &rehearsal.second_plan;
    let (changes, calls, round_trips) = (*changes, *calls, *round_trips);
    let left = if changes == 0 {
        "finds nothing to do".to_owned()
    } else {
        format!("finds {}", words::count(changes, ("change", "changes")))
    };
    Line::new(0)
        .plain(format!(
            "A second plan {left}, with {} in {}.",
            words::count(calls, ("call", "calls")),
            words::count(round_trips, ("round trip", "round trips"))
        ))
        .write(width, out);
    for change in first_changes {
        Line::new(2).plain(change).write(width, out);
    }
    let Some(wrap) = &rehearsal.wrap else { return };
    out.push('\n');
    let ratio = wrap.ratio.map(|ratio| format!(", ratio {ratio:.2}")).unwrap_or_default();
    Line::new(0)
        .styled(STRONG, "Wrap")
        .plain(format!(
            ": {} with {}, lower bound {}{ratio}",
            figure(wrap.makespan_s),
            words::count(wrap.calls.total, ("call", "calls")),
            figure(wrap.lower_bound_s)
        ))
        .write(width, out);
    bound(&wrap.lower_bound, "Lower bound of the wrap", width, out);
    for failed in &wrap.outcome.failed {
        Line::new(0).styled(BAD, "failed: ").plain(failed).write(width, out);
    }
    if !wrap.left.is_empty() {
        Line::new(0).plain(format!("Left after the wrap: {}.", words::list(&wrap.left))).write(width, out);
    }
}

/// Seconds to the tenth, minutes from two of them on.
fn figure(seconds: f64) -> String {
    if seconds < 120.0 { format!("{seconds:.1} s") } else { words::seconds(seconds) }
}
