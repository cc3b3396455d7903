//! When a change of a setting is felt.

use std::fmt;

/// When a setting that was written takes effect, the soonest first.
///
/// The server's own contexts are `custom`, `connection`, `session` and `server`. Source: Amazon DCV administrator guide,
/// "Amazon DCV Server parameter reference".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TakesEffect {
    /// Within seconds, also for those who are connected.
    Live,
    /// For whoever connects next.
    NextConnection,
    /// For sessions that are made from now on.
    NextSession,
    /// Once the streaming server was started again, which ends its sessions.
    ServiceRestart,
    /// With a new seat.
    Replace,
}

impl TakesEffect {
    /// Every moment, the soonest first.
    pub const ALL: &'static [Self] =
        &[Self::Live, Self::NextConnection, Self::NextSession, Self::ServiceRestart, Self::Replace];

    /// In words, to follow "takes effect".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Live => "at once",
            Self::NextConnection => "with the next connection",
            Self::NextSession => "with the next session",
            Self::ServiceRestart => "when the streaming server starts again",
            Self::Replace => "when the seat is replaced",
        }
    }
}

impl fmt::Display for TakesEffect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}
