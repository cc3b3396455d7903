//! What happens during an apply, for whoever listens: progress on a terminal, lines in a pipe, JSON events, the ledger.

use std::time::Duration;

use crate::cloud::{CloudError, Made};
use crate::plan::{Operation, Operations};
use crate::resource::Address;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// Everything is known, nothing has been called.
    Began {
        operations: &'a Operations,
    },
    Started {
        operation: &'a Operation,
    },
    /// A launch brought seats up: which, with their instance ids and types.
    Launched {
        operation: &'a Operation,
        seats: &'a [(Address, String)],
        instance_type: &'a str,
        zone: &'a str,
        /// What CloudTrail knows the launch by.
        requests: &'a [Made],
    },
    /// A launch found no capacity and goes on to the next type or zone.
    FellThrough {
        operation: &'a Operation,
        instance_type: &'a str,
        zone: &'a str,
        error: &'a CloudError,
    },
    /// Some of a step's seats are there.
    Arrived {
        operation: &'a Operation,
        seats: &'a [Address],
        /// The volumes that came with them, with their ids.
        volumes: &'a [(Address, String)],
    },
    Succeeded {
        operation: &'a Operation,
        took: Duration,
        id: Option<&'a str>,
        /// What CloudTrail knows it by; nothing where it only looked.
        requests: &'a [Made],
    },
    Failed {
        operation: &'a Operation,
        error: &'a CloudError,
    },
    /// Not started, because something that it needs failed, or because the run was interrupted.
    Skipped {
        operation: &'a Operation,
        because: &'a str,
    },
    /// The first signal: nothing new is started. The second: what is in flight is dropped.
    Interrupted {
        times: u32,
    },
    Ended,
}

/// Whoever wants to know. Called from the one thread that applies; must not block for long.
pub trait Listener {
    fn on_event(&mut self, event: &Event<'_>);
}

impl Listener for () {
    fn on_event(&mut self, _event: &Event<'_>) {}
}

impl<A: Listener, B: Listener> Listener for (A, B) {
    fn on_event(&mut self, event: &Event<'_>) {
        self.0.on_event(event);
        self.1.on_event(event);
    }
}

impl<L: Listener + ?Sized> Listener for &mut L {
    fn on_event(&mut self, event: &Event<'_>) {
        (**self).on_event(event);
    }
}
