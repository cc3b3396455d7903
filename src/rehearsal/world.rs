//! All that exists: Regions with their shelves, and the account's roles and profiles.

use super::agenda::Agenda;
use super::backup::{job::Job, plan::Plan, recovery_point::RecoveryPoint, selection::Selection, vault::Vault};
use super::buckets::Buckets;
use super::ec2::{self, account::Switches, tokens::Tokens};
use super::iam::{instance_profile::InstanceProfile, role::Role};
use super::kms::{alias::Alias, key::Key};
use super::logs::LogGroup;
use super::random::Dice;
use super::store::{Kept, Shelf};
use super::tags::Tags;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Something that a [`Region`] keeps on a shelf of its own.
pub trait Shelved: Kept + 'static {
    /// Its shelf.
    fn shelf(region: &Region) -> &Shelf<Self>;
    /// Its shelf, to be changed.
    fn shelf_mut(region: &mut Region) -> &mut Shelf<Self>;
}

/// Declares the shelves of a Region: EC2's kinds, which share tags and filters, and the others.
macro_rules! shelves {
    (ec2 { $($shelf:ident: $kind:ty,)* } others { $($other:ident: $other_kind:ty,)* }) => {
        /// All that exists in one Region.
        #[derive(Debug, Default, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Region {
            $(#[allow(missing_docs)] pub $shelf: Shelf<$kind>,)*
            $(#[allow(missing_docs)] pub $other: Shelf<$other_kind>,)*
            /// What is still going to happen here.
            pub agenda: Agenda,
            /// How much may still be asked for.
            pub buckets: Buckets,
            /// Client tokens that were used.
            pub tokens: Tokens,
            /// The account's switches in this Region.
            pub switches: Switches,
            /// Instances given out so far, by `type@zone`.
            pub given: BTreeMap<String, u32>,
        }

        $(impl Shelved for $kind {
            fn shelf(region: &Region) -> &Shelf<Self> { &region.$shelf }
            fn shelf_mut(region: &mut Region) -> &mut Shelf<Self> { &mut region.$shelf }
        })*
        $(impl Shelved for $other_kind {
            fn shelf(region: &Region) -> &Shelf<Self> { &region.$other }
            fn shelf_mut(region: &mut Region) -> &mut Shelf<Self> { &mut region.$other }
        })*

        impl Region {
            /// Shows the tags of every EC2 resource: its type, its id, its tags.
            pub fn each_tagged(&self, glance: super::store::Glance, mut show: impl FnMut(&'static str, &str, &Tags)) {
                $(for thing in self.$shelf.seen(glance) {
                    show(<$kind as ec2::Kind>::TYPE, thing.id(), ec2::Kind::tags(thing));
                })*
            }

            /// Whether a look shows an EC2 resource of that id.
            pub fn sees(&self, id: &str, glance: super::store::Glance) -> bool {
                $(ec2::is_id_of::<$kind>(id) && self.$shelf.see(id, glance).is_some())||*
            }

            /// The tags of an EC2 resource, to be changed by a caller.
            pub fn tags_mut(&mut self, id: &str, now: super::clock::Moment, settles: super::clock::Moment) -> Option<&mut Tags> {
                $(if ec2::is_id_of::<$kind>(id) {
                    return self.$shelf.change(id, now, settles).map(ec2::Kind::tags_mut);
                })*
                None
            }

            /// Everything that counts as existing: its kind, its id, and all that is known of it.
            pub fn each_present(&self, mut show: impl FnMut(&'static str, &str, Value)) {
                $(for thing in self.$shelf.truths().filter(|thing| ec2::Kind::present(*thing)) {
                    show(<$kind as ec2::Kind>::TYPE, thing.id(), serde_json::to_value(thing).unwrap_or_default());
                })*
                $(for thing in self.$other.truths() {
                    show(stringify!($other), thing.id(), serde_json::to_value(thing).unwrap_or_default());
                })*
            }

            /// Forgets pasts that nobody can see any more.
            pub fn tidy(&mut self, now: super::clock::Moment) {
                $(self.$shelf.tidy(now);)*
                $(self.$other.tidy(now);)*
            }
        }
    };
}

shelves! {
    ec2 {
        vpcs: ec2::vpc::Vpc,
        subnets: ec2::subnet::Subnet,
        route_tables: ec2::route_table::RouteTable,
        internet_gateways: ec2::internet_gateway::InternetGateway,
        security_groups: ec2::security_group::SecurityGroup,
        security_group_rules: ec2::security_group_rule::SecurityGroupRule,
        prefix_lists: ec2::prefix_list::PrefixList,
        endpoints: ec2::endpoint::Endpoint,
        flow_logs: ec2::flow_log::FlowLog,
        network_interfaces: ec2::network_interface::NetworkInterface,
        network_acls: ec2::network_acl::NetworkAcl,
        instances: ec2::instance::Instance,
        volumes: ec2::volume::Volume,
        snapshots: ec2::snapshot::Snapshot,
    }
    others {
        registered_images: ec2::image_registered::Registered,
        recycle_bin: ec2::recycle_bin::Binned,
        profile_associations: ec2::instance::profile::ProfileAssociation,
        keys: Key,
        aliases: Alias,
        log_groups: LogGroup,
        backup_vaults: Vault,
        backup_plans: Plan,
        backup_selections: Selection,
        backup_jobs: Job,
        recovery_points: RecoveryPoint,
    }
}

/// The account's roles and instance profiles, which are the same in all Regions.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Iam {
    /// Roles, by name.
    pub roles: Shelf<Role>,
    /// Instance profiles, by name.
    pub instance_profiles: Shelf<InstanceProfile>,
    /// How much may still be asked for.
    pub buckets: Buckets,
}

/// All that exists, and the chance that decides what comes.
#[derive(Debug, Serialize, Deserialize)]
pub struct World {
    /// The Regions that were spoken to.
    pub regions: BTreeMap<String, Region>,
    /// Roles and profiles.
    pub iam: Iam,
    /// Makes ids.
    pub ids: Dice,
    /// Decides how long things take.
    pub pace: Dice,
    /// Decides what goes wrong.
    pub luck: Dice,
    /// Calls so far.
    pub calls: u64,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            regions: BTreeMap::new(),
            iam: Iam::default(),
            ids: Dice::new(seed, 1),
            pace: Dice::new(seed, 2),
            luck: Dice::new(seed, 3),
            calls: 0,
        }
    }
}
