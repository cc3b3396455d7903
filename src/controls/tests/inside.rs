//! What seats tell of themselves, held against the controls: how others leave their streaming servers is found, setting by
//! setting.

use super::*;
use crate::guest;
use crate::resource::ToldSettings;

const SEAT: &str = "workstation_pool.comp[001]";

/// What the controls say of a floor whose first seat tells this of itself, sorted: each with what it says.
fn said(change: impl Fn(&mut ToldSettings)) -> Vec<String> {
    said_of(&blueprint(&[]), change)
}

fn said_of(blueprint: &Blueprint, change: impl Fn(&mut ToldSettings)) -> Vec<String> {
    let desired = compiled(blueprint);
    let mut observed = observed(&desired);
    let pool = blueprint.pools.iter().find(|pool| pool.name.as_str() == "comp").expect("the pool");
    let lockdown = blueprint.get(&pool.lockdown.value).expect("its lockdown");
    let display = blueprint.get(&pool.display.value).expect("its display");
    let right = guest::lockdown::compile(lockdown, display);
    let mut told = ToldSettings {
        windows: false,
        streaming: right.dcv_conf(),
        permissions: right.permissions(),
        devices: right.usb_devices(),
        host: "firewall=set\ntime=169.254.169.123\nscreen-lock=600\nscreen-lock-fixed=yes\ndefault-accounts=closed\n\
               remote-login=off\nartist-administrator=no\ncertificate=given\n"
            .to_owned(),
    };
    change(&mut told);
    observed.insides.told.insert(Address::new(SEAT), guest::told(&told, &desired.inside["comp"]));
    let posture = examine(&Floor::live(blueprint, &desired, &observed, today()));
    let findings = posture.findings(Status::Fail);
    let mut all: Vec<String> = findings
        .iter()
        .map(|(verdict, one)| format!("{}: {}", verdict.control, one.sentence.replace(SEAT, "it")))
        .collect();
    all.sort();
    all
}

fn set(told: &mut ToldSettings, from: &str, to: &str) {
    assert!(told.streaming.contains(from), "{from} in {}", told.streaming);
    told.streaming = told.streaming.replacen(from, to, 1);
}

fn controls_of(said: &[String]) -> BTreeSet<&str> {
    said.iter().filter_map(|one| one.split(':').next()).collect()
}

#[test]
fn a_seat_that_is_as_written_fails_nothing() {
    assert_eq!(said(|_| ()), Vec::<String>::new());
}

#[test]
fn tls_that_is_not_strict_is_found() {
    let said = said(|told| set(told, "no-tls-strict=false", "no-tls-strict=true"));
    assert_eq!(said, ["VDI-STR-07: it has streaming/security/no-tls-strict at true"]);
}

#[test]
fn a_screen_that_stays_open_after_its_artist_left_is_found() {
    let said = said(|told| set(told, "os-auto-lock=true", "os-auto-lock=false"));
    assert_eq!(said, ["VDI-STR-06: it has streaming/security/os-auto-lock at false"]);
}

#[test]
fn thirty_days_of_idling_are_found() {
    for minutes in ["43200", "0", "-1", "forever"] {
        let said = said(|told| set(told, "idle-timeout=15", &format!("idle-timeout={minutes}")));
        assert_eq!(said, [format!("VDI-STR-06: it has streaming/connectivity/idle-timeout at {minutes}")]);
    }
}

/// A file of examples only, and one that opens everything to everybody.
#[test]
fn permissions_that_deny_nothing_are_found() {
    let open = BTreeSet::from(["VDI-STR-01", "VDI-STR-02", "VDI-STR-03", "VDI-STR-04"]);
    let examples = said(|told| told.permissions = "[permissions]\n".to_owned());
    assert_eq!(controls_of(&examples), open, "{examples:#?}");
    assert!(examples.contains(&"VDI-STR-01: it has permissions/owner/clipboard-copy at unnamed".to_owned()));
    let builtin = said(|told| told.permissions = "[permissions]\n%any% allow builtin\n".to_owned());
    assert_eq!(controls_of(&builtin), open, "{builtin:#?}");
    assert!(builtin.contains(&"VDI-STR-02: it has permissions/anyone/file-download at allowed".to_owned()));
    let weak = said(|told| told.permissions = told.permissions.replace(" deny ", " disallow "));
    assert_eq!(controls_of(&weak), open, "a disallow where a denial is needed: {weak:#?}");
    let guest = said(|told| told.permissions += "eve allow clipboard-paste\n");
    assert!(
        guest.contains(&"VDI-STR-01: it has permissions/by-name at eve allow clipboard-paste".to_owned()),
        "{guest:#?}"
    );
}

