//! VDI-RSP and VDI-DET: what is noticed, and whom to call.

use super::{Check, declared, live};
use crate::blueprint::model::{BlockKind, BlockRef};
use crate::controls::examination::{Examination, Problem, unless};
use crate::resource::Kind;

pub const CHECKS: &[Check] = &[live("VDI-DET-03", &[], drift), declared("VDI-RSP-01", contacts)];

fn drift(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, resource) in &floor.resources {
        if resource.kind() != Kind::AccountSwitch {
            to.hold(address, !floor.drifted.contains(address), || {
                Problem::new("was changed in the cloud since the last apply", "as it was applied", "changed")
            });
        }
    }
}

fn contacts(to: &mut Examination<'_, '_>) {
    let production = &to.floor.blueprint.production;
    let contacts = &production.contacts;
    let mut problems = Vec::new();
    problems.extend(unless(!contacts.security.trim().is_empty(), || {
        Problem::new("names nobody to call for security", "a security contact", "none")
    }));
    let owner = contacts.content_owner.as_ref().is_some_and(|owner| !owner.trim().is_empty());
    problems.extend(unless(owner, || {
        Problem::new("names nobody to call at the content's owner", "contacts.content_owner", "none")
    }));
    to.look(BlockRef::new(BlockKind::Production, production.alias.as_str()), problems);
}
