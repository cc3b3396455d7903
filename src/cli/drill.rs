//! `closedset drill`: the disaster, rehearsed on the live cloud in a copy of the floor that nothing reaches, and removed
//! again.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::arguments::Drill;
use super::backup::moment;
use super::carry_out::{Run, Shown, conclude, confirm, print_event, warn};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::put_back::{PutBack, nothing_to_restore, selection};
use super::session::{Session, connect};
use crate::apply::Outcome;
use crate::cloud::{Cloud, Scope};
use crate::plan::{self, operations};
use crate::recovery::{Points, Unverified, isolated, name_of, openings, restoration, verify};
use crate::report::{events, outcome_text, restored_text};
use crate::resource::{Address, Desired, Kind, Observed};

/// A drill is over within this time, or whoever finds it may remove it.
const TIME_TO_LIVE: SignedDuration = SignedDuration::from_hours(4);

/// Runs the verb.
///
/// # Errors
/// Whatever ends it before anything was changed.
pub async fn run(context: &Context<'_>, arguments: Drill) -> Result<Exit, CliError> {
    let session = Session::open(context, &arguments.blueprint.path).await?;
    let selection = selection(&session.read.blueprint, &arguments.extent, None)?;
    let _lock = if arguments.extent.plan { None } else { Some(session.state.lock("drill")?) };
    if !arguments.extent.plan {
        Box::pin(clean_up(context, &session)).await?;
    }
    let scope = session.scope();
    let (desired, observed, snapshots) =
        tokio::join!(session.desired(context, false), session.cloud.observe(&scope), session.cloud.snapshots(&scope));
    let (desired, observed, points) = (desired?, observed?, Points::of(&snapshots?));
    let desired = session.settled(context, false, desired, &observed).await?;
    let now = moment(context)?;
    let until = now.checked_add(TIME_TO_LIVE).unwrap_or(now).to_string();
    let aim = isolated(&desired, &until);
    // Its seats bear the addresses of the production's: it has a cloud of its own, so that neither takes the other's.
    let cloud = connect(context, session.cloud.region()).await?;
    lend_keys(&cloud, &observed);
    let before = cloud.observe(&Scope::new(&aim.production)).await?;
    let mut restoration = restoration(&aim, &before, &points, &selection, now);
    if restoration.seats.is_empty() {
        return Err(nothing_to_restore(&restoration, &selection));
    }
    restoration.only_restored();
    let plan = plan::make(&restoration.desired, &before, &restoration.options);
    let steps = operations(&plan, &restoration.desired, &before);
    let shown = if arguments.extent.json { Shown::Json } else { Shown::Text };
    let put_back = PutBack { restoration: &restoration, plan: &plan, steps: &steps, shown };
    put_back.show(context);
    if arguments.extent.plan {
        return put_back.conclude_plan(context);
    }
    confirm(context.printer, arguments.extent.yes, "Build this copy, look at it, and remove it again?", "--yes")?;
    let run = Run {
        verb: "drill",
        plan: &plan,
        desired: &restoration.desired,
        observed: &before,
        cloud: &cloud,
        state: &session.state,
        shown,
        preface: Vec::new(),
    };
    rehearse(context, &session, put_back, &run).await
}

/// Builds the copy, looks at it, and removes it.
async fn rehearse(
    context: &Context<'_>,
    session: &Session,
    put_back: PutBack<'_>,
    run: &Run<'_>,
) -> Result<Exit, CliError> {
    let PutBack { restoration, plan, shown, .. } = put_back;
    let printer = context.printer;
    let planned = json!({"type": "planned", "t_ms": 0, "drill": put_back.document()});
    let built = run.carry_out_steps(context, put_back.steps, &planned, Map::new()).await?;
    let mut exit = built.exit(plan);
    if built.outcome.interrupted {
        // Nothing was measured, and what was built is still there.
        conclude(printer, shown, &built.outcome, built.start.elapsed(), exit);
        warn(printer, "warning: ", LEFT);
        return Ok(exit);
    }
    let took = built.served.unwrap_or_else(|| built.start.elapsed());
    let look = match run.cloud.observe(&Scope::new(&restoration.desired.production)).await {
        Ok(after) => Some((verify(&restoration.seats, &after), openings(&after))),
        Err(error) => {
            warn(printer, "warning: ", &format!("the copy could not be looked at: {error}"));
            None
        }
    };
    let built_outcome = built.outcome.clone();
    // The ledger is one at a time: what the removal writes follows what was written until now.
    drop(built);
    let proven = look.as_ref().is_some_and(|(unverified, openings)| unverified.is_empty() && openings.is_empty());
    let result = |removed: bool| said(put_back, look.as_ref(), took, removed);
    let removed = remove(context, session, run.cloud, shown, |outcome| Some(result(outcome.is_complete()))).await?;
    let is_removed = removed.is_none_or(|removed| removed.is_complete());
    if !proven || !is_removed {
        exit = exit.max(Exit::Partial);
    }
    if shown == Shown::Json {
        let mut event = result(is_removed);
        event["type"] = json!("drilled");
        print_event(printer, &event);
    }
    conclude(printer, shown, &built_outcome, took, exit);
    if shown == Shown::Text {
        if let Some((unverified, openings)) = &look {
            printer.result(&restored_text(restoration, unverified, took.as_secs_f64(), printer.result_width()));
            for address in openings {
                warn(printer, "not isolated: ", &format!("{address} could be reached, or reach something"));
            }
        }
        let end = if is_removed { "The copy is removed.\n" } else { "Part of the copy is left: run again.\n" };
        printer.result(end);
    }
    Ok(exit)
}

