//! The closed list of kinds. A new one is a file beside this and a line in the table below; `match` then finds what
//! it still owes.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::fields::flatten;
use super::{
    AccountSwitch, Address, BackupPlan, BackupVault, Effect, Fields, FlowLog, IamRole, InstanceProfile,
    InternetGateway, KmsKey, Link, LogGroup, PrefixList, RouteTable, Seat, SecurityGroup, Subnet, Tags, Volume, Vpc,
    VpcEndpoint,
};

/// What a kind of resource knows of itself.
pub trait Spec: Clone + Serialize + DeserializeOwned {
    const KIND: Kind;

    /// What it takes to change this field of a live resource.
    fn effect_of(field: &str) -> Effect;

    /// All references to other resources.
    fn links(&self) -> Vec<Link>;

    /// Renames every reference: an observation holds ids until all addresses are known.
    fn rename(&mut self, to: &dyn Fn(&Address) -> Address);

    /// The blueprint's tags on it; none where the kind has no tags.
    fn tags(&self) -> Option<&Tags> {
        None
    }

    fn tags_mut(&mut self) -> Option<&mut Tags> {
        None
    }

    /// The region that it lies in, where that isn't the production's.
    fn region(&self) -> Option<&str> {
        None
    }

    fn set_region(&mut self, _region: Option<String>) {}

    /// Brings the two on common ground before they are compared: the desired one gives up room that the live one is
    /// within (a seat whose type is any of those listed stays as it is), and the live one takes over names that the
    /// cloud doesn't keep.
    fn settle(_desired: &mut Self, _live: &mut Self) {}

    /// Flat paths and values; what two states are compared by.
    fn fields(&self) -> Fields {
        flatten(self)
    }

    /// The fields that a digest is made of: without those that leave room, and without names that the cloud doesn't
    /// keep, so that the desired and the live state of an untouched resource have one digest.
    fn marked_fields(&self) -> Fields {
        let mut fields = self.fields();
        fields.retain(|path, _| Self::is_marked(path));
        fields
    }

    /// Whether the digest covers this field: it doesn't cover one that leaves room, nor what tells one seat of a batch
    /// from the next.
    fn is_marked(_field: &str) -> bool {
        true
    }
}

/// Most kinds keep their tags in a field of that name.
macro_rules! tagged {
    () => {
        fn tags(&self) -> Option<&Tags> {
            Some(&self.tags)
        }

        fn tags_mut(&mut self) -> Option<&mut Tags> {
            Some(&mut self.tags)
        }
    };
}
pub(super) use tagged;

/// Some kinds may lie in another region than the production, and say so in a field of that name.
macro_rules! placed {
    () => {
        fn region(&self) -> Option<&str> {
            self.region.as_deref()
        }

        fn set_region(&mut self, region: Option<String>) {
            self.region = region;
        }

        /// Where it lies, it bears the same digest as if the production lay there.
        fn is_marked(field: &str) -> bool {
            field != "region"
        }

        fn marked_fields(&self) -> $crate::resource::Fields {
            let mut at_home = self.clone();
            at_home.rename(&$crate::resource::Address::at_home);
            let mut fields = at_home.fields();
            fields.retain(|path, _| Self::is_marked(path));
            fields
        }
    };
}
pub(super) use placed;

macro_rules! kinds {
    ($($kind:ident $name:literal $one:literal $many:literal;)*) => {
        /// The kinds of resource, in the order in which they are listed to people.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $(#[serde(rename = $name)] $kind,)*
        }

        impl Kind {
            /// All of them.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)*];

            /// The name in plans and in JSON.
            pub fn name(self) -> &'static str {
                match self { $(Kind::$kind => $name,)* }
            }

            /// The words for one and for several, for people.
            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(Kind::$kind => ($one, $many),)* }
            }
        }

        /// A resource of any kind.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "fields")]
        pub enum Resource {
            $(#[serde(rename = $name)] $kind($kind),)*
        }

        impl Resource {
            pub fn kind(&self) -> Kind {
                match self { $(Resource::$kind(_) => Kind::$kind,)* }
            }

            pub fn effect_of(&self, field: &str) -> Effect {
                match self { $(Resource::$kind(_) => <$kind as Spec>::effect_of(field),)* }
            }

            pub fn links(&self) -> Vec<Link> {
                match self { $(Resource::$kind(spec) => spec.links(),)* }
            }

            pub fn rename(&mut self, to: &dyn Fn(&Address) -> Address) {
                match self { $(Resource::$kind(spec) => spec.rename(to),)* }
            }

            pub fn tags(&self) -> Option<&Tags> {
                match self { $(Resource::$kind(spec) => spec.tags(),)* }
            }

            pub fn tags_mut(&mut self) -> Option<&mut Tags> {
                match self { $(Resource::$kind(spec) => spec.tags_mut(),)* }
            }

            /// The region that it lies in, where that isn't the production's.
            pub fn region(&self) -> Option<&str> {
                match self { $(Resource::$kind(spec) => spec.region(),)* }
            }

            pub fn set_region(&mut self, region: Option<String>) {
                match self { $(Resource::$kind(spec) => spec.set_region(region),)* }
            }

            /// Brings two of one kind on common ground, see [`Spec::settle`].
            pub fn settle(desired: &mut Self, live: &mut Self) {
                match (desired, live) {
                    $((Resource::$kind(desired), Resource::$kind(live)) => <$kind as Spec>::settle(desired, live),)*
                    _ => {}
                }
            }

            pub fn fields(&self) -> Fields {
                match self { $(Resource::$kind(spec) => spec.fields(),)* }
            }

            /// Whether the digest covers this field.
            pub fn is_marked(&self, field: &str) -> bool {
                match self { $(Resource::$kind(_) => <$kind as Spec>::is_marked(field),)* }
            }

            /// The fields that a digest is made of, see [`Spec::marked_fields`].
            pub fn marked_fields(&self) -> Fields {
                match self { $(Resource::$kind(spec) => spec.marked_fields(),)* }
            }
        }

        $(impl From<$kind> for Resource {
            fn from(spec: $kind) -> Self {
                Resource::$kind(spec)
            }
        })*
    };
}

kinds! {
    KmsKey "kms_key" "key" "keys";
    Vpc "vpc" "network" "networks";
    InternetGateway "internet_gateway" "internet gateway" "internet gateways";
    Subnet "subnet" "subnet" "subnets";
    RouteTable "route_table" "route table" "route tables";
    PrefixList "prefix_list" "prefix list" "prefix lists";
    SecurityGroup "security_group" "security group" "security groups";
    VpcEndpoint "vpc_endpoint" "endpoint" "endpoints";
    LogGroup "log_group" "log group" "log groups";
    FlowLog "flow_log" "flow log" "flow logs";
    IamRole "iam_role" "role" "roles";
    InstanceProfile "instance_profile" "instance profile" "instance profiles";
    Seat "seat" "seat" "seats";
    Volume "volume" "volume" "volumes";
    BackupVault "backup_vault" "backup vault" "backup vaults";
    BackupPlan "backup_plan" "backup plan" "backup plans";
    AccountSwitch "account_switch" "account switch" "account switches";
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
