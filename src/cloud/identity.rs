//! How a live resource says whose it is: the program's tags, put on in the call that creates it.

use std::collections::{BTreeMap, BTreeSet};

use crate::resource::{Address, Desired, Found, Kind, Tags};

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
/// The volumes of a labelled seat by name, on it and on each of them: `cache=vol-0ab…`.
pub const VOLUMES: &str = "closedset:volumes";
/// Digest of the user data that a seat has.
pub const USER_DATA: &str = "closedset:user-data";
/// Lockdown and display that this user data sets, in a few words.
pub const SETTINGS: &str = "closedset:settings";
/// On a seat from before it is stopped until it runs again: one that bears it and is stopped is on its way.
pub const RESTARTING: &str = "closedset:restarting";
/// `true` forbids replacement and deletion.
pub const PROTECT: &str = "closedset:protect";

/// The run of `backup now` that took a snapshot: when it began, and of how many seats.
pub const RUN: &str = "closedset:run";
/// The last day that a snapshot is to be kept.
pub const UNTIL: &str = "closedset:until";
/// The last day that a snapshot is to be kept beyond its production's end: a wrap put it on, and later ones honour it.
pub const KEEP_UNTIL: &str = "closedset:keep-until";
/// On a copy: the name of the volume that it is of, for copies don't show the volume's id.
pub const OF: &str = "closedset:of";
/// On a copy: when what it is a copy of was taken.
pub const TAKEN: &str = "closedset:taken";
/// Before a volume's name: what it was, on every snapshot that was taken at the same moment.
pub const VOLUME: &str = "closedset:volume.";
/// Who last applied: on keys.
pub const APPLIED_BY: &str = "closedset:applied-by";
/// When a key was taken out of service: UTC, RFC 3339. Where nobody told the time, it is left out.
pub const RETIRED_AT: &str = "closedset:retired-at";
/// Who took it out of service: an ARN, as far as a tag can hold its characters.
pub const RETIRED_BY: &str = "closedset:retired-by";
/// Why: see [`Purpose`](crate::resource::Purpose).
pub const RETIRED_FOR: &str = "closedset:retired-for";

/// Before the label of a `backup` block: on volumes that it takes in, `true`. AWS Backup finds them by it.
pub const BACKUP: &str = "closedset:backup.";

/// All tags of the program begin so; the blueprint's may not.
pub const PREFIX: &str = "closedset:";

/// The tags by which the plans of these `backup` blocks find a volume.
pub fn backup_marks(backups: &BTreeSet<String>) -> impl Iterator<Item = (String, String)> {
    backups.iter().map(|label| (format!("{BACKUP}{label}"), "true".to_owned()))
}

/// Whose resources are meant: every list is filtered by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The alias.
    pub production: String,
    /// Whether to look also where nothing points to: a run that was killed between a key and its alias leaves a key that
    /// only its own marks tell of. It costs a call for each key of the account that has no alias.
    pub thorough: bool,
    /// Whether to ask each seat for what no bulk read shows.
    pub deep: bool,
    /// Whether the blueprint asks anything of AWS Backup. Where it doesn't, AWS Backup is asked only if a live role says
    /// that it once did.
    pub backups: bool,
    /// Other regions that something of the production lies in, such as copies. Those that live plans of AWS Backup name
    /// needn't be told.
    pub elsewhere: BTreeSet<String>,
    /// Regions that are not looked into, whoever names them.
    pub left_alone: BTreeSet<String>,
}

impl Scope {
    pub fn new(production: impl Into<String>) -> Self {
        Self {
            production: production.into(),
            thorough: false,
            deep: false,
            backups: false,
            elsewhere: BTreeSet::new(),
            left_alone: BTreeSet::new(),
        }
    }

    /// All that is to be seen before this is made: also what lies in the regions that copies go to.
    pub fn of(desired: &Desired) -> Self {
        let copies = desired.backups.values().flat_map(|backup| backup.copies.keys());
        let elsewhere = copies.filter(|region| **region != desired.region).cloned().collect();
        Self { backups: !desired.backups.is_empty(), elsewhere, ..Self::new(&desired.production) }
    }

    /// The same, leaving nothing out: what an end has to find.
    #[must_use]
    pub fn thorough(self) -> Self {
        Self { thorough: true, ..self }
    }

    /// The path of IAM roles and profiles.
    pub fn iam_path(&self) -> String {
        format!("/closedset/{}/", self.production)
    }

