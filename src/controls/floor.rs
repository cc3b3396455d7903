//! One state of a production as checks see it: what a plan leads to, or what is live. The same checks read both.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::profile::Profile;
use super::reach::{Reach, Violation};
use crate::blueprint::Blueprint;
use crate::blueprint::model::{Date, SegmentRef, Tier};
use crate::plan::Endangered;
use crate::resource::{
    Address, BackupPlan, BackupVault, Desired, FlowLog, IamRole, Inside, Insides, Kind, KmsKey, LogGroup, Observed,
    PrefixList, RecoveryAges, Resource, RouteTable, Seat, SecurityGroup, Subnet, Unreadable, Volume, Vpc, VpcEndpoint,
};

/// Where something was seen to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Declared in the blueprint.
    Blueprint,
    /// In the state that a plan leads to.
    Plan,
    /// Read from the live cloud.
    Live,
}

impl Phase {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Blueprint => "blueprint",
            Self::Plan => "plan",
            Self::Live => "live",
        }
    }
}

/// What the ledger of this machine and the recovery points say, for the controls that watch the program itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// The evaluation that the last apply or restore began with; none where there was none, or none that was evaluated.
    pub evaluation: Option<String>,
    /// The version of the catalogue that it was evaluated with.
    pub catalogue: Option<String>,
    /// Whether the live state was looked at again after it.
    pub checked_again: bool,
    /// Who approved it: an ARN, by a signature that was checked.
    pub approver: Option<String>,
    /// How many lines it has, all of them in their chain; an error says where the chain breaks.
    pub chain: Option<Result<usize, String>>,
    /// The last restore that it tells of.
    pub restored: Option<Restored>,
    /// The stores of content that a plan does away with.
    pub endangered: Vec<Endangered>,
    /// How old the newest recovery points are; none where nobody looked.
    pub recovery: Option<RecoveryAges>,
}

/// A restore that was carried out and timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// In UTC, by the clock of the ledger.
    pub day: Date,
    /// Whole days since then, by the same clock.
    pub days_ago: i64,
    /// Whether every seat ran afterwards, with volumes of the recovery point named.
    pub verified: bool,
}

/// What can pass, once a check has asked. A copy of a floor is made to be changed, so it begins anew.
#[derive(Debug, Default)]
pub(super) struct Analysis {
    reach: OnceCell<Reach>,
    open: OnceCell<Vec<Violation>>,
}

impl Clone for Analysis {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// One state of a production.
#[derive(Debug, Clone)]
pub struct Floor<'a> {
    pub blueprint: &'a Blueprint,
    pub profile: &'static Profile,
    pub production: String,
    /// Twelve digits.
    pub account: String,
    pub region: String,
    /// [`Phase::Plan`] or [`Phase::Live`].
    pub phase: Phase,
    pub today: Date,
    pub resources: BTreeMap<Address, Resource>,
    /// The cloud's ids, of what is live.
    pub ids: BTreeMap<Address, String>,
    /// What of it a plan answers for: resources that the blueprint asks for, but for account switches that it leaves
    /// alone.
    pub answered_for: BTreeSet<Address>,
    /// What could not be read: nothing is known of it.
    pub unreadable: Vec<Unreadable>,
    /// Whether nobody asked the cloud: what only it knows is undetermined.
    pub unasked: bool,
    /// What was changed in the cloud since it was last applied.
    pub drifted: BTreeSet<Address>,
    /// Rendered user data, by its digest.
    pub user_data: BTreeMap<String, String>,
    pub record: Record,
    /// What is set inside live seats, as they tell it.
    pub insides: Insides,
    /// What is to be set inside the seats of each pool, by its label.
    pub wanted_inside: BTreeMap<String, Inside>,
    pub(super) analysis: Analysis,
}

impl<'a> Floor<'a> {
    /// What is live. The desired state explains live rules: one that no flow asks for bears no flow's name.
    ///
    /// Leftovers whose address another serves at stand at that address with their id behind it.
    pub fn live(blueprint: &'a Blueprint, desired: &Desired, observed: &Observed, today: Date) -> Self {
        let mut floor = Self::empty(blueprint, desired, Phase::Live, today);
        for found in observed.found.values() {
            let mut live = found.resource.clone();
            if let Some(wanted) = desired.resources.get(&found.address) {
                Resource::settle(&mut wanted.clone(), &mut live);
            }
            floor.ids.insert(found.address.clone(), found.id.clone());
            floor.resources.insert(found.address.clone(), live);
        }
        for found in &observed.duplicates {
            let address = Address::new(format!("{} {}", found.address, found.id));
            floor.ids.insert(address.clone(), found.id.clone());
            floor.resources.insert(address, found.resource.clone());
        }
        floor.account.clone_from(&observed.account);
        floor.region.clone_from(&observed.region);
        floor.unreadable.clone_from(&observed.unreadable);
        floor.insides.clone_from(&observed.insides);
        let own = desired.resources.iter().filter(|(_, resource)| resource.kind() != Kind::AccountSwitch);
        floor.answered_for.extend(own.map(|(address, _)| address.clone()));
        floor
    }

