//! From `lockdown` and `display` to what the streaming server is told: its settings, its permission file, its list of USB
//! devices, and the limits of a session. One meaning, two forms: a file on Linux, the registry on Windows.

mod compiled;
mod effect;
mod limits;
mod linux;
mod parameters;
mod permissions;
mod recorded;
mod settings;
#[cfg(test)]
mod tests;
mod usb;
mod windows;

pub use compiled::{Compiled, Difference, compile};
pub use effect::TakesEffect;
pub use limits::SessionLimits;
pub use permissions::{Cause, Clause, PERMISSIONS_FILE};
pub use recorded::{AttributeChange, changes_since, recorded};
pub use settings::{Setting, SettingValue};
pub use usb::UsbFilter;
pub use windows::{REGISTRY_ROOT, RegistryData, RegistryValue};
