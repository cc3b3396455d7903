//! What it costs to say, for every pair of places of a large floor, what can pass between them.
//!
//! `cargo bench --bench reach` prints it for 20 segments in two zones with 200 flows and a seat in each segment.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::compile::{Facts, compile};
use closedset::controls::reach::{DeclaredFlow, Reach};
use closedset::resource::Address;

const SEGMENTS: usize = 20;
const FLOWS: usize = 200;

const HEAD: &str = r#"
blueprint {
  version = 1
}
production "bench" {
  owner         = "lighthouse-vfx"
  content_class = "pre-release"
  region        = "us-west-2"
  starts_on     = "2026-01-01"
  wraps_on      = "2036-06-30"
  contacts {
    security = "security@lighthouse.example"
  }
}
key "content" {}
prefix_list "offices" {
  entries = {
    "198.51.100.0/26" = "Leeds"
    "203.0.113.0/24"  = "Soho"
  }
}
image "linux" {
  os = "rocky-9"
  id = "ami-0b5eacedc105edf10"
}
lockdown "artist" {}
display "artist" {
  protocol = "dcv"
}
network "main" {
  cidr      = "10.40.0.0/16"
  zones     = ["us-west-2a", "us-west-2b"]
  endpoints = ["s3", "ssm", "ssmmessages", "kms", "logs"]
"#;

/// Segments in all tiers, a flow from each to ten others, and pools in those that hold content.
fn floor() -> String {
    let mut text = HEAD.to_owned();
    for at in 0..SEGMENTS {
        let tier = ["content", "content", "content", "service", "edge"][at % 5];
        let _ = writeln!(text, "segment \"s{at}\" {{\n tier = \"{tier}\"\n newbits = 7\n}}");
    }
    for flow in 0..FLOWS {
        let (from, step) = (flow % SEGMENTS, flow / SEGMENTS + 1);
        let (to, port) = ((from + step) % SEGMENTS, 4000 + flow);
        let from = if step == 10 { "prefix_list.offices".to_owned() } else { format!("network.main.s{from}") };
        let _ = writeln!(
            text,
            "flow \"f{flow}\" {{\n from = {from}\n to = network.main.s{to}\n ports = [\"tcp/{port}\", \"udp/{port}\"]\n \
             reason = \"Flow {flow}.\"\n}}"
        );
    }
    text.push_str("}\n");
    for at in (0..SEGMENTS).filter(|at| at % 5 < 3) {
        let _ = writeln!(
            text,
            "workstation_pool \"p{at}\" {{\n seats = 1\n image = image.linux\n segment = network.main.s{at}\n \
             instance_types = [\"g6.4xlarge\"]\n lockdown = lockdown.artist\n display = display.artist\n \
             root_volume {{\n size_gib = 100\n type = \"gp3\"\n }}\n}}"
        );
    }
    text
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), floor().into_bytes())]);
    let today = "2026-11-21".parse().expect("a date");
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today);
    let blueprint = loaded.blueprint.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let facts = Facts {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-west-2".to_owned(),
        images: BTreeMap::new(),
        devices: BTreeMap::new(),
        offline: true,
    };
    let desired = compile(&blueprint, &facts, &NoFiles).expect("it compiles");
    let flows = DeclaredFlow::all(&blueprint);

    let start = Instant::now();
    let reach = Reach::of(&desired.resources);
    let matrix = reach.matrix();
    let analysed = start.elapsed();
    let passages: usize = matrix.pairs.iter().map(|pair| pair.passages.len()).sum();
    let mut violations = reach.open_to_internet().len() + reach.egress_beyond_declared(&flows).len();
    for segment in blueprint.networks.iter().flat_map(|network| &network.segments) {
        let address = Address::new(format!("network.main.{}", segment.name));
        violations += reach.lateral(&address).len() + reach.internet_paths(&address).len();
    }
    println!(
        "{SEGMENTS} segments, {FLOWS} flows, {} places: all {} pairs in {:.3} s, {passages} passages; with every check \
         {:.3} s, {violations} findings",
        matrix.places.len(),
        matrix.places.len() * matrix.places.len(),
        analysed.as_secs_f64(),
        start.elapsed().as_secs_f64(),
    );
    assert!(start.elapsed().as_secs_f64() < 1.0, "it takes a second at most");
}
