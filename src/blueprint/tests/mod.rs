//! Whole blueprints, loaded as a verb loads them: a text, and what is said about it.

mod accepted;
mod files;
mod mutated;
mod refused;

use super::{Diagnostic, Inputs, Loaded, NoFiles, Parsed, Severity, load};

/// The day on which these tests take place.
const TODAY: super::model::Date = jiff::civil::date(2026, 11, 21);

fn load_on(text: &str, today: super::model::Date) -> Loaded {
    let (parsed, problems) = Parsed::new([("test.hcl".to_owned(), text.as_bytes().to_vec())]);
    load(parsed, problems, &Inputs::default(), &NoFiles, today)
}

/// Everything that is said, a line each: place, weight, message, label and help.
fn said(loaded: &Loaded) -> Vec<String> {
    loaded.diagnostics.sorted().into_iter().map(|diagnostic| line(loaded, diagnostic)).collect()
}

fn line(loaded: &Loaded, diagnostic: &Diagnostic) -> String {
    let weight = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut line = format!("{weight}: {}", diagnostic.message);
    if let Some(span) = diagnostic.span {
        let (row, _) = loaded.sources.position(span);
        let text = &loaded.sources.get(span.source).text;
        let written = text.lines().nth(row - 1).unwrap_or_default().trim();
        line = format!("{line} | {written}");
    }
    for words in [&diagnostic.label, &diagnostic.help].into_iter().flatten() {
        line = format!("{line} | {words}");
    }
    line
}

/// A blueprint in which every block and every attribute of the language stands.
const FULL: &str = include_str!("full.hcl");

/// The full blueprint with some of its text replaced by other text.
fn changed(changes: &[(&str, &str)]) -> String {
    let mut text = FULL.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the blueprint has no {from}");
        text = text.replacen(from, to, 1);
    }
    text
}
