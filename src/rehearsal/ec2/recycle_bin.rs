//! The recycle bin: with a retention rule in force, what is deleted can be restored for some days, and nothing can be
//! purged. \[D\] `ebs/latest/userguide/recycle-bin`.

use super::image_registered::Registered;
use super::kind::{Action, identified};
use super::read;
use super::snapshot::Snapshot;
use super::volume::Volume;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::wire::{Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// What can be in it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Deleted {
    /// A volume.
    Volume(Volume),
    /// A snapshot.
    Snapshot(Snapshot),
    /// An image.
    Image(Registered),
}

/// An entry.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Binned {
    /// The id of what is in it.
    pub id: String,
    /// What it is.
    pub what: Deleted,
    /// When it came in.
    pub entered: Moment,
    /// When it goes for good.
    pub exits: Moment,
}

identified!(Binned);

/// What lists it.
pub const ACTIONS: &[Action] = &[
    ("ListVolumesInRecycleBin", volumes),
    ("ListSnapshotsInRecycleBin", snapshots),
    ("ListImagesInRecycleBin", images),
];

const DAY_MS: u64 = 86_400_000;

/// Puts something into the bin, where a rule says so.
pub fn take_in(desk: &mut Desk, id: &str, what: Deleted) {
    let Some(days) = desk.settings.recycle_bin_days else { return };
    let (entered, exits) = (desk.now, desk.now.after(u64::from(days) * DAY_MS));
    desk.keep(Binned { id: id.to_owned(), what, entered, exits });
}

fn list(desk: &mut Desk, form: &Form, x: &mut Xml, set: &str, show: impl Fn(&Binned, &mut Xml) -> bool) -> Outcome {
    let now = desk.now;
    // Whether it is of the kind that is asked for shows by writing it.
    let of_kind = |one: &&Binned| one.exits > now && show(one, &mut Xml::default());
    let entries: Vec<Binned> = desk.seen::<Binned>().filter(of_kind).cloned().collect();
    let page = read::page(desk, form, 1000, entries, |one| &one.id)?;
    x.list(set, page.items, |x, one| {
        show(&one, x);
        x.leaf("recycleBinEnterTime", one.entered.iso()).leaf("recycleBinExitTime", one.exits.iso());
    })
    .leaf_if("nextToken", page.next);
    Ok(())
}

fn volumes(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    list(desk, form, x, "volumeSet", |one, x| {
        let Deleted::Volume(volume) = &one.what else { return false };
        x.leaf("volumeId", &one.id)
            .leaf("volumeType", &volume.spec.kind)
            .leaf("state", "available")
            .leaf("size", volume.spec.size)
            .leaf("availabilityZone", &volume.zone)
            .leaf("createTime", volume.created.iso());
        true
    })
}

fn snapshots(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    list(desk, form, x, "snapshotSet", |one, x| {
        let Deleted::Snapshot(snapshot) = &one.what else { return false };
        x.leaf("snapshotId", &one.id).leaf("volumeId", &snapshot.volume).leaf("description", &snapshot.description);
        true
    })
}

fn images(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    list(desk, form, x, "imageSet", |one, x| {
        let Deleted::Image(image) = &one.what else { return false };
        x.leaf("imageId", &one.id).leaf("name", &image.name).leaf("description", &image.description);
        true
    })
}
