//! The phases of a wrap, in their order: first nobody gets in any more, then what runs ends, then the keys that nothing
//! uses any longer are disabled, and only then is anything deleted that they protect.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Plan;
use super::step::{Operation, Step};
use crate::resource::{Address, Kind, count, days};

/// A phase of a wrap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrapPhase {
    /// Every way in is closed, and the keys are marked.
    Freeze,
    /// What is to be kept of the content is taken and marked: nothing else goes on before that is complete.
    RecoveryPoints,
    /// Seats end, and with them what runs beside them: endpoints, flow logs and plans of AWS Backup.
    Stop,
    /// No volume under a key is attached to anything.
    Detached,
    /// Keys are disabled: from here on nothing can be read.
    Disable,
    /// Everything else goes, what stands on something before what it stands on.
    Delete,
    /// The keys' own deletion is scheduled, where that was asked for.
    Schedule,
    /// What is left is looked for.
    Residue,
    /// It is written down.
    Certificate,
}

impl WrapPhase {
    /// In their order.
    pub const ALL: [Self; 9] = [
        Self::Freeze,
        Self::RecoveryPoints,
        Self::Stop,
        Self::Detached,
        Self::Disable,
        Self::Delete,
        Self::Schedule,
        Self::Residue,
        Self::Certificate,
    ];

    /// The phase of a step of a wrap.
    pub fn of(operation: &Operation) -> Self {
        match (&operation.step, operation.kind) {
            (Step::Release | Step::Retire, _) => Self::Freeze,
            (
                Step::Snapshot(_)
                | Step::AwaitSnapshots { .. }
                | Step::VerifySnapshots { .. }
                | Step::Keep { .. }
                | Step::Archive { .. },
                _,
            ) => Self::RecoveryPoints,
            (Step::AwaitDetached, _) => Self::Detached,
            (Step::Delete | Step::Discard(_), Kind::KmsKey) => Self::Disable,
            (Step::Terminate(_) | Step::AwaitTerminated(_), _) => Self::Stop,
            (Step::Delete | Step::Discard(_), Kind::Seat | Kind::VpcEndpoint | Kind::FlowLog | Kind::BackupPlan) => {
                Self::Stop
            }
            _ => Self::Delete,
        }
    }

    /// What it is called, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Freeze => "Freeze",
            Self::RecoveryPoints => "Secure recovery points",
            Self::Stop => "Stop and terminate",
            Self::Detached => "Confirm that nothing is attached",
            Self::Disable => "Disable the keys",
            Self::Delete => "Delete",
            Self::Schedule => "Schedule the keys' deletion",
            Self::Residue => "Search for residue",
            Self::Certificate => "Certificate",
        }
    }
}

/// A phase as a plan tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phased {
    pub phase: WrapPhase,
    /// What is done in it, a sentence without its period.
    pub what: String,
    /// How many resources it is about.
    pub resources: usize,
}

/// A key whose deletion is to be scheduled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shredding {
    pub key: Address,
    /// Days between the order and its end.
    pub days: u32,
    /// Where its deletion is scheduled already: when it ends.
    pub ends: Option<String>,
}

/// Tells the phases of a wrap, those that have nothing to do included: who reads the plan sees what is done, and what
/// isn't.
pub(super) fn phases(plan: &Plan, operations: &[&Operation], shredding: Option<&[Shredding]>) -> Vec<Phased> {
    WrapPhase::ALL
        .into_iter()
        .map(|phase| {
            let steps: Vec<&Operation> = operations.iter().filter(|one| WrapPhase::of(one) == phase).copied().collect();
            let (what, resources) = match phase {
                WrapPhase::Schedule => scheduled(shredding),
                WrapPhase::Residue => (
                    "whatever bears the production's tag, key, network or name, in every region that it named"
                        .to_owned(),
                    0,
                ),
                WrapPhase::Certificate => ("what was destroyed, when, by whom; what is kept, and why".to_owned(), 0),
                _ => told(plan, phase, &steps),
            };
            Phased { phase, what, resources }
        })
        .collect()
}

