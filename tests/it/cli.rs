//! The command line as users and scripts meet it: the real program, its exit codes, and what it prints where.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;
use serde_json::Value;

/// A folder to work in, with a small blueprint in it, and a place for ledgers and locks.
struct Studio {
    folder: tempfile::TempDir,
}

/// What a command did.
struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Studio {
    /// With the starter blueprint, which is small and uses every common block.
    fn new() -> Self {
        let studio = Self::empty();
        assert_eq!(studio.run(["--today", "2026-12-01", "init"]).code, Some(0));
        studio
    }

    fn empty() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_closedset"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .env("CLOSEDSET_STATE_DIR", self.path("state"))
            .env("COLUMNS", "80")
            // Where a test sends a request by mistake, nobody hears it.
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        command
    }

    fn run<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(&self, arguments: I) -> Ran {
        Ran::of(&self.command(arguments).output().expect("the program starts"))
    }

    /// On a rehearsal cloud that is kept from command to command.
    fn rehearse<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        self.run(["--cloud", "rehearsal=cloud.json", "--today", "2026-12-01"].into_iter().chain(arguments))
    }

    fn edit(&self, from: &str, to: &str) {
        let path = self.path("production.hcl");
        let text = fs::read_to_string(&path).expect("a blueprint");
        assert!(text.contains(from), "{from} is in\n{text}");
        fs::write(path, text.replace(from, to)).expect("can be written");
    }
}

impl Ran {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// All of it, as a test shows it.
    fn shown(&self) -> String {
        format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code.unwrap_or(-1), self.out, self.err)
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in\n{}", self.shown()))
    }

    fn events(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}"))).collect()
    }
}

