//! The permission files of Amazon DCV: who may use which feature of a session, and which line says so.
//!
//! A file has `#import` lines and the sections `[groups]`, `[aliases]` and `[permissions]`; each permission is an actor, a
//! rule and features. Statements count in their order, imports where they stand: the last one that names a feature for
//! somebody decides, but a `deny` decides whatever follows it, and what no line names is not granted. Source: Amazon DCV
//! administrator guide, "Understanding permissions files" with its pages on imports, groups, aliases and permissions, and
//! "Configuring Amazon DCV authorization" (2025).
//!
//! Where the guide is silent, this reading is the strict one: what can't be understood is an error with its place, never
//! skipped, for a skipped line may have been the one that denies.

mod actor;
mod evaluate;
mod feature;
mod lines;
mod names;
mod problem;
mod read;
mod statement;
#[cfg(test)]
mod tests;

pub use actor::{Actor, NotAnActor};
pub use evaluate::{Decision, Outcome};
pub use feature::Feature;
pub use problem::{Place, Problem};
pub use read::{Imported, Imports, NoImports, Permissions};
pub use statement::{Rule, Statement};
