//! The time that goes into live marks, told by whoever runs the program: the cloud itself tells none, and a rehearsal has
//! its own.

use std::fmt;
use std::sync::OnceLock;

use super::Cloud;

/// What tells the time; nothing before it is set.
#[derive(Default)]
pub struct Clock(OnceLock<Box<dyn Fn() -> String + Send + Sync>>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl Cloud {
    /// From now on, live marks say when they were made: `clock` tells UTC as RFC 3339 writes it. The first one stays.
    pub fn keep_time(&self, clock: impl Fn() -> String + Send + Sync + 'static) {
        let _ = self.clock.0.set(Box::new(clock));
    }

    /// The time, where anybody tells it.
    pub(super) fn time(&self) -> Option<String> {
        self.clock.0.get().map(|clock| clock())
    }
}
