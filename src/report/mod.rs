//! Everything a person or a program reads. Nothing here prints: texts are returned, and `cli` prints them.

pub mod controls_text;
pub mod diagnostics;
pub mod events;
pub mod evidence;
pub mod graph;
pub mod palette;
pub mod progress;
pub mod recording;
pub mod rehearsal;
pub mod status;
pub mod steps;
pub mod text;
pub mod timeline;
pub mod who_can;
pub mod words;

mod certificate;
mod field_text;
mod fold;
mod ledger_text;
mod outcome_text;
mod plan_text;
pub mod readiness_text;
mod recovery_text;
#[cfg(test)]
mod sample;
pub(crate) mod schema;
mod status_text;
#[cfg(test)]
mod who_can_tests;
mod who_can_text;

pub use certificate::{page as certificate_page, residue_text};
pub use ledger_text::{ledger_text, verdict_text};
pub use outcome_text::outcome_text;
pub use plan_text::{plan_text, summary_words, unreadable_line};
pub use recovery_text::{backup_outcome_text, backup_plan_text, restore_text, restored_text};
pub use rehearsal::rehearsal_text;
pub use schema::PLAN_SCHEMA;
pub use status_text::{seat_table, status_text};
pub use who_can_text::{artist_text, file_text};
