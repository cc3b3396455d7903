//! How a rehearsal is set up.

use super::faults::Faults;
use super::guest::Guest;
use super::own_images::OwnImage;
use super::physics::limits::Quotas;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that decides how a rehearsal goes. The same settings and the same calls give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The seed of all chance.
    pub seed: u64,
    /// How much goes wrong.
    pub faults: Faults,
    /// The Region of requests that name none.
    pub region: String,
    /// The account's twelve digits.
    pub account: String,
    /// How many more instances a zone can give, by `type@zone`, such as `g6e.4xlarge@us-west-2a`.
    /// What isn't listed is without limit.
    pub capacity: BTreeMap<String, u32>,
    /// The account's quotas.
    pub quotas: Quotas,
    /// Images besides the catalogue that are Windows; all other ids are Linux.
    pub windows_images: BTreeSet<String>,
    /// Images of the account's own, by id.
    #[serde(default)]
    pub images: BTreeMap<String, OwnImage>,
    /// How what runs inside fares, by image; the guests of images that aren't listed become ready.
    #[serde(default)]
    pub guests: BTreeMap<String, Guest>,
    /// How many days what is deleted stays in the recycle bin; none where no retention rule puts it there.
    #[serde(default)]
    pub recycle_bin_days: Option<u32>,
    /// Whether calls take time. Without it every answer comes at once, but states still take their time.
    pub latency: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            faults: Faults::None,
            region: "us-west-2".to_owned(),
            account: "123456789012".to_owned(),
            capacity: BTreeMap::new(),
            quotas: Quotas::raised(),
            // The Windows image that moto knows, so that one script can be sent to both.
            windows_images: BTreeSet::from(["ami-03cf127a".to_owned()]),
            images: BTreeMap::new(),
            guests: BTreeMap::new(),
            recycle_bin_days: None,
            latency: true,
        }
    }
}
