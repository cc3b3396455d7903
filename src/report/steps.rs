//! Steps in words: what is being done, what was done, and their names in JSON.

use super::words;
use crate::plan::{Operation, Step};
use crate::resource::Kind;

/// The name of a step in JSON, from its words.
pub fn name(words: &str) -> String {
    words.replace(' ', "_")
}

/// What a step does, as a fragment: `creating network.main`.
pub fn doing(operation: &Operation) -> String {
    let of = &operation.address;
    match &operation.step {
        Step::Create => format!("creating {of}"),
        Step::Finish => format!("opening the rules of {of}"),
        Step::Settle => format!("waiting until {of} can be used"),
        Step::Update => format!("updating {of}"),
        Step::Release => format!("closing the rules of {of}"),
        Step::Delete if operation.kind == Kind::KmsKey => format!("disabling {of}"),
        Step::Delete => format!("deleting {of}"),
        Step::Discard(id) => format!("deleting the leftover {id} of {of}"),
        Step::Launch(batch) => format!("launching {} of {of}", seats(batch.seats.len())),
        Step::AwaitRunning(all) => format!("waiting for {} of {of} to run", seats(all.len())),
        Step::Label => format!("tagging {of}"),
        Step::MarkBackups(all) => format!("marking {} of {of} for backup", words::count_of(all.len(), Kind::Volume)),
        Step::Restart => format!("restarting {of}"),
        Step::Terminate(all) => format!("terminating {} of {of}", seats(all.len())),
        Step::AwaitTerminated(all) => format!("waiting for {} of {of} to be gone", seats(all.len())),
        Step::Attach => format!("attaching {of}"),
        Step::Snapshot(_) => format!("taking a recovery point of {of}"),
        Step::Copy(copying) => format!("copying the snapshot of {of} from {}", copying.from_region),
        Step::AwaitSnapshots { .. } => format!("waiting for the recovery point of {of} to be complete"),
        Step::VerifySnapshots { volumes, .. } => format!("confirming the recovery points of {}", seats(volumes.len())),
        Step::Keep { until, ids } => format!("marking {} of {of} as kept until {until}", snapshots(ids.len())),
        Step::Archive { key } => format!("encrypting the kept recovery points of {of} anew, under {key}"),
        Step::Expire(_) => format!("deleting what isn't to be kept of the recovery points of {of}"),
        Step::Prepare => format!("making {of} of its recovery point"),
        Step::Stop(all) => format!("stopping {} of {of}", seats(all.len())),
        Step::Swap => format!("putting the restored {of} in its place"),
        Step::Start(all) => format!("starting {} of {of}", seats(all.len())),
        Step::DropReplaced => format!("deleting what {of} was before"),
        Step::Retire => format!("marking {of} as ending"),
        Step::AwaitDetached => format!("confirming that no volume under {of} is attached"),
    }
}

/// What a step has done, as a fragment; none where that isn't news.
pub fn done(operation: &Operation) -> Option<String> {
    let of = &operation.address;
    Some(match &operation.step {
        Step::Create => format!("created {of}"),
        Step::Finish => format!("opened the rules of {of}"),
        Step::Settle => format!("{of} can be used"),
        Step::Update => format!("updated {of}"),
        Step::Delete if operation.kind == Kind::KmsKey => format!("disabled {of}"),
        Step::Delete => format!("deleted {of}"),
        Step::Discard(id) => format!("deleted the leftover {id} of {of}"),
        Step::AwaitRunning(all) => format!("{} of {of} running", seats(all.len())),
        Step::Restart => format!("restarted {of}"),
        Step::Terminate(all) => format!("terminating {} of {of}", seats(all.len())),
        Step::AwaitTerminated(all) => format!("{} of {of} gone", seats(all.len())),
        Step::Attach => format!("attached {of}"),
        Step::Snapshot(_) => format!("took a recovery point of {of}"),
        Step::Copy(copying) => format!("began to copy the snapshot of {of} from {}", copying.from_region),
        Step::AwaitSnapshots { .. } => format!("the recovery point of {of} is complete"),
        Step::VerifySnapshots { volumes, .. } => format!("the recovery points of {} are whole", seats(volumes.len())),
        Step::Keep { until, ids } => format!("{} of {of} marked as kept until {until}", snapshots(ids.len())),
        Step::Archive { key } => format!("the kept recovery points of {of} are under {key}"),
        Step::Expire(_) => format!("deleted what isn't to be kept of the recovery points of {of}"),
        Step::Prepare => format!("made {of} of its recovery point"),
        Step::Stop(all) => format!("stopped {} of {of}", seats(all.len())),
        Step::Swap => format!("put the restored {of} in its place"),
        Step::Start(all) => format!("{} of {of} running again", seats(all.len())),
        Step::DropReplaced => format!("deleted what {of} was before"),
        Step::AwaitDetached => format!("no volume under {of} is attached"),
        // A launch is told with its zone and type, see `Event::Launched`; tags follow by the hundred.
        Step::Launch(_) | Step::Label | Step::MarkBackups(_) | Step::Release | Step::Retire => return None,
    })
}

/// How many resources a step brings to their end: seats by their number, and nothing where another step tells it.
pub fn weight(step: &Step) -> u64 {
    match step {
        Step::AwaitRunning(seats) | Step::AwaitTerminated(seats) => seats.len() as u64,
        Step::Start(seats) => seats.len() as u64,
        Step::Snapshot(_) | Step::Copy(_) | Step::Expire(_) | Step::Prepare | Step::Stop(_) | Step::DropReplaced => 0,
        Step::Launch(_)
        | Step::Terminate(_)
        | Step::Finish
        | Step::Settle
        | Step::Release
        | Step::Label
        | Step::MarkBackups(_)
        | Step::Retire
        | Step::Keep { .. }
        | Step::Archive { .. }
        | Step::VerifySnapshots { .. }
        | Step::AwaitDetached => 0,
        _ => 1,
    }
}

fn snapshots(number: usize) -> String {
    words::count(number, ("snapshot", "snapshots"))
}

fn seats(number: usize) -> String {
    words::count_of(number, Kind::Seat)
}
