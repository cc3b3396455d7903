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
