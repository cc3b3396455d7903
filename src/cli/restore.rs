//! `closedset restore`: what was on the seats is put back from their recovery points.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::apply::no_doomed_key;
use super::arguments::Restore;
use super::backup::{moment, pool};
use super::carry_out::{Ended, Run, Shown, confirm, print_event, tell_of_unknown, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::CliError;
use super::exit::Exit;
use super::gate;
use super::session::{Session, assessed};
use crate::blueprint::Blueprint;
use crate::controls::Ground;
use crate::plan::{self, Plan, operations};
use crate::recovery::{Points, Prediction, Restoration, Selection, Unverified, predict, restoration, verify};
use crate::report::{events, outcome_text, plan_text, restore_text, restored_text};
use crate::resource::{Address, Observed};

/// The version of the JSON restore: raised when a reader would have to change.
const FORMAT_VERSION: u32 = 1;

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
    let selection = selection(&session.read.blueprint, &arguments)?;
    let _lock = if arguments.plan { None } else { Some(session.state.lock("restore")?) };
    if !arguments.plan {
        Box::pin(clean_up(context, &session)).await?;
    }
    let scope = session.scope();
    let (desired, observed, snapshots) =
        tokio::join!(session.desired(context, false), session.cloud.observe(&scope), session.cloud.snapshots(&scope));
    let (desired, observed, points) = (desired?, observed?, Points::of(&snapshots?));
    let mut restoration = restoration(&desired, &observed, &points, &selection, moment(context)?);
    if arguments.to_region.is_some() {
        restoration.with_the_floor(&selection);
    }
    if restoration.seats.is_empty() {
        return Err(nothing_to_restore(&restoration, &selection));
    }
    let plan = planned(context, &session, &restoration, &observed)?;
    let steps = operations(&plan, &restoration.desired, &observed);
    let prediction = predict(&steps, restoration.extent().1);
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let printer = context.printer;
    let width = printer.result_width();
    if shown == Shown::Text {
        printer.result(&plan_text(&plan, width));
        printer.result(&format!("\n{}", restore_text(&restoration, &prediction, width)));
    }
    if arguments.plan {
        if shown == Shown::Json {
            let document = document(&restoration, &prediction, &plan);
            let text = serde_json::to_string_pretty(&document)
                .map_err(|error| CliError::usage(format!("the plan can't be written as JSON: {error}")))?;
            printer.result(&format!("{text}\n"));
        }
        return Ok(Exit::Done);
    }
    gate::pass(&plan, context.today())?;
    no_doomed_key(&plan)?;
    let begun = json!({"type": "planned", "t_ms": 0, "restore": document(&restoration, &prediction, &plan)});
    if !plan.has_changes() && steps.is_empty() {
        return Ok(already(context, &restoration, &observed, &begun, shown));
    }
    confirm(printer, arguments.yes, "Put this back, and lose what was written since?", "--yes")?;
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
    let mut ended = run.carry_out_steps(context, &steps, &begun, Map::new()).await?;
    tell_of_unknown(printer, &plan);
    let mut exit = ended.exit(&plan);
    let took = ended.served.unwrap_or_else(|| ended.start.elapsed());
    let unverified = match (ended.outcome.interrupted, session.cloud.observe(&scope).await) {
        (true, _) => None,
        (false, Ok(after)) => Some(verify(&restoration.seats, &after)),
        (false, Err(error)) => {
            warn(printer, "warning: ", &format!("what was restored could not be looked at: {error}"));
            None
        }
    };
    if unverified.as_ref().is_none_or(|wrong| !wrong.is_empty()) {
        exit = exit.max(Exit::Partial);
    }
    if !restoration.without.is_empty() {
        exit = exit.max(Exit::Partial);
    }
    file(&mut ended, &restoration, &prediction, unverified.as_deref(), took);
    ended.tell_of_ledger(printer);
    match shown {
        Shown::Json => {
            let mut event = measures(&restoration, &prediction, unverified.as_deref(), took);
            event["type"] = json!("restored");
            print_event(printer, &event);
            print_event(printer, &events::summary(&ended.outcome, ended.start.elapsed(), exit.code()));
        }
        Shown::Text => {
            printer.result(&format!("\n{}", outcome_text(&ended.outcome, &[], width)));
            if let Some(region) = &arguments.to_region {
                let words = format!(
                    "The floor is in {region} now: write that region and its zones into the blueprint before the next apply."
                );
                warn(printer, "note: ", &words);
            }
            if let Some(unverified) = &unverified {
                printer.result(&restored_text(&restoration, unverified, took.as_secs_f64(), width));
            }
        }
    }
    Ok(exit)
}

