//! What `restore` and `drill` have in common: which seats are meant, and a restoration that is shown before it is carried
//! out and measured after.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::arguments::Extent;
use super::backup::pool;
use super::carry_out::Shown;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::blueprint::Blueprint;
use crate::plan::{Operations, Plan};
use crate::recovery::{Prediction, Restoration, Selection, Unverified, predict};
use crate::report::{plan_text, restore_text, words};
use crate::resource::{Address, Kind};

/// The version of the JSON restore: raised when a reader would have to change.
const FORMAT_VERSION: u32 = 1;

/// The seats that the command line names.
///
/// # Errors
/// A pool or a seat that the blueprint doesn't have.
pub fn selection(blueprint: &Blueprint, extent: &Extent, at: Option<Timestamp>) -> Result<Selection, CliError> {
    Ok(Selection {
        pool: pool(blueprint, extent.pool.as_deref())?,
        seat: extent.seat.as_deref().map(|text| seat(blueprint, text)).transpose()?,
        at,
    })
}

/// A seat as its address, or `comp[7]`.
fn seat(blueprint: &Blueprint, text: &str) -> Result<Address, CliError> {
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
        return Err(CliError::usage(format!(
            "\"{known}\" has {}, and {number} is not one of them",
            words::count_of(usize::try_from(seats).unwrap_or(usize::MAX), Kind::Seat)
        )));
    }
    Ok(Address::seat(&known, number))
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

/// A restoration with its plan.
#[derive(Debug, Clone, Copy)]
pub struct PutBack<'a> {
    pub restoration: &'a Restoration,
    pub plan: &'a Plan,
    pub steps: &'a Operations,
    pub shown: Shown,
}

impl PutBack<'_> {
    /// Whether all of it was done by a run that this one repeats.
    pub fn is_done(&self) -> bool {
        !self.plan.has_changes() && self.steps.is_empty()
    }

    /// How long it will take.
    pub fn prediction(&self) -> Prediction {
        predict(self.steps, self.restoration.extent().1)
    }

    /// Shows people what is about to be put back.
    pub fn show(&self, context: &Context<'_>) {
        let (printer, width) = (context.printer, context.printer.result_width());
        if self.shown == Shown::Text {
            printer.result(&plan_text(self.plan, width));
            printer.result(&format!("\n{}", restore_text(self.restoration, &self.prediction(), width)));
        }
    }

    /// Ends where only the plan was asked for.
    ///
    /// # Errors
    /// None that a plan could cause.
    pub fn conclude_plan(&self, context: &Context<'_>) -> Result<Exit, CliError> {
        if self.shown == Shown::Json {
            let text = serde_json::to_string_pretty(&self.document())
                .map_err(|error| CliError::usage(format!("the plan can't be written as JSON: {error}")))?;
            context.printer.result(&format!("{text}\n"));
        }
        Ok(Exit::Done)
    }

    /// A restore with its plan, for programs.
    pub fn document(&self) -> Value {
        let (restoration, prediction) = (self.restoration, self.prediction());
        json!({
            "format_version": FORMAT_VERSION,
            "seats": restoration.seats,
            "without": restoration.without,
            "rpo_s": restoration.lost_s(),
            "predicted_rto_s": prediction.seconds,
            "prediction": prediction,
            "plan": self.plan,
        })
    }

    /// What was lost and how long it took, for the ledger and for programs.
    pub fn measures(&self, unverified: Option<&[Unverified]>, took: Duration) -> Value {
        let restoration = self.restoration;
        json!({
            "seats": restoration.seats.iter().map(|one| (one.seat.to_string(), json!(one.run))).collect::<Map<_, _>>(),
            "rpo_s": restoration.lost_s(),
            "rto_s": took.as_secs_f64().round(),
            "predicted_rto_s": self.prediction().seconds.round(),
            "verified": unverified.map(<[Unverified]>::is_empty),
            "unverified": unverified,
        })
    }
}
