//! How long steps take: for the order in which the ready ones are started, for progress, and for the forecast.

use serde::{Deserialize, Serialize};

use super::step::{Operations, Step};
use crate::resource::Kind;

/// Typical seconds of a step.
///
/// Measured by others: `RunInstances` about 5 s and pending to running 16 to 18 s (brevdev/ec2-coldboot-research);
/// a fresh instance profile is known to EC2 after about 8 s (go-to-k/cdkd-bench-terraform). Unverified: endpoints one
/// to three minutes, termination about 40 s. Everything else is one or a few round trips.
pub fn seconds(kind: Kind, step: &Step) -> f64 {
    match (step, kind) {
        (Step::Launch(_), _) => 5.0,
        (Step::AwaitRunning(_), _) => 17.0,
        (Step::AwaitTerminated(_), _) => 40.0,
        (Step::Restart, _) => 60.0,
        (Step::AwaitSnapshots { .. }, _) => 120.0,
        (Step::Stop(_), _) => 40.0,
        (Step::Start(_), _) => 18.0,
        (Step::Prepare, _) => 4.0,
        (Step::Swap | Step::DropReplaced, _) => 8.0,
        (Step::Settle, Kind::VpcEndpoint) | (Step::Delete, Kind::VpcEndpoint) => 90.0,
        (Step::Settle, _) => 5.0,
        (Step::Create, Kind::InstanceProfile) => 8.0,
        (Step::Create | Step::Update, Kind::Volume) | (Step::Attach, _) => 10.0,
        (Step::Label | Step::MarkBackups(_) | Step::Release | Step::Finish | Step::Retire, _) => 0.5,
        _ => 1.0,
    }
}

/// What a plan is expected to take, before any limit of the account is met. `rehearse` knows more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// How many steps there are.
    pub operations: usize,
    /// Seconds along the longest chain of steps that wait for each other.
    pub critical_path_s: f64,
}

impl Forecast {
    pub fn of(operations: &Operations) -> Self {
        let longest = operations.iter().map(|operation| operation.remaining_s).fold(0.0, f64::max);
        Self { operations: operations.len(), critical_path_s: longest }
    }
}
