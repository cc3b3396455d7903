//! VDI-INV: what there is, whose it is, and what is excused.

use jiff::ToSpan as _;

use super::{Check, Watch, both, declared, state, watch};
use crate::blueprint::model::{BlockKind, BlockRef, Labelled as _, Tier};
use crate::controls::examination::{Examination, Problem, unless};
use crate::resource::{Address, Kind, Resource, Tags};

pub const CHECKS: &[Check] = &[
    state("VDI-INV-01", TAGS, tagged),
    state("VDI-INV-03", &[watch(Kind::Subnet, "public_addresses")], nothing_unknown),
    both("VDI-INV-05", account_and_region, &[watch(Kind::Seat, "subnets")], own_network),
    declared("VDI-INV-06", exceptions),
];

/// Tags that the compiler puts on everything.
const REQUIRED: &[&str] = &["production", "owner", "content_class", "wraps_on"];

macro_rules! tags_of {
    ($($kind:ident)*) => {
        &[$(
            watch(Kind::$kind, "tags.production"),
            watch(Kind::$kind, "tags.owner"),
            watch(Kind::$kind, "tags.content_class"),
            watch(Kind::$kind, "tags.wraps_on"),
        )*]
    };
}

const TAGS: &[Watch] = tags_of!(KmsKey Vpc InternetGateway Subnet RouteTable PrefixList SecurityGroup VpcEndpoint
    FlowLog IamRole InstanceProfile Seat Volume BackupVault BackupPlan);

fn tagged(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, resource) in &floor.resources {
        let Some(tags) = resource.tags() else { continue };
        // IAM leaves a profile's tags out of its lists: what isn't told can't be held against it.
        if resource.kind() == Kind::InstanceProfile && tags.is_empty() {
            continue;
        }
        to.look(address, missing(tags, &floor.production).into_iter().collect());
    }
}

fn missing(tags: &Tags, production: &str) -> Option<Problem> {
    let given = |key: &str| tags.get(key).is_some_and(|value| !value.trim().is_empty());
    let lacks: Vec<&str> = REQUIRED.iter().copied().filter(|key| !given(key)).collect();
    if !lacks.is_empty() {
        let words = format!("lacks the tags {}", lacks.join(", "));
        return Some(Problem::new(words, REQUIRED.join(", "), "not all of them"));
    }
    let named = tags.get("production").map(String::as_str).unwrap_or_default();
    unless(named == production, || {
        Problem::new(format!("says that it belongs to production {named}"), production, named)
    })
}

/// What bears the production's mark without an address, or an address that another serves at; and edges that hand out
/// public addresses to whatever starts in them.
fn nothing_unknown(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, resource) in &floor.resources {
        let mut problems = Vec::new();
        if address.is_stray() {
            problems.push(Problem::new("bears the production's mark, but no address", "an address", "none"));
        } else if address.as_str().contains(' ') {
            problems.push(Problem::new("is a second one at its address", "one", "two"));
        }
        if let Resource::Subnet(subnet) = resource
            && floor.tier_of(address) == Some(Tier::Edge)
        {
            problems.extend(unless(!subnet.public_addresses, || {
                Problem::new("gives a public address to whatever starts in it", "declared addresses only", "any")
            }));
        }
        to.look(address, problems);
    }
}

fn account_and_region(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let production = &floor.blueprint.production;
    let mut problems = Vec::new();
    if let Some(account) = &production.account {
        problems.extend(unless(account.as_str() == floor.account, || {
            Problem::new(format!("is in account {}", floor.account), account.as_str(), &floor.account)
        }));
    }
    problems.extend(unless(production.region.as_str() == floor.region, || {
        Problem::new(format!("is in region {}", floor.region), production.region.as_str(), &floor.region)
    }));
    to.look(BlockRef::new(BlockKind::Production, production.alias.as_str()), problems);
}

fn own_network(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    if floor.unreadable.iter().any(|gap| gap.kind == Kind::Subnet) {
        return;
    }
    for (address, seat) in floor.seats() {
        let foreign: Vec<&Address> =
            seat.subnets.iter().filter(|subnet| !floor.resources.contains_key(*subnet)).collect();
        let problem = foreign.first().map(|subnet| {
            Problem::new(format!("stands in {subnet}, which is not of this production"), "an own subnet", subnet)
        });
        to.look(address, problem.into_iter().collect());
    }
}

fn exceptions(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let most = i64::from(floor.profile.constants.exception_days);
    for exception in &floor.blueprint.exceptions {
        let mut problems = Vec::new();
        let expires = exception.expires.value;
        problems.extend(unless(expires >= floor.today, || {
            Problem::new(format!("expired on {expires}"), format!("after {}", floor.today), expires)
        }));
        let latest = floor.today.checked_add(most.days()).unwrap_or(floor.today);
        problems.extend(unless(expires <= latest, || {
            Problem::new(format!("ends more than {most} days ahead"), format!("until {latest}"), expires)
        }));
        let (owner, approver) = (exception.owner.trim(), exception.approver.trim());
        problems.extend(unless(!owner.eq_ignore_ascii_case(approver), || {
            Problem::new("is approved by its owner", "somebody else", approver)
        }));
        to.look(exception.reference(), problems);
    }
    if floor.blueprint.exceptions.is_empty() {
        to.nothing("There is no exception.");
    }
}
