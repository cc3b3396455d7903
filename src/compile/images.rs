//! Which images have to be looked up before a blueprint can be compiled, and what was found.

use std::collections::BTreeSet;

use super::compiler::Compiler;
use crate::blueprint::data::gpu;
use crate::blueprint::model::{self, Image, Os, WorkstationPool};
use crate::blueprint::{Blueprint, Diagnostic};
use crate::resource::{ImageFacts, ImageSource};

/// The images that the blueprint's pools start from, each once, sorted.
pub fn images(blueprint: &Blueprint) -> Vec<ImageSource> {
    let used: BTreeSet<_> =
        blueprint.pools.iter().filter_map(|pool| blueprint.get(&pool.image.value)).map(source_of).collect();
    used.into_iter().collect()
}

fn source_of(image: &Image) -> ImageSource {
    match &image.source.value {
        model::ImageSource::Id(id) => ImageSource::Id(id.clone()),
        model::ImageSource::SsmParameter(name) => ImageSource::Parameter(name.clone()),
        model::ImageSource::Lookup { owners, name } => {
            ImageSource::Lookup { owners: owners.clone(), name: name.clone() }
        }
    }
}

/// How people name the source in a message.
fn words_of(source: &ImageSource) -> String {
    match source {
        ImageSource::Id(id) => format!("image {id}"),
        ImageSource::Parameter(name) => format!("image of the parameter {name}"),
        ImageSource::Lookup { owners, name } => format!("image {name} of {}", owners.join(", ")),
    }
}

impl Compiler<'_> {
    /// What a pool starts from. An image that doesn't exist is an error; without a cloud it is taken on trust.
    pub(super) fn image_of(&mut self, pool: &WorkstationPool) -> Option<ImageFacts> {
        let image = self.blueprint.get(&pool.image.value)?;
        let source = source_of(image);
        let Some(facts) = self.facts.images.get(&source).cloned() else {
            if self.facts.offline {
                return Some(on_trust(&source, image.os.value));
            }
            self.found.push(
                Diagnostic::error(
                    "image-not-found",
                    format!("there is no {} in {}, or it may not be read", words_of(&source), self.facts.region),
                )
                .at(image.source.span)
                .also(pool.image.span, "seats start from it")
                .help("copy or share the image to this account and region, or name another"),
            );
            return None;
        };
        let windows = image.os.value.platform() == model::Platform::Windows;
        if facts.windows != windows {
            let is = if facts.windows { "Windows" } else { "Linux" };
            self.warn(format!("image.{}: os is {}, but {} is a {is} image", image.name, image.os, facts.id));
        }
        self.check_architecture(pool, &facts);
        Some(facts)
    }

    /// An image runs on processors of its own kind only.
    fn check_architecture(&mut self, pool: &WorkstationPool, image: &ImageFacts) {
        for instance_type in &pool.instance_types {
            let Some(family) = gpu::family(&instance_type.value) else { continue };
            let runs = match family.architecture {
                gpu::Architecture::X86 => "x86_64",
                gpu::Architecture::Arm => "arm64",
            };
            if image.architecture != runs {
                self.found.push(
                    Diagnostic::error(
                        "wrong-architecture",
                        format!("{instance_type} runs {runs}, but {} is made for {}", image.id, image.architecture),
                    )
                    .at(instance_type.span)
                    .also(pool.image.span, "the image is named here"),
                );
            }
        }
    }
}

/// What is known of an image without asking: its id where it is written down, and the root device that images of its
/// system have. Source: EC2 user guide, "Device names for volumes on Amazon EC2 instances".
fn on_trust(source: &ImageSource, os: Os) -> ImageFacts {
    let id = match source {
        ImageSource::Id(id) => id.clone(),
        ImageSource::Parameter(name) => format!("parameter {name}"),
        ImageSource::Lookup { name, .. } => format!("newest {name}"),
    };
    let root_device = if os == Os::AmazonLinux2023 { "/dev/xvda" } else { "/dev/sda1" };
    ImageFacts {
        id,
        root_device: root_device.to_owned(),
        root_size_gib: None,
        windows: os.platform() == model::Platform::Windows,
        architecture: "x86_64".to_owned(),
    }
}
