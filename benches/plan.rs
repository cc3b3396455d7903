//! What a plan of many seats costs on its own: the program's time and memory, without a cloud.
//!
//! `cargo bench --bench plan` prints both for 5,000 seats whose live state is as it should be but for one seat, read from
//! a recorded observation; `cargo bench --bench plan -- 500` for another number.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use closedset::blueprint::{Inputs, NoFiles, Parsed, load};
use closedset::compile::{Facts, compile};
use closedset::plan::{Options, make};
use closedset::resource::{Address, Desired, Found, Observed, Resource, Status};

const FLOOR: &str = include_str!("floor.hcl");

fn desired(seats: u32) -> Desired {
    let text = FLOOR.replacen("default     = 10", &format!("default     = {seats}"), 1);
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.into_bytes())]);
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
    compile(&blueprint, &facts, &NoFiles).expect("it compiles")
}

/// What a bulk read would have brought, as it is recorded.
fn recorded(desired: &Desired) -> String {
    let mut observed =
        Observed { account: desired.account.clone(), region: desired.region.clone(), ..Observed::default() };
    for (address, resource) in &desired.resources {
        let mut resource = resource.clone();
        if let Resource::Seat(seat) = &mut resource {
            seat.instance_types.truncate(1);
            let home = address.slot().and_then(|(pool, slot)| desired.pools.get(pool)?.home(slot).cloned());
            seat.subnets = home.into_iter().collect();
        }
        let found = Found {
            address: address.clone(),
            id: format!("i-{address}"),
            resource,
            digest: desired.digest_of(address),
            protected: false,
            status: Status::Ready,
            facts: BTreeMap::new(),
        };
        observed.found.insert(address.clone(), found);
    }
    observed.found.remove(&Address::seat("comp", 1));
    serde_json::to_string(&observed).expect("it can be written")
}

/// Processor seconds of this process so far, and its largest memory in MiB; from Linux's process files.
fn spent() -> (f64, u64) {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The fields behind the command's name, which may hold spaces: user and system time are the 12th and 13th of them.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields.iter().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
    // The kernel counts in hundredths of a second wherever it runs.
    (ticks / 100.0, peak.unwrap_or(0_u64) / 1024)
}

#[expect(clippy::print_stdout, reason = "a benchmark says what it measured")]
fn main() {
    let seats = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(5000);
    let desired = desired(seats);
    let recording = recorded(&desired);
    let (before, _) = spent();
    let start = Instant::now();
    let observed: Observed = serde_json::from_str(&recording).expect("what was recorded can be read");
    let plan = make(&desired, &observed, &Options::default());
    let text = serde_json::to_string(&plan).expect("a plan can be written");
    let (after, peak) = spent();
    println!(
        "{seats} seats, {} resources: {:.2} s of processor time, {:.2} s in all, {peak} MiB at most; {} changes, {} bytes of JSON",
        desired.resources.len(),
        after - before,
        start.elapsed().as_secs_f64(),
        plan.changes.len(),
        text.len(),
    );
}
