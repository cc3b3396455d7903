//! Closedset: infrastructure as code for secure cloud workstations in film and television.
//!
//! Data flows one way: text → [`blueprint`] → [`compile`] → desired; cloud → observed;
//! (desired, observed) → [`plan`] → [`controls`] → [`apply`] → [`report`]. `ARCHITECTURE.md` is the map.

pub mod apply;
pub mod blueprint;
pub mod cli;
pub mod cloud;
pub mod compile;
pub mod controls;
pub mod guest;
pub mod plan;
pub mod recovery;
pub mod rehearsal;
pub mod report;
pub mod resource;
