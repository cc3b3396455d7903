//! Instance types, and where they are sold.

use super::filter::{Filters, matches};
use super::kind::Action;
use super::read;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::instance_types::{InstanceType, TYPES, find};
use crate::rehearsal::physics::places;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What reads types.
pub const ACTIONS: &[Action] = &[("DescribeInstanceTypes", describe), ("DescribeInstanceTypeOfferings", offerings)];

/// The largest page of types. \[B\] DescribeInstanceTypes.
const LARGEST_PAGE: usize = 100;

fn sold_here(desk: &Desk, kind: &InstanceType) -> bool {
    places::zones(&desk.region).iter().any(|zone| kind.sold_in(zone))
}

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(
        form,
        &[
            "instance-type",
            "current-generation",
            "hypervisor",
            "bare-metal",
            "instance-storage-supported",
            "processor-info.supported-architecture",
            "vcpu-info.default-vcpus",
            "memory-info.size-in-mib",
            "nitro-tpm-support",
            "supported-usage-class",
        ],
    )?;
    let names = form.texts("InstanceType");
    let mut chosen = Vec::new();
    if names.is_empty() {
        chosen.extend(TYPES);
    }
    for name in &names {
        let kind = find(name).filter(|kind| sold_here(desk, kind));
        chosen.push(kind.ok_or_else(|| {
            AwsError::new(
                "InvalidInstanceType",
                format!("The following supplied instance types do not exist: [{name}]"),
            )
        })?);
    }
    chosen.retain(|kind| {
        sold_here(desk, kind)
            && filters.pass(&Tags::new(), |name| {
                vec![match name {
                    "instance-type" => kind.name.to_owned(),
                    "current-generation" => "true".to_owned(),
                    "hypervisor" => "nitro".to_owned(),
                    "bare-metal" => "false".to_owned(),
                    "instance-storage-supported" => (kind.local_gb > 0).to_string(),
                    "processor-info.supported-architecture" => kind.architecture.to_owned(),
                    "vcpu-info.default-vcpus" => kind.vcpus.to_string(),
                    "memory-info.size-in-mib" => kind.memory_mib.to_string(),
                    "nitro-tpm-support" => if kind.tpm { "supported" } else { "unsupported" }.to_owned(),
                    _ => return vec!["on-demand".to_owned(), "spot".to_owned()],
                }]
            })
    });
    chosen.sort_by_key(|kind| kind.name);
    chosen.dedup_by_key(|kind| kind.name);
    let page = read::page(desk, form, LARGEST_PAGE, chosen, |kind| kind.name)?;
    x.list("instanceTypeSet", page.items, write).leaf_if("nextToken", page.next);
    Ok(())
}

fn write(x: &mut Xml, kind: &InstanceType) {
    x.leaf("instanceType", kind.name)
        .leaf("currentGeneration", true)
        .leaf("freeTierEligible", false)
        .texts("supportedUsageClasses", ["on-demand", "spot"])
        .texts("supportedRootDeviceTypes", ["ebs"])
        .texts("supportedVirtualizationTypes", ["hvm"])
        .leaf("bareMetal", false)
        .leaf("hypervisor", "nitro")
        .node("processorInfo", |x| {
            x.texts("supportedArchitectures", [kind.architecture]);
        })
        .node("vCpuInfo", |x| {
            x.leaf("defaultVCpus", kind.vcpus)
                .leaf("defaultCores", (kind.vcpus / 2).max(1))
                .leaf("defaultThreadsPerCore", 2);
        })
        .node("memoryInfo", |x| {
            x.leaf("sizeInMiB", kind.memory_mib);
        })
        .leaf("instanceStorageSupported", kind.local_gb > 0);
    if kind.local_gb > 0 {
        x.node("instanceStorageInfo", |x| {
            x.leaf("totalSizeInGB", kind.local_gb)
                .list("disks", [kind.local_gb], |x, size| {
                    x.leaf("sizeInGB", size).leaf("count", 1).leaf("type", "ssd");
                })
                .leaf("nvmeSupport", "required")
                .leaf("encryptionSupport", "required");
        });
    }
    let (most, dedicated) = kind.attachments;
    x.node("ebsInfo", |x| {
        x.leaf("ebsOptimizedSupport", "default")
            .leaf("encryptionSupport", "supported")
            .leaf("nvmeSupport", "required")
            .leaf("maximumEbsAttachments", most)
            .leaf("attachmentLimitType", if dedicated { "dedicated" } else { "shared" });
    });
    x.node("networkInfo", |x| {
        x.leaf("maximumNetworkInterfaces", 4)
            .leaf("ipv4AddressesPerInterface", 15)
            .leaf("enaSupport", "required")
            .leaf("encryptionInTransitSupported", true);
    });
    let (maker, name, count, memory) = kind.gpu;
    if count > 0 {
        x.node("gpuInfo", |x| {
            x.list("gpus", [()], |x, ()| {
                x.leaf("name", name).leaf("manufacturer", maker).leaf("count", count).node("memoryInfo", |x| {
                    x.leaf("sizeInMiB", memory);
                });
            })
            .leaf("totalGpuMemoryInMiB", memory.saturating_mul(count));
        });
    }
    x.leaf("hibernationSupported", count == 0)
        .leaf("burstablePerformanceSupported", kind.family().starts_with('t'))
        .texts("supportedBootModes", ["legacy-bios", "uefi"])
        .leaf("nitroTpmSupport", if kind.tpm { "supported" } else { "unsupported" });
}

fn offerings(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let by = form.text("LocationType").unwrap_or("region").to_owned();
    let zones = places::zones(&desk.region);
    let mut rows: Vec<(String, String, &str)> = Vec::new();
    for kind in TYPES {
        let in_zones = zones.iter().filter(|zone| kind.sold_in(zone));
        match by.as_str() {
            "region" if sold_here(desk, kind) => rows.push((String::new(), desk.region.clone(), kind.name)),
            "region" => {}
            "availability-zone" => rows.extend(in_zones.map(|zone| (String::new(), zone.clone(), kind.name))),
            "availability-zone-id" => {
                rows.extend(in_zones.map(|zone| (String::new(), places::zone_id(zone), kind.name)))
            }
            other => return Err(AwsError::value("LocationType", other)),
        }
    }
    for filter in form.list("Filter") {
        let values = filter.texts("Value");
        let name = filter.required("Name")?;
        match name {
            "instance-type" => rows.retain(|(_, _, kind)| values.iter().any(|pattern| matches(pattern, kind))),
            "location" => rows.retain(|(_, place, _)| values.iter().any(|pattern| matches(pattern, place))),
            other => return Err(AwsError::refused(format!("The filter '{other}' is invalid"))),
        }
    }
    for (order, place, kind) in &mut rows {
        *order = format!("{kind} {place}");
    }
    rows.sort();
    let page = read::page(desk, form, 1000, rows, |(order, _, _)| order)?;
    x.list("instanceTypeOfferingSet", page.items, |x, (_, place, kind)| {
        x.leaf("instanceType", kind).leaf("locationType", &by).leaf("location", place);
    });
    x.leaf_if("nextToken", page.next);
    Ok(())
}
