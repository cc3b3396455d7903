//! The one place that writes to the terminal. Results go to stdout, everything else to stderr; where either is no
//! terminal, or `NO_COLOR` is set, colours are stripped.

use std::cell::RefCell;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use terminal_size::{Width, terminal_size_of};

/// The width of lines where there is no terminal and `COLUMNS` doesn't say: what a CI log shows without scrolling.
const WIDTH_OF_PIPES: usize = 100;

/// Writes results and notes. A reader that goes away (`closedset plan | head`) is no error.
#[derive(Debug, Default)]
pub struct Printer {
    /// Why results could no longer be written.
    lost: RefCell<Option<io::Error>>,
    /// Shared with whoever ends the command from another thread.
    has_result: Arc<AtomicBool>,
}

impl Printer {
    /// Whether anything of a result was written, for a printer of another thread.
    pub fn begun(&self) -> Arc<AtomicBool> {
        self.has_result.clone()
    }

    /// One that goes on where another may have begun.
    pub fn after(begun: Arc<AtomicBool>) -> Self {
        Self { has_result: begun, ..Self::default() }
    }

    /// Writes a part of the command's result.
    pub fn result(&self, text: &str) {
        if self.lost.borrow().is_some() {
            return;
        }
        self.has_result.store(true, Ordering::SeqCst);
        let mut out = anstream::stdout().lock();
        if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            *self.lost.borrow_mut() = Some(error);
        }
    }

    /// Writes what is no result: errors, warnings, progress, questions.
    pub fn note(&self, text: &str) {
        let mut out = anstream::stderr().lock();
        // There is nowhere left to complain.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Why results were lost, where that is worth a word: a full disk is, a reader that has seen enough is not.
    pub fn lost(&self) -> Option<String> {
        let lost = self.lost.borrow();
        lost.as_ref().filter(|error| error.kind() != ErrorKind::BrokenPipe).map(ToString::to_string)
    }

    /// Whether anything of a result was written.
    pub fn has_result(&self) -> bool {
        self.has_result.load(Ordering::SeqCst)
    }

    /// How many columns results have.
    pub fn result_width(&self) -> usize {
        width(terminal_size_of(io::stdout()))
    }

    /// How many columns notes have.
    pub fn note_width(&self) -> usize {
        width(terminal_size_of(io::stderr()))
    }

    /// Whether progress can be drawn over itself.
    pub fn can_draw(&self) -> bool {
        io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb")
    }

    /// Whether someone is there to answer.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal()
    }
}

fn width<H>(size: Option<(Width, H)>) -> usize {
    let columns = || std::env::var("COLUMNS").ok()?.parse().ok();
    size.map(|(Width(columns), _)| usize::from(columns)).or_else(columns).unwrap_or(WIDTH_OF_PIPES)
}
