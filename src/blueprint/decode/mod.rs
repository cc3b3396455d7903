//! Evaluated blocks to the model: every problem of every block is reported in one run.

mod access;
mod blocks;
mod convert;
mod cut;
mod desk;
mod labels;
mod network;
mod pool;
mod production;
mod reader;
mod recovery;

pub use blocks::decode;
