//! `closedset backup now`: a recovery point of every seat that a `backup` block names.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::apply::no_doomed_key;
use super::arguments::{BackupNow, BackupVerb};
use super::carry_out::{Run, Shown, conclude, conclude_nothing, confirm, print_event, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::CliError;
use super::exit::Exit;
use super::session::{Session, connect_elsewhere};
use crate::apply::Outcome;
use crate::blueprint::Blueprint;
use crate::blueprint::nearest::nearest;
use crate::cloud::Cloud;
use crate::plan::{Operations, Options, Plan, make, operations, unchanged};
use crate::recovery::{BackupPlan, Elsewhere, Points, RecoveryPoint, Standing, plan_backup, plan_copies};
use crate::report::{backup_outcome_text, backup_plan_text, events};
use crate::resource::{Desired, Observed};

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
    Box::pin(clean_up(context, &session)).await?;
    let scope = session.scope();
    let (desired, observed, snapshots) =
        tokio::join!(session.desired(context, true), session.cloud.observe(&scope), session.cloud.snapshots(&scope));
    let (desired, observed, points) = (desired?, observed?, Points::of(&snapshots?));
    let desired = session.settled(context, true, desired, &observed).await?;
    let (clouds, elsewhere) = elsewhere(context, &session, &desired).await?;
    let plan = plan_backup(&desired, &observed, &points, &elsewhere, pool.as_deref(), moment(context)?);
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
    if plan.seats.is_empty() {
        let exit = if plan.left_out.is_empty() { Exit::Done } else { Exit::Partial };
        let planned = json!({"type": "planned", "t_ms": 0, "backup": plan});
        return Ok(conclude_nothing(printer, shown, &planned, exit));
    }
    confirm(printer, arguments.yes, "Take these recovery points?", "--yes")?;
    let taking = Taking { context, session: &session, desired: &desired, plan: &plan, shown, start: Instant::now() };
    let (mut outcome, mut exit) = taking.take(&observed).await?;
    let here = match session.cloud.snapshots(&scope).await {
        Ok(snapshots) => Points::of(&snapshots),
        Err(error) => {
            warn(printer, "warning: ", &format!("the recovery points could not be listed again: {error}"));
            taking.conclude(&outcome, exit.max(Exit::Partial));
            return Ok(exit.max(Exit::Partial));
        }
    };
    taking.tell(&here, None);
    for region in plan.copies.keys() {
        if outcome.interrupted {
            break;
        }
        // A region that can't be reached costs its copies, and nothing else.
        let copied = match clouds.get(region) {
            Some(cloud) => taking.copy(cloud, &here).await,
            None => Ok((Outcome::default(), Exit::Partial)),
        };
        match copied {
            Ok((more, ended)) => {
                exit = exit.max(ended);
                outcome = joined(outcome, more);
            }
            Err(error) => {
                warn(printer, "warning: ", &format!("nothing was copied to {region}: {}", error.message));
                exit = exit.max(Exit::Partial);
            }
        }
    }
    if !plan.left_out.is_empty() {
        exit = exit.max(Exit::Partial);
    }
    taking.conclude(&outcome, exit);
    Ok(exit)
}

/// The regions that copies go to, as far as they answer, with the recovery points that they hold.
async fn elsewhere(
    context: &Context<'_>,
    session: &Session,
    desired: &Desired,
) -> Result<(BTreeMap<String, Cloud>, Elsewhere), CliError> {
    let regions: BTreeSet<&String> = desired.backups.values().flat_map(|backup| backup.copies.keys()).collect();
    let (mut clouds, mut points) = (BTreeMap::new(), Elsewhere::new());
    for region in regions {
        let cloud = connect_elsewhere(context, region).await?;
        match cloud.snapshots(&session.scope()).await {
            Ok(snapshots) => {
                points.insert(region.clone(), Points::of(&snapshots));
                clouds.insert(region.clone(), cloud);
            }
            Err(error) => {
                warn(
                    context.printer,
                    "warning: ",
                    &format!("{region} can't be asked, so nothing is copied there: {error}"),
                );
            }
        }
    }
    Ok((clouds, points))
}

/// A backup that was confirmed.
struct Taking<'a> {
    context: &'a Context<'a>,
    session: &'a Session,
    desired: &'a Desired,
    plan: &'a BackupPlan,
    shown: Shown,
    start: Instant,
}

