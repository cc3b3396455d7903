//! `closedset backup now`: a recovery point of every seat that a `backup` block names.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arguments::{BackupNow, BackupVerb};
use super::carry_out::{Run, Shown, confirm, print_event, warn};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::session::Session;
use crate::apply::Outcome;
use crate::blueprint::Blueprint;
use crate::blueprint::nearest::nearest;
use crate::plan::unchanged;
use crate::recovery::{BackupPlan, Points, RecoveryPoint, Standing, plan_backup};
use crate::report::{backup_outcome_text, backup_plan_text, events, outcome_text};

/// Runs the verb.
///
/// # Errors
/// Whatever ends it before anything was changed.
pub async fn run(context: &Context<'_>, verb: BackupVerb) -> Result<Exit, CliError> {
    let BackupVerb::Now(arguments) = verb;
    now(context, &arguments).await
}

async fn now(context: &Context<'_>, arguments: &BackupNow) -> Result<Exit, CliError> {
    let session = Session::open(context, &arguments.blueprint.path).await?;
    let pool = pool(&session.read.blueprint, arguments.pool.as_deref())?;
    let _lock = session.state.lock("backup now")?;
    let scope = session.scope();
    let (desired, observed, snapshots) =
        tokio::join!(session.desired(context, true), session.cloud.observe(&scope), session.cloud.snapshots(&scope));
    let (desired, observed, points) = (desired?, observed?, Points::of(&snapshots?));
    let plan = plan_backup(&desired, &observed, &points, pool.as_deref(), moment(context)?);
    if plan.seats.is_empty() && plan.left_out.is_empty() {
        return Err(CliError::usage("there is nothing to take a recovery point of").hint(
            "name the pool in a `backup` block, and write backup = true at the volumes that shall be kept safe",
        ));
    }
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let printer = context.printer;
    let width = printer.result_width();
    if shown == Shown::Text {
        printer.result(&backup_plan_text(&plan, width));
    }
    let planned = planned(&plan);
    let steps = plan.operations();
    if steps.is_empty() {
        return Ok(conclude_nothing(context, &plan, &planned, shown));
    }
    confirm(printer, arguments.yes, "Take these recovery points?", "--yes")?;
    let no_change = unchanged(&desired, &observed);
    let run = Run {
        verb: "backup now",
        plan: &no_change,
        desired: &desired,
        observed: &observed,
        cloud: &session.cloud,
        state: &session.state,
        shown,
    };
    let about = Map::from_iter([("run".to_owned(), json!(plan.run.to_string()))]);
    let ended = run.carry_out_steps(context, &steps, &planned, about).await?;
    ended.tell_of_ledger(printer);
    let exit = match ended.exit(&no_change) {
        Exit::Done if !plan.left_out.is_empty() => Exit::Partial,
        exit => exit,
    };
    let after = match session.cloud.snapshots(&scope).await {
        Ok(snapshots) => Points::of(&snapshots),
        Err(error) => {
            warn(printer, "warning: ", &format!("the recovery points could not be listed again: {error}"));
            return Ok(exit.max(Exit::Partial));
        }
    };
    match shown {
        Shown::Json => {
            print_event(printer, &taken(&plan, &after));
            print_event(printer, &events::summary(&ended.outcome, ended.start.elapsed(), exit.code()));
        }
        Shown::Text => {
            let text = outcome_text(&ended.outcome, &[], width);
            printer.result(&format!("\n{text}{}", backup_outcome_text(&plan, &after, width)));
        }
    }
    Ok(exit)
}

/// Everything that can be taken has been, by the run that this one would have finished; or nothing can be taken.
fn conclude_nothing(context: &Context<'_>, plan: &BackupPlan, planned: &Value, shown: Shown) -> Exit {
    let exit = if plan.left_out.is_empty() { Exit::Done } else { Exit::Partial };
    if shown == Shown::Json {
        print_event(context.printer, planned);
        let summary = events::summary(&Outcome::default(), std::time::Duration::ZERO, exit.code());
        print_event(context.printer, &summary);
    }
    exit
}

fn planned(plan: &BackupPlan) -> Value {
    json!({"type": "planned", "t_ms": 0, "backup": plan})
}

/// What became of each seat, for programs.
fn taken(plan: &BackupPlan, points: &Points) -> Value {
    let seats: Vec<Value> = plan
        .seats
        .iter()
        .map(|one| {
            let point = points.of_seat(&one.seat).iter().find(|point| point.run == plan.run);
            let standing = match point.map(RecoveryPoint::standing) {
                Some(Standing::Usable) => "usable",
                Some(Standing::Pending) => "pending",
                Some(Standing::Broken) => "broken",
                None => "not_taken",
            };
            let snapshots: Map<String, Value> = point
                .into_iter()
                .flat_map(|point| &point.volumes)
                .map(|(name, snapshot)| (name.clone(), json!(snapshot.id)))
                .collect();
            json!({"seat": one.seat, "standing": standing, "snapshots": snapshots})
        })
        .collect();
    json!({"type": "backed_up", "run": plan.run.to_string(), "seats": seats})
}

/// The label of a pool that the blueprint has; `workstation_pool.comp` is taken for `comp`.
///
/// # Errors
/// Where there is no such pool.
pub fn pool(blueprint: &Blueprint, asked: Option<&str>) -> Result<Option<String>, CliError> {
    let Some(asked) = asked else { return Ok(None) };
    let label = asked.strip_prefix("workstation_pool.").unwrap_or(asked);
    let known = || blueprint.pools.iter().map(|pool| pool.name.as_str());
    if known().any(|one| one == label) {
        return Ok(Some(label.to_owned()));
    }
    let error = CliError::usage(format!("there is no pool \"{label}\" in the blueprint"));
    Err(match nearest(label, known()) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    })
}

/// The present moment, which on a rehearsal cloud is that cloud's.
///
/// # Errors
/// Where the clock says none.
pub fn moment(context: &Context<'_>) -> Result<Timestamp, CliError> {
    let time = context.time();
    time.parse().map_err(|error| CliError::usage(format!("the clock says `{time}`: {error}")))
}
