//! `closedset apply`: carries out what a plan shows.

use std::path::Path;

use serde_json::json;

use super::approval::{self, PlanFile};
use super::arguments;
use super::carry_out::{Run, Shown, conclude_nothing, confirm, print_event, tell_of_unknown, unknown, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::CliError;
use super::exit::Exit;
use super::gate::{self, Again, Found};
use super::policies;
use super::readiness;
use super::save::{Given, GivenPlan, given};
use super::session::{Planned, Session, connect};
use super::state::{CHECKED_AGAIN, State};
use crate::apply::{self, Awaited, Outcome};
use crate::blueprint::Blueprint;
use crate::cloud::{Cloud, Scope};
use crate::controls::Policies;
use crate::plan::{Action, CutOff, Options, Plan, SavedPlan, operations};
use crate::report::readiness_text::awaited_text;
use crate::report::status::{SeatStatus, status};
use crate::report::{controls_text, events, outcome_text, plan_text};
use crate::resource::{Kind, Observed};

/// How a plan is to be carried out.
struct Terms<'a> {
    shown: Shown,
    /// Without asking.
    yes: bool,
    policies: Option<&'a Policies>,
    /// The saved plan, where it is one.
    file: Option<PlanFile<'a>>,
}

/// Runs the verb.
///
/// # Errors
/// Whatever ends it before anything was changed.
pub async fn run(context: &Context<'_>, arguments: arguments::Apply) -> Result<Exit, CliError> {
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let policies = policies::read(arguments.policies.as_deref())?;
    let mut terms = Terms { shown, yes: arguments.yes, policies: policies.as_ref(), file: None };
    match given(&arguments.what)? {
        Given::Blueprint => {
            let session = Session::open(context, &arguments.what).await?;
            // From here to the end nobody else changes what the plan is made from.
            let _lock = session.state.lock("apply")?;
            Box::pin(clean_up(context, &session)).await?;
            let planned = session.plan(context, &Options::from(arguments.options)).await?;
            let blueprint = Some(&session.read.blueprint);
            carry_out(context, &session.cloud, &session.state, &planned, blueprint, &terms).await
        }
        Given::SavedPlan(GivenPlan { saved, digest }) => {
            let set = &arguments.options;
            if !set.targets.is_empty()
                || set.account_switches
                || set.deep
                || !context.global.vars.is_empty()
                || !context.global.var_files.is_empty()
            {
                return Err(CliError::usage(
                    "a saved plan is carried out as it is: it takes no targets, switches or values",
                )
                .hint("give them to closedset plan --out FILE"));
            }
            gate::untouched(&saved)?;
            let (cloud, state) = open_saved(context, &saved).await?;
            let _lock = state.lock("apply")?;
            let (path, approvers) = (&arguments.what, arguments.approvers.as_deref());
            terms.file = Some(PlanFile { path, digest, author: saved.author.clone(), approvers });
            let planned = still_fits(path, *saved, &cloud).await?;
            gate::recoverable(context, &cloud, &planned).await?;
            carry_out(context, &cloud, &state, &planned, None, &terms).await
        }
    }
}

/// Connects to the account that a saved plan was made in.
///
/// # Errors
/// No way to the cloud; another account.
pub async fn open_saved(context: &Context<'_>, saved: &SavedPlan) -> Result<(Cloud, State), CliError> {
    let plan = &saved.plan;
    let cloud = connect(context, &plan.region).await?;
    cloud.keep_time(context.clock()?);
    let caller = cloud.caller().await?;
    if caller.account != plan.account {
        let error = CliError::other_account(&plan.account, &caller.account, &caller.arn);
        return Err(error.hint("use the credentials of the account that the plan was made in"));
    }
    let state = State::of(&context.global, &caller.account, &plan.production)?;
    Ok((cloud, state))
}

/// Observes again, and refuses a plan that was made from something else.
///
/// # Errors
/// The refusal; a cloud that doesn't answer.
pub async fn still_fits(path: &Path, saved: SavedPlan, cloud: &Cloud) -> Result<Planned, CliError> {
    let observed = cloud.observe(&Scope { deep: saved.deep, ..Scope::of(&saved.desired) }).await?;
    let differences = saved.stale(&observed);
    if !differences.is_empty() {
        return Err(CliError::stale(path, &differences));
    }
    Ok(Planned { desired: saved.desired, observed, plan: saved.plan })
}

