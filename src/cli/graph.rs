//! `closedset graph`: the network as a picture.

use super::arguments::{self, GraphFormat};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::save;
use super::session::offline;
use crate::plan::Options;
use crate::report::graph::{Scene, dot, mermaid, svg};

/// Runs the verb. No request is sent.
///
/// # Errors
/// A blueprint with errors, a file that can't be written.
pub fn run(context: &Context<'_>, arguments: &arguments::Graph) -> Result<Exit, CliError> {
    let read = context.read(&arguments.blueprint.path)?;
    // What the compiler refuses is no network to be shown to anyone.
    offline(context, &read, &Options::default())?;
    let scene = Scene::of(&read.blueprint);
    let text = match arguments.format {
        GraphFormat::Svg => svg(&scene),
        GraphFormat::Dot => dot(&scene),
        GraphFormat::Mermaid => mermaid(&scene),
    };
    match &arguments.out {
        Some(path) => {
            save::write_whole(path, text.as_bytes()).map_err(|error| CliError::file("write", path, error))?;
        }
        None => context.printer.result(&text),
    }
    Ok(Exit::Done)
}
