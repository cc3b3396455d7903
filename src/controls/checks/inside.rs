//! What seats tell of what is set in them, held against what the profile asks: the same controls that a lockdown is held
//! against, as the workstation has them. What a file doesn't say stands at the streaming server's default.

use super::{Check, Look};
use crate::blueprint::model::Labelled as _;
use crate::controls::examination::{Examination, Problem};
use crate::controls::profile::Constants;
use crate::resource::{Address, Inside};

/// A check that a seat's own words answer, beside what the blueprint declares of it.
pub(super) const fn told(control: &'static str, declared: Option<Look>, state: Look) -> Check {
    Check { control, watches: &[], declared, state: Some(state), only_live: true, told: true }
}

/// One setting, and what a profile asks of it.
pub(super) struct Rule {
    /// As seats tell it.
    pub path: &'static str,
    /// What the server does where nothing is written. Source: Amazon DCV administrator guide, "Amazon DCV Server parameter
    /// reference"; of permissions and of the host there is no default that would do.
    pub default: &'static str,
    pub expected: &'static str,
    pub holds: fn(&str, &Constants) -> bool,
}

const fn rule(
    path: &'static str,
    default: &'static str,
    expected: &'static str,
    holds: fn(&str, &Constants) -> bool,
) -> Rule {
    Rule { path, default, expected, holds }
}

const CLOSED: &str = "denied, which nothing can undo";

/// A feature that nobody gets; the owner's and everybody's rule for it.
macro_rules! denied {
    ($feature:literal) => {
        [
            rule(concat!("permissions/owner/", $feature), "unnamed", CLOSED, |how, _| how == "denied"),
            rule(concat!("permissions/anyone/", $feature), "unnamed", CLOSED, |how, _| how == "denied"),
        ]
    };
}

/// A feature that the owner may have where the profile leaves it open, and nobody else.
macro_rules! owners {
    ($feature:literal, $open:expr) => {
        [
            rule(
                concat!("permissions/owner/", $feature),
                "unnamed",
                "denied, or the owner's where the profile leaves it open",
                |how, limits| how == "denied" || how == "allowed" && $open(limits),
            ),
            rule(concat!("permissions/anyone/", $feature), "unnamed", "not allowed", |how, limits| {
                how == "denied" || $open(limits) && matches!(how, "unnamed" | "disallowed")
            }),
        ]
    };
}

const BY_NAME: Rule = rule("permissions/by-name", "nobody", "nobody gets anything by name", |who, _| who == "nobody");

const CLIPBOARD: &[&[Rule]] = &[
    &denied!("clipboard-copy"),
    &owners!("clipboard-paste", |limits: &Constants| limits.clipboard_in),
    &[
        BY_NAME,
        rule("streaming/clipboard/enabled", "true", "false", |on, limits| limits.clipboard_in || on == "false"),
        rule("streaming/clipboard/primary-selection-copy", "false", "false", |on, _| on == "false"),
        rule("streaming/session-management/defaults/permissions-file", "", "the file default.perm", |file, _| {
            file.is_empty()
        }),
    ],
];

const FILES: &[&[Rule]] = &[
    &denied!("file-download"),
    &owners!("file-upload", |limits: &Constants| limits.files_in),
    &[
        BY_NAME,
        rule("streaming/printer/file-printer-name", "DCV Printer", "none", |name, _| name.is_empty()),
        rule(
            "streaming/session-management/automatic-console-session/storage-root",
            "",
            "none, or the home folder where files may come in",
            |root, limits| root.is_empty() || limits.files_in,
        ),
    ],
];

const DEVICES: &[&[Rule]] = &[
    &denied!("printer"),
    &denied!("extensions-client"),
    &owners!("usb", |_: &Constants| true),
    &owners!("webcam", |limits: &Constants| limits.devices_declared),
    &owners!("audio-in", |limits: &Constants| limits.devices_declared),
    &owners!("smartcard", |limits: &Constants| limits.devices_declared),
    &[
        BY_NAME,
        // The class of disks: a filter has it as its second word.
        rule("devices", "none", "no filter that lets disks pass", |filters, _| {
            !filters.split("; ").any(|filter| matches!(filter.split(',').nth(1).map(str::trim), Some("8" | "*")))
        }),
    ],
];

const SCREENSHOTS: &[&[Rule]] = &[&denied!("screenshot"), &[BY_NAME]];

const IDLE: &[&[Rule]] = &[&[
    rule("streaming/connectivity/idle-timeout", "60", "from 1 minute to what the profile allows", |minutes, limits| {
        minutes.parse().is_ok_and(|minutes: u32| (1..=limits.idle_minutes).contains(&minutes))
    }),
    rule("streaming/security/os-auto-lock", "true", "true", |on, _| on == "true"),
]];

const SIGN_IN: &[&[Rule]] = &[&[
    rule("streaming/security/authentication", "system", "not none", |how, _| how != "none"),
    rule("streaming/security/no-tls-strict", "false", "false", |on, _| on == "false"),
    rule("streaming/security/authentication-threshold", "3", "1 to the profile's limit", |times, limits| {
        times.parse().is_ok_and(|times: u32| (1..=limits.failed_logons).contains(&times))
    }),
    rule("streaming/session-management/max-concurrent-clients", "-1", "1", |most, _| most == "1"),
    rule("streaming/session-management/automatic-console-session/max-concurrent-clients", "-1", "1", |most, _| {
        most == "1"
    }),
    rule("streaming/security/auth-token-verifier", "", "none, or an address with https", |address, _| {
        address.is_empty() || address.starts_with("https://")
    }),
]];

