//! Backups: which volumes of which pools are kept safe, and what is promised.

use super::compiler::Compiler;
use crate::resource;

impl Compiler<'_> {
    pub(super) fn backups(&mut self) {
        for backup in &self.blueprint.backups {
            let pools = backup.of.iter().filter_map(|of| self.blueprint.get(of)).map(|pool| {
                let safe = pool.all_volumes().filter(|volume| volume.backup.value);
                let mounted = safe.map(|volume| {
                    (volume.name.to_string(), volume.mount.as_ref().map(|mount| mount.value.to_string()))
                });
                (pool.name.as_str().to_owned(), mounted.collect())
            });
            let block = resource::Backup {
                pools: pools.collect(),
                keep_days: backup.keep_days.value,
                rpo_hours: backup.rpo_hours.as_ref().map(|hours| hours.value),
                rto_minutes: backup.rto_minutes.as_ref().map(|minutes| minutes.value),
                copies: backup
                    .copies
                    .iter()
                    .map(|copy| (copy.region.as_str().to_owned(), copy.keep_days.value))
                    .collect(),
            };
            self.desired.backups.insert(backup.name.as_str().to_owned(), block);
        }
    }
}
