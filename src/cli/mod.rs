//! The command line: one file per verb, and the only room that touches the terminal, the environment and the process.

mod apply;
mod arguments;
mod capacity;
mod carry_out;
mod context;
mod controls;
mod endpoint;
mod entry;
mod error;
mod exit;
pub mod files;
mod findings;
mod fmt;
mod gate;
mod graph;
mod help;
mod init;
mod ledger;
mod live_copy;
mod plan;
mod printer;
mod rehearsal_limits;
mod rehearse;
mod rehearse_serve;
mod save;
mod schema;
mod session;
mod signals;
mod sources;
mod stage;
mod state;
mod status;
mod validate;
mod wrap;

pub use entry::run;
pub use exit::Exit;
