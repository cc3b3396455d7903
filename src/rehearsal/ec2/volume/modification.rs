//! Changing a volume's size, type and speed while it is in use.

use super::rules;
use super::{Modification, Volume, VolumeState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::filter::Filters;
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::read;
use crate::rehearsal::physics::{limits, times};
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What modifies volumes.
pub const ACTIONS: &[Action] = &[("ModifyVolume", modify), ("DescribeVolumesModifications", describe)];

/// The largest page. \[B\] DescribeVolumesModifications.
const LARGEST_PAGE: usize = 500;

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Volume>(desk, form, "VolumeId")?.id.clone();
    let volume = desk.truth::<Volume>(&id).ok_or_else(|| read::not_found::<Volume>(&id))?;
    if matches!(volume.state, VolumeState::Creating | VolumeState::Deleting) {
        return Err(AwsError::new("IncorrectState", format!("The volume '{id}' is in state {}", volume.state.word())));
    }
    if volume.modifications.last().is_some_and(|last| last.state != "completed") {
        return Err(AwsError::new("IncorrectModificationState", format!("Volume {id} is still being modified.")));
    }
    let recent =
        volume.modifications.iter().filter(|one| desk.now.since(one.started) < limits::VOLUME_MODIFICATION_WINDOW_MS);
    if recent.count() >= limits::VOLUME_MODIFICATIONS {
        return Err(AwsError::new(
            "VolumeModificationRateExceeded",
            format!("You've reached the maximum modification rate per volume limit for {id}."),
        ));
    }
    let from = volume.spec.clone();
    let mut to = from.clone();
    to.size = form.number("Size")?.unwrap_or(from.size);
    if let Some(kind) = form.text("VolumeType") {
        if kind != from.kind {
            // The speed of the old type says nothing about the new one.
            to.iops = None;
            to.throughput = None;
        }
        to.kind = kind.to_owned();
    }
    to.iops = form.number("Iops")?.or(to.iops.filter(|_| matches!(to.kind.as_str(), "gp3" | "io1" | "io2")));
    to.throughput = form.number("Throughput")?.or(to.throughput);
    if to.size < from.size {
        return Err(AwsError::refused(format!("New size cannot be smaller than existing size of {} GiB", from.size)));
    }
    rules::checked(&mut to)?;
    if to.kind == "gp3" {
        let old = if from.kind == "gp3" { from.size } else { 0 };
        rules::storage_left(desk, to.size - old)?;
    }
    let modification =
        Modification { state: "modifying".to_owned(), from, to: to.clone(), started: desk.now, ended: None };
    x.node("volumeModification", |x| write(x, &id, &modification));
    if let Some(volume) = desk.change::<Volume>(&id) {
        volume.modifications.push(modification);
        volume.spec = to;
    }
    desk.later(times::VOLUME_MODIFYING, Event::VolumeOptimizes(id));
    Ok(())
}

fn write(x: &mut Xml, id: &str, one: &Modification) {
    let progress = match one.state.as_str() {
        "completed" => 100,
        "optimizing" => 50,
        _ => 0,
    };
    x.leaf("volumeId", id)
        .leaf("modificationState", &one.state)
        .leaf("targetSize", one.to.size)
        .leaf_if("targetIops", one.to.iops)
        .leaf("targetVolumeType", &one.to.kind)
        .leaf_if("targetThroughput", one.to.throughput)
        .leaf("originalSize", one.from.size)
        .leaf_if("originalIops", one.from.iops)
        .leaf("originalVolumeType", &one.from.kind)
        .leaf_if("originalThroughput", one.from.throughput)
        .leaf("progress", progress)
        .leaf("startTime", one.started.iso())
        .leaf_if("endTime", one.ended.map(|ended| ended.iso()));
}

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(
        form,
        &[
            "volume-id",
            "modification-state",
            "target-size",
            "target-volume-type",
            "original-size",
            "original-volume-type",
        ],
    )?;
    let ids = form.texts("VolumeId");
    let volumes: Vec<&Volume> = if ids.is_empty() { desk.seen::<Volume>().collect() } else { read::by_id(desk, &ids)? };
    let newest: Vec<(&str, &Modification)> = volumes
        .into_iter()
        .filter_map(|volume| Some((volume.id.as_str(), volume.modifications.last()?)))
        .filter(|(id, one)| {
            filters.pass(&Tags::new(), |name| {
                vec![match name {
                    "volume-id" => (*id).to_owned(),
                    "modification-state" => one.state.clone(),
                    "target-size" => one.to.size.to_string(),
                    "target-volume-type" => one.to.kind.clone(),
                    "original-size" => one.from.size.to_string(),
                    _ => one.from.kind.clone(),
                }]
            })
        })
        .collect();
    let page = read::page(desk, form, LARGEST_PAGE, newest, |(id, _)| id)?;
    x.list("volumeModificationSet", page.items, |x, (id, one)| write(x, id, one)).leaf_if("nextToken", page.next);
    Ok(())
}

/// *modifying* → *optimizing*.
pub fn optimizes(desk: &mut Desk, id: &str) {
    if let Some(one) = desk.truth_mut::<Volume>(id).and_then(|volume| volume.modifications.last_mut()) {
        one.state = "optimizing".to_owned();
        desk.later(times::VOLUME_OPTIMIZING, Event::VolumeModified(id.to_owned()));
    }
}

/// *optimizing* → *completed*.
pub fn completes(desk: &mut Desk, id: &str) {
    let now = desk.now;
    if let Some(one) = desk.truth_mut::<Volume>(id).and_then(|volume| volume.modifications.last_mut()) {
        one.state = "completed".to_owned();
        one.ended = Some(now);
    }
}
