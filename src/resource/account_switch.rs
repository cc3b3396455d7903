//! Settings of the account in its region that weigh on every production in it.

use serde::{Deserialize, Serialize};

use super::{Address, Effect, Kind, Link, Spec};

/// One switch: shown as `account.<name>`, changed only when asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AccountSwitch {
    /// In words of our own: see [`SWITCHES`].
    pub setting: String,
}

/// The switches by name, each with the setting that is safe. `ebs_default_key` is safe at the production's key, which
/// the compiler fills in.
pub const SWITCHES: &[(&str, &str)] = &[
    ("ebs_encryption_by_default", "on"),
    ("ebs_default_key", ""),
    ("metadata_defaults", "token required, hop limit 1"),
    ("snapshot_public_access", "blocked"),
    ("image_public_access", "blocked"),
    ("serial_console", "off"),
];

impl Spec for AccountSwitch {
    const KIND: Kind = Kind::AccountSwitch;

    fn effect_of(_field: &str) -> Effect {
        Effect::InPlace
    }

    fn links(&self) -> Vec<Link> {
        // The default key has to exist before it is set.
        let key = Some(Address::new(self.setting.as_str())).filter(|key| key.is_within("key"));
        key.iter().map(|key| Link::movable("setting", key)).collect()
    }

    fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
        // The default key reads as its address where it is one of ours.
        self.setting = to(&Address::new(self.setting.as_str())).as_str().to_owned();
    }
}
