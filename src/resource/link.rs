//! Edges of the graph: which resource refers to which.

use super::{Address, Effect};

/// When a reference is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// In the call that creates the resource.
    Create,
    /// In a second step, once both exist: so two security groups can name each other.
    Finish,
}

/// A reference from one resource to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The field that holds it.
    pub field: &'static str,
    pub to: Address,
    pub phase: Phase,
    /// What becomes of the one that refers when the other is replaced.
    pub if_replaced: Effect,
}

impl Link {
    /// Needed to create; and where the other is replaced, this one is too.
    pub fn fixed(field: &'static str, to: &Address) -> Self {
        Self { field, to: to.clone(), phase: Phase::Create, if_replaced: Effect::Replace }
    }

    /// Needed to create, but can be pointed elsewhere in place.
    pub fn movable(field: &'static str, to: &Address) -> Self {
        Self { field, to: to.clone(), phase: Phase::Create, if_replaced: Effect::InPlace }
    }

    /// Set in the second step, and can be pointed elsewhere in place.
    pub fn late(field: &'static str, to: &Address) -> Self {
        Self { field, to: to.clone(), phase: Phase::Finish, if_replaced: Effect::InPlace }
    }
}
