//! Attributes of an instance that are read and changed one by one.

use super::{Instance, InstanceState, write};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::kind::Action;
use crate::rehearsal::ec2::network_interface::{NetworkInterface, write_groups};
use crate::rehearsal::ec2::read;
use crate::rehearsal::ec2::subnet::Subnet;
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::physics::instance_types;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What reads and changes them.
pub const ACTIONS: &[Action] = &[
    ("DescribeInstanceAttribute", describe),
    ("ModifyInstanceAttribute", modify),
    ("ModifyInstanceMetadataOptions", modify_metadata),
];

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let one = read::named::<Instance>(desk, form, "InstanceId")?;
    x.leaf("instanceId", &one.id);
    let attribute = form.required("Attribute")?;
    let value = match attribute {
        "instanceType" => Some(one.kind.clone()),
        "userData" => one.user_data.clone(),
        "disableApiTermination" => Some(one.protected.to_string()),
        "disableApiStop" => Some(one.stop_protected.to_string()),
        "instanceInitiatedShutdownBehavior" => Some(one.shutdown_behavior.clone()),
        "rootDeviceName" => Some(one.root_device.clone()),
        "sourceDestCheck" => Some(one.source_dest_check.to_string()),
        "ebsOptimized" => Some(one.ebs_optimized.to_string()),
        "enaSupport" => Some("true".to_owned()),
        "sriovNetSupport" | "kernel" | "ramdisk" => None,
        "blockDeviceMapping" => {
            write::devices(one, x, desk);
            return Ok(());
        }
        "groupSet" => {
            write_groups(x, desk, &one.groups);
            return Ok(());
        }
        "enclaveOptions" => {
            x.node("enclaveOptions", |x| {
                x.leaf("enabled", false);
            });
            return Ok(());
        }
        other => return Err(AwsError::value("attribute", other)),
    };
    x.node(attribute, |x| {
        x.leaf_if("value", value);
    });
    Ok(())
}

/// The attributes that one call may change, only one at a time.
const CHANGEABLE: &[&str] = &[
    "InstanceType",
    "UserData",
    "DisableApiTermination",
    "DisableApiStop",
    "InstanceInitiatedShutdownBehavior",
    "SourceDestCheck",
    "EbsOptimized",
    "GroupId",
    "BlockDeviceMapping",
    "Attribute",
];

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Instance>(desk, form, "InstanceId")?.id.clone();
    let mut one = desk.truth::<Instance>(&id).cloned().ok_or_else(|| read::not_found::<Instance>(&id))?;
    if one.is_gone() {
        return Err(AwsError::new("IncorrectInstanceState", format!("The instance '{id}' is terminated")));
    }
    let given: Vec<&str> = CHANGEABLE.iter().copied().filter(|name| form.has(name)).collect();
    let [attribute] = given.as_slice() else {
        let message =
            if given.is_empty() { "No attributes specified." } else { "Fields for multiple attribute types specified" };
        return Err(AwsError::combination(message));
    };
    let stopped = |one: &Instance| {
        if one.state == InstanceState::Stopped {
            return Ok(());
        }
        Err(AwsError::new(
            "IncorrectInstanceState",
            format!("The instance '{}' is not in the 'stopped' state.", one.id),
        ))
    };
    let flag =
        |name: &str| -> Outcome<bool> { form.flag(&format!("{name}.Value"))?.ok_or_else(|| AwsError::missing(name)) };
    match *attribute {
        "InstanceType" => {
            let kind = form.required("InstanceType.Value")?;
            let kind = instance_types::find(kind)
                .ok_or_else(|| AwsError::refused(format!("Invalid value '{kind}' for InstanceType.")))?;
            stopped(&one)?;
            if kind.architecture != one.architecture {
                return Err(AwsError::refused(
                    "The architecture of the instance type does not match that of the instance.",
                ));
            }
            one.kind = kind.name.to_owned();
        }
        "UserData" => {
            stopped(&one)?;
            one.user_data = form.text("UserData.Value").map(str::to_owned);
        }
        "DisableApiTermination" => one.protected = flag("DisableApiTermination")?,
        "DisableApiStop" => one.stop_protected = flag("DisableApiStop")?,
        "InstanceInitiatedShutdownBehavior" => {
            let word = form.required("InstanceInitiatedShutdownBehavior.Value")?;
            if !["stop", "terminate"].contains(&word) {
                return Err(AwsError::value("instanceInitiatedShutdownBehavior", word));
            }
            one.shutdown_behavior = word.to_owned();
        }
        "SourceDestCheck" => {
            one.source_dest_check = flag("SourceDestCheck")?;
            if let Some(interface) = desk.truth_mut::<NetworkInterface>(&one.interface) {
                interface.source_dest_check = one.source_dest_check;
            }
        }
        "EbsOptimized" => {
            stopped(&one)?;
            one.ebs_optimized = flag("EbsOptimized")?;
        }
        "GroupId" => {
            let subnet =
                desk.truth::<Subnet>(&one.subnet).cloned().ok_or_else(|| read::not_found::<Subnet>(&one.subnet))?;
            one.groups = super::launch::groups_of(desk, &subnet, form.texts("GroupId"))?;
            if let Some(interface) = desk.change::<NetworkInterface>(&one.interface) {
                interface.groups.clone_from(&one.groups);
            }
        }
        "BlockDeviceMapping" => {
            for mapping in form.list("BlockDeviceMapping") {
                let name = mapping.required("DeviceName")?;
                let delete = mapping.flag("Ebs.DeleteOnTermination")?.unwrap_or(false);
                let device = one.devices.iter_mut().find(|device| device.name == name);
                let device = device.ok_or_else(|| {
                    AwsError::new("InvalidInstanceAttributeValue", format!("No device is currently mapped at {name}"))
                })?;
                device.delete_on_termination = delete;
                let volume = device.volume.clone();
                if let Some(attachment) = desk.change::<Volume>(&volume).and_then(|volume| volume.attachment.as_mut()) {
                    attachment.delete_on_termination = delete;
                }
            }
        }
        _ => one = by_name(form, one)?,
    }
    if let Some(instance) = desk.change::<Instance>(&id) {
        *instance = one;
    }
    x.leaf("return", true);
    Ok(())
}

/// The older form: `Attribute` and `Value`.
fn by_name(form: &Form, mut one: Instance) -> Outcome<Instance> {
    let value = form.required("Value")?;
    match form.required("Attribute")? {
        "disableApiTermination" => one.protected = value == "true",
        "disableApiStop" => one.stop_protected = value == "true",
        "instanceInitiatedShutdownBehavior" => one.shutdown_behavior = value.to_owned(),
        other => return Err(AwsError::value("attribute", other)),
    }
    Ok(one)
}

fn modify_metadata(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<Instance>(desk, form, "InstanceId")?.id.clone();
    let one = desk.truth::<Instance>(&id).ok_or_else(|| read::not_found::<Instance>(&id))?;
    if one.is_gone() {
        return Err(AwsError::new("IncorrectInstanceState", format!("The instance '{id}' is terminated")));
    }
    let mut options = one.metadata.clone();
    options.take(form)?;
    x.leaf("instanceId", &id).node("instanceMetadataOptions", |x| options.write(x));
    if let Some(instance) = desk.change::<Instance>(&id) {
        instance.metadata = options;
    }
    Ok(())
}
