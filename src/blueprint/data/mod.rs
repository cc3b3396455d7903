//! Facts from outside that a blueprint is held against, as data with their sources.

pub mod controls;
pub mod ebs;
pub mod gpu;
pub mod logs;
pub mod network;
pub mod regions;
pub mod weakenings;
