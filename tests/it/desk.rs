//! A folder at which somebody sits down with the real program, far from any credentials: what it writes stays there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use closedset::rehearsal::RehearsalCloud;
use minisign::KeyPair;
use serde_json::Value;
use tempfile::TempDir;

/// Such a folder, and the day that it is. The rehearsal cloud is kept in `cloud.json`, from command to command.
pub struct Desk {
    folder: TempDir,
    today: &'static str,
}

impl Desk {
    pub fn on(today: &'static str) -> Self {
        Self { folder: tempfile::tempdir().expect("a folder"), today }
    }

    /// One with this blueprint, as `floor.hcl`.
    pub fn with(today: &'static str, blueprint: &str) -> Self {
        let desk = Self::on(today);
        desk.write("floor.hcl", blueprint);
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as an argument.
    pub fn file(&self, name: &str) -> String {
        self.path(name).to_string_lossy().into_owned()
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it can be written");
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    pub fn read_json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    /// Changes the blueprint; the change must hit.
    pub fn edit(&self, from: &str, to: &str) {
        let text = self.read("floor.hcl");
        assert!(text.contains(from), "{from}");
        self.write("floor.hcl", &text.replacen(from, to, 1));
    }

    /// The program on the cloud that the folder keeps.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_on(self.today, arguments)
    }

    /// On another day.
    pub fn run_on(&self, today: &str, arguments: &[&str]) -> Output {
        self.program(&[&["--cloud", "rehearsal=cloud.json", "--today", today], arguments].concat())
    }

    /// The program without that cloud.
    pub fn run_apart(&self, arguments: &[&str]) -> Output {
        self.program(&[&["--today", self.today], arguments].concat())
    }

    fn program(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program is there")
    }

    /// The program as it is about to be started, for those who do more with it than to wait for its end.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_closedset"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("COLUMNS", "100")
            .stdin(Stdio::null());
        command
    }

    /// Runs the program, which must end so; what it said, line by line.
    pub fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let words = said(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {words}");
        words
    }

    /// The same in one line, however lines were broken.
    pub fn exits(&self, code: i32, arguments: &[&str]) -> String {
        self.expect(code, arguments).split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The JSON that it printed.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", said(&output)))
    }

    /// The operations of a trace, in the order of their calls.
    pub fn operations(&self, trace: &str) -> Vec<String> {
        let named = |line: &str| {
            let call: Value = serde_json::from_str(line).expect("JSON");
            let name = call["operation"].as_str().expect("a name");
            name.rsplit('.').next().unwrap_or_default().to_owned()
        };
        self.read(trace).lines().map(named).collect()
    }

    /// A key of somebody's, and a list of those whose approval counts.
    pub fn approver(&self, who: &str) -> (String, String) {
        let KeyPair { pk, sk } = KeyPair::generate_unencrypted_keypair().expect("a pair");
        self.write("approver.key", &sk.to_box(None).expect("a box").into_string());
        self.write("approvers", &format!("arn:aws:iam::123456789012:user/{who} {}\n", pk.to_base64()));
        (self.file("approver.key"), self.file("approvers"))
    }

    /// Where the ledger and the certificates of `nebula` are.
    pub fn state(&self) -> PathBuf {
        self.path("cloud.json.state").join("123456789012").join("nebula")
    }

    pub fn certificates(&self) -> Vec<Value> {
        let mut paths: Vec<PathBuf> = fs::read_dir(self.state())
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        paths.sort();
        let read = |path: &PathBuf| serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
        paths.iter().map(read).collect()
    }

    /// Steps onto the cloud by hand, behind the program's back.
    pub fn cloud(&self) -> RehearsalCloud {
        RehearsalCloud::open(self.read("cloud.json").as_bytes()).expect("a rehearsal cloud")
    }

    pub fn keep(&self, cloud: &RehearsalCloud) {
        fs::write(self.path("cloud.json"), cloud.save().expect("a world is plain JSON")).expect("it is written");
    }
}

/// All that a run printed.
pub fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

/// A file of the project.
pub fn here(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).to_string_lossy().into_owned()
}
