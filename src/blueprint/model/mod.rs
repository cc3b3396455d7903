//! The typed blueprint: what every later room reads. No syntax is left in it: names are resolved, defaults
//! are applied, networks are cut.
//!
//! A [`Spanned`](super::Spanned) value that took its default bears the place of its block's label.

use std::collections::BTreeSet;

mod access;
mod desk;
mod moved;
mod name;
mod network;
mod pool;
mod production;
mod recovery;
mod scalar;
mod schedule;
mod tags;
pub(in crate::blueprint) mod words;

pub use access::{Artist, Attestation, Exception};
pub use desk::{Display, Image, ImageSource, Lockdown, Resolution};
pub use name::{BlockKind, BlockRef, Labelled, Name};
pub use network::{Cut, Flow, FlowLogs, Network, Peer, Port, PrefixEntry, PrefixList, Segment, SegmentRef, Subnet};
pub use pool::{Bootstrap, MaxUnavailable, Mount, Volume, VolumeName, WorkstationPool};
pub use production::{Contacts, Key, Output, Production};
pub use recovery::{Backup, Copy, Lock};
pub use scalar::{AccountId, Arn, ControlId, Digest, EndpointService, InstanceType, Region, Schedule, Zone};
pub use tags::Tags;
pub use words::{
    Audit, Color, ContentClass, LockMode, Os, Platform, Profile, Protocol, Severity, Tier, Transfer, Transport, Usb,
    VolumeType,
};

/// A calendar day in UTC.
pub type Date = jiff::civil::Date;

/// A whole blueprint that has passed every check of this room.
///
/// Blocks stand in the order of their declaration (files sorted by name).
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// The version of the language; 1 is the only one.
    pub version: u32,
    pub production: Production,
    pub keys: Vec<Key>,
    pub networks: Vec<Network>,
    pub prefix_lists: Vec<PrefixList>,
    pub images: Vec<Image>,
    pub lockdowns: Vec<Lockdown>,
    pub displays: Vec<Display>,
    pub pools: Vec<WorkstationPool>,
    pub artists: Vec<Artist>,
    pub backups: Vec<Backup>,
    pub exceptions: Vec<Exception>,
    pub attestations: Vec<Attestation>,
    pub outputs: Vec<Output>,
    /// The texts in it that came from sensitive variables: nothing that is shown holds them.
    pub hidden: BTreeSet<String>,
}

impl Blueprint {
    /// The block of that name; always there in a blueprint that passed its checks.
    pub fn get<T: Labelled>(&self, name: &Name<T>) -> Option<&T> {
        T::all(self).iter().find(|block| block.name() == name)
    }

    /// The segment that a reference names.
    pub fn segment(&self, at: &SegmentRef) -> Option<&Segment> {
        self.get(&at.network)?.segment(&at.segment)
    }

    /// The pools whose seats stand in that segment.
    pub fn pools_in<'a>(&'a self, at: &'a SegmentRef) -> impl Iterator<Item = &'a WorkstationPool> {
        self.pools.iter().filter(move |pool| pool.segment.value == *at)
    }

    /// What a pool's seats are tagged with: the production's tags, then the pool's.
    pub fn tags_of(&self, pool: &WorkstationPool) -> Tags {
        self.production.tags.merged(&pool.tags)
    }

    /// What a volume is tagged with: the production's tags, then its pool's, then its own.
    pub fn volume_tags_of(&self, pool: &WorkstationPool, volume: &Volume) -> Tags {
        self.tags_of(pool).merged(&volume.tags)
    }

    /// The name prefix of a pool's computers: its own, or `<production>-<pool>`.
    pub fn name_prefix_of(&self, pool: &WorkstationPool) -> String {
        match &pool.name_prefix {
            Some(prefix) => prefix.value.clone(),
            None => format!("{}-{}", self.production.alias, pool.name),
        }
    }

    /// A seat's computer name: `<prefix>-<NNN>`.
    pub fn computer_name(&self, pool: &WorkstationPool, seat: u32) -> String {
        format!("{}-{seat:03}", self.name_prefix_of(pool))
    }
}
