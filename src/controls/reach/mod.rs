//! Reachability: what can pass between any two places of a floor, and by which rules and routes.
//!
//! [`Reach::of`] takes the resources of a desired or of an observed state and answers from them alone. Security groups
//! are stateful, so a passage is the first packet's way and answers follow; what is not among the kinds that are read is
//! named in [`Reach::assumptions`], and what could not be understood in [`Reach::unknown`]. Where something isn't known,
//! more is said to pass rather than less.

mod address_set;
mod analysis;
mod beyond_declared;
mod declared;
mod endpoint_policy;
mod floor;
mod intervals;
mod passage;
mod place;
mod rules;
mod traffic;
mod violation;
mod ways_out;

pub use address_set::AddressSet;
pub use analysis::{ASSUMPTIONS, Matrix, Pair, Reach};
pub use declared::{DeclaredFlow, Destination};
pub use endpoint_policy::PolicyScope;
pub use intervals::Intervals;
pub use passage::{Passage, PublicAddress, Reason};
pub use place::Place;
pub use traffic::{Protocol, Traffic};
pub use violation::Violation;

#[cfg(test)]
mod tests;
