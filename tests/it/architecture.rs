//! The invariants of ARCHITECTURE.md, held by reading the source: who may name what.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src`, without what only its tests see.
struct File {
    /// Relative to `src`, such as `plan/changes.rs`.
    path: String,
    lines: Vec<(usize, String)>,
    /// Lines in all, tests included.
    length: usize,
    /// Its first line.
    first: String,
}

impl File {
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

fn source() -> Vec<File> {
    fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, into);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                into.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let files: Vec<File> = paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("a text");
            let relative = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
            let only_tests = relative.contains("/tests/") || relative.ends_with("tests.rs");
            let code = text.split("#[cfg(test)]\n").next().unwrap_or_default();
            let lines = code
                .lines()
                .enumerate()
                .filter(|(_, line)| !only_tests && !line.trim_start().starts_with("//"))
                .map(|(number, line)| (number + 1, line.to_owned()))
                .collect();
            let first = text.lines().next().unwrap_or_default().to_owned();
            File { path: relative, lines, length: text.lines().count(), first }
        })
        .collect();
    assert!(files.len() > 50, "the source was found");
    files
}

/// Where, in the rooms chosen, a line holds one of these words.
fn named(rooms: impl Fn(&str) -> bool, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in source().iter().filter(|file| rooms(file.room())) {
        for (number, line) in &file.lines {
            if let Some(word) = words.iter().find(|word| line.contains(**word)) {
                found.push(format!("src/{}:{number} names {word}", file.path));
            }
        }
    }
    found
}

const PURE: &[&str] = &["blueprint", "compile", "plan", "resource", "guest", "controls"];

#[test]
fn pure_rooms_have_no_clock_no_network_no_environment_no_files_and_no_sdk() {
    let forbidden = [
        "aws_sdk",
        "aws_config",
        "aws_smithy",
        "tokio",
        "std::fs",
        "fs::read",
        "std::env",
        "env::var",
        "TcpStream",
        "UdpSocket",
        "std::process",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "rand::",
        "fastrand",
    ];
    assert_eq!(named(|room| PURE.contains(&room), &forbidden), Vec::<String>::new());
}

#[test]
fn only_the_cloud_room_names_the_sdk() {
    let sdk = ["aws_sdk_", "aws_config", "aws_smithy", "aws_types", "aws_credential_types"];
    assert_eq!(named(|room| room != "cloud", &sdk), Vec::<String>::new());
}

#[test]
fn only_the_command_line_prints_or_exits() {
    let words = ["println!(", "eprintln!(", "print!(", "dbg!(", "process::exit"];
    assert_eq!(named(|room| room != "cli", &words), Vec::<String>::new());
}

#[test]
fn only_apply_changes_the_cloud() {
    let changes: Vec<String> = [
        "create",
        "finish",
        "update",
        "release",
        "delete",
        "launch",
        "terminate",
        "label",
        "mark_volume",
        "unprotect",
        "restart",
        "attach",
        "set_profile",
        "schedule_key_deletion",
        "take_snapshots",
        "copy_snapshot",
        "delete_snapshot",
        "prepare",
        "swap",
        "delete_volume",
        "stop_all",
        "start_all",
        "retire_key",
        "sign_key",
    ]
    .iter()
    .map(|name| format!("cloud.{name}("))
    .collect();
    let words: Vec<&str> = changes.iter().map(String::as_str).collect();
    assert_eq!(named(|room| !matches!(room, "apply" | "cloud"), &words), Vec::<String>::new());
}

#[test]
fn each_room_uses_only_the_rooms_it_may() {
    let may = |room: &str| -> Option<&[&str]> {
        Some(match room {
            "blueprint" | "resource" | "rehearsal" => &[],
            "guest" => &["blueprint", "resource"],
            "compile" => &["blueprint", "resource", "guest"],
            "cloud" => &["resource", "rehearsal"],
            "plan" => &["resource"],
            "controls" => &["blueprint", "resource", "plan"],
            "apply" => &["plan", "cloud", "resource"],
            "recovery" => &["apply", "blueprint", "cloud", "plan", "resource"],
            "report" => &["apply", "blueprint", "cloud", "controls", "guest", "plan", "recovery", "resource"],
            // The command line may use all.
            _ => return None,
        })
    };
    let rooms = [
        "apply",
        "blueprint",
        "cli",
        "cloud",
        "compile",
        "controls",
        "guest",
        "plan",
        "recovery",
        "rehearsal",
        "report",
        "resource",
    ];
    let mut wrong = Vec::new();
    for file in source() {
        let Some(allowed) = may(file.room()) else { continue };
        for (number, line) in &file.lines {
            for room in rooms.iter().filter(|room| **room != file.room() && !allowed.contains(room)) {
                if line.contains(&format!("crate::{room}::")) {
                    wrong.push(format!("src/{}:{number} uses {room}", file.path));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn a_long_file_says_why_it_is_long() {
    let long: Vec<String> = source()
        .iter()
        .filter(|file| file.length > 800 && !file.first.contains("Long"))
        .map(|file| format!("src/{} has {} lines", file.path, file.length))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}
