//! Settings with their values.

use super::effect::TakesEffect;

/// What a setting is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SettingValue {
    Switch(bool),
    Number(u32),
    Text(String),
    /// Width and height in pixels.
    Size(u32, u32),
}

/// One setting of the streaming server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Such as `session-management/defaults`.
    pub section: &'static str,
    pub key: &'static str,
    pub value: SettingValue,
    pub takes_effect: TakesEffect,
    /// The control that asks for it; none where it is the display's.
    pub control: Option<&'static str>,
}
