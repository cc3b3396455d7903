//! Where a resource stands in the blueprint: the name that plans, tags and the ledger use for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A resource's path in the blueprint, such as `network.main.workstations/us-west-2a` or
/// `workstation_pool.comp[007].cache`.
///
/// In an observation, a reference to something that no address is known for carries the cloud's own id instead
/// (`subnet-0ab1…`), so that it differs from every address and shows up as what it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(String);

/// A seat's number in its pool, counted from 1.
pub type Slot = u32;

impl Address {
    pub fn new(path: impl Into<String>) -> Self {
        Self(path.into())
    }

    /// The address of a pool as a whole, which its batches carry as their tag.
    pub fn pool(pool: &str) -> Self {
        Self(format!("workstation_pool.{pool}"))
    }

    /// A seat of a pool: three digits at least, so that names sort as they count.
    pub fn seat(pool: &str, slot: Slot) -> Self {
        Self(format!("workstation_pool.{pool}[{slot:03}]"))
    }

    /// A volume of a seat. The root volume's name is `root`.
    pub fn volume(pool: &str, slot: Slot, volume: &str) -> Self {
        Self(format!("workstation_pool.{pool}[{slot:03}].{volume}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Pool and slot, where this is a seat or one of its volumes.
    pub fn slot(&self) -> Option<(&str, Slot)> {
        let rest = self.0.strip_prefix("workstation_pool.")?;
        let (pool, rest) = rest.split_once('[')?;
        let (slot, _) = rest.split_once(']')?;
        Some((pool, slot.parse().ok()?))
    }

    /// The volume's name, where this is a seat's volume.
    pub fn volume_name(&self) -> Option<&str> {
        self.slot()?;
        self.0.split_once("].").map(|(_, name)| name)
    }

    /// The seat that this is or belongs to.
    pub fn owning_seat(&self) -> Option<Address> {
        self.slot().map(|(pool, slot)| Self::seat(pool, slot))
    }

    /// Whether this stands for something that bears the production's mark, but no address that can be understood.
    pub fn is_stray(&self) -> bool {
        self.0.starts_with("stray.")
    }

    /// The region of what lies elsewhere than the production: of `key.content/us-east-2` or
    /// `backup.nightly.vault/us-east-2`. None of everything else, such as a subnet, whose address ends in a zone.
    pub fn elsewhere(&self) -> Option<&str> {
        let of_key = self.0.strip_prefix("key.");
        let of_backup = self.0.strip_prefix("backup.");
        let (path, region) = of_key.or(of_backup)?.split_once('/')?;
        (of_key.is_some() || path.ends_with(".vault")).then_some(region)
    }

    /// The key of recovery points that outlive their production.
    pub fn archive_key() -> Self {
        Self::new("key.archive")
    }

    /// The address of the same thing in another region.
    pub fn in_region(&self, region: &str) -> Self {
        Self(format!("{}/{region}", self.0))
    }

    /// The address that it has where it lies: without its region.
    pub fn at_home(&self) -> Self {
        match self.elsewhere() {
            Some(region) => Self(self.0.trim_end_matches(region).trim_end_matches('/').to_owned()),
            None => self.clone(),
        }
    }

    /// Stands for everything that lies in another region: where that can't be read.
    pub fn everything_in(region: &str) -> Self {
        Self(format!("*/{region}"))
    }

    /// Whether this is meant by a gap at `other`: the address itself, or the region that it lies in.
    pub fn is_meant_by(&self, other: &Address) -> bool {
        self == other || other.0.strip_prefix("*/").is_some_and(|region| self.elsewhere() == Some(region))
    }

    /// Whether `target` names this resource or something that it is part of: `workstation_pool.comp` covers
    /// `workstation_pool.comp[007].cache`, and `network.main` all of its subnets.
    pub fn is_within(&self, target: &str) -> bool {
        self.0.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '/']))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<&str> for Address {
    fn from(path: &str) -> Self {
        Self(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_knows_its_seat_and_pool() {
        let volume = Address::volume("comp", 7, "cache");
        assert_eq!(volume.as_str(), "workstation_pool.comp[007].cache");
        assert_eq!(volume.slot(), Some(("comp", 7)));
        assert_eq!(volume.volume_name(), Some("cache"));
        assert_eq!(volume.owning_seat(), Some(Address::seat("comp", 7)));
        assert_eq!(Address::seat("comp", 7).volume_name(), None);
    }

    #[test]
    fn what_lies_elsewhere_says_so() {
        let vault = Address::new("backup.nightly.vault").in_region("us-east-2");
        assert_eq!(vault.elsewhere(), Some("us-east-2"));
        assert_eq!(vault.at_home().as_str(), "backup.nightly.vault");
        assert!(vault.is_meant_by(&Address::everything_in("us-east-2")));
        assert!(!vault.is_meant_by(&Address::everything_in("eu-west-1")));
        let subnet = Address::new("network.main.workstations/us-west-2a");
        assert_eq!((subnet.elsewhere(), subnet.at_home()), (None, subnet.clone()));
    }

    #[test]
    fn a_target_covers_what_is_part_of_it_and_nothing_that_only_starts_alike() {
        let seat = Address::seat("comp", 7);
        assert!(seat.is_within("workstation_pool.comp"));
        assert!(seat.is_within("workstation_pool.comp[007]"));
        assert!(!seat.is_within("workstation_pool.com"));
        assert!(!seat.is_within("workstation_pool.comp[00"));
    }
}
