//! KMS: keys, their policies, rotation and deletion, aliases and grants.

pub mod alias;
pub mod deletion;
pub mod key;
pub mod policy;
pub mod rotation;
pub mod tag;

use super::desk::Desk;
use super::wire::Outcome;
use serde_json::Value;

/// An action of a JSON service: its name and what carries it out.
pub type Action = (&'static str, fn(&mut Desk, &Value) -> Outcome<Value>);

/// All actions.
pub const ACTIONS: &[&[Action]] =
    &[key::ACTIONS, alias::ACTIONS, policy::ACTIONS, rotation::ACTIONS, tag::ACTIONS, deletion::ACTIONS];
