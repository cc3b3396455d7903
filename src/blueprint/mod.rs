//! Text to typed, spanned blueprint: parse, evaluate, schema, diagnostics. Pure: what it reads is handed in.

pub mod data;
pub mod diagnostic;
pub mod model;
pub mod source;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use model::Blueprint;
pub use source::{Source, SourceId, Sources, Span, Spanned};
