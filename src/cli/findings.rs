//! Findings in a blueprint, drawn, and the error that they end a command with.

use super::error::{CliError, Drawn};
use crate::blueprint::{Diagnostics, Severity, Sources};
use crate::report::diagnostics::{self, Drawing};

/// All findings, with the lines that they are about. Colours are stripped by the printer where there is no terminal.
pub fn draw(diagnostics: &Diagnostics, sources: &Sources, width: usize) -> String {
    diagnostics::draw(diagnostics, sources, Drawing { color: true, width })
}

/// The error that a blueprint with these findings ends a command with.
pub fn error(diagnostics: &Diagnostics, sources: &Sources, width: usize) -> CliError {
    let errors = diagnostics.sorted().iter().filter(|one| one.severity == Severity::Error).count();
    let text = draw(diagnostics, sources, width);
    CliError::blueprint(Drawn { text, objects: diagnostics::objects(diagnostics, sources) }, errors)
}