/// The server reads its settings from somewhere else, or from nowhere: all stands at its defaults.
#[test]
fn settings_that_are_never_read_are_found() {
    let said = said(|told| told.streaming.clear());
    let expected = ["VDI-STR-01", "VDI-STR-02", "VDI-STR-06", "VDI-STR-07", "VDI-STR-08", "VDI-STR-09"];
    let gold_star_leaves_the_clipboard_open = &expected[1..];
    assert_eq!(controls_of(&said), gold_star_leaves_the_clipboard_open.iter().copied().collect(), "{said:#?}");
    for words in [
        "VDI-STR-06: it leaves streaming/connectivity/idle-timeout at the default, 60",
        "VDI-STR-08: it leaves streaming/security/ciphers at the default, AES-128 among others",
        "VDI-STR-09: it leaves streaming/log/transfer-audit at the default, none",
    ] {
        assert!(said.contains(&words.to_owned()), "{words} in {said:#?}");
    }
}

#[test]
fn a_host_that_is_open_is_found() {
    let said = said(|told| {
        told.host = "firewall=changed\ntime=pool.ntp.org\nscreen-lock=1800\nscreen-lock-fixed=no\n\
                     default-accounts=rocky\nremote-login=on\nartist-administrator=yes\ncertificate=self-signed\n"
            .to_owned();
    });
    assert_eq!(
        said,
        [
            "VDI-HST-05: it has host/artist-administrator at yes",
            "VDI-HST-05: it has host/default-accounts at rocky",
            "VDI-HST-05: it has host/remote-login at on",
            "VDI-HST-06: it has host/firewall at changed",
            "VDI-HST-06: it has host/screen-lock at 1800",
            "VDI-HST-06: it has host/screen-lock-fixed at no",
            "VDI-HST-06: it has host/time at pool.ntp.org",
            "VDI-STR-08: it has host/certificate at self-signed",
        ]
    );
}

#[test]
fn disks_that_pass_as_devices_are_found() {
    for filter in ["Storage, 8, *, *, *, *, 0, 0", "Everything, *, *, *, *, *, 0, 0"] {
        let said = said(|told| told.devices += &format!("{filter}\n"));
        assert_eq!(controls_of(&said), BTreeSet::from(["VDI-STR-03"]), "{said:#?}");
    }
}

#[test]
fn seats_that_say_nothing_are_no_pass() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut observed = observed(&desired);
    let last = Address::new("workstation_pool.comp[002]");
    observed.insides.told.remove(&last);
    observed.insides.untold.insert(last, "it has told nothing since its start".to_owned());
    let posture = examine(&Floor::live(&blueprint, &desired, &observed, today()));
    assert_eq!(posture.verdict("VDI-STR-01").map(|one| one.status), Some(Status::Undetermined));
    assert_eq!(
        sentences(&posture, "VDI-STR-01"),
        ["workstation_pool.comp[002] can't be looked into: it has told nothing since its start"]
    );
    let seats = std::mem::take(&mut observed.insides.told).into_keys();
    observed.insides.untold.extend(seats.map(|seat| (seat, "its network has no endpoint `ssm`".to_owned())));
    let posture = examine(&Floor::live(&blueprint, &desired, &observed, today()));
    let clipboard = posture.verdict("VDI-STR-01").expect("it is in the profile");
    assert_eq!((clipboard.status, clipboard.examined), (Status::NotAssessed, 0));
    assert_eq!(
        clipboard.why.as_deref(),
        Some(
            "What is set inside the seats could not be read: it has told nothing since its start; its network has no endpoint `ssm`."
        )
    );
}