    /// What the aliases of the production's keys begin with.
    pub fn alias_prefix(&self) -> String {
        format!("alias/closedset/{}/", self.production)
    }

    /// What the names of the production's vaults and plans of AWS Backup begin with. No alias holds an underscore, so that
    /// none begins as another's.
    pub fn backup_prefix(&self) -> String {
        format!("closedset_{}_", self.production)
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

    /// What has to be done to the tags of a live resource so that they are these: those to set, and the keys of those to
    /// take off. The program's other marks, which tell how a thing was launched, are left alone.
    pub fn tag_changes(&self, found: &Found, own: Option<&Tags>) -> (Tags, Vec<String>) {
        let mut known = found.resource.tags().cloned().unwrap_or_default();
        let mut remove: Vec<String> =
            known.keys().filter(|key| !own.is_some_and(|own| own.contains_key(*key))).cloned().collect();
        if let Some(digest) = &found.digest {
            // What bears a digest bears the other marks too: they were put on in one call.
            known.insert(DIGEST.to_owned(), digest.clone());
            known.insert(PRODUCTION.to_owned(), self.production.clone());
            known.insert(ADDRESS.to_owned(), found.address.to_string());
        }
        if found.protected {
            known.insert(PROTECT.to_owned(), "true".to_owned());
            if !self.protect {
                remove.push(PROTECT.to_owned());
            }
        }
        let mut set = self.tags(own);
        set.retain(|key, value| known.get(key) != Some(value));
        (set, remove)
    }

    /// The same where the resource lies: if that is another region, its address names none there.
    pub(super) fn at_home_of(&self, elsewhere: bool) -> Self {
        let address = if elsewhere { self.address.at_home() } else { self.address.clone() };
        Self { address, ..self.clone() }
    }

    /// Whether a live resource bears the marks of this one: then an earlier run made it.
    pub fn is_marked_on(&self, mark: &Mark) -> bool {
        mark.get(PRODUCTION) == Some(&self.production) && mark.get(ADDRESS) == Some(self.address.as_str())
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

    /// The address; for what bears none, one that no blueprint can ask for, so that it is shown as what it is.
    pub fn address_or_stray(&self, kind: Kind, id: &str) -> Address {
        self.address().unwrap_or_else(|| Address::new(format!("stray.{kind}/{id}")))
    }

    /// The same for what was found by its name alone: it may bear another production's marks, and is a stray then.
    pub fn address_in(&self, scope: &Scope, kind: Kind, id: &str) -> Address {
        let ours = self.get(PRODUCTION) == Some(&scope.production);
        if ours { self.address_or_stray(kind, id) } else { Self::default().address_or_stray(kind, id) }
    }

    pub fn digest(&self) -> Option<String> {
        self.get(DIGEST).map(str::to_owned)
    }

    /// Whether this production's mark is on it.
    pub fn is_of(&self, scope: &Scope) -> bool {
        self.get(PRODUCTION) == Some(scope.production.as_str())
    }

    /// The labels of the `backup` blocks that find it.
    pub fn backups(&self) -> BTreeSet<String> {
        let marks = self.own.iter().filter(|(_, value)| *value == "true");
        marks.filter_map(|(key, _)| key.strip_prefix(BACKUP).map(str::to_owned)).collect()
    }

    pub fn is_protected(&self) -> bool {
        self.get(PROTECT) == Some("true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Status, Vpc};

    fn tags(all: &[(&str, &str)]) -> Tags {
        all.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_tags_that_differ_are_set_and_only_our_own_are_taken_off() {
        let identity = Identity {
            production: "nightfall".to_owned(),
            address: Address::new("network.main"),
            digest: "new".to_owned(),
            protect: false,
        };
        let live = Vpc {
            cidr: "10.0.0.0/16".to_owned(),
            dns_support: true,
            dns_hostnames: true,
            default_group_empty: true,
            tags: tags(&[("cost", "1"), ("by_hand", "x")]),
        };
        let found = Found {
            address: identity.address.clone(),
            id: "vpc-1".to_owned(),
            resource: live.into(),
            digest: Some("old".to_owned()),
            protected: true,
            status: Status::Ready,
            facts: BTreeMap::new(),
        };
        let (set, remove) = identity.tag_changes(&found, Some(&tags(&[("cost", "1"), ("unit", "b")])));
        assert_eq!(set, tags(&[("unit", "b"), (DIGEST, "new")]));
        assert_eq!(remove, ["by_hand", PROTECT]);
    }
}
