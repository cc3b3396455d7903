//! How long a restore will take, from its plan: what the account's limits and the cloud's own times add up to.
//!
//! The arithmetic: `k` calls through a bucket of capacity `C` and refill `R` take `max(0, (k − C) / R)` seconds, for buckets
//! start full (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>). Volumes are made and moved in
//! calls of their own, so that the slowest bucket on the way counts once: what passes it arrives spread out, and never
//! waits long again.

use serde::Serialize;

use crate::cloud::published;
use crate::plan::{Operation, Operations, Step, Term};

/// The least that steps take, and the most, in seconds, as far as anybody has measured: from a call until its effect is
/// seen. Sources: brevdev/ec2-coldboot-research for launches and starts; nobody has published the others, and the
/// rehearsal cloud takes the same.
const LAUNCH_S: f64 = 2.0;
const RUNNING_S: f64 = 20.0;
const PREPARE_S: f64 = 6.0;
const STOP_S: f64 = 47.0;
const SWAP_S: f64 = 13.0;
const ATTACH_S: f64 = 12.0;
const START_S: f64 = 21.0;

/// What a region fills volumes at where that is paid for, in MiB/s, for all volumes together:
/// <https://docs.aws.amazon.com/ebs/latest/userguide/initalize-volume.html>.
const FILL_MIBS: f64 = 5_000.0;

/// A predicted RTO.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Prediction {
    /// One after the other; they add up.
    pub terms: Vec<Term>,
    pub seconds: f64,
    /// What filling all restored volumes takes at the most that a region fills, in seconds. Seats work meanwhile: what is
    /// read and not yet there is fetched first.
    pub fill_s: f64,
}

/// Predicts how long these steps take, until every seat runs with its volumes.
pub fn predict(steps: &Operations, restored_gib: u64) -> Prediction {
    let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|one| wanted(&one.step)).count();
    let launches = count(|step| matches!(step, Step::Launch(_)));
    let hot = steps.iter().filter(is_restored_volume).count();
    let swaps = count(|step| matches!(step, Step::Swap));
    let stops = count(|step| matches!(step, Step::Stop(_)));
    let starts = count(|step| matches!(step, Step::Start(_)));
    let mut terms = Vec::new();
    if launches > 0 {
        terms.push(through("launch", LAUNCH_S, launches, "launch calls", "ec2:RunInstances"));
        terms.push(term("pending to running", RUNNING_S, "the cloud's own time for the slowest"));
    }
    let made = hot + swaps;
    if made > 0 {
        let mut prepared = through("make volumes", PREPARE_S, made, "volumes", "ec2:CreateVolume");
        // What is attached to a running seat follows in the same stream.
        if hot > 0 && swaps == 0 {
            let moved = through("", ATTACH_S, hot, "attachments", "ec2:AttachVolume");
            prepared.seconds = PREPARE_S + ATTACH_S + wait(made, "ec2:CreateVolume").max(wait(hot, "ec2:AttachVolume"));
            prepared.because = format!("{}; {}", prepared.because, moved.because);
            prepared.name = "make and attach volumes";
        }
        terms.push(prepared);
    }
    if stops > 0 {
        terms.push(term("stop", STOP_S, "the guests shut down, for the slowest"));
    }
    if swaps > 0 {
        terms.push(through("swap volumes", SWAP_S, swaps, "volumes out and in", "ec2:AttachVolume"));
    }
    if starts > 0 {
        terms.push(through("start", START_S, starts, "start calls", "ec2:StartInstances"));
    }
    let seconds = terms.iter().map(|term| term.seconds).sum();
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 GiB")]
    let fill_s = restored_gib as f64 * 1024.0 / FILL_MIBS;
    Prediction { terms, seconds, fill_s }
}

/// A volume that is made and attached while its seat runs.
fn is_restored_volume(operation: &&Operation) -> bool {
    operation.kind == crate::resource::Kind::Volume && operation.step == Step::Create
}

/// Seconds that calls wait for their bucket.
#[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
fn wait(calls: usize, action: &str) -> f64 {
    let limit = published(action);
    ((calls as f64 - limit.capacity) / limit.refill).max(0.0)
}

fn term(name: &'static str, seconds: f64, because: &str) -> Term {
    Term { name, seconds, because: because.to_owned() }
}

fn through(name: &'static str, once: f64, calls: usize, what: &str, action: &str) -> Term {
    let limit = published(action);
    let because = format!("{once} s, and {calls} {what}, {} at once and {} a second", limit.capacity, limit.refill);
    Term { name, seconds: once + wait(calls, action), because }
}
