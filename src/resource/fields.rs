//! Fields: how two states of one resource are held against each other, and what a difference costs.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Resource;

/// The blueprint's own tags. The program's (`closedset:…`) are kept apart, see `cloud::tags`.
pub type Tags = BTreeMap<String, String>;

/// A resource as flat paths and their values, such as `tags.cost_center`.
pub type Fields = BTreeMap<String, Value>;

/// What it takes to bring a field from one value to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A call on the live resource; nobody notices.
    InPlace,
    /// The seat has to be stopped and started.
    Restart,
    /// Another resource has to take its place.
    Replace,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub path: String,
    /// The live value; null where the field isn't there.
    pub before: Value,
    /// The value that the blueprint asks for; null where the field goes.
    pub after: Value,
    /// Whether this difference alone needs another resource.
    pub replaces: bool,
    #[serde(skip)]
    pub restarts: bool,
}

impl FieldChange {
    pub fn new(path: impl Into<String>, before: Value, after: Value, effect: Effect) -> Self {
        Self {
            path: path.into(),
            before,
            after,
            replaces: effect == Effect::Replace,
            restarts: effect == Effect::Restart,
        }
    }
}

/// What is shown in the place of a sensitive text.
const HIDDEN: &str = "(sensitive)";

/// A text of fewer characters is hidden where it is all there is, not inside another: it would be found everywhere.
const SHORTEST_INSIDE: usize = 6;

impl FieldChange {
    /// Takes texts out of sight that came from sensitive variables.
    pub fn hide(&mut self, texts: &BTreeSet<String>) {
        if texts.is_empty() {
            return;
        }
        self.path = without(&self.path, texts);
        hide_in(&mut self.before, texts);
        hide_in(&mut self.after, texts);
    }
}

/// A text without those that came from sensitive variables.
pub fn hide(text: &str, texts: &BTreeSet<String>) -> String {
    if texts.contains(text) { HIDDEN.to_owned() } else { without(text, texts) }
}

fn hide_in(value: &mut Value, texts: &BTreeSet<String>) {
    match value {
        Value::String(text) if texts.contains(text) => *text = HIDDEN.to_owned(),
        Value::String(text) => *text = without(text, texts),
        Value::Number(number) if texts.contains(&number.to_string()) => *value = Value::String(HIDDEN.to_owned()),
        Value::Array(elements) => elements.iter_mut().for_each(|element| hide_in(element, texts)),
        Value::Object(entries) => entries.values_mut().for_each(|entry| hide_in(entry, texts)),
        _ => {}
    }
}

fn without(text: &str, texts: &BTreeSet<String>) -> String {
    let long = texts.iter().filter(|one| one.chars().count() >= SHORTEST_INSIDE);
    long.fold(text.to_owned(), |text, one| text.replace(one, HIDDEN))
}

/// Flattens what serialises to an object: nested objects become dotted paths, lists stay whole.
pub fn flatten(value: &impl Serialize) -> Fields {
    fn walk(prefix: &str, map: Map<String, Value>, into: &mut Fields) {
        for (key, value) in map {
            let path = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            match value {
                Value::Object(map) => walk(&path, map, into),
                Value::Null => {}
                value => {
                    into.insert(path, value);
                }
            }
        }
    }
    let mut fields = Fields::new();
    if let Ok(Value::Object(map)) = serde_json::to_value(value) {
        walk("", map, &mut fields);
    }
    fields
}

/// The fields of a resource.
pub fn fields_of(resource: &Resource) -> Fields {
    resource.fields()
}

/// What would have to change to bring `live` to `desired`, sorted by path. Both must be of one kind.
pub fn compare(desired: &Resource, live: &Resource) -> Vec<FieldChange> {
    let (mut desired, mut live) = (desired.clone(), live.clone());
    Resource::settle(&mut desired, &mut live);
    let (wanted, have) = (desired.fields(), live.fields());
    let paths: BTreeSet<&String> = wanted.keys().chain(have.keys()).collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let before = have.get(path).cloned().unwrap_or(Value::Null);
            let after = wanted.get(path).cloned().unwrap_or(Value::Null);
            (before != after).then(|| FieldChange::new(path.clone(), before, after, desired.effect_of(path)))
        })
        .collect()
}

/// The digest that user data is known by: 26 characters of base32, 130 bits.
pub fn digest_of_bytes(bytes: impl AsRef<[u8]>) -> String {
    BASE32_NOPAD.encode(&Sha256::digest(bytes))[..26].to_ascii_lowercase()
}

/// A digest of fields, fit for a tag: what was last applied, to tell an edit of the blueprint from a change made in
/// the cloud.
pub fn digest<'a>(all: impl IntoIterator<Item = &'a Fields>) -> String {
    let mut hash = Sha256::new();
    for fields in all {
        for (path, value) in fields {
            hash.update(path.as_bytes());
            hash.update([0]);
            hash.update(value.to_string().as_bytes());
            hash.update([0]);
        }
        hash.update([1]);
    }
    // 26 characters of base32 hold 130 bits.
    BASE32_NOPAD.encode(&hash.finalize())[..26].to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sensitive_texts_are_hidden_whole_and_long_ones_inside_others_too() {
        let texts = BTreeSet::from(["acme-films".to_owned(), "ab".to_owned(), "150".to_owned()]);
        let hidden = |before, after| {
            let mut field = FieldChange::new("tags.for-acme-films", before, after, Effect::InPlace);
            field.hide(&texts);
            (field.path, field.before, field.after)
        };
        let path = "tags.for-(sensitive)".to_owned();
        assert_eq!(
            hidden(json!("ab"), json!("made for acme-films")),
            (path.clone(), json!("(sensitive)"), json!("made for (sensitive)"))
        );
        assert_eq!(hidden(json!(150), json!(["cab", 1500])), (path, json!("(sensitive)"), json!(["cab", 1500])));
    }
}
