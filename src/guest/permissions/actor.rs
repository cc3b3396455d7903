//! Who asks.

use std::collections::BTreeSet;

use super::statement::Subject;

/// Somebody who connects: by name, by groups, as the session's owner or not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Actor {
    /// None: somebody whom no file names.
    pub user: Option<String>,
    /// Whether the session is this actor's own.
    pub is_owner: bool,
    /// Groups of the file that the actor is said to be in, beside those that list the user.
    pub groups: BTreeSet<String>,
    /// Groups of the operating system.
    pub os_groups: BTreeSet<String>,
}

/// A text that names no actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no actor")]
pub struct NotAnActor(pub String);

impl NotAnActor {
    /// The form that the text must have, in words.
    pub const FORM: &'static str =
        "a user, `group:NAME`, `osgroup:NAME`, `%owner%` or `%any%`, or several of them with commas between";
}

impl Actor {
    /// The owner of a session, by name.
    pub fn owner(user: impl Into<String>) -> Self {
        Self { user: Some(user.into()), is_owner: true, ..Self::default() }
    }

    /// Somebody who is not the owner, and whom no file names.
    pub fn anyone() -> Self {
        Self::default()
    }

    /// The actor that a text such as `jane`, `%owner%` or `jane,osgroup:vfx` names.
    ///
    /// # Errors
    ///
    /// An empty part, a part of unknown form, or two users.
    pub fn parse(text: &str) -> Result<Self, NotAnActor> {
        let wrong = || NotAnActor(text.to_owned());
        let mut actor = Self::default();
        for part in text.split(',') {
            match subject(part.trim()).ok_or_else(wrong)? {
                Subject::Owner => actor.is_owner = true,
                Subject::Any => {}
                Subject::Group(name) => drop(actor.groups.insert(name)),
                Subject::OsGroup(name) => drop(actor.os_groups.insert(name)),
                Subject::User(name) if actor.user.is_none() => actor.user = Some(name),
                Subject::User(_) => return Err(wrong()),
            }
        }
        Ok(actor)
    }
}

/// Whom a word names; none where it has no such form.
pub(super) fn subject(word: &str) -> Option<Subject> {
    let named = |name: &str| is_name(name).then(|| name.to_owned());
    match word {
        "%owner%" => Some(Subject::Owner),
        "%any%" => Some(Subject::Any),
        _ => match word.split_once(':') {
            Some(("user", name)) => named(name).map(Subject::User),
            Some(("group", name)) => named(name).map(Subject::Group),
            Some(("osgroup", name)) => named(name).map(Subject::OsGroup),
            Some(_) => None,
            None => named(word).map(Subject::User),
        },
    }
}

/// Whether this can be the name of a user or a group. A domain may stand before a user: `LIGHTHOUSE\jane`.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || ",=:%;#[]\"'".contains(c))
}
