//! EBS volumes: what they are, how they come, are attached, change and go.

pub mod attachment;
pub mod lifecycle;
pub mod modification;
pub mod rules;
mod shape;

pub use lifecycle::ACTIONS;
pub use shape::{Attachment, Modification, Volume, VolumeState};
