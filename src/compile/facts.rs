//! What the compiler has to be told about the world.

use std::collections::BTreeMap;

use crate::resource::{ImageFacts, ImageSource};

/// What only the cloud, or the clock, knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Twelve digits. Without a cloud (`plan --offline`): the blueprint's, or zeros.
    pub account: String,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    pub region: String,
    /// Images by the way the blueprint names them. One that is missing here doesn't exist, or couldn't be looked up.
    pub images: BTreeMap<ImageSource, ImageFacts>,
    /// The devices at which the live seats of a pool hold their data volumes, by pool and volume: a disk keeps its place
    /// wherever its block stands.
    pub devices: BTreeMap<String, BTreeMap<String, String>>,
    /// Whether there is a cloud to ask: without one, images are taken on trust.
    pub offline: bool,
}