async fn carry_out(
    context: &Context<'_>,
    cloud: &Cloud,
    state: &State,
    planned: &Planned,
    blueprint: Option<&Blueprint>,
    terms: &Terms<'_>,
) -> Result<Exit, CliError> {
    let Planned { desired, observed, plan } = planned;
    let Terms { shown, yes, policies, file } = terms;
    let (shown, yes, policies) = (*shown, *yes, *policies);
    let printer = context.printer;
    let said = policies::evaluate(policies, plan)?;
    if shown == Shown::Text {
        printer.result(&plan_text(plan, printer.result_width()));
    }
    policies::tell(context, &said, false);
    if let Some(why) = printer.lost() {
        return Err(CliError::usage(format!("cannot write the plan, so nothing was changed: {why}")));
    }
    gate::pass(plan, context.today())?;
    policies::pass(&said)?;
    no_doomed_key(plan)?;
    // Seats that an interrupted run left on their way up need no change, but steps that see to them.
    if !plan.has_changes() && plan.forecast.operations == 0 {
        let exit = if unknown(plan) > 0 { Exit::Partial } else { Exit::Done };
        return Ok(conclude_nothing(printer, shown, &events::planned(plan), exit));
    }
    let approval = match plan.has_changes() {
        true => approval::pass(context, plan, file.as_ref(), &observed.caller)?,
        false => None,
    };
    confirm(printer, yes, "Apply these changes?", "--yes")?;
    let more = approval.map(|approval| ("approval".to_owned(), json!(approval)));
    let steps = operations(plan, desired, observed);
    let run = Run { verb: "apply", plan, desired, observed, cloud, state, shown, preface: Vec::new() };
    sign(context, observed, cloud).await;
    let before = readiness::told_before(cloud, plan).await;
    let planned_event = events::planned(plan);
    let mut ended = run.carry_out_steps(context, &steps, &planned_event, more.into_iter().collect()).await?;
    let awaited = readiness::await_ready(context, cloud, planned, &mut ended, &before, shown).await?;
    tell_of_unknown(printer, plan);
    let exit = match ended.exit(plan) {
        _ if awaited.interrupted => Exit::Interrupted,
        Exit::Done if awaited.has_unready() => Exit::Partial,
        // What a restore left half done, only a restore ends.
        Exit::Done if CutOff::of(&plan.changes).is_some() => Exit::Partial,
        exit => exit,
    };
    let again = match ended.outcome.interrupted {
        true => None,
        false => look_again(context, cloud, state, planned, blueprint).await,
    };
    if let Some(again) = &again {
        if let Some(journal) = &mut ended.journal {
            journal.note(CHECKED_AGAIN, again.found.words());
        }
        sign(context, &again.observed, cloud).await;
    }
    ended.tell_of_ledger(printer);
    let found = again.as_ref().map(|again| &again.found);
    match shown {
        Shown::Json => {
            let at = ended.start.elapsed();
            match found {
                Some(Found::Posture(posture)) => print_event(printer, &events::assessed(posture, at)),
                Some(Found::Differing(differing)) => print_event(printer, &events::compared(differing, at)),
                None => {}
            }
            print_event(printer, &events::summary(&ended.outcome, ended.start.elapsed(), exit.code()));
        }
        Shown::Text => {
            let launched =
                again.as_ref().map(|again| launched(planned, &ended.outcome, &awaited, again)).unwrap_or_default();
            let width = printer.result_width();
            printer.result(&format!("\n{}", outcome_text(&ended.outcome, &launched, width)));
            printer.result(&awaited_text(&awaited, width));
            match found {
                Some(Found::Posture(posture)) => printer.result(&controls_text::again(posture, width)),
                Some(Found::Differing(differing)) => printer.result(&controls_text::as_assessed(differing, width)),
                None => {}
            }
        }
    }
    Ok(exit)
}

/// Keys know who last applied: before anything else, for a run that is cut off has applied too, and afterwards, for keys
/// that it made.
async fn sign(context: &Context<'_>, observed: &Observed, cloud: &Cloud) {
    if let Err(error) = apply::sign_keys(observed, cloud).await {
        warn(context.printer, "warning: ", &format!("the keys don't say who applied: {error}"));
    }
}

/// A key whose deletion was scheduled was meant to end: whoever wants it back says so by a hand of their own.
///
/// # Errors
/// Where the plan would cancel a key's deletion.
pub fn no_doomed_key(plan: &Plan) -> Result<(), CliError> {
    let doomed = plan.changes.iter().find(|change| {
        change.kind == Kind::KmsKey
            && change.action == Action::Update
            && change.fields.iter().any(|field| field.path == "state" && field.before == "pending_deletion")
    });
    let Some(key) = doomed else { return Ok(()) };
    let id = key.id.as_deref().unwrap_or_default();
    Err(CliError::usage(format!("the deletion of {} is scheduled, and this would cancel it", key.address))
        .hint(format!("if that is what you want: aws kms cancel-key-deletion --key-id {id}; then apply again")))
}

/// A look that fails costs what it would have said, and no more.
async fn look_again(
    context: &Context<'_>,
    cloud: &Cloud,
    state: &State,
    planned: &Planned,
    blueprint: Option<&Blueprint>,
) -> Option<Again> {
    match gate::look_again(context, cloud, state, planned, blueprint).await {
        Ok(again) => Some(again),
        Err(error) => {
            warn(context.printer, "warning: ", &format!("the live state could not be looked at again: {error}"));
            None
        }
    }
}

/// The seats that this run brought up, as they are now.
fn launched(planned: &Planned, outcome: &Outcome, awaited: &Awaited, again: &Again) -> Vec<SeatStatus> {
    let is_new = |seat: &SeatStatus| outcome.made.contains_key(&seat.address);
    let told = awaited.unreadable.is_none().then_some(&awaited.told);
    status(&planned.desired, &again.observed, &planned.plan, told).seats.into_iter().filter(is_new).collect()
}