fn told(plan: &Plan, phase: WrapPhase, steps: &[&Operation]) -> (String, usize) {
    let of_kind = |kind: Kind| steps.iter().filter(|one| one.kind == kind && !one.step.only_waits()).count();
    let seats = steps.iter().map(|one| match &one.step {
        Step::Terminate(seats) => seats.len(),
        Step::Discard(_) | Step::Delete if one.kind == Kind::Seat => 1,
        _ => 0,
    });
    let keys: Vec<&str> = steps.iter().filter(|one| one.kind == Kind::KmsKey).map(|one| one.address.as_str()).collect();
    let (what, resources) = match phase {
        WrapPhase::Freeze => {
            let groups = of_kind(Kind::SecurityGroup);
            let mut parts = Vec::new();
            if groups > 0 {
                parts.push(format!("take all rules out of {}", counted(groups, Kind::SecurityGroup)));
            }
            if !keys.is_empty() {
                parts.push(format!("mark {} as ending", keys.join(", ")));
            }
            (parts.join("; "), groups + keys.len())
        }
        WrapPhase::RecoveryPoints => secured(steps),
        WrapPhase::Stop => {
            let counts = [
                (seats.sum::<usize>(), Kind::Seat),
                (of_kind(Kind::VpcEndpoint), Kind::VpcEndpoint),
                (of_kind(Kind::FlowLog), Kind::FlowLog),
                (of_kind(Kind::BackupPlan), Kind::BackupPlan),
            ];
            let parts: Vec<String> =
                counts.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| counted(*count, *kind)).collect();
            (parts.join(", "), counts.iter().map(|(count, _)| count).sum())
        }
        WrapPhase::Detached if !keys.is_empty() => {
            (format!("no volume under {} is attached to anything, whoever made it", keys.join(", ")), keys.len())
        }
        WrapPhase::Disable => (keys.join(", "), keys.len()),
        WrapPhase::Delete => {
            let gone = steps.iter().filter(|one| matches!(one.step, Step::Delete | Step::Discard(_))).count();
            let kept = plan.changes.iter().filter(|change| change.action == super::Action::None).count();
            let mut what = if gone > 0 { format!("{gone} more, each after what stands on it") } else { String::new() };
            let snapshots: usize = steps.iter().map(|one| expired(&one.step)).sum();
            if snapshots > 0 {
                let separator = if what.is_empty() { "" } else { "; " };
                what.push_str(&format!("{separator}{}, last", snapshots_of_points(snapshots)));
            }
            if kept > 0 {
                let separator = if what.is_empty() { "" } else { "; " };
                what.push_str(&format!("{separator}{kept} stay, as said above"));
            }
            (what, gone + snapshots)
        }
        _ => (String::new(), 0),
    };
    if what.is_empty() { ("nothing to do".to_owned(), 0) } else { (what, resources) }
}

/// What is done so that content outlives the production.
fn secured(steps: &[&Operation]) -> (String, usize) {
    let taken = steps.iter().filter(|one| matches!(one.step, Step::AwaitSnapshots { .. })).count();
    let mut parts = Vec::new();
    if taken > 0 {
        parts
            .push(format!("take a last recovery point of {}, and see that it is complete", counted(taken, Kind::Seat)));
    }
    let mut marked: BTreeMap<&str, usize> = BTreeMap::new();
    for one in steps {
        if let Step::Keep { until, ids } = &one.step {
            *marked.entry(until).or_default() += ids.len();
        }
    }
    parts.extend(
        marked.iter().map(|(until, count)| format!("mark {} as kept until {until}", snapshots_of_points(*count))),
    );
    (parts.join("; "), taken + marked.values().sum::<usize>())
}

fn expired(step: &Step) -> usize {
    if let Step::Expire(ids) = step { ids.len() } else { 0 }
}

fn snapshots_of_points(number: usize) -> String {
    count(number, ("snapshot of a recovery point", "snapshots of recovery points"))
}

fn scheduled(shredding: Option<&[Shredding]>) -> (String, usize) {
    let Some(keys) = shredding else {
        return ("not asked for: --shred does it, with --confirm and the production's name".to_owned(), 0);
    };
    let parts: Vec<String> = keys
        .iter()
        .map(|one| match &one.ends {
            Some(at) => format!("{} was scheduled before, for {at}", one.key),
            None => format!("{}, {} ahead", one.key, days(one.days)),
        })
        .collect();
    if parts.is_empty() {
        return ("there is no key".to_owned(), 0);
    }
    (parts.join("; "), keys.len())
}

fn counted(number: usize, kind: Kind) -> String {
    count(number, kind.words())
}
