//! Lockdown and display in a few words that a seat can bear as a tag, so that a plan can say what of them changes.

use super::compiled::{Compiled, compile};
use super::effect::TakesEffect;
use crate::blueprint::Spanned;
use crate::blueprint::model::{Audit, Color, Display, Lockdown, Resolution, Transfer, Usb};

/// What the words are, in their order: attributes of `lockdown`, then of `display`. What is added later stands at the end.
const ATTRIBUTES: &[&str] = &[
    "clipboard",
    "file_transfer",
    "usb",
    "printing",
    "screenshots",
    "microphone",
    "webcam",
    "smartcard",
    "idle_minutes",
    "max_hours",
    "audit",
    "monitors",
    "max_resolution",
    "frame_rate",
    "color",
    "quic",
    "port",
    "tablet",
];

/// A lockdown and a display as a tag's value: far below the 256 characters that one may have.
pub fn recorded(lockdown: &Lockdown, display: &Display) -> String {
    words(lockdown, display).join("/")
}

fn words(lockdown: &Lockdown, display: &Display) -> Vec<String> {
    vec![
        lockdown.clipboard.as_str().to_owned(),
        lockdown.file_transfer.as_str().to_owned(),
        lockdown.usb.as_str().to_owned(),
        lockdown.printing.to_string(),
        lockdown.screenshots.to_string(),
        lockdown.microphone.to_string(),
        lockdown.webcam.to_string(),
        lockdown.smartcard.to_string(),
        lockdown.idle_minutes.to_string(),
        lockdown.max_hours.to_string(),
        lockdown.audit.as_str().to_owned(),
        display.monitors.to_string(),
        display.max_resolution.to_string(),
        display.frame_rate.to_string(),
        display.color.as_str().to_owned(),
        display.quic.to_string(),
        display.port.to_string(),
        display.tablet.to_string(),
    ]
}

/// One attribute that changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeChange {
    /// As the blueprint calls it.
    pub attribute: &'static str,
    pub before: String,
    pub after: String,
    /// When the last of what it changes is felt on a seat that goes on running.
    pub takes_effect: TakesEffect,
}

/// What changes on a seat that bears `before` where it is to have this lockdown and this display; none where `before` is
/// nothing that [`recorded`] writes.
pub fn changes_since(before: &str, lockdown: &Lockdown, display: &Display) -> Option<Vec<AttributeChange>> {
    let before: Vec<String> = before.split('/').map(str::to_owned).collect();
    let after = words(lockdown, display);
    if before.len() != ATTRIBUTES.len() {
        return None;
    }
    let compiled = |words: &[String]| -> Option<Compiled> {
        let (lockdown, display) = read(words, lockdown, display)?;
        Some(compile(&lockdown, &display))
    };
    let was = compiled(&before)?;
    let mut changes = Vec::new();
    for (place, attribute) in ATTRIBUTES.iter().enumerate() {
        let (Some(old), Some(new)) = (before.get(place), after.get(place)) else { return None };
        if old == new {
            continue;
        }
        // What this attribute alone changes.
        let alone: Vec<String> =
            before.iter().enumerate().map(|(n, word)| if n == place { new } else { word }.clone()).collect();
        if let Some(last) = was.differences(&compiled(&alone)?).into_iter().map(|one| one.takes_effect).max() {
            changes.push(AttributeChange { attribute, before: old.clone(), after: new.clone(), takes_effect: last });
        }
    }
    Some(changes)
}

/// The words read again; places and names are those of the blocks that are given.
fn read(words: &[String], lockdown: &Lockdown, display: &Display) -> Option<(Lockdown, Display)> {
    let mut words = words.iter().map(String::as_str);
    let mut next = || words.next();
    fn at<T, U>(value: T, of: &Spanned<U>) -> Spanned<T> {
        Spanned::new(value, of.span)
    }
    let lockdown = Lockdown {
        name: lockdown.name.clone(),
        clipboard: at(Transfer::parse(next()?)?, &lockdown.clipboard),
        file_transfer: at(Transfer::parse(next()?)?, &lockdown.file_transfer),
        usb: at(Usb::parse(next()?)?, &lockdown.usb),
        printing: at(next()?.parse().ok()?, &lockdown.printing),
        screenshots: at(next()?.parse().ok()?, &lockdown.screenshots),
        microphone: at(next()?.parse().ok()?, &lockdown.microphone),
        webcam: at(next()?.parse().ok()?, &lockdown.webcam),
        smartcard: at(next()?.parse().ok()?, &lockdown.smartcard),
        idle_minutes: at(next()?.parse().ok()?, &lockdown.idle_minutes),
        max_hours: at(next()?.parse().ok()?, &lockdown.max_hours),
        audit: at(Audit::parse(next()?)?, &lockdown.audit),
    };
    let display = Display {
        name: display.name.clone(),
        protocol: display.protocol.clone(),
        monitors: at(next()?.parse().ok()?, &display.monitors),
        max_resolution: at(Resolution::parse(next()?)?, &display.max_resolution),
        frame_rate: at(next()?.parse().ok()?, &display.frame_rate),
        color: at(Color::parse(next()?)?, &display.color),
        quic: at(next()?.parse().ok()?, &display.quic),
        port: at(next()?.parse().ok()?, &display.port),
        tablet: at(next()?.parse().ok()?, &display.tablet),
    };
    Some((lockdown, display))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guest::samples::{at, display, lockdown};

    #[test]
    fn what_is_recorded_is_read_again() {
        let text = recorded(&lockdown(), &display());
        assert_eq!(text, "in/none/none/false/false/false/false/false/15/12/all/2/4096x2160/60/yuv444/true/8443/true");
        let words: Vec<String> = text.split('/').map(str::to_owned).collect();
        assert_eq!(words.len(), ATTRIBUTES.len());
        assert_eq!(read(&words, &lockdown(), &display()), Some((lockdown(), display())));
        assert_eq!(changes_since(&text, &lockdown(), &display()), Some(Vec::new()));
    }

    #[test]
    fn each_attribute_that_changes_says_when_it_is_felt() {
        let before = recorded(&lockdown(), &display());
        let closed =
            Lockdown { clipboard: at(Transfer::None), idle_minutes: at(10), audit: at(Audit::In), ..lockdown() };
        let moved = Display { port: at(9443), monitors: at(4), ..display() };
        let changes = changes_since(&before, &closed, &moved).unwrap_or_default();
        let words: Vec<String> = changes
            .iter()
            .map(|one| format!("{} {} to {} {}", one.attribute, one.before, one.after, one.takes_effect))
            .collect();
        assert_eq!(
            words,
            [
                "clipboard in to none with the next session",
                "idle_minutes 15 to 10 at once",
                "audit all to in when the streaming server starts again",
                "monitors 2 to 4 at once",
                "port 8443 to 9443 when the streaming server starts again",
            ]
        );
    }

    #[test]
    fn what_nobody_recorded_says_nothing() {
        for text in [
            "",
            "in/none",
            "in/none/none/perhaps/false/false/false/false/15/12/all/2/4096x2160/60/yuv444/true/8443/true",
        ] {
            assert_eq!(
                changes_since(text, &Lockdown { clipboard: at(Transfer::None), ..lockdown() }, &display()),
                None
            );
        }
    }
}
