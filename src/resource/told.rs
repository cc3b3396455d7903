//! What a seat tells of itself, from inside.

use serde::{Deserialize, Serialize};

/// How far a seat is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// It is being set up: nobody can sit there yet.
    Preparing,
    /// All steps are done, and the streaming server runs.
    Ready,
    /// A step failed, and nobody can sit there. The steps that failed, each with its reason, such as
    /// `gpu: the GPU of p9.48xlarge is not known`.
    Failed(String),
}

/// What a seat told last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub readiness: Readiness,
    /// When, in UTC, as RFC 3339 writes it.
    pub at: String,
    /// What is set in it; none where it didn't say, or not so that it can be read.
    #[serde(default)]
    pub settings: Option<ToldSettings>,
}

/// What is set in a seat, in the words of its files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldSettings {
    /// Whether it is a Windows seat.
    pub windows: bool,
    /// The streaming server's settings: lines of `[section]` and `key=value`, from its file or from the registry.
    pub streaming: String,
    /// Its permission file.
    pub permissions: String,
    /// Its list of USB devices.
    pub devices: String,
    /// Lines of `what=how`.
    pub host: String,
}

impl Readiness {
    /// The state by the word that the seat gives it; none for another word.
    pub fn of(state: &str, words: &str) -> Option<Self> {
        match state {
            "preparing" => Some(Self::Preparing),
            "ready" => Some(Self::Ready),
            "failed" => Some(Self::Failed(words.to_owned())),
            _ => None,
        }
    }

    /// The word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Ready => "ready",
            Self::Failed(_) => "failed",
        }
    }
}
