//! Images that somebody registers during a rehearsal, on snapshots of the account.

use super::kind::{Action, identified};
use super::read;
use super::recycle_bin::{self, Deleted};
use super::snapshot::Snapshot;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// A registered image.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Registered {
    /// `ami-…`.
    pub id: String,
    /// Its name, unique in the Region.
    pub name: String,
    /// Its description.
    pub description: String,
    /// Its root device.
    pub root_device: String,
    /// The snapshot of its root volume.
    pub snapshot: String,
    /// GiB of its root volume.
    pub root_gib: i64,
    /// When it was registered.
    pub created: Moment,
}

identified!(Registered);

/// What registers and deregisters.
pub const ACTIONS: &[Action] = &[("RegisterImage", register), ("DeregisterImage", deregister)];

fn register(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let name = form.required("Name")?.to_owned();
    if desk.seen::<Registered>().any(|one| one.name == name) {
        return Err(AwsError::new("InvalidAMIName.Duplicate", format!("AMI name {name} is already in use by an AMI.")));
    }
    let mappings = form.list("BlockDeviceMapping");
    let root = mappings.first().ok_or_else(|| AwsError::missing("BlockDeviceMapping"))?;
    let ebs = root.at("Ebs").ok_or_else(|| AwsError::missing("Ebs"))?;
    let snapshot = read::named::<Snapshot>(desk, ebs, "SnapshotId")?.clone();
    if snapshot.completed.is_none() {
        return Err(AwsError::new("IncorrectState", format!("Snapshot {} is in state pending", snapshot.id)));
    }
    let image = Registered {
        id: desk.new_id("ami"),
        name,
        description: form.text("Description").unwrap_or_default().to_owned(),
        root_device: root.text("DeviceName").unwrap_or("/dev/sda1").to_owned(),
        snapshot: snapshot.id,
        root_gib: snapshot.size,
        created: desk.now,
    };
    x.leaf("imageId", &image.id);
    desk.keep(image);
    Ok(())
}

fn deregister(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = form.required("ImageId")?.to_owned();
    let image = desk.truth::<Registered>(&id).cloned().ok_or_else(|| {
        AwsError::new("InvalidAMIID.Unavailable", format!("The image id '[{id}]' is no longer available"))
    })?;
    desk.remove::<Registered>(&id);
    recycle_bin::take_in(desk, &id, Deleted::Image(image));
    x.leaf("return", true);
    Ok(())
}

/// A snapshot that an image stands on can't be deleted.
pub fn holder<'d>(desk: &'d Desk, snapshot: &str) -> Option<&'d Registered> {
    desk.truths::<Registered>().find(|image| image.snapshot == snapshot)
}
