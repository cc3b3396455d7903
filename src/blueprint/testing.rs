//! Helps for the tests of this room: a blueprint of one expression, its value or its problems as text.

use super::diagnostic::Diagnostic;
use super::evaluator::Evaluator;
use super::files::{Files, NoFiles};
use super::parse::Parsed;
use super::value::Value;
use super::variables::{Inputs, Origin};

/// Files of a test, by path.
pub(super) struct Memory<'t>(pub(super) &'t [(&'t str, &'t str)]);

impl Files for Memory<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        let found = self.0.iter().find(|(name, _)| *name == path);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "there is no such file".to_owned())
    }
}

/// The value of `local.result` in a blueprint, and all problems.
pub(super) fn run(text: &str, variables: &[(&str, &str)], files: &dyn Files) -> (Value, Vec<Diagnostic>) {
    let (mut parsed, problems) = Parsed::new([("test.hcl".to_owned(), text.as_bytes().to_vec())]);
    let mut inputs = Inputs::default();
    for (name, value) in variables {
        inputs.add_text(&mut parsed.sources, Origin::Argument, name, value);
    }
    let evaluator = Evaluator::new(&parsed, &inputs, files);
    let result = evaluator
        .local_names
        .get("result")
        .map_or(Value::UNKNOWN, |place| evaluator.local(*place, evaluator.locals[*place].span));
    let mut all = problems;
    all.extend(evaluator.finish());
    (result, all.sorted().into_iter().cloned().collect())
}

fn blueprint_of(expression: &str) -> String {
    format!("locals {{\n  result = {expression}\n}}\n")
}

fn describe(problem: &Diagnostic) -> String {
    match &problem.label {
        Some(label) => format!("{}: {label}", problem.message),
        None => problem.message.clone(),
    }
}

/// The value of an expression as it would be written.
pub(super) fn shown(expression: &str) -> String {
    shown_with_files(expression, &[])
}

pub(super) fn shown_with_files(expression: &str, files: &[(&str, &str)]) -> String {
    let (value, problems) = run(&blueprint_of(expression), &[], &Memory(files));
    assert!(problems.is_empty(), "{expression}: {problems:#?}");
    value.to_string()
}

/// The only problem of an expression: its message and its label.
pub(super) fn error_of(expression: &str) -> String {
    error_with_files(expression, &[])
}

pub(super) fn error_with_files(expression: &str, files: &[(&str, &str)]) -> String {
    let (value, problems) = run(&blueprint_of(expression), &[], &Memory(files));
    assert_eq!(problems.len(), 1, "{expression} = {value}: {problems:#?}");
    describe(&problems[0])
}

/// All problems of a blueprint: line, message, label and help of each.
pub(super) fn problems_of(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let (_, problems) = run(text, variables, &NoFiles);
    let line = |problem: &Diagnostic| {
        problem
            .span
            .filter(|span| span.source.0 == 0)
            .map_or(0, |span| text[..span.start as usize].matches('\n').count() + 1)
    };
    problems
        .iter()
        .map(|problem| {
            let help = problem.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
            format!("{}: {}{help}", line(problem), describe(problem))
        })
        .collect()
}
