//! Starting, stopping and ending instances, and what comes of it.

use super::profile::ProfileAssociation;
use super::{Instance, InstanceState};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::capacity;
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::network_interface::NetworkInterface;
use crate::rehearsal::ec2::read;
use crate::rehearsal::ec2::volume::{Volume, VolumeState, lifecycle as volumes};
use crate::rehearsal::kms::key;
use crate::rehearsal::physics::{instance_types, limits, throttle, times};
use crate::rehearsal::store::Kept;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use std::collections::BTreeSet;

/// What starts, stops and ends.
pub const ACTIONS: &[Action] = &[("StartInstances", start), ("StopInstances", stop), ("TerminateInstances", terminate)];

fn asked(desk: &Desk, form: &Form) -> Outcome<Vec<Instance>> {
    let ids: BTreeSet<String> = form.texts("InstanceId").into_iter().collect();
    if ids.is_empty() {
        return Err(AwsError::missing("instancesSet"));
    }
    if ids.len() > limits::BATCH {
        return Err(AwsError::refused(format!("The number of instances must not exceed {}", limits::BATCH)));
    }
    let ids: Vec<String> = ids.into_iter().collect();
    read::by_id::<Instance>(desk, &ids)?;
    // What a call sees may be stale, but what it changes is the truth.
    Ok(ids.iter().filter_map(|id| desk.truth::<Instance>(id)).cloned().collect())
}

fn pay(desk: &mut Desk, action: &str, count: usize) -> Outcome {
    let Some(rate) = throttle::resource_rate(action) else { return Ok(()) };
    let now = desk.now;
    if desk.here_mut().buckets.take(&format!("ec2:{action}:instances"), rate, count as f64, now) {
        return Ok(());
    }
    Err(crate::rehearsal::services::request_limit())
}

fn write_changes(x: &mut Xml, changes: Vec<(String, InstanceState, InstanceState)>) {
    x.list("instancesSet", changes, |x, (id, before, after)| {
        x.leaf("instanceId", id);
        after.write(x, "currentState");
        before.write(x, "previousState");
    });
}

fn wrong_state(instance: &Instance) -> AwsError {
    AwsError::new(
        "IncorrectInstanceState",
        format!(
            "The instance '{}' is not in a state from which it can be changed: {}",
            instance.id,
            instance.state.words().1
        ),
    )
}

fn start(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let instances = asked(desk, form)?;
    for instance in &instances {
        if !matches!(instance.state, InstanceState::Stopped | InstanceState::Running | InstanceState::Pending) {
            return Err(wrong_state(instance));
        }
    }
    let to_start: Vec<Instance> = instances.iter().filter(|one| one.state == InstanceState::Stopped).cloned().collect();
    for instance in &to_start {
        if let Some(kind) = instance_types::find(&instance.kind) {
            // All or nothing, for each pool.
            let same = to_start.iter().filter(|other| other.pool() == instance.pool()).count();
            capacity::vcpus_left(desk, kind, same)?;
            capacity::granted(desk, kind, &instance.zone, same, same)?;
        }
    }
    pay(desk, "StartInstances", to_start.len())?;
    let mut changes = Vec::new();
    for instance in instances {
        if instance.state != InstanceState::Stopped {
            changes.push((instance.id, instance.state, instance.state));
            continue;
        }
        *desk.here_mut().given.entry(instance.pool()).or_default() += 1;
        let keys: Vec<String> = instance
            .devices
            .iter()
            .filter_map(|device| desk.truth::<Volume>(&device.volume)?.spec.key.clone())
            .collect();
        let usable = keys.iter().all(|arn| key::usable(desk, arn).is_ok());
        let now = desk.now;
        let wait = if keys.is_empty() {
            0
        } else {
            desk.here_mut().buckets.borrow("kms:CreateGrant", throttle::KMS_GRANTS, keys.len() as f64, now)
        };
        let (span, event) = if usable {
            (times::INSTANCE_STARTING, Event::InstanceRuns(instance.id.clone()))
        } else {
            (times::INSTANCE_FAILING, Event::InstanceFails(instance.id.clone()))
        };
        let at = now.after(wait + desk.takes(span));
        desk.here_mut().agenda.add(at, event);
        if let Some(instance) = desk.change::<Instance>(&instance.id) {
            instance.state = InstanceState::Pending;
            instance.launched = now;
            let message = "Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state";
            instance.reason = (!usable).then(|| ("Client.InvalidKMSKey.InvalidState".to_owned(), message.to_owned()));
        }
        changes.push((instance.id, InstanceState::Stopped, InstanceState::Pending));
    }
    write_changes(x, changes);
    Ok(())
}

fn stop(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let instances = asked(desk, form)?;
    for instance in &instances {
        if instance.is_gone() {
            return Err(wrong_state(instance));
        }
        if instance.stop_protected {
            return Err(not_permitted(&instance.id, "stopped", "disableApiStop"));
        }
    }
    pay(desk, "StopInstances", instances.len())?;
    let mut changes = Vec::new();
    for instance in instances {
        if !matches!(instance.state, InstanceState::Running | InstanceState::Pending) {
            changes.push((instance.id, instance.state, instance.state));
            continue;
        }
        if let Some(instance) = desk.change::<Instance>(&instance.id) {
            instance.state = InstanceState::Stopping;
            instance.reason = Some((
                "Client.UserInitiatedShutdown".to_owned(),
                "Client.UserInitiatedShutdown: User initiated shutdown".to_owned(),
            ));
        }
        desk.later(times::INSTANCE_STOPPING, Event::InstanceStops(instance.id.clone()));
        changes.push((instance.id, instance.state, InstanceState::Stopping));
    }
    write_changes(x, changes);
    Ok(())
}

