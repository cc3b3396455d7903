//! Time in the rehearsal: tokio's clock (virtual when it is paused), and a wall clock that starts at a fixed date.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// The wall clock's start, in milliseconds since 1970: 2026-01-05T09:00:00Z, a Monday morning.
/// It is fixed, so that two runs of one seed give the same bytes.
const WALL_START_MS: i64 = 1_767_603_600_000;

/// A point in the rehearsal's time, in milliseconds since its start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment(pub u64);

impl Moment {
    /// So many milliseconds later.
    #[must_use]
    pub fn after(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from an earlier moment to this one; 0 if that one is later.
    pub fn since(self, earlier: Moment) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Milliseconds since 1970.
    pub fn unix_ms(self) -> i64 {
        WALL_START_MS.saturating_add(i64::try_from(self.0).unwrap_or(i64::MAX))
    }

    /// Seconds since 1970, as the JSON services write time.
    pub fn unix_seconds(self) -> f64 {
        self.unix_ms() as f64 / 1000.0
    }

    /// `2026-01-05T09:00:00.000Z`, as the XML services write time.
    pub fn iso(self) -> String {
        match Timestamp::from_millisecond(self.unix_ms()) {
            Ok(timestamp) => format!("{timestamp:.3}"),
            Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
        }
    }
}

/// Tells the moment: tokio's clock from where the store left off.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    offset: Moment,
}

impl Clock {
    /// A clock that shows `offset` now.
    pub fn starting_at(offset: Moment) -> Self {
        Self { started: Instant::now(), offset }
    }

    /// The moment now.
    pub fn now(&self) -> Moment {
        self.offset.after(u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn virtual_time_passes_only_by_sleeping() {
        let clock = Clock::starting_at(Moment(5));
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        assert_eq!(clock.now(), Moment(60_005));
        assert_eq!(clock.now().iso(), "2026-01-05T09:01:00.005Z");
    }
}
