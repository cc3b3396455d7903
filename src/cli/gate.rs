//! Where a plan is refused, and where what came of it is looked at again.

use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::state::State;
use crate::blueprint::Blueprint;
use crate::blueprint::model::Date;
use crate::cloud::{Cloud, CloudError, Scope};
use crate::controls::{self, Assessment, Posture};
use crate::plan::{self, Options, Plan, SavedPlan};
use crate::resource::{Desired, Observed};

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

/// A look at the live state after a run.
pub struct Again {
    pub observed: Observed,
    /// None where the blueprint isn't at hand, as with a saved plan.
    pub posture: Option<Posture>,
}

/// Looks again at what is live.
///
/// # Errors
/// Where the cloud doesn't answer.
pub async fn look_again(
    context: &Context<'_>,
    cloud: &Cloud,
    state: &State,
    desired: &Desired,
    blueprint: Option<&Blueprint>,
) -> Result<Again, CloudError> {
    let observed = cloud.observe(&Scope::new(&desired.production)).await?;
    let posture = blueprint.map(|blueprint| {
        let plan = plan::make(desired, &observed, &Options::default());
        controls::examine_live(blueprint, desired, &observed, &plan, state.record(), context.today())
    });
    Ok(Again { observed, posture })
}

fn unreadable(error: &serde_json::Error) -> CliError {
    CliError::usage(format!("the plan's assessment can't be read: {error}")).hint("make a new plan with this version")
}
