//! What it costs to hold a live state against the controls.
//!
//! `cargo bench --bench controls` prints it for 1,000 seats, with their volumes, in one pool.

use std::collections::BTreeMap;

use std::time::Instant;

use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::compile::{Facts, compile};
use closedset::controls::{Floor, Phase, Status, examine};
use closedset::resource::Observed;

const SEATS: &str = "1000";
const FLOOR: &str = include_str!("floor.hcl");

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let today = "2026-12-07".parse().expect("a date");
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), FLOOR.as_bytes().to_vec())]);
    let mut inputs = Inputs::default();
    let mut parsed = parsed;
    inputs.add_text(&mut parsed.sources, closedset::blueprint::Origin::Argument, "seats", SEATS);
    let loaded = load(parsed, problems, &inputs, &NoFiles, today);
    let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics) };
    let facts = Facts {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: blueprint.production.region.as_str().to_owned(),
        images: Default::default(),
        devices: BTreeMap::new(),
        offline: true,
    };
    let desired = compile(&blueprint, &facts, &NoFiles).expect("it compiles");
    let mut floor = Floor::live(&blueprint, &desired, &Observed::default(), today);
    // As if all of it were live, as it is declared.
    floor.resources.clone_from(&desired.resources);
    floor.account.clone_from(&desired.account);
    floor.region.clone_from(&desired.region);
    assert_eq!(floor.phase, Phase::Live);

    let start = Instant::now();
    let posture = examine(&floor);
    let took = start.elapsed();
    let held = posture.verdicts.iter().filter(|verdict| verdict.status == Status::Pass).count();
    println!(
        "{} resources, {} controls, {held} hold: {:.3} s",
        floor.resources.len(),
        posture.verdicts.len(),
        took.as_secs_f64()
    );
}
