//! The evidence of a production: what was declared, what is live, what nobody has checked, for people and for programs.
//!
//! A [`Dossier`] is gathered once and written in every format; what differs between two looks at the same state stands in
//! the [`Envelope`] alone. Nothing here reads or writes a file: names and bytes are returned.

mod bundle;
mod component;
mod csv;
mod dossier;
mod envelope;
mod history;
mod ids;
mod junit;
mod manifest;
mod oscal;
mod page;
mod places;
mod recovery;
mod sarif;
mod settings;
mod standing;
mod statements;
mod table;
mod verify;
mod xml;

pub use bundle::{Bundle, bundle};
pub use dossier::{Dossier, Ground};
pub use envelope::{Envelope, Evidence};
pub use history::History;
pub use manifest::{LedgerHead, Link, MANIFEST, Manifest, PREVIOUS, SIGNATURE, digest};
pub use places::places;
pub use recovery::{KeptSeat, RecoveryPoints};
pub use verify::{Found, verdict_text, verify};

#[cfg(test)]
mod tests;
