//! From arguments to exit code.

use std::ffi::OsString;

use clap::Parser;

use super::arguments::{self, Arguments, RehearseVerb, Verb};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::printer::Printer;
use super::{
    apply, controls, fmt, graph, help, init, ledger, plan, rehearse, rehearse_serve, report, schema, status, validate,
    who_can, wrap,
};

/// The runtime of the program. One thread: all work is waiting for answers. Its clock stands still from its first moment,
/// so that timers of a rehearsal ring on whole milliseconds, and two rehearsals of one seed are the same; what isn't
/// rehearsed lets it run.
///
/// # Errors
/// Where the system gives no runtime.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build()
}

/// Runs the command that the arguments ask for, in such a [`runtime`].
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
    let Arguments { global, verb } = arguments;
    let global = global.merged(verb.global().cloned().unwrap_or_default());
    let rehearsed = verb.is_rehearsed(&global);
    let context = Context::new(global, rehearsed, printer);
    let ended = run_verb(&context, verb).await;
    // However it ended: what a command that failed or was interrupted did is as true as what one that succeeded did.
    match (ended, context.close()) {
        (ended, Ok(())) => ended,
        (Ok(_), Err(lost)) => Err(lost),
        (Err(error), Err(lost)) => {
            printer.note(&lost.text(printer.note_width()));
            Err(error)
        }
    }
}

async fn run_verb(context: &Context<'_>, verb: Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Init(verb) => init::run(context, &verb),
        Verb::Validate(verb) => validate::run(context, &verb),
        Verb::Fmt(verb) => fmt::run(context, &verb),
        Verb::Plan(verb) => plan::run(context, verb).await,
        Verb::Apply(verb) => apply::run(context, verb).await,
        Verb::Status(verb) => status::run(context, verb).await,
        Verb::Wrap(verb) => wrap::run(context, verb).await,
        Verb::Rehearse(arguments::Rehearse { verb: Some(RehearseVerb::Serve(verb)), .. }) => {
            rehearse_serve::run(context, &verb).await
        }
        Verb::Rehearse(verb) => rehearse::run(context, verb).await,
        Verb::WhoCan(verb) => who_can::run(context, &verb),
        Verb::Graph(verb) => graph::run(context, &verb),
        Verb::Controls(verb) => controls::run(context, verb.verb).await,
        Verb::Report(verb) => report::run(context, verb.verb, verb.make).await,
        Verb::Ledger(verb) => ledger::run(context, verb.verb, verb.show).await,
        Verb::Schema(verb) => schema::run(context, &verb),
        Verb::Completions(verb) => help::completions(context, &verb),
        Verb::Man(verb) => help::man(context, &verb),
    }
}
