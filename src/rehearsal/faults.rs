//! What goes wrong, and how often.

use super::physics::times::Span;
use super::random::Dice;
use serde::{Deserialize, Serialize};

/// How much goes wrong. Rates, quotas, dependencies and times hold in all three.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Faults {
    /// Nothing: every answer arrives, every read is up to date.
    #[default]
    None,
    /// A day like others.
    Typical,
    /// A day that one tells of for years.
    Hostile,
}

/// What the transport reports instead of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// No connection was made; nothing was carried out.
    #[error("the connection was refused")]
    ConnectionRefused,
    /// The connection broke before an answer came; the request may have been carried out or not.
    #[error("the connection was reset before an answer came")]
    ConnectionReset,
    /// The answer never came; the request may have been carried out or not.
    #[error("no answer came in time")]
    NoAnswer,
}

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mishap {
    /// No connection.
    Refused,
    /// Reset before the request was carried out.
    ResetBefore,
    /// Carried out, and reset after it.
    ResetAfter,
    /// Carried out, and the answer lost.
    AnswerLost,
    /// Carried out, and the answer damaged on the way.
    Garbage,
    /// A server's error; nothing was carried out.
    Unavailable,
    /// Throttled although the bucket is not empty, as an organisation's shared limits do.
    Throttled,
    /// Carried out twice, where that can do no harm by AWS's own rules.
    Twice,
}

/// Chances in parts of a million, times in milliseconds. All of it is the rehearsal's own choice:
/// AWS publishes no failure rates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Odds {
    mishaps: &'static [(Mishap, u32)],
    /// How often an answer is late, and by how much.
    late: (u32, Span),
    /// How often a change is seen late, and how late.
    lag: (u32, Span),
    /// No page has more entries than this.
    pub page: usize,
    /// How often a launch finds no capacity although none was configured.
    pub no_capacity: u32,
    /// How often a launch that may be filled in part is.
    pub partial_fill: u32,
    /// How often an instance fails after its launch was answered.
    pub failed_launch: u32,
    /// Whether a long backlog of KMS grants fails launches instead of delaying them.
    pub impatient_grants: bool,
}

const NONE: Odds = Odds {
    mishaps: &[],
    late: (0, Span { from: 0, to: 0 }),
    lag: (0, Span { from: 0, to: 0 }),
    page: usize::MAX,
    no_capacity: 0,
    partial_fill: 0,
    failed_launch: 0,
    impatient_grants: false,
};

const TYPICAL: Odds = Odds {
    mishaps: &[
        (Mishap::Refused, 1_000),
        (Mishap::ResetBefore, 1_000),
        (Mishap::ResetAfter, 1_000),
        (Mishap::AnswerLost, 2_000),
        (Mishap::Garbage, 200),
        (Mishap::Unavailable, 2_000),
        (Mishap::Throttled, 5_000),
        (Mishap::Twice, 1_000),
    ],
    late: (20_000, Span { from: 500, to: 4_000 }),
    lag: (200_000, Span { from: 200, to: 3_000 }),
    page: 200,
    no_capacity: 10_000,
    partial_fill: 20_000,
    failed_launch: 500,
    impatient_grants: false,
};

const HOSTILE: Odds = Odds {
    mishaps: &[
        (Mishap::Refused, 15_000),
        (Mishap::ResetBefore, 20_000),
        (Mishap::ResetAfter, 20_000),
        (Mishap::AnswerLost, 25_000),
        (Mishap::Garbage, 10_000),
        (Mishap::Unavailable, 20_000),
        (Mishap::Throttled, 60_000),
        (Mishap::Twice, 30_000),
    ],
    late: (100_000, Span { from: 1_000, to: 20_000 }),
    lag: (600_000, Span { from: 500, to: 15_000 }),
    page: 7,
    no_capacity: 150_000,
    partial_fill: 200_000,
    failed_launch: 20_000,
    impatient_grants: true,
};

impl Faults {
    pub(super) fn odds(self) -> &'static Odds {
        match self {
            Faults::None => &NONE,
            Faults::Typical => &TYPICAL,
            Faults::Hostile => &HOSTILE,
        }
    }
}

impl Odds {
    /// What goes wrong with the next call.
    pub(super) fn mishap(&self, dice: &mut Dice) -> Option<Mishap> {
        let mut draw = dice.below(1_000_000);
        for (mishap, parts) in self.mishaps {
            match draw.checked_sub(u64::from(*parts)) {
                None => return Some(*mishap),
                Some(rest) => draw = rest,
            }
        }
        None
    }

    /// Milliseconds by which the next answer is late.
    pub(super) fn delay(&self, dice: &mut Dice) -> u64 {
        drawn(self.late, dice)
    }

    /// Milliseconds for which the next change may be unseen.
    pub(super) fn lag(&self, dice: &mut Dice) -> u64 {
        drawn(self.lag, dice)
    }
}

fn drawn((parts, span): (u32, Span), dice: &mut Dice) -> u64 {
    if parts > 0 && dice.chance(parts) { dice.between(span.from, span.to) } else { 0 }
}
