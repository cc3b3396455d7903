//! Settings as the Windows registry holds them. There is no `dcv.conf` on Windows: one that is written there is not read.
//!
//! Source: Amazon DCV administrator guide, "Modifying configuration parameters".

use super::settings::{Setting, SettingValue};

/// Where all settings stand; sections with a slash become keys within keys.
pub const REGISTRY_ROOT: &str = r"HKEY_USERS\S-1-5-18\Software\GSettings\com\nicesoftware\dcv";

/// One value of the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryValue {
    /// The whole path of the key.
    pub key: String,
    pub name: &'static str,
    pub data: RegistryData,
}

/// What a value of the registry holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryData {
    /// `REG_DWORD`: numbers, and switches as 0 and 1.
    Dword(u32),
    /// `REG_SZ`.
    Text(String),
}

pub(super) fn value(setting: &Setting) -> RegistryValue {
    let data = match &setting.value {
        SettingValue::Switch(on) => RegistryData::Dword(u32::from(*on)),
        SettingValue::Number(number) => RegistryData::Dword(*number),
        SettingValue::Text(text) => RegistryData::Text(text.clone()),
        SettingValue::Size(width, height) => RegistryData::Text(format!("({width}, {height})")),
    };
    RegistryValue { key: format!(r"{REGISTRY_ROOT}\{}", setting.section.replace('/', r"\")), name: setting.key, data }
}
