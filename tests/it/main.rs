//! Integration tests, in one binary so that they are linked once.

mod architecture;
mod boundaries;
mod budget;
mod cli;
mod cloud_network;
mod cloud_services;
mod crash;
mod faults;
mod floor;
mod invariants;
mod moto;
mod properties;
mod rehearsal;
mod rehearse;
mod small;
mod trace;
