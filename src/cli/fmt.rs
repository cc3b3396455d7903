//! `closedset fmt`: the canonical format.

use std::io::Read;
use std::path::Path;

use super::arguments;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::{findings, sources};
use crate::blueprint::format::format;
use crate::blueprint::parse::read_text;
use crate::blueprint::{Diagnostics, Sources};
use crate::report::words;

/// Runs the verb. Every file is looked at, whatever is wrong with another.
///
/// # Errors
/// Files that can't be read or hold syntax errors; with `--check`, files that aren't in the format.
pub fn run(context: &Context<'_>, arguments: &arguments::Fmt) -> Result<Exit, CliError> {
    let mut texts = Sources::default();
    let mut problems = Diagnostics::default();
    let mut differing = Vec::new();
    for path in &arguments.paths {
        if path.as_os_str() == "-" {
            from_stdin(context, arguments.check, &mut texts, &mut problems, &mut differing)?;
            continue;
        }
        for file in sources::paths(path)? {
            let bytes = sources::bytes(&file)?;
            let name = sources::shown(&file);
            let Some(formatted) = formatted(name.clone(), &bytes, &mut texts, &mut problems) else { continue };
            if formatted.as_bytes() == bytes {
                continue;
            }
            if !arguments.check {
                write(&file, &formatted)?;
            }
            context.printer.result(&format!("{name}\n"));
            differing.push(name);
        }
    }
    if problems.has_errors() {
        return Err(findings::error(&problems, &texts, context.printer.note_width()));
    }
    if arguments.check && !differing.is_empty() {
        let files = words::count(differing.len(), ("file is", "files are"));
        return Err(CliError::new(ErrorKind::Blueprint, format!("{files} not in the canonical format"))
            .hint("closedset fmt rewrites them"));
    }
    Ok(Exit::Done)
}

fn from_stdin(
    context: &Context<'_>,
    check: bool,
    texts: &mut Sources,
    problems: &mut Diagnostics,
    differing: &mut Vec<String>,
) -> Result<(), CliError> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).map_err(|error| CliError::file("read", Path::new("stdin"), error))?;
    let Some(formatted) = formatted("stdin".to_owned(), &bytes, texts, problems) else { return Ok(()) };
    if !check {
        context.printer.result(&formatted);
    } else if formatted.as_bytes() != bytes {
        differing.push("stdin".to_owned());
    }
    Ok(())
}

fn formatted(name: String, bytes: &[u8], texts: &mut Sources, problems: &mut Diagnostics) -> Option<String> {
    let (source, problem) = read_text(texts, name, bytes.to_owned());
    if let Some(problem) = problem {
        problems.push(problem);
        return None;
    }
    format(texts, source).map_err(|problem| problems.push(*problem)).ok()
}

/// Writes the file in place, through a draft beside it, so that a crash leaves the one or the other.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    super::save::replace(path, text.as_bytes()).map_err(|error| CliError::file("write", path, error))
}
