//! Snapshots, and copies of them to other Regions.

use super::image_registered;
use super::instance::Instance;
use super::kind::{Action, Kind, identified, tagged};
use super::read;
use super::recycle_bin::{self, Deleted};
use super::volume::Volume;
use crate::rehearsal::agenda::Event;
use crate::rehearsal::backup::recovery_point::RecoveryPoint;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::key;
use crate::rehearsal::physics::{limits, times};
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A snapshot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Snapshot {
    /// `snap-…`.
    pub id: String,
    /// The volume that it was made of; copies have `vol-ffffffff`.
    pub volume: String,
    /// The volume's size in GiB.
    pub size: i64,
    /// Its description.
    pub description: String,
    /// The ARN of its key.
    pub key: Option<String>,
    /// When it was begun.
    pub started: Moment,
    /// When it was completed.
    pub completed: Option<Moment>,
    /// When it will be.
    pub completes: Moment,
    /// The Region and the snapshot that it is a copy of.
    pub copied_from: Option<(String, String)>,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateSnapshot", create),
    ("CreateSnapshots", create_all),
    ("DescribeSnapshots", describe),
    ("CopySnapshot", copy),
    ("DeleteSnapshot", delete),
];

/// The volume id that copies show. \[D\] `ebs/latest/userguide/ebs-copy-snapshot`: an arbitrary id.
const COPY_VOLUME: &str = "vol-ffffffff";

identified!(Snapshot);

impl Kind for Snapshot {
    const PREFIX: &'static str = "snap";
    const TYPE: &'static str = "snapshot";
    const WORDS: &'static str = "snapshot";
    const ID_PARAMETER: &'static str = "SnapshotId";
    const NOT_FOUND: &'static str = "InvalidSnapshot.NotFound";
    const MALFORMED: &'static str = "InvalidSnapshotID.Malformed";
    const SET: &'static str = "snapshotSet";
    const IDS_EXCLUDE_PAGES: bool = true;
    const FILTERS: &'static [&'static str] = &[
        "snapshot-id",
        "volume-id",
        "volume-size",
        "status",
        "start-time",
        "description",
        "encrypted",
        "owner-id",
        "owner-alias",
        "progress",
        "storage-tier",
        "transfer-type",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "snapshot-id" => vec![self.id.clone()],
            "volume-id" => vec![self.volume.clone()],
            "volume-size" => vec![self.size.to_string()],
            "status" => vec![self.state().to_owned()],
            "start-time" => vec![self.started.iso()],
            "description" => vec![self.description.clone()],
            "encrypted" => vec![self.key.is_some().to_string()],
            "progress" => vec![if self.completed.is_some() { "100%" } else { "0%" }.to_owned()],
            "storage-tier" | "transfer-type" => vec!["standard".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("snapshotId", &self.id)
            .leaf("volumeId", &self.volume)
            .leaf("status", self.state())
            .leaf("startTime", self.started.iso())
            .leaf_if("completionTime", self.completed.map(|at| at.iso()))
            .leaf("progress", self.progress(desk.now))
            .leaf("ownerId", desk.account())
            .leaf("volumeSize", self.size)
            .leaf("description", &self.description)
            .leaf("encrypted", self.key.is_some())
            .leaf_if("kmsKeyId", self.key.as_ref())
            .leaf("storageTier", "standard")
            .leaf("fullSnapshotSizeInBytes", self.size.saturating_mul(1 << 30));
        tags::write(x, &self.tags);
    }
}

impl Snapshot {
    fn state(&self) -> &'static str {
        if self.completed.is_some() { "completed" } else { "pending" }
    }

    fn progress(&self, now: Moment) -> String {
        if self.completed.is_some() {
            return "100%".to_owned();
        }
        let whole = self.completes.since(self.started).max(1);
        format!("{}%", (now.since(self.started) * 100 / whole).min(99))
    }
}

