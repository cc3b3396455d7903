//! How long a restore will take, from its plan: what the account's limits and the cloud's own times add up to.
//!
//! The arithmetic: `k` calls through a bucket of capacity `C` and refill `R` take `max(0, (k − C) / R)` seconds, for buckets
//! start full (<https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>). Volumes are made and moved in
//! calls of their own, so that the slowest bucket on the way counts once: what passes it arrives spread out, and never
//! waits long again. To that come the cloud's own times, one after the other for the slowest seat.

use serde::Serialize;

use crate::cloud::published;
use crate::plan::{Operation, Operations, Step, Term};
use crate::resource::Kind;

/// What a step takes of itself, in seconds.
#[derive(Debug, Clone, Copy)]
struct Own {
    name: &'static str,
    /// The cloud's own time for the slowest of many, as short as anybody can have it. Sources: brevdev/ec2-coldboot-research
    /// for launches and starts, and the ten seconds or so that IAM takes; nobody has published the others, and the
    /// rehearsal cloud takes the same.
    least_s: f64,
    /// Until it is seen as well.
    usual_s: f64,
    because: &'static str,
}

const fn own(name: &'static str, least_s: f64, usual_s: f64, because: &'static str) -> Own {
    Own { name, least_s, usual_s, because }
}

const PROFILE: Own = own("role and profile", 9.5, 11.0, "made, and then until EC2 knows them");
const LAUNCH: Own = own("launch", 1.0, 2.0, "the call, for the slowest");
const RUNNING: Own = own("pending to running", 17.5, 18.5, "the cloud's own time; volumes are made meanwhile");
const PREPARE: Own = own("make volumes", 4.0, 6.0, "beside those in use, which serve on");
const ATTACH: Own = own("attach volumes", 4.0, 5.5, "each to its seat");
const STOP: Own = own("stop", 44.5, 46.0, "the guests shut down");
const SWAP: Own = own("swap volumes", 9.5, 12.0, "out and in");
const START: Own = own("start", 17.0, 19.0, "until they run again");

/// What a region fills volumes at where that is paid for, in MiB/s, for all volumes together:
/// <https://docs.aws.amazon.com/ebs/latest/userguide/initalize-volume.html>.
const FILL_MIBS: f64 = 5_000.0;

/// A predicted RTO.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Prediction {
    /// One after the other; they add up.
    pub terms: Vec<Term>,
    pub seconds: f64,
    /// What nobody could do it faster than: the slowest limit, and the cloud's own times.
    pub lower_bound_s: f64,
    /// What filling all restored volumes takes at the most that a region fills, in seconds. Seats work meanwhile: what is
    /// read and not yet there is fetched first.
    pub fill_s: f64,
}

/// Predicts how long these steps take, until every seat runs with its volumes.
pub fn predict(steps: &Operations, restored_gib: u64) -> Prediction {
    let count = |wanted: fn(&Operation) -> bool| steps.iter().filter(|one| wanted(one)).count();
    let profiles = count(|one| one.kind == Kind::InstanceProfile && one.step == Step::Create);
    let launches = count(|one| matches!(one.step, Step::Launch(_)));
    let beside = count(|one| one.kind == Kind::Volume && one.step == Step::Create);
    let swaps = count(|one| matches!(one.step, Step::Swap));
    let stops = count(|one| matches!(one.step, Step::Stop(_)));
    let starts = count(|one| matches!(one.step, Step::Start(_)));
    let parts = [
        (PROFILE, profiles > 0 && launches > 0),
        (LAUNCH, launches > 0),
        (RUNNING, launches > 0),
        (PREPARE, swaps > 0 || (beside > 0 && launches == 0)),
        (ATTACH, beside > 0),
        (STOP, stops > 0),
        (SWAP, swaps > 0),
        (START, starts > 0),
    ];
    let parts: Vec<Own> = parts.into_iter().filter(|(_, happens)| *happens).map(|(own, _)| own).collect();
    let limits = [
        limit("launch calls", launches, "ec2:RunInstances"),
        limit("volumes to make", beside + swaps, "ec2:CreateVolume"),
        limit("volumes to attach", beside + swaps, "ec2:AttachVolume"),
        limit("start calls", starts, "ec2:StartInstances"),
    ];
    let slowest = limits.into_iter().flatten().reduce(|most, one| if one.seconds > most.seconds { one } else { most });
    let waited = slowest.as_ref().map_or(0.0, |term| term.seconds);
    let terms: Vec<Term> = parts
        .iter()
        .map(|one| Term { name: one.name, seconds: one.usual_s, because: one.because.to_owned() })
        .chain(slowest)
        .collect();
    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52 GiB")]
    let fill_s = restored_gib as f64 * 1024.0 / FILL_MIBS;
    Prediction {
        // Of nothing at all, a sum would be minus zero.
        seconds: terms.iter().map(|term| term.seconds).fold(0.0, |all, one| all + one),
        lower_bound_s: parts.iter().map(|one| one.least_s).fold(waited, |all, one| all + one),
        terms,
        fill_s,
    }
}

/// What these calls wait for their bucket; none where it holds them all.
#[expect(clippy::cast_precision_loss, reason = "counts of calls are far below 2^52")]
fn limit(what: &str, calls: usize, action: &str) -> Option<Term> {
    let limit = published(action);
    let seconds = (calls as f64 - limit.capacity) / limit.refill;
    let because =
        format!("{calls} {what}, {} at once and {} a second: the slowest limit", limit.capacity, limit.refill);
    (seconds > 0.0).then_some(Term { name: "limit of the account", seconds, because })
}
