//! What happens to a resource, and why: closed lists, so that every reader knows them all.

use serde::{Deserialize, Serialize};

/// What a plan does with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    Restart,
    Replace,
    Delete,
    /// It is there and as it should be, but bears no mark of an apply: it gets one.
    Adopt,
    /// Nothing is done; the reason says why it is listed.
    None,
}

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It isn't there.
    Absent,
    /// The blueprint was edited since it was last applied.
    Edited,
    /// It was changed in the cloud since it was last applied.
    Drifted,
    /// Both.
    EditedAndDrifted,
    /// This program took it out of service, in a wrap or because the blueprint no longer asked for it.
    Retired,
    /// It differs, and bears no mark that says who changed it.
    Differs,
    /// An earlier run was interrupted before it was done with it.
    Unfinished,
    /// It failed on its way up.
    Failed,
    /// A restore puts back what was on it.
    Restored,
    /// Something that it stands on is replaced.
    DependencyReplaced,
    /// The blueprint no longer asks for it.
    Removed,
    /// Its pool has fewer seats now.
    PoolShrunk,
    /// The production wraps.
    Wrapped,
    /// Another one serves in its place: a leftover of an interrupted run.
    Duplicate,
    /// It bears the production's mark, but no address that the program knows.
    Stray,
    /// It bears no mark of an apply.
    Unmarked,
    /// It is protected, so nothing is done that would replace or delete it.
    Protected,
    /// Something protected stands on it.
    NeededByProtected,
    /// It outlives its seat on purpose.
    Kept,
    /// Recovery points are in it, or end by it, and AWS or their lock keeps them.
    RecoveryPoints,
    /// It could not be read, so nothing is known and nothing is done.
    Unreadable,
    /// It belongs to the whole account, and changes only where that is asked for.
    AccountWide,
}

impl Action {
    /// The mark before a line of a plan.
    pub fn symbol(self) -> &'static str {
        match self {
            Action::Create => "+",
            Action::Update => "~",
            Action::Restart => "↻",
            Action::Replace => "±",
            Action::Delete => "-",
            Action::Adopt => "=",
            Action::None => "·",
        }
    }

    /// What will be done, for people.
    pub fn words(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Update => "update in place",
            Action::Restart => "restart",
            Action::Replace => "replace",
            Action::Delete => "delete",
            Action::Adopt => "adopt",
            Action::None => "leave as it is",
        }
    }
}

impl Reason {
    /// Why, for people: fits after "because".
    pub fn words(self) -> &'static str {
        match self {
            Reason::Absent => "it isn't there",
            Reason::Edited => "the blueprint was edited",
            Reason::Drifted => "it was changed in the cloud",
            Reason::EditedAndDrifted => "the blueprint was edited, and it was changed in the cloud",
            Reason::Retired => "it was taken out of service at its end",
            Reason::Differs => "it differs from the blueprint",
            Reason::Unfinished => "an earlier run was interrupted",
            Reason::Failed => "it failed on its way up",
            Reason::Restored => "it is restored from a recovery point",
            Reason::DependencyReplaced => "something it stands on is replaced",
            Reason::Removed => "the blueprint no longer asks for it",
            Reason::PoolShrunk => "its pool has fewer seats now",
            Reason::Wrapped => "the production wraps",
            Reason::Duplicate => "another one serves in its place",
            Reason::Stray => "it bears the production's mark, but no address",
            Reason::Unmarked => "it bears no mark of an apply yet",
            Reason::Protected => "it is protected",
            Reason::NeededByProtected => "something protected stands on it",
            Reason::Kept => "it is kept when its seat goes",
            Reason::RecoveryPoints => "recovery points need it",
            Reason::Unreadable => "it could not be read",
            Reason::AccountWide => "it belongs to the whole account (--account-switches changes it)",
        }
    }

    /// Why, of several resources at once.
    pub fn words_of_many(self) -> &'static str {
        match self {
            Reason::Absent => "they aren't there",
            Reason::Edited => "the blueprint was edited",
            Reason::Drifted => "they were changed in the cloud",
            Reason::EditedAndDrifted => "the blueprint was edited, and they were changed in the cloud",
            Reason::Retired => "they were taken out of service at their end",
            Reason::Differs => "they differ from the blueprint",
            Reason::Unfinished => "an earlier run was interrupted",
            Reason::Failed => "they failed on their way up",
            Reason::Restored => "they are restored from recovery points",
            Reason::DependencyReplaced => "something they stand on is replaced",
            Reason::Removed => "the blueprint no longer asks for them",
            Reason::PoolShrunk => "their pool has fewer seats now",
            Reason::Wrapped => "the production wraps",
            Reason::Duplicate => "others serve in their place",
            Reason::Stray => "they bear the production's mark, but no address",
            Reason::Unmarked => "they bear no mark of an apply yet",
            Reason::Protected => "they are protected",
            Reason::NeededByProtected => "something protected stands on them",
            Reason::Kept => "they are kept when their seats go",
            Reason::RecoveryPoints => "recovery points need them",
            Reason::Unreadable => "they could not be read",
            Reason::AccountWide => "they belong to the whole account (--account-switches changes them)",
        }
    }
}
