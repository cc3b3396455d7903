//! The end and the disaster: recovery points, and what was on a seat put back from them; and what a wrap leaves, promises
//! and proves. What changes the cloud is a plan or its steps; only `apply` carries them out.

mod ages;
mod archive;
mod backup;
mod copies;
mod drill;
mod ending;
mod expired;
mod points;
mod restore;
mod rto;

pub mod certificate;
pub mod duties;
pub mod ended;
pub mod locks;
pub mod promise;
pub mod records;
pub mod withdrawn;

pub use ages::{age, ages, endangered_ages};
pub use archive::{add_archiving, to_archive};
pub use backup::{BackupPlan, Elsewhere, LeftOut, SeatBackup, State, VolumeBackup, plan_backup};
pub use copies::{CopyPlan, VolumeCopy, plan_copies};
pub use drill::{UNTIL, isolated, name_of, openings};
pub use ending::{
    KEEP_BACKUPS, Keeping, KeptPoint, PointsAtEnd, add_points, cut_off_keeping, final_backup, points_at_end,
};
pub use expired::{Expired, expired};
pub use points::{Points, RecoveryPoint, Run, Standing};
pub use restore::{
    Restoration, SeatRestore, Selection, Unverified, VolumeRestore, restoration, unfinished_since, verify,
};
pub use rto::{Prediction, predict};
