//! `closedset schema`: what editors and programs check documents against.

use super::arguments::{self, SchemaOf};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use crate::blueprint::schema;
use crate::report::PLAN_SCHEMA;

/// Runs the verb.
///
/// # Errors
/// None that a person could cause.
pub fn run(context: &Context<'_>, arguments: &arguments::Schema) -> Result<Exit, CliError> {
    let text = match arguments.of {
        SchemaOf::Blueprint => serde_json::to_string_pretty(&schema::document())
            .map_err(|error| CliError::usage(format!("the schema can't be written: {error}")))?,
        SchemaOf::Plan => PLAN_SCHEMA.trim_end().to_owned(),
    };
    context.printer.result(&format!("{text}\n"));
    Ok(Exit::Done)
}
