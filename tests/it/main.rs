//! Integration tests, in one binary so that they are linked once.
#![allow(clippy::print_stdout, reason = "tests that draw by chance print their seed")]

mod approval;
mod architecture;
mod backup_vaults;
mod bad_days;
mod binary;
mod boundaries;
mod budget;
mod cases;
mod cli;
mod cloud_network;
mod cloud_services;
mod conformance;
mod crash;
mod desk;
mod drift;
mod edits;
mod ending;
mod faults;
mod floor;
mod gate;
mod invariants;
mod kept;
mod moto;
mod properties;
mod readiness;
mod recovery;
mod rehearsal;
mod rehearse;
mod report;
mod small;
mod stage;
mod trace;
mod weakened;
mod wrap;
