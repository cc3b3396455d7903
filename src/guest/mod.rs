//! What runs inside a workstation: templates rendered to user data, with quotes for every place that a value can
//! land in; what the streaming server is told; who may do what there.

mod capability;
mod context;
#[cfg(test)]
mod critics_tests;
mod inside;
pub mod lockdown;
#[cfg(test)]
mod lockdown_golden_tests;
mod pack;
pub mod permissions;
mod quote;
mod render;
#[cfg(test)]
mod samples;
mod seat;
#[cfg(test)]
mod seat_tests;
mod who_can;
mod windows_logs;
#[cfg(test)]
mod windows_tests;

pub use capability::{Capability, Verdict, verdicts};
pub use context::{Context, NamedSecret, NamedVolume};
pub use inside::{told, wanted};
pub use pack::TooLong;
pub use render::{NotRendered, render};
pub use seat::{NoScript, SeatScript};
pub use who_can::{Access, NoAnswer, Place, places};
