//! Programs that know better than a test what is a script: they come from the registry, pinned, or with the system.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The critics of scripts.
pub struct Critics {
    environment: PathBuf,
}

impl Critics {
    /// Made once; needs Python 3 and, then, a package index.
    pub fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut make = Command::new(root.join("scripts/guest-venv"));
        // Tests run from the folder of the builds, wherever that is.
        let target = std::env::current_exe().ok();
        if let Some(target) = target.as_deref().and_then(|own| own.ancestors().nth(3)) {
            make.env("CARGO_TARGET_DIR", target);
        }
        let made = make.output().unwrap_or_else(|why| panic!("scripts/guest-venv: {why}"));
        assert!(made.status.success(), "scripts/guest-venv: {}", String::from_utf8_lossy(&made.stderr));
        Self { environment: PathBuf::from(String::from_utf8_lossy(&made.stdout).trim()) }
    }

    /// What bash says of a script's form, without running it.
    pub fn bash(&self, script: &str) -> String {
        said(Command::new("bash").arg("-n"), &[script])
    }

    /// What shellcheck finds fault with.
    pub fn shellcheck(&self, script: &str) -> String {
        let mut shellcheck = Command::new(self.environment.join("bin/shellcheck"));
        said(shellcheck.args(["--severity=warning", "--shell=bash"]), &[script])
    }

    /// What in these scripts is no PowerShell.
    pub fn powershell(&self, scripts: &[&str]) -> String {
        said(&mut self.reader(), scripts)
    }

    /// How PowerShell scripts are built, a line each, whatever their values.
    pub fn shapes(&self, scripts: &[&str]) -> Vec<String> {
        said(self.reader().arg("--shape"), scripts).lines().map(str::to_owned).collect()
    }

    fn reader(&self) -> Command {
        let mut reader = Command::new(self.environment.join("bin/python"));
        reader.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/powershell.py"));
        reader
    }
}

/// What a program writes that is given scripts as files.
fn said(program: &mut Command, scripts: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap_or_else(|why| panic!("{why}"));
    for (number, script) in scripts.iter().enumerate() {
        let path = folder.path().join(format!("{number:03}"));
        fs::write(&path, script).unwrap_or_else(|why| panic!("{why}"));
        program.arg(path);
    }
    let output = program.output().unwrap_or_else(|why| panic!("{program:?}: {why}"));
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
