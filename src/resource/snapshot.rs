//! Snapshots of volumes: what recovery points are made of. They are read where they are asked for, not with every plan,
//! for a floor has many times more of them than of anything else.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Address;

/// How far a snapshot is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state", content = "detail")]
pub enum Progress {
    /// Volumes can be made of it.
    Completed,
    /// On its way: how far, in the service's words, such as `43%`.
    Pending(String),
    /// It will never be complete; the service's reason.
    Failed(String),
}

/// One snapshot that bears the production's mark, by what its own tags say: they alone are enough to build again what it
/// was taken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// `snap-…`.
    pub id: String,
    /// The seat whose volume it was taken of.
    pub seat: Address,
    /// The volume's name in its seat.
    pub volume: String,
    /// The run of `backup now` that took it.
    pub run: String,
    /// The names of all volumes that were taken at the same moment.
    pub together: BTreeSet<String>,
    /// When, as the service says it: UTC, RFC 3339.
    pub taken: String,
    /// GiB of the volume; a volume made of it can't be smaller.
    pub size_gib: u32,
    pub progress: Progress,
    /// The ARN of the key that it is encrypted under; none where it isn't.
    pub key: Option<String>,
    /// The last day that it is to be kept, where it says so.
    pub until: Option<String>,
    /// The last day that it is to be kept beyond its production's end, where a wrap said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_until: Option<String>,
}

impl Snapshot {
    /// Whether this is the same content as another, under this key, complete or on its way to be.
    pub fn is_copy_of(&self, original: &Self, key: &str) -> bool {
        let same = (&self.seat, &self.run, &self.volume) == (&original.seat, &original.run, &original.volume);
        same && self.id != original.id
            && self.key.as_deref() == Some(key)
            && !matches!(self.progress, Progress::Failed(_))
    }
}
