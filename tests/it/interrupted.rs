//! A command that is interrupted before it changed anything: the real program, and a server that never answers.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::desk::Desk;
use crate::ending::{planned, small};

/// A server that takes every question and answers none.
struct Silent(TcpListener);

impl Silent {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("it can be asked without waiting");
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// Waits until the program asks; the line is open until it is dropped.
    fn await_question(&self, program: &mut Child) -> TcpStream {
        loop {
            match self.0.accept() {
                Ok((line, _)) => return line,
                Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock, "{error}"),
            }
            assert_eq!(program.try_wait().expect("it can be asked"), None, "it ended without a question");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Starts a command, sends the signal once it waits for its first answer, and sees how it ends.
fn interrupted(house: &Desk, signal: &str, verb: &[&str]) -> Output {
    let server = Silent::new();
    let url = server.url();
    let mut program = house
        .command(&[&["--endpoint-url", &url, "--today", "2026-12-01"], verb].concat())
        .envs([
            ("AWS_ACCESS_KEY_ID", "NOBODY"),
            ("AWS_SECRET_ACCESS_KEY", "nobody"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let line = server.await_question(&mut program);
    let sent = Command::new("kill").args([&format!("-{signal}"), &program.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let output = program.wait_with_output().expect("it ends");
    drop(line);
    output
}

#[test]
fn a_plan_that_is_interrupted_says_that_nothing_was_changed() {
    let house = planned(&small());
    for (signal, verb) in [("INT", "plan"), ("TERM", "status")] {
        let output = interrupted(&house, signal, &[verb, "floor.hcl"]);
        assert_eq!(output.status.code(), Some(130), "{verb}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "interrupted; nothing was changed\n", "{verb}");
        assert!(output.stdout.is_empty(), "{verb}");
    }
    // Programs are told as they are told of any other error.
    for (verb, is_stream) in
        [(&["plan", "floor.hcl", "--json"][..], false), (&["apply", "floor.hcl", "--json", "--yes"], true)]
    {
        let output = interrupted(&house, "INT", verb);
        assert_eq!(output.status.code(), Some(130), "{verb:?}");
        let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
        assert_eq!(told["error"]["kind"], "interrupted", "{told:#}");
        assert_eq!((&told["exit_code"], told["type"] == "error"), (&130.into(), is_stream), "{told:#}");
    }
    // The lock went with it.
    house.exits(0, &["plan", "floor.hcl"]);
}
