//! What people ask about: ways into a workstation and out of it, whatever the streaming server calls them.

use std::fmt;

use super::lockdown::{Cause, Compiled};
use super::permissions::{Actor, Decision, Feature, Permissions};

/// One way for content, sound or pictures between an artist's own computer and the workstation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    ClipboardIn,
    ClipboardOut,
    FilesIn,
    FilesOut,
    /// Disks, as USB devices of the artist's computer.
    UsbStorage,
    /// Pen tablets, as USB devices of the artist's computer; a pen as mere input is [`Feature::Stylus`].
    UsbTablet,
    Printing,
    ScreenCapture,
    Microphone,
    Camera,
}

impl Capability {
    /// Every capability, in the order in which answers are listed.
    pub const ALL: &'static [Self] = &[
        Self::ClipboardIn,
        Self::ClipboardOut,
        Self::FilesIn,
        Self::FilesOut,
        Self::UsbStorage,
        Self::UsbTablet,
        Self::Printing,
        Self::ScreenCapture,
        Self::Microphone,
        Self::Camera,
    ];

    /// Its name for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::ClipboardIn => "clipboard in",
            Self::ClipboardOut => "clipboard out",
            Self::FilesIn => "files in",
            Self::FilesOut => "files out",
            Self::UsbStorage => "USB storage",
            Self::UsbTablet => "USB tablet",
            Self::Printing => "printing",
            Self::ScreenCapture => "screen capture",
            Self::Microphone => "microphone",
            Self::Camera => "camera",
        }
    }

    /// Its name for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClipboardIn => "clipboard_in",
            Self::ClipboardOut => "clipboard_out",
            Self::FilesIn => "files_in",
            Self::FilesOut => "files_out",
            Self::UsbStorage => "usb_storage",
            Self::UsbTablet => "usb_tablet",
            Self::Printing => "printing",
            Self::ScreenCapture => "screen_capture",
            Self::Microphone => "microphone",
            Self::Camera => "camera",
        }
    }

    /// What it lets somebody do, to follow "may" or "may not".
    pub const fn deed(self) -> &'static str {
        match self {
            Self::ClipboardIn => "paste text and pictures into the workstation",
            Self::ClipboardOut => "copy text and pictures out of the workstation",
            Self::FilesIn => "send files to the workstation",
            Self::FilesOut => "fetch files from the workstation",
            Self::UsbStorage => "use a USB disk at the workstation",
            Self::UsbTablet => "use a pen tablet as a USB device of the workstation",
            Self::Printing => "print from the workstation",
            Self::ScreenCapture => "capture the picture of the workstation",
            Self::Microphone => "speak into the workstation",
            Self::Camera => "use a camera at the workstation",
        }
    }

    /// The feature of the streaming server that it hangs on.
    pub const fn feature(self) -> Feature {
        match self {
            Self::ClipboardIn => Feature::ClipboardPaste,
            Self::ClipboardOut => Feature::ClipboardCopy,
            Self::FilesIn => Feature::FileUpload,
            Self::FilesOut => Feature::FileDownload,
            Self::UsbStorage | Self::UsbTablet => Feature::Usb,
            Self::Printing => Feature::Printer,
            Self::ScreenCapture => Feature::Screenshot,
            Self::Microphone => Feature::AudioIn,
            Self::Camera => Feature::Webcam,
        }
    }

    /// What a blueprint decides it by.
    pub const fn cause(self) -> Cause {
        match self {
            Self::ClipboardIn | Self::ClipboardOut => Cause::Clipboard,
            Self::FilesIn | Self::FilesOut => Cause::FileTransfer,
            Self::UsbStorage | Self::UsbTablet => Cause::Usb,
            Self::Printing => Cause::Printing,
            Self::ScreenCapture => Cause::Screenshots,
            Self::Microphone => Cause::Microphone,
            Self::Camera => Cause::Webcam,
        }
    }

    /// Whether a device list leaves it open once the feature is granted.
    fn passes_devices(self, compiled: &Compiled) -> bool {
        match self {
            Self::UsbStorage => compiled.usb.iter().any(super::lockdown::UsbFilter::is_storage),
            Self::UsbTablet => compiled.usb.iter().any(super::lockdown::UsbFilter::is_tablet),
            _ => true,
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.words())
    }
}

/// How a capability stands for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict<'p> {
    pub capability: Capability,
    pub allowed: bool,
    /// The decision of the permission file.
    pub decision: Decision<'p>,
    /// The feature is granted, and only the list of USB devices keeps this one out.
    pub kept_out_by_devices: bool,
}

/// How every capability stands for somebody: by a permission file alone, or with the list of USB devices too.
pub fn verdicts<'p>(permissions: &'p Permissions, actor: &Actor, with: Option<&Compiled>) -> Vec<Verdict<'p>> {
    let effective = permissions.effective(actor);
    Capability::ALL
        .iter()
        .filter_map(|capability| {
            let decision = *effective.get(&capability.feature())?;
            let passes = with.is_none_or(|compiled| capability.passes_devices(compiled));
            Some(Verdict {
                capability: *capability,
                allowed: decision.is_allowed() && passes,
                decision,
                kept_out_by_devices: decision.is_allowed() && !passes,
            })
        })
        .collect()
}
