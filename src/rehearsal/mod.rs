//! The rehearsal cloud: an AWS account in process. It speaks the wire protocols, bytes in and bytes out, runs on
//! tokio's clock, and takes all its chance from one seed: the same seed and the same calls give the same bytes.
//!
//! A request comes to [`RehearsalCloud::answer`] (`cloud`), which reads it (`services`, `wire`), lets happen what is
//! due (`settle`, `agenda`), asks the buckets, and carries the action out at a [`desk`](desk::Desk) on the
//! [`world`](world::World). What goes wrong is drawn in `faults`. Figures are in `physics`, each with its source.
//!
//! A kind of resource is one file (in `ec2`, `kms`, `iam`, `backup`, or here) with its `ACTIONS`, one line in that room's
//! registry, and one line in `world`.

mod agenda;
mod backup;
mod buckets;
pub mod calls;
pub mod clock;
mod cloud;
mod desk;
mod ec2;
mod faults;
mod guest;
mod iam;
mod inside;
mod kms;
mod logs;
mod own_images;
pub mod physics;
mod random;
mod saved;
pub mod serve;
mod services;
mod settings;
mod settle;
mod ssm;
mod store;
mod sts;
mod tags;
#[cfg(test)]
mod tests;
mod view;
mod wire;
mod world;

pub use calls::{CallRecord, Hook, Side, Step};
pub use clock::Moment;
pub use cloud::RehearsalCloud;
pub use faults::{Broken, Faults};
pub use guest::Guest;
pub use own_images::{Made, OwnImage, Wish};
pub use saved::OpenError;
pub use settings::Settings;
pub use sts::USER_HEADER;
pub use wire::{Request, Response};
