//! Attaching and detaching volumes.

use super::{Attachment, Volume, VolumeState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::instance::{Device, Instance, InstanceState};
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::read;
use crate::rehearsal::kms::key;
use crate::rehearsal::physics::instance_types::{self, InstanceType};
use crate::rehearsal::physics::{throttle, times};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What attaches and detaches.
pub const ACTIONS: &[Action] = &[("AttachVolume", attach), ("DetachVolume", detach)];

fn attach(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let device = form.required("Device")?.to_owned();
    let instance = read::named::<Instance>(desk, form, "InstanceId")?.id.clone();
    let id = read::named::<Volume>(desk, form, "VolumeId")?.id.clone();
    let host = desk.truth::<Instance>(&instance).ok_or_else(|| read::not_found::<Instance>(&instance))?;
    let volume = desk.truth::<Volume>(&id).ok_or_else(|| read::not_found::<Volume>(&id))?;
    if !matches!(host.state, InstanceState::Running | InstanceState::Stopped) {
        return Err(AwsError::new("IncorrectState", format!("Instance '{instance}' is not 'running'.")));
    }
    match volume.state {
        VolumeState::Available => {}
        VolumeState::InUse => {
            return Err(AwsError::new("VolumeInUse", format!("{id} is already attached to an instance")));
        }
        _ => return Err(AwsError::new("IncorrectState", format!("{id} is not 'available'."))),
    }
    if volume.zone != host.zone {
        return Err(AwsError::new(
            "InvalidVolume.ZoneMismatch",
            format!("The volume '{id}' is not in the same availability zone as instance '{instance}'"),
        ));
    }
    crate::rehearsal::ec2::instance::devices::well_named(&device)?;
    if host.devices.iter().any(|one| one.name == device) {
        return Err(AwsError::refused(format!(
            "Invalid value '{device}' for unixDevice. Attachment point {device} is already in use"
        )));
    }
    let full = |kind: &InstanceType| host.devices.len() >= kind.attachments.0 as usize;
    if let Some(kind) = instance_types::find(&host.kind).filter(|kind| full(kind)) {
        let message = format!("The instance type {} has no attachment left", kind.name);
        return Err(AwsError::new("AttachmentLimitExceeded", message));
    }
    let mut wait = 0;
    if let Some(arn) = volume.spec.key.clone() {
        key::usable(desk, &arn).map_err(|_| {
            AwsError::new("InvalidKMSKey.InvalidState", format!("The KMS key {arn} is not in a valid state"))
        })?;
        let now = desk.now;
        wait = desk.here_mut().buckets.borrow("kms:CreateGrant", throttle::KMS_GRANTS, 1.0, now);
    }
    let now = desk.now;
    let attachment = Attachment {
        instance: instance.clone(),
        device: device.clone(),
        state: "attaching".to_owned(),
        since: now,
        delete_on_termination: false,
    };
    if let Some(volume) = desk.change::<Volume>(&id) {
        volume.state = VolumeState::InUse;
        volume.attachment = Some(attachment.clone());
        volume.write_attachment(x, &attachment);
    }
    if let Some(host) = desk.change::<Instance>(&instance) {
        host.devices.push(Device { name: device, volume: id.clone(), delete_on_termination: false, since: now });
    }
    let at = now.after(wait + desk.takes(times::VOLUME_ATTACHING));
    desk.here_mut().agenda.add(at, Event::VolumeAttached(id));
    Ok(())
}

fn detach(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Volume>(desk, form, "VolumeId")?.id.clone();
    let volume = desk.truth::<Volume>(&id).ok_or_else(|| read::not_found::<Volume>(&id))?;
    let Some(attachment) = volume.attachment.clone() else {
        return Err(AwsError::new("IncorrectState", format!("Volume '{id}' is in the 'available' state.")));
    };
    if form.text("InstanceId").is_some_and(|given| given != attachment.instance) {
        let message =
            format!("The volume {id} is not attached to instance {}", form.text("InstanceId").unwrap_or_default());
        return Err(AwsError::new("InvalidAttachment.NotFound", message));
    }
    let host = desk.truth::<Instance>(&attachment.instance);
    if host.is_some_and(|host| host.root_device == attachment.device && host.state != InstanceState::Stopped) {
        return Err(AwsError::new(
            "OperationNotPermitted",
            format!("Unable to detach root volume '{id}' from instance '{}'", attachment.instance),
        ));
    }
    let leaving = Attachment { state: "detaching".to_owned(), ..attachment };
    if let Some(volume) = desk.change::<Volume>(&id) {
        volume.write_attachment(x, &leaving);
        volume.attachment = Some(leaving);
    }
    desk.later(times::VOLUME_DETACHING, Event::VolumeDetached(id));
    Ok(())
}

/// An instance no longer has a volume.
pub fn forget(desk: &mut Desk, instance: &str, volume: &str) {
    if let Some(instance) = desk.truth_mut::<Instance>(instance) {
        instance.devices.retain(|device| device.volume != volume);
    }
}
