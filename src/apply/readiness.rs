//! Waiting until seats say that they are ready. It changes nothing: what was made stays whatever comes of it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::Signals;
use crate::cloud::{Cloud, CloudError};
use crate::resource::{Address, Desired, Readiness, Told};

/// How long a seat may say nothing at all. Its script says something within the first minutes; a Windows that comes from
/// sysprep starts twice before that.
const SILENCE: Duration = Duration::from_secs(15 * 60);

/// How long a seat that said that it is being set up may take: a studio's own installations go into it.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Waits between looks: often in the first minute.
const FIRST_WAITS: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(5));
const LATER_WAITS: Duration = Duration::from_secs(15);

/// Looks that may fail one after the other, once one has succeeded.
const FAILED_LOOKS: usize = 5;

/// What came of the waiting.
#[derive(Debug, Clone, Default)]
pub struct Awaited {
    pub ready: BTreeSet<Address>,
    /// With the steps that failed and why.
    pub failed: BTreeMap<Address, String>,
    /// Said nothing in a quarter of an hour.
    pub silent: BTreeSet<Address>,
    /// Still being set up after an hour.
    pub late: BTreeSet<Address>,
    /// Can't say anything: their network has no endpoint for Systems Manager. They were not waited for.
    pub unheard: BTreeSet<Address>,
    /// Why it could not be read what seats say. Nothing is known of those that are in none of the lists then.
    pub unreadable: Option<CloudError>,
    /// Whether a signal ended the waiting.
    pub interrupted: bool,
    /// What each seat told last, by instance id.
    pub told: BTreeMap<String, Told>,
}

impl Awaited {
    /// Whether a seat is known not to be ready.
    pub fn has_unready(&self) -> bool {
        !(self.failed.is_empty() && self.silent.is_empty() && self.late.is_empty())
    }

    /// How many seats are settled one way or the other.
    pub fn settled(&self) -> usize {
        self.ready.len() + self.failed.len() + self.silent.len() + self.late.len()
    }

    fn is_settled(&self, seat: &Address) -> bool {
        self.ready.contains(seat)
            || self.failed.contains_key(seat)
            || self.silent.contains(seat)
            || self.late.contains(seat)
    }
}

/// Waits for these seats, by address with their instance ids, and shows `tell` what is known after each look that
/// brought something new. `before`: when the seats that were started again told something last before that, by instance
/// id; it doesn't count.
pub async fn await_ready(
    cloud: &Cloud,
    desired: &Desired,
    seats: &BTreeMap<Address, String>,
    before: &BTreeMap<String, String>,
    mut signals: Signals,
    tell: &mut dyn FnMut(&Awaited),
) -> Awaited {
    let mut awaited = Awaited::default();
    let (heard, unheard): (BTreeMap<_, _>, BTreeMap<_, _>) =
        seats.iter().partition(|(seat, _)| desired.can_be_heard(seat));
    awaited.unheard = unheard.into_keys().cloned().collect();
    let mut preparing: BTreeSet<&Address> = BTreeSet::new();
    let (mut looked, mut failed_looks) = (false, 0);
    let start = Instant::now();
    while awaited.settled() < heard.len() {
        let settled = awaited.settled();
        match cloud.told_by_seats(&desired.production).await {
            Ok(told) => {
                (looked, failed_looks) = (true, 0);
                awaited.told = told;
            }
            Err(error) if !looked || failed_looks >= FAILED_LOOKS => {
                awaited.unreadable = Some(error);
                return awaited;
            }
            Err(_) => failed_looks += 1,
        }
        let waited = start.elapsed();
        for (seat, id) in &heard {
            if awaited.is_settled(seat) {
                continue;
            }
            let anew = awaited.told.get(*id).filter(|told| before.get(*id) != Some(&told.at));
            match anew.map(|told| &told.readiness) {
                Some(Readiness::Ready) => {
                    awaited.ready.insert((*seat).clone());
                }
                Some(Readiness::Failed(words)) => {
                    awaited.failed.insert((*seat).clone(), words.clone());
                }
                Some(Readiness::Preparing) => {
                    preparing.insert(seat);
                    if waited >= PATIENCE {
                        awaited.late.insert((*seat).clone());
                    }
                }
                None if waited >= SILENCE => {
                    awaited.silent.insert((*seat).clone());
                }
                None => {}
            }
        }
        if awaited.settled() > settled {
            tell(&awaited);
        }
        if awaited.settled() == heard.len() {
            break;
        }
        let wait = if waited < FIRST_WAITS.0 { FIRST_WAITS.1 } else { LATER_WAITS };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = signals.changed() => {
                if changed.is_ok() {
                    awaited.interrupted = true;
                    return awaited;
                }
                // Nobody can send a signal any more.
                tokio::time::sleep(wait).await;
            }
        }
    }
    awaited
}
