//! A canonical view of everything that exists, for comparing the ends of two runs.

use super::cloud::RehearsalCloud;
use super::random::of_text;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Members that two runs to the same end may differ in: times, tokens, what was allotted, and what is on its way.
const PASSING: &[&str] = &[
    "id",
    "attached",
    "since",
    "created",
    "updated",
    "launched",
    "running_since",
    "checks_after",
    "started",
    "ended",
    "completed",
    "completes",
    "deletion",
    "spread",
    "reaches_ec2",
    "role_reaches_ec2",
    "token",
    "reservation",
    "launch_index",
    "reason",
    "ran",
    "address",
    "creator",
    "lock_date",
    "plan_version",
    "RuleId",
    "public_address",
    "mac",
    "role_id",
    "profile_id",
];

/// Rounds in which names are made of what things refer to; the longest chain of references is shorter.
const ROUNDS: usize = 6;

/// One thing, with its references still by id.
struct Thing {
    region: String,
    kind: &'static str,
    id: String,
    all: Value,
}

impl RehearsalCloud {
    /// Everything that exists, sorted, with ids replaced by names that follow from what a thing is and refers to:
    /// two runs that end in the same give equal values. Times, also those in tags, addresses and tokens are left out; terminated
    /// instances and what is being deleted are not there.
    pub fn snapshot(&self) -> Value {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let now = inner.clock.now();
        super::settle::settle(&mut inner.world, &inner.settings, now);
        let mut things = Vec::new();
        for (region, shelves) in &inner.world.regions {
            shelves.each_present(|kind, id, all| {
                things.push(Thing { region: region.clone(), kind, id: id.to_owned(), all: lasting(all) });
            });
        }
        for role in inner.world.iam.roles.truths() {
            let all = lasting(serde_json::to_value(role).unwrap_or_default());
            things.push(Thing { region: "iam".to_owned(), kind: "role", id: role.name.clone(), all });
        }
        for profile in inner.world.iam.instance_profiles.truths() {
            let all = lasting(serde_json::to_value(profile).unwrap_or_default());
            things.push(Thing { region: "iam".to_owned(), kind: "instance-profile", id: profile.name.clone(), all });
        }
        let mut view = canonical(things);
        for (region, shelves) in &inner.world.regions {
            let switches = serde_json::to_value(&shelves.switches).unwrap_or_default();
            view.entry(format!("{region} switches")).or_default().push(switches);
        }
        view.into_iter().map(|(kind, things)| (kind, Value::Array(things))).collect::<Map<_, _>>().into()
    }
}

fn lasting(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, _)| !PASSING.contains(&name.as_str()))
            .map(|(name, value)| (name, lasting(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(lasting).collect(),
        Value::String(text) => Value::String(without_times(&text)),
        other => other,
    }
}

/// A text with every time of day in it taken out, to the second or finer: what a run writes down of when it began, such as in
/// a tag.
fn without_times(text: &str) -> String {
    const TIMES: [&str; 2] = ["0000-00-00T00:00:00Z", "0000-00-00T00:00:00.000Z"];
    let is_time = |rest: &str, time: &str| {
        let form = rest.bytes().take(time.len()).map(|b| if b.is_ascii_digit() { b'0' } else { b });
        form.eq(time.bytes())
    };
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (taken, words) = match TIMES.iter().find(|time| is_time(rest, time)) {
            Some(time) => (time.len(), "time"),
            None => (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or_default()),
        };
        said.push_str(words);
        rest = rest.get(taken..).unwrap_or_default();
    }
    said
}

fn canonical(things: Vec<Thing>) -> BTreeMap<String, Vec<Value>> {
    // Names and paths of our own making are names already; only the ids that the cloud made are replaced.
    let made = |id: &str| id.len() > 16 && id.contains('-') && !id.contains('/');
    let mut names: BTreeMap<String, String> =
        things.iter().filter(|thing| made(&thing.id)).map(|thing| (thing.id.clone(), thing.kind.to_owned())).collect();
    for _ in 0..ROUNDS {
        names = things
            .iter()
            .filter(|thing| made(&thing.id))
            .map(|thing| {
                let said = sorted(renamed(&thing.all, &names)).to_string();
                (thing.id.clone(), format!("{}#{:016x}", thing.kind, of_text(8, &said)))
            })
            .collect();
    }
    let mut view: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for thing in &things {
        let shown = sorted(renamed(&thing.all, &names));
        view.entry(format!("{} {}", thing.region, thing.kind)).or_default().push(shown);
    }
    for things in view.values_mut() {
        things.sort_by_key(ToString::to_string);
    }
    view
}

/// A value with every id in it replaced, also inside longer texts such as ARNs, descriptions and lists.
fn renamed(value: &Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => Value::String(without_ids(text, names)),
        Value::Array(items) => items.iter().map(|item| renamed(item, names)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), renamed(value, names))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn without_ids(text: &str, names: &BTreeMap<String, String>) -> String {
    if text.starts_with("rtbassoc-") {
        return "association".to_owned();
    }
    // The id of an instance profile, which stands beside its ARN.
    if text.starts_with("AIPA") {
        return "profile".to_owned();
    }
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let in_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let (word, after) = rest.split_at(rest.find(|letter| !in_word(letter)).unwrap_or(rest.len()));
        // What a copy was made of may be gone by then.
        let gone = if word.starts_with("snap-") { "snapshot" } else { word };
        said.push_str(names.get(word).map_or(gone, String::as_str));
        let (between, next) = after.split_at(after.find(in_word).unwrap_or(after.len()));
        said.push_str(between);
        rest = next;
    }
    said
}

/// A value whose lists are in the order of their texts: no list that a store keeps has an order that means anything.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(sorted).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, sorted(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}
