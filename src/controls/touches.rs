//! Which controls a change touches: those whose checks watch what it changes.

use std::collections::BTreeSet;

use super::catalogue;
use super::checks::{Check, checked};
use super::profile::Profile;
use crate::plan::{Action, Change};

/// The ids of the controls of the profile that a change touches, sorted. A resource that comes, goes or is replaced
/// touches all that watch its kind; one that is changed in place, those that watch what is changed.
pub fn touches(change: &Change, profile: &Profile) -> Vec<String> {
    let watches = |check: &&Check| {
        check.watches.iter().filter(|watch| watch.covers(change.kind, &change.address)).any(|watch| {
            match change.action {
                Action::Create | Action::Replace | Action::Delete => true,
                Action::Update | Action::Restart | Action::None => {
                    change.fields.iter().any(|field| watch.reads(&field.path))
                }
                Action::Adopt => false,
            }
        })
    };
    let held = |id: &str| catalogue::control(id).is_ok_and(|control| profile.holds(control));
    let ids: BTreeSet<&str> = checked().iter().filter(watches).map(|check| check.control).collect();
    ids.into_iter().filter(|id| held(id)).map(str::to_owned).collect()
}
