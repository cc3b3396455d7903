//! How old the newest recovery points are, seat by seat, as a look at every region that they lie in found.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Address;

/// A seat's newest usable recovery point.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Age {
    /// When it was taken: UTC, RFC 3339; none where there is none.
    pub newest: Option<String>,
    /// Hours since then, to a tenth.
    pub age_hours: Option<f64>,
    /// The promise; none where the blueprint gives none.
    pub rpo_hours: Option<u32>,
    /// Whether no more than was promised would be lost now; none where nothing was promised.
    pub in_time: Option<bool>,
}

impl fmt::Display for Age {
    /// `2.5 h`, `3 days`, `never`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.age_hours {
            Some(hours) if hours < 48.0 => write!(f, "{hours:.1} h"),
            Some(hours) => write!(f, "{:.0} days", (hours / 24.0).floor()),
            None => f.write_str("never"),
        }
    }
}

/// The ages that one region shows, by seat; where it could not be read, why.
pub type AgesThere = Result<BTreeMap<Address, Age>, String>;

/// The ages of all seats that are kept safe, in each region that recovery points lie in.
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryAges {
    /// In the production's own region.
    pub here: AgesThere,
    /// In the regions that copies go to, each with the seats whose copies go there.
    pub copies: BTreeMap<String, AgesThere>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_said_in_hours_then_in_whole_days() {
        let age = |age_hours| Age { newest: None, age_hours, rpo_hours: Some(24), in_time: None }.to_string();
        assert_eq!(age(Some(0.0)), "0.0 h");
        assert_eq!(age(Some(30.1)), "30.1 h");
        assert_eq!(age(Some(95.9)), "3 days");
        assert_eq!(age(None), "never");
    }
}
