//! Variables: what the blueprint declares, and the values that are handed in for them.

use super::source::{SourceId, Sources};

/// Where a value for a variable came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `--var name=value`: a name that the blueprint does not declare is an error.
    Argument,
    /// `CLOSEDSET_VAR_name`: a name that the blueprint does not declare is not meant for it.
    Environment,
}

/// Values handed in for variables. Of several for one name the last one counts.
#[derive(Debug, Default)]
pub struct Inputs {
    pub(super) texts: Vec<InputText>,
    pub(super) files: Vec<SourceId>,
}

/// A value given as text.
#[derive(Debug)]
pub(super) struct InputText {
    pub(super) name: String,
    pub(super) origin: Origin,
    pub(super) source: SourceId,
    pub(super) order: usize,
}

impl Inputs {
    /// Adds a value given as text: for a variable of type string the text itself, for others an expression.
    pub fn add_text(&mut self, sources: &mut Sources, origin: Origin, name: &str, text: &str) {
        let shown = match origin {
            Origin::Argument => format!("--var {name}"),
            Origin::Environment => format!("CLOSEDSET_VAR_{name}"),
        };
        let source = sources.add(super::source::Source { name: shown, text: text.to_owned() });
        let order = self.texts.len() + self.files.len();
        self.texts.push(InputText { name: name.to_owned(), origin, source, order });
    }
}
