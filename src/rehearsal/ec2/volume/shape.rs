//! What a volume is.

use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::kind::{Kind, identified, tagged};
use crate::rehearsal::physics::places;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::Xml;
use serde::{Deserialize, Serialize};

/// A volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Volume {
    /// `vol-…`.
    pub id: String,
    /// Its zone.
    pub zone: String,
    /// Size, type, speed and encryption.
    pub spec: Spec,
    /// Where it stands.
    pub state: VolumeState,
    /// What it is attached to.
    pub attachment: Option<Attachment>,
    /// When it was created.
    pub created: Moment,
    /// Its modifications, the newest last.
    pub modifications: Vec<Modification>,
    /// Its tags.
    pub tags: Tags,
}

pub use super::rules::Spec;

/// Where a volume stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VolumeState {
    /// On its way.
    Creating,
    /// Free.
    Available,
    /// Attached.
    InUse,
    /// On its way out.
    Deleting,
}

impl VolumeState {
    /// The service's word.
    pub fn word(self) -> &'static str {
        match self {
            VolumeState::Creating => "creating",
            VolumeState::Available => "available",
            VolumeState::InUse => "in-use",
            VolumeState::Deleting => "deleting",
        }
    }
}

/// An attachment to an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Attachment {
    /// The instance.
    pub instance: String,
    /// The device name.
    pub device: String,
    /// `attaching`, `attached` or `detaching`.
    pub state: String,
    /// When it was attached.
    pub since: Moment,
    /// Whether the volume goes with the instance.
    pub delete_on_termination: bool,
}

/// A modification of size, type or speed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Modification {
    /// `modifying`, `optimizing` or `completed`.
    pub state: String,
    /// What it was.
    pub from: Spec,
    /// What it becomes.
    pub to: Spec,
    /// When it began.
    pub started: Moment,
    /// When it was completed.
    pub ended: Option<Moment>,
}

identified!(Volume);

impl Kind for Volume {
    const PREFIX: &'static str = "vol";
    const TYPE: &'static str = "volume";
    const WORDS: &'static str = "volume";
    const ID_PARAMETER: &'static str = "VolumeId";
    const NOT_FOUND: &'static str = "InvalidVolume.NotFound";
    const MALFORMED: &'static str = "InvalidVolumeID.Malformed";
    const SET: &'static str = "volumeSet";
    const LARGEST_PAGE: usize = 500;
    const IDS_EXCLUDE_PAGES: bool = true;
    const FILTERS: &'static [&'static str] = &[
        "volume-id",
        "availability-zone",
        "availability-zone-id",
        "size",
        "volume-type",
        "status",
        "encrypted",
        "snapshot-id",
        "create-time",
        "attachment.instance-id",
        "attachment.device",
        "attachment.status",
        "attachment.delete-on-termination",
        "multi-attach-enabled",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        let attached = |read: fn(&Attachment) -> String| self.attachment.iter().map(read).collect();
        match filter {
            "volume-id" => vec![self.id.clone()],
            "availability-zone" => vec![self.zone.clone()],
            "availability-zone-id" => vec![places::zone_id(&self.zone)],
            "size" => vec![self.spec.size.to_string()],
            "volume-type" => vec![self.spec.kind.clone()],
            "status" => vec![self.state.word().to_owned()],
            "encrypted" => vec![self.spec.key.is_some().to_string()],
            "snapshot-id" => self.spec.snapshot.iter().cloned().collect(),
            "create-time" => vec![self.created.iso()],
            "attachment.instance-id" => attached(|one| one.instance.clone()),
            "attachment.device" => attached(|one| one.device.clone()),
            "attachment.status" => attached(|one| one.state.clone()),
            "attachment.delete-on-termination" => attached(|one| one.delete_on_termination.to_string()),
            "multi-attach-enabled" => vec!["false".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("volumeId", &self.id)
            .leaf("size", self.spec.size)
            .leaf("snapshotId", self.spec.snapshot.as_deref().unwrap_or_default())
            .leaf("availabilityZone", &self.zone)
            .leaf("availabilityZoneId", places::zone_id(&self.zone))
            .leaf("status", self.state.word())
            .leaf("createTime", self.created.iso())
            .list("attachmentSet", &self.attachment, |x, one| self.write_attachment(x, one))
            .leaf("volumeType", &self.spec.kind)
            .leaf_if("iops", self.spec.iops)
            .leaf_if("throughput", self.spec.throughput)
            .leaf_if("volumeInitializationRate", self.spec.initialization_rate)
            .leaf("encrypted", self.spec.key.is_some())
            .leaf_if("kmsKeyId", self.spec.key.as_ref())
            .leaf("multiAttachEnabled", false)
            .leaf("ownerId", desk.account());
        tags::write(x, &self.tags);
    }

    fn present(&self) -> bool {
        self.state != VolumeState::Deleting
    }
}

impl Volume {
    /// Writes an attachment.
    pub fn write_attachment(&self, x: &mut Xml, one: &Attachment) {
        x.leaf("volumeId", &self.id)
            .leaf("instanceId", &one.instance)
            .leaf("device", &one.device)
            .leaf("status", &one.state)
            .leaf("attachTime", one.since.iso())
            .leaf("deleteOnTermination", one.delete_on_termination);
    }
}
