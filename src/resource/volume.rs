//! A disk of a seat.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::kind::tagged;
use super::{Address, Effect, Kind, Link, Spec, Tags};

/// An EBS volume. It is made with its seat, in the same call; a kept one outlives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// The seat that holds it; none where it is attached to nothing.
    pub seat: Option<Address>,
    /// Device name at the instance, such as `/dev/sdf`; the root volume's is the image's.
    pub device: Option<String>,
    pub size_gib: u32,
    /// `gp3` or `io2`.
    #[serde(rename = "type")]
    pub volume_type: String,
    /// I/O operations a second.
    pub iops: Option<u32>,
    /// MiB a second; gp3 only.
    pub throughput_mibs: Option<u32>,
    pub encrypted: bool,
    /// The production's key.
    pub key: Option<Address>,
    /// Whether it outlives its instance.
    pub keep: bool,
    /// The snapshot that it is made of. Desired by a restore alone; elsewhere whatever it was made of is fine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_snapshot: Option<String>,
    /// The labels of the `backup` blocks that take it in: AWS Backup finds it by a mark for each.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub backups: BTreeSet<String>,
    pub tags: Tags,
}

impl Spec for Volume {
    const KIND: Kind = Kind::Volume;

    fn effect_of(field: &str) -> Effect {
        match field {
            "encrypted" | "key" | "from_snapshot" => Effect::Replace,
            _ => Effect::InPlace,
        }
    }

    fn links(&self) -> Vec<Link> {
        let mut links: Vec<_> = self.seat.iter().map(|seat| Link::movable("seat", seat)).collect();
        links.extend(self.key.iter().map(|key| Link::fixed("key", key)));
        links
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        self.seat = self.seat.as_ref().map(to);
        self.key = self.key.as_ref().map(to);
    }

    tagged!();

    /// Some clouds don't report a volume's performance; what is not reported can't be held against it. And a root volume
    /// is always made of its image's snapshot, which nobody asked for by its id.
    fn settle(desired: &mut Self, live: &mut Self) {
        live.iops = live.iops.or(desired.iops);
        live.throughput_mibs = live.throughput_mibs.or(desired.throughput_mibs);
        if desired.from_snapshot.is_none() {
            live.from_snapshot = None;
        }
    }

    fn is_marked(field: &str) -> bool {
        !matches!(field, "seat" | "from_snapshot" | "tags.Name")
    }
}
