//! What a volume may be: types, sizes, speeds, encryption.

use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::read;
use crate::rehearsal::ec2::snapshot::Snapshot;
use crate::rehearsal::ec2::volume::Volume;
use crate::rehearsal::kms::key;
use crate::rehearsal::physics::limits;
use crate::rehearsal::wire::{AwsError, Form, Outcome};
use serde::{Deserialize, Serialize};

/// Size, type, speed, origin and encryption of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// GiB.
    pub size: i64,
    /// Such as `gp3`.
    pub kind: String,
    /// I/O operations a second, where the type has them.
    pub iops: Option<i64>,
    /// MiB a second, where the type has it.
    pub throughput: Option<i64>,
    /// The snapshot that it was made of.
    pub snapshot: Option<String>,
    /// MiB a second at which it is filled from its snapshot.
    pub initialization_rate: Option<i64>,
    /// The ARN of its key, or what was given where there is no such key; none if it isn't encrypted.
    pub key: Option<String>,
}

/// The types that there are, with their smallest and largest sizes in GiB.
/// \[D\] `ebs/latest/userguide/ebs-volume-types`.
const KINDS: &[(&str, i64, i64)] = &[
    ("gp3", limits::GP3_SIZE.0, limits::GP3_SIZE.1),
    ("gp2", 1, 16_384),
    ("io1", 4, 16_384),
    ("io2", 4, 65_536),
    ("st1", 125, 16_384),
    ("sc1", 125, 16_384),
    ("standard", 1, 1_024),
];

/// Where the parameters of a volume lie: at the top in CreateVolume, under `Ebs` in a device mapping.
#[derive(Debug, Clone, Copy)]
pub struct Given<'f> {
    /// The node that holds them.
    pub form: &'f Form,
    /// The name of the size: `Size` or `VolumeSize`.
    pub size: &'static str,
    /// The smallest size and the origin that come with a root device's image.
    pub image: Option<(i64, &'f str)>,
}

/// Reads what a volume is to be, under the rules and the account's default encryption.
pub fn read(desk: &Desk, given: Given<'_>) -> Outcome<Spec> {
    let form = given.form;
    let snapshot = match (form.text("SnapshotId"), given.image) {
        (Some(id), Some((_, own))) if id == own => None,
        (Some(id), _) => Some(read::existing::<Snapshot>(desk, id)?),
        (None, _) => None,
    };
    let least = snapshot.map(|snapshot| snapshot.size).or(given.image.map(|(size, _)| size));
    let size = form.number(given.size)?.or(least).ok_or_else(|| {
        AwsError::new("MissingParameter", "The request must contain the parameter size or snapshotId")
    })?;
    if let Some(least) = least.filter(|least| size < *least) {
        return Err(AwsError::new(
            "InvalidBlockDeviceMapping",
            format!("Volume of size {size}GB is smaller than snapshot, expect size>= {least}GB"),
        ));
    }
    let kind = form.text("VolumeType").unwrap_or(if given.image.is_some() { "gp3" } else { "gp2" }).to_owned();
    let mut spec = Spec {
        size,
        kind,
        iops: form.number("Iops")?,
        throughput: form.number("Throughput")?,
        snapshot: snapshot.map(|snapshot| snapshot.id.clone()).or(given.image.map(|(_, id)| id.to_owned())),
        initialization_rate: form.number("VolumeInitializationRate")?,
        key: None,
    };
    checked(&mut spec)?;
    if let Some(rate) = spec.initialization_rate {
        let (low, high) = limits::INITIALIZATION_RATE;
        if spec.snapshot.is_none() || !(low..=high).contains(&rate) {
            return Err(AwsError::refused(format!(
                "The volume initialization rate must be between {low} and {high} MiB/s and needs a snapshot"
            )));
        }
    }
    spec.key = encryption(desk, form, snapshot)?;
    Ok(spec)
}

