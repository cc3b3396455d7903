//! Blueprints as pictures, and what must hold for every picture.

mod drawings;
mod words;

use std::path::Path;

use super::Scene;
use crate::blueprint::{Files, Inputs, Parsed, load};

/// Three tiers, two zones, ten flows.
const TEN_FLOWS: &str = include_str!("ten_flows.hcl");

/// Templates are not what is looked at here.
struct NoTemplates;

impl Files for NoTemplates {
    fn read(&self, _path: &str) -> Result<String, String> {
        Ok("#!/bin/bash\n".to_owned())
    }
}

/// The scene of a blueprint's text.
fn scene(text: &str) -> Scene {
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoTemplates, jiff::civil::date(2026, 11, 21));
    match loaded.blueprint {
        Some(blueprint) => Scene::of(&blueprint),
        None => panic!("{:#?}", loaded.diagnostics.sorted()),
    }
}

/// The scene with some of its text changed; each change must hit.
fn changed(changes: &[(&str, &str)]) -> Scene {
    let mut text = TEN_FLOWS.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    scene(&text)
}

/// Scenes of all that ships, and of variants that are hard to draw.
fn all() -> Vec<Scene> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in ["blueprints", "examples"] {
        let entries = std::fs::read_dir(home.join(folder)).expect("it ships");
        paths.extend(entries.flatten().map(|entry| entry.path()));
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "hcl"));
    paths.sort();
    let texts = paths.iter().map(|path| std::fs::read_to_string(path).expect("a text"));
    let mut all: Vec<Scene> = texts.map(|text| scene(&text)).collect();
    assert!(all.len() >= 12);
    let many_ports: Vec<String> =
        (0..12).map(|port| format!("\"tcp/{}-{}\"", 4000 + port * 10, 4003 + port * 10)).collect();
    all.extend([
        changed(&[]),
        changed(&[("[\"tcp/636\"]", &format!("[{}]", many_ports.join(", ")))]),
        changed(&[("endpoints = [\"s3\", \"ssm\", \"ssmmessages\", \"kms\", \"logs\"]", "endpoints = []")]),
        // Backwards, to itself, out of the edge, and between two columns that are far from each other.
        changed(&[
            (
                "from   = network.main.services\n    to     = network.main.storage",
                "from   = network.main.storage\n    to     = network.main.edge",
            ),
            (
                "from   = network.main.edge\n    to     = network.main.services",
                "from   = network.main.edge\n    to     = [\"192.0.2.99/32\", \"2001:db8::/48\"]",
            ),
        ]),
    ]);
    all
}
