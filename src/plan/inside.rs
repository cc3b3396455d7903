//! What differs inside a seat: it was changed there, and the seat's next start sets it again.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::resource::{Address, Desired, Effect, FieldChange, Observed};

/// The paths of fields that are told from inside begin with this.
pub const PREFIX: &str = "inside.";

/// Adds what a seat tells otherwise than it is wanted. One that is replaced, or whose script is another, gets all of its
/// settings anew anyway.
pub(super) fn add(desired: &Desired, observed: &Observed, seat: &Address, fields: &mut Vec<FieldChange>) {
    let (Some((pool, _)), Some(told)) = (seat.slot(), observed.insides.told.get(seat)) else { return };
    let Some(wanted) = desired.inside.get(pool) else { return };
    if fields.iter().any(|field| field.replaces || field.path == "user_data") {
        return;
    }
    let paths: BTreeSet<&String> = wanted.keys().chain(told.keys()).collect();
    let value = |text: Option<&String>| text.map_or(Value::Null, |text| Value::from(text.clone()));
    let differing = paths.into_iter().filter(|path| wanted.get(*path) != told.get(*path)).map(|path| {
        let (before, after) = (value(told.get(path)), value(wanted.get(path)));
        FieldChange::new(format!("{PREFIX}{path}"), before, after, Effect::Restart)
    });
    fields.extend(differing);
    fields.sort_by(|a, b| a.path.cmp(&b.path));
}

/// What is said of a seat that differs inside.
pub(super) fn note(fields: &[FieldChange]) -> Option<String> {
    let is_inside = fields.iter().any(|field| field.path.starts_with(PREFIX));
    is_inside.then(|| "it was changed inside the seat: its next start sets it as it is written".to_owned())
}
