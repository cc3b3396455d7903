//! Fields of a change in words: one value in place of another, policies line by line.

use anstyle::Style;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::fold::{Entry, FoldedField};
use super::palette::{BAD, CAUTION, FAINT, GOOD, PLAIN};
use super::text::{HOLDING, Line};
use super::words;
use crate::plan::Action;

/// A longer value loses its middle; the JSON plan has all of it.
const LONGEST_VALUE: usize = 96;
/// Lines that stay the same around a difference of policies.
const CONTEXT: usize = 2;

/// Writes the fields of an entry below its headline.
pub fn write(entry: &Entry<'_>, indent: usize, width: usize, out: &mut String) {
    if entry.action == Action::Create {
        made(&entry.fields, indent, width, out);
        return;
    }
    for field in &entry.fields {
        match policies(field) {
            Some((before, after)) => policy(field, &before, &after, indent, width, out),
            None => changed(field, indent, width, out),
        }
    }
}

/// The fields of something new: one paragraph, and a line for each rule. Its tags are left out, for everything bears
/// the production's, and so is the seat of a volume, which its address names.
fn made(fields: &[FoldedField<'_>], indent: usize, width: usize, out: &mut String) {
    let fields = fields.iter().filter(|field| !field.path.starts_with("tags.") && field.path != "seat");
    let (lines, words): (Vec<_>, Vec<_>) = fields.partition(|field| is_listed(field.path));
    let parts: Vec<String> =
        words.iter().map(|field| format!("{} {}", field.path, field.after.words(&|value| said(value)))).collect();
    if !parts.is_empty() {
        // The dots stay at the ends of lines.
        Line::new(indent).hanging(indent).styled(FAINT, parts.join(&format!("{HOLDING}· "))).write(width, out);
    }
    for field in lines {
        Line::new(indent)
            .styled(FAINT, format!("{}: {}", field.path, field.after.words(&|value| said(value))))
            .write(width, out);
    }
}

/// Fields that matter one by one, however many there are.
fn is_listed(path: &str) -> bool {
    path.starts_with("rules.")
}

fn changed(field: &FoldedField<'_>, indent: usize, width: usize, out: &mut String) {
    let line = values(Line::new(indent).plain(format!("{}: ", field.path)), field);
    replaces(line, field).write(width, out);
}

/// Adds what a field is and what it becomes.
pub fn values(line: Line, field: &FoldedField<'_>) -> Line {
    let say = |value: &Value| said(value);
    match (field.before.is_null(), field.after.is_null()) {
        (true, _) => line.styled(FAINT, "(not set)").plain(" → ").styled(GOOD, field.after.words(&say)),
        (_, true) => line.styled(BAD, field.before.words(&say)).plain(" → ").styled(FAINT, "(removed)"),
        _ => line.styled(BAD, field.before.words(&say)).plain(" → ").styled(GOOD, field.after.words(&say)),
    }
}

fn replaces(line: Line, field: &FoldedField<'_>) -> Line {
    if field.replaces { line.styled(CAUTION, "  (replaces)") } else { line }
}

/// A value, shortened; of a policy, how much it says.
fn said(value: &Value) -> String {
    if let Some(policy) = as_policy(value) {
        let statements = match policy.get("Statement") {
            Some(Value::Array(all)) => all.len(),
            Some(_) => 1,
            None => 0,
        };
        return format!("(policy of {})", words::count(statements, ("statement", "statements")));
    }
    words::shorten(&words::value(value), LONGEST_VALUE)
}

/// The policy that a text holds.
fn as_policy(value: &Value) -> Option<Value> {
    let text = value.as_str().filter(|text| text.starts_with('{'))?;
    serde_json::from_str(text).ok().filter(Value::is_object)
}

/// Both sides of a field as policies, where one is.
fn policies(field: &FoldedField<'_>) -> Option<(String, String)> {
    let side = |value: &Value| match as_policy(value) {
        Some(policy) => serde_json::to_string_pretty(&policy).ok(),
        None if value.is_null() => Some(String::new()),
        None => None,
    };
    let (before, after) = (field.before.only()?, field.after.only()?);
    as_policy(before).or_else(|| as_policy(after))?;
    Some((side(before)?, side(after)?))
}

fn policy(field: &FoldedField<'_>, before: &str, after: &str, indent: usize, width: usize, out: &mut String) {
    replaces(Line::new(indent).plain(format!("{}:", field.path)), field).write(width, out);
    let differences = TextDiff::from_lines(before, after);
    for (index, group) in differences.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            Line::new(indent + 2).styled(FAINT, "…").write(width, out);
        }
        for change in group.iter().flat_map(|operation| differences.iter_changes(operation)) {
            let (mark, style): (&str, Style) = match change.tag() {
                ChangeTag::Delete => ("-", BAD),
                ChangeTag::Insert => ("+", GOOD),
                ChangeTag::Equal => (" ", PLAIN),
            };
            let text = change.value();
            let text = text.trim_end();
            let depth = text.len() - text.trim_start().len();
            Line::new(indent + 2).hanging(indent + 6 + depth).styled(style, format!("{mark} {text}")).write(width, out);
        }
    }
}
