//! Settings as `/etc/dcv/dcv.conf` writes them.

use std::fmt::Write as _;

use super::settings::{Setting, SettingValue};

/// The text of the file. The settings are sorted by section.
pub(super) fn text(settings: &[Setting]) -> String {
    let mut text = String::new();
    let mut section = None;
    for setting in settings {
        // Writing to a string can't fail.
        if section != Some(setting.section) {
            let gap = if section.is_some() { "\n" } else { "" };
            let _ = writeln!(text, "{gap}[{}]", setting.section);
            section = Some(setting.section);
        }
        let _ = writeln!(text, "{}={}", setting.key, value(&setting.value));
    }
    text
}

fn value(value: &SettingValue) -> String {
    match value {
        SettingValue::Switch(on) => on.to_string(),
        SettingValue::Number(number) => number.to_string(),
        // Every text is one of this program's own words: none has a quote or a line end in it.
        SettingValue::Text(text) => format!("\"{text}\""),
        SettingValue::Size(width, height) => format!("({width}, {height})"),
    }
}
