//! `closedset status`: the seats, and whether all is as written.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use super::arguments;
use super::backup::moment;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::inside::look_inside;
use super::session::{Session, connect_elsewhere};
use crate::cloud::Scope;
use crate::plan;
use crate::recovery::ended::Wrapped;
use crate::recovery::promise;
use crate::recovery::{Points, name_of};
use crate::report::status::status;
use crate::report::status_text;
use crate::resource::{Desired, Snapshot};

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
    let snapshots = async { if kept_safe { Some(session.cloud.snapshots(&scope).await) } else { None } };
    let drill = async {
        let production = name_of(session.read.blueprint.production.alias.as_str());
        if kept_safe { session.cloud.has_network(&Scope::new(production)).await } else { Ok(false) }
    };
    let (observed, snapshots, drill) = tokio::join!(session.cloud.observe(&scope), snapshots, drill);
    let mut observed = observed?;
    let desired = session.settled(context, true, desired, &observed).await?;
    let told = look_inside(context, &session.cloud, &desired, &mut observed).await;
    let plan = plan::make(&desired, &observed, &session.options());
    let mut report = status(&desired, &observed, &plan, told.as_ref().ok());
    report.readiness_unread = told.err().map(|error| error.to_string());
    match snapshots {
        Some(Ok(snapshots)) => report.set_recovery_points(&desired, &Points::of(&snapshots), moment(context)?),
        Some(Err(error)) => report.set_recovery_points_unreadable(&error),
        None => {}
    }
    for (region, snapshots) in copies(context, &desired, &scope).await {
        match snapshots {
            Ok(snapshots) => report.set_copies(&desired, &region, &Points::of(&snapshots), moment(context)?),
            Err(words) => report.warnings.push(format!("the copies in {region} could not be read: {words}")),
        }
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

/// What lies in each region that copies go to, or why that can't be read. All are asked at once.
async fn copies(
    context: &Context<'_>,
    desired: &Desired,
    scope: &Scope,
) -> Vec<(String, Result<Vec<Snapshot>, String>)> {
    let regions: BTreeSet<&String> = desired.backups.values().flat_map(|backup| backup.copies.keys()).collect();
    join_all(regions.into_iter().map(async |region| {
        let snapshots = match connect_elsewhere(context, region).await {
            Ok(cloud) => cloud.snapshots(scope).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.message),
        };
        (region.clone(), snapshots)
    }))
    .await
}
