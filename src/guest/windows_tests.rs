//! The script of Windows seats. No test runs it: a parser of PowerShell reads it, whatever the values in it.

use std::collections::BTreeMap;
use std::io::Read as _;

use data_encoding::BASE64;
use flate2::read::GzDecoder;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

use super::critics_tests::Critics;
use super::render::tests::context;
use super::seat_tests::port;
use super::{Context, NamedSecret, NamedVolume, NoScript, SeatScript};
use crate::blueprint::model::{Lockdown, Os, Transfer, Usb};
use crate::guest::samples::{at, lockdown};

/// Bytes of user data that EC2 takes.
const MOST: usize = 16 * 1024;

static NO_VARS: BTreeMap<String, Value> = BTreeMap::new();

fn script() -> SeatScript<'static> {
    let volume = NamedVolume { name: "cache".to_owned(), device: "xvdf".to_owned(), mount: Some("E:".to_owned()) };
    SeatScript {
        context: Context { os: Os::Windows2025, volumes: vec![volume], secrets: Vec::new(), ..context(&NO_VARS) },
        inbound: ["icmp", "tcp/8443", "udp/8443", "tcp/5000-5010"].map(port).to_vec(),
        log_group: "/closedset/nebula/workstations/comp/guest".to_owned(),
        idle_stop_minutes: None,
        site: None,
    }
}

fn text(script: &SeatScript<'_>) -> String {
    script.text().unwrap_or_else(|why| panic!("{why}"))
}

/// Everything that a script can have.
fn full() -> SeatScript<'static> {
    let mut script = script();
    script.context.secrets = ["dcv_certificate", "dcv_key"]
        .map(|name| NamedSecret { name: name.to_owned(), arn: format!("arn:aws:ssm:x:{name}") })
        .to_vec();
    script.context.lockdown = Lockdown { file_transfer: at(Transfer::In), usb: at(Usb::All), ..lockdown() };
    script.idle_stop_minutes = Some(60);
    script.site = Some("<powershell>\n$ErrorActionPreference = 'Stop'\n'it''s done'\n</powershell>\n".to_owned());
    script
}

/// Every shape that the script can take.
fn every_shape() -> Vec<String> {
    let mut all = Vec::new();
    for os in [Os::Windows2022, Os::Windows2025] {
        for mut script in [script(), full()] {
            script.context.os = os;
            all.push(text(&script));
        }
        let mut bare = script();
        bare.context.volumes.clear();
        bare.inbound.clear();
        all.push(text(&bare));
    }
    all
}

/// Scripts that the script writes.
const HELPERS: [&str; 3] = ["idle.ps1", "session.ps1", "tell.ps1"];

/// The script that a step writes into a file.
fn helper<'a>(text: &'a str, file: &str) -> Option<&'a str> {
    text.split(&format!("\\{file}\" @'\n")).nth(1).and_then(|rest| rest.split("\n'@\n").next())
}

#[test]
fn a_parser_of_powershell_finds_no_fault() {
    let critics = Critics::new();
    let every = every_shape();
    let mut scripts: Vec<&str> = every.iter().map(String::as_str).collect();
    let helpers: Vec<&str> = every.iter().flat_map(|text| HELPERS.map(|file| helper(text, file))).flatten().collect();
    assert_eq!(
        helpers.len(),
        2 * every.len() + 2,
        "each tells and has a session; the full ones look whether somebody works"
    );
    scripts.extend(helpers);
    assert_eq!(critics.powershell(&scripts), "");
    // It does find some.
    assert!(critics.powershell(&["if ($true) {\n"]).contains(": "));
}

/// The same script with these values everywhere that a value can stand.
fn with_value(value: &str) -> String {
    let mut script = full();
    script.context.production = value.to_owned();
    script.context.region = value.to_owned();
    script.log_group = value.to_owned();
    script.context.secrets.iter_mut().for_each(|secret| secret.arn = value.to_owned());
    script.context.volumes.iter_mut().for_each(|volume| {
        volume.device = value.to_owned();
        volume.name = value.to_owned();
        volume.mount = Some(value.to_owned());
    });
    script.site = Some(format!("# {value}"));
    text(&script)
}

