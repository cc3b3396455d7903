//! The end of an apply: the seats that it brought up say that they are ready, or why they aren't.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::carry_out::{Ended, Shown, print_event};
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::session::Planned;
use super::signals::Listening;
use crate::apply::{self, Awaited};
use crate::cloud::{Cloud, RESTARTING};
use crate::plan::{Action, Change, Plan};
use crate::report::{events, readiness_text};
use crate::resource::{Address, Kind, Status};

/// Waits for the seats that a run brought up. One that failed to come up, or to get its name, is told as that already.
///
/// # Errors
/// Where signals can't be listened to.
pub async fn await_ready(
    context: &Context<'_>,
    cloud: &Cloud,
    planned: &Planned,
    ended: &mut Ended<'_>,
    before: &BTreeMap<String, String>,
    shown: Shown,
) -> Result<Awaited, CliError> {
    let seats = brought_up(planned, ended);
    if ended.outcome.interrupted || seats.is_empty() {
        return Ok(Awaited::default());
    }
    let listening = Listening::begin()
        .map_err(|error| CliError::new(ErrorKind::File, format!("cannot listen to signals: {error}")))?;
    let note = |words: String| {
        if shown == Shown::Text {
            context.printer.note(&format!("{words}\n"));
        }
    };
    note(readiness_text::waiting(seats.len()));
    let mut tell = |awaited: &Awaited| note(readiness_text::so_far(awaited, seats.len()));
    let awaited = apply::await_ready(cloud, &planned.desired, &seats, before, listening.signals(), &mut tell).await;
    if let Some(journal) = ended.journal.as_mut().filter(|_| awaited.has_unready()) {
        let of = |seats: &std::collections::BTreeSet<Address>| json!(seats);
        journal.note(
            "readiness",
            json!({
                "ready": of(&awaited.ready), "failed": awaited.failed, "silent": of(&awaited.silent),
                "late": of(&awaited.late), "unheard": of(&awaited.unheard),
            }),
        );
    }
    if shown == Shown::Json {
        print_event(context.printer, &events::readiness(&awaited, ended.start.elapsed()));
    }
    Ok(awaited)
}

/// When seats that a plan starts again told something last, by instance id: they tell more once they are up again.
pub async fn told_before(cloud: &Cloud, plan: &Plan) -> BTreeMap<String, String> {
    if plan.summary.restart == 0 {
        return BTreeMap::new();
    }
    // Where it can't be read now, it can't be read afterwards, which says so.
    let told = cloud.told_by_seats(&plan.production).await.unwrap_or_default();
    let restarted: BTreeSet<&str> =
        plan.changes.iter().filter(|one| one.action == Action::Restart).filter_map(|one| one.id.as_deref()).collect();
    told.into_iter().filter(|(id, _)| restarted.contains(id.as_str())).map(|(id, told)| (id, told.at)).collect()
}

/// The seats that a run made or started again, with their instance ids.
fn brought_up(planned: &Planned, ended: &Ended<'_>) -> BTreeMap<Address, String> {
    let outcome = &ended.outcome;
    let fell = |seat: &Address| {
        let failed = outcome.failed.iter().map(|one| (&one.address, one.kind));
        let skipped = outcome.skipped.iter().map(|one| (&one.address, one.kind));
        failed.chain(skipped).any(|(address, kind)| kind == Kind::Seat && address == seat)
    };
    let made = outcome.made.iter().filter(|(address, _)| address.slot().is_some() && address.volume_name().is_none());
    // One that rested goes on resting, unless it was this program that had stopped it.
    let comes_back = |change: &&Change| {
        let found = planned.observed.found.get(&change.address);
        found.is_some_and(|found| found.status == Status::Ready || found.facts.contains_key(RESTARTING))
    };
    let restarted = planned.plan.changes.iter().filter(|change| change.action == Action::Restart).filter(comes_back);
    let restarted = restarted.filter_map(|change| Some((&change.address, change.id.as_ref()?)));
    made.chain(restarted)
        .filter(|(address, _)| !fell(address))
        .map(|(address, id)| (address.clone(), id.clone()))
        .collect()
}
