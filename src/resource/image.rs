//! The image that a pool's seats start from: made elsewhere, only looked up here.

use serde::{Deserialize, Serialize};

/// How a blueprint names an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageSource {
    /// An AMI id.
    Id(String),
    /// A parameter of Systems Manager that holds an AMI id.
    Parameter(String),
    /// The newest of these owners whose name matches (`*` and `?`).
    Lookup { owners: Vec<String>, name: String },
}

/// What an image is, as far as a launch needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageFacts {
    /// AMI id.
    pub id: String,
    /// Device name of its root volume, which a launch must repeat to set the volume's size and key.
    pub root_device: String,
    /// Size of its root snapshot, GiB; a root volume can't be smaller. None where it isn't told.
    pub root_size_gib: Option<u32>,
    pub windows: bool,
    /// `x86_64` or `arm64`.
    pub architecture: String,
}
