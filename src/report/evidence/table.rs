//! Tables of the page: what stands in them, apart from how they look.

use serde::Serialize;

use crate::controls::Status;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows, for those who hear it.
    pub caption: String,
    pub columns: Vec<Column>,
    /// The first cell of a row names it.
    pub rows: Vec<Vec<Cell>>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    pub name: &'static str,
    /// Whether it holds numbers, which stand under each other.
    pub number: bool,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Cell {
    Text {
        text: String,
    },
    /// An address, an id, a hash: in letters of one width.
    Code {
        text: String,
    },
    Number {
        text: String,
    },
    /// A status, with its word.
    Status {
        status: &'static str,
        text: String,
    },
    /// A word of how much something weighs.
    Severity {
        text: String,
    },
    /// Several, a line each.
    List {
        items: Vec<String>,
    },
    /// Several ids, in a line.
    Codes {
        items: Vec<String>,
    },
}

impl Table {
    /// An empty one; a name that begins with `#` is of a column of numbers.
    pub fn new(caption: impl Into<String>, columns: &[&'static str]) -> Self {
        let column = |name: &&'static str| match name.strip_prefix('#') {
            Some(name) => Column { name, number: true },
            None => Column { name, number: false },
        };
        Self { caption: caption.into(), columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }
}

pub fn text(text: impl Into<String>) -> Cell {
    Cell::Text { text: text.into() }
}

pub fn code(text: impl Into<String>) -> Cell {
    Cell::Code { text: text.into() }
}

pub fn number(number: impl ToString) -> Cell {
    Cell::Number { text: number.to_string() }
}

pub fn status(status: Status) -> Cell {
    Cell::Status { status: status.as_str(), text: status.words().to_owned() }
}
