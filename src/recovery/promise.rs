//! The promise of a blueprint: so many days after `wraps_on`, nothing is left but what is kept on purpose.

use jiff::ToSpan as _;
use jiff::Unit;

use super::ended::{KeyLeft, is_there};
use crate::blueprint::Blueprint;
use crate::blueprint::model::Date;
use crate::resource::{Observed, count, days};

/// A key may be deleted up to a day after its date: [D] `kms/latest/developerguide/deleting-keys`.
const SLACK_DAYS: i64 = 1;

/// What is to be said on this day of what is live: what comes due, and what was missed. Nothing before `wraps_on` is over,
/// and nothing once the promise is kept.
pub fn warnings(blueprint: &Blueprint, observed: &Observed, today: Date) -> Vec<String> {
    let production = &blueprint.production;
    let wraps_on = production.wraps_on.value;
    let days = i64::from(production.destroy_within_days.value);
    let Ok(due) = wraps_on.checked_add(days.days()) else { return Vec::new() };
    if today <= wraps_on {
        return Vec::new();
    }
    let keys: Vec<KeyLeft> = observed.all().filter_map(KeyLeft::of).collect();
    let live = observed.all().filter(|found| is_there(found)).count();
    let unscheduled: Vec<&KeyLeft> = keys.iter().filter(|key| key.ends.is_none()).collect();
    let mut warnings = Vec::new();
    if live > 0 || !unscheduled.is_empty() {
        let what = match live {
            0 => format!("{} can still be put into service", names(&unscheduled)),
            some => format!("{} still there", count(some, ("resource of it is", "resources of it are"))),
        };
        let window = blueprint.keys.iter().map(|key| i64::from(key.deletion_window_days.value)).max().unwrap_or(30);
        let latest = due.checked_sub((window + SLACK_DAYS).days()).unwrap_or(due);
        let promise = if due < today {
            format!("it was promised to be destroyed by {due}, {} ago", span(due, today))
        } else if latest < today {
            format!(
                "it is promised to be destroyed by {due}, which can't be kept any more by deleting the keys: that takes \
                 {}; order it now, with wrap --shred",
                self::days(window)
            )
        } else {
            format!("it is promised to be destroyed by {due}: wrap --shred by {latest} keeps that promise")
        };
        warnings.push(format!("the production ended on {wraps_on}, and {what}; {promise}"));
    }
    for key in &keys {
        let Some(ends) = key.ends.as_deref().and_then(day) else { continue };
        if due < ends {
            warnings.push(format!(
                "{} is deleted on {ends}, {} after {due}, by which everything was to be destroyed; it can't be read with \
                 meanwhile",
                key.address,
                span(due, ends)
            ));
        }
    }
    warnings
}

fn names(keys: &[&KeyLeft]) -> String {
    let names: Vec<&str> = keys.iter().map(|key| key.address.as_str()).collect();
    names.join(", ")
}

fn day(time: &str) -> Option<Date> {
    time.get(..10)?.parse().ok()
}

fn span(from: Date, to: Date) -> String {
    days(from.until((Unit::Day, to)).map_or(0, |span| span.get_days()))
}
