//! One line of `[permissions]`.

use std::collections::BTreeSet;

use super::feature::Feature;
use super::problem::Place;

/// What a line says of its features.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    Allow,
    /// Not granted, unless a later line allows it: a file that a session brings with it can undo this.
    Disallow,
    /// Not granted, whatever any later line says.
    Deny,
}

impl Rule {
    /// Every rule.
    pub const ALL: &'static [Self] = &[Self::Allow, Self::Disallow, Self::Deny];

    /// The word that files use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Disallow => "disallow",
            Self::Deny => "deny",
        }
    }
}

/// Whom a line is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    User(String),
    /// A group of the file.
    Group(String),
    /// A group of the operating system (Linux only).
    OsGroup(String),
    Owner,
    Any,
}

/// A line of `[permissions]`, its aliases resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Where its first character stands.
    pub place: Place,
    /// The line as it is written, without the space around it.
    pub text: String,
    pub rule: Rule,
    pub features: BTreeSet<Feature>,
    pub(super) subject: Subject,
}

impl Statement {
    /// Whether it is about a user or a group, and not about whoever owns the session, or everybody.
    pub fn names_somebody(&self) -> bool {
        !matches!(self.subject, Subject::Owner | Subject::Any)
    }
}