/// A plan like any other, with what the controls say of it.
fn planned(
    context: &Context<'_>,
    session: &Session,
    restoration: &Restoration,
    observed: &Observed,
) -> Result<Plan, CliError> {
    let mut plan = plan::make(&restoration.desired, observed, &restoration.options);
    let ground = Ground {
        blueprint: &session.read.blueprint,
        desired: &restoration.desired,
        observed,
        options: &restoration.options,
        today: context.today(),
        record: Some(session.state.record()),
    };
    assessed(&mut plan, ground)?;
    Ok(plan)
}

/// A restore with its plan, for programs.
pub fn document(restoration: &Restoration, prediction: &Prediction, plan: &Plan) -> Value {
    json!({
        "format_version": FORMAT_VERSION,
        "seats": restoration.seats,
        "without": restoration.without,
        "rpo_s": restoration.lost_s(),
        "predicted_rto_s": prediction.seconds,
        "prediction": prediction,
        "plan": plan,
    })
}

/// What was lost and how long it took, for the ledger and for programs.
pub fn measures(
    restoration: &Restoration,
    prediction: &Prediction,
    unverified: Option<&[Unverified]>,
    took: Duration,
) -> Value {
    json!({
        "seats": restoration.seats.iter().map(|one| (one.seat.to_string(), json!(one.run))).collect::<Map<_, _>>(),
        "rpo_s": restoration.lost_s(),
        "rto_s": took.as_secs_f64().round(),
        "predicted_rto_s": prediction.seconds.round(),
        "verified": unverified.map(<[Unverified]>::is_empty),
        "unverified": unverified,
    })
}

/// Writes the measured RPO and RTO down.
fn file(
    ended: &mut Ended<'_>,
    restoration: &Restoration,
    prediction: &Prediction,
    unverified: Option<&[Unverified]>,
    took: Duration,
) {
    if let Some(journal) = &mut ended.journal {
        journal.note("restored", measures(restoration, prediction, unverified, took));
    }
}

/// Everything came from the recovery point named a moment ago: the run that this one repeats had done all.
fn already(context: &Context<'_>, restoration: &Restoration, observed: &Observed, begun: &Value, shown: Shown) -> Exit {
    let wrong = verify(&restoration.seats, observed);
    let exit = if wrong.is_empty() && restoration.without.is_empty() { Exit::Done } else { Exit::Partial };
    if shown == Shown::Json {
        print_event(context.printer, begun);
        let summary = events::summary(&crate::apply::Outcome::default(), Duration::ZERO, exit.code());
        print_event(context.printer, &summary);
    } else {
        for one in wrong {
            warn(context.printer, "not verified: ", &format!("{}: {}", one.address, one.words));
        }
    }
    exit
}

/// Why there is nothing to be had again.
pub fn nothing_to_restore(restoration: &Restoration, selection: &Selection) -> CliError {
    if restoration.without.is_empty() {
        return CliError::usage("nothing of what was asked for is kept safe")
            .hint("name the pool in a `backup` block, and write backup = true at the volumes that shall be kept safe");
    }
    let by = selection.at.map_or_else(String::new, |at| format!(" by {at}"));
    CliError::usage(format!("no seat that was asked for has a recovery point that is complete{by}"))
        .hint("closedset status shows how old the newest of each seat is")
        .hint("closedset backup now takes one")
}

fn selection(blueprint: &Blueprint, arguments: &Restore) -> Result<Selection, CliError> {
    Ok(Selection {
        pool: pool(blueprint, arguments.pool.as_deref())?,
        seat: arguments.seat.as_deref().map(|text| seat(blueprint, text)).transpose()?,
        at: arguments.at.as_deref().map(at).transpose()?,
    })
}

/// A seat as its address, or `comp[7]`.
///
/// # Errors
/// What names no seat of the blueprint.
pub fn seat(blueprint: &Blueprint, text: &str) -> Result<Address, CliError> {
    let whole = format!("workstation_pool.{}", text.strip_prefix("workstation_pool.").unwrap_or(text));
    let address = Address::new(whole);
    let named = address.slot().filter(|_| address.volume_name().is_none() && address.as_str().ends_with(']'));
    let Some((label, number)) = named else {
        return Err(CliError::usage(format!("`{text}` names no seat"))
            .hint("write a seat as its address: workstation_pool.comp[007], or comp[7]"));
    };
    let known = pool(blueprint, Some(label))?.unwrap_or_default();
    let seats = blueprint.pools.iter().find(|pool| pool.name.as_str() == known).map_or(0, |pool| pool.seats.value);
    if number == 0 || number > seats {
        return Err(CliError::usage(format!("\"{known}\" has {seats} seats, and {number} is not one of them")));
    }
    Ok(Address::seat(&known, number))
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
