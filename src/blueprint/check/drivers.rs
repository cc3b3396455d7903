//! Instance types and the drivers of images.

use crate::blueprint::data::gpu::{self, Driver, FAMILIES, Family};
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{Blueprint, Image, InstanceType, WorkstationPool};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::source::Spanned;

pub fn check(blueprint: &Blueprint, findings: &Findings) {
    for pool in &blueprint.pools {
        let mut known: Vec<(&Spanned<InstanceType>, &'static Family)> = Vec::new();
        for instance_type in pool.instance_types.iter().filter(|of| is_sound(of)) {
            match gpu::family(instance_type) {
                Some(family) => known.push((instance_type, family)),
                None => unknown_family(instance_type, findings),
            }
        }
        for (instance_type, family) in &known {
            size_is_known(instance_type, family, findings);
            if let Some(image) = blueprint.get(&pool.image) {
                system_has_a_driver(instance_type, family, image, findings);
                driver_fits(instance_type, family, image, findings);
            }
        }
        one_architecture(pool, &known, findings);
    }
    for image in &blueprint.images {
        driver_is_known(image, findings);
    }
}

fn unknown_family(of: &Spanned<InstanceType>, findings: &Findings) {
    let names = FAMILIES.iter().map(|family| family.name);
    let all: Vec<_> = names.clone().collect();
    let all = format!("the families with a known GPU are {}", all.join(", "));
    let help = match did_you_mean(of.family(), names) {
        Some(hint) => format!("{hint} {all}"),
        None => all,
    };
    findings.push(
        Diagnostic::error("unknown-family", format!("the GPU of the family \"{}\" is not known", of.family()))
            .at(of.span)
            .help(help),
    );
}

/// Families grow: an unknown size is no error, but nothing can be held against it.
fn size_is_known(of: &Spanned<InstanceType>, family: &Family, findings: &Findings) {
    if family.size(of).is_none() {
        let sizes: Vec<_> = family.sizes.iter().map(|size| size.name).collect();
        findings.push(Diagnostic::warning("unknown-size", format!("the size of {of} is not known")).at(of.span).help(
            format!(
                "the known ones of {} are {}; AWS refuses one that it doesn't offer",
                family.name,
                sizes.join(", ")
            ),
        ));
    }
}

fn system_has_a_driver(of: &Spanned<InstanceType>, family: &Family, image: &Image, findings: &Findings) {
    if !family.runs(image.os.value) {
        findings.push(
            Diagnostic::error("driver", format!("{of} ({}) has no driver for {}", family.gpu, image.os))
                .at(of.span)
                .also(image.os.span, "the image's system")
                .help("take another family, or an image of another system"),
        );
    }
}

/// The kind and the version of a driver, such as `grid-18.4`.
fn read(driver: &str) -> Option<(Driver, Option<(u32, u32)>)> {
    let (kind, version) = driver.split_once('-').unwrap_or((driver, ""));
    let (_, kind) = Driver::ALL.iter().find(|(word, _)| *word == kind)?;
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let version = match (numbers.next().flatten(), numbers.next()) {
        (Some(major), None) => Some((major, 0)),
        (Some(major), Some(minor)) => Some((major, minor.unwrap_or(0))),
        (None, _) => None,
    };
    Some((*kind, version))
}

fn driver_is_known(image: &Image, findings: &Findings) {
    let Some(driver) = &image.gpu_driver else { return };
    if read(driver).is_none() {
        let words: Vec<_> = Driver::ALL.iter().map(|(word, _)| format!("{word}-…")).collect();
        findings.push(
            Diagnostic::error("driver", format!("the driver \"{driver}\" is not known"))
                .at(driver.span)
                .help(format!("write its kind and its version, such as grid-18.4; the kinds are {}", words.join(", "))),
        );
    }
}

fn driver_fits(of: &Spanned<InstanceType>, family: &Family, image: &Image, findings: &Findings) {
    let Some(driver) = &image.gpu_driver else { return };
    let Some((kind, version)) = read(driver) else { return };
    if !family.drivers.contains(&kind) {
        let words = Driver::ALL.iter().filter(|(_, kind)| family.drivers.contains(kind)).map(|(word, _)| *word);
        findings.push(
            Diagnostic::error("driver", format!("{of} ({}) can't have the driver {driver}", family.gpu))
                .at(of.span)
                .also(driver.span, "the image's driver")
                .help(format!("{} takes {}", family.name, words.collect::<Vec<_>>().join(" or "))),
        );
    } else if let (Driver::Grid, Some(oldest), Some(version)) = (kind, family.oldest_grid, version)
        && version < oldest
    {
        findings.push(
            Diagnostic::error("driver", format!("{driver} is too old for {of} ({})", family.gpu))
                .at(of.span)
                .also(driver.span, "the image's driver")
                .help(format!("it needs grid-{}.{} or newer", oldest.0, oldest.1)),
        );
    }
}

/// One image runs on one architecture.
fn one_architecture(pool: &WorkstationPool, known: &[(&Spanned<InstanceType>, &'static Family)], findings: &Findings) {
    let Some((first, family)) = known.first() else { return };
    if let Some((other, _)) = known.iter().find(|(_, other)| other.architecture != family.architecture) {
        findings.push(
            Diagnostic::error("architecture", format!("{other} and {first} can't run the same image"))
                .at(other.span)
                .also(first.span, "the one is x86, the other Arm")
                .also(pool.image.span, "the pool's image")
                .help("keep the types of one architecture"),
        );
    }
}
