//! VDI-DAT: content ends where and when it should.

use jiff::ToSpan as _;

use super::{Check, both, state, watch};
use crate::blueprint::model::{BlockKind, BlockRef};
use crate::controls::examination::{Examination, Problem, unless};
use crate::controls::floor::Phase;
use crate::resource::{Kind, days};

pub const CHECKS: &[Check] =
    &[state("VDI-DAT-01", &[watch(Kind::Volume, "keep")], volumes_end), both("VDI-DAT-02", promise, &[], kept_promise)];

fn volumes_end(to: &mut Examination<'_, '_>) {
    for (address, volume) in to.floor.volumes() {
        to.hold(address, !volume.keep, || Problem::new("outlives its instance", "ends with its instance", "is kept"));
    }
}

fn promise(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let production = &floor.blueprint.production;
    let (days, most) = (production.destroy_within_days.value, floor.profile.constants.destruction_days);
    let problem = unless(days <= most, || {
        let words = format!("promises to destroy within {} of the wrap", self::days(days));
        Problem::new(words, format!("at most {}", self::days(most)), self::days(days))
    });
    to.look(BlockRef::new(BlockKind::Production, production.alias.as_str()), problem.into_iter().collect());
}

/// What is still there after the last day of the promise. A plan says nothing of that: a wrap is none of its changes.
fn kept_promise(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    if floor.phase != Phase::Live {
        return;
    }
    let production = &floor.blueprint.production;
    let days = i64::from(production.destroy_within_days.value);
    let last = production.wraps_on.value.checked_add(days.days()).unwrap_or(production.wraps_on.value);
    if floor.today <= last {
        to.nothing(format!("The show runs: all has to be gone after {last}."));
        return;
    }
    for (address, resource) in floor.resources.iter().filter(|(_, one)| one.kind() != Kind::AccountSwitch) {
        // A disabled key is what a wrap leaves on purpose.
        let key_at_rest = matches!(resource, crate::resource::Resource::KmsKey(key) if key.state != "enabled");
        to.hold(address, key_at_rest, || {
            Problem::new(format!("is still there after {last}"), format!("gone by {last}"), "there")
        });
    }
}