fn begin(
    desk: &mut Desk,
    volume: &str,
    size: i64,
    description: String,
    key: Option<String>,
    copied_from: Option<(String, String)>,
    tags: Tags,
) -> Snapshot {
    let floor = desk.takes(times::SNAPSHOT_FLOOR);
    let completes = desk.now.after(floor + u64::try_from(size).unwrap_or(0) * times::SNAPSHOT_PER_GIB_MS);
    let snapshot = Snapshot {
        id: desk.new_id("snap"),
        volume: volume.to_owned(),
        size,
        description,
        key,
        started: desk.now,
        completed: None,
        completes,
        copied_from,
        tags,
    };
    desk.here_mut().agenda.add(completes, Event::SnapshotCompletes(snapshot.id.clone()));
    desk.keep(snapshot.clone());
    snapshot
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let volume = read::named::<Volume>(desk, form, "VolumeId")?.clone();
    if matches!(volume.state, super::volume::VolumeState::Creating | super::volume::VolumeState::Deleting) {
        return Err(AwsError::new(
            "IncorrectState",
            format!("The volume '{}' is in state {}", volume.id, volume.state.word()),
        ));
    }
    key_usable(desk, volume.spec.key.as_deref())?;
    let tags = tags::specified(form, "snapshot", &["snapshot"])?;
    let description = form.text("Description").unwrap_or_default().to_owned();
    let snapshot = begin(desk, &volume.id, volume.spec.size, description, volume.spec.key, None, tags);
    snapshot.write(x, desk);
    Ok(())
}

fn key_usable(desk: &Desk, arn: Option<&str>) -> Outcome {
    match arn {
        None => Ok(()),
        Some(arn) => key::usable(desk, arn).map_err(|_| {
            AwsError::new("InvalidKMSKey.InvalidState", format!("The KMS key {arn} is not in a valid state"))
        }),
    }
}

fn create_all(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let specification = form.at("InstanceSpecification").ok_or_else(|| AwsError::missing("InstanceSpecification"))?;
    let instance = read::named::<Instance>(desk, specification, "InstanceId")?.clone();
    let without_boot = specification.flag("ExcludeBootVolume")?.unwrap_or(false);
    let excluded = specification.texts("ExcludeDataVolumeId");
    let copy_tags = form.text("CopyTagsFromSource") == Some("volume");
    let tags = tags::specified(form, "snapshot", &["snapshot"])?;
    let description = form.text("Description").unwrap_or_default().to_owned();
    let mut volumes = Vec::new();
    for device in &instance.devices {
        if (without_boot && device.name == instance.root_device) || excluded.contains(&device.volume) {
            continue;
        }
        let Some(volume) = desk.truth::<Volume>(&device.volume) else { continue };
        // If one fails, all fail.
        key_usable(desk, volume.spec.key.as_deref())?;
        let mut own = if copy_tags { volume.tags.clone() } else { Tags::new() };
        tags::add(&mut own, &tags)?;
        volumes.push((volume.id.clone(), volume.spec.clone(), own));
    }
    if volumes.is_empty() {
        return Err(AwsError::refused(format!("There are no volumes of {} to take snapshots of", instance.id)));
    }
    let made: Vec<Snapshot> = volumes
        .into_iter()
        .map(|(id, spec, own)| begin(desk, &id, spec.size, description.clone(), spec.key, None, own))
        .collect();
    x.list("snapshotSet", made, |x, snapshot| {
        x.leaf("snapshotId", &snapshot.id)
            .leaf("volumeId", &snapshot.volume)
            .leaf("state", snapshot.state())
            .leaf("startTime", snapshot.started.iso())
            .leaf("progress", "0%")
            .leaf("ownerId", desk.account())
            .leaf("volumeSize", snapshot.size)
            .leaf("description", &snapshot.description)
            .leaf("encrypted", snapshot.key.is_some());
        tags::write(x, &snapshot.tags);
    });
    Ok(())
}

/// With `Owner.n`: the account's own are the only ones there are.
fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let owners = form.texts("Owner");
    let own = owners.is_empty() || owners.iter().any(|owner| owner == "self" || owner == desk.account());
    if !own {
        x.list("snapshotSet", [0; 0], |_, _| {});
        return Ok(());
    }
    read::describe::<Snapshot>(desk, form, x)
}

