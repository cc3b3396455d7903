//! Where decoding and the checks note what they find, so that one mistake is told once.
//!
//! A value that is missing or wrong has been reported; a harmless one takes its place, and it stands [`NOWHERE`].
//! What would be said about it later is dropped. So every check looks at every block, cites each value that it judges by,
//! and needs no thought for those that are not there.

use std::cell::RefCell;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::source::{SourceId, Span, Spanned};

/// The place of a value that stands in for a wrong or missing one.
pub const NOWHERE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Findings {
    found: RefCell<Diagnostics>,
}

impl Findings {
    /// Notes a finding, unless it judges by a value that stands in for a reported one.
    pub fn push(&self, diagnostic: Diagnostic) {
        let judges_by_nothing =
            diagnostic.span == Some(NOWHERE) || diagnostic.related.iter().any(|(span, _)| *span == NOWHERE);
        if !judges_by_nothing {
            self.found.borrow_mut().push(diagnostic);
        }
    }

    /// Everything that was found.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.found.into_inner()
    }
}

/// Whether the value was read, or a default; not one that stands in for a reported one.
pub fn is_sound<T>(value: &Spanned<T>) -> bool {
    value.span != NOWHERE
}
