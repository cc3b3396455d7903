//! Lockdowns, and what they become.

use std::collections::BTreeSet;

use insta::assert_snapshot;

use super::parameters::{CIPHERS, PARAMETERS};
use super::*;
use crate::blueprint::model::{Audit, Color, Display, Lockdown, Transfer, Usb};
use crate::blueprint::{Span, Spanned};
use crate::guest::permissions::{Actor, Feature, NoImports, Outcome, Permissions};
use crate::guest::samples::{at, display, lockdown};

fn read(text: &str) -> Permissions {
    Permissions::read(PERMISSIONS_FILE, text.as_bytes(), &NoImports).unwrap_or_else(|found| panic!("{found:?}"))
}

fn owner() -> Actor {
    Actor::owner("ana")
}

/// Every lockdown that differs in what passes, with every kind of pen.
fn every_lockdown() -> Vec<(Lockdown, Display)> {
    let mut all = Vec::new();
    for clipboard in Transfer::ALL {
        for file_transfer in Transfer::ALL {
            for usb in Usb::ALL {
                for bits in 0u32..64 {
                    let bit = |n: u32| at(bits >> n & 1 == 1);
                    let lockdown = Lockdown {
                        clipboard: at(*clipboard),
                        file_transfer: at(*file_transfer),
                        usb: at(*usb),
                        printing: bit(0),
                        screenshots: bit(1),
                        microphone: bit(2),
                        webcam: bit(3),
                        smartcard: bit(4),
                        ..lockdown()
                    };
                    all.push((lockdown, Display { tablet: bit(5), ..display() }));
                }
            }
        }
    }
    all
}

/// What the words of a lockdown mean, read once more by hand.
fn declared(lockdown: &Lockdown, display: &Display) -> BTreeSet<Feature> {
    let inward = |transfer: &Spanned<Transfer>| matches!(transfer.value, Transfer::In | Transfer::Both);
    let outward = |transfer: &Spanned<Transfer>| matches!(transfer.value, Transfer::Out | Transfer::Both);
    let mut all = BTreeSet::from([
        Feature::AudioOut,
        Feature::Display,
        Feature::Keyboard,
        Feature::KeyboardSas,
        Feature::Mouse,
        Feature::Pointer,
        Feature::Touch,
    ]);
    let said = [
        (Feature::ClipboardPaste, inward(&lockdown.clipboard)),
        (Feature::ClipboardCopy, outward(&lockdown.clipboard)),
        (Feature::FileUpload, inward(&lockdown.file_transfer)),
        (Feature::FileDownload, outward(&lockdown.file_transfer)),
        (Feature::Usb, lockdown.usb.value != Usb::None),
        (Feature::Printer, lockdown.printing.value),
        (Feature::Screenshot, lockdown.screenshots.value),
        (Feature::AudioIn, lockdown.microphone.value),
        (Feature::Webcam, lockdown.webcam.value),
        (Feature::Smartcard, lockdown.smartcard.value),
        (Feature::Stylus, display.tablet.value),
    ];
    all.extend(said.into_iter().filter(|(_, open)| *open).map(|(feature, _)| feature));
    all
}

fn allowed(permissions: &Permissions, actor: &Actor) -> BTreeSet<Feature> {
    let effective = permissions.effective(actor);
    effective.into_iter().filter(|(_, decision)| decision.is_allowed()).map(|(feature, _)| feature).collect()
}

#[test]
fn the_permission_file_says_exactly_the_lockdown_for_every_lockdown() {
    let guest = Actor { user: Some("bela".to_owned()), ..Actor::default() };
    let administrator = Actor { os_groups: BTreeSet::from(["wheel".to_owned()]), ..guest.clone() };
    let every = every_lockdown();
    assert_eq!(every.len(), 4 * 4 * 3 * 64);
    for (lockdown, display) in every {
        let text = compile(&lockdown, &display).permissions();
        let permissions = read(&text);
        let declared = declared(&lockdown, &display);
        assert_eq!(allowed(&permissions, &owner()), declared, "{text}");
        for other in [&guest, &administrator, &Actor::anyone()] {
            assert_eq!(allowed(&permissions, other), BTreeSet::new(), "{text}");
        }
        // Whatever file a session brings with it, before or after: what is closed stays closed.
        for merged in [format!("{text}%any% allow builtin\n"), format!("[permissions]\n%any% allow builtin\n{text}")] {
            let mut most = declared.clone();
            most.insert(Feature::WebauthnRedirection);
            assert_eq!(allowed(&read(&merged), &owner()), most, "{merged}");
        }
    }
}