fn not_permitted(id: &str, done: &str, attribute: &str) -> AwsError {
    AwsError::new(
        "OperationNotPermitted",
        format!("The instance '{id}' may not be {done}. Modify its '{attribute}' instance attribute and try again."),
    )
}

/// A protected instance keeps all that the call names in its zone; those in other zones end nevertheless.
/// \[B\] TerminateInstances.
fn terminate(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let instances = asked(desk, form)?;
    let protected: Vec<&Instance> =
        instances.iter().filter(|instance| instance.protected && !instance.is_gone()).collect();
    let zones: BTreeSet<String> = protected.iter().map(|instance| instance.zone.clone()).collect();
    let refusal = protected.first().map(|first| not_permitted(&first.id, "terminated", "disableApiTermination"));
    pay(desk, "TerminateInstances", instances.iter().filter(|one| !one.is_gone()).count())?;
    let at_once = form.flag("SkipOsShutdown")?.unwrap_or(false);
    let mut changes = Vec::new();
    for instance in instances.into_iter().filter(|instance| !zones.contains(&instance.zone)) {
        if instance.is_gone() {
            changes.push((instance.id, instance.state, instance.state));
            continue;
        }
        if let Some(instance) = desk.change::<Instance>(&instance.id) {
            instance.state = InstanceState::ShuttingDown;
            instance.reason = Some((
                "Client.UserInitiatedShutdown".to_owned(),
                "Client.UserInitiatedShutdown: User initiated shutdown".to_owned(),
            ));
        }
        let span = if at_once || instance.state == InstanceState::Stopped {
            times::INSTANCE_TERMINATING_AT_ONCE
        } else {
            times::INSTANCE_TERMINATING
        };
        desk.later(span, Event::InstanceEnds(instance.id.clone()));
        changes.push((instance.id, instance.state, InstanceState::ShuttingDown));
    }
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    write_changes(x, changes);
    Ok(())
}

/// *pending* → *running*.
pub fn runs(desk: &mut Desk, id: &str) {
    let now = desk.now;
    if let Some(instance) = desk.truth_mut::<Instance>(id).filter(|instance| instance.state == InstanceState::Pending) {
        instance.state = InstanceState::Running;
        instance.running_since = Some(now);
        instance.changed_inside.clear();
        instance.ran = true;
        instance.reason = None;
    }
}

/// *pending* → *terminated*, or *stopped* if it had run before.
pub fn fails(desk: &mut Desk, id: &str) {
    let Some(instance) = desk.truth_mut::<Instance>(id).filter(|instance| instance.state == InstanceState::Pending)
    else {
        return;
    };
    if instance.ran {
        instance.state = InstanceState::Stopped;
        let pool = instance.pool();
        give_back(desk, &pool);
    } else {
        // What never came up leaves no volumes behind, whatever was asked for them.
        for device in &mut instance.devices {
            device.delete_on_termination = true;
        }
        ends(desk, id);
    }
}

/// *stopping* → *stopped*.
pub fn stops(desk: &mut Desk, id: &str) {
    let Some(instance) = desk.truth_mut::<Instance>(id).filter(|instance| instance.state == InstanceState::Stopping)
    else {
        return;
    };
    instance.state = InstanceState::Stopped;
    instance.running_since = None;
    instance.ran = true;
    let pool = instance.pool();
    give_back(desk, &pool);
}

fn give_back(desk: &mut Desk, pool: &str) {
    if let Some(given) = desk.here_mut().given.get_mut(pool) {
        *given = given.saturating_sub(1);
    }
}

/// → *terminated*: volumes go or are left over, the interface lingers, the capacity is free again.
pub fn ends(desk: &mut Desk, id: &str) {
    let Some(instance) = desk.truth_mut::<Instance>(id) else { return };
    if instance.state == InstanceState::Terminated {
        return;
    }
    let was_up = instance.running_since.is_some() || !instance.ran;
    instance.state = InstanceState::Terminated;
    let devices = std::mem::take(&mut instance.devices);
    let (interface, pool) = (instance.interface.clone(), instance.pool());
    if was_up {
        give_back(desk, &pool);
    }
    for device in devices {
        if device.delete_on_termination {
            volumes::goes(desk, &device.volume);
        } else if let Some(volume) = desk.truth_mut::<Volume>(&device.volume) {
            volume.attachment = None;
            volume.state = VolumeState::Available;
        }
    }
    let associations: Vec<String> = desk
        .truths::<ProfileAssociation>()
        .filter(|association| association.instance == id)
        .map(|association| association.id().to_owned())
        .collect();
    for association in associations {
        desk.remove::<ProfileAssociation>(&association);
    }
    interface_lingers(desk, &interface);
    desk.later(times::INSTANCE_FORGOTTEN, Event::InstanceForgotten(id.to_owned()));
}

/// A terminated instance is no longer listed.
pub fn forgotten(desk: &mut Desk, id: &str) {
    desk.remove::<Instance>(id);
}

/// An interface whose owner is gone stays for a little while, and with it what it depends on.
pub fn interface_lingers(desk: &mut Desk, id: &str) {
    if let Some(interface) = desk.truth_mut::<NetworkInterface>(id) {
        interface.lingering = true;
        desk.later(times::INTERFACE_LINGERS, Event::InterfaceGone(id.to_owned()));
    }
}

/// The interface goes.
pub fn interface_goes(desk: &mut Desk, id: &str) {
    desk.remove::<NetworkInterface>(id);
}