/// What people read of a drill that was interrupted.
const LEFT: &str = "What was built of the copy is still there, and costs what it costs: the next apply, backup, restore, \
                    drill or wrap removes it.";

/// What a drill came to, for the ledger and for programs.
fn said(put_back: PutBack<'_>, look: Option<&(Vec<Unverified>, Vec<Address>)>, took: Duration, removed: bool) -> Value {
    let mut said = put_back.measures(look.map(|(unverified, _)| unverified.as_slice()), took);
    said["isolated"] = json!(look.map(|(_, openings)| openings.is_empty()));
    said["removed"] = json!(removed);
    said
}

/// The drill's volumes are encrypted under the production's keys, which it knows by their addresses.
fn lend_keys(cloud: &Cloud, observed: &Observed) {
    for found in observed.found.values().filter(|found| found.resource.kind() == Kind::KmsKey) {
        cloud.learn(found.address.clone(), found.id.clone());
    }
}

/// Takes a drill's copy down, as a wrap does; none where nothing of one is there. What `file` makes of the outcome is
/// written into the ledger.
async fn remove(
    context: &Context<'_>,
    session: &Session,
    cloud: &Cloud,
    shown: Shown,
    file: impl Fn(&Outcome) -> Option<Value>,
) -> Result<Option<Outcome>, CliError> {
    let production = name_of(session.read.blueprint.production.alias.as_str());
    let observed = cloud.observe(&Scope::new(&production)).await?;
    let region = session.cloud.region().to_owned();
    let desired = Desired { production, account: session.caller.account.clone(), region, ..Desired::default() };
    let plan = plan::wrap(&desired, &observed);
    if !plan.has_changes() {
        return Ok(None);
    }
    let steps = operations(&plan, &desired, &observed);
    let state = &session.state;
    let run = Run {
        verb: "drill",
        plan: &plan,
        desired: &desired,
        observed: &observed,
        cloud,
        state,
        shown,
        preface: Vec::new(),
    };
    let mut ended = run.carry_out_steps(context, &steps, &events::planned(&plan), Map::new()).await?;
    if let (Some(journal), Some(words)) = (&mut ended.journal, file(&ended.outcome)) {
        journal.note("drilled", words);
    }
    ended.tell_of_ledger(context.printer);
    Ok(Some(ended.outcome))
}

/// Removes what a drill that was cut off left behind. Whoever holds the production's lock may: no other drill is under way.
///
/// # Errors
/// Where nobody can say whether there is anything, or what is there can't be removed.
pub async fn clean_up(context: &Context<'_>, session: &Session) -> Result<(), CliError> {
    let production = name_of(session.read.blueprint.production.alias.as_str());
    if !session.cloud.has_network(&Scope::new(&production)).await? {
        return Ok(());
    }
    warn(context.printer, "note: ", "A drill was cut off: what it left is removed first.");
    let cloud = connect(context, session.cloud.region()).await?;
    let removed = remove(context, session, &cloud, Shown::Text, |_| None).await?;
    context.looks_again();
    match removed {
        Some(outcome) if !outcome.is_complete() => {
            let text = outcome_text(&outcome, &[], context.printer.note_width());
            context.printer.note(&text);
            Err(CliError::usage("what a drill left behind could not be removed").hint("run again"))
        }
        _ => Ok(()),
    }
}