#[test]
fn a_disallow_where_a_denial_is_needed_is_seen() {
    let text = compile(&lockdown(), &display()).permissions();
    let denied = read(&text).decide(&owner(), Feature::ClipboardCopy).outcome;
    assert_eq!(denied, Outcome::Denied);
    let weak = read(&text.replace(" deny ", " disallow "));
    let decision = weak.decide(&owner(), Feature::ClipboardCopy);
    assert!(!decision.is_allowed() && decision.can_be_undone());
}

#[test]
fn an_artists_lockdown_on_linux() {
    let compiled = compile(&lockdown(), &display());
    assert_snapshot!(compiled.permissions());
    assert_snapshot!(compiled.dcv_conf());
    assert_eq!(compiled.usb_devices(), "");
}

#[test]
fn the_same_on_windows_is_in_the_registry() {
    let compiled = compile(&lockdown(), &display());
    let values: Vec<String> = compiled
        .registry()
        .iter()
        .map(|value| {
            let key = value.key.strip_prefix(r"HKEY_USERS\S-1-5-18\Software\GSettings\com\nicesoftware\dcv\");
            format!("{} {} = {:?}", key.unwrap_or("elsewhere"), value.name, value.data)
        })
        .collect();
    assert_snapshot!(values.join("\n"));
}

#[test]
fn an_open_and_a_high_security_lockdown() {
    let open = Lockdown {
        clipboard: at(Transfer::Both),
        file_transfer: at(Transfer::Out),
        usb: at(Usb::All),
        microphone: at(true),
        audit: at(Audit::Out),
        ..lockdown()
    };
    let compiled = compile(&open, &display());
    let conf = compiled.dcv_conf();
    assert!(conf.contains("storage-root=\"%home%\"") && conf.contains("transfer-audit=\"server-to-client\""), "{conf}");
    // Cameras, printers and cards are closed: as USB devices too.
    assert_eq!(
        compiled.usb_devices(),
        "Audio, 1, *, *, *, *, 0, 0\nInput, 3, *, *, *, *, 0, 0\nStorage, 8, *, *, *, *, 0, 0\n"
    );
    let tablets = compile(&Lockdown { usb: at(Usb::Tablets), ..lockdown() }, &display());
    assert_eq!(tablets.usb_devices().lines().next(), Some("Wacom tablets, 3, *, *, 1386, *, 0, 0"));
    assert!(!tablets.usb.iter().any(UsbFilter::is_storage));

    let high = Lockdown { clipboard: at(Transfer::None), idle_minutes: at(5), ..lockdown() };
    let conf = compile(&high, &display()).dcv_conf();
    assert!(conf.contains("[clipboard]\nenabled=false\n") && conf.contains("idle-timeout=5\n"), "{conf}");
}

#[test]
fn parameters_are_sorted_and_named_once_and_ciphers_are_of_256_bits() {
    let names: Vec<_> = PARAMETERS.iter().map(|parameter| (parameter.section, parameter.key)).collect();
    let sorted: BTreeSet<_> = names.iter().copied().collect();
    assert_eq!(names, sorted.into_iter().collect::<Vec<_>>());
    assert!(CIPHERS.split(':').all(|suite| suite.contains("AES256-GCM") && suite.starts_with("ECDHE-")));
}

#[test]
fn each_difference_says_when_it_is_felt() {
    let before = compile(&lockdown(), &display());
    assert_eq!(before.differences(&before.clone()), []);
    let changed = Lockdown {
        clipboard: at(Transfer::None),
        usb: at(Usb::Tablets),
        idle_minutes: at(10),
        max_hours: at(8),
        ..lockdown()
    };
    let sharper = Display { color: at(Color::Yuv420), port: at(9443), ..display() };
    let differences = before.differences(&compile(&changed, &sharper));
    let words: Vec<String> = differences.iter().map(|one| format!("{} {}", one.what, one.takes_effect)).collect();
    assert_eq!(
        words,
        [
            "connectivity/idle-timeout at once",
            "max_hours at once",
            "clipboard/enabled with the next session",
            "default.perm with the next session",
            "display/enable-yuv444-encoding with the next session",
            "connectivity/quic-port when the streaming server starts again",
            "connectivity/web-port when the streaming server starts again",
            "usb-devices.conf when the streaming server starts again",
        ]
    );
}

#[test]
fn where_it_was_written_makes_no_difference() {
    let elsewhere = Spanned::new(15, Span::new(crate::blueprint::SourceId(7), 3..9));
    let moved = Lockdown { idle_minutes: elsewhere, ..lockdown() };
    assert_eq!(compile(&moved, &display()), compile(&lockdown(), &display()));
}
