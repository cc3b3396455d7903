//! What is kept safe, and what that promises.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Desired;

/// One `backup` block.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// By pool label: the volumes of each seat that are kept safe, by name, with where the guest mounts them.
    pub pools: BTreeMap<String, BTreeMap<String, Option<String>>>,
    /// How long a recovery point is kept.
    pub keep_days: u32,
    /// Promise: at most so many hours of work are lost.
    pub rpo_hours: Option<u32>,
    /// Promise: work goes on after so many minutes.
    pub rto_minutes: Option<u32>,
    /// Days that copies are kept, by the region that they lie in.
    pub copies: BTreeMap<String, u32>,
}

/// What all `backup` blocks together say of one pool: the longest retention and the strictest promise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Names of volumes, with where the guest mounts them. The root volume's name is `root`.
    pub volumes: BTreeMap<String, Option<String>>,
    pub keep_days: u32,
    pub rpo_hours: Option<u32>,
    pub rto_minutes: Option<u32>,
}

impl Desired {
    /// What is kept safe of a pool; none where no `backup` block names it.
    pub fn kept_of(&self, pool: &str) -> Option<Kept> {
        let mut kept: Option<Kept> = None;
        for backup in self.backups.values() {
            let Some(volumes) = backup.pools.get(pool) else { continue };
            let kept = kept.get_or_insert_default();
            kept.volumes.extend(volumes.iter().map(|(name, mount)| (name.clone(), mount.clone())));
            kept.keep_days = kept.keep_days.max(backup.keep_days);
            kept.rpo_hours = least(kept.rpo_hours, backup.rpo_hours);
            kept.rto_minutes = least(kept.rto_minutes, backup.rto_minutes);
        }
        kept
    }
}

impl Desired {
    /// The regions that copies of a pool's recovery points lie in, with the days that they are kept.
    pub fn copies_of(&self, pool: &str) -> BTreeMap<String, u32> {
        let mut copies: BTreeMap<String, u32> = BTreeMap::new();
        for backup in self.backups.values().filter(|backup| backup.pools.contains_key(pool)) {
            for (region, days) in &backup.copies {
                let kept = copies.entry(region.clone()).or_default();
                *kept = (*kept).max(*days);
            }
        }
        copies
    }
}

/// The smaller promise; none promises nothing.
fn least(one: Option<u32>, other: Option<u32>) -> Option<u32> {
    [one, other].into_iter().flatten().min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_blocks_on_one_pool_keep_the_longer_and_promise_the_stricter() {
        let pools = |volume: &str| {
            BTreeMap::from([("comp".to_owned(), BTreeMap::from([(volume.to_owned(), Some("/work".to_owned()))]))])
        };
        let nightly = Backup { pools: pools("work"), keep_days: 35, rpo_hours: Some(24), ..Backup::default() };
        let hourly = Backup { pools: pools("cache"), keep_days: 2, rpo_hours: Some(1), ..Backup::default() };
        let backups = BTreeMap::from([("nightly".to_owned(), nightly), ("hourly".to_owned(), hourly)]);
        let desired = Desired { backups, ..Desired::default() };
        let kept = desired.kept_of("comp").expect("two blocks name it");
        assert_eq!(kept.volumes.keys().collect::<Vec<_>>(), ["cache", "work"]);
        assert_eq!((kept.keep_days, kept.rpo_hours, kept.rto_minutes), (35, Some(1), None));
        assert_eq!(desired.kept_of("roto"), None);
    }
}
