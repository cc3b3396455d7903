//! Instances: what they are, how they are launched, read, changed, stopped and ended.

pub mod attribute;
pub mod describe;
pub mod devices;
pub mod launch;
pub mod lifecycle;
pub mod metadata;
pub mod profile;
mod shape;
mod write;

pub use metadata::MetadataOptions;
pub use shape::{Device, Instance, InstanceState};
