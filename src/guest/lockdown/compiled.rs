//! All that a lockdown and a display become.

use super::effect::TakesEffect;
use super::limits::SessionLimits;
use super::parameters::{PARAMETERS, storage_root};
use super::permissions::{Clause, PERMISSIONS_FILE, clauses, text};
use super::settings::Setting;
use super::usb::{UsbFilter, filters};
use super::windows::{RegistryValue, value};
use super::{linux, usb};
use crate::blueprint::model::{Display, Lockdown};

/// What a seat's streaming server is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compiled {
    /// Sorted by section and key.
    pub settings: Vec<Setting>,
    /// The lines of the permission file.
    pub clauses: Vec<Clause>,
    pub usb: Vec<UsbFilter>,
    pub limits: SessionLimits,
    /// The storage of a session for files that are passed on; empty: there is none.
    pub storage_root: &'static str,
}

/// Compiles a lockdown and a display.
pub fn compile(lockdown: &Lockdown, display: &Display) -> Compiled {
    let settings = PARAMETERS.iter().map(|parameter| Setting {
        section: parameter.section,
        key: parameter.key,
        value: (parameter.value)(lockdown, display),
        takes_effect: parameter.takes_effect,
        control: parameter.control,
    });
    Compiled {
        settings: settings.collect(),
        clauses: clauses(lockdown, display),
        usb: filters(lockdown),
        limits: SessionLimits::of(lockdown),
        storage_root: storage_root(lockdown),
    }
}

/// Something that two lockdowns or displays say differently.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// When the change is felt.
    pub takes_effect: TakesEffect,
    /// Such as `connectivity/idle-timeout`, or the name of a file.
    pub what: String,
}

impl Compiled {
    /// The text of `/etc/dcv/dcv.conf`.
    pub fn dcv_conf(&self) -> String {
        linux::text(&self.settings)
    }

    /// The values that the Windows registry holds instead, in the same order.
    pub fn registry(&self) -> Vec<RegistryValue> {
        self.settings.iter().map(value).collect()
    }

    /// The text of `default.perm`.
    pub fn permissions(&self) -> String {
        text(&self.clauses)
    }

    /// The text of `usb-devices.conf`.
    pub fn usb_devices(&self) -> String {
        usb::text(&self.usb)
    }

    /// What differs, the soonest felt first.
    ///
    /// A permission file is read when a session is made, the list of USB devices when the server starts. The limits of a
    /// session are watched from minute to minute.
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut found: Vec<Difference> = self
            .settings
            .iter()
            .zip(&other.settings)
            .filter(|(one, other)| one.value != other.value)
            .map(|(one, _)| Difference { takes_effect: one.takes_effect, what: format!("{}/{}", one.section, one.key) })
            .collect();
        let others = [
            (self.clauses != other.clauses, TakesEffect::NextSession, PERMISSIONS_FILE),
            (self.usb != other.usb, TakesEffect::ServiceRestart, "usb-devices.conf"),
            (self.limits.max_hours != other.limits.max_hours, TakesEffect::Live, "max_hours"),
        ];
        for (differs, takes_effect, what) in others {
            if differs {
                found.push(Difference { takes_effect, what: what.to_owned() });
            }
        }
        found.sort();
        found
    }
}
