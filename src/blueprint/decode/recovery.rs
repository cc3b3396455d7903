//! Backups.

use super::labels;
use super::reader::Reader;
use crate::blueprint::model::{Backup, Copy, Lock};
use crate::blueprint::source::Spanned;

pub fn backup(reader: &Reader<'_, '_>) -> Backup {
    let keep_days: Spanned<u32> = reader.get("keep_days");
    let copy =
        |copy: &Reader<'_, '_>| Copy { region: copy.get("region"), keep_days: copy.or("keep_days", keep_days.clone()) };
    Backup {
        name: labels::name(reader),
        of: reader.filled_list("of").unwrap_or_default(),
        schedule: reader.get("schedule"),
        rpo_hours: reader.maybe("rpo_hours"),
        rto_minutes: reader.maybe("rto_minutes"),
        lock: reader.maybe_block("lock").map(|lock| Lock {
            mode: lock.get("mode"),
            min_days: lock.maybe("min_days"),
            max_days: lock.maybe("max_days"),
        }),
        copies: reader.blocks("copy").iter().map(copy).collect(),
        keep_days,
    }
}
