//! How many instances can be had: the zone's capacity and the account's quota.

use super::instance::Instance;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::instance_types::{self, InstanceType};
use crate::rehearsal::wire::{AwsError, Outcome};

/// How many instances a launch of `least` to `most` gets.
///
/// # Errors
/// `InsufficientInstanceCapacity`, which is HTTP 500, if there are not even `least`; `VcpuLimitExceeded`.
pub fn granted(desk: &mut Desk, kind: &InstanceType, zone: &str, least: usize, most: usize) -> Outcome<usize> {
    let pool = format!("{}@{zone}", kind.name);
    let odds = desk.settings.faults.odds();
    let left = desk.settings.capacity.get(&pool).map(|capacity| {
        let given = desk.here().given.get(&pool).copied().unwrap_or_default();
        usize::try_from(capacity.saturating_sub(given)).unwrap_or(usize::MAX)
    });
    let mut count = left.unwrap_or(usize::MAX).min(most).min(quota_left(desk, kind));
    if desk.goes_wrong(odds.no_capacity) {
        count = 0;
    } else if least < most && desk.goes_wrong(odds.partial_fill) {
        let span = (count.saturating_sub(least)) as u64;
        count = least.saturating_add(usize::try_from(desk.world.luck.below(span + 1)).unwrap_or_default()).min(count);
    }
    if count < least || count == 0 {
        return Err(insufficient(kind, zone));
    }
    Ok(count)
}

/// The error for a zone without capacity.
pub fn insufficient(kind: &InstanceType, zone: &str) -> AwsError {
    AwsError::new(
        "InsufficientInstanceCapacity",
        format!(
            "We currently do not have sufficient {} capacity in the Availability Zone you requested ({zone}). Our system will be working on provisioning additional capacity.",
            kind.name
        ),
    )
    .status(500)
}

/// How many more instances of a type the account's quota allows.
fn quota_left(desk: &Desk, kind: &InstanceType) -> usize {
    let gpu = kind.counts_as_gpu();
    let used: u64 = desk
        .truths::<Instance>()
        .filter(|instance| !instance.is_gone() && instance.state != super::instance::InstanceState::Stopped)
        .filter_map(|instance| instance_types::find(&instance.kind))
        .filter(|other| other.counts_as_gpu() == gpu)
        .map(|other| u64::from(other.vcpus))
        .sum();
    let quotas = &desk.settings.quotas;
    let quota = if gpu { quotas.gpu_vcpus } else { quotas.other_vcpus };
    usize::try_from(quota.saturating_sub(used) / u64::from(kind.vcpus.max(1))).unwrap_or(usize::MAX)
}

/// Whether the quota allows at least so many instances of a type.
pub fn vcpus_left(desk: &Desk, kind: &InstanceType, least: usize) -> Outcome {
    if quota_left(desk, kind) >= least {
        return Ok(());
    }
    let quotas = &desk.settings.quotas;
    let quota = if kind.counts_as_gpu() { quotas.gpu_vcpus } else { quotas.other_vcpus };
    Err(AwsError::new(
        "VcpuLimitExceeded",
        format!(
            "You have requested more vCPU capacity than your current vCPU limit of {quota} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
        ),
    ))
}