    /// A floor with nothing on it yet.
    pub(super) fn empty(blueprint: &'a Blueprint, desired: &Desired, phase: Phase, today: Date) -> Self {
        Self {
            blueprint,
            profile: Profile::of(blueprint.production.controls.value),
            production: desired.production.clone(),
            account: desired.account.clone(),
            region: desired.region.clone(),
            phase,
            today,
            resources: BTreeMap::new(),
            ids: BTreeMap::new(),
            answered_for: BTreeSet::new(),
            unreadable: Vec::new(),
            unasked: false,
            drifted: BTreeSet::new(),
            user_data: desired.user_data.clone(),
            record: Record::default(),
            insides: Insides::default(),
            wanted_inside: desired.inside.clone(),
            analysis: Analysis::default(),
        }
    }

    /// Whether nothing of the production is there.
    pub fn is_empty(&self) -> bool {
        self.own().next().is_none()
    }

    /// The production's own resources: all but the account's switches.
    pub fn own(&self) -> impl Iterator<Item = (&Address, &Resource)> {
        self.resources.iter().filter(|(_, resource)| resource.kind() != Kind::AccountSwitch)
    }

    /// The segment that a security group or a subnet belongs to; none where it is no segment of the blueprint.
    pub fn segment_of(&self, address: &Address) -> Option<SegmentRef> {
        let (network, rest) = address.as_str().strip_prefix("network.")?.split_once('.')?;
        let segment = rest.split('/').next()?;
        let network = self.blueprint.networks.iter().find(|one| one.name.as_str() == network)?;
        let segment = network.segments.iter().find(|one| one.name.as_str() == segment)?;
        Some(SegmentRef { network: network.name.value.clone(), segment: segment.name.value.clone() })
    }

    /// The tier of the segment that a security group or a subnet belongs to.
    pub fn tier_of(&self, address: &Address) -> Option<Tier> {
        let at = self.segment_of(address)?;
        self.blueprint.segment(&at).map(|segment| segment.tier.value)
    }

    /// The security groups that seats stand behind.
    pub fn seat_groups(&self) -> BTreeSet<Address> {
        self.seats().flat_map(|(_, seat)| seat.segments.iter().cloned()).collect()
    }

    /// What can pass between the places of this state: analysed once, when it is first asked for.
    pub fn reach(&self) -> &Reach {
        self.analysis.reach.get_or_init(|| Reach::of(&self.resources))
    }

    /// The groups that are open to more of the internet than anyone's offices hold.
    pub fn open_to_internet(&self) -> &[Violation] {
        self.analysis.open.get_or_init(|| self.reach().open_to_internet())
    }

    /// The name of an account's switch.
    pub fn switch(&self, name: &str) -> Option<(Address, &str)> {
        let address = Address::new(format!("account.{name}"));
        match self.resources.get(&address) {
            Some(Resource::AccountSwitch(switch)) => Some((address, switch.setting.as_str())),
            _ => None,
        }
    }
}

macro_rules! of_kind {
    ($($name:ident $kind:ident $what:literal;)*) => {
        impl Floor<'_> {
            $(
                #[doc = concat!("All ", $what, ", by address.")]
                pub fn $name(&self) -> impl Iterator<Item = (&Address, &$kind)> {
                    self.resources.iter().filter_map(|(address, resource)| match resource {
                        Resource::$kind(spec) => Some((address, spec)),
                        _ => None,
                    })
                }
            )*
        }
    };
}

of_kind! {
    backup_plans BackupPlan "plans of AWS Backup";
    backup_vaults BackupVault "vaults of AWS Backup";
    endpoints VpcEndpoint "endpoints";
    flow_logs FlowLog "flow logs";
    groups SecurityGroup "security groups";
    keys KmsKey "keys";
    log_groups LogGroup "log groups";
    prefix_lists PrefixList "prefix lists";
    roles IamRole "roles";
    route_tables RouteTable "route tables";
    seats Seat "seats";
    subnets Subnet "subnets";
    volumes Volume "volumes";
    vpcs Vpc "networks";
}
