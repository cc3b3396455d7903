//! Blueprint to desired resources: the only room that knows both vocabularies. Pure: what only the cloud knows is
//! handed in as [`Facts`].

mod account;
mod aws_owned;
mod backups;
mod compiler;
mod endpoints;
mod facts;
mod flow_logs;
mod guest_logs;
mod images;
mod keys;
mod limits;
mod network;
mod place;
mod policy;
mod pools;
mod prefix_lists;
mod roles;
mod rules;
mod tags;
mod user_data;

pub use compiler::compile;
pub use facts::Facts;
pub use images::images;
pub use keys::archive_key;

#[cfg(test)]
mod tests;
