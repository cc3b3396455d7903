//! The live side: one file per kind with its bulk read, create, update and delete; how calls are made, paced, repeated
//! and classed. The only room that names an `aws_sdk_*` crate.

mod account_switch;
mod brake;
mod call;
mod connect;
mod deep;
mod ec2;
mod error;
mod facts;
mod flow_log;
mod iam_document;
mod iam_role;
mod identity;
mod image;
mod instance_profile;
mod kms_key;
mod label;
mod launch;
mod log_group;
mod observe;
mod pace;
mod reads;
mod registry;
mod rehearsed;
mod seat;
mod seat_states;
mod slots;
mod snapshot;
mod tags;
mod told;
mod trace;
mod volume;
mod watch;
mod whole;

mod internet_gateway;
mod prefix_list;
mod route_table;
mod security_group;
mod subnet;
mod vpc;
mod vpc_endpoint;

pub use call::{Call, Repeat};
pub use connect::{Access, Cloud, Endpoint};
pub use error::{CloudError, ErrorClass, Result};
pub use facts::Caller;
pub use identity::{Identity, Mark, Scope};
pub use label::{Label, Labelled};
pub use launch::{Launch, Place};
pub use pace::{Limit, Pacer, Waits, published};
pub use reads::{Read, Reads};
pub use registry::{Gone, Listing, Live};
pub use rehearsed::rehearsed;
pub use seat_states::PROFILE;
pub use snapshot::{PointMark, copy_tags};
pub use watch::{Look, Seen};
