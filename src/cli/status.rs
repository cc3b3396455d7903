//! `closedset status`: the seats, and whether all is as written.

use super::ages::{Kept, ages_of, kept};
use super::arguments;
use super::backup::moment;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::inside::look_inside;
use super::session::Session;
use crate::cloud::Scope;
use crate::plan;
use crate::recovery::ended::Wrapped;
use crate::recovery::name_of;
use crate::recovery::promise;
use crate::report::status::status;
use crate::report::status_text;

/// What is said of a drill's copy that is there.
const DRILL: &str = "a copy of the floor is there for a drill, which is under way or was cut off, and costs what it costs: the \
                     next apply, backup, restore, drill or wrap removes what is left of it";

/// Runs the verb.
///
/// # Errors
/// A blueprint with errors, no way to the cloud.
pub async fn run(context: &Context<'_>, arguments: arguments::Status) -> Result<Exit, CliError> {
    let session = Session::open(context, &arguments.blueprint.path).await?;
    let desired = session.desired(context, true).await?;
    let scope = session.scope();
    let kept_safe = desired.backups.values().any(|backup| !backup.pools.is_empty());
    let drill = async {
        let production = name_of(session.read.blueprint.production.alias.as_str());
        if kept_safe { session.cloud.has_network(&Scope::new(production)).await } else { Ok(false) }
    };
    let kept = kept(context, &session.cloud, &desired, &scope, None);
    let (observed, kept, drill) = tokio::join!(session.cloud.observe(&scope), kept, drill);
    let mut observed = observed?;
    let desired = session.settled(context, true, desired, &observed).await?;
    let told = look_inside(context, &session.cloud, &desired, &mut observed).await;
    let plan = plan::make(&desired, &observed, &session.options());
    let mut report = status(&desired, &observed, &plan, told.as_ref().ok());
    report.readiness_unread = told.err().map(|error| error.to_string());
    report.set_recovery_ages(&ages_of(kept.as_ref(), &desired, &observed, moment(context)?));
    if let Some(error) = kept.as_ref().and_then(Kept::unread_here) {
        report.set_recovery_points_unreadable(error);
    }
    if report.wrapped.is_none() {
        report.wrapped = Wrapped::by_ledger(&session.state.entries(), &observed);
    }
    match drill {
        Ok(true) => report.warnings.push(DRILL.to_owned()),
        Ok(false) => {}
        Err(error) => report.warnings.push(format!("whether a drill left anything behind could not be read: {error}")),
    }
    report.warnings.extend(promise::warnings(&session.read.blueprint, &observed, context.today()));
    let text = if arguments.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| CliError::usage(format!("the status can't be written as JSON: {error}")))?;
        format!("{text}\n")
    } else {
        status_text(&report, context.printer.result_width())
    };
    context.printer.result(&text);
    Ok(Exit::Done)
}
