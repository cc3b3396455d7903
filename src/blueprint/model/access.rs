//! Who sits where, and what people have said and signed.

use super::{BlockRef, ControlId, Date, Digest, Name, WorkstationPool};
use crate::blueprint::Spanned;

/// A person and the seats that are open to them.
#[derive(Debug, Clone, PartialEq)]
pub struct Artist {
    pub name: Spanned<Name<Artist>>,
    pub pools: Vec<Spanned<Name<WorkstationPool>>>,
    /// A seat of one's own, in the only pool.
    pub seat: Option<Spanned<u32>>,
    /// First day, within the production's.
    pub from: Spanned<Date>,
    /// Last day, within the production's.
    pub until: Spanned<Date>,
}

impl Artist {
    /// Whether the artist may work on that day; `from` and `until` include theirs.
    pub fn is_active_on(&self, day: Date) -> bool {
        self.from.value <= day && day <= self.until.value
    }
}

/// A weakening with a name, an owner and an end.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    pub name: Spanned<Name<Exception>>,
    pub control: Spanned<ControlId>,
    pub scope: Vec<Spanned<BlockRef>>,
    pub reason: Spanned<String>,
    pub compensating: Spanned<String>,
    pub owner: Spanned<String>,
    /// Never the owner.
    pub approver: Spanned<String>,
    /// The last day on which it holds.
    pub expires: Spanned<Date>,
}

impl Exception {
    /// Whether its scope names that block or one that holds it.
    pub fn covers(&self, block: &BlockRef) -> bool {
        self.scope.iter().any(|scope| scope.holds(block))
    }
}

/// What no cloud API can show, said by a named person.
#[derive(Debug, Clone, PartialEq)]
pub struct Attestation {
    pub name: Spanned<Name<Attestation>>,
    pub controls: Vec<Spanned<ControlId>>,
    pub statement: Spanned<String>,
    pub by: Spanned<String>,
    pub on: Spanned<Date>,
    pub document: Option<Spanned<Digest>>,
    /// The last day on which it holds.
    pub expires: Spanned<Date>,
}