#[test]
fn hostile_values_stay_values() {
    let mut hostile: Vec<String> = [
        "'; Remove-Item C:\\ -Recurse; '",
        "\u{2019}; Stop-Computer; \u{2018}",
        "$(Stop-Computer)`$x\"",
        "\n'@\nStop-Computer\n@'\n",
        "#> } ; {",
        "a b\tc",
    ]
    .map(str::to_owned)
    .to_vec();
    // Any text at all, and what has a meaning more often than not. Tags of EC2Launch are refused by the filter, which has
    // a test of its own.
    let mut runner = TestRunner::deterministic();
    for texts in ["[^\0<]{1,40}", "['\"`$@(){}#;|&\n\u{2018}-\u{201b} a]{1,20}"] {
        let texts = proptest::string::string_regex(texts).unwrap_or_else(|why| panic!("{why}"));
        for _ in 0..40 {
            hostile.push(texts.new_tree(&mut runner).unwrap_or_else(|why| panic!("{why}")).current());
        }
    }
    let values = std::iter::once("plain").chain(hostile.iter().map(String::as_str));
    let scripts: Vec<String> = values.map(with_value).collect();
    let whole: Vec<&str> = scripts.iter().map(String::as_str).collect();
    // To the whole script it is a text; what is in that text is a script too.
    let tells: Vec<&str> = whole.iter().filter_map(|text| helper(text, "tell.ps1")).collect();
    let critics = Critics::new();
    for scripts in [whole, tells] {
        let shapes = critics.shapes(&scripts);
        assert_eq!(shapes.len(), hostile.len() + 1);
        let plain = shapes.first().cloned().unwrap_or_default();
        assert!(plain.contains("(command") && !plain.contains("ERROR"));
        for (shape, value) in shapes.iter().skip(1).zip(&hostile) {
            assert!(*shape == plain, "{value:?} changes how the script is built");
        }
    }
}

#[test]
fn user_data_is_a_task_that_unpacks_the_very_script() {
    let script = full();
    let packed = script.user_data(MOST).unwrap_or_else(|why| panic!("{why}"));
    assert!(packed.starts_with("version: 1.1\ntasks:\n- task: executeScript\n"), "{packed}");
    assert!(packed.len() < MOST, "{}", packed.len());
    assert_eq!(script.user_data(MOST).as_ref(), Ok(&packed));
    let archive = packed.split("FromBase64String('").nth(1).and_then(|rest| rest.split('\'').next());
    let archive = BASE64.decode(archive.unwrap_or_default().as_bytes()).unwrap_or_default();
    let mut unpacked = String::new();
    GzDecoder::new(archive.as_slice()).read_to_string(&mut unpacked).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(unpacked, format!("\u{feff}{}", text(&script)));
    let task = packed.split("content: |-\n").nth(1).unwrap_or_default();
    let task: String = task.lines().map(|line| format!("{}\n", line.strip_prefix("      ").unwrap_or("no"))).collect();
    assert_eq!(Critics::new().powershell(&[&task]), "", "{task}");
    assert!(matches!(script.user_data(2_000), Err(NoScript::TooLong(_))));
}

#[test]
fn a_studios_bootstrap_is_powershell_with_or_without_its_marks() {
    let with = |site: &str| SeatScript { site: Some(site.to_owned()), ..script() }.text();
    let marked = with("<powershell>\n'done'\n</powershell>\n");
    assert_eq!(marked, with("'done'\n"));
    let written = "  $text = '''done''\n'\n";
    assert!(marked.is_ok_and(|text| text.contains(written)));
    for foreign in [
        "<script>\necho\n</script>",
        "<powershell>\n1\n</powershell>\n<persist>true</persist>",
        "version: 1.0\ntasks: []",
    ] {
        assert_eq!(with(foreign), Err(NoScript::NotPowerShell), "{foreign}");
    }
}

#[test]
fn a_driver_that_windows_never_has_is_no_family_there() {
    let text = text(&script());
    assert!(text.contains("    'g6' = 'nvidia', 0\n") && text.contains("    'g6f' = 'nvidia', 570\n"));
    assert!(text.contains("    'g4ad' = 'amd', 0\n") && !text.contains("'g5g'"));
}

#[test]
fn the_whole_script_of_a_windows_seat() {
    insta::assert_snapshot!(text(&script()));
}
