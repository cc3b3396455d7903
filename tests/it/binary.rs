//! The real program against moto: its verbs and exit codes, and what becomes of a production when it is stopped in the
//! middle of its work, politely or not.

use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use closedset::apply::{Held, Lock, verify};
use tempfile::TempDir;

use crate::gate::{Gate, Hold};
use crate::moto::Moto;
use crate::stage::{Stage, edited, floor};

/// A machine with the program on it, and an account.
struct Machine {
    moto: Moto,
    gate: Gate,
    home: TempDir,
}

impl Machine {
    /// One with this blueprint at hand.
    fn new(text: &str) -> Self {
        let moto = Moto::new();
        let machine = Self { gate: Gate::new(&moto), moto, home: tempfile::tempdir().expect("a folder") };
        machine.write(text);
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Edits the blueprint.
    fn write(&self, text: &str) {
        std::fs::write(self.path("floor.hcl"), text).expect("the blueprint is written");
    }

    fn ledger(&self) -> PathBuf {
        self.path("state").join(self.moto.account()).join("nebula").join("ledger.jsonl")
    }

    /// The program, with nothing of the tests' own environment.
    fn program(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_closedset"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("AWS_ACCESS_KEY_ID", "NOBODY")
            .env("AWS_SECRET_ACCESS_KEY", "nobody")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(self.home.path())
            .args(["--state-dir", "state", "--today", "2026-11-21"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// The same, talking to moto.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.program();
        command.args(["--endpoint-url", &self.gate.url()]).args(arguments);
        command
    }

    /// Runs it to its end.
    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program runs")
    }

    /// Runs it, and sees how it ends.
    fn exits(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (result, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{result}\n{words}");
        format!("{result}\n{words}")
    }

    /// Starts an apply.
    fn start(&self) -> Child {
        self.command(&["apply", "floor.hcl", "--yes"]).spawn().expect("the program starts")
    }

    /// The next run takes up what is left: afterwards there is of everything what there should be, once.
    async fn converges(&self, text: &str) {
        self.gate.hold(Hold::Nothing);
        self.exits(0, &["apply", "floor.hcl", "--yes"]);
        self.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
        self.exits(0, &["ledger", "verify", "floor.hcl"]);
        assert_eq!(self.moto.census(), Stage::with(text).await.moto.census());
    }
}

#[tokio::test]
async fn the_verbs_end_as_the_contract_says() {
    // This server knows everybody by one name, and nobody else could wrap what that one applied.
    let text = edited(&floor(1), "\"pre-release\"", "\"internal\"");
    let machine = Machine::new(&text);
    machine.exits(2, &["plan", "floor.hcl", "--detailed-exitcode"]);
    // Nobody is there to say yes.
    machine.exits(1, &["apply", "floor.hcl"]);
    let told = machine.exits(0, &["apply", "floor.hcl", "--yes"]);
    assert!(told.contains("workstation_pool.comp[001]"), "{told}");
    machine.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
    machine.exits(0, &["apply", "floor.hcl", "--yes"]);
    machine.exits(0, &["status", "floor.hcl"]);

    // An edit is planned, saved, and carried out as it was saved.
    machine.write(&edited(&text, "\"Soho\"", "\"Wardour Street\""));
    machine.exits(2, &["plan", "floor.hcl", "--detailed-exitcode", "--out", "monday.plan"]);
    machine.exits(0, &["apply", "monday.plan", "--yes"]);
    machine.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);

    // A plan that somebody overtook is refused.
    machine.write(&text);
    machine.exits(0, &["plan", "floor.hcl", "--out", "tuesday.plan"]);
    let seats = machine.moto.ec2("DescribeInstances", &[]);
    let seat = seats.split("<instanceId>").nth(1).and_then(|rest| rest.split('<').next()).expect("a seat");
    let tag = [("ResourceId.1", seat), ("Tag.1.Key", "by-hand"), ("Tag.1.Value", "yes")];
    machine.moto.ec2("CreateTags", &tag);
    let told = machine.exits(6, &["apply", "tuesday.plan", "--yes"]);
    assert!(told.contains("workstation_pool.comp[001] has changed"), "{told}");

    // Two at once are one too many.
    let me = Held {
        user: "ada".to_owned(),
        host: "gate".to_owned(),
        process: 1,
        verb: "apply".to_owned(),
        since: "2026-11-21T00:00:00Z".to_owned(),
    };
    let path = machine.ledger().with_file_name("lock");
    let lock = Lock::take(&path, &me).expect("the lock's file").expect("it is free");
    let told = machine.exits(5, &["apply", "floor.hcl", "--yes"]);
    assert!(told.contains("ada on gate"), "{told}");
    machine.exits(5, &["wrap", "floor.hcl", "--yes"]);
    drop(lock);

    machine.exits(0, &["apply", "floor.hcl", "--yes"]);
    // This server has no recycle bin to look into, and what can't be looked into is never taken for empty.
    for more in [&[][..], &[], &["--shred", "--confirm", "nebula"]] {
        let told = machine.exits(3, &[&["wrap", "floor.hcl", "--yes"], more].concat());
        assert!(told.contains("could not be searched: snapshots in the recycle bin"), "{told}");
        assert!(!told.contains("Residue: "), "{told}");
    }
    machine.exits(0, &["ledger", "verify", "floor.hcl"]);

    // A ledger that somebody touched is told from one that is whole.
    let ledger = std::fs::read_to_string(machine.ledger()).expect("the ledger");
    std::fs::write(machine.ledger(), ledger.replacen("apply", "wrap", 1)).expect("it is written");
    machine.exits(1, &["ledger", "verify", "floor.hcl"]);
}

#[tokio::test]
async fn without_credentials_or_a_network_it_says_what_to_do() {
    let machine = Machine::new(&floor(1));
    let output = machine
        .command(&["plan", "floor.hcl"])
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .output()
        .expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("credentials") && words.contains("hint: "), "{words}");

    let start = Instant::now();
    let nowhere = ["--endpoint-url", "http://127.0.0.1:9", "plan", "floor.hcl"];
    let output = machine.program().args(nowhere).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("sts:GetCallerIdentity") && words.contains("hint: "), "{words}");
    assert!(start.elapsed() < Duration::from_secs(60));
}

