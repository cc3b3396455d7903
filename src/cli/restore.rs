//! `closedset restore`: what was on the seats is put back from their recovery points.

use std::collections::BTreeSet;
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
use super::session::{Session, connect_elsewhere};
use crate::plan::{self, operations};
use crate::recovery::ended::Wrapped;
use crate::recovery::records::Records;
use crate::recovery::{Points, RecoveryPoint, Selection, Standing, restoration, unfinished_since, verify};
use crate::report::restored_text;
use crate::resource::{Observed, list};

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
    let now = moment(context)?;
    let at = arguments.at.as_deref().map(|text| at(text, now)).transpose()?;
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
        let error = nothing_to_restore(&restoration, &selection);
        let Some(region) = &arguments.to_region else { return Err(error) };
        return Err(match restoration.without.is_empty() {
            true => error,
            false => nothing_there(context, &session, region, &selection).await,
        });
    }
    let mut plan = plan::make(&restoration.desired, &observed, &restoration.options);
    plan.warnings.extend(Wrapped::by_marks(&observed).map(|wrapped| {
        format!(
            "this production was wrapped{}: a restore brings its content back, and puts its keys into service again",
            wrapped.when_and_who()
        )
    }));
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

/// Why there is nothing to be had in another region, with the regions where there is. The production's own isn't asked: it
/// may be gone.
async fn nothing_there(context: &Context<'_>, session: &Session, region: &str, selection: &Selection) -> CliError {
    let by = selection.at.map_or_else(String::new, |at| format!(" by {at}"));
    let error =
        CliError::usage(format!("no seat that was asked for has a recovery point in {region} that is complete{by}"));
    let is_meant = |point: &RecoveryPoint| {
        let in_time = selection.at.is_none_or(|at| point.taken <= at);
        selection.takes(&point.seat) && in_time && point.standing() == Standing::Usable
    };
    let (mut have, mut unread) = (Vec::new(), Vec::new());
    let named = Records::of(&session.state.entries()).regions;
    let others: BTreeSet<&String> = session.copies_to.iter().chain(&named).collect();
    for other in others.into_iter().filter(|other| *other != region && **other != session.home) {
        let snapshots = match connect_elsewhere(context, other).await {
            Ok(cloud) => cloud.snapshots(&session.scope()).await.map_err(CliError::from),
            Err(error) => Err(error),
        };
        match snapshots {
            Ok(snapshots) if Points::of(&snapshots).all().any(is_meant) => have.push(other.as_str()),
            Ok(_) => {}
            Err(error) => unread.push(format!("{other} couldn't be asked: {}", error.message)),
        }
    }
    let error = match have.as_slice() {
        [] => error.hint("no other region that this production names has copies that are complete"),
        have => error.hint(format!("complete copies are in {}: --to-region takes that", list(have))),
    };
    let error = match session.copies_to.contains(region) {
        true => error.hint("closedset backup now copies there what it takes, and finishes copies that are missing"),
        false => error.hint(format!(
            "write a `copy` block with region = \"{region}\" into a `backup` block: from then on closedset backup now copies there"
        )),
    };
    unread.into_iter().fold(error, CliError::hint)
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
    // Where only what an earlier run left was deleted, nothing came back that could be measured.
    let is_measured = !put_back.prediction().terms.is_empty() || !before.is_zero();
    let measures = put_back.measures(unverified.as_deref(), took);
    if is_measured && let Some(journal) = &mut ended.journal {
        journal.note("restored", measures.clone());
    }
    ended.tell_of_ledger(printer);
    if is_measured && shown == Shown::Json {
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
        if let Some(unverified) = unverified.as_ref().filter(|_| is_measured) {
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

/// A moment, or a day that is meant with its end; by the clock of the cloud none that is still to come.
fn at(text: &str, now: Timestamp) -> Result<Timestamp, CliError> {
    let is_to_come = || {
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        CliError::usage(format!("`{text}` is still to come: it is {now}"))
            .hint("leave --at out to restore the newest recovery points")
    };
    if let Ok(moment) = text.parse::<Timestamp>() {
        return if moment > now { Err(is_to_come()) } else { Ok(moment) };
    }
    if text.parse::<Date>().is_ok_and(|day| day > now.to_zoned(TimeZone::UTC).date()) {
        return Err(is_to_come());
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
        let now = "2027-02-03T19:00:00.25Z".parse().unwrap();
        let read = |text: &str| at(text, now).map(|moment| moment.to_string()).map_err(|error| error.message);
        assert_eq!(read("2027-02-03T18:00:00+01:00").as_deref(), Ok("2027-02-03T17:00:00Z"));
        assert_eq!(read("2027-02-03").as_deref(), Ok("2027-02-03T23:59:59.999999999Z"), "as much of today as there is");
        assert_eq!(read("2027-02-03T18:00Z").as_deref(), Ok("2027-02-03T18:00:00Z"));
        assert_eq!(read("yesterday").unwrap_err(), "`yesterday` is no time");
        for later in ["2027-02-03T19:00:01Z", "2027-02-04"] {
            assert_eq!(read(later).unwrap_err(), format!("`{later}` is still to come: it is 2027-02-03T19:00:00Z"));
        }
    }
}
