//! `closedset who-can`: what an artist may do on a seat, or what a permission file lets somebody do.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::arguments;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::sources::{bytes, shown};
use crate::guest::permissions::{Actor, Imported, Imports, NotAnActor, Permissions, Problem};
use crate::guest::{NoAnswer, places};
use crate::report::who_can::{artist_rights, file_rights};
use crate::report::words::count;
use crate::report::{artist_text, file_text};

/// Runs the verb. No request is sent.
///
/// # Errors
/// A blueprint or a permission file with errors, an artist or a seat that isn't there.
pub fn run(context: &Context<'_>, arguments: &arguments::WhoCan) -> Result<Exit, CliError> {
    let width = context.printer.result_width();
    let text = match (&arguments.file, &arguments.actor, &arguments.artist) {
        (Some(file), Some(actor), _) => {
            let who = Actor::parse(actor).map_err(|error| {
                CliError::usage(error.to_string()).hint(format!("--actor takes {}", NotAnActor::FORM))
            })?;
            let name = one_name(file);
            let imports = FileImports;
            let permissions =
                Permissions::read(&name, &file_bytes(file)?, &imports).map_err(|problems| told(&problems))?;
            let rights = file_rights(&name, actor, &who, &permissions);
            if arguments.json { json(&rights)? } else { file_text(&rights, width) }
        }
        (_, _, Some(artist)) => {
            let read = context.read(&arguments.blueprint.path)?;
            let today = context.today();
            let (artist, places) =
                places(&read.blueprint, artist, arguments.seat.as_deref(), today).map_err(no_answer)?;
            let rights = artist_rights(&read.blueprint, &read.sources, artist, &places, today);
            if arguments.json { json(&rights)? } else { artist_text(&rights, width) }
        }
        _ => return Err(CliError::usage("name an artist, or --file with --actor")),
    };
    context.printer.result(&text);
    Ok(Exit::Done)
}

fn json(rights: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(rights)
        .map_err(|error| CliError::usage(format!("the answer can't be written as JSON: {error}")))?;
    Ok(format!("{text}\n"))
}

fn no_answer(why: NoAnswer) -> CliError {
    let error = CliError::usage(why.to_string());
    match why {
        NoAnswer::NoArtist { help: Some(help), .. } | NoAnswer::NoPool { help: Some(help), .. } => error.hint(help),
        NoAnswer::NotASeat(_) | NoAnswer::WhichPool { .. } => {
            error.hint("write a seat as its address: workstation_pool.comp[007], or comp[7]")
        }
        NoAnswer::NoArtist { .. } | NoAnswer::NoPool { .. } | NoAnswer::NoSeat { .. } | NoAnswer::Unreadable(_) => {
            error
        }
    }
}

/// What is wrong with a permission file, a line each.
fn told(problems: &[Problem]) -> CliError {
    let message = format!("the permission file has {}", count(problems.len(), ("error", "errors")));
    let mut error = CliError::new(ErrorKind::File, message);
    error.details = problems
        .iter()
        .map(|problem| match &problem.help {
            Some(help) => format!("{problem} ({help})"),
            None => problem.to_string(),
        })
        .collect();
    error
}

fn file_bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    let known = std::fs::metadata(path).map_err(|error| CliError::file("read", path, error))?;
    // A pipe or a device might never end.
    if !known.is_file() {
        return Err(CliError::file("read", path, "it is no file"));
    }
    bytes(path)
}

/// One name for one file, however it was asked for: relative to where the command was started, if it is below it.
fn one_name(path: &Path) -> String {
    let Ok(whole) = path.canonicalize() else { return shown(path) };
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    shown(whole.strip_prefix(here).unwrap_or(&whole))
}

/// Imported files, from the folder of the file that imports them, or by their whole path.
struct FileImports;

impl Imports for FileImports {
    fn read(&self, importing: &str, path: &str) -> Result<Imported, String> {
        // A file that was written for a Windows server names its imports with backslashes.
        let path = if cfg!(windows) { path.to_owned() } else { path.replace('\\', "/") };
        let folder = Path::new(importing).parent().map(PathBuf::from).unwrap_or_default();
        let file = folder.join(path);
        let bytes = file_bytes(&file).map_err(|error| error.message)?;
        Ok(Imported { name: one_name(&file), bytes })
    }
}
