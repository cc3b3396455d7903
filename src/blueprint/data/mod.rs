//! Facts from outside that a blueprint is held against, as data with their sources.

pub mod ebs;
