//! Text to typed, spanned blueprint: parse, evaluate, schema, diagnostics. Pure: what it reads is handed in.

pub mod check;
pub mod convert;
pub mod data;
pub mod decode;
pub mod diagnostic;
pub mod evaluator;
pub mod files;
pub mod findings;
pub mod load;
pub mod model;
pub mod nearest;
pub mod number;
pub mod parse;
pub mod schema;
pub mod source;
pub mod types;
pub mod value;
pub mod variables;

pub use convert::Mismatch;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use evaluator::Evaluator;
pub use files::{Files, NoFiles};
pub use load::{Loaded, load};
pub use model::Blueprint;
pub use number::Number;
pub use parse::{Parsed, ParsedFile};
pub use source::{Source, SourceId, Sources, Span, Spanned};
pub use types::Type;
pub use value::{Kind, Reference, Value};
pub use variables::{Inputs, Origin};
