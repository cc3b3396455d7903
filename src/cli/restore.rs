//! `closedset restore`: what was on the seats is put back from their recovery points.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::apply::no_doomed_key;
use super::arguments::Restore;
use super::backup::moment;
use super::carry_out::{Ended, Run, Shown, conclude, conclude_nothing, confirm, print_event, tell_of_unknown, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::CliError;
use super::exit::Exit;
use super::gate;
use super::put_back::{PutBack, nothing_to_restore, selection};
use super::session::Session;
use crate::plan::{self, operations};
use crate::recovery::{Points, restoration, unfinished_since, verify};
use crate::report::restored_text;
use crate::resource::Observed;

/// Runs the verb.
///
/// # Errors
/// Whatever ends it before anything was changed.
pub async fn run(context: &Context<'_>, arguments: Restore) -> Result<Exit, CliError> {
    let path = &arguments.blueprint.path;
    let session = match &arguments.to_region {
        Some(region) => Session::open_in(context, path, region).await?,
        None => Session::open(context, path).await?,
    };
    let at = arguments.at.as_deref().map(at).transpose()?;
    let selection = selection(&session.read.blueprint, &arguments.extent, at)?;
    let _lock = if arguments.extent.plan { None } else { Some(session.state.lock("restore")?) };
    if !arguments.extent.plan {
        Box::pin(clean_up(context, &session)).await?;
    }
    let scope = session.scope();
    let (desired, observed, snapshots) =
        tokio::join!(session.desired(context, false), session.cloud.observe(&scope), session.cloud.snapshots(&scope));
    let (desired, observed, points) = (desired?, observed?, Points::of(&snapshots?));
    let desired = session.settled(context, false, desired, &observed).await?;
    let mut restoration = restoration(&desired, &observed, &points, &selection, moment(context)?);
    if arguments.to_region.is_some() {
        restoration.with_the_floor(&selection);
    }
    if restoration.seats.is_empty() {
        return Err(nothing_to_restore(&restoration, &selection));
    }
    let mut plan = plan::make(&restoration.desired, &observed, &restoration.options);
    let record = session.state.record(&context.time());
    session.assess(context, &mut plan, &restoration.desired, &observed, &restoration.options, record)?;
    let steps = operations(&plan, &restoration.desired, &observed);
    let shown = if arguments.extent.json { Shown::Json } else { Shown::Text };
    let put_back = PutBack { restoration: &restoration, plan: &plan, steps: &steps, shown };
    if put_back.is_done() && shown == Shown::Text {
        context.printer.result(ALREADY);
    } else {
        put_back.show(context);
    }
    if arguments.extent.plan {
        return put_back.conclude_plan(context);
    }
    gate::pass(&plan, context.today())?;
    no_doomed_key(&plan)?;
    let begun = json!({"type": "planned", "t_ms": 0, "restore": put_back.document()});
    if put_back.is_done() {
        return Ok(already(context, &session, put_back, &observed, &begun));
    }
    confirm(context.printer, arguments.extent.yes, "Put this back, and lose what was written since?", "--yes")?;
    let run = Run {
        verb: "restore",
        plan: &plan,
        desired: &restoration.desired,
        observed: &observed,
        cloud: &session.cloud,
        state: &session.state,
        shown,
        preface: Vec::new(),
    };
    carry_out(context, &session, put_back, &run, &begun, arguments.to_region.as_deref()).await
}

/// What people read instead of a plan.
const ALREADY: &str = "Nothing is put back: within the last hour every volume was made of the recovery point that it would \
                       be made of now.\nTo lose what was written since, run this again once that hour is over, or \
                       name an earlier recovery point with --at.\n";

/// Puts it back, looks at what came of it, and writes the measures down.
async fn carry_out(
    context: &Context<'_>,
    session: &Session,
    put_back: PutBack<'_>,
    run: &Run<'_>,
    begun: &Value,
    to_region: Option<&str>,
) -> Result<Exit, CliError> {
    let PutBack { restoration, plan, shown, .. } = put_back;
    let printer = context.printer;
    let before = unfinished_for(context, session);
    let mut ended = run.carry_out_steps(context, put_back.steps, begun, Map::new()).await?;
    tell_of_unknown(printer, plan);
    let mut exit = ended.exit(plan);
    if ended.outcome.interrupted {
        // Nothing was measured: the next run goes on.
        ended.tell_of_ledger(printer);
        conclude(printer, shown, &ended.outcome, ended.start.elapsed(), exit);
        return Ok(exit);
    }
    // From the first run on, where earlier ones were cut off.
    let took = before + ended.served.unwrap_or_else(|| ended.start.elapsed());
    let unverified = match session.cloud.observe(&session.scope()).await {
        Ok(after) => Some(verify(&restoration.seats, &after)),
        Err(error) => {
            warn(printer, "warning: ", &format!("what was restored could not be looked at: {error}"));
            None
        }
    };
    if unverified.as_ref().is_none_or(|wrong| !wrong.is_empty()) || !restoration.without.is_empty() {
        exit = exit.max(Exit::Partial);
    }
    let measures = put_back.measures(unverified.as_deref(), took);
    if let Some(journal) = &mut ended.journal {
        journal.note("restored", measures.clone());
    }
    ended.tell_of_ledger(printer);
    if shown == Shown::Json {
        let mut event = measures;
        event["type"] = json!("restored");
        print_event(printer, &event);
    }
    conclude(printer, shown, &ended.outcome, ended.start.elapsed(), exit);
    if shown == Shown::Text {
        if let Some(region) = to_region {
            let words = format!(
                "The floor is in {region} now: write that region and its zones into the blueprint before the next apply."
            );
            warn(printer, "note: ", &words);
        }
        if let Some(unverified) = &unverified {
            printer.result(&restored_text(restoration, unverified, took.as_secs_f64(), printer.result_width()));
        }
    }
    Ok(exit)
}

/// How long a restore that was cut off has been under way.
fn unfinished_for(context: &Context<'_>, session: &Session) -> Duration {
    let now = moment(context).ok();
    let since = now.and_then(|now| Some((now, unfinished_since(&session.state.entries(), now)?)));
    since.and_then(|(now, since)| Duration::try_from(now.duration_since(since)).ok()).unwrap_or_default()
}

/// Everything came from the recovery point named a moment ago: the runs that this one repeats had done all. One that was cut
/// off before it could say so is concluded.
fn already(
    context: &Context<'_>,
    session: &Session,
    put_back: PutBack<'_>,
    observed: &Observed,
    begun: &Value,
) -> Exit {
    let wrong = verify(&put_back.restoration.seats, observed);
    let whole = wrong.is_empty() && put_back.restoration.without.is_empty();
    for one in &wrong {
        warn(context.printer, "not verified: ", &format!("{}: {}", one.address, one.words));
    }
    let took = unfinished_for(context, session);
    if !took.is_zero() {
        let mut ended = Ended::without_run(context, &session.state);
        if let Some(journal) = &mut ended.journal {
            journal.note("restored", put_back.measures(Some(&wrong), took));
        }
        ended.tell_of_ledger(context.printer);
        if put_back.shown == Shown::Text {
            let width = context.printer.result_width();
            context.printer.result(&restored_text(put_back.restoration, &wrong, took.as_secs_f64(), width));
        }
    }
    conclude_nothing(context.printer, put_back.shown, begun, if whole { Exit::Done } else { Exit::Partial })
}

/// A moment, or a day that is meant with its end.
fn at(text: &str) -> Result<Timestamp, CliError> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let end = text.parse::<Date>().ok().and_then(|day| {
        day.to_datetime(time(23, 59, 59, 999_999_999)).to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    });
    end.ok_or_else(|| {
        CliError::usage(format!("`{text}` is no time"))
            .hint("write it as 2027-02-03T18:00:00Z, or as a day: 2027-02-03")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_moment_or_a_day_with_its_end() {
        assert_eq!(at("2027-02-03T18:00:00+01:00").unwrap().to_string(), "2027-02-03T17:00:00Z");
        assert_eq!(at("2027-02-03").unwrap().to_string(), "2027-02-03T23:59:59.999999999Z");
        assert_eq!(at("2027-02-03T18:00Z").unwrap().to_string(), "2027-02-03T18:00:00Z");
        let error = at("yesterday").unwrap_err();
        assert_eq!(error.message, "`yesterday` is no time");
    }
}