#[test]
fn a_starter_blueprint_is_valid_formatted_and_never_overwritten() {
    let studio = Studio::new();
    let ran = studio.run(["validate", "--today", "2026-12-01"]);
    assert_snapshot!(ran.shown(), @r"
    exit 0
    --- stdout
    The blueprint is valid: production nebula with 4 seats in 1 pool.
    --- stderr
    ");
    let ran = studio.run(["fmt", "--check"]);
    assert_snapshot!(ran.shown(), @r"
    exit 0
    --- stdout
    --- stderr
    ");
    let ran = studio.run(["init"]);
    assert_snapshot!(ran.shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: cannot write production.hcl: File exists
      hint: nothing is overwritten: name another folder
    ");
}

#[test]
fn errors_of_a_blueprint_are_shown_all_at_once_and_nothing_is_sent() {
    let studio = Studio::new();
    studio.edit("region        = \"us-west-2\"", "regoin        = \"us-west-2\"");
    studio.edit("seats", "setas");
    for verb in ["validate", "plan", "apply", "status", "wrap"] {
        let ran = studio.run([verb, "--trace-api", "trace.jsonl"]);
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        assert_eq!(ran.out, "", "{verb}");
        assert!(ran.err.contains("regoin") && ran.err.contains("setas"), "{}", ran.shown());
        assert!(!studio.path("trace.jsonl").exists(), "{verb} sent something");
    }
}

#[test]
fn files_that_can_not_be_read_are_named() {
    let studio = Studio::empty();
    assert_snapshot!(studio.run(["plan"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no .hcl file in this folder
      hint: closedset init writes a starter blueprint
    ");
    assert_snapshot!(studio.run(["plan", "nope.hcl"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: cannot read nope.hcl: No such file or directory
      hint: name a blueprint: a file, or a folder with .hcl files in it
    ");
    fs::write(studio.path("notes.txt"), "no plan").unwrap();
    assert_snapshot!(studio.run(["apply", "notes.txt"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: notes.txt is neither a blueprint nor a saved plan
      hint: blueprints end in .hcl; closedset plan --out FILE saves a plan
    ");
    fs::write(studio.path("torn.plan"), "{\"file\":\"closedset plan\",\"pl").unwrap();
    assert_snapshot!(studio.run(["apply", "torn.plan"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: the saved plan torn.plan is damaged: EOF while parsing a string at line 1
      column 28
      hint: make a new plan: closedset plan --out FILE
    ");
    fs::write(studio.path("latin.hcl"), b"# caf\xe9\n").unwrap();
    let ran = studio.run(["validate", "latin.hcl"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("latin.hcl:1:6"), "{}", ran.shown());
}

#[test]
fn wrong_arguments_are_errors_and_never_exit_with_2() {
    let studio = Studio::empty();
    for arguments in [&["explode"][..], &["plan", "--out"], &["plan", "--var", "x"], &["--cloud", "moon", "plan"]] {
        let ran = studio.run(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{arguments:?}");
        assert!(ran.err.starts_with("error: "), "{}", ran.err);
    }
    let ran = studio.run(["wrap", "--shred"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("--confirm <NAME>"), "{}", ran.err);
}

#[test]
fn help_is_a_result_and_bears_no_colours_in_a_pipe() {
    let studio = Studio::empty();
    for verb in [
        "init",
        "validate",
        "fmt",
        "plan",
        "apply",
        "status",
        "wrap",
        "who-can",
        "graph",
        "controls",
        "ledger",
        "schema",
        "completions",
        "man",
    ] {
        let ran = studio.run([verb, "--help"]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{verb}");
        assert!(ran.out.contains("Examples:") && !ran.out.contains('\u{1b}'), "{}", ran.out);
    }
    let ran = studio.run(["-h"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_snapshot!(ran.out.split("Options:").next().unwrap_or_default(), @r"
    Secure workstations for film and television, from one file

    Usage: closedset [OPTIONS] <COMMAND>

    Commands:
      init         Write a commented starter blueprint
      validate     Check a blueprint and show all its errors at once; no request is
                   sent
      fmt          Bring blueprint files to the canonical format
      plan         Show what would change, and why
      approve      Approve a saved plan that somebody else made
      apply        Carry out what a plan shows
      status       List the seats: where they are, how they are, whose they are, and
                   whether they drifted
      backup       Keep what is on the seats safe
      restore      Put back what was on the seats, from their newest recovery points
      drill        Rehearse a restore on the live cloud: in a copy of the floor that
                   nothing reaches, removed again
      wrap         Take a production down: everything deleted in order, its keys
                   disabled
      rehearse     Forecast an apply: carry it out in a throwaway copy of the cloud,
                   in virtual time, and report how it went
      who-can      Say what an artist may do on which seat, and by which line
      graph        Draw the network: segments, the boundary, every flow, endpoints,
                   and the content's path
      controls     Look at the security controls: all of them, one of them, or how a
                   production stands
      report       Write the evidence of a production to a folder: a page for
                   people, and documents for programs
      ledger       Show what was done to a production from this machine
      schema       Print a JSON Schema: of the blueprint language, or of the JSON
                   plan
      completions  Print a script that completes commands in a shell
      man          Print a manual page
    ");
}

#[test]
fn who_can_answers_from_a_blueprint_and_from_a_file() {
    let studio = Studio::empty();
    let feature = concat!(env!("CARGO_MANIFEST_DIR"), "/blueprints/feature-film.hcl");
    let ran = studio.run(["who-can", "ana", feature, "--today", "2026-12-01"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{}", ran.shown());
    assert!(ran.out.starts_with("ana may use comp[001] until 2027-06-30 (neb-comp-001).\n"), "{}", ran.out);
    let asked = studio.run(["who-can", "dana", feature, "--json", "--today", "2026-12-01"]).json();
    assert_eq!(asked["seats"].as_array().map(Vec::len), Some(2), "{asked:#}");
    assert_eq!(
        asked["seats"][1]["capabilities"][1]["words"],
        "dana may not copy text and pictures out of the workstation"
    );
    let ran = studio.run(["who-can", "anna", feature, "--today", "2026-12-01"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("did you mean `ana`?"), "{}", ran.err);

    fs::create_dir(studio.path("conf")).unwrap();
    fs::write(studio.path("conf/base.perm"), "[permissions]\n%any% deny usb\n").unwrap();
    fs::write(studio.path("conf/default.perm"), "#import base.perm\n[permissions]\n%owner% allow builtin\n").unwrap();
    let ran = studio.run(["who-can", "--file", "conf/default.perm", "--actor", "%owner%"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.out.contains("USB storage     no   conf/base.perm:2 %any% deny usb"), "{}", ran.out);
    fs::write(studio.path("conf/base.perm"), "[permissions]\n%any% denny usb\n#import default.perm\n").unwrap();
    let ran = studio.run(["who-can", "--file", "conf/default.perm", "--actor", "%owner%"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("conf/base.perm:2:7: `denny` is no rule"), "{}", ran.err);
    assert!(ran.err.contains("conf/base.perm:3:9: conf/default.perm imports itself"), "{}", ran.err);
    for wrong in [&["who-can"][..], &["who-can", "--file", "conf/base.perm"], &["who-can", "--actor", "jane"]] {
        assert_eq!(studio.run(wrong).code, Some(1), "{wrong:?}");
    }
}

#[test]
fn a_network_is_drawn_without_a_cloud() {
    let studio = Studio::empty();
    let feature = concat!(env!("CARGO_MANIFEST_DIR"), "/blueprints/feature-film.hcl");
    let ran = studio.run(["graph", feature]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(ran.out.starts_with("<svg ") && ran.out.ends_with("</svg>\n"));
    assert!(ran.out.contains("<title id=\"title\">nebula: what may talk to what</title>"));
    assert!(studio.run(["graph", feature, "--format", "dot"]).out.starts_with("digraph closedset {\n"));
    assert!(studio.run(["graph", feature, "--format", "mermaid"]).out.starts_with("flowchart LR\n"));
    let ran = studio.run(["graph", feature, "--out", "no/such/folder/network.svg"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("network.svg"), "{}", ran.err);
}

#[test]
fn shells_editors_and_manuals_are_served() {
    let studio = Studio::empty();
    assert!(studio.run(["completions", "bash"]).out.contains("complete -F _closedset"));
    assert!(studio.run(["man"]).out.contains(".TH closedset 1"));
    assert!(studio.run(["man", "apply"]).out.contains("closedset\\-apply"));
    assert_eq!(studio.run(["man", "explode"]).code, Some(1));
    assert_eq!(studio.run(["schema"]).json()["title"], "Closedset blueprint, version 1");
    assert_eq!(studio.run(["schema", "plan"]).json()["properties"]["format_version"]["const"], 1);
}

#[test]
fn fmt_rewrites_names_what_it_did_and_serves_pipes() {
    let studio = Studio::empty();
    fs::write(studio.path("a.hcl"), "locals {\na=1\n}\n").unwrap();
    fs::write(studio.path("b.hcl"), "locals {\n  b = 2\n}\n").unwrap();
    assert_snapshot!(studio.run(["fmt", "--check"]).shown(), @r"
    exit 1
    --- stdout
    a.hcl
    --- stderr
    error: 1 file is not in the canonical format
      hint: closedset fmt rewrites them
    ");
    assert_eq!(studio.run(["fmt"]).out, "a.hcl\n");
    assert_eq!(fs::read_to_string(studio.path("a.hcl")).unwrap(), "locals {\n  a = 1\n}\n");
    assert_eq!(studio.run(["fmt", "--check"]).code, Some(0));

    let mut child = studio.command(["fmt", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"locals {\nc=3\n}\n").unwrap();
    assert_eq!(Ran::of(&child.wait_with_output().unwrap()).out, "locals {\n  c = 3\n}\n");

    fs::write(studio.path("c.hcl"), "locals {\n").unwrap();
    let ran = studio.run(["fmt"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("c.hcl:"), "{}", ran.shown());
}

#[test]
fn a_plan_needs_no_cloud_when_told_so() {
    let studio = Studio::new();
    let ran = studio.run(["plan", "--offline", "--json", "--today", "2026-12-01", "--trace-api", "trace.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(!studio.path("trace.jsonl").exists());
    assert!(ran.err.contains("Planned offline"), "{}", ran.err);
    let plan = ran.json();
    assert_eq!(plan["account"], "000000000000");
    assert!(plan["summary"]["create"].as_u64() > Some(10));
    assert_eq!(studio.run(["plan", "--offline", "--out", "x.plan"]).code, Some(1));
}

#[test]
fn a_target_that_nothing_stands_at_is_no_all_clear() {
    let studio = Studio::new();
    let plan = ["plan", "--offline", "--today", "2026-12-01", "--target"];
    for (target, hint) in
        [("workstation_pool.artist[01]", "did you mean"), ("[[", "addresses as plans show them"), ("", "")]
    {
        let ran = studio.run([&plan[..], &[target]].concat());
        assert_eq!(ran.code, Some(1), "{}", ran.shown());
        assert!(ran.err.contains("no resource stands at or within") && ran.err.contains(hint), "{}", ran.shown());
    }
}

#[test]
fn what_is_sensitive_is_in_no_plan() {
    let studio = Studio::new();
    let variable = "variable \"client\" {\n  type      = string\n  sensitive = true\n}\n";
    fs::write(studio.path("client.hcl"), variable).unwrap();
    let blueprint = fs::read_to_string(studio.path("production.hcl")).unwrap();
    let tagged = blueprint.replacen("  region ", "  tags = { client = \"for ${upper(var.client)}\" }\n  region ", 1);
    assert_ne!(tagged, blueprint);
    fs::write(studio.path("production.hcl"), tagged).unwrap();
    for more in [&[][..], &["--json"]] {
        let ran =
            studio.run([&["plan", "--offline", "--today", "2026-12-01", "--var", "client=Acme Films"], more].concat());
        assert_eq!(ran.code, Some(0), "{}", ran.shown());
        // The text leaves the tags of what is new out; the document has them all.
        assert_eq!(ran.out.contains("(sensitive)"), !more.is_empty(), "{}", ran.out);
        assert!(!ran.out.to_lowercase().contains("acme"), "{}", ran.out);
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let studio = Studio::new();
    let mut child = studio
        .command(["plan", "--offline", "--today", "2026-12-01"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(&child.wait_with_output().unwrap());
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
}

#[test]
fn nothing_is_changed_where_nobody_can_say_yes() {
    let studio = Studio::new();
    let ran = studio.rehearse(["apply"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    assert!(ran.out.contains("to create"), "the plan is shown first");
    assert!(ran.err.contains("hint: --yes carries it out without asking"), "{}", ran.err);
    assert!(!studio.path("state").join("ledger.jsonl").exists());
    assert_eq!(studio.rehearse(["plan", "--detailed-exitcode"]).code, Some(2));
}

#[test]
fn a_floor_goes_up_is_told_and_comes_down() {
    let studio = Studio::new();
    let applied = studio.rehearse(["apply", "--yes"]);
    assert_eq!(applied.code, Some(0), "{}", applied.shown());
    assert!(applied.out.contains("running") && applied.out.contains("Done: "), "{}", applied.out);
    assert!(applied.err.contains(" s  launched "), "progress in lines\n{}", applied.err);

    let again = studio.rehearse(["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, Some(0), "{}", again.shown());
    let again = studio.rehearse(["apply"]);
    assert_eq!(again.code, Some(0), "nothing to do needs no yes\n{}", again.shown());
    assert!(again.out.contains("Nothing to do"), "{}", again.out);

    let status = studio.rehearse(["status", "--json"]).json();
    let seats = status["seats"].as_array().expect("seats");
    assert!(!seats.is_empty() && status["totals"]["running"] == seats.len());
    assert!(seats.iter().all(|seat| seat["private_address"].is_string() && seat["drift"] == false));

    let ledger = studio.rehearse(["ledger", "--json"]).json();
    let what = |entry: &Value| entry["what"].as_str().map(str::to_owned);
    let entries: Vec<String> = ledger["entries"].as_array().expect("entries").iter().filter_map(what).collect();
    assert_eq!(
        (entries.first().map(String::as_str), entries.last().map(String::as_str)),
        (Some("began"), Some("checked_again")),
        "the live state is looked at again after an apply"
    );
    assert_eq!(entries.iter().rev().nth(1).map(String::as_str), Some("ended"));
    assert_eq!(studio.rehearse(["ledger", "verify"]).code, Some(0));

    assert_eq!(studio.rehearse(["--profile", "bo", "wrap", "--shred", "--confirm", "nebule", "--yes"]).code, Some(1));
    let wrapped = studio.rehearse(["--profile", "bo", "wrap", "--shred", "--confirm", "nebula", "--yes"]);
    assert_eq!(wrapped.code, Some(0), "{}", wrapped.shown());
    assert!(wrapped.out.contains("Shredded: key."), "{}", wrapped.out);
    let left = studio.rehearse(["wrap", "--plan", "--json"]).json();
    assert_eq!(left["changes"], Value::Array(Vec::new()));
}

#[test]
fn programs_get_an_event_a_line_and_nothing_else() {
    let studio = Studio::new();
    let ran = studio.rehearse(["apply", "--yes", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    let events = ran.events();
    let kind = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    assert_eq!(kind(&events[0]), "planned");
    assert_eq!(kind(&events[1]), "began");
    let last = events.last().expect("events");
    assert_eq!((kind(last).as_str(), &last["exit_code"]), ("summary", &Value::from(0)));
    assert!(events.iter().any(|event| kind(event) == "launched" && event["seats"].is_object()));
    assert!(events.iter().all(|event| event["t_ms"].is_u64()));
}

#[test]
fn a_saved_plan_is_carried_out_as_it_is_or_not_at_all() {
    let studio = Studio::new();
    let saved = studio.rehearse(["plan", "--out", "monday.plan"]);
    assert_eq!(saved.code, Some(0), "{}", saved.shown());
    assert_private(&studio.path("monday.plan"));
    // The blueprint may change meanwhile: the plan has all it needs.
    fs::remove_file(studio.path("production.hcl")).unwrap();
    let ran = studio.rehearse(["apply", "monday.plan", "--target", "network.main", "--yes"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    let ran = studio.rehearse(["apply", "monday.plan", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());

    let ran = studio.rehearse(["apply", "monday.plan", "--yes"]);
    assert_eq!(ran.code, Some(6), "{}", ran.shown());
    let told = ran.err.lines().filter(|line| line.ends_with(" is new")).count();
    assert_eq!(told, 3, "{}", ran.err);
    assert!(ran.err.contains("more"), "{}", ran.err);
}

#[cfg(unix)]
fn assert_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(not(unix))]
fn assert_private(_path: &Path) {}

#[test]
fn an_account_that_is_not_the_productions_is_refused() {
    let studio = Studio::new();
    assert_eq!(studio.rehearse(["plan"]).code, Some(0));
    studio.edit("region        = \"us-west-2\"", "region        = \"us-west-2\"\n  account       = \"999999999999\"");
    let ran = studio.rehearse(["plan"]);
    assert_eq!(ran.code, Some(1), "{}", ran.shown());
    let told = "belongs to account 999999999999, but these credentials are of account";
    assert!(ran.err.split_whitespace().collect::<Vec<_>>().join(" ").contains(told), "{}", ran.err);
    let ran = studio.rehearse(["plan", "--region", "eu-west-1"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("the production is in us-west-2, but --region says eu-west-1"), "{}", ran.err);
}

/// A flow past the gateway, as the last block of a network.
const PAST_THE_GATEWAY: (&str, &str) = (
    "  endpoints = [",
    "  flow \"direct\" {\n    from   = prefix_list.offices\n    to     = network.main.workstations\n    \
     ports  = [\"tcp/8443\"]\n    reason = \"Client review on site.\"\n  }\n\n  endpoints = [",
);

#[test]
fn a_plan_that_breaks_a_control_is_refused_and_nothing_is_changed() {
    let studio = Studio::new();
    studio.edit(PAST_THE_GATEWAY.0, PAST_THE_GATEWAY.1);
    assert_eq!(studio.run(["validate", "--today", "2026-12-01"]).code, Some(0), "validate is no gate");
    let ran = studio.rehearse(["apply", "--yes"]);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    let told = ran.err.split("nothing is real.\n").nth(1).unwrap_or_default();
    assert_snapshot!(told, @r"
    note: cloud.json isn't there: this is a new cloud, and an empty one.
    error: refused: 1 control fails, and nothing was changed
      VDI-NET-04 (critical): network.main.workstations lets tcp/8443 in from
        prefix_list.offices, past the gateway
      hint: VDI-NET-04: Let the flow come from an edge segment to the display's
        port, or have an exception approved for it.
      hint: closedset controls explain ID says what a control asks for, and whether
        an exception can waive it
    ");
    let plan = studio.rehearse(["plan", "--json"]).json();
    assert!(plan["summary"]["create"].as_u64() > Some(10), "nothing was made");
    assert_eq!(plan["assessment"]["refusals"][0]["control"], "VDI-NET-04");
    assert_eq!(studio.run(["controls", "check", "--today", "2026-12-01"]).code, Some(4));

    studio.edit(
        "backup \"nightly\" {",
        "exception \"review\" {\n  control = \"VDI-NET-04\"\n  scope = [network.main]\n  reason = \"Review.\"\n  \
         compensating = \"Offices only.\"\n  owner = \"a@studio.example\"\n  approver = \"b@studio.example\"\n  \
         expires = \"2027-01-15\"\n}\n\nbackup \"nightly\" {",
    );
    let ran = studio.rehearse(["apply", "--yes"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.out.contains("is waived until 2027-01-15 by exception.review"), "{}", ran.out);
    assert!(ran.out.contains("Live now: "), "{}", ran.out);
    let entries = studio.rehearse(["ledger", "--json"]).json();
    let evaluation = entries["entries"][0]["details"]["evaluation"].as_str().unwrap_or_default();
    assert!(evaluation.starts_with("sha256:"), "{entries}");
    let live = studio.rehearse(["controls", "check", "--live", "--json"]).json();
    let verdicts = live["posture"]["verdicts"].as_array().expect("verdicts");
    let of = |id: &str| verdicts.iter().find(|one| one["control"] == id).expect(id)["status"].clone();
    assert_eq!((of("VDI-CHG-02"), of("VDI-CHG-03"), of("VDI-NET-04")), ("pass".into(), "pass".into(), "waived".into()));
}

#[test]
fn a_saved_plan_that_was_edited_since_it_was_assessed_is_refused() {
    let studio = Studio::new();
    assert_eq!(studio.rehearse(["plan", "--out", "monday.plan"]).code, Some(0));
    let path = studio.path("monday.plan");
    let text = fs::read_to_string(&path).expect("a plan");
    assert!(text.contains("\"metadata_hop_limit\":1"));
    fs::write(&path, text.replace("\"metadata_hop_limit\":1", "\"metadata_hop_limit\":9")).expect("can be written");
    let ran = studio.rehearse(["apply", "monday.plan", "--yes"]);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    assert!(ran.err.contains("the saved plan isn't what the controls assessed"), "{}", ran.err);
    fs::write(&path, text).expect("can be written");
    assert_eq!(studio.rehearse(["apply", "monday.plan", "--yes"]).code, Some(0));
    let ran = studio.rehearse(["plan", "monday.plan"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("monday.plan is a saved plan"), "{}", ran.err);
}

#[test]
fn controls_are_listed_and_explained_and_wrong_names_are_answered() {
    let studio = Studio::empty();
    assert_eq!(studio.run(["controls", "list", "--json"]).json()["controls"].as_array().map(Vec::len), Some(70));
    let ran = studio.run(["controls", "explain", "net-03"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.out.contains("MovieLabs ECPP 1.0: section iaas, no numbered practice is public [unverified]"));
    assert_snapshot!(studio.run(["controls", "explain", "NET-33"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no control NET-33
      hint: did you mean `VDI-NET-03`?
    ");
    assert_snapshot!(studio.run(["controls", "list", "mpa-5.31"]).shown(), @r"
    exit 1
    --- stdout
    --- stderr
    error: there is no profile mpa-5.31
      hint: did you mean `mpa-5.3.1`?
    ");
    for text in [studio.run(["controls", "list"]).out, ran.out] {
        let forbidden = ["compliant", "certified"];
        assert!(!forbidden.iter().any(|word| text.to_lowercase().contains(word)));
        assert!(text.lines().all(|line| line.chars().count() <= 80));
    }
}

#[test]
fn a_backup_and_a_restore_from_command_to_command() {
    let studio = Studio::new();
    studio.edit(
        "  keep_days = 35\n",
        "  keep_days = 35\n  rpo_hours = 24\n  copy {\n    region    = \"us-east-2\"\n    keep_days = 90\n  }\n",
    );
    assert_eq!(studio.rehearse(["apply", "--yes"]).code, Some(0));
    let status = studio.rehearse(["status"]);
    assert!(status.out.contains("never") && status.out.contains("0 of "), "{}", status.out);
    // Nothing to put back yet: it says what to do.
    let restore = studio.rehearse(["restore", "--plan"]);
    assert_eq!(restore.code, Some(1));
    assert!(restore.err.contains("closedset backup now"), "{}", restore.err);

    let backup = studio.rehearse(["backup", "now", "--yes"]);
    assert_eq!(backup.code, Some(0), "{}{}", backup.out, backup.err);
    assert!(
        backup.out.contains("can be restored as of") && backup.out.contains("can be restored in us-east-2"),
        "{}",
        backup.out
    );
    let status: Value = serde_json::from_str(&studio.rehearse(["status", "--json"]).out).expect("JSON");
    assert_eq!(status["seats"][0]["recovery_point"]["in_time"], true, "{status:#}");

    let plan: Value =
        serde_json::from_str(&studio.rehearse(["restore", "--seat", "comp[1]", "--plan", "--json"]).out).expect("JSON");
    let change = &plan["plan"]["changes"][0];
    assert_eq!((&change["action"], &change["reason"]), (&Value::from("replace"), &Value::from("restored")));
    assert_eq!(plan["seats"][0]["volumes"][0]["snapshot"], change["fields"][0]["after"]);
    assert!(plan["predicted_rto_s"].as_f64().is_some_and(|seconds| seconds > 30.0));

    let restore = studio.rehearse(["restore", "--seat", "comp[1]", "--yes"]);
    assert_eq!(restore.code, Some(0), "{}{}", restore.out, restore.err);
    assert!(restore.out.contains("Verified: 1 seat running"), "{}", restore.out);
    let again = studio.rehearse(["restore", "--seat", "comp[1]", "--yes"]);
    assert_eq!(again.code, Some(0), "{}{}", again.out, again.err);
    assert_eq!(studio.rehearse(["plan", "--detailed-exitcode"]).code, Some(0));
    let ledger = studio.rehearse(["ledger"]);
    assert!(ledger.out.contains("restored") && ledger.out.contains("rto_s"), "{}", ledger.out);

    // The same floor in the other region, from the copies that lie there.
    let moved = studio.rehearse(["restore", "--to-region", "us-east-2", "--yes", "--json"]);
    assert_eq!(moved.code, Some(0), "{}{}", moved.out, moved.err);
    let restored = moved.out.lines().find(|line| line.contains("\"type\":\"restored\"")).expect("its measures");
    assert!(restored.contains("\"verified\":true"), "{restored}");
}

#[test]
fn arguments_that_cannot_be_read_are_json_where_that_was_asked_for() {
    let studio = Studio::new();
    let told = studio.run(["plan", "--bogus", "--json"]);
    assert_eq!(told.code, Some(1));
    let error: Value = serde_json::from_str(&told.out).expect("one JSON document");
    assert_eq!(error["error"]["kind"], "usage", "{error:#}");
    assert_eq!(error["error"]["message"], "unexpected argument '--bogus' found", "{error:#}");
    assert_eq!(error["exit_code"], 1);
    assert!(told.err.contains("unexpected argument '--bogus' found") && told.err.contains("Usage: "), "{}", told.err);
    // Of a stream it is the one and only event.
    let told = studio.run(["apply", "--yes", "--json", "--parallelism", "10"]);
    let event: Value = serde_json::from_str(&told.out).expect("one JSON object");
    assert_eq!((&event["type"], &event["error"]["kind"]), (&"error".into(), &"usage".into()), "{event:#}");
    assert_eq!(told.out.lines().count(), 1, "{}", told.out);
    // Nobody who didn't ask for it reads JSON, and help is no error.
    assert_eq!(studio.run(["plan", "--bogus"]).out, "");
    assert!(studio.run(["plan", "--help", "--json"]).out.contains("Usage: "));
}

#[test]
fn a_backup_of_nothing_and_a_seat_that_is_none_are_told() {
    let studio = Studio::new();
    let lost = studio.rehearse(["backup", "now", "--pool", "com", "--yes"]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.err.contains("did you mean `comp`?"), "{}", lost.err);
    let lost = studio.rehearse(["restore", "--seat", "comp[999]", "--plan"]);
    assert_eq!(lost.code, Some(1));
    assert!(lost.err.contains("999 is not one of them"), "{}", lost.err);
    let home = studio.rehearse(["restore", "--to-region", "us-west-2", "--plan"]);
    assert_eq!(home.code, Some(1));
    assert!(home.err.contains("leave --to-region out"), "{}", home.err);
    // Nobody is there to take a recovery point of.
    let early = studio.rehearse(["backup", "now", "--yes"]);
    assert_eq!(early.code, Some(3), "{}{}", early.out, early.err);
    assert!(early.out.starts_with("left out: workstation_pool.comp[001]"), "{}", early.out);
}

#[test]
fn a_drill_is_built_looked_at_and_removed_and_filed() {
    let studio = Studio::new();
    assert_eq!(studio.rehearse(["apply", "--yes"]).code, Some(0));
    assert_eq!(studio.rehearse(["backup", "now", "--yes"]).code, Some(0));
    let before = studio.rehearse(["status", "--json"]).out;
    let drill = studio.rehearse(["drill", "--seat", "comp[2]", "--yes", "--json"]);
    assert_eq!(drill.code, Some(0), "{}{}", drill.out, drill.err);
    let drilled = drill.out.lines().find(|line| line.contains("\"type\":\"drilled\"")).expect("its result");
    let drilled: Value = serde_json::from_str(drilled).expect("JSON");
    for what in ["verified", "isolated", "removed"] {
        assert_eq!(drilled[what], true, "{drilled:#}");
    }
    let ids = |status: &str| {
        let status: Value = serde_json::from_str(status).expect("JSON");
        status["seats"].as_array().into_iter().flatten().map(|seat| seat["instance_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&studio.rehearse(["status", "--json"]).out), ids(&before), "the floor itself is as it was");
    assert_eq!(studio.rehearse(["plan", "--detailed-exitcode"]).code, Some(0));
    let verdict = studio.rehearse(["ledger", "verify"]);
    assert_eq!(verdict.code, Some(0), "{}{}", verdict.out, verdict.err);
    // The drill was a moment ago, by the clock of the cloud that it was on: whatever day it is elsewhere.
    let live = studio.rehearse(["controls", "check", "--live", "--json"]).json();
    let verdicts = live["posture"]["verdicts"].as_array().expect("verdicts");
    let rehearsed = verdicts.iter().find(|one| one["control"] == "VDI-REC-04").expect("it is in the profile");
    assert_eq!(rehearsed["status"], "pass", "{rehearsed:#}");
}
