//! `closedset plan`: what would change, and why.

use super::approval::asks_for_approval;
use super::arguments;
use super::carry_out::{unknown, warn};
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::gate::evaluation;
use super::policies;
use super::save::save;
use super::session::{Planned, Session, offline};
use crate::plan::{Options, Plan, SavedPlan};
use crate::report::{plan_text, words};

/// Runs the verb.
///
/// # Errors
/// A blueprint with errors, no way to the cloud, a file that can't be written.
pub async fn run(context: &Context<'_>, arguments: arguments::Plan) -> Result<Exit, CliError> {
    let options = Options::from(arguments.options);
    let policies = policies::read(arguments.policies.as_deref())?;
    let Planned { desired, observed, plan } = if arguments.offline {
        let read = context.read(&arguments.blueprint.path)?;
        warn(context.printer, "note: ", "Planned offline, without asking the cloud: as if nothing were there yet.");
        offline(context, &read, &options)?
    } else {
        let session = Session::open(context, &arguments.blueprint.path).await?;
        session.plan(context, &options).await?
    };
    let said = policies::evaluate(policies.as_ref(), &plan)?;
    show(context, &plan, arguments.json)?;
    policies::tell(context, &said, true);
    if let Some(path) = &arguments.out {
        let evaluation = evaluation(&plan, &desired)?;
        let saved = SavedPlan::new(plan.clone(), desired, &observed, &options);
        save(path, &SavedPlan { evaluation, ..saved })?;
        let file = path.display();
        let text = if asks_for_approval(context, &plan)? {
            format!(
                "Saved to {file}. Its profile asks that somebody else approves it: closedset approve {file} --key KEYFILE; \
                 then closedset apply {file} --approvers LIST carries it out."
            )
        } else {
            format!("Saved to {file}: closedset apply {file} carries it out.")
        };
        warn(context.printer, "", &text);
    }
    if !arguments.detailed_exitcode {
        return Ok(Exit::Done);
    }
    // What isn't known is never taken for fine.
    match unknown(&plan) {
        0 if plan.has_changes() => Ok(Exit::Changes),
        0 => Ok(Exit::Done),
        unknown => Err(CliError::new(
            ErrorKind::Unreadable,
            format!(
                "{} could not be read, so the plan is incomplete",
                words::count(unknown, ("resource", "resources"))
            ),
        )),
    }
}

/// Prints a plan: as text, or as the JSON document.
///
/// # Errors
/// None that a plan could cause.
pub fn show(context: &Context<'_>, plan: &Plan, json: bool) -> Result<(), CliError> {
    let text = if json {
        let mut text = serde_json::to_string_pretty(plan)
            .map_err(|error| CliError::usage(format!("the plan can't be written as JSON: {error}")))?;
        text.push('\n');
        text
    } else {
        plan_text(plan, context.printer.result_width())
    };
    context.printer.result(&text);
    Ok(())
}
