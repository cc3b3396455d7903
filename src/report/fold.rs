//! Alike changes told once: what is the same for 500 seats of a pool is one entry with a range of numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::words;
use crate::plan::{Action, Change, Reason};
use crate::resource::{Address, Kind, Slot};

/// One change, or several that are alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry<'a> {
    /// With the seats' numbers folded: `workstation_pool.comp[001-012].cache`.
    pub address: String,
    pub kind: Kind,
    pub action: Action,
    pub reason: Reason,
    /// How many there are.
    pub count: usize,
    /// Where they belong to a pool: its label, their seats' numbers, and the volume's name.
    pub of_pool: Option<OfPool<'a>>,
    /// Sorted by path.
    pub fields: Vec<FoldedField<'a>>,
    pub controls: &'a [String],
    pub note: Option<&'a str>,
    /// Volumes that come or go with these seats.
    pub volumes: Vec<Entry<'a>>,
}

/// Which part of which pool.
#[derive(Debug, Clone, PartialEq)]
pub struct OfPool<'a> {
    pub pool: &'a str,
    pub slots: BTreeSet<Slot>,
    pub volume: Option<&'a str>,
}

/// A field of alike changes.
#[derive(Debug, Clone, PartialEq)]
pub struct FoldedField<'a> {
    pub path: &'a str,
    pub before: Folded<'a>,
    pub after: Folded<'a>,
    pub replaces: bool,
}

/// The values of a field over alike changes, in the order of their seats; equal ones once.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded<'a> {
    values: Vec<(&'a Value, usize)>,
}

/// Up to this many different values are all said.
const FEW: usize = 4;

/// Folds changes, which stand in the order of the plan.
pub fn fold<'a>(changes: impl IntoIterator<Item = &'a Change>) -> Vec<Entry<'a>> {
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for change in changes {
        match key(change) {
            Some(key) => {
                let place = *places.entry(key).or_insert_with(|| {
                    groups.push(Vec::new());
                    groups.len() - 1
                });
                groups[place].push(change);
            }
            None => groups.push(vec![change]),
        }
    }
    beside(groups.iter().filter_map(|group| entry(group)).collect())
}

/// What alike changes have in common; none where a change stands alone.
fn key(change: &Change) -> Option<String> {
    let (pool, _) = change.address.slot()?;
    if change.reason == Reason::Duplicate {
        return None;
    }
    let mut parts = vec![
        format!("{:?} {:?} {:?} {pool}", change.kind, change.action, change.reason),
        change.address.volume_name().unwrap_or_default().to_owned(),
        change.note.clone().unwrap_or_default(),
        change.controls.join(" "),
    ];
    for field in change.fields.iter().filter(|field| !varies(change.action, &field.path)) {
        parts.push(format!("{} {}", field.path, field.replaces));
        parts.push(format!("{} {}", own(&field.before, &change.address), own(&field.after, &change.address)));
    }
    Some(parts.join("\n"))
}

/// Fields that tell one seat of a pool from the next, and so don't keep seats apart.
fn varies(action: Action, path: &str) -> bool {
    match action {
        Action::Create => matches!(path, "tags.Name" | "tags.artist" | "subnets" | "seat"),
        _ => matches!(path, "tags.Name" | "seat"),
    }
}

/// A value in which the seat's own address is no difference.
fn own(value: &Value, address: &Address) -> String {
    let text = value.to_string();
    match address.owning_seat() {
        Some(seat) if text.contains(seat.as_str()) => text.replace(seat.as_str(), "[own]"),
        _ => text,
    }
}

fn entry<'a>(group: &[&'a Change]) -> Option<Entry<'a>> {
    let first = *group.first()?;
    // Not all have every field: a seat without an artist has no tag of that name.
    let mut fields: BTreeMap<&str, (Vec<&Value>, Vec<&Value>, bool)> = BTreeMap::new();
    for field in group.iter().flat_map(|change| &change.fields) {
        let (before, after, replaces) = fields.entry(&field.path).or_default();
        before.push(&field.before);
        after.push(&field.after);
        *replaces |= field.replaces;
    }
    let fields = fields
        .into_iter()
        .map(|(path, (before, after, replaces))| FoldedField {
            path,
            before: Folded::of(&before),
            after: Folded::of(&after),
            replaces,
        })
        .collect();
    let of_pool = first.address.slot().map(|(pool, _)| OfPool {
        pool,
        slots: group.iter().filter_map(|change| change.address.slot()).map(|(_, slot)| slot).collect(),
        volume: first.address.volume_name(),
    });
    Some(Entry {
        address: folded_address(first, of_pool.as_ref()),
        kind: first.kind,
        action: first.action,
        reason: first.reason,
        count: group.len(),
        of_pool,
        fields,
        controls: &first.controls,
        note: first.note.as_deref(),
        volumes: Vec::new(),
    })
}

fn folded_address(first: &Change, of_pool: Option<&OfPool<'_>>) -> String {
    match of_pool {
        Some(of) if of.slots.len() > 1 => {
            let volume = of.volume.map(|name| format!(".{name}")).unwrap_or_default();
            format!("{}[{}]{volume}", Address::pool(of.pool), words::slots(&of.slots))
        }
        _ => first.address.to_string(),
    }
}

/// Puts volumes that come or go with their seats beside them.
fn beside(entries: Vec<Entry<'_>>) -> Vec<Entry<'_>> {
    let (volumes, mut rest): (Vec<_>, Vec<_>) = entries.into_iter().partition(|entry| entry.kind == Kind::Volume);
    let mut alone = Vec::new();
    for volume in volumes {
        let moves = matches!(volume.action, Action::Create | Action::Replace | Action::Delete);
        let seats = rest.iter_mut().find(|seats| {
            let same = match (&seats.of_pool, &volume.of_pool) {
                (Some(seats), Some(volume)) => seats.pool == volume.pool && seats.slots == volume.slots,
                _ => false,
            };
            moves && seats.kind == Kind::Seat && same && seats.action == volume.action && volume.note.is_none()
        });
        match seats {
            Some(seats) => seats.volumes.push(volume),
            None => alone.push(volume),
        }
    }
    rest.extend(alone);
    rest.sort_by(|a, b| (a.kind, &a.address).cmp(&(b.kind, &b.address)));
    rest
}

impl<'a> Folded<'a> {
    fn of(all: &[&'a Value]) -> Self {
        let mut values: Vec<(&Value, usize)> = Vec::new();
        for value in all {
            match values.iter_mut().find(|(known, _)| known == value) {
                Some((_, count)) => *count += 1,
                None => values.push((*value, 1)),
            }
        }
        Self { values }
    }

    /// The value, where all have the same.
    pub fn only(&self) -> Option<&'a Value> {
        match self.values.as_slice() {
            [(value, _)] => Some(value),
            _ => None,
        }
    }

    /// Whether none of them has the field.
    pub fn is_null(&self) -> bool {
        self.only().is_some_and(Value::is_null)
    }

    /// The values in words, given how one is said: few with their counts, many by the first and the last.
    pub fn words(&self, say: &dyn Fn(&Value) -> String) -> String {
        match self.values.as_slice() {
            [(value, _)] => say(value),
            few if few.len() <= FEW => {
                let one = |(value, count): &(&Value, usize)| match count {
                    1 => say(value),
                    count => format!("{} ({count})", say(value)),
                };
                few.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            [(first, _), .., (last, _)] => {
                format!("{} different ones, {} to {}", self.values.len(), say(first), say(last))
            }
            [] => String::new(),
        }
    }
}
