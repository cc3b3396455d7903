//! What exists: shelves of things, each with its truth and, for a while after a change, its stale past.

use super::clock::Moment;
use super::random::of_text;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that a shelf keeps under its id.
pub trait Kept: Clone {
    /// The id, unique on its shelf.
    fn id(&self) -> &str;
}

/// One thing on a shelf. Reads may still see what was before the last change until `settles`.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Slot<T> {
    truth: Option<T>,
    #[serde(default = "none", skip_serializing_if = "Option::is_none")]
    stale: Option<Box<Stale<T>>>,
}

fn none<T>() -> Option<T> {
    None
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Stale<T> {
    was: Option<T>,
    settles: Moment,
}

/// One look at the shelves: what is still settling is seen as it is or as it was, by a coin of this look.
#[derive(Debug, Clone, Copy)]
pub struct Glance {
    /// When the look is taken.
    pub now: Moment,
    /// The coin.
    pub seed: u64,
}

/// All things of one kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound = "T: Serialize + serde::de::DeserializeOwned")]
pub struct Shelf<T> {
    slots: BTreeMap<String, Slot<T>>,
}

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self { slots: BTreeMap::new() }
    }
}

impl<T: Kept> Shelf<T> {
    /// Puts a new thing on the shelf; reads are sure to see it only once `settles` has passed.
    pub fn put(&mut self, thing: T, now: Moment, settles: Moment) {
        let id = thing.id().to_owned();
        let was = self.slots.remove(&id).and_then(|slot| slot.truth);
        let stale = (settles > now).then(|| Box::new(Stale { was, settles }));
        self.slots.insert(id, Slot { truth: Some(thing), stale });
    }

    /// What really is.
    pub fn truth(&self, id: &str) -> Option<&T> {
        self.slots.get(id)?.truth.as_ref()
    }

    /// What really is, to be changed at once for all who look: for what the cloud itself does.
    pub fn truth_mut(&mut self, id: &str) -> Option<&mut T> {
        self.slots.get_mut(id)?.truth.as_mut()
    }

    /// What really is, to be changed by a caller: reads may see the old until `settles`.
    pub fn change(&mut self, id: &str, now: Moment, settles: Moment) -> Option<&mut T> {
        let slot = self.slots.get_mut(id)?;
        let truth = slot.truth.as_mut()?;
        if settles > now && slot.stale.as_ref().is_none_or(|stale| stale.settles <= now) {
            slot.stale = Some(Box::new(Stale { was: Some(truth.clone()), settles }));
        }
        Some(truth)
    }

    /// Takes a thing off the shelf; reads may see it until `settles`.
    pub fn remove(&mut self, id: &str, now: Moment, settles: Moment) -> Option<T> {
        let mut slot = self.slots.remove(id)?;
        let truth = slot.truth.take();
        if settles > now && truth.is_some() {
            slot.stale = Some(Box::new(Stale { was: truth.clone(), settles }));
            self.slots.insert(id.to_owned(), slot);
        }
        truth
    }

    /// All that really is, by id.
    pub fn truths(&self) -> impl Iterator<Item = &T> {
        self.slots.values().filter_map(|slot| slot.truth.as_ref())
    }

    /// What a look at one id shows.
    pub fn see(&self, id: &str, glance: Glance) -> Option<&T> {
        self.slots.get(id)?.seen(id, glance)
    }

    /// What a look at everything shows, by id.
    pub fn seen(&self, glance: Glance) -> impl Iterator<Item = &T> {
        self.slots.iter().filter_map(move |(id, slot)| slot.seen(id, glance))
    }

    /// Forgets pasts that nobody can see any more.
    pub fn tidy(&mut self, now: Moment) {
        self.slots.retain(|_, slot| {
            if slot.stale.as_ref().is_some_and(|stale| stale.settles <= now) {
                slot.stale = None;
            }
            slot.truth.is_some() || slot.stale.is_some()
        });
    }
}

impl<T> Slot<T> {
    fn seen(&self, id: &str, glance: Glance) -> Option<&T> {
        match &self.stale {
            Some(stale) if stale.settles > glance.now && of_text(glance.seed, id) & 1 == 0 => stale.was.as_ref(),
            _ => self.truth.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kept for String {
        fn id(&self) -> &str {
            "x"
        }
    }

    #[test]
    fn a_new_thing_may_be_unseen_until_it_settles() {
        let mut shelf = Shelf::default();
        shelf.put("new".to_owned(), Moment(0), Moment(10));
        let sights: Vec<bool> = (0..64).map(|seed| shelf.see("x", Glance { now: Moment(5), seed }).is_some()).collect();
        assert!(sights.contains(&true) && sights.contains(&false));
        assert!((0..64).all(|seed| shelf.see("x", Glance { now: Moment(10), seed }).is_some()));
        assert!(shelf.truth("x").is_some());
    }

    #[test]
    fn a_removed_thing_may_be_seen_until_it_settles() {
        let mut shelf = Shelf::default();
        shelf.put("old".to_owned(), Moment(0), Moment(0));
        shelf.remove("x", Moment(20), Moment(30));
        assert!(shelf.truth("x").is_none());
        assert!((0..64).any(|seed| shelf.see("x", Glance { now: Moment(25), seed }).is_some()));
        shelf.tidy(Moment(30));
        assert!(shelf.slots.is_empty());
    }
}
