//! The marks by which AWS Backup finds volumes. Volumes that were launched with their seat all bear the same tags, so that
//! these come afterwards: one call for hundreds of volumes, for all of a pool get the same.

use std::collections::{BTreeMap, BTreeSet};

use super::Action;
use super::operations::Builder;
use super::restored::is_restored;
use super::step::Step;
use crate::resource::{Address, Kind, Resource};

/// Volumes in one step: half of what one call takes. Source: EC2 API reference, `CreateTags`.
const TOGETHER: usize = 500;

impl Builder<'_> {
    /// Marks what is to be taken in, and takes the mark off what no longer is.
    pub(super) fn steps_of_backup_marks(&mut self) {
        let mut pools: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        for (address, resource) in &self.desired.resources {
            let (Resource::Volume(volume), Some((pool, _))) = (resource, address.slot()) else { continue };
            if self.lacks_marks(address, &volume.backups) {
                pools.entry(pool.to_owned()).or_default().push(address.clone());
            }
        }
        let running: BTreeSet<_> = self.of.running.values().copied().collect();
        for (pool, volumes) in pools {
            for volumes in volumes.chunks(TOGETHER) {
                let mark = self.steps.add(Address::pool(&pool), Kind::Volume, Step::MarkBackups(volumes.to_vec()));
                for earlier in &running {
                    self.steps.follow(mark, *earlier);
                }
                for volume in volumes {
                    for step in [self.of.create.get(volume), self.of.update.get(volume)].into_iter().flatten() {
                        self.steps.follow(mark, *step);
                    }
                }
                // A seat's label is the last of it: a run that is cut off before shows that it isn't done.
                for label in self.of.labels() {
                    self.steps.follow(label, mark);
                }
            }
        }
    }

    /// A backup's role goes last: as long as it is there, the vault is looked for, also where no blueprint names it.
    pub(super) fn order_roles_of_backups(&mut self) {
        let deletes: Vec<_> = self.of.deletes();
        for (role, last) in &deletes {
            let Some(backup) = role.as_str().strip_suffix(".role").filter(|path| path.starts_with("backup.")) else {
                continue;
            };
            let vault = format!("{backup}.vault");
            for (_, first) in deletes.iter().filter(|(address, _)| address.is_within(&vault)) {
                self.steps.need(*last, Some(*first));
            }
        }
    }

    /// Whether the marks of a volume have to be changed once it is there. One that is made by itself is made with them.
    fn lacks_marks(&self, address: &Address, backups: &BTreeSet<String>) -> bool {
        let change = self.plan.change(address);
        match change.map(|change| change.action) {
            Some(Action::Update | Action::Adopt | Action::Restart) => {
                change.is_some_and(|change| change.fields.iter().any(|field| field.path == "backups"))
            }
            Some(Action::None) => false,
            Some(_) if change.is_some_and(|change| is_restored(self.desired, change)) => false,
            _ => {
                let seat = address.owning_seat().unwrap_or_else(|| address.clone());
                let stays = change.is_none() && self.observed.found.contains_key(address);
                let comes = self.of.running.contains_key(&seat) && !self.of.create.contains_key(address);
                comes && !stays && !backups.is_empty()
            }
        }
    }
}
