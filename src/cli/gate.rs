//! Where a plan is refused, and where what came of it is looked at again.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::inside::look_inside;
use super::session::{Planned, endangered};
use super::state::State;
use crate::blueprint::Blueprint;
use crate::blueprint::model::Date;
use crate::cloud::{Cloud, CloudError, Scope};
use crate::controls::{self, Assessment, Posture, RECOVERABLE, Record};
use crate::plan::{self, Action, Options, Plan, SavedPlan};
use crate::resource::{Address, Desired, Observed};

/// The digest of a plan as the controls assessed it.
///
/// # Errors
/// None that a plan could cause.
pub fn evaluation(plan: &Plan, desired: &Desired) -> Result<String, CliError> {
    controls::evaluation(plan, desired).map_err(|error| unreadable(&error))
}

/// Refuses a plan that breaks a control, on that day: an exception may have ended since it was made.
///
/// # Errors
/// The refusal.
pub fn pass(plan: &Plan, today: Date) -> Result<(), CliError> {
    let assessment = Assessment::of(plan).map_err(|error| unreadable(&error))?;
    let refusals = assessment.map(|one| one.refusals_on(today)).unwrap_or_default();
    if refusals.is_empty() { Ok(()) } else { Err(CliError::refused(&refusals)) }
}

/// Refuses a saved plan that isn't what was assessed any more.
///
/// # Errors
/// Where it was edited, or saved before plans were assessed.
pub fn untouched(saved: &SavedPlan) -> Result<(), CliError> {
    let is_assessed = !saved.plan.assessment.is_empty();
    if is_assessed && evaluation(&saved.plan, &saved.desired)? == saved.evaluation {
        return Ok(());
    }
    Err(CliError::new(ErrorKind::Refused, "refused: the saved plan isn't what the controls assessed")
        .hint("make a new plan: closedset plan --out FILE"))
}

/// Refuses a saved plan that does away with content which can't be had again any more: its recovery points are older than
/// they were when it was made.
///
/// # Errors
/// The refusal.
pub async fn recoverable(context: &Context<'_>, cloud: &Cloud, planned: &Planned) -> Result<(), CliError> {
    let Planned { desired, observed, plan } = planned;
    let endangered = endangered(context, cloud, plan, desired, observed).await?;
    let assessment = Assessment::of(plan).map_err(|error| unreadable(&error))?;
    let today = context.today();
    let lets_go = |volume: &Address| assessment.as_ref().is_some_and(|one| one.lets_go(volume, today));
    let lost: Vec<&Address> =
        endangered.iter().filter(|one| !one.is_safe()).map(|one| &one.volume).filter(|one| !lets_go(one)).collect();
    let Some(first) = lost.first() else { return Ok(()) };
    let more = if lost.len() > 1 { format!(" and {} more", lost.len() - 1) } else { String::new() };
    Err(CliError::new(
        ErrorKind::Refused,
        format!("refused: {RECOVERABLE}: {first}{more} would be lost without a fresh recovery point"),
    )
    .hint("take one: closedset backup now; then make a new plan: closedset plan --out FILE"))
}

/// A look at the live state after a run.
pub struct Again {
    pub observed: Observed,
    pub found: Found,
}

/// What a second look is about.
pub enum Found {
    /// How the production stands by its controls.
    Posture(Box<Posture>),
    /// Where the blueprint isn't at hand, as with a saved plan: the resources that the plan was to change and that aren't as
    /// it has them, and so not as they were assessed.
    Differing(Vec<Address>),
}

impl Found {
    /// What was found, for the ledger.
    pub fn words(&self) -> Value {
        match self {
            Self::Posture(posture) => json!({"counts": posture.counts}),
            Self::Differing(differing) => json!({"differing": differing}),
        }
    }
}

/// Looks again at what is live.
///
/// # Errors
/// Where the cloud doesn't answer.
pub async fn look_again(
    context: &Context<'_>,
    cloud: &Cloud,
    state: &State,
    planned: &Planned,
    blueprint: Option<&Blueprint>,
) -> Result<Again, CloudError> {
    let desired = &planned.desired;
    let mut observed = cloud.observe(&Scope::new(&desired.production)).await?;
    look_inside(context, cloud, desired, &mut observed).await.ok();
    let now = plan::make(desired, &observed, &Options::default());
    let found = match blueprint {
        Some(blueprint) => {
            // This is that look.
            let record = Record { checked_again: true, ..state.record(&context.time()) };
            let posture = controls::examine_live(blueprint, desired, &observed, &now, record, context.today());
            Found::Posture(Box::new(posture))
        }
        None => {
            let changes = |plan: &Plan| -> BTreeSet<Address> {
                let changed = plan.changes.iter().filter(|change| change.action != Action::None);
                changed.map(|change| change.address.clone()).collect()
            };
            Found::Differing(changes(&planned.plan).intersection(&changes(&now)).cloned().collect())
        }
    };
    Ok(Again { observed, found })
}

fn unreadable(error: &serde_json::Error) -> CliError {
    CliError::usage(format!("the plan's assessment can't be read: {error}")).hint("make a new plan with this version")
}
