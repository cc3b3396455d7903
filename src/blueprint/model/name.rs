//! Names of blocks, and references to them.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use super::{
    Artist, Attestation, Backup, Blueprint, Display, Exception, Image, Key, Lockdown, Network, Output, PrefixList,
    WorkstationPool, words::words,
};

/// The label of a block of the type `T`: a reference to it once resolved.
pub struct Name<T> {
    label: String,
    of: PhantomData<fn() -> T>,
}

impl<T> Name<T> {
    pub fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), of: PhantomData }
    }

    pub fn as_str(&self) -> &str {
        &self.label
    }
}

// Written out, because deriving would ask the same of `T`.
impl<T> Clone for Name<T> {
    fn clone(&self) -> Self {
        Self::new(self.label.clone())
    }
}

impl<T> PartialEq for Name<T> {
    fn eq(&self, other: &Self) -> bool {
        self.label == other.label
    }
}

impl<T> Eq for Name<T> {}

impl<T> PartialOrd for Name<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Name<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.label.cmp(&other.label)
    }
}

impl<T> Hash for Name<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.label.hash(state);
    }
}

impl<T> fmt::Debug for Name<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.label, f)
    }
}

impl<T> fmt::Display for Name<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

words! {
    /// The types of block that bear a label.
    pub enum BlockKind {
        Production = "production",
        Key = "key",
        Network = "network",
        PrefixList = "prefix_list",
        Image = "image",
        Lockdown = "lockdown",
        Display = "display",
        WorkstationPool = "workstation_pool",
        Artist = "artist",
        Backup = "backup",
        Exception = "exception",
        Attestation = "attestation",
        Output = "output",
    }
}

/// A reference to any block, as an exception's scope holds it: `workstation_pool.comp`, `network.main.edge`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockRef {
    pub kind: BlockKind,
    pub label: String,
    /// The label of a block within it, such as a network's segment.
    pub part: Option<String>,
}

impl BlockRef {
    pub fn new(kind: BlockKind, label: impl Into<String>) -> Self {
        Self { kind, label: label.into(), part: None }
    }

    #[must_use]
    pub fn part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }

    /// Whether what this names is `other` or holds it.
    pub fn holds(&self, other: &Self) -> bool {
        self.kind == other.kind && self.label == other.label && (self.part.is_none() || self.part == other.part)
    }
}

impl fmt::Display for BlockRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind, self.label)?;
        match &self.part {
            Some(part) => write!(f, ".{part}"),
            None => Ok(()),
        }
    }
}

/// A block type of which a blueprint holds a list, each with a label.
pub trait Labelled: Sized + 'static {
    const KIND: BlockKind;

    fn all(blueprint: &Blueprint) -> &[Self];

    fn name(&self) -> &Name<Self>;

    /// The reference to this block.
    fn reference(&self) -> BlockRef {
        BlockRef::new(Self::KIND, self.name().as_str())
    }
}

macro_rules! labelled {
    ($($type:ident in $list:ident),* $(,)?) => {$(
        impl Labelled for $type {
            const KIND: BlockKind = BlockKind::$type;

            fn all(blueprint: &Blueprint) -> &[Self] {
                &blueprint.$list
            }

            fn name(&self) -> &Name<Self> {
                &self.name.value
            }
        }
    )*};
}

labelled! {
    Key in keys,
    Network in networks,
    PrefixList in prefix_lists,
    Image in images,
    Lockdown in lockdowns,
    Display in displays,
    WorkstationPool in pools,
    Artist in artists,
    Backup in backups,
    Exception in exceptions,
    Attestation in attestations,
    Output in outputs,
}
