//! The whole way from a blueprint's text to the resources it asks for, read as a studio would write it.

mod properties;
mod refused;
mod shape;
mod shipped;

use std::collections::BTreeMap;

use super::{Facts, compile, images};
use crate::blueprint::{Blueprint, Diagnostics, Files, Inputs, NoFiles, Parsed, load};
use crate::resource::{Address, Desired, Document, ImageFacts, ImageSource, Resource};

/// A floor of three seats.
const FLOOR: &str = include_str!("floor.hcl");

/// Templates by their path.
struct Templates(BTreeMap<&'static str, String>);

impl Files for Templates {
    fn read(&self, path: &str) -> Result<String, String> {
        self.0.get(path).cloned().ok_or_else(|| "there is no such file".to_owned())
    }
}

/// The template that ships with the project.
fn templates() -> Templates {
    with_template(include_str!("../../../templates/site.sh.j2"))
}

fn with_template(text: &str) -> Templates {
    Templates(BTreeMap::from([("templates/site.sh.j2", text.to_owned())]))
}

/// The floor with some of its text changed; each change must hit.
fn floor(changes: &[(&str, &str)]) -> Blueprint {
    let mut text = FLOOR.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.into_bytes())]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, jiff::civil::date(2026, 11, 21));
    match loaded.blueprint {
        Some(blueprint) => blueprint,
        None => panic!("{:#?}", loaded.diagnostics.sorted()),
    }
}

/// An account that has the image.
fn facts() -> Facts {
    let image = ImageFacts {
        id: "ami-0123456789abcdef0".to_owned(),
        root_device: "/dev/sda1".to_owned(),
        root_size_gib: Some(100),
        windows: false,
        architecture: "x86_64".to_owned(),
    };
    Facts {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-west-2".to_owned(),
        images: BTreeMap::from([(ImageSource::Id(image.id.clone()), image)]),
        devices: BTreeMap::new(),
        offline: false,
    }
}

fn compiled(changes: &[(&str, &str)]) -> Desired {
    match compile(&floor(changes), &facts(), &templates()) {
        Ok(desired) => desired,
        Err(found) => panic!("{:#?}", found.sorted()),
    }
}

/// All policies of a desired state, each with whose it is.
fn policies(desired: &Desired) -> Vec<(&Address, &Document)> {
    let mut all = Vec::new();
    for (address, resource) in &desired.resources {
        match resource {
            Resource::KmsKey(key) => all.push((address, &key.policy)),
            Resource::VpcEndpoint(endpoint) => all.push((address, &endpoint.policy)),
            Resource::IamRole(role) => {
                all.push((address, &role.trust));
                all.extend(role.policies.values().map(|policy| (address, policy)));
            }
            _ => {}
        }
    }
    all
}

/// The words of every error, in the order of their places.
fn said(found: &Diagnostics) -> Vec<String> {
    found.sorted().into_iter().map(|one| format!("{}: {}", one.code, one.message)).collect()
}
