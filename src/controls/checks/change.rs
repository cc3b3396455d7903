//! VDI-CHG: what this program does is checked, and written down.

use super::{Check, live, state};
use crate::blueprint::model::{BlockKind, BlockRef};
use crate::controls::examination::{Examination, Problem};
use crate::controls::floor::Phase;

pub const CHECKS: &[Check] = &[state("VDI-CHG-02", &[], evaluated), live("VDI-CHG-03", &[], chained)];

fn production(to: &Examination<'_, '_>) -> BlockRef {
    BlockRef::new(BlockKind::Production, to.floor.blueprint.production.alias.as_str())
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
            let problem = floor.record.evaluation.is_none().then(|| {
                Problem::undetermined("was last applied without an evaluation that this machine knows of", recorded)
            });
            to.look(at, problem.into_iter().collect());
        }
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