/// Sends a signal by name.
fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
}

/// What the ledger says of the end of the last run.
fn last_words(machine: &Machine) -> Vec<String> {
    let (entries, verdict) = verify(&machine.ledger()).expect("the ledger is whole");
    assert!(!verdict.torn);
    entries.iter().rev().take(2).map(|entry| entry.what.clone()).collect()
}

#[tokio::test]
async fn an_interrupt_ends_it_within_ten_seconds_whatever_hangs() {
    let text = floor(1);
    let machine = Machine::new(&text);
    machine.gate.hold(Hold::Action("CreateVpcEndpoint"));
    let mut child = machine.start();
    assert!(machine.gate.await_holding());
    let start = Instant::now();
    signal(&child, "INT");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(last_words(&machine)[0], "ended");
    machine.converges(&text).await;
}

#[tokio::test]
async fn a_second_interrupt_drops_what_is_in_flight() {
    let text = floor(1);
    let machine = Machine::new(&text);
    machine.gate.hold(Hold::Action("RunInstances"));
    let mut child = machine.start();
    assert!(machine.gate.await_holding());
    let start = Instant::now();
    signal(&child, "INT");
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert_eq!(last_words(&machine)[0], "ended");
    machine.converges(&text).await;
}

/// Numbers from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap_or_default()
    }
}

/// Kills so many applies, each of a new production and at a random request, before the server heard of it or after; the
/// next apply has to converge.
async fn kill_and_converge(kills: usize, salt: u64) {
    let seed = std::env::var("CLOSEDSET_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map(|now| now.as_secs()).unwrap_or_default().wrapping_add(salt)
    });
    println!("CLOSEDSET_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let text = floor(2);
    let calm = Machine::new(&text);
    calm.exits(0, &["apply", "floor.hcl", "--yes"]);
    let (requests, census) = (calm.gate.requests(), calm.moto.census());
    for _ in 0..kills {
        let at = 1 + dice.below(requests - 1);
        let hold = if dice.below(2) == 0 { Hold::Before(at) } else { Hold::After(at) };
        println!("killed at {hold:?} of {requests} requests");
        let machine = Machine::new(&text);
        machine.gate.hold(hold);
        let mut child = machine.start();
        assert!(machine.gate.await_holding());
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        machine.gate.hold(Hold::Nothing);
        machine.exits(0, &["apply", "floor.hcl", "--yes"]);
        assert_eq!(machine.moto.census(), census);
        machine.exits(0, &["plan", "floor.hcl", "--detailed-exitcode"]);
        machine.exits(0, &["ledger", "verify", "floor.hcl"]);
    }
}

// Twenty kills, in four parts that run side by side.

#[tokio::test]
async fn killed_at_any_moment_it_converges_first_part() {
    kill_and_converge(5, 1).await;
}

#[tokio::test]
async fn killed_at_any_moment_it_converges_second_part() {
    kill_and_converge(5, 2).await;
}

#[tokio::test]
async fn killed_at_any_moment_it_converges_third_part() {
    kill_and_converge(5, 3).await;
}

#[tokio::test]
async fn killed_at_any_moment_it_converges_fourth_part() {
    kill_and_converge(5, 4).await;
}
