//! How volumes come and go.

use super::rules::{self, Given};
use super::{Attachment, Volume, VolumeState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::recycle_bin::{self, Deleted};
use crate::rehearsal::ec2::{read, tokens};
use crate::rehearsal::kms::key;
use crate::rehearsal::physics::{places, times};
use crate::rehearsal::tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What creates, lists and deletes volumes.
pub const ACTIONS: &[Action] =
    &[("CreateVolume", create), ("DescribeVolumes", read::describe::<Volume>), ("DeleteVolume", delete)];

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (token, made) = tokens::look_up(desk, form, "")?;
    if let Some(made) = made {
        let id = made.first().cloned().unwrap_or_default();
        let volume = desk.truth::<Volume>(&id).ok_or_else(|| {
            AwsError::new(
                "IdempotentParameterMismatch",
                format!("The volume {id} that this token created no longer exists."),
            )
        })?;
        volume.clone().write_answer(x, desk);
        return Ok(());
    }
    let zones = places::zones(&desk.region);
    let zone = match (form.text("AvailabilityZone"), form.text("AvailabilityZoneId")) {
        (Some(zone), _) => zone.to_owned(),
        (None, Some(id)) => {
            zones.iter().find(|zone| places::zone_id(zone) == id).cloned().unwrap_or_else(|| id.to_owned())
        }
        (None, None) => return Err(AwsError::missing("AvailabilityZone")),
    };
    if !zones.contains(&zone) {
        return Err(AwsError::new("InvalidZone.NotFound", format!("The zone '{zone}' does not exist.")));
    }
    let spec = rules::read(desk, Given { form, size: "Size", image: None })?;
    if spec.kind == "gp3" {
        rules::storage_left(desk, spec.size)?;
    }
    let tags = tags::specified(form, "volume", &["volume"])?;
    let usable = spec.key.as_ref().is_none_or(|arn| key::usable(desk, arn).is_ok());
    let volume = Volume {
        id: desk.new_id("vol"),
        zone,
        spec,
        state: VolumeState::Creating,
        attachment: None,
        created: desk.now,
        modifications: Vec::new(),
        tags,
    };
    // A key that can't be used is no error here: the volume simply never comes.
    // [D] `AWSEC2/latest/APIReference/API_CreateVolume`: "the action can appear to complete, but eventually fails".
    let event = if usable { Event::VolumeReady(volume.id.clone()) } else { Event::VolumeVanishes(volume.id.clone()) };
    desk.later(times::VOLUME_CREATING, event);
    volume.write_answer(x, desk);
    tokens::remember(desk, token, vec![volume.id.clone()]);
    desk.keep(volume);
    Ok(())
}

impl Volume {
    fn write_answer(&self, x: &mut Xml, desk: &Desk) {
        crate::rehearsal::ec2::Kind::write(self, x, desk);
    }
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Volume>(desk, form, "VolumeId")?.id.clone();
    let volume = desk.truth::<Volume>(&id).ok_or_else(|| read::not_found::<Volume>(&id))?;
    match volume.state {
        VolumeState::InUse => {
            let instance = volume.attachment.as_ref().map(|one| one.instance.as_str()).unwrap_or_default();
            return Err(AwsError::new("VolumeInUse", format!("Volume {id} is currently attached to {instance}")));
        }
        VolumeState::Creating => {
            return Err(AwsError::new("IncorrectState", format!("The volume '{id}' is in state creating")));
        }
        VolumeState::Deleting => {}
        VolumeState::Available => {
            if let Some(volume) = desk.change::<Volume>(&id) {
                volume.state = VolumeState::Deleting;
            }
            desk.later(times::VOLUME_DELETING, Event::VolumeGone(id));
        }
    }
    x.leaf("return", true);
    Ok(())
}

/// *creating* → *available*.
pub fn becomes_ready(desk: &mut Desk, id: &str) {
    if let Some(volume) = desk.truth_mut::<Volume>(id).filter(|volume| volume.state == VolumeState::Creating) {
        volume.state = VolumeState::Available;
    }
}

/// Gone.
pub fn goes(desk: &mut Desk, id: &str) {
    if let Some(volume) = desk.remove::<Volume>(id) {
        recycle_bin::take_in(desk, id, Deleted::Volume(volume));
    }
}

/// *attaching* → *attached*.
pub fn becomes_attached(desk: &mut Desk, id: &str) {
    let attachment = desk.truth_mut::<Volume>(id).and_then(|volume| volume.attachment.as_mut());
    if let Some(attachment) = attachment.filter(|attachment| attachment.state == "attaching") {
        attachment.state = "attached".to_owned();
    }
}

/// *detaching* → *available*.
pub fn becomes_detached(desk: &mut Desk, id: &str) {
    let Some(volume) = desk.truth_mut::<Volume>(id) else { return };
    if volume.attachment.as_ref().is_some_and(|one: &Attachment| one.state == "detaching") {
        volume.state = VolumeState::Available;
        let instance = volume.attachment.take().map(|one| one.instance).unwrap_or_default();
        super::attachment::forget(desk, &instance, id);
    }
}
