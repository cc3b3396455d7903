//! Where the seats of a pool write what happened on them.

use super::compiler::Compiler;
use super::place::Place;
use crate::blueprint::model::WorkstationPool;
use crate::resource::{Address, LogGroup};

/// Days for which a seat's logs are kept. Source: MPA Content Security Best Practices 5.3.1, TS-1.5: a year.
const RETENTION_DAYS: u32 = 365;

/// The name of a pool's log group: below the path that the pool's role may write to.
pub(super) fn guest_log_group(place: &Place<'_>, pool: &WorkstationPool) -> String {
    format!("{}workstations/{}/guest", place.log_path(), pool.name)
}

impl Compiler<'_> {
    /// The log group of a pool, which its seats ship their logs to.
    pub(super) fn guest_logs(&mut self, pool: &WorkstationPool) {
        let group = LogGroup {
            name: guest_log_group(&self.place(), pool),
            retention_days: Some(RETENTION_DAYS),
            key: Some(Address::new(format!("key.{}", self.blueprint.production.key))),
        };
        self.add(Address::new(format!("workstation_pool.{}.log_group", pool.name)), pool.name.span, group);
    }
}
