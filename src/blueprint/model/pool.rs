//! Pools of workstations: seats, volumes, bootstrap and how they roll.

use std::collections::BTreeMap;
use std::fmt;

use super::{Arn, Display, Image, InstanceType, Key, Lockdown, Name, SegmentRef, Tags, VolumeType};
use crate::blueprint::Spanned;
use crate::blueprint::data::ebs;

/// So many workstations of one kind. Seats are numbered from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkstationPool {
    pub name: Spanned<Name<WorkstationPool>>,
    /// At least 1.
    pub seats: Spanned<u32>,
    pub image: Spanned<Name<Image>>,
    pub segment: Spanned<SegmentRef>,
    pub key: Spanned<Name<Key>>,
    /// By preference; the next is tried where capacity lacks.
    pub instance_types: Vec<Spanned<InstanceType>>,
    pub lockdown: Spanned<Name<Lockdown>>,
    pub display: Spanned<Name<Display>>,
    /// As written; see [`Blueprint::name_prefix_of`](super::Blueprint::name_prefix_of).
    pub name_prefix: Option<Spanned<String>>,
    /// Whether replacement and deletion are refused.
    pub protect: Spanned<bool>,
    /// Minutes without connection and work after which a seat stops itself; none: never.
    pub idle_stop_minutes: Option<Spanned<u32>>,
    pub tags: Tags,
    pub root_volume: Volume,
    pub volumes: Vec<Volume>,
    pub bootstrap: Option<Bootstrap>,
    /// How many seats a replacing change may take away at once.
    pub max_unavailable: Spanned<MaxUnavailable>,
}

impl WorkstationPool {
    /// How many seats may be away at once while a change rolls: at least one, at most all.
    pub fn seats_at_once(&self) -> u32 {
        self.max_unavailable.of(self.seats.value)
    }

    /// The root volume, then the others.
    pub fn all_volumes(&self) -> impl Iterator<Item = &Volume> {
        std::iter::once(&self.root_volume).chain(&self.volumes)
    }
}

/// One volume of each seat.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    pub name: Spanned<VolumeName>,
    pub size_gib: Spanned<u32>,
    pub kind: Spanned<VolumeType>,
    /// As written; see [`Volume::iops`].
    pub declared_iops: Option<Spanned<u32>>,
    /// As written, in MiB/s; see [`Volume::throughput_mibs`].
    pub declared_throughput_mibs: Option<Spanned<u32>>,
    /// None: attached, and left to the guest. Always none for a root volume.
    pub mount: Option<Spanned<Mount>>,
    /// Outlives its instance and is attached to the seat's next one. Never for a root volume.
    pub keep: Spanned<bool>,
    pub backup: Spanned<bool>,
    pub tags: Tags,
}

impl Volume {
    /// Input and output operations a second: the declared ones, else the baseline of gp3.
    pub fn iops(&self) -> u32 {
        self.declared_iops.as_ref().map_or(ebs::GP3_BASE_IOPS, |iops| iops.value)
    }

    /// MiB a second, for gp3 only: io2 has no such setting.
    pub fn throughput_mibs(&self) -> Option<u32> {
        match self.kind.value {
            VolumeType::Gp3 => {
                Some(self.declared_throughput_mibs.as_ref().map_or(ebs::GP3_BASE_THROUGHPUT_MIBS, |t| t.value))
            }
            VolumeType::Io2 => None,
        }
    }
}

/// Which volume of a seat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VolumeName {
    Root,
    Data(String),
}

impl fmt::Display for VolumeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("root"),
            Self::Data(label) => f.write_str(label),
        }
    }
}

/// Where a volume appears in the guest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mount {
    /// An absolute path on Linux.
    Path(String),
    /// A drive on Windows: `D` to `Z`.
    Drive(char),
}

impl Mount {
    /// The form that a text must have, in words.
    pub const FORM: &'static str = "an absolute path such as /cache, or on Windows a drive such as E:";

    /// The mount of that text; none where it is neither a plain absolute path nor a drive.
    pub fn parse(text: &str) -> Option<Self> {
        if let [letter @ b'A'..=b'Z', b':'] = text.as_bytes() {
            return Some(Self::Drive(char::from(*letter)));
        }
        let plain = |part: &str| {
            !part.is_empty()
                && part != "."
                && part != ".."
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        let path = text.strip_prefix('/')?;
        path.split('/').all(plain).then(|| Self::Path(text.to_owned()))
    }
}

impl fmt::Display for Mount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.write_str(path),
            Self::Drive(letter) => write!(f, "{letter}:"),
        }
    }
}

/// What a studio adds to what is always installed.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap {
    /// A file below `templates/` beside the blueprint.
    pub template: Spanned<String>,
    /// Handed to the template.
    pub vars: BTreeMap<String, serde_json::Value>,
    /// Fetched in the guest with the instance role, which may read exactly these.
    pub secrets: BTreeMap<String, Spanned<Arn>>,
}

/// How many seats a rolling change may take away at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaxUnavailable {
    /// At least 1.
    Seats(u32),
    /// 1 to 100 per cent.
    Share(u32),
}

impl MaxUnavailable {
    /// The number for a pool of so many seats: a share rounds down; at least one, at most the pool.
    pub fn of(self, seats: u32) -> u32 {
        let wanted = match self {
            Self::Seats(n) => n,
            Self::Share(percent) => u32::try_from(u64::from(seats) * u64::from(percent) / 100).unwrap_or(seats),
        };
        wanted.max(1).min(seats.max(1))
    }
}

impl fmt::Display for MaxUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seats(n) => n.fmt(f),
            Self::Share(percent) => write!(f, "{percent}%"),
        }
    }
}
