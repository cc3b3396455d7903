//! `closedset controls`: the catalogue, one control, and how a production stands.

use serde_json::json;

use super::ages::{ages_of, kept};
use super::arguments::{ControlsCheck, ControlsList, ControlsVerb};
use super::backup::moment;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::inside::look_inside;
use super::policies;
use super::session::{Session, offline};
use crate::blueprint::model::Severity;
use crate::controls::{self, Assessment, Control, Finding, Profile, Record, Ruling, Status, Verdict};
use crate::plan::{self, Options, Plan};
use crate::report::controls_text::{self, Checked};

/// Runs the verb.
///
/// # Errors
/// A control or profile that there isn't; a blueprint with errors; no way to the cloud.
pub async fn run(context: &Context<'_>, verb: ControlsVerb) -> Result<Exit, CliError> {
    let width = context.printer.result_width();
    match verb {
        ControlsVerb::List(arguments) => list(context, &arguments),
        ControlsVerb::Explain(arguments) => {
            let control = controls::control(&arguments.id)
                .map_err(|help| CliError::usage(format!("there is no control {}", arguments.id)).hint(help))?;
            let text = match arguments.json {
                true => pretty(&json!({ "catalogue": controls::VERSION, "control": control }))?,
                false => controls_text::explain(control, width),
            };
            context.printer.result(&text);
            Ok(Exit::Done)
        }
        ControlsVerb::Check(arguments) => check(context, &arguments).await,
    }
}

fn list(context: &Context<'_>, arguments: &ControlsList) -> Result<Exit, CliError> {
    let profile = match &arguments.of {
        Some(name) => Some(
            controls::profile(name)
                .map_err(|help| CliError::usage(format!("there is no profile {name}")).hint(help))?,
        ),
        None => None,
    };
    let chosen: Vec<&Control> =
        controls::all().iter().filter(|control| profile.is_none_or(|profile| profile.holds(control))).collect();
    let text = if arguments.json {
        let document = json!({ "catalogue": controls::VERSION, "profile": profile, "controls": chosen });
        pretty(&document)?
    } else {
        controls_text::list(&chosen, profile, context.printer.result_width())
    };
    context.printer.result(&text);
    Ok(Exit::Done)
}

async fn check(context: &Context<'_>, arguments: &ControlsCheck) -> Result<Exit, CliError> {
    let policies = policies::read(arguments.policies.as_deref())?;
    let (mut checked, plan) =
        if arguments.live { live(context, arguments).await? } else { planned(context, arguments)? };
    checked.rules = policies::evaluate(policies.as_ref(), &plan)?;
    let text = if arguments.json {
        pretty(&serde_json::to_value(&checked).map_err(|error| unwritable(&error))?)?
    } else {
        controls_text::check(&checked, context.printer.result_width())
    };
    context.printer.result(&text);
    policies::tell(context, &checked.rules, true);
    let denied = checked.rules.iter().any(|one| one.ruling == Ruling::Deny);
    // What is live answers for itself, whoever asked for it: the account's switches and strays count too.
    let weighs = |(verdict, _): &(&Verdict, &Finding)| verdict.severity >= Severity::High;
    let failing = arguments.live && checked.posture.findings(Status::Fail).iter().any(weighs);
    Ok(if checked.refusals.is_empty() && !denied && !failing { Exit::Done } else { Exit::Refused })
}

/// What the blueprint would lead to, as if nothing were there yet.
fn planned(context: &Context<'_>, arguments: &ControlsCheck) -> Result<(Checked, Plan), CliError> {
    let read = context.read(&arguments.blueprint.path)?;
    let planned = offline(context, &read, &Options::default())?;
    let assessment = Assessment::of(&planned.plan).map_err(|error| unwritable(&error))?;
    let assessment = assessment.ok_or_else(|| CliError::usage("the plan was not assessed"))?;
    let profile = Profile::of(read.blueprint.production.controls.value);
    let account = read.blueprint.production.account.as_ref().map(|account| account.as_str().to_owned());
    Ok((Checked::new(&planned.desired, account, profile, assessment.after), planned.plan))
}

async fn live(context: &Context<'_>, arguments: &ControlsCheck) -> Result<(Checked, Plan), CliError> {
    let session = Session::open(context, &arguments.blueprint.path).await?;
    let desired = session.desired(context, true).await?;
    let scope = session.scope();
    let kept = kept(context, &session.cloud, &desired, &scope, None);
    let (observed, kept) = tokio::join!(session.cloud.observe(&scope), kept);
    let mut observed = observed?;
    let desired = session.settled(context, true, desired, &observed).await?;
    look_inside(context, &session.cloud, &desired, &mut observed).await.ok();
    let plan = plan::make(&desired, &observed, &session.options());
    let recovery = Some(ages_of(kept.as_ref(), &desired, &observed, moment(context)?));
    let record = Record { recovery, ..session.state.record(&context.time()) };
    let blueprint = &session.read.blueprint;
    let posture = controls::examine_live(blueprint, &desired, &observed, &plan, record, context.today());
    let profile = Profile::of(blueprint.production.controls.value);
    Ok((Checked::new(&desired, Some(observed.account.clone()), profile, posture), plan))
}

fn pretty(document: &serde_json::Value) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(document).map_err(|error| unwritable(&error))?;
    Ok(format!("{text}\n"))
}

fn unwritable(error: &serde_json::Error) -> CliError {
    CliError::usage(format!("the assessment can't be written as JSON: {error}"))
}
