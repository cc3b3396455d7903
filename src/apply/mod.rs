//! Plan to outcome: the only writer. Scheduling, batching, the ledger, the lock, signals.

mod anchor;
mod event;
mod journal;
mod label;
mod ledger;
mod lock;
mod outcome;
mod readiness;
mod run;
mod shred;
mod unfinished;
mod worker;

pub use event::{Event, Listener};
pub use journal::Journal;
pub use ledger::{Entry, Ledger, LedgerError, Lost, Verdict, entries, exists, lost_lines, verify};
pub use lock::{Held, Lock};
pub use outcome::{Failure, Outcome, Skipped};
pub use readiness::{Awaited, await_ready};
pub use run::{Signals, run, run_steps};
pub use shred::{Shredded, shred, sign_keys, to_shred};
pub use unfinished::unfinished;
