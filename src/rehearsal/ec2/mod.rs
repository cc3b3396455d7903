//! EC2: one file for each kind of resource, and the registry of all actions.

pub mod account;
pub mod capacity;
pub mod endpoint;
pub mod filter;
pub mod flow_log;
pub mod image;
pub mod image_registered;
pub mod instance;
pub mod instance_type;
pub mod internet_gateway;
pub mod kind;
pub mod network_acl;
pub mod network_interface;
pub mod prefix_list;
pub mod read;
pub mod recycle_bin;
pub mod route_table;
pub mod security_group;
pub mod security_group_rule;
pub mod snapshot;
pub mod subnet;
pub mod tag;
pub mod tokens;
pub mod volume;
pub mod vpc;
pub mod zone;

pub use kind::{Action, Kind, is_id_of};

/// All actions, kind by kind.
pub const ACTIONS: &[&[Action]] = &[
    vpc::ACTIONS,
    subnet::ACTIONS,
    route_table::ACTIONS,
    internet_gateway::ACTIONS,
    security_group::ACTIONS,
    security_group_rule::ACTIONS,
    prefix_list::ACTIONS,
    endpoint::ACTIONS,
    flow_log::ACTIONS,
    network_interface::ACTIONS,
    network_acl::ACTIONS,
    instance::launch::ACTIONS,
    instance::describe::ACTIONS,
    instance::lifecycle::ACTIONS,
    instance::attribute::ACTIONS,
    instance::profile::ACTIONS,
    volume::ACTIONS,
    volume::attachment::ACTIONS,
    volume::modification::ACTIONS,
    snapshot::ACTIONS,
    tag::ACTIONS,
    image::ACTIONS,
    image_registered::ACTIONS,
    recycle_bin::ACTIONS,
    instance_type::ACTIONS,
    zone::ACTIONS,
    account::ACTIONS,
];
