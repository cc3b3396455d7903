//! Integration tests, in one binary so that they are linked once.

mod architecture;
mod budget;
mod cloud_network;
mod cloud_services;
mod floor;
mod moto;
mod rehearsal;
mod rehearse;
