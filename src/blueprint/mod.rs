//! Text to typed, spanned blueprint: parse, evaluate, schema, diagnostics. Pure: what it reads is handed in.
//!
//! [`load()`] does all of it: [`parse`] reads files into trees, [`evaluator`] gives expressions their values,
//! [`decode`] turns blocks into the [`model`] by the table in [`schema`], and [`check`] holds them against each other and
//! against the facts in [`data`]. What is wrong is among the [`diagnostic`]s. [`format()`] and [`starter()`] write text.

pub mod check;
pub mod convert;
pub mod data;
pub mod decode;
pub mod diagnostic;
mod evaluate;
pub mod evaluator;
pub mod files;
pub mod findings;
mod for_expressions;
pub mod format;
pub mod functions;
#[cfg(test)]
mod fuzz_tests;
mod heredoc;
pub mod index;
#[cfg(test)]
mod language_tests;
pub mod load;
mod locals;
pub mod model;
mod names;
pub mod nearest;
pub mod number;
mod operators;
pub mod parse;
pub mod schema;
pub mod secrets;
mod session;
pub mod source;
pub mod starter;
mod templates;
#[cfg(test)]
mod testing;
mod traversals;
pub mod types;
pub mod value;
pub mod variables;

pub use convert::Mismatch;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use evaluator::{Entry, Evaluator};
pub use files::{Files, NoFiles};
pub use format::format;
pub use index::{Declared, Index};
pub use load::{Loaded, load};
pub use model::Blueprint;
pub use number::Number;
pub use parse::{Parsed, ParsedFile};
pub use source::{Source, SourceId, Sources, Span, Spanned};
pub use starter::starter;
pub use types::Type;
pub use value::{Kind, Reference, Value};
pub use variables::{Inputs, Origin};

#[cfg(test)]
mod tests;
