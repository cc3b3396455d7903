//! The list of USB devices that the server takes from clients.
//!
//! Each line is a filter: name, class, subclass, protocol, vendor, product, whether it is shared at once, whether it is
//! not reset; `*` stands for any. Sources: Amazon DCV administrator guide, "Enabling USB remotization"; the form of a
//! filter: Amazon WorkSpaces Applications administration guide, "Working with USB device filter strings".

use crate::blueprint::model::{Lockdown, Usb};

/// One filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsbFilter {
    pub name: &'static str,
    /// The class code that the USB organisation gives.
    pub class: u8,
    /// None: of any vendor.
    pub vendor: Option<u16>,
}

const fn class(name: &'static str, class: u8) -> UsbFilter {
    UsbFilter { name, class, vendor: None }
}

const HID: u8 = 3;
const MASS_STORAGE: u8 = 8;

/// Makers of pen tablets, by their vendor numbers. Source: Linux kernel, `drivers/hid/hid-ids.h`.
const TABLETS: &[UsbFilter] = &[
    UsbFilter { name: "Wacom tablets", class: HID, vendor: Some(0x056a) },
    UsbFilter { name: "Huion tablets", class: HID, vendor: Some(0x256c) },
    UsbFilter { name: "XP-Pen tablets", class: HID, vendor: Some(0x28bd) },
];

/// Classes of devices. Source: USB Implementers Forum, "Defined Class Codes".
const AUDIO: UsbFilter = class("Audio", 1);
const INPUT: UsbFilter = class("Input", HID);
const IMAGING: UsbFilter = class("Imaging", 6);
const PRINTER: UsbFilter = class("Printers", 7);
const STORAGE: UsbFilter = class("Storage", MASS_STORAGE);
const SMARTCARD: UsbFilter = class("Smart cards", 11);
const VIDEO: UsbFilter = class("Video", 14);

/// The filters of a lockdown. What it closes by name doesn't come back as a USB device: a camera stays away where cameras
/// are, whatever `usb` says.
pub(super) fn filters(lockdown: &Lockdown) -> Vec<UsbFilter> {
    match lockdown.usb.value {
        Usb::None => Vec::new(),
        Usb::Tablets => TABLETS.to_vec(),
        Usb::All => [
            (AUDIO, lockdown.microphone.value),
            (INPUT, true),
            (IMAGING, lockdown.webcam.value),
            (PRINTER, lockdown.printing.value),
            (STORAGE, true),
            (SMARTCARD, lockdown.smartcard.value),
            (VIDEO, lockdown.webcam.value),
        ]
        .into_iter()
        .filter(|(_, open)| *open)
        .map(|(filter, _)| filter)
        .collect(),
    }
}

impl UsbFilter {
    /// Whether disks pass.
    pub fn is_storage(&self) -> bool {
        self.class == MASS_STORAGE
    }

    /// Whether pen tablets pass.
    pub fn is_tablet(&self) -> bool {
        self.class == HID
    }

    /// The line of the file.
    pub fn line(&self) -> String {
        let vendor = self.vendor.map_or_else(|| "*".to_owned(), |vendor| vendor.to_string());
        format!("{}, {}, *, *, {vendor}, *, 0, 0", self.name, self.class)
    }
}

/// The text of the file.
pub(super) fn text(filters: &[UsbFilter]) -> String {
    filters.iter().map(|filter| filter.line() + "\n").collect()
}
