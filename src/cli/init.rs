//! `closedset init`: a commented blueprint to start from.

use std::fs;
use std::io::Write;

use jiff::ToSpan;

use super::arguments;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::blueprint::model::{Date, Region};
use crate::blueprint::starter::starter;
use crate::report::text::Line;

/// The file that is written.
const FILE: &str = "production.hcl";
/// The name of the production, until someone gives it one.
const ALIAS: &str = "nebula";
/// Where it lives, until someone says where: the region of the reference blueprints.
const REGION: &str = "us-west-2";
/// How long a show runs, until someone says when it wraps.
const MONTHS: i32 = 6;

/// Runs the verb.
///
/// # Errors
/// Where the file is there already or can't be written.
pub fn run(context: &Context<'_>, arguments: &arguments::Init) -> Result<Exit, CliError> {
    let path = arguments.folder.join(FILE);
    let region = Region::parse(REGION).ok_or_else(|| CliError::usage(format!("{REGION} is no region")))?;
    let starts_on = context.today();
    let wraps_on: Date = starts_on.saturating_add(MONTHS.months());
    let text = starter(ALIAS, &region, starts_on, wraps_on);
    fs::create_dir_all(&arguments.folder).map_err(|error| CliError::file("create", &arguments.folder, error))?;
    let mut file = fs::File::create_new(&path).map_err(|error| {
        let error_kind = error.kind();
        let told = CliError::file("write", &path, error);
        match error_kind {
            std::io::ErrorKind::AlreadyExists => told.hint("nothing is overwritten: name another folder"),
            _ => told,
        }
    })?;
    file.write_all(text.as_bytes()).map_err(|error| CliError::file("write", &path, error))?;
    let mut out = String::new();
    let width = context.printer.result_width();
    let shown = super::sources::shown(&path);
    Line::new(0).plain(format!("Wrote {shown}.")).write(width, &mut out);
    Line::new(0)
        .plain(format!("Edit it, then see what it would make: closedset plan --offline {shown}"))
        .write(width, &mut out);
    context.printer.result(&out);
    Ok(Exit::Done)
}
