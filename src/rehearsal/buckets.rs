//! Token buckets: how many calls, and how many things, an account may ask for.

use super::clock::Moment;
use super::physics::throttle::Rate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Level {
    tokens: f64,
    at: Moment,
}

/// All buckets of one account in one Region; each starts full.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Buckets {
    levels: BTreeMap<String, Level>,
}

impl Buckets {
    /// Takes `count` tokens, or none at all if there are not so many.
    pub fn take(&mut self, name: &str, rate: Rate, count: f64, now: Moment) -> bool {
        let level = self.level(name, rate, now);
        // A thousandth of a token forgives what floating point loses in refilling.
        if level.tokens + 0.001 < count {
            return false;
        }
        level.tokens -= count;
        true
    }

    /// Takes `count` tokens even if that puts the bucket into debt; answers how many milliseconds
    /// pass until the debt is paid. For what AWS paces instead of refusing.
    pub fn borrow(&mut self, name: &str, rate: Rate, count: f64, now: Moment) -> u64 {
        let level = self.level(name, rate, now);
        level.tokens -= count;
        if level.tokens >= 0.0 || rate.refill <= 0.0 { 0 } else { (-level.tokens / rate.refill * 1000.0).ceil() as u64 }
    }

    fn level(&mut self, name: &str, rate: Rate, now: Moment) -> &mut Level {
        let level = self.levels.entry(name.to_owned()).or_insert(Level { tokens: rate.capacity, at: now });
        let refilled = level.tokens + now.since(level.at) as f64 / 1000.0 * rate.refill;
        level.tokens = refilled.min(rate.capacity);
        level.at = now;
        level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { capacity: 5.0, refill: 2.0 };

    #[test]
    fn a_bucket_bursts_and_then_refills() {
        let mut buckets = Buckets::default();
        assert!((0..5).all(|_| buckets.take("RunInstances", RATE, 1.0, Moment(0))));
        assert!(!buckets.take("RunInstances", RATE, 1.0, Moment(0)));
        assert!(!buckets.take("RunInstances", RATE, 1.0, Moment(499)));
        assert!(buckets.take("RunInstances", RATE, 1.0, Moment(500)));
    }

    #[test]
    fn debt_tells_how_long_it_lasts() {
        let mut buckets = Buckets::default();
        assert_eq!(buckets.borrow("CreateGrant", RATE, 5.0, Moment(0)), 0);
        assert_eq!(buckets.borrow("CreateGrant", RATE, 4.0, Moment(0)), 2000);
    }
}
