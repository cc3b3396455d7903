//! The permission file of a lockdown: one line for each thing that it says.
//!
//! What is closed is closed for everybody with `deny`, which nothing that a session brings with it can undo; what is open
//! is open for the session's owner only. Features that no lockdown speaks of are in one of the two as well: nothing is left
//! to a default. (`webauthn-redirection` is not named: servers before it would not know the word. Unnamed, it is not granted.)

use std::fmt::Write as _;

use crate::blueprint::model::{Display, Lockdown, Transfer, Usb};
use crate::guest::permissions::{Feature, Rule};

/// The name of the file that is merged into the permissions of every session.
pub const PERMISSIONS_FILE: &str = "default.perm";

/// What in a blueprint a line comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    Clipboard,
    FileTransfer,
    Usb,
    Printing,
    Screenshots,
    Microphone,
    Webcam,
    Smartcard,
    /// The display's, not the lockdown's.
    Tablet,
    /// The same for every lockdown.
    Always,
}

/// One line of the file, and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    pub cause: Cause,
    /// For the owner where it allows, for everybody where it denies.
    pub rule: Rule,
    pub features: Vec<Feature>,
}

/// What somebody needs to work at all.
const SEAT: &[Feature] = &[
    Feature::AudioOut,
    Feature::Display,
    Feature::Keyboard,
    Feature::KeyboardSas,
    Feature::Mouse,
    Feature::Pointer,
    Feature::Touch,
];

/// What no lockdown opens.
const NEVER: &[Feature] =
    &[Feature::ExtensionsClient, Feature::ExtensionsServer, Feature::Gamepad, Feature::UnsupervisedAccess];

/// The lines, in their order.
pub(super) fn clauses(lockdown: &Lockdown, display: &Display) -> Vec<Clause> {
    let switch = |cause, on, feature| (cause, vec![(feature, on)]);
    let directions = |cause, transfer: Transfer, inward, outward| {
        (cause, vec![(inward, transfer.is_inward()), (outward, transfer.is_outward())])
    };
    let said = [
        directions(Cause::Clipboard, lockdown.clipboard.value, Feature::ClipboardPaste, Feature::ClipboardCopy),
        directions(Cause::FileTransfer, lockdown.file_transfer.value, Feature::FileUpload, Feature::FileDownload),
        switch(Cause::Usb, lockdown.usb.value != Usb::None, Feature::Usb),
        switch(Cause::Printing, lockdown.printing.value, Feature::Printer),
        switch(Cause::Screenshots, lockdown.screenshots.value, Feature::Screenshot),
        switch(Cause::Microphone, lockdown.microphone.value, Feature::AudioIn),
        switch(Cause::Webcam, lockdown.webcam.value, Feature::Webcam),
        switch(Cause::Smartcard, lockdown.smartcard.value, Feature::Smartcard),
        switch(Cause::Tablet, display.tablet.value, Feature::Stylus),
        (Cause::Always, SEAT.iter().map(|feature| (*feature, true)).collect()),
        (Cause::Always, NEVER.iter().map(|feature| (*feature, false)).collect()),
    ];
    let mut clauses = Vec::new();
    for (cause, features) in said {
        for (rule, open) in [(Rule::Allow, true), (Rule::Deny, false)] {
            let features: Vec<Feature> =
                features.iter().filter(|(_, is_open)| *is_open == open).map(|(feature, _)| *feature).collect();
            if !features.is_empty() {
                clauses.push(Clause { cause, rule, features });
            }
        }
    }
    clauses
}

/// The text of the file.
pub(super) fn text(clauses: &[Clause]) -> String {
    let mut text = String::from("[permissions]\n");
    for clause in clauses {
        let actor = if clause.rule == Rule::Allow { "%owner%" } else { "%any%" };
        let features: Vec<&str> = clause.features.iter().map(|feature| feature.as_str()).collect();
        // Writing to a string can't fail.
        let _ = writeln!(text, "{actor} {} {}", clause.rule.as_str(), features.join(" "));
    }
    text
}
