//! What runs left half made, as far as the ledger tells.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Entry;
use crate::resource::Address;

/// What the runs since the last one that came to its end made: each was killed, interrupted, or refused something, so that
/// nobody knows how far it came with what it had begun.
pub fn unfinished(entries: &[Entry]) -> BTreeSet<Address> {
    let mut made: BTreeSet<Address> = BTreeSet::new();
    for entry in entries {
        match entry.what.as_str() {
            "created" => {
                made.extend(entry.details.get("address").and_then(Value::as_str).map(Address::new));
            }
            "ended" if is_whole(entry) => made.clear(),
            _ => {}
        }
    }
    made
}

fn is_whole(ended: &Entry) -> bool {
    let none = |count: &str| ended.details.get(count).and_then(Value::as_u64) == Some(0);
    none("failed") && none("skipped") && ended.details.get("interrupted").and_then(Value::as_bool) == Some(false)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::apply::Ledger;

    #[test]
    fn only_a_run_that_came_to_its_end_left_nothing_half_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.jsonl")).unwrap();
        let mut add = |what: &str, details: Value| {
            let Value::Object(details) = details else { panic!("an object") };
            ledger.add("2026-12-01T00:00:00Z", what, details).unwrap();
        };
        add("began", json!({}));
        add("created", json!({"address": "network.main"}));
        add("ended", json!({"done": 1, "failed": 0, "skipped": 0, "interrupted": false}));
        add("began", json!({}));
        add("created", json!({"address": "key.content"}));
        add("ended", json!({"done": 1, "failed": 0, "skipped": 3, "interrupted": true}));
        add("began", json!({}));
        add("created", json!({"address": "network.main.edge"}));
        let entries = crate::apply::entries(&folder.path().join("ledger.jsonl")).unwrap();
        let half: Vec<String> = unfinished(&entries).iter().map(ToString::to_string).collect();
        assert_eq!(half, ["key.content", "network.main.edge"]);
    }
}
