//! Exceptions and attestations: what they cover on which day.

use std::collections::BTreeSet;

use super::control::Control;
use super::examination::{Subject, Wrong};
use super::finding::Status;
use super::floor::Floor;
use super::gate::APPROVED;
use crate::blueprint::data::weakenings::Weakening;
use crate::blueprint::model::{Attestation, BlockKind, BlockRef, Exception, Labelled as _, Peer};
use crate::resource::Address;

/// The blocks that a place belongs to: an exception to any of `blocks` covers it, and so do exceptions to all of `users`
/// together.
#[derive(Debug, Default)]
struct Belongs {
    blocks: Vec<BlockRef>,
    users: Vec<BlockRef>,
}

impl Floor<'_> {
    fn belongs(&self, subject: &Subject) -> Belongs {
        let mut belongs = match subject {
            Subject::Block(block) => self.of_block(block),
            Subject::Resource(address) => self.of_resource(address),
        };
        belongs.blocks.push(BlockRef::new(BlockKind::Production, self.blueprint.production.alias.as_str()));
        belongs
    }

    fn of_block(&self, block: &BlockRef) -> Belongs {
        let pools = self.blueprint.pools.iter();
        let users = match block.kind {
            BlockKind::Lockdown => {
                pools.filter(|pool| pool.lockdown.as_str() == block.label).map(|pool| pool.reference()).collect()
            }
            BlockKind::Display => {
                pools.filter(|pool| pool.display.as_str() == block.label).map(|pool| pool.reference()).collect()
            }
            BlockKind::Image => {
                pools.filter(|pool| pool.image.as_str() == block.label).map(|pool| pool.reference()).collect()
            }
            BlockKind::Key => {
                pools.filter(|pool| pool.key.as_str() == block.label).map(|pool| pool.reference()).collect()
            }
            BlockKind::Backup => {
                let of = self.blueprint.backups.iter().filter(|backup| backup.name.as_str() == block.label);
                of.flat_map(|backup| &backup.of)
                    .map(|pool| BlockRef::new(BlockKind::WorkstationPool, pool.as_str()))
                    .collect()
            }
            _ => Vec::new(),
        };
        Belongs { blocks: vec![block.clone()], users }
    }

    fn of_resource(&self, address: &Address) -> Belongs {
        let path = address.as_str();
        let Some((kind, rest)) = path.split_once('.') else { return Belongs::default() };
        let label: String = rest.chars().take_while(|c| !".[/ ".contains(*c)).collect();
        match BlockKind::parse(kind) {
            Some(BlockKind::Network) => {
                let network = BlockRef::new(BlockKind::Network, label.as_str());
                let mut blocks = vec![network];
                let mut users: Vec<BlockRef> = Vec::new();
                if let Some(at) = self.segment_of(address) {
                    blocks.push(at.reference());
                    users.extend(self.blueprint.pools_in(&at).map(|pool| pool.reference()));
                }
                if users.is_empty() {
                    // An edge or a service: it is there for the pools of its network.
                    let within = self.blueprint.pools.iter().filter(|pool| pool.segment.network.as_str() == label);
                    users.extend(within.map(|pool| pool.reference()));
                }
                Belongs { blocks, users }
            }
            Some(kind) => self.of_block(&BlockRef::new(kind, label)),
            None => Belongs::default(),
        }
    }
}

/// The blocks of the lists that a flow names: an exception to one of them covers the flow's rules too.
pub fn lists_of(floor: &Floor<'_>, flow: Option<&str>) -> Vec<BlockRef> {
    let flows = floor.blueprint.networks.iter().flat_map(|network| &network.flows);
    flows
        .filter(|one| Some(one.name.as_str()) == flow)
        .flat_map(|one| [&one.from.value, &one.to.value])
        .filter_map(|end| match end {
            Peer::PrefixList(name) => Some(BlockRef::new(BlockKind::PrefixList, name.as_str())),
            Peer::Segment(_) | Peer::Cidrs(_) => None,
        })
        .collect()
}

/// Waives what exceptions cover on the floor's day. Returns the names of those that covered something.
pub fn waive<'b>(floor: &Floor<'b>, control: &Control, wrong: &mut [Wrong]) -> BTreeSet<&'b str> {
    let mut used = BTreeSet::new();
    if !control.waivable {
        return used;
    }
    let standing: Vec<&Exception> = floor
        .blueprint
        .exceptions
        .iter()
        .filter(|exception| exception.control.as_str() == control.id && exception.expires.value >= floor.today)
        .collect();
    // An approval that is still to come is waived before anybody is asked for it.
    let can_be_waived =
        |status: Status| status == Status::Fail || control.id == APPROVED && status == Status::Undetermined;
    for one in wrong.iter_mut().filter(|one| can_be_waived(one.finding.status)) {
        let covering = covering(floor, &standing, one);
        let Some(until) = covering.iter().map(|exception| exception.expires.value).min() else { continue };
        one.finding.status = Status::Waived;
        one.finding.until = Some(until);
        one.finding.exceptions = covering.iter().map(|exception| exception.name.as_str().to_owned()).collect();
        used.extend(covering.iter().map(|exception| exception.name.as_str()));
    }
    used
}

fn covering<'b>(floor: &Floor<'_>, standing: &[&'b Exception], wrong: &Wrong) -> Vec<&'b Exception> {
    let Belongs { blocks, users } = floor.belongs(&wrong.subject);
    let to = |block: &BlockRef| standing.iter().copied().find(|exception| exception.covers(block));
    if let Some(one) = blocks.iter().chain(&wrong.also).find_map(to) {
        return vec![one];
    }
    let mut each: Vec<&Exception> = users.iter().map(to).collect::<Option<_>>().unwrap_or_default();
    each.sort_by_key(|exception| exception.name.as_str());
    each.dedup_by_key(|exception| exception.name.as_str());
    each
}

/// The control that a wrap by whoever last applied would break.
const WRAPPED_BY_ANOTHER: &str = "VDI-DAT-02";

/// What to say of exceptions that covered nothing. Those whose control only the blueprint can break are reported with
/// the blueprint.
pub fn idle(floor: &Floor<'_>, used: &BTreeSet<&str>) -> Vec<String> {
    // Who wraps is known at the wrap: until then, an exception for that has nothing to cover.
    let told = |control: &str| {
        control == WRAPPED_BY_ANOTHER || Weakening::ALL.iter().any(|of| of.control() == control && of.decides_control())
    };
    floor
        .blueprint
        .exceptions
        .iter()
        .filter(|exception| exception.expires.value >= floor.today)
        .filter(|exception| !used.contains(exception.name.as_str()) && !told(exception.control.as_str()))
        .map(|exception| {
            format!("exception.{} covers nothing: nothing in its scope fails {}", exception.name, exception.control)
        })
        .collect()
}

/// The attestation that speaks for a control on the floor's day; the one that holds longest.
pub fn attestation<'b>(floor: &Floor<'b>, control: &Control) -> Option<&'b Attestation> {
    floor
        .blueprint
        .attestations
        .iter()
        .filter(|one| one.controls.iter().any(|id| id.as_str() == control.id))
        .filter(|one| one.on.value <= floor.today && floor.today <= one.expires.value)
        .max_by_key(|one| one.expires.value)
}