fn copy(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let region = form.required("SourceRegion")?.to_owned();
    let id = form.required("SourceSnapshotId")?.to_owned();
    let glance = desk.glance();
    let source = desk
        .world
        .regions
        .get(&region)
        .and_then(|there| there.snapshots.see(&id, glance))
        .cloned()
        .ok_or_else(|| read::not_found::<Snapshot>(&id))?;
    if source.completed.is_none() {
        return Err(AwsError::new("IncorrectState", format!("Snapshot {id} is in state pending")));
    }
    let running = desk.truths::<Snapshot>().filter(|one| one.copied_from.is_some() && one.completed.is_none()).count();
    if running >= limits::SNAPSHOT_COPIES {
        return Err(AwsError::new(
            "ResourceLimitExceeded",
            "Too many snapshot copies in progress. The limit is 20 for this destination region.",
        ));
    }
    let asked = form.flag("Encrypted")?;
    let named = form.text("KmsKeyId").filter(|name| !name.is_empty());
    if named.is_some() && asked != Some(true) && source.key.is_none() {
        return Err(AwsError::new(
            "InvalidParameterDependency",
            "The parameter KmsKeyId requires the parameter Encrypted to be set.",
        ));
    }
    let encrypted = asked == Some(true) || source.key.is_some() || desk.here().switches.encryption_by_default;
    let key = match (encrypted, named) {
        (false, _) => None,
        (true, Some(name)) => Some(key::arn_for(desk, name)),
        (true, None) => Some(desk.here().switches.default_key(desk)),
    };
    key_usable(desk, key.as_deref())?;
    let tags = tags::specified(form, "snapshot", &["snapshot"])?;
    let description = form.text("Description").map_or_else(|| format!("[Copied {id} from {region}]"), str::to_owned);
    let snapshot = begin(desk, COPY_VOLUME, source.size, description, key, Some((region, id)), tags);
    x.leaf("snapshotId", &snapshot.id);
    tags::write(x, &snapshot.tags);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let snapshot = read::named::<Snapshot>(desk, form, "SnapshotId")?.clone();
    let id = snapshot.id.clone();
    if let Some(image) = image_registered::holder(desk, &id) {
        return Err(AwsError::new(
            "InvalidSnapshot.InUse",
            format!("The snapshot {id} is currently in use by {}", image.id),
        ));
    }
    if desk.truths::<RecoveryPoint>().any(|point| point.snapshot == id) {
        return Err(AwsError::refused(
            "This snapshot is managed by the AWS Backup service and cannot be deleted via EC2 APIs.",
        ));
    }
    desk.remove::<Snapshot>(&id);
    recycle_bin::take_in(desk, &id, Deleted::Snapshot(snapshot));
    x.leaf("return", true);
    Ok(())
}

/// The mark that AWS Backup puts on what it makes.
const OF_BACKUP: &str = "aws:backup:source-resource";

/// One that AWS Backup takes, with the volume's tags; its id, or why it can't be taken.
pub fn of_backup(desk: &mut Desk, volume: &str) -> Result<String, String> {
    let volume = desk.truth::<Volume>(volume).ok_or_else(|| format!("The volume '{volume}' does not exist"))?.clone();
    if matches!(volume.state, super::volume::VolumeState::Creating | super::volume::VolumeState::Deleting) {
        return Err(format!("The volume '{}' is in state {}", volume.id, volume.state.word()));
    }
    key_usable(desk, volume.spec.key.as_deref()).map_err(|error| error.message)?;
    let mut tags = volume.tags.clone();
    tags.insert(OF_BACKUP.to_owned(), format!("volume/{}", volume.id));
    let words = "This snapshot is created by the AWS Backup service.".to_owned();
    Ok(begin(desk, &volume.id, volume.spec.size, words, volume.spec.key, None, tags).id)
}

/// A copy that AWS Backup makes in the region of this desk, with its source's tags; its id.
pub fn copy_of_backup(desk: &mut Desk, source: &Snapshot, from: &str, key: &str) -> String {
    let words = format!("[Copied {} from {from} by the AWS Backup service]", source.id);
    let copied_from = Some((from.to_owned(), source.id.clone()));
    begin(desk, COPY_VOLUME, source.size, words, Some(key.to_owned()), copied_from, source.tags.clone()).id
}

/// *pending* → *completed*.
pub fn completes(desk: &mut Desk, id: &str) {
    let now = desk.now;
    if let Some(snapshot) = desk.truth_mut::<Snapshot>(id) {
        snapshot.completed = Some(now);
    }
}
