//! Plan to outcome: the only writer. Scheduling, batching, the ledger, the lock, signals.

mod event;
mod label;
mod ledger;
mod lock;
mod outcome;
mod run;
mod worker;

pub use event::{Event, Listener};
pub use ledger::{Entry, Ledger, LedgerError, Verdict, verify};
pub use lock::{Held, Lock};
pub use outcome::{Failure, Outcome, Skipped};
pub use run::{Signals, run};
