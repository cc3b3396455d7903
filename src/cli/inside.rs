//! What is set inside the seats, as they tell it: read after everything else, for only running seats tell anything.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::context::Context;
use crate::cloud::{Cloud, CloudError};
use crate::guest;
use crate::resource::{Desired, Found, Insides, Kind, Observed, Readiness, Status, Told};

/// A seat tells every quarter of an hour. What is older than this is no word of how the seat is now: a script that was
/// stopped says nothing, and that is how it shows.
const FRESH: SignedDuration = SignedDuration::from_hours(2);

/// What seats told, by instance id.
pub type ToldBySeats = BTreeMap<String, Told>;

/// Asks what running seats tell, and puts it into what was observed. Where they can't be asked, it is known of none; the
/// service's refusal is in the answer.
pub async fn look_inside(
    context: &Context<'_>,
    cloud: &Cloud,
    desired: &Desired,
    observed: &mut Observed,
) -> Result<ToldBySeats, CloudError> {
    if !running(observed).any(|found| desired.can_be_heard(&found.address)) {
        observed.insides = taken_in(desired, observed, &Ok(BTreeMap::new()), Timestamp::UNIX_EPOCH);
        return Ok(BTreeMap::new());
    }
    let told = cloud.told_by_seats(&desired.production).await;
    // By a clock that says nothing, nothing is fresh.
    let now = context.time().parse().unwrap_or(Timestamp::MAX);
    observed.insides = taken_in(desired, observed, &told, now);
    told
}

fn running(observed: &Observed) -> impl Iterator<Item = &Found> {
    let seats = observed.found.values().filter(|found| found.resource.kind() == Kind::Seat);
    seats.filter(|found| found.status == Status::Ready)
}

fn taken_in(desired: &Desired, observed: &Observed, told: &Result<ToldBySeats, CloudError>, now: Timestamp) -> Insides {
    let mut insides = Insides::default();
    for found in running(observed) {
        let wanted = found.address.slot().and_then(|(pool, _)| desired.inside.get(pool));
        let Some(wanted) = wanted else { continue };
        let settings = match told {
            _ if !desired.can_be_heard(&found.address) => Err("its network has no endpoint `ssm`".to_owned()),
            Err(error) => Err(error.to_string()),
            Ok(told) => said(found, told.get(&found.id), now),
        };
        match settings {
            Ok(told) => insides.told.insert(found.address.clone(), guest::told(&told, wanted)).map(|_| ()),
            Err(why) => insides.untold.insert(found.address.clone(), why).map(|_| ()),
        };
    }
    insides
}

/// What a seat told since it was started, and not long ago; or why that is nothing.
fn said(found: &Found, told: Option<&Told>, now: Timestamp) -> Result<crate::resource::ToldSettings, String> {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let started = found.facts.get("launched").and_then(|text| time(text));
    let told = told.filter(|told| match (time(&told.at), started) {
        (Some(at), Some(started)) => at >= started,
        (at, _) => at.is_some(),
    });
    let Some(told) = told else { return Err("it has told nothing since its start".to_owned()) };
    if told.readiness != Readiness::Ready {
        return Err(format!("it is {}", told.readiness.word()));
    }
    if time(&told.at).is_none_or(|at| now.duration_since(at) > FRESH) {
        return Err(format!("it told it last at {}, and should every quarter of an hour", told.at));
    }
    told.settings.clone().ok_or_else(|| "it doesn't tell it, or not so that it can be read".to_owned())
}
