//! Whether a production has been wrapped, and how far. The live marks say so; the ledger only where there are none left.

use serde::Serialize;
use serde_json::Value;

use crate::apply::Entry;
use crate::resource::{Address, Found, Kind, Observed, Purpose, Resource, Retired, Status};

/// A production whose wrap began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Wrapped {
    /// Whether nothing is left but keys that no longer serve.
    pub complete: bool,
    /// When it began: UTC, RFC 3339; none where nobody told the time.
    pub at: Option<String>,
    /// Who began it: an ARN.
    pub by: Option<String>,
    /// Where this is known from.
    pub known_from: KnownFrom,
    /// Sorted by address.
    pub keys: Vec<KeyLeft>,
    /// How many resources are still there, keys that no longer serve aside.
    pub left: usize,
}

/// Where something is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownFrom {
    /// The keys' own tags.
    LiveMarks,
    /// The ledger of this machine.
    Ledger,
}

/// A key that is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyLeft {
    pub address: String,
    /// Its ARN.
    pub id: String,
    /// `enabled`, `disabled` or `pending_deletion`.
    pub state: String,
    /// When it is deleted, where that is scheduled: UTC, RFC 3339.
    pub ends: Option<String>,
}

impl KeyLeft {
    /// What a live key is.
    pub fn of(found: &Found) -> Option<Self> {
        let Resource::KmsKey(key) = &found.resource else { return None };
        Some(Self {
            address: found.address.to_string(),
            id: found.id.clone(),
            state: key.state.clone(),
            ends: found.facts.get("deletion_date").cloned(),
        })
    }
}

impl Wrapped {
    /// What is live says of a wrap: none where nothing does.
    pub fn by_marks(observed: &Observed) -> Option<Self> {
        let marks: Vec<Retired> =
            observed.all().filter_map(Retired::of).filter(|one| one.purpose == Purpose::Wrap).collect();
        // A key that serves and says nothing of an end is a production that began again.
        let serves = |found: &Found| matches!(&found.resource, Resource::KmsKey(key) if key.state == "enabled");
        let others = observed.found.values().filter(|found| found.address != Address::archive_key());
        if others.into_iter().any(|found| serves(found) && Retired::of(found).is_none()) {
            return None;
        }
        let first = marks.into_iter().min_by(|a, b| a.at.cmp(&b.at))?;
        Some(Self {
            at: first.at,
            by: Some(first.by).filter(|by| !by.is_empty()),
            known_from: KnownFrom::LiveMarks,
            ..Self::standing(observed)
        })
    }

    /// The ledger's last run was a wrap that ended well, and nothing live says otherwise.
    pub fn by_ledger(entries: &[Entry], observed: &Observed) -> Option<Self> {
        let last = entries.iter().rposition(|entry| entry.what == "began")?;
        let run = &entries[last];
        let text = |name: &str| run.details.get(name).and_then(Value::as_str).map(str::to_owned);
        let ended = entries[last..].iter().any(|entry| {
            entry.what == "ended"
                && ["failed", "skipped"].iter().all(|name| entry.details.get(*name).and_then(Value::as_u64) == Some(0))
        });
        let wrapped = text("verb").as_deref() == Some("wrap") && ended;
        let standing = Self::standing(observed);
        (wrapped && standing.complete && observed.unreadable.is_empty()).then(|| Self {
            at: Some(run.time.clone()),
            by: text("caller"),
            known_from: KnownFrom::Ledger,
            ..standing
        })
    }

    fn standing(observed: &Observed) -> Self {
        let mut keys: Vec<KeyLeft> = observed.all().filter_map(KeyLeft::of).collect();
        keys.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
        let left = observed.all().filter(|found| is_there(found)).count();
        Self { complete: left == 0, at: None, by: None, known_from: KnownFrom::LiveMarks, keys, left }
    }

    /// Who and when, for people: ` on 2027-07-01T09:00:00Z by arn:…`.
    pub fn when_and_who(&self) -> String {
        let at = self.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
        let by = self.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{at}{by}")
    }

