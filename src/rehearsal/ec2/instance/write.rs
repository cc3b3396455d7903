//! How an instance is described.

use super::{Instance, InstanceState};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::network_interface::{NetworkInterface, write_groups};
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::physics::{instance_types, places};
use crate::rehearsal::tags;
use crate::rehearsal::wire::Xml;

/// Writes an instance.
pub fn instance(one: &Instance, x: &mut Xml, desk: &Desk) {
    let ended = one.state == InstanceState::Terminated;
    x.leaf("instanceId", &one.id).leaf("imageId", &one.image);
    one.state.write(x, "instanceState");
    x.leaf("privateDnsName", if ended { String::new() } else { one.private_name(&desk.region) })
        .leaf("dnsName", "")
        .leaf("reason", one.reason.as_ref().map(|(code, _)| code.as_str()).unwrap_or_default())
        .leaf_if("keyName", one.key_pair.as_ref())
        .leaf("amiLaunchIndex", one.launch_index)
        .leaf("instanceType", &one.kind)
        .leaf("launchTime", one.launched.iso())
        .node("placement", |x| {
            x.leaf("availabilityZone", &one.zone)
                .leaf("availabilityZoneId", places::zone_id(&one.zone))
                .leaf("groupName", "")
                .leaf("tenancy", &one.tenancy);
        })
        .leaf_if("platform", one.windows.then_some("windows"))
        .leaf("platformDetails", one.platform_details())
        .leaf("usageOperation", if one.windows { "RunInstances:0002" } else { "RunInstances" })
        .node("monitoring", |x| {
            x.leaf("state", if one.monitored { "enabled" } else { "disabled" });
        });
    if !ended {
        x.leaf("subnetId", &one.subnet)
            .leaf("vpcId", &one.vpc)
            .leaf("privateIpAddress", one.address)
            .leaf_if("ipAddress", one.public_address)
            .leaf("sourceDestCheck", one.source_dest_check);
        write_groups(x, desk, &one.groups);
    }
    if let Some((code, message)) = &one.reason {
        x.node("stateReason", |x| {
            x.leaf("code", code).leaf("message", message);
        });
    }
    x.leaf("architecture", &one.architecture).leaf("rootDeviceType", "ebs").leaf("rootDeviceName", &one.root_device);
    devices(one, x, desk);
    x.leaf("virtualizationType", "hvm").leaf("clientToken", one.token.as_deref().unwrap_or_default());
    tags::write(x, &one.tags);
    x.leaf("hypervisor", "xen");
    if !ended {
        x.list("networkInterfaceSet", desk.truth::<NetworkInterface>(&one.interface), |x, interface| {
            x.leaf("networkInterfaceId", &interface.id)
                .leaf("subnetId", &interface.subnet)
                .leaf("vpcId", &interface.vpc)
                .leaf("description", &interface.description)
                .leaf("ownerId", desk.account())
                .leaf("status", "in-use")
                .leaf("macAddress", &interface.mac)
                .leaf("privateIpAddress", interface.address)
                .leaf_if("privateDnsName", interface.private_name(desk).as_ref())
                .leaf("sourceDestCheck", interface.source_dest_check)
                .leaf("interfaceType", "interface");
            write_groups(x, desk, &interface.groups);
            x.node("attachment", |x| {
                x.leaf("attachmentId", interface.attachment_id())
                    .leaf("deviceIndex", 0)
                    .leaf("networkCardIndex", 0)
                    .leaf("status", "attached")
                    .leaf("attachTime", interface.attached.iso())
                    .leaf("deleteOnTermination", true);
            });
            if let Some(public) = interface.public_address {
                x.node("association", |x| {
                    x.leaf("publicIp", public).leaf("ipOwnerId", "amazon");
                });
            }
            x.list("privateIpAddressesSet", [interface.address], |x, address| {
                x.leaf("privateIpAddress", address)
                    .leaf_if("privateDnsName", interface.private_name(desk).as_ref())
                    .leaf("primary", true);
            });
        });
    }
    if let Some((arn, id)) = one.profile.as_ref().filter(|_| !ended) {
        x.node("iamInstanceProfile", |x| {
            x.leaf("arn", arn).leaf("id", id);
        });
    }
    x.leaf("ebsOptimized", one.ebs_optimized).leaf("enaSupport", true);
    if let Some(kind) = instance_types::find(&one.kind) {
        x.node("cpuOptions", |x| {
            x.leaf("coreCount", (kind.vcpus / 2).max(1)).leaf("threadsPerCore", if kind.vcpus > 1 { 2 } else { 1 });
        });
    }
    x.node("hibernationOptions", |x| {
        x.leaf("configured", false);
    });
    x.node("metadataOptions", |x| one.metadata.write(x));
    x.node("enclaveOptions", |x| {
        x.leaf("enabled", false);
    });
}

/// `<blockDeviceMapping>`.
pub fn devices(one: &Instance, x: &mut Xml, desk: &Desk) {
    x.list("blockDeviceMapping", &one.devices, |x, device| {
        let attachment = desk.truth::<Volume>(&device.volume).and_then(|volume| volume.attachment.as_ref());
        x.leaf("deviceName", &device.name).node("ebs", |x| {
            x.leaf("volumeId", &device.volume)
                .leaf("status", attachment.map_or("attached", |one| one.state.as_str()))
                .leaf("attachTime", device.since.iso())
                .leaf("deleteOnTermination", device.delete_on_termination);
        });
    });
}