impl Taking<'_> {
    /// Takes what is missing here, and waits until it is complete.
    async fn take(&self, observed: &Observed) -> Result<(Outcome, Exit), CliError> {
        let steps = self.plan.operations();
        let planned = json!({"type": "planned", "t_ms": 0, "backup": self.plan});
        if steps.is_empty() {
            if self.shown == Shown::Json {
                print_event(self.context.printer, &planned);
            }
            return Ok((Outcome::default(), Exit::Done));
        }
        let plan = unchanged(self.desired, observed);
        self.run(&self.session.cloud, &plan, self.desired, observed, &steps, &planned).await
    }

    /// Copies what is complete here to another region, under that region's key, which is made where it is missing.
    async fn copy(&self, cloud: &Cloud, here: &Points) -> Result<(Outcome, Exit), CliError> {
        let (scope, region) = (self.session.scope(), cloud.region());
        let there = Points::of(&cloud.snapshots(&scope).await?);
        let plan = plan_copies(self.desired, self.plan.run, &self.plan.seats, here, &there, region);
        let (mut outcome, mut exit) = (Outcome::default(), Exit::Done);
        if !plan.copies.is_empty() || !plan.expired.is_empty() {
            let desired = self.session.desired_in(self.context, region)?;
            let observed = cloud.observe(&scope).await?;
            let targets = plan.keys().into_iter().map(ToString::to_string).collect();
            let keys = make(&desired, &observed, &Options { targets, ..Options::default() });
            if keys.has_changes() && !plan.keys().is_empty() {
                no_doomed_key(&keys)?;
                let steps = operations(&keys, &desired, &observed);
                let planned = events::planned(&keys);
                (outcome, exit) = self.run(cloud, &keys, &desired, &observed, &steps, &planned).await?;
            }
            if exit == Exit::Done {
                let steps = plan.operations();
                let planned = json!({"type": "planned", "t_ms": 0, "copies": {"region": region, "volumes": plan.copies.len(), "expired": plan.expired}});
                let unchanged = unchanged(&desired, &observed);
                let (copied, ended) = self.run(cloud, &unchanged, &desired, &observed, &steps, &planned).await?;
                (outcome, exit) = (joined(outcome, copied), ended);
            }
        }
        self.tell(&Points::of(&cloud.snapshots(&scope).await?), Some(region));
        Ok((outcome, exit))
    }

    async fn run(
        &self,
        cloud: &Cloud,
        plan: &Plan,
        desired: &Desired,
        observed: &Observed,
        steps: &Operations,
        planned: &Value,
    ) -> Result<(Outcome, Exit), CliError> {
        let (state, shown) = (&self.session.state, self.shown);
        let run = Run { verb: "backup now", plan, desired, observed, cloud, state, shown, preface: Vec::new() };
        let about = Map::from_iter([("run".to_owned(), json!(self.plan.run.to_string()))]);
        let ended = run.carry_out_steps(self.context, steps, planned, about).await?;
        ended.tell_of_ledger(self.context.printer);
        let exit = ended.exit(plan);
        Ok((ended.outcome, exit))
    }

    /// Says which seats can be restored now: here, or in another region.
    fn tell(&self, points: &Points, region: Option<&str>) {
        let printer = self.context.printer;
        match self.shown {
            Shown::Json => print_event(printer, &standings(self.plan, points, region)),
            Shown::Text => {
                let text = backup_outcome_text(self.plan, points, region, printer.result_width());
                printer.result(&format!("\n{text}"));
            }
        }
    }

    fn conclude(&self, outcome: &Outcome, exit: Exit) {
        conclude(self.context.printer, self.shown, outcome, self.start.elapsed(), exit);
    }
}

/// Two runs of one command, told as one.
pub fn joined(mut one: Outcome, more: Outcome) -> Outcome {
    one.done += more.done;
    one.failed.extend(more.failed);
    one.skipped.extend(more.skipped);
    one.interrupted |= more.interrupted;
    one.made.extend(more.made);
    one
}

/// What became of each seat, for programs.
fn standings(plan: &BackupPlan, points: &Points, region: Option<&str>) -> Value {
    let seats: Vec<Value> = plan
        .seats
        .iter()
        .filter(|one| region.is_none_or(|region| one.is_copied_to(region)))
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
    let what = if region.is_some() { "copied" } else { "backed_up" };
    json!({"type": what, "run": plan.run.to_string(), "region": region, "seats": seats})
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
