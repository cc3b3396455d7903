//! The ledger as people read it.

use serde_json::Value;

use super::palette::{BAD, CAUTION, FAINT, GOOD, PLAIN, STRONG};
use super::text::Line;
use super::words;
use crate::apply::{Entry, Verdict};

/// Entries, a line each, oldest first.
pub fn ledger_text(entries: &[Entry], width: usize) -> String {
    let mut out = String::new();
    for entry in entries {
        let style = match entry.what.as_str() {
            "failed" => BAD,
            "skipped" | "interrupted" => CAUTION,
            "began" | "ended" => STRONG,
            _ => PLAIN,
        };
        let mut line = Line::new(0)
            .hanging(4)
            .styled(FAINT, format!("{:>5}  {}  ", entry.number, entry.time))
            .styled(style, format!("{:<11} ", entry.what));
        if let Some(address) = entry.details.get("address") {
            line = line.plain(words::value(address)).plain("  ");
        }
        let rest: Vec<String> = entry
            .details
            .iter()
            .filter(|(name, _)| *name != "address")
            .map(|(name, value)| format!("{name} {}", said(value)))
            .collect();
        line.styled(FAINT, rest.join(" · ")).write(width, &mut out);
    }
    if entries.is_empty() {
        Line::new(0).plain("The ledger is empty.").write(width, &mut out);
    }
    out
}

/// Of an object, as many pairs as a line is for.
fn said(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let pairs: Vec<String> =
                map.iter().map(|(name, value)| format!("{name} {}", words::value(value))).collect();
            words::shorten(&pairs.join(", "), 200)
        }
        other => words::value(other),
    }
}

/// What checking the ledger found.
pub fn verdict_text(verdict: &Verdict, width: usize) -> String {
    let mut out = String::new();
    let entries = usize::try_from(verdict.entries).unwrap_or(usize::MAX);
    Line::new(0)
        .styled(GOOD, "The ledger is whole: ")
        .plain(format!("{}, each following from the one before.", words::count(entries, ("entry", "entries"))))
        .write(width, &mut out);
    Line::new(0).plain(format!("Head: {}", verdict.head)).write(width, &mut out);
    if !verdict.anchored {
        Line::new(0)
            .plain("Nothing beside it says how long it has to be: lines may be missing at its end. The next run sees to that.")
            .write(width, &mut out);
    }
    for line in &verdict.gaps {
        Line::new(0)
            .styled(CAUTION, "Lines were lost: ")
            .plain(format!("line {line} says so, and how many."))
            .write(width, &mut out);
    }
    if verdict.torn {
        Line::new(0)
            .styled(CAUTION, "The last line was cut off by a crash: ")
            .plain("the next run drops it.")
            .write(width, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn entries_are_lines_with_what_they_are_about_first() {
        let entry = |number, what: &str, details: Value| Entry {
            number,
            time: "2026-12-01T09:00:00Z".to_owned(),
            what: what.to_owned(),
            details: details.as_object().cloned().unwrap_or_else(Map::new),
            previous: String::new(),
            hash: String::new(),
        };
        let entries = [
            entry(1, "began", json!({"verb": "apply", "summary": {"create": 2}})),
            entry(2, "created", json!({"address": "network.main", "id": "vpc-1", "took_ms": 7})),
        ];
        assert_snapshot!(strip_str(&ledger_text(&entries, 100)).to_string(), @r"
        1  2026-12-01T09:00:00Z  began       verb apply · summary create 2
        2  2026-12-01T09:00:00Z  created     network.main  id vpc-1 · took_ms 7
        ");
    }
}
