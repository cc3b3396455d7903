//! Words for people: how many of what, lists, spans of time, runs of seat numbers.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::resource::{Kind, Slot};
pub use crate::resource::{count, days, list};

/// `12 seats`, of a kind of resource.
pub fn count_of(number: usize, kind: Kind) -> String {
    count(number, kind.words())
}

/// The first letter in upper case, for headings and sentences.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A span of time as people say it: `4 s`, `2 min 5 s`, `1 h 12 min`, `3 days`. Rounded to whole seconds.
pub fn duration(span: Duration) -> String {
    let seconds = span.as_secs() + u64::from(span.subsec_millis() >= 500);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 if seconds.is_multiple_of(60) => format!("{} min", seconds / 60),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..172_800 if seconds % 3600 < 60 => format!("{} h", seconds / 3600),
        3600..172_800 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => days(seconds / 86_400),
    }
}

/// The same, from seconds that were estimated.
pub fn seconds(estimate: f64) -> String {
    duration(Duration::try_from_secs_f64(estimate.max(0.0)).unwrap_or_default())
}

/// Seat numbers with runs folded: `001-012,015`.
pub fn slots(slots: &BTreeSet<Slot>) -> String {
    let mut words = String::new();
    let mut rest = slots.iter().copied().peekable();
    while let Some(first) = rest.next() {
        let mut last = first;
        while let Some(next) = rest.next_if(|next| *next == last + 1) {
            last = next;
        }
        let comma = if words.is_empty() { "" } else { "," };
        // Writing to a string can't fail.
        let _ = match last - first {
            0 => write!(words, "{comma}{first:03}"),
            _ => write!(words, "{comma}{first:03}-{last:03}"),
        };
    }
    words
}

/// A text that is too long, with its middle left out, so that both ends can be told apart.
pub fn shorten(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let (head, tail) = (room - room / 3, room / 3);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

/// A value as people write it: texts without quotes where that leaves no doubt, lists without brackets.
pub fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "(none)".to_owned(),
        Value::Array(items) => items.iter().map(self::value).collect::<Vec<_>>().join(", "),
        Value::Object(map) if map.is_empty() => "(none)".to_owned(),
        other => other.to_string(),
    }
}

/// Whether a text can stand without quotes.
fn is_plain(text: &str) -> bool {
    let unambiguous = |c: char| c.is_alphanumeric() || "-_./:@[]*+=".contains(c);
    !text.is_empty() && text.chars().all(unambiguous) && !matches!(text, "true" | "false" | "null")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn time_is_said_as_people_say_it() {
        let said = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(said(4), "4 s");
        assert_eq!(said(120), "2 min");
        assert_eq!(said(125), "2 min 5 s");
        assert_eq!(said(3600), "1 h");
        assert_eq!(said(4320), "1 h 12 min");
        assert_eq!(said(3 * 86_400), "3 days");
    }

    #[test]
    fn seat_numbers_are_folded() {
        assert_eq!(slots(&[1, 2, 3, 7, 9, 10].into()), "001-003,007,009-010");
    }

    #[test]
    fn values_bear_quotes_only_where_they_need_them() {
        assert_eq!(value(&json!("10.40.0.0/16")), "10.40.0.0/16");
        assert_eq!(value(&json!("true")), "\"true\"");
        assert_eq!(value(&json!("two words")), "\"two words\"");
        assert_eq!(value(&json!(["a", "b"])), "a, b");
        assert_eq!(value(&json!(null)), "(none)");
    }

    #[test]
    fn long_texts_lose_their_middle() {
        assert_eq!(shorten("abcdefghij", 7), "abcd…ij");
    }
}
