//! What is still going to happen: the cloud's own doings, in the order of their time.

use super::clock::Moment;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something that the cloud does by itself. Each carries the id of what it happens to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// *pending* → *running*.
    InstanceRuns(String),
    /// *pending* → *terminated*, for the reason kept with the instance.
    InstanceFails(String),
    /// *stopping* → *stopped*.
    InstanceStops(String),
    /// *shutting-down* → *terminated*.
    InstanceEnds(String),
    /// A terminated instance is no longer listed.
    InstanceForgotten(String),
    /// An interface that outlived its owner goes.
    InterfaceGone(String),
    /// *creating* → *available*.
    VolumeReady(String),
    /// *creating* → gone without a word, for want of its key.
    VolumeVanishes(String),
    /// *attaching* → *attached*.
    VolumeAttached(String),
    /// *detaching* → *available*.
    VolumeDetached(String),
    /// *deleting* → gone.
    VolumeGone(String),
    /// *modifying* → *optimizing*.
    VolumeOptimizes(String),
    /// *optimizing* → *completed*.
    VolumeModified(String),
    /// *pending* → *completed*.
    SnapshotCompletes(String),
    /// *pending* → *available*.
    EndpointAvailable(String),
    /// *deleting* → gone.
    EndpointGone(String),
    /// *…-in-progress* → *…-complete*.
    PrefixListSettles(String),
    /// *associating* → *associated*, or *disassociating* → gone.
    ProfileSettles(String),
    /// *PendingDeletion* → gone.
    KeyGone(String),
}

/// All events that are still to come.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Agenda {
    events: BTreeMap<Moment, Vec<Event>>,
}

impl Agenda {
    /// Notes an event.
    pub fn add(&mut self, at: Moment, event: Event) {
        self.events.entry(at).or_default().push(event);
    }

    /// Takes the earliest events that are due, with their time.
    pub fn due(&mut self, now: Moment) -> Option<(Moment, Vec<Event>)> {
        let entry = self.events.first_entry().filter(|entry| *entry.key() <= now)?;
        Some(entry.remove_entry())
    }

    /// When the next event is.
    pub fn next(&self) -> Option<Moment> {
        self.events.keys().next().copied()
    }
}
