//! `--policies`: a folder of Rego policies, read before anything is sent, and held against the plan.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::carry_out::warn;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::sources;
use crate::controls::{NotUsable, Policies, Ruling, Said};

/// The deepest folder that is looked into: a link to a folder above would lead on for ever.
const DEEPEST: usize = 16;

/// Reads the policies of a folder and of those in it; of one file, that one. Tests of policies (`…_test.rego`) are none.
///
/// # Errors
/// A folder without policies, or with one that can't be used: where, and what is wrong.
pub fn read(path: Option<&Path>) -> Result<Option<Policies>, CliError> {
    let Some(path) = path else { return Ok(None) };
    let mut files = Vec::new();
    gather(path, DEEPEST, &mut files)?;
    files.sort();
    if files.is_empty() {
        return Err(CliError::new(ErrorKind::File, format!("there is no .rego file in {}", path.display()))
            .hint("--policies FOLDER names a folder of Rego policies"));
    }
    let texts = files
        .iter()
        .map(|path| {
            let text = String::from_utf8(sources::bytes(path)?)
                .map_err(|_| CliError::file("read", path, "it is not valid UTF-8"))?;
            Ok((sources::shown(path), text))
        })
        .collect::<Result<Vec<_>, CliError>>()?;
    Policies::read(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        .map(Some)
        .map_err(|problem| unusable(&problem).hint("nothing was sent: policies are read first"))
}

fn gather(path: &Path, deepest: usize, files: &mut Vec<PathBuf>) -> Result<(), CliError> {
    let wrong = |error| CliError::file("read", path, error);
    if !fs::metadata(path).map_err(wrong)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && !name.starts_with('.') && deepest > 0 {
            gather(&path, deepest - 1, files)?;
        } else if path.is_file() && name.ends_with(".rego") && !name.ends_with("_test.rego") {
            files.push(path);
        }
    }
    Ok(())
}

fn unusable(problem: &NotUsable) -> CliError {
    let place = problem.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
    let mut error = CliError::usage(format!("a policy can't be used: {place}{}", problem.words));
    error.details.extend(problem.line.clone());
    error
}

/// What policies say of a document.
///
/// # Errors
/// A rule that can't be evaluated.
pub fn evaluate(policies: Option<&Policies>, document: &impl Serialize) -> Result<Vec<Said>, CliError> {
    let Some(policies) = policies else { return Ok(Vec::new()) };
    let document = serde_json::to_value(document)
        .map_err(|error| CliError::usage(format!("the plan can't be written as JSON: {error}")))?;
    policies.evaluate(&document).map_err(|problem| unusable(&problem))
}

/// Tells what they said. Denials are told at the end where they end the command.
pub fn tell(context: &Context<'_>, said: &[Said], denials: bool) {
    for one in said.iter().filter(|one| denials || one.ruling == Ruling::Warn) {
        let mark = match one.ruling {
            Ruling::Deny => "denied: ",
            Ruling::Warn => "warning: ",
        };
        warn(context.printer, mark, &in_words(one));
    }
}

/// Refuses what they deny.
///
/// # Errors
/// The refusal, with each denial.
pub fn pass(said: &[Said]) -> Result<(), CliError> {
    let denials: Vec<&Said> = said.iter().filter(|one| one.ruling == Ruling::Deny).collect();
    if denials.is_empty() {
        return Ok(());
    }
    let mut error = CliError::new(ErrorKind::Refused, "refused by the policies, and nothing was changed");
    error.details = denials.into_iter().map(in_words).collect();
    Err(error.hint("the rules stand in the folder that --policies names"))
}

fn in_words(said: &Said) -> String {
    format!("{} ({}.{})", said.message, said.package, said.rule)
}
