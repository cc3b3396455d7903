//! The anchor of a ledger: how long it was and how it ended when it was last written, in a file of its own beside it. A
//! chain alone can't show that its last lines are gone, or all of them.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// How far a ledger was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub entries: u64,
    /// The hash of the last line.
    pub head: String,
}

impl Anchor {
    /// Where the anchor of this ledger is.
    pub fn path_for(ledger: &Path) -> PathBuf {
        ledger.with_extension("head")
    }

    /// Reads the anchor of a ledger; none where there is none. One that can't be read says nothing: it is written whole or
    /// not at all, so that only a hand of somebody's has been at it.
    ///
    /// # Errors
    /// Where the file is there and can't be read, or holds something else.
    pub fn read(ledger: &Path) -> std::io::Result<Option<Self>> {
        match std::fs::read(Self::path_for(ledger)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(std::io::Error::from),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts it in the place of the last one, whole or not at all. It comes after the line that it tells of is on the disk:
    /// a crash between the two leaves a ledger that is longer than its anchor, which is whole.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn write(&self, ledger: &Path) -> std::io::Result<()> {
        let path = Self::path_for(ledger);
        let draft = path.with_extension("head.draft");
        let mut file = File::create(&draft)?;
        file.write_all(format!("{}\n", serde_json::to_string(self)?).as_bytes())?;
        file.sync_data()?;
        std::fs::rename(&draft, &path)
    }
}
