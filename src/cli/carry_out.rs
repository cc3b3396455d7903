//! Carrying out a plan: the question, the ledger, the signals, and what is shown meanwhile. Shared by every verb that
//! changes the cloud.

use std::io::BufRead;
use std::time::Duration;

use indicatif::ProgressDrawTarget;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::gate::evaluation;
use super::printer::Printer;
use super::signals::Listening;
use super::state::State;
use crate::apply::{self, Event, Journal, Ledger, Listener, Outcome};
use crate::cloud::Cloud;
use crate::plan::{Operations, Plan, Reason, Step};
use crate::report::palette::{CAUTION, STRONG};
use crate::report::progress::{Bars, Lines};
use crate::report::text::Line;
use crate::report::{events, outcome_text, words};
use crate::resource::{Desired, Kind, Observed};

/// How a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// To people, on stderr.
    Text,
    /// To programs, a JSON event a line on stdout.
    Json,
}

/// A run that is about to be made.
#[derive(Debug)]
pub struct Run<'a> {
    pub verb: &'static str,
    pub plan: &'a Plan,
    pub desired: &'a Desired,
    pub observed: &'a Observed,
    pub cloud: &'a Cloud,
    pub state: &'a State,
    pub shown: Shown,
    /// Lines of the ledger that come before the run's own.
    pub preface: Vec<(&'static str, Value)>,
}

/// What came of it, with what is needed to say so.
pub struct Ended<'a> {
    pub outcome: Outcome,
    /// For what the verb does beyond the plan.
    pub journal: Option<Journal<'a>>,
    pub start: Instant,
    /// From the start until the last seat ran with what belongs to it; none where none came up.
    pub served: Option<Duration>,
}

/// Asks before something is changed. Only a literal yes is one.
///
/// # Errors
/// Where nobody is there to ask, or the answer is another.
pub fn confirm(printer: &Printer, yes: bool, question: &str, flag: &str) -> Result<(), CliError> {
    if yes {
        return Ok(());
    }
    if !printer.can_ask() {
        return Err(CliError::new(ErrorKind::Unconfirmed, "nobody is there to confirm: stdin is no terminal")
            .hint(format!("{flag} carries it out without asking")));
    }
    let mut asked = String::from("\n");
    Line::new(0).styled(STRONG, question).plain(" yes/no: ").write(printer.note_width(), &mut asked);
    printer.note(asked.trim_end_matches('\n'));
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    match read {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(CliError::new(ErrorKind::Unconfirmed, "not confirmed: nothing was changed")
            .hint("only `yes` is taken for one")),
    }
}

impl<'a> Run<'a> {
    /// Carries out these steps of the plan. `planned` is the stream's first event, and `more` is what else the ledger's first
    /// line says. A ledger that can't be written is told, and stops nothing.
    ///
    /// # Errors
    /// Where signals can't be listened to; nothing was changed then.
    pub async fn carry_out_steps(
        &self,
        context: &'a Context<'_>,
        steps: &Operations,
        planned: &Value,
        more: Map<String, Value>,
    ) -> Result<Ended<'a>, CliError> {
        let printer = context.printer;
        let listening = Listening::begin()
            .map_err(|error| CliError::new(ErrorKind::File, format!("cannot listen to signals: {error}")))?;
        context.changes();
        let mut about = self.about();
        about.extend(more);
        let mut journal = open_journal(context, self.state, about);
        if let Some(journal) = journal.as_mut() {
            for (what, details) in &self.preface {
                journal.note(what, details.clone());
            }
        }
        let start = Instant::now();
        let mut served = Served { start, at: None };
        let outcome = {
            let mut shown: Box<dyn Listener + '_> = match self.shown {
                Shown::Json => {
                    print_event(printer, planned);
                    Box::new(JsonEvents { printer, start })
                }
                Shown::Text if printer.can_draw() => Box::new(Bars::new(ProgressDrawTarget::stderr())),
                Shown::Text => Box::new(Lines::new(|line| printer.note(line))),
            };
            let both = Both { shown: shown.as_mut(), journal: journal.as_mut() };
            let mut listener = (both, &mut served);
            let signals = listening.signals();
            let Run { plan, desired, observed, cloud, .. } = self;
            apply::run_steps(steps, plan, desired, observed, cloud, signals, &mut listener).await
        };
        drop(listening);
        Ok(Ended { outcome, journal, start, served: served.at })
    }

    /// What the ledger's first line says of the run.
    fn about(&self) -> Map<String, Value> {
        let about = json!({
            "verb": self.verb,
            "production": self.plan.production,
            "account": self.plan.account,
            "region": self.plan.region,
            "caller": self.observed.caller,
            "summary": self.plan.summary,
            // What isn't assessed, such as a wrap, has none.
            "evaluation": evaluation(self.plan, self.desired).ok().filter(|_| !self.plan.assessment.is_empty()),
            "catalogue": self.plan.assessment.get("catalogue"),
        });
        match about {
            Value::Object(about) => about,
            _ => Map::new(),
        }
    }
}

