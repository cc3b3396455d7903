//! IAM: roles, their policies, and instance profiles.

pub mod authorization;
pub mod instance_profile;
pub mod names;
pub mod profile_actions;
pub mod role;
pub mod role_actions;
pub mod role_policy;

use super::ec2::Action;

/// All actions.
pub const ACTIONS: &[&[Action]] =
    &[role_actions::ACTIONS, role_policy::ACTIONS, profile_actions::ACTIONS, authorization::ACTIONS];
