//! What runs inside a workstation: templates rendered to user data, with quotes for every place that a value can
//! land in.

mod context;
pub mod lockdown;
pub mod permissions;
mod quote;
mod render;
#[cfg(test)]
mod samples;

pub use context::{Context, NamedSecret, NamedVolume};
pub use render::{NotRendered, render};