/// Opens the ledger for a run; one that can't be used is told, and stops nothing.
fn open_journal<'a>(context: &'a Context<'_>, state: &State, about: Map<String, Value>) -> Option<Journal<'a>> {
    let printer = context.printer;
    match Ledger::open(&state.ledger()) {
        Ok(ledger) => {
            if let Some(last) = ledger.unfinished() {
                let text = format!(
                    "The last run ended without a word after `{}` at {}: what it left is taken up now.",
                    last.what, last.time
                );
                warn(printer, "note: ", &text);
            }
            if let Some(lost) = ledger.lost() {
                let text =
                    format!("The ledger isn't what it was when it was last written: {lost}. It now says so itself.");
                warn(printer, "warning: ", &text);
            }
            Some(Journal::new(ledger, || context.time(), about))
        }
        Err(error) => {
            warn(printer, "warning: ", &format!("{error}; this run will not be recorded"));
            None
        }
    }
}

impl<'a> Ended<'a> {
    /// Where there was nothing to do, and something to say.
    pub fn without_run(context: &'a Context<'_>, state: &State) -> Self {
        let journal = open_journal(context, state, Map::new());
        Self { outcome: Outcome::default(), journal, start: Instant::now(), served: None }
    }

    /// Tells, once, if the ledger could not be kept.
    pub fn tell_of_ledger(&self, printer: &Printer) {
        if let Some(trouble) = self.journal.as_ref().and_then(Journal::trouble) {
            warn(printer, "warning: ", &format!("{trouble}; the rest of this run is not recorded"));
        }
    }

    /// The exit code of what came of the plan.
    pub fn exit(&self, plan: &Plan) -> Exit {
        if self.outcome.interrupted {
            Exit::Interrupted
        } else if !self.outcome.is_complete() || unknown(plan) > 0 {
            Exit::Partial
        } else {
            Exit::Done
        }
    }
}

/// How many resources nothing could be done with because they couldn't be read. The account's switches aren't the
/// production's own.
pub fn unknown(plan: &Plan) -> usize {
    let unknown =
        |change: &&crate::plan::Change| change.reason == Reason::Unreadable && change.kind != Kind::AccountSwitch;
    plan.changes.iter().filter(unknown).count()
}

/// Whether all that may be the production's could be read: then what isn't seen isn't there. The account's switches aren't
/// the production's own.
pub fn is_whole(plan: &Plan) -> bool {
    plan.unreadable.iter().all(|gap| gap.kind == Kind::AccountSwitch)
}

/// Says that part of the plan could not be carried out for lack of knowledge.
pub fn tell_of_unknown(printer: &Printer, plan: &Plan) {
    let unknown = unknown(plan);
    if unknown > 0 {
        let what = words::count(unknown, ("resource", "resources"));
        warn(printer, "warning: ", &format!("{what} could not be read, so nothing was done with them; run again"));
    }
}

/// Writes a warning or a note to people.
pub fn warn(printer: &Printer, mark: &str, text: &str) {
    let mut out = String::new();
    Line::new(0).styled(CAUTION, mark).plain(text).write(printer.note_width(), &mut out);
    printer.note(&out);
}

/// Says what came of a run: the last event of the stream, or the outcome in words.
pub fn conclude(printer: &Printer, shown: Shown, outcome: &Outcome, took: Duration, exit: Exit) {
    match shown {
        Shown::Json => print_event(printer, &events::summary(outcome, took, exit.code())),
        Shown::Text => printer.result(&format!("\n{}", outcome_text(outcome, &[], printer.result_width()))),
    }
}

/// Says to programs that nothing was to be done; people have read it in the plan.
pub fn conclude_nothing(printer: &Printer, shown: Shown, planned: &Value, exit: Exit) -> Exit {
    if shown == Shown::Json {
        print_event(printer, planned);
        conclude(printer, shown, &Outcome::default(), Duration::ZERO, exit);
    }
    exit
}

/// Writes one line of JSON.
pub fn print_event(printer: &Printer, event: &Value) {
    printer.result(&format!("{event}\n"));
}

struct JsonEvents<'a> {
    printer: &'a Printer,
    start: Instant,
}

impl Listener for JsonEvents<'_> {
    fn on_event(&mut self, event: &Event<'_>) {
        print_event(self.printer, &events::event(event, self.start.elapsed()));
    }
}

/// Notes when the last seat came to serve, or the last volume of one.
struct Served {
    start: Instant,
    at: Option<Duration>,
}

impl Listener for Served {
    fn on_event(&mut self, event: &Event<'_>) {
        if let Event::Succeeded { operation, .. } = event
            && matches!(operation.step, Step::AwaitRunning(_) | Step::Start(_) | Step::Create | Step::Attach)
            && matches!(operation.kind, Kind::Seat | Kind::Volume)
        {
            self.at = Some(self.start.elapsed());
        }
    }
}

struct Both<'a, 'j> {
    shown: &'a mut dyn Listener,
    journal: Option<&'a mut Journal<'j>>,
}

impl Listener for Both<'_, '_> {
    fn on_event(&mut self, event: &Event<'_>) {
        // The ledger first: what is shown has been written down.
        if let Some(journal) = self.journal.as_mut() {
            journal.on_event(event);
        }
        self.shown.on_event(event);
    }
}
