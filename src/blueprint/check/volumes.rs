//! Volumes: what EBS allows, and what an instance can make use of.

use crate::blueprint::data::{ebs, gpu};
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Blueprint, Volume, VolumeType, WorkstationPool};

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for pool in &blueprint.pools {
        for volume in pool.all_volumes() {
            match volume.kind.value {
                VolumeType::Gp3 => gp3(volume, findings),
                VolumeType::Io2 => io2(volume, findings),
            }
        }
        instances_keep_up(pool, findings);
        backed_up(blueprint, pool, findings);
    }
}

fn gp3(volume: &Volume, findings: &Findings) {
    let size = &volume.size_gib;
    if let Some(iops) = &volume.declared_iops {
        let per_size = size.value.saturating_mul(ebs::GP3_MOST_IOPS_PER_GIB).max(ebs::GP3_BASE_IOPS);
        if iops.value < ebs::GP3_BASE_IOPS || iops.value > ebs::GP3_MOST_IOPS {
            findings.push(
                Diagnostic::error("volume-limits", format!("gp3 can't have {iops} operations a second"))
                    .at(iops.span)
                    .also(volume.kind.span, "the volume is gp3")
                    .help(format!("it has {} to {}", ebs::GP3_BASE_IOPS, ebs::GP3_MOST_IOPS)),
            );
        } else if iops.value > per_size {
            findings.push(
                Diagnostic::error("volume-limits", format!("gp3 can't have {iops} operations a second at {size} GiB"))
                    .at(iops.span)
                    .also(size.span, format!("{} for each GiB make {per_size}", ebs::GP3_MOST_IOPS_PER_GIB))
                    .help("make the volume larger, or ask for less"),
            );
        }
    }
    let Some(throughput) = &volume.declared_throughput_mibs else { return };
    let most = volume.iops() / ebs::GP3_IOPS_PER_MIBS;
    // Without operations of its own the baseline counts, which stands at the size's place.
    let iops_at = volume.declared_iops.as_ref().map_or(size.span, |iops| iops.span);
    if throughput.value < ebs::GP3_BASE_THROUGHPUT_MIBS || throughput.value > ebs::GP3_MOST_THROUGHPUT_MIBS {
        findings.push(
            Diagnostic::error("volume-limits", format!("gp3 can't move {throughput} MiB a second"))
                .at(throughput.span)
                .also(volume.kind.span, "the volume is gp3")
                .help(format!("it moves {} to {}", ebs::GP3_BASE_THROUGHPUT_MIBS, ebs::GP3_MOST_THROUGHPUT_MIBS)),
        );
    } else if throughput.value > most {
        findings.push(
            Diagnostic::error(
                "volume-limits",
                format!("gp3 can't move {throughput} MiB a second with {} operations", volume.iops()),
            )
            .at(throughput.span)
            .also(iops_at, format!("a quarter of the operations: {most} MiB a second"))
            .help(format!("write iops = {} or more", throughput.value * ebs::GP3_IOPS_PER_MIBS)),
        );
    }
}

fn io2(volume: &Volume, findings: &Findings) {
    let size = &volume.size_gib;
    match &volume.declared_iops {
        None => findings.push(
            Diagnostic::error("volume-limits", format!("the io2 volume \"{}\" lacks `iops`", volume.name))
                .at(volume.kind.span)
                .help("io2 has no baseline: write how many operations a second it must have"),
        ),
        Some(iops) => {
            let per_size = size.value.saturating_mul(ebs::IO2_MOST_IOPS_PER_GIB);
            if !ebs::IO2_IOPS.contains(&iops.value) || iops.value > per_size {
                findings.push(
                    Diagnostic::error(
                        "volume-limits",
                        format!("io2 can't have {iops} operations a second at {size} GiB"),
                    )
                    .at(iops.span)
                    .also(size.span, format!("{} for each GiB make {per_size}", ebs::IO2_MOST_IOPS_PER_GIB))
                    .help(format!("it has {} to {}", ebs::IO2_IOPS.start(), ebs::IO2_IOPS.end())),
                );
            }
        }
    }
    if size.value < ebs::IO2_LEAST_GIB {
        findings.push(
            Diagnostic::error("volume-limits", format!("io2 can't have {size} GiB"))
                .at(size.span)
                .also(volume.kind.span, "the volume is io2")
                .help(format!("it has at least {}", ebs::IO2_LEAST_GIB)),
        );
    }
    if let Some(throughput) = &volume.declared_throughput_mibs {
        findings.push(
            Diagnostic::error("volume-limits", "io2 has no `throughput_mibs`")
                .at(throughput.span)
                .also(volume.kind.span, "the volume is io2")
                .help("leave it out: io2 moves what its operations allow"),
        );
    }
}

/// What a volume can do beyond its instance is paid for and never had.
fn instances_keep_up(pool: &WorkstationPool, findings: &Findings) {
    for of in pool.instance_types.iter().filter(|of| is_sound(of)) {
        let Some(size) = gpu::family(of).and_then(|family| family.size(of)) else { continue };
        for volume in pool.all_volumes() {
            if let (Some(iops), Some(most)) = (&volume.declared_iops, size.iops)
                && iops.value > most
            {
                findings.push(
                    Diagnostic::warning("instance-limits", format!("{of} can't use {iops} operations a second"))
                        .at(iops.span)
                        .also(of.span, format!("it does {most} at most, over all volumes"))
                        .help("ask for less, or take a larger type"),
                );
            }
            if let (Some(throughput), Some(most)) = (&volume.declared_throughput_mibs, size.throughput_mibs)
                && throughput.value > most
            {
                findings.push(
                    Diagnostic::warning("instance-limits", format!("{of} can't move {throughput} MiB a second"))
                        .at(throughput.span)
                        .also(of.span, format!("it moves {most} at most, over all volumes"))
                        .help("ask for less, or take a larger type"),
                );
            }
        }
    }
}

/// `backup = true` alone backs nothing up.
fn backed_up(blueprint: &Blueprint, pool: &WorkstationPool, findings: &Findings) {
    let is_backed_up = blueprint.backups.iter().any(|backup| backup.of.iter().any(|of| of.value == pool.name.value));
    for volume in pool.all_volumes().filter(|volume| volume.backup.value && !is_backed_up) {
        findings.push(
            Diagnostic::warning("no-backup", format!("nothing backs up the volume \"{}\"", volume.name))
                .at(volume.backup.span)
                .also(pool.name.span, "no backup is `of` this pool")
                .help(format!("write a backup with of = [workstation_pool.{}]", pool.name)),
        );
    }
}
