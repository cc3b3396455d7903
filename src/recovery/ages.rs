//! How old the newest recovery point of a seat is, against what was promised.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Points;
use crate::resource::{Address, Desired};

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

/// The age of a seat's newest usable recovery point; none where no `backup` block takes any of its volumes in.
pub fn age(desired: &Desired, points: &Points, seat: &Address, now: Timestamp) -> Option<Age> {
    let kept = desired.kept_of(seat.slot()?.0).filter(|kept| !kept.volumes.is_empty())?;
    let newest = points.newest_usable(seat, None);
    let age = newest.map(|point| now.duration_since(point.taken).max(SignedDuration::ZERO));
    let within = |promise: u32| age.is_some_and(|age| age <= SignedDuration::from_hours(i64::from(promise)));
    Some(Age {
        newest: newest.map(|point| point.taken.to_string()),
        age_hours: age.map(|age| (age.as_secs_f64() / 360.0).round() / 10.0),
        rpo_hours: kept.rpo_hours,
        in_time: kept.rpo_hours.map(within),
    })
}