/// Checks size and speed, and fills in the speed that comes with the type.
pub fn checked(spec: &mut Spec) -> Outcome {
    let Some((_, smallest, largest)) = KINDS.iter().find(|(name, _, _)| *name == spec.kind) else {
        return Err(AwsError::new(
            "UnknownVolumeType",
            format!("Unsupported volume type '{}' for volume creation.", spec.kind),
        ));
    };
    if !(*smallest..=*largest).contains(&spec.size) {
        return Err(AwsError::refused(format!(
            "Volume of {}GiB is out of bounds; volumes of type {} have {smallest} to {largest} GiB",
            spec.size, spec.kind
        )));
    }
    match spec.kind.as_str() {
        "gp3" => gp3(spec),
        "io1" | "io2" => {
            spec.throughput.map_or(Ok(()), |_| Err(no_throughput(&spec.kind)))?;
            let iops = spec.iops.ok_or_else(|| {
                AwsError::new(
                    "MissingParameter",
                    format!("The parameter iops must be specified for {} volumes.", spec.kind),
                )
            })?;
            let (most, per_gib) = if spec.kind == "io1" { (64_000, 50) } else { (256_000, 1_000) };
            if !(100..=most).contains(&iops) || iops > spec.size * per_gib {
                return Err(AwsError::refused(format!(
                    "Volume iops of {iops} is out of bounds for a {} volume of {} GiB",
                    spec.kind, spec.size
                )));
            }
            Ok(())
        }
        other => {
            spec.throughput.map_or(Ok(()), |_| Err(no_throughput(other)))?;
            if spec.iops.is_some() {
                return Err(AwsError::combination(format!("The parameter iops is not supported for {other} volumes.")));
            }
            if other == "gp2" {
                // Three operations for each GiB, at least 100, at most 16,000. [D] the same page.
                spec.iops = Some((spec.size * 3).clamp(100, 16_000));
            }
            Ok(())
        }
    }
}

fn no_throughput(kind: &str) -> AwsError {
    AwsError::combination(format!("The parameter throughput is not supported for {kind} volumes."))
}

fn gp3(spec: &mut Spec) -> Outcome {
    let (least, most) = limits::GP3_IOPS;
    let iops = *spec.iops.get_or_insert(least);
    if !(least..=most).contains(&iops) {
        return Err(AwsError::refused(format!(
            "Volume iops of {iops} is out of bounds; gp3 volumes have {least} to {most}"
        )));
    }
    if iops > least && iops > spec.size * limits::GP3_IOPS_PER_GIB {
        return Err(AwsError::refused(format!(
            "Iops to volume size ratio of {iops} to {} is too high; the maximum is {} IOPS per GiB",
            spec.size,
            limits::GP3_IOPS_PER_GIB
        )));
    }
    let (least, most) = limits::GP3_THROUGHPUT;
    let throughput = *spec.throughput.get_or_insert(least);
    if !(least..=most).contains(&throughput) {
        return Err(AwsError::refused(format!(
            "Volume throughput of {throughput} is out of bounds; gp3 volumes have {least} to {most}"
        )));
    }
    if throughput * limits::GP3_IOPS_PER_MIB > iops {
        return Err(AwsError::refused(format!(
            "Throughput (MiBps) to iops ratio of {:.5} is too high; maximum is 0.250000 MiBps per iops",
            throughput as f64 / iops as f64
        )));
    }
    Ok(())
}

/// The key that a volume is encrypted with, if it is: as asked, as its snapshot is, or by the account's default.
fn encryption(desk: &Desk, form: &Form, snapshot: Option<&Snapshot>) -> Outcome<Option<String>> {
    let asked = form.flag("Encrypted")?;
    let named = form.text("KmsKeyId").filter(|text| !text.is_empty());
    let switches = &desk.here().switches;
    let inherited = snapshot.and_then(|snapshot| snapshot.key.clone());
    if asked == Some(false) && inherited.is_some() {
        return Err(AwsError::combination(
            "The parameter encrypted cannot be false for a volume of an encrypted snapshot.",
        ));
    }
    let encrypted = asked == Some(true) || inherited.is_some() || switches.encryption_by_default;
    match (named, encrypted) {
        (Some(_), false) => Err(AwsError::new(
            "InvalidParameterDependency",
            "The parameter KmsKeyId requires the parameter Encrypted to be set.",
        )),
        (Some(name), true) => Ok(Some(key::arn_for(desk, name))),
        (None, true) => Ok(Some(inherited.unwrap_or_else(|| switches.default_key(desk)))),
        (None, false) => Ok(None),
    }
}

/// Whether the account's gp3 storage leaves room for so many GiB more.
pub fn storage_left(desk: &Desk, more: i64) -> Outcome {
    let used: i64 =
        desk.truths::<Volume>().filter(|volume| volume.spec.kind == "gp3").map(|volume| volume.spec.size).sum();
    if u64::try_from(used + more).unwrap_or(u64::MAX) > desk.settings.quotas.gp3_gib {
        let message = "You have exceeded your maximum gp3 storage limit in this region. Please contact AWS Support to request an Elastic Block Store service limit increase.";
        return Err(AwsError::new("VolumeLimitExceeded", message));
    }
    Ok(())
}
