//! What is wrong with a blueprint, where, and what to do: our own type; `report` draws it.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::source::Span;

/// How much a diagnostic weighs: errors make the exit code 1, warnings leave it at 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Error,
    Warning,
}

/// One finding in a blueprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    pub severity: Severity,
    /// A stable name for programs, such as `unknown-attribute`.
    pub code: &'static str,
    /// What happened, as a sentence fragment without a period.
    pub message: String,
    /// Where; none where the blueprint as a whole is meant.
    pub span: Option<Span>,
    /// Words beside the caret, such as `expected number`.
    pub label: Option<String>,
    /// Other places that matter, such as the first declaration.
    pub related: Vec<(Span, String)>,
    /// What to do.
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self { severity, code, message: message.into(), span: None, label: None, related: Vec::new(), help: None }
    }

    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    #[must_use]
    pub fn also(mut self, span: Span, words: impl Into<String>) -> Self {
        self.related.push((span, words.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// All findings of one run, in the order of their places.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// Digests of what was found, to see what comes twice without comparing with all.
    seen: HashSet<u64>,
    hidden: Vec<Span>,
}

impl Diagnostics {
    /// Notes a finding; the same one twice is kept once.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let mut digest = DefaultHasher::new();
        diagnostic.hash(&mut digest);
        if self.seen.insert(digest.finish()) {
            self.found.push(diagnostic);
        }
    }

    pub fn extend(&mut self, others: Diagnostics) {
        for diagnostic in others.found {
            self.push(diagnostic);
        }
        self.hidden.extend(others.hidden);
    }

    /// Keeps the text there, a sensitive value, out of every excerpt.
    pub fn hide(&mut self, span: Span) {
        self.hidden.push(span);
    }

    /// The places whose text no excerpt may show.
    pub fn hidden(&self) -> &[Span] {
        &self.hidden
    }

    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Sorted by place; those without one first.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut all: Vec<_> = self.found.iter().collect();
        all.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)));
        all
    }
}
