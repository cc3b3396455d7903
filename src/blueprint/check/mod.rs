//! What the blueprint's blocks must be to each other: one function a rule, a file a family.
//!
//! A check cites every value that it judges by, so that [`Findings`] can drop what would follow from a reported one.

mod artists;
mod attestations;
mod backups;
mod drivers;
mod exceptions;
mod flows;
mod lockdowns;
mod names;
mod networks;
mod pools;
mod production;
mod room;
pub(in crate::blueprint) mod secrets;
mod volumes;
mod weaknesses;

pub use weaknesses::{Weakness, weaknesses};

use super::findings::Findings;
use super::model::{Blueprint, Date};

/// Runs every check. `today` decides what has expired.
pub fn check(blueprint: &Blueprint, today: Date, findings: &Findings) {
    production::check(blueprint, findings);
    networks::check(blueprint, findings);
    flows::check(blueprint, findings);
    room::check(blueprint, findings);
    lockdowns::check(blueprint, findings);
    pools::check(blueprint, findings);
    names::check(blueprint, findings);
    drivers::check(blueprint, findings);
    volumes::check(blueprint, findings);
    artists::check(blueprint, findings);
    backups::check(blueprint, findings);
    exceptions::check(blueprint, today, findings);
    attestations::check(blueprint, today, findings);
    weaknesses::check(blueprint, findings);
}
