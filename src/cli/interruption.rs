//! An interruption before anything was changed: the command ends at once, and says so.
//!
//! The signal is heard by a thread of its own, so that it ends a command that is computing, or waiting for a person's yes,
//! as well as one that is waiting for an answer. From the moment that the cloud is changed it is the run that hears it:
//! [`super::signals`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tokio::sync::watch;

use super::arguments::Answer;
use super::entry::told;
use super::error::{CliError, ErrorKind};
use super::printer::Printer;
use super::signals::Stop;

/// How far a command is: what an interruption means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// Nothing was changed.
    Looking,
    /// The cloud is being changed, or was.
    Changing,
    /// What a drill had left was removed, and nothing else was changed.
    LookingAgain,
    /// It is about to end.
    Interrupted,
}

impl Stage {
    /// What an interruption says; none where the run hears it itself.
    fn words(self) -> Option<&'static str> {
        match self {
            Self::Looking => Some("interrupted; nothing was changed"),
            Self::LookingAgain => Some("interrupted; what a drill had left was removed, and nothing else was changed"),
            Self::Changing | Self::Interrupted => None,
        }
    }
}

/// Waits for an interruption for as long as it lives.
#[derive(Debug)]
pub struct Interruption {
    stage: Arc<AtomicU8>,
    /// Its end is the thread's.
    _listening: Option<watch::Sender<()>>,
}

impl Interruption {
    /// Nobody waits: a signal ends the command as the system ends it.
    pub fn unheard() -> Self {
        Self { stage: Arc::new(AtomicU8::new(Stage::Looking as u8)), _listening: None }
    }

    /// Begins to wait. Where the system allows neither thread nor handler, a signal ends the command as the system ends it.
    pub fn awaited(printer: &Printer, answer: Answer) -> Self {
        let stage = Arc::new(AtomicU8::new(Stage::Looking as u8));
        let (sender, mut ended) = watch::channel(());
        let (shared, begun) = (stage.clone(), printer.begun());
        let listen = async move {
            let Ok(mut stop) = Stop::new() else { return };
            loop {
                tokio::select! {
                    () = stop.next() => interrupt(&shared, &Printer::after(begun.clone()), answer),
                    _ = ended.changed() => return,
                }
            }
        };
        let thread = std::thread::Builder::new().name("interruption".to_owned()).spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
                runtime.block_on(listen);
            }
        });
        Self { stage, _listening: thread.is_ok().then_some(sender) }
    }

    /// From now on the cloud may be changed, and whoever changes it hears signals. Where one came first, this never returns:
    /// the command is about to end.
    pub fn changes(&self) {
        let from = |stage: Stage| {
            self.stage.compare_exchange(stage as u8, Stage::Changing as u8, Ordering::SeqCst, Ordering::SeqCst)
        };
        if from(Stage::Looking).is_ok() || from(Stage::LookingAgain).is_ok() {
            return;
        }
        while self.stage.load(Ordering::SeqCst) == Stage::Interrupted as u8 {
            std::thread::park();
        }
    }

    /// What a drill had left is removed: until something else is changed, a signal ends the command again.
    pub fn looks_again(&self) {
        let (from, to) = (Stage::Changing as u8, Stage::LookingAgain as u8);
        // Where nothing was removed, nothing was changed.
        let _ = self.stage.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
    }
}

/// Ends the command, unless it is changing something.
#[expect(clippy::exit, reason = "the thread of the command may be computing, or waiting for somebody to type")]
fn interrupt(stage: &AtomicU8, printer: &Printer, answer: Answer) {
    for from in [Stage::Looking, Stage::LookingAgain] {
        let to = Stage::Interrupted as u8;
        if stage.compare_exchange(from as u8, to, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            continue;
        }
        let words = from.words().unwrap_or_default();
        // A question, or the mark of the key that was pressed, stands on the line.
        if printer.can_draw() {
            printer.note("\n");
        }
        let exit = told(printer, &CliError::new(ErrorKind::Interrupted, words), answer);
        std::process::exit(i32::from(exit.code()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_interruption_says_follows_what_was_done() {
        let command = Interruption::unheard();
        let stage = |wanted: Stage| command.stage.load(Ordering::SeqCst) == wanted as u8;
        command.looks_again();
        assert!(stage(Stage::Looking), "nothing was removed");
        command.changes();
        command.changes();
        assert!(stage(Stage::Changing));
        command.looks_again();
        assert!(stage(Stage::LookingAgain));
        command.changes();
        assert!(stage(Stage::Changing), "the run hears it itself");
        // Whoever is changing something isn't ended from here.
        interrupt(&command.stage, &Printer::default(), Answer::Text);
        assert_eq!([Stage::Changing, Stage::Interrupted].map(Stage::words), [None, None]);
        assert_eq!(Stage::Looking.words(), Some("interrupted; nothing was changed"));
    }
}
