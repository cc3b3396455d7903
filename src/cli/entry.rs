//! From arguments to exit code.

use std::ffi::OsString;

use clap::Parser;
use serde_json::{Map, Value, json};

use super::arguments::{self, Answer, Arguments, RehearseVerb, Verb};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::interruption::Interruption;
use super::printer::Printer;
use super::{
    apply, approve, backup, controls, drill, fmt, graph, help, init, ledger, plan, rehearse, rehearse_serve, report,
    restore, schema, status, usage, validate, who_can, wrap,
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
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    match Arguments::try_parse_from(&arguments) {
        Ok(arguments) => dispatch(&printer, arguments).await,
        Err(words) if words.use_stderr() => {
            printer.note(&words.render().ansi().to_string());
            told_to_programs(&printer, &usage::error(&words), usage::answer(&arguments));
            Exit::Error
        }
        // Help and version are results.
        Err(words) => {
            printer.result(&words.render().ansi().to_string());
            written(&printer, Exit::Done, false)
        }
    }
}

async fn dispatch(printer: &Printer, arguments: Arguments) -> Exit {
    let Arguments { global, verb } = arguments;
    let global = global.merged(verb.global().cloned().unwrap_or_default());
    let answer = verb.answer();
    let rehearsed = verb.is_rehearsed(&global);
    let interruption = match verb.asks_a_cloud() {
        true => Interruption::awaited(printer, answer),
        false => Interruption::unheard(),
    };
    let context = Context::new(global, rehearsed, printer, interruption);
    // A box: the futures of the verbs nest deep.
    let ended = Box::pin(run_verb(&context, verb)).await;
    // However it ended: what a command that failed or was interrupted did is as true as what one that succeeded did.
    let exit = match (ended, context.close()) {
        (Ok(exit), Ok(())) => exit,
        (Err(error), Ok(())) => told(printer, &error, answer),
        (Ok(_), Err(lost)) => told(printer, &lost, answer),
        (Err(error), Err(lost)) => {
            printer.note(&lost.text(printer.note_width()));
            told(printer, &error, answer)
        }
    };
    written(printer, exit, context.has_changed())
}

/// Tells people of an error, and programs where they asked for JSON: a stream gets one more object, and a document that
/// wasn't begun is one about the error.
pub fn told(printer: &Printer, error: &CliError, answer: Answer) -> Exit {
    printer.note(&error.text(printer.note_width()));
    told_to_programs(printer, error, answer);
    error.exit()
}

fn told_to_programs(printer: &Printer, error: &CliError, answer: Answer) {
    match answer {
        Answer::Events => {
            let mut event = Map::from_iter([("type".to_owned(), json!("error"))]);
            event.extend(error.json().as_object().cloned().unwrap_or_default());
            printer.result(&format!("{}\n", Value::Object(event)));
        }
        Answer::Document if !printer.has_result() => printer.result(&format!("{:#}\n", error.json())),
        Answer::Document | Answer::Text => {}
    }
}

/// How a command ends whose result may not have been written: code 1 says that nothing was changed, so it isn't that of a
/// command that changed something.
fn written(printer: &Printer, exit: Exit, has_changed: bool) -> Exit {
    let Some(why) = printer.lost() else { return exit };
    let error = CliError::usage(format!("cannot write the result: {why}"));
    printer.note(&error.text(printer.note_width()));
    exit.max(if has_changed { Exit::Partial } else { Exit::Error })
}

/// Boxed: a verb's future is as deep as all that it waits for, and one of all verbs would be deeper than the compiler looks.
async fn run_verb(context: &Context<'_>, verb: Verb) -> Result<Exit, CliError> {
    match verb {
        Verb::Init(verb) => init::run(context, &verb),
        Verb::Validate(verb) => validate::run(context, &verb),
        Verb::Fmt(verb) => fmt::run(context, &verb),
        Verb::Plan(verb) => Box::pin(plan::run(context, verb)).await,
        Verb::Approve(verb) => Box::pin(approve::run(context, verb)).await,
        Verb::Apply(verb) => Box::pin(apply::run(context, verb)).await,
        Verb::Status(verb) => Box::pin(status::run(context, verb)).await,
        Verb::Backup(verb) => Box::pin(backup::run(context, verb.verb)).await,
        Verb::Restore(verb) => Box::pin(restore::run(context, verb)).await,
        Verb::Drill(verb) => Box::pin(drill::run(context, verb)).await,
        Verb::Wrap(verb) => Box::pin(wrap::run(context, verb)).await,
        Verb::Rehearse(arguments::Rehearse { verb: Some(RehearseVerb::Serve(verb)), .. }) => {
            Box::pin(rehearse_serve::run(context, &verb)).await
        }
        Verb::Rehearse(verb) => Box::pin(rehearse::run(context, verb)).await,
        Verb::WhoCan(verb) => who_can::run(context, &verb),
        Verb::Graph(verb) => graph::run(context, &verb),
        Verb::Controls(verb) => Box::pin(controls::run(context, verb.verb)).await,
        Verb::Report(verb) => Box::pin(report::run(context, verb.verb, verb.make)).await,
        Verb::Ledger(verb) => Box::pin(ledger::run(context, verb.verb, verb.show)).await,
        Verb::Schema(verb) => schema::run(context, &verb),
        Verb::Completions(verb) => help::completions(context, &verb),
        Verb::Man(verb) => help::man(context, &verb),
    }
}
