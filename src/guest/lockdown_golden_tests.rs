//! What four lockdowns become on each system, for people to read.

use std::collections::BTreeMap;

use serde_json::Value;

use super::render::tests::context;
use super::samples::{at, lockdown};
use super::{Context, SeatScript};
use crate::blueprint::model::{Lockdown, Os, Transfer, Usb};

static NO_VARS: BTreeMap<String, Value> = BTreeMap::new();

/// An artist: text may come in. A vendor: nothing passes. A review: nothing passes, and it ends after four hours. Open:
/// everything passes.
fn lockdowns() -> [(&'static str, Lockdown); 4] {
    let closed = Lockdown { clipboard: at(Transfer::None), ..lockdown() };
    let open = Lockdown {
        clipboard: at(Transfer::Both),
        file_transfer: at(Transfer::Both),
        usb: at(Usb::All),
        printing: at(true),
        screenshots: at(true),
        microphone: at(true),
        webcam: at(true),
        smartcard: at(true),
        ..lockdown()
    };
    let review = Lockdown { max_hours: at(4), ..closed.clone() };
    [("artist", lockdown()), ("vendor", closed), ("review", review), ("open", open)]
}

/// The steps that a lockdown decides.
fn steps(text: &str) -> String {
    let mut kept = String::new();
    for name in ["lockdown", "screen_lock", "session"] {
        let begins = [format!("step_{name}() {{\n"), format!("Invoke-Step {name} {{\n")];
        let at = begins.iter().find_map(|begin| text.find(begin.as_str())).unwrap_or_else(|| panic!("{name}"));
        let rest = text.get(at..).unwrap_or_default();
        // A step ends with a brace at the start of a line; what it writes down for another script may have some, too.
        let mut quoted = false;
        for line in rest.lines() {
            quoted = (quoted || line.ends_with("<<'END'") || line.ends_with("@'")) && line != "END" && line != "'@";
            kept.push_str(line);
            kept.push('\n');
            if line == "}" && !quoted {
                break;
            }
        }
    }
    kept
}

#[test]
fn each_lockdown_on_each_system() {
    for os in [Os::AmazonLinux2023, Os::Rhel9, Os::Rocky9, Os::Ubuntu2404, Os::Windows2022, Os::Windows2025] {
        for (name, lockdown) in lockdowns() {
            let script = SeatScript {
                context: Context { os, lockdown, secrets: Vec::new(), volumes: Vec::new(), ..context(&NO_VARS) },
                inbound: Vec::new(),
                log_group: String::new(),
                idle_stop_minutes: None,
                site: None,
            };
            let text = script.text().unwrap_or_else(|why| panic!("{why}"));
            insta::assert_snapshot!(format!("{os}_{name}"), steps(&text));
        }
    }
}
