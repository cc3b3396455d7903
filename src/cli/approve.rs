//! `closedset approve`: somebody else than its author says yes to exactly this saved plan.

use super::apply::{open_saved, still_fits};
use super::approval;
use super::arguments_of_approval::Approve;
use super::carry_out::confirm;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::gate;
use super::save::{Given, GivenPlan, given};
use super::signing;
use crate::controls::{APPROVED, VERSION};
use crate::plan::{APPROVAL_MARK, APPROVAL_VERSION, Approval, Approved};
use crate::report::plan_text;

/// Runs the verb.
///
/// # Errors
/// What is no saved plan, or one that couldn't be applied; the author's own; a key that can't sign; no yes.
pub async fn run(context: &Context<'_>, arguments: Approve) -> Result<Exit, CliError> {
    let path = &arguments.plan;
    let Given::SavedPlan(GivenPlan { saved, digest }) = given(path)? else {
        return Err(CliError::usage(format!("{} is no saved plan", path.display()))
            .hint("closedset plan --out FILE saves one: what is approved is exactly that"));
    };
    gate::untouched(&saved)?;
    let key = signing::key(&arguments.key)?;
    let (cloud, _) = open_saved(context, &saved).await?;
    let (author, evaluation) = (saved.author.clone(), saved.evaluation.clone());
    let plan = still_fits(path, *saved, &cloud).await?.plan;
    let printer = context.printer;
    if !arguments.json {
        printer.result(&plan_text(&plan, printer.result_width()));
    }
    gate::pass(&plan, context.today())?;
    let catalogue = plan.assessment.get("catalogue").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
    let approval = Approval {
        file: APPROVAL_MARK.to_owned(),
        format_version: APPROVAL_VERSION,
        production: plan.production.clone(),
        account: plan.account.clone(),
        region: plan.region.clone(),
        plan: digest.clone(),
        evaluation,
        catalogue,
        author: author.clone(),
        approver: cloud.caller().await?.arn,
        at: context.time(),
        ticket: arguments.ticket,
    };
    // Who will apply isn't known yet; the author is taken for it.
    let to = Approved { plan: &digest, author: &author, catalogue: VERSION, applier: &author };
    if let [first, ..] = approval.objections(&to).as_slice() {
        return Err(CliError::new(ErrorKind::Refused, format!("refused: {APPROVED}: {first}"))
            .hint(approval::hint(first, &format!("closedset approve {} --key KEYFILE", path.display()))));
    }
    confirm(printer, arguments.yes, "Approve exactly this?", "--yes")?;
    let written = approval::write(path, &approval, &key)?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&approval)
            .map_err(|error| CliError::usage(format!("the approval can't be written as JSON: {error}")))?;
        printer.result(&format!("{text}\n"));
    } else {
        printer.result(&format!(
            "\nApproved by {}: {}\nclosedset apply {} --approvers LIST carries it out.\n",
            approval.approver,
            written.display(),
            path.display()
        ));
    }
    Ok(Exit::Done)
}
