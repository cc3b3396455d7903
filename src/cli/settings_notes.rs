//! What a plan says of seats that get another lockdown or display: which settings change, and when a change is felt.

use crate::blueprint::Blueprint;
use crate::guest::lockdown::changes_since;
use crate::plan::{Action, Plan};
use crate::resource::Observed;

/// Adds a note to each seat that goes for settings that it told of when it was launched.
pub fn note(plan: &mut Plan, blueprint: &Blueprint, observed: &Observed) {
    for change in &mut plan.changes {
        let for_its_script = matches!(change.action, Action::Replace | Action::Restart)
            && change.fields.iter().any(|one| one.path == "user_data");
        if !for_its_script || change.note.is_some() {
            continue;
        }
        let before = observed.found.get(&change.address).and_then(|found| found.facts.get("settings"));
        let pool =
            change.address.slot().and_then(|(pool, _)| blueprint.pools.iter().find(|one| one.name.as_str() == pool));
        let (Some(before), Some(pool)) = (before, pool) else { continue };
        let (Some(lockdown), Some(display)) = (blueprint.get(&pool.lockdown.value), blueprint.get(&pool.display.value))
        else {
            continue;
        };
        let changes: Vec<String> = changes_since(before, lockdown, display)
            .unwrap_or_default()
            .into_iter()
            .map(|one| format!("{} {} → {} (felt {})", one.attribute, one.before, one.after, one.takes_effect))
            .collect();
        if !changes.is_empty() {
            let from = if change.action == Action::Restart { "its next start" } else { "a new seat's start" };
            change.note = Some(format!("inside: {}; all of it from {from} on", changes.join(", ")));
        }
    }
}
