//! Integration tests, in one binary so that they are linked once.

mod cloud_network;
mod moto;
