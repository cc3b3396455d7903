//! VDI-CHG: what this program does is approved, checked, and written down, and does away with no content that can't be had
//! again.

use super::{Check, state};
use crate::blueprint::model::{BlockKind, BlockRef};
use crate::controls::examination::{Examination, Problem};
use crate::controls::floor::Phase;

pub const CHECKS: &[Check] = &[
    state("VDI-CHG-01", &[], approved),
    state("VDI-CHG-02", &[], evaluated),
    state("VDI-CHG-03", &[], kept_and_chained),
];

fn production(to: &Examination<'_, '_>) -> BlockRef {
    BlockRef::new(BlockKind::Production, to.floor.blueprint.production.alias.as_str())
}

fn approved(to: &mut Examination<'_, '_>) {
    let (floor, at) = (to.floor, production(to));
    let wanted = "the approval of somebody else";
    match (floor.phase, floor.profile.constants.approval_required) {
        (Phase::Live, _) if floor.record.approver.is_some() => to.look(at, Vec::new()),
        (_, false) => to.left_open("The profile leaves open who approves a change."),
        (Phase::Live, true) if floor.record.evaluation.is_none() => {
            to.nothing("No apply is in the ledger of this machine.");
        }
        (Phase::Live, true) => {
            to.look(at, vec![Problem::new("was last changed by a plan that nobody else approved", wanted, "none")]);
        }
        (Phase::Plan | Phase::Blueprint, true) => {
            let words = "changes only by a plan that somebody else has approved";
            to.look(at, vec![Problem::undetermined(words, wanted)]);
        }
    }
}

fn evaluated(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let at = production(to);
    let recorded = "an evaluation in the ledger";
    match floor.phase {
        Phase::Plan | Phase::Blueprint => {
            to.look(
                at,
                vec![Problem::undetermined(
                    "records this evaluation, and is looked at again, once it is applied",
                    recorded,
                )],
            );
        }
        Phase::Live if floor.is_empty() => {}
        Phase::Live => {
            let record = &floor.record;
            let words = if record.evaluation.is_none() {
                Some("was last applied without an evaluation that this machine knows of")
            } else if record.catalogue.is_none() {
                Some("was last applied without a note of the catalogue that it was evaluated with")
            } else if !record.checked_again {
                Some("wasn't looked at again after it was last applied")
            } else {
                None
            };
            let problem = words.map(|words| Problem::undetermined(words, recorded));
            to.look(at, problem.into_iter().collect());
        }
    }
}

fn kept_and_chained(to: &mut Examination<'_, '_>) {
    match to.floor.phase {
        Phase::Live => chained(to),
        Phase::Plan | Phase::Blueprint => recoverable(to),
    }
}

fn chained(to: &mut Examination<'_, '_>) {
    let at = production(to);
    match &to.floor.record.chain {
        Some(Ok(_)) => to.look(at, Vec::new()),
        Some(Err(words)) => {
            let problem =
                Problem::new(format!("has a ledger that was changed: {words}"), "an unbroken chain", "broken");
            to.look(at, vec![problem]);
        }
        None => to.nothing("There is no ledger on this machine."),
    }
}

fn recoverable(to: &mut Examination<'_, '_>) {
    let (floor, at) = (to.floor, production(to));
    if floor.record.endangered.is_empty() {
        to.nothing("Nothing that holds content is deleted or replaced.");
    }
    for one in &floor.record.endangered {
        let limit = format!("a recovery point of the last {} hours", one.within_hours);
        // The pool may be gone from the blueprint: an exception can name the production.
        let problem = |problem: Problem| problem.also([at.clone()]);
        to.hold(&one.volume, one.is_safe(), || match one.age_hours {
            Some(hours) => problem(Problem::new(
                format!("would be lost, and its newest recovery point is {hours} hours old"),
                &limit,
                format!("{hours} hours"),
            )),
            None => problem(Problem::new("would be lost, and no recovery point of it is known", &limit, "none")),
        });
    }
}
