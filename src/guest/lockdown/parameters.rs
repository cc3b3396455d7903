//! The parameters that are always written, each with its value for a lockdown and a display. What is left at a default is
//! written too, so that a seat whose image says otherwise is brought back.
//!
//! Names, types and contexts: Amazon DCV administrator guide, "Amazon DCV Server parameter reference" (2023.0; 2024.0 for
//! QUIC). Values: the controls that stand beside them; their source is MPA Content Security Best Practices 5.3.1, TS-2.9
//! (idle, clipboard), TS-3.0 (AES-256), TS-1.5 (logs), TS-1.6 (authentication), TS-1.1 (screen lock).

use super::effect::TakesEffect::{self, Live, NextSession, ServiceRestart};
use super::settings::SettingValue::{self, Number, Size, Switch, Text};
use crate::blueprint::model::{Audit, Color, Display, Lockdown, Transfer};

/// Suites with AES-256 and forward secrecy. The server's own list has AES-128 as well. TLS 1.3 and QUIC have suites of
/// their own, which this list doesn't govern.
pub(super) const CIPHERS: &str = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";

/// Seconds before the end of an idle session in which the artist is warned.
const IDLE_WARNING_SECONDS: u32 = 60;

/// One parameter.
pub(super) struct Parameter {
    pub(super) section: &'static str,
    pub(super) key: &'static str,
    pub(super) takes_effect: TakesEffect,
    pub(super) control: Option<&'static str>,
    pub(super) value: fn(&Lockdown, &Display) -> SettingValue,
}

const fn rule(
    section: &'static str,
    key: &'static str,
    takes_effect: TakesEffect,
    control: &'static str,
    value: fn(&Lockdown, &Display) -> SettingValue,
) -> Parameter {
    Parameter { section, key, takes_effect, control: Some(control), value }
}

const fn picture(
    section: &'static str,
    key: &'static str,
    takes_effect: TakesEffect,
    value: fn(&Lockdown, &Display) -> SettingValue,
) -> Parameter {
    Parameter { section, key, takes_effect, control: None, value }
}

fn text(text: &str) -> SettingValue {
    Text(text.to_owned())
}

/// Sorted by section and key.
pub(super) const PARAMETERS: &[Parameter] = &[
    rule("clipboard", "enabled", NextSession, "VDI-STR-01", |lockdown, _| {
        Switch(lockdown.clipboard.value != Transfer::None)
    }),
    // The other clipboard of Linux desktops: what is merely selected would leave with it.
    rule("clipboard", "primary-selection-copy", NextSession, "VDI-STR-01", |_, _| Switch(false)),
    rule("clipboard", "primary-selection-paste", NextSession, "VDI-STR-01", |_, _| Switch(false)),
    // On by default since 2024.0: without its own word, UDP would be offered unasked.
    rule("connectivity", "enable-quic-frontend", ServiceRestart, "VDI-NET-04", |_, display| Switch(display.quic.value)),
    rule("connectivity", "idle-timeout", Live, "VDI-STR-06", |lockdown, _| Number(lockdown.idle_minutes.value)),
    rule("connectivity", "idle-timeout-warning", Live, "VDI-STR-06", |_, _| Number(IDLE_WARNING_SECONDS)),
    picture("connectivity", "quic-port", ServiceRestart, |_, display| Number(display.port.value.into())),
    picture("connectivity", "web-port", ServiceRestart, |_, display| Number(display.port.value.into())),
    rule("connectivity", "web-use-hsts", ServiceRestart, "VDI-STR-08", |_, _| Switch(true)),
    picture("display", "enable-yuv444-encoding", NextSession, |_, display| match display.color.value {
        Color::Yuv420 => text("default-off"),
        Color::Yuv444 => text("always-on"),
    }),
    picture("display", "max-head-resolution", Live, |_, display| largest(display)),
    picture("display", "max-num-heads", Live, |_, display| Number(display.monitors.value)),
    picture("display", "target-fps", NextSession, |_, display| Number(display.frame_rate.value)),
    picture("display", "web-client-max-head-resolution", Live, |_, display| largest(display)),
    rule("input", "enable-gamepad", NextSession, "VDI-STR-03", |_, _| Switch(false)),
    picture("input", "enable-stylus", NextSession, |_, display| Switch(display.tablet.value)),
    // It would keep copies of every picture that passes: content, in a log.
    rule("log", "enable-image-audit", ServiceRestart, "VDI-STR-09", |_, _| Switch(false)),
    rule("log", "level", Live, "VDI-STR-09", |_, _| text("info")),
    rule("log", "transfer-audit", ServiceRestart, "VDI-STR-09", |lockdown, _| {
        text(match lockdown.audit.value {
            Audit::None => "none",
            Audit::In => "client-to-server",
            Audit::Out => "server-to-client",
            Audit::All => "all",
        })
    }),
    // The printer that writes a file and hands it to the client.
    rule("printer", "file-printer-name", ServiceRestart, "VDI-STR-02", |lockdown, _| {
        text(if lockdown.printing.value { "DCV Printer" } else { "" })
    }),
    rule("security", "authentication", ServiceRestart, "VDI-STR-07", |_, _| text("system")),
    rule("security", "authentication-threshold", ServiceRestart, "VDI-STR-07", |_, _| Number(3)),
    rule("security", "ciphers", ServiceRestart, "VDI-STR-08", |_, _| text(CIPHERS)),
    // Two: an artist who changes computers, while the old connection times out.
    rule("security", "max-connections-per-user", ServiceRestart, "VDI-STR-07", |_, _| Number(2)),
    rule("security", "no-tls-strict", ServiceRestart, "VDI-STR-08", |_, _| Switch(false)),
    rule("security", "os-auto-lock", NextSession, "VDI-STR-06", |_, _| Switch(true)),
    rule("security", "supervision-control", Live, "VDI-STR-07", |_, _| text("enforced")),
    // Sessions are made for the artist by name; one that is made unasked would be anybody's.
    rule("session-management", "create-session", ServiceRestart, "VDI-IAM-04", |_, _| Switch(false)),
    rule("session-management", "max-concurrent-clients", NextSession, "VDI-STR-07", |_, _| Number(1)),
    rule(
        "session-management/automatic-console-session",
        "max-concurrent-clients",
        ServiceRestart,
        "VDI-STR-07",
        |_, _| Number(1),
    ),
    rule(
        "session-management/automatic-console-session",
        "storage-root",
        ServiceRestart,
        "VDI-STR-02",
        |lockdown, _| text(storage_root(lockdown)),
    ),
    // Empty: the file default.perm, which is merged into whatever permissions a session is made with.
    rule("session-management/defaults", "permissions-file", NextSession, "VDI-STR-01", |_, _| text("")),
];

fn largest(display: &Display) -> SettingValue {
    let size = display.max_resolution.value;
    Size(size.width, size.height)
}

/// Where files that are passed on land: the home folder, or nowhere, which turns the storage off.
pub(super) fn storage_root(lockdown: &Lockdown) -> &'static str {
    if lockdown.file_transfer.value == Transfer::None { "" } else { "%home%" }
}
