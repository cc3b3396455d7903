//! What is set inside seats, as they tell it themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Address;

/// Settings inside a seat, by their paths:
///
/// - `streaming/SECTION/KEY`: the streaming server's, such as `streaming/connectivity/idle-timeout`;
/// - `permissions/owner/FEATURE` and `permissions/anyone/FEATURE`: `allowed`, `denied`, or what could be undone:
///   `disallowed` and `unnamed`;
/// - `devices`: the USB devices that pass, a filter each;
/// - `host/…`: what keeps the host closed, such as `host/firewall`.
pub type Inside = BTreeMap<String, String>;

/// What seats tell of what is set in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insides {
    /// Of each running seat that told it.
    pub told: BTreeMap<Address, Inside>,
    /// Why nothing is known of the other running seats, as a fragment: `it has told nothing since its start`.
    pub untold: BTreeMap<Address, String>,
}
