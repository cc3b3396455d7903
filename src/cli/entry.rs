//! From arguments to exit code.

use std::ffi::OsString;

use clap::Parser;

use super::arguments::{Arguments, Global, Verb};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::{apply, fmt, help, init, ledger, plan, schema, status, validate, wrap};

/// Runs the command that the arguments ask for.
pub async fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let printer = Printer::default();
    let exit = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match dispatch(&printer, arguments).await {
            Ok(exit) => exit,
            Err(error) => {
                printer.note(&error.text(printer.note_width()));
                error.exit()
            }
        },
        Err(words) if words.use_stderr() => {
            printer.note(&words.render().ansi().to_string());
            Exit::Error
        }
        // Help and version are results.
        Err(words) => {
            printer.result(&words.render().ansi().to_string());
            Exit::Done
        }
    };
    match printer.lost() {
        Some(why) => {
            let error = CliError::usage(format!("cannot write the result: {why}"));
            printer.note(&error.text(printer.note_width()));
            exit.max(Exit::Error)
        }
        None => exit,
    }
}

async fn dispatch(printer: &Printer, arguments: Arguments) -> Result<Exit, CliError> {
    let before = arguments.global;
    let context = |after: &Global| Context { global: before.clone().merged(after.clone()), printer };
    let plain = || Context { global: before.clone(), printer };
    match arguments.verb {
        Verb::Init(verb) => init::run(&plain(), &verb),
        Verb::Validate(verb) => validate::run(&context(&verb.global), &verb),
        Verb::Fmt(verb) => fmt::run(&plain(), &verb),
        Verb::Plan(verb) => plan::run(&context(&verb.global), verb).await,
        Verb::Apply(verb) => apply::run(&context(&verb.global), verb).await,
        Verb::Status(verb) => status::run(&context(&verb.global), verb).await,
        Verb::Wrap(verb) => wrap::run(&context(&verb.global), verb).await,
        Verb::Ledger(verb) => {
            let global = match &verb.verb {
                Some(super::arguments::LedgerVerb::Verify(arguments)) => &arguments.global,
                None => &verb.show.global,
            };
            ledger::run(&context(global), verb.verb, verb.show).await
        }
        Verb::Schema(verb) => schema::run(&plain(), &verb),
        Verb::Completions(verb) => help::completions(&plain(), &verb),
        Verb::Man(verb) => help::man(&plain(), &verb),
    }
}
