//! The store as one JSON document, so that one rehearsal can follow another across processes.

use super::clock::Moment;
use super::cloud::RehearsalCloud;
use super::settings::Settings;
use super::world::World;
use serde::{Deserialize, Serialize};

/// What the document says it is.
const FORMAT: &str = "closedset-rehearsal";
/// The version that is written, and the newest that is read.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    now: Moment,
    settings: Settings,
    world: World,
}

/// What every version has at its head.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// Why a document can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is not a rehearsal's store.
    #[error("this is not a rehearsal cloud's file; nothing was changed in it")]
    NotOurs,
    /// It was written by a newer program.
    #[error(
        "this rehearsal cloud's file has version {found}, and this program reads up to version {VERSION}; use a newer program"
    )]
    Newer {
        /// Its version.
        found: u32,
    },
    /// It is one, but damaged.
    #[error("this rehearsal cloud's file is damaged ({reason}); restore it, or delete it and start anew")]
    Damaged {
        /// What is wrong with it, with line and column.
        reason: String,
    },
}

impl RehearsalCloud {
    /// The store as a document, in UTF-8. Calls and hooks are not part of it.
    ///
    /// # Errors
    /// If it can't be written as JSON, which no store that was made by calls does.
    pub fn save(&self) -> Result<String, serde_json::Error> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let now = inner.clock.now();
        super::settle::settle(&mut inner.world, &inner.settings, now);
        for region in inner.world.regions.values_mut() {
            region.tidy(now);
        }
        inner.world.iam.roles.tidy(now);
        inner.world.iam.instance_profiles.tidy(now);
        #[derive(Serialize)]
        struct Borrowed<'a> {
            format: &'a str,
            version: u32,
            now: Moment,
            settings: &'a Settings,
            world: &'a World,
        }
        let document =
            Borrowed { format: FORMAT, version: VERSION, now, settings: &inner.settings, world: &inner.world };
        serde_json::to_string(&document)
    }

    /// Opens a document: the cloud goes on where it was left, at the same moment. Has to be called where tokio's
    /// time runs.
    ///
    /// # Errors
    /// [`OpenError`], in words for people.
    pub fn open(document: &[u8]) -> Result<Self, OpenError> {
        let head: Head = serde_json::from_slice(document).map_err(|_| OpenError::NotOurs)?;
        if head.format != FORMAT {
            return Err(OpenError::NotOurs);
        }
        if head.version > VERSION {
            return Err(OpenError::Newer { found: head.version });
        }
        let document: Document =
            serde_json::from_slice(document).map_err(|error| OpenError::Damaged { reason: error.to_string() })?;
        Ok(Self::with(document.settings, document.world, document.now))
    }
}
