//! What AWS Backup does for a floor, weakened: see `weakened`.

use super::weakened::Case;
use super::*;

const SAFE: &str = "workstation_pool.comp[001].desk";

pub(super) const BACKUPS: &[Case] = &[
    Case {
        name: "a volume that no backup finds",
        weaken: |floor| volume(floor, SAFE, |volume| volume.backups.clear()),
        reacts: &["VDI-REC-01"],
        says: "workstation_pool.comp[001].desk bears no mark by which backup.nightly finds it",
    },
    Case {
        name: "a plan that looks for another mark",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.of.clear()),
        reacts: &["VDI-REC-01"],
        says: "backup.nightly takes in nothing that bears its mark",
    },
    Case {
        name: "a plan that takes in nothing",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.resources.clear()),
        reacts: &["VDI-REC-01"],
        says: "backup.nightly takes in nothing that bears its mark",
    },
    Case {
        name: "a plan without a selection",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.role = None),
        reacts: &["VDI-REC-01"],
        says: "backup.nightly takes in nothing that bears its mark",
    },
    Case {
        name: "a plan that runs on Sundays",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.schedule = "cron(0 9 ? * SUN *)".to_owned()),
        reacts: &["VDI-REC-01"],
        says: "backup.nightly runs every 168 hours and promises to lose at most 24",
    },
    Case {
        name: "a plan into somebody else's vault",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.vault = Address::new("Default")),
        reacts: &["VDI-REC-01"],
        says: "backup.nightly puts recovery points into Default",
    },
    Case {
        name: "a vault without a policy",
        weaken: |floor| vault(floor, "backup.nightly.vault", |vault| vault.policy = None),
        reacts: &["VDI-REC-02"],
        says: "backup.nightly.vault lets whoever may delete backups delete its recovery points",
    },
    Case {
        name: "a copy's vault without a lock",
        weaken: |floor| vault(floor, "backup.nightly.vault/us-east-2", |vault| vault.lock = None),
        reacts: &["VDI-REC-02"],
        says: "backup.nightly.vault/us-east-2 isn't locked in governance mode",
    },
    Case {
        name: "a plan without copies",
        weaken: |floor| backup(floor, "backup.nightly", |plan| plan.copies.clear()),
        reacts: &["VDI-REC-03"],
        says: "backup.nightly doesn't keep copies in us-east-2 for 30 days",
    },
];
