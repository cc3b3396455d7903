//! A plan on disk: what `plan --out` writes and `apply PLANFILE` carries out, and no other.

use std::collections::BTreeMap;

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Options, Plan};
use crate::resource::{Address, Desired, Found, Observed};

/// What marks a file as one of ours.
pub const MARK: &str = "closedset plan";

/// A saved plan: all that apply needs, so that the blueprint may change meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// Always [`MARK`].
    pub file: String,
    pub plan: Plan,
    /// Who made it: an ARN. Whoever approves it is somebody else.
    #[serde(default)]
    pub author: String,
    pub desired: Desired,
    pub targets: Vec<String>,
    pub account_switches: bool,
    /// Whether what no bulk read shows was read too: then it is read again before the plan is carried out.
    pub deep: bool,
    /// The digest of the plan as the controls assessed it: a file that was edited since has another.
    #[serde(default)]
    pub evaluation: String,
    /// Digests of the live resources that the plan was made from, by address.
    pub depends_on: BTreeMap<Address, String>,
}

/// A live resource that is no longer as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    Appeared(Address),
    Vanished(Address),
    Changed(Address),
}

impl SavedPlan {
    pub fn new(plan: Plan, desired: Desired, observed: &Observed, options: &Options) -> Self {
        Self {
            file: MARK.to_owned(),
            plan,
            author: observed.caller.clone(),
            desired,
            targets: options.targets.clone(),
            account_switches: options.account_switches,
            deep: options.deep,
            evaluation: String::new(),
            depends_on: digests(observed),
        }
    }

    pub fn options(&self) -> Options {
        Options {
            targets: self.targets.clone(),
            account_switches: self.account_switches,
            deep: self.deep,
            ..Options::default()
        }
    }

    /// What has changed in the cloud since, sorted; empty where the plan can be carried out as it is.
    pub fn stale(&self, observed: &Observed) -> Vec<Stale> {
        let now = digests(observed);
        let mut stale = Vec::new();
        for (address, digest) in &self.depends_on {
            match now.get(address) {
                None => stale.push(Stale::Vanished(address.clone())),
                Some(other) if other != digest => stale.push(Stale::Changed(address.clone())),
                Some(_) => {}
            }
        }
        stale
            .extend(now.keys().filter(|address| !self.depends_on.contains_key(*address)).cloned().map(Stale::Appeared));
        stale
    }
}

impl Stale {
    pub fn address(&self) -> &Address {
        match self {
            Stale::Appeared(address) | Stale::Vanished(address) | Stale::Changed(address) => address,
        }
    }

    /// What happened, for people.
    pub fn words(&self) -> &'static str {
        match self {
            Stale::Appeared(_) => "is new",
            Stale::Vanished(_) => "is gone",
            Stale::Changed(_) => "has changed",
        }
    }
}

fn digests(observed: &Observed) -> BTreeMap<Address, String> {
    let main = observed.found.iter().map(|(address, found)| (address.clone(), digest(found)));
    let rest = observed
        .duplicates
        .iter()
        .map(|found| (Address::new(format!("{} {}", found.address, found.id)), digest(found)));
    main.chain(rest).collect()
}

/// Over what a plan depends on: identity and fields, not facts such as times and addresses, and not whether a seat is
/// running at the moment.
fn digest(found: &Found) -> String {
    let mut hash = Sha256::new();
    hash.update(found.id.as_bytes());
    hash.update([u8::from(found.protected)]);
    for (path, value) in found.resource.fields() {
        hash.update(path.as_bytes());
        hash.update([0]);
        hash.update(value.to_string().as_bytes());
        hash.update([0]);
    }
    BASE32_NOPAD.encode(&hash.finalize())[..26].to_ascii_lowercase()
}
