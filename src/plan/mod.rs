//! Desired and observed to plan: what changes, why, and in which order. Pure: the same two states give the same bytes.

mod action;
mod approval;
mod backup_marks;
mod ceremony;
mod changes;
mod cut_off;
mod endangered;
mod estimate;
mod inside;
mod keep;
mod launch;
mod lower_bound;
mod operations;
mod restored;
mod saved;
mod step;
mod target;
mod unknown;

pub use action::{Action, Reason};
pub use approval::{APPROVAL_MARK, APPROVAL_VERSION, Approval, Approved, Objection};
pub use ceremony::{Phased, Shredding, WrapPhase};
pub use changes::{Change, FORMAT_VERSION, FieldIndex, Options, Plan, Summary, make, tell_phases, unchanged, wrap};
pub use cut_off::CutOff;
pub use endangered::{Endangered, endangered};
pub use estimate::{Forecast, seconds};
pub use launch::Batch;
pub use lower_bound::{Between, Limits, LowerBound, Rate, Term, lower_bound};
pub use operations::operations;
pub use saved::{MARK, SavedPlan, Stale};
pub use step::{Copying, Operation, OperationId, Operations, Snapshots, Step};

#[cfg(test)]
mod tests;
