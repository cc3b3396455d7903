//! `closedset validate`: all errors of a blueprint at once; nothing is sent.

use serde_json::json;

use super::arguments;
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::session::offline;
use crate::controls::Assessment;
use crate::plan::Options;
use crate::report::diagnostics;
use crate::report::palette::GOOD;
use crate::report::text::Line;
use crate::report::words;

/// Runs the verb.
///
/// # Errors
/// A blueprint with errors.
pub fn run(context: &Context<'_>, arguments: &arguments::Validate) -> Result<Exit, CliError> {
    let read = context.read(&arguments.blueprint.path)?;
    // The compiler refuses what only shows once everything is put together.
    let planned = offline(context, &read, &Options::default())?;
    let pools = read.blueprint.pools.len();
    let seats: u32 = planned.desired.pools.values().map(|pool| pool.seats).sum();
    let assessment = Assessment::of(&planned.plan).ok().flatten();
    let of_controls = assessment.map(|assessment| assessment.after.warnings).unwrap_or_default();
    let warnings: Vec<&String> = planned.desired.warnings.iter().chain(&of_controls).collect();
    if arguments.json {
        let document = json!({
            "production": read.blueprint.production.alias.to_string(),
            "region": read.blueprint.production.region.as_str(),
            "pools": pools,
            "seats": seats,
            "diagnostics": diagnostics::objects(&read.diagnostics, &read.sources),
            "warnings": warnings,
        });
        context.printer.result(&format!("{document:#}\n"));
        return Ok(Exit::Done);
    }
    let text = format!(
        "production {} with {} in {}",
        read.blueprint.production.alias,
        words::count(usize::try_from(seats).unwrap_or(usize::MAX), ("seat", "seats")),
        words::count(pools, ("pool", "pools")),
    );
    let mut out = String::new();
    let width = context.printer.result_width();
    Line::new(0).styled(GOOD, "The blueprint is valid: ").plain(text).plain(".").write(width, &mut out);
    context.printer.result(&out);
    for warning in warnings {
        super::carry_out::warn(context.printer, "warning: ", warning);
    }
    Ok(Exit::Done)
}