    /// What to know before an apply, a sentence.
    pub fn warning(&self) -> String {
        if self.complete {
            format!(
                "this production was wrapped{}: an apply brings all of this back, and puts its keys into service again",
                self.when_and_who()
            )
        } else {
            format!(
                "a wrap of this production was begun{} and isn't done: an apply brings back what it has taken away; \
                 closedset wrap goes on with it",
                self.when_and_who()
            )
        }
    }
}

/// Whether this is something that a wrap would take away: not the account's own switches, nothing that is on its way out,
/// and no key that no longer serves.
pub fn is_there(found: &Found) -> bool {
    let rests = matches!(&found.resource, Resource::KmsKey(key) if key.state != "enabled");
    found.resource.kind() != Kind::AccountSwitch && !matches!(found.status, Status::Leaving(_)) && !rests
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::resource::{Document, KmsKey, Tags};

    fn key(state: &str, facts: &[(&str, &str)]) -> Found {
        let key = KmsKey {
            alias: Some("alias/closedset/nebula/content".to_owned()),
            description: String::new(),
            state: state.to_owned(),
            rotation_days: Some(365),
            region: None,
            policy: Document::parse("{}"),
            tags: Tags::new(),
        };
        Found {
            address: Address::new("key.content"),
            id: "arn:aws:kms:us-west-2:123456789012:key/1".to_owned(),
            resource: key.into(),
            digest: None,
            protected: false,
            status: if state == "enabled" { Status::Ready } else { Status::Resting(state.to_owned()) },
            facts: facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    fn live(found: Found) -> Observed {
        Observed { found: BTreeMap::from([(found.address.clone(), found)]), ..Observed::default() }
    }

    const MARKS: [(&str, &str); 3] = [
        ("retired_for", "wrap"),
        ("retired_by", "arn:aws:iam::123456789012:user/ana"),
        ("retired_at", "2027-07-01T09:00:00Z"),
    ];

    #[test]
    fn the_key_itself_says_that_its_production_was_wrapped_when_and_by_whom() {
        let wrapped = Wrapped::by_marks(&live(key("disabled", &MARKS))).expect("it was wrapped");
        assert!(wrapped.complete);
        assert_eq!(wrapped.when_and_who(), " at 2027-07-01T09:00:00Z by arn:aws:iam::123456789012:user/ana");
    }

    #[test]
    fn a_marked_key_that_serves_is_a_wrap_that_was_cut_off_and_an_unmarked_one_is_none() {
        let begun = Wrapped::by_marks(&live(key("enabled", &MARKS))).expect("it was begun");
        assert_eq!((begun.complete, begun.left), (false, 1));
        assert!(begun.warning().contains("isn't done"), "{}", begun.warning());
        assert_eq!(Wrapped::by_marks(&live(key("disabled", &[]))), None);
        // Disabled because the blueprint dropped it: nobody wrapped anything.
        let removed = [("retired_for", "removal"), MARKS[1]];
        assert_eq!(Wrapped::by_marks(&live(key("disabled", &removed))), None);
    }

    #[test]
    fn where_the_marks_are_gone_the_ledger_still_tells() {
        let entry = |what: &str, details: Value| Entry {
            number: 1,
            time: "2027-07-01T09:00:00Z".to_owned(),
            what: what.to_owned(),
            details: details.as_object().cloned().unwrap_or_default(),
            previous: String::new(),
            hash: String::new(),
        };
        let run = [
            entry("began", serde_json::json!({"verb": "wrap", "caller": "arn:ana"})),
            entry("ended", serde_json::json!({"done": 9, "failed": 0, "skipped": 0})),
        ];
        let told = Wrapped::by_ledger(&run, &Observed::default()).expect("it was wrapped");
        assert_eq!((told.known_from, told.by.as_deref()), (KnownFrom::Ledger, Some("arn:ana")));
        // The cloud has the last word.
        assert_eq!(Wrapped::by_ledger(&run, &live(key("enabled", &[]))), None);
    }
}
