//! `closedset completions` and `closedset man`: drawn from the same definitions as the help.

use clap::CommandFactory;

use super::arguments::{Arguments, Completions, Man};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;

const PROGRAM: &str = "closedset";

/// Prints a shell's completion script.
///
/// # Errors
/// None.
pub fn completions(context: &Context<'_>, arguments: &Completions) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), PROGRAM, &mut script);
    context.printer.result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}

/// Prints a manual page.
///
/// # Errors
/// A verb that there isn't.
pub fn man(context: &Context<'_>, arguments: &Man) -> Result<Exit, CliError> {
    let mut all = Arguments::command();
    // Puts the program's name before the verbs'.
    all.build();
    let command = match &arguments.verb {
        None => all,
        Some(verb) => {
            let names: Vec<String> = all.get_subcommands().map(|one| one.get_name().to_owned()).collect();
            all.find_subcommand(verb).cloned().ok_or_else(|| {
                CliError::usage(format!("there is no verb `{verb}`")).hint(format!("there are {}", names.join(", ")))
            })?
        }
    };
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|error| CliError::usage(format!("the page can't be written: {error}")))?;
    context.printer.result(&String::from_utf8_lossy(&page));
    Ok(Exit::Done)
}