const SUITES: &[&[Rule]] = &[&[
    rule("streaming/security/ciphers", "AES-128 among others", "AES-256 suites alone", |list, _| {
        !list.is_empty() && list.split(':').all(|suite| suite.contains("AES256"))
    }),
    rule("streaming/connectivity/web-use-hsts", "true", "true", |on, _| on == "true"),
    rule("host/certificate", "self-signed", "one of your authority", |which, _| which == "given"),
]];

const AUDIT: &[&[Rule]] = &[&[
    rule("streaming/log/transfer-audit", "none", "all", |what, _| what == "all"),
    rule("streaming/log/enable-image-audit", "false", "false", |on, _| on == "false"),
    rule("streaming/log/level", "info", "info or more", |level, _| matches!(level, "info" | "debug")),
]];

const ACCOUNTS: &[&[Rule]] = &[&[
    rule("host/default-accounts", "not told", "closed", |which, _| which == "closed"),
    rule("host/artist-administrator", "not told", "no", |is, _| is == "no"),
    rule("host/remote-login", "not told", "off", |is, _| is == "off"),
]];

const HOST: &[&[Rule]] = &[&[
    rule("host/firewall", "not told", "as it was set", |how, _| how == "set"),
    rule("host/screen-lock", "not told", "seconds, to the profile's limit", |seconds, limits| {
        seconds.parse().is_ok_and(|seconds: u32| (1..=limits.screen_lock_minutes * 60).contains(&seconds))
    }),
    // A Windows policy is nobody's to change but an administrator's: seats without the path have no other way.
    rule("host/screen-lock-fixed", "yes", "yes", |is, _| is == "yes"),
    rule("host/time", "not told", "169.254.169.123 alone", |servers, _| servers == "169.254.169.123"),
]];

pub(super) fn clipboard(to: &mut Examination<'_, '_>) {
    each(to, CLIPBOARD);
}

pub(super) fn files(to: &mut Examination<'_, '_>) {
    each(to, FILES);
}

pub(super) fn devices(to: &mut Examination<'_, '_>) {
    each(to, DEVICES);
}

pub(super) fn screenshots(to: &mut Examination<'_, '_>) {
    each(to, SCREENSHOTS);
}

pub(super) fn idle(to: &mut Examination<'_, '_>) {
    each(to, IDLE);
}

pub(super) fn sign_in(to: &mut Examination<'_, '_>) {
    each(to, SIGN_IN);
}

pub(super) fn suites(to: &mut Examination<'_, '_>) {
    each(to, SUITES);
}

pub(super) fn audit(to: &mut Examination<'_, '_>) {
    each(to, AUDIT);
}

pub(super) fn accounts(to: &mut Examination<'_, '_>) {
    each(to, ACCOUNTS);
}

pub(super) fn host(to: &mut Examination<'_, '_>) {
    each(to, HOST);
}

/// Every seat that told how it is set. One that should have told it and didn't is a gap; where none could be heard at all,
/// nothing was examined.
fn each(to: &mut Examination<'_, '_>, rules: &[&[Rule]]) {
    let floor = to.floor;
    for (address, inside) in &floor.insides.told {
        let problems = rules.iter().copied().flatten().filter_map(|rule| problem(to, address, inside, rule)).collect();
        to.look(address, problems);
    }
    let untold = &floor.insides.untold;
    if floor.insides.told.is_empty() {
        let mut reasons: Vec<&str> = untold.values().map(String::as_str).collect();
        reasons.sort_unstable();
        reasons.dedup();
        if !reasons.is_empty() {
            to.nothing(format!("What is set inside the seats could not be read: {}.", reasons.join("; ")));
        }
    } else {
        for (address, why) in untold {
            let words = format!("can't be looked into: {why}");
            to.look(address, vec![Problem::undetermined(words, "a seat that tells how it is set")]);
        }
    }
}

fn problem(to: &Examination<'_, '_>, seat: &Address, inside: &Inside, rule: &Rule) -> Option<Problem> {
    let floor = to.floor;
    let told = inside.get(rule.path);
    let value = told.map_or(rule.default, String::as_str);
    if (rule.holds)(value, &floor.profile.constants) {
        return None;
    }
    let words = match told {
        Some(value) => format!("has {} at {}", rule.path, if value.is_empty() { "nothing" } else { value }),
        None => format!("leaves {} at the default, {value}", rule.path),
    };
    let problem = Problem::new(words, rule.expected, value);
    let pool =
        floor.blueprint.pools.iter().find(|pool| seat.slot().is_some_and(|(name, _)| name == pool.name.as_str()));
    let wanted = pool.and_then(|pool| floor.wanted_inside.get(pool.name.as_str())?.get(rule.path));
    // Where the lockdown itself says so, an exception to the lockdown covers it; to what was changed since, it doesn't.
    let lockdown = pool.filter(|_| wanted == told).and_then(|pool| floor.blueprint.get(&pool.lockdown.value));
    Some(problem.also(lockdown.map(|lockdown| lockdown.reference())))
}
