//! How long a session may last.

use crate::blueprint::model::Lockdown;

/// The limits of one session. The streaming server ends an idle connection by itself; that a session has an end at all is
/// watched by the seat, for the server knows no such setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// Minutes without input after which the connection ends and the screen is locked.
    pub idle_minutes: u32,
    /// Hours after which the session ends whatever happens in it.
    pub max_hours: u32,
}

impl SessionLimits {
    pub(super) fn of(lockdown: &Lockdown) -> Self {
        Self { idle_minutes: lockdown.idle_minutes.value, max_hours: lockdown.max_hours.value }
    }
}
