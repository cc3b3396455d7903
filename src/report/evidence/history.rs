//! The change history: the runs that a production's ledger tells of.

use serde::Serialize;
use serde_json::Value;

use super::manifest::LedgerHead;
use crate::apply::Entry;

/// What the ledger of this machine tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct History {
    /// How many lines it has.
    pub lines: usize,
    /// The hash of its last line; none where there is no line.
    pub head: Option<String>,
    /// Where its chain breaks, in words; none where it is whole.
    pub broken: Option<String>,
    /// Oldest first.
    pub runs: Vec<Run>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Run {
    /// UTC, RFC 3339.
    pub began: String,
    pub verb: String,
    /// Who ran it: an ARN.
    pub caller: String,
    /// `create 12, update 1`.
    pub planned: String,
    /// The digest of the plan as the controls assessed it; none where it wasn't assessed.
    pub evaluation: Option<String>,
    /// `13 done`; none where the run never said that it ended.
    pub outcome: Option<String>,
}

impl History {
    /// Of a ledger's entries, all of them in their chain.
    pub fn of(entries: &[Entry]) -> Self {
        let mut history =
            Self { lines: entries.len(), head: entries.last().map(|entry| entry.hash.clone()), ..Self::default() };
        for entry in entries {
            let text = |name: &str| entry.details.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            match entry.what.as_str() {
                "began" => history.runs.push(Run {
                    began: entry.time.clone(),
                    verb: text("verb"),
                    caller: text("caller"),
                    planned: entry.details.get("summary").map(counts).unwrap_or_default(),
                    evaluation: Some(text("evaluation")).filter(|digest| !digest.is_empty()),
                    outcome: None,
                }),
                "ended" => {
                    if let Some(run) = history.runs.last_mut() {
                        run.outcome = Some(counts(&Value::Object(entry.details.clone())));
                    }
                }
                _ => {}
            }
        }
        history
    }

    /// Where the ledger ends; none where there is no line, or its chain is broken.
    pub(super) fn ledger_head(&self) -> Option<LedgerHead> {
        let head = self.head.clone().filter(|_| self.broken.is_none())?;
        Some(LedgerHead { entries: self.lines as u64, head })
    }
}

/// What there is any of: `create 12, update 1`.
fn counts(value: &Value) -> String {
    let Value::Object(map) = value else { return String::new() };
    let words: Vec<String> = map
        .iter()
        .filter_map(|(name, value)| match value {
            Value::Number(number) if number.as_u64() != Some(0) => Some(format!("{name} {number}")),
            Value::Bool(true) => Some(name.clone()),
            _ => None,
        })
        .collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(number: u64, what: &str, details: Value) -> Entry {
        Entry {
            number,
            time: format!("2026-12-01T09:00:0{number}Z"),
            what: what.to_owned(),
            details: details.as_object().cloned().unwrap_or_default(),
            previous: String::new(),
            hash: format!("h{number}"),
        }
    }

    #[test]
    fn a_ledger_is_told_by_its_runs() {
        let entries = [
            entry(1, "began", json!({"verb": "apply", "caller": "arn:ana", "summary": {"create": 2, "delete": 0}})),
            entry(2, "created", json!({"address": "network.main"})),
            entry(3, "ended", json!({"done": 2, "failed": 0, "interrupted": false})),
            entry(4, "began", json!({"verb": "wrap", "evaluation": "sha256:0"})),
        ];
        let history = History::of(&entries);
        assert_eq!((history.lines, history.head.as_deref()), (4, Some("h4")));
        assert_eq!(history.ledger_head(), Some(LedgerHead { entries: 4, head: "h4".to_owned() }));
        assert_eq!(History { broken: Some("line 2".to_owned()), ..history.clone() }.ledger_head(), None);
        let [first, second] = history.runs.as_slice() else { panic!("{history:?}") };
        assert_eq!((first.planned.as_str(), first.outcome.as_deref()), ("create 2", Some("done 2")));
        assert_eq!((second.outcome.as_deref(), second.evaluation.as_deref()), (None, Some("sha256:0")));
    }
}
