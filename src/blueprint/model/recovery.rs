//! Backups: what, when, for how long, and how firmly.

use super::{LockMode, Name, Region, Schedule, WorkstationPool};
use crate::blueprint::Spanned;

/// A backup of the pools' volumes that have `backup = true`.
#[derive(Debug, Clone, PartialEq)]
pub struct Backup {
    pub name: Spanned<Name<Backup>>,
    pub of: Vec<Spanned<Name<WorkstationPool>>>,
    pub schedule: Spanned<Schedule>,
    pub keep_days: Spanned<u32>,
    /// Promise: at most so many hours of work are lost.
    pub rpo_hours: Option<Spanned<u32>>,
    /// Promise: work goes on after so many minutes.
    pub rto_minutes: Option<Spanned<u32>>,
    pub lock: Option<Lock>,
    pub copies: Vec<Copy>,
}

/// What holds a vault's recovery points.
#[derive(Debug, Clone, PartialEq)]
pub struct Lock {
    pub mode: Spanned<LockMode>,
    /// The shortest retention that the vault accepts.
    pub min_days: Option<Spanned<u32>>,
    /// The longest retention that the vault accepts.
    pub max_days: Option<Spanned<u32>>,
}

/// A copy in another region, under a key of its own there.
#[derive(Debug, Clone, PartialEq)]
pub struct Copy {
    pub region: Spanned<Region>,
    pub keep_days: Spanned<u32>,
}
