//! The functions of the blueprint language, with Terraform's names and meanings.

mod call;
mod collections;
mod conversions;
mod formatting;
mod network;
mod numbers;
mod reading;
mod sets;
mod signature;
mod strings;
mod table;

pub use signature::{Function, Parameter, Wanted};
pub use table::{all, find};
