//! How a live resource says whose it is: the program's tags, put on in the call that creates it.

use std::collections::BTreeMap;

use crate::resource::{Address, Tags};

/// The production that the resource belongs to.
pub const PRODUCTION: &str = "closedset:production";
/// Its address; for what is launched in batches, the pool's.
pub const ADDRESS: &str = "closedset:address";
/// The digest of what was last applied.
pub const DIGEST: &str = "closedset:digest";
/// The slots of a launched batch, in the order of `AmiLaunchIndex`: `1-40,57`.
pub const SLOTS: &str = "closedset:slots";
/// The slot of a seat, on it and on its volumes, once it has been labelled.
pub const SEAT: &str = "closedset:seat";
/// Which volume sits at which device, as launched: `cache=/dev/sdf`.
pub const DEVICES: &str = "closedset:devices";
/// Digest of the user data that a seat was launched with.
pub const USER_DATA: &str = "closedset:user-data";
/// `true` forbids replacement and deletion.
pub const PROTECT: &str = "closedset:protect";

/// All tags of the program begin so; the blueprint's may not.
pub const PREFIX: &str = "closedset:";

/// Whose resources are meant: every list is filtered by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The alias.
    pub production: String,
}

impl Scope {
    pub fn new(production: impl Into<String>) -> Self {
        Self { production: production.into() }
    }

    /// The path of IAM roles and profiles.
    pub fn iam_path(&self) -> String {
        format!("/closedset/{}/", self.production)
    }

    /// What the aliases of the production's keys begin with.
    pub fn alias_prefix(&self) -> String {
        format!("alias/closedset/{}/", self.production)
    }

    /// What the names of the production's log groups begin with.
    pub fn log_group_prefix(&self) -> String {
        format!("/closedset/{}/", self.production)
    }
}

/// Who a resource is, for the call that creates it.
#[derive(Debug, Clone)]
pub struct Identity {
    pub production: String,
    pub address: Address,
    /// See [`crate::resource::digest`].
    pub digest: String,
    pub protect: bool,
}

impl Identity {
    /// The program's tags together with the blueprint's.
    pub fn tags(&self, own: Option<&Tags>) -> Tags {
        let mut tags = own.cloned().unwrap_or_default();
        tags.insert(PRODUCTION.to_owned(), self.production.clone());
        tags.insert(ADDRESS.to_owned(), self.address.to_string());
        tags.insert(DIGEST.to_owned(), self.digest.clone());
        if self.protect {
            tags.insert(PROTECT.to_owned(), "true".to_owned());
        }
        tags
    }

    /// A client token: the same for the same resource after a crash, another for anything else. At most 64 characters,
    /// which is what EC2 takes.
    pub fn token(&self, epoch: u32, parts: &[&str]) -> String {
        use data_encoding::BASE32_NOPAD;
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        let epoch = epoch.to_string();
        for part in [self.production.as_str(), self.address.as_str(), &self.digest, &epoch].iter().chain(parts) {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        BASE32_NOPAD.encode(&hash.finalize())
    }
}

/// The marks read off a live resource, parted from the blueprint's tags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// Those of the blueprint, or of someone else.
    pub tags: Tags,
    /// Those of the program, by their full key.
    pub own: BTreeMap<String, String>,
}

impl Mark {
    /// Parts a resource's tags. Tags of AWS itself (`aws:…`) are nobody's business and left out.
    pub fn read(all: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut mark = Self::default();
        for (key, value) in all {
            if key.starts_with(PREFIX) {
                mark.own.insert(key, value);
            } else if !key.starts_with("aws:") {
                mark.tags.insert(key, value);
            }
        }
        mark
    }

    pub fn get(&self, key: &str) -> Option<&str> {
        self.own.get(key).map(String::as_str)
    }

    pub fn address(&self) -> Option<Address> {
        self.get(ADDRESS).map(Address::new)
    }

    pub fn digest(&self) -> Option<String> {
        self.get(DIGEST).map(str::to_owned)
    }

    pub fn is_protected(&self) -> bool {
        self.get(PROTECT) == Some("true")
    }
}
