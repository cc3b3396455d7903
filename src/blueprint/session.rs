//! What one evaluation shares: the texts, the files, the problems found, and how much work is left.

use std::cell::{Cell, RefCell};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::files::Files;
use super::source::{Sources, Span};
use super::value::Value;

/// How many steps a blueprint may take: a step is an expression evaluated or an element made. The largest honest
/// blueprint takes some hundred thousand; a hostile one ends within seconds.
const STEPS: u64 = 5_000_000;

/// How many expressions may wait for one another: nesting within an expression (at most 64, and 128 operators), and the
/// names that lead from one expression to the next. Each costs stack, which is why there is a limit.
const DEEPEST: usize = 400;

/// How many elements, and sixteenths of text bytes, one value may have.
const HEAVIEST: u64 = 1_000_000;

/// How deep a value may be nested: 64 levels in an expression, and some on top through names.
const DEEPEST_VALUE: usize = 128;

pub(super) struct Session<'a> {
    pub(super) sources: &'a Sources,
    pub(super) files: &'a dyn Files,
    diagnostics: RefCell<Diagnostics>,
    /// Counts what was reported, new or not.
    reports: Cell<u64>,
    steps: Cell<u64>,
    depth: Cell<usize>,
}

/// One expression that waits for others; it stops waiting when dropped.
pub(super) struct Waiting<'s>(&'s Cell<usize>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<'a> Session<'a> {
    pub(super) fn new(sources: &'a Sources, files: &'a dyn Files, diagnostics: Diagnostics) -> Self {
        Self {
            sources,
            files,
            diagnostics: RefCell::new(diagnostics),
            reports: Cell::new(0),
            steps: Cell::new(STEPS),
            depth: Cell::new(0),
        }
    }

    pub(super) fn report(&self, diagnostic: Diagnostic) {
        self.reports.set(self.reports.get() + 1);
        self.diagnostics.borrow_mut().push(diagnostic);
    }

    /// Reports, and gives the value that causes no further errors.
    pub(super) fn fail(&self, diagnostic: Diagnostic) -> Value {
        self.report(diagnostic);
        Value::UNKNOWN
    }

    /// Keeps the text there out of every excerpt.
    pub(super) fn hide(&self, span: Span) {
        self.diagnostics.borrow_mut().hide(span);
    }

    pub(super) fn reports(&self) -> u64 {
        self.reports.get()
    }

    pub(super) fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics.into_inner()
    }

    pub(super) fn diagnostics(&self) -> Diagnostics {
        self.diagnostics.borrow().clone()
    }

    /// Whether all steps are used up: loops end then.
    pub(super) fn is_spent(&self) -> bool {
        self.steps.get() == 0
    }

    /// One level deeper, and one step; none (reported) where that is too deep or too much.
    pub(super) fn enter(&self, span: Span) -> Option<Waiting<'_>> {
        if !self.spend(1, span) {
            return None;
        }
        if self.depth.get() >= DEEPEST {
            self.report(
                Diagnostic::error("too-deep", "this leads through too many expressions")
                    .at(span)
                    .label(format!("more than {DEEPEST} expressions wait for one another"))
                    .help("shorten the chain of names that refer to one another"),
            );
            return None;
        }
        self.depth.set(self.depth.get() + 1);
        Some(Waiting(&self.depth))
    }

    /// Takes steps; false (reported once) where there are too few left.
    pub(super) fn spend(&self, steps: u64, span: Span) -> bool {
        let left = self.steps.get();
        if left == 0 {
            return false;
        }
        let Some(left) = left.checked_sub(steps).filter(|left| *left > 0) else {
            self.steps.set(0);
            self.report(
                Diagnostic::error("too-much-work", "the blueprint takes too much work to evaluate")
                    .at(span)
                    .label("given up here")
                    .help("look for `for` expressions within one another that multiply"),
            );
            return false;
        };
        self.steps.set(left);
        true
    }

    /// Lets a made value pass where it is of reasonable size, and counts the work of making it.
    pub(super) fn settle(&self, value: Value, span: Span) -> Value {
        let weight = value.weight(HEAVIEST);
        if weight <= 1 {
            return value;
        }
        if !self.spend(weight, span) {
            return Value::UNKNOWN;
        }
        if weight > HEAVIEST {
            return self.fail(
                Diagnostic::error("too-large", "the value becomes too large")
                    .at(span)
                    .label("over a million elements, or 16 megabytes of text"),
            );
        }
        if value.depth() > DEEPEST_VALUE {
            return self.fail(
                Diagnostic::error("too-deep", "the value is nested too deeply")
                    .at(span)
                    .label(format!("more than {DEEPEST_VALUE} levels")),
            );
        }
        value
    }
}
