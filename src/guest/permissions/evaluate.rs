//! What somebody may do, and the line that decides it.

use std::collections::{BTreeMap, BTreeSet};

use super::actor::Actor;
use super::feature::Feature;
use super::read::Permissions;
use super::statement::{Rule, Statement, Subject};

/// How a feature stands for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Allowed,
    /// Not granted, and a later file may grant it.
    Disallowed,
    /// Not granted, and nothing can grant it.
    Denied,
    /// No line names it.
    Unnamed,
}

/// How a feature stands for somebody, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<'a> {
    pub outcome: Outcome,
    /// The line that decides; none where no line names the feature.
    pub by: Option<&'a Statement>,
}

impl Decision<'_> {
    /// Whether the feature can be used.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// Whether a file that a session brings with it, or a later line, could turn a no into a yes.
    pub fn can_be_undone(&self) -> bool {
        matches!(self.outcome, Outcome::Disallowed | Outcome::Unnamed)
    }
}

impl Permissions {
    /// How one feature stands for somebody.
    pub fn decide(&self, actor: &Actor, feature: Feature) -> Decision<'_> {
        self.decide_within(actor, &self.groups.of(actor), feature)
    }

    /// How every feature stands for somebody.
    pub fn effective(&self, actor: &Actor) -> BTreeMap<Feature, Decision<'_>> {
        let groups = self.groups.of(actor);
        Feature::ALL.iter().map(|feature| (*feature, self.decide_within(actor, &groups, *feature))).collect()
    }

    fn decide_within(&self, actor: &Actor, groups: &BTreeSet<String>, feature: Feature) -> Decision<'_> {
        let mut decision = Decision { outcome: Outcome::Unnamed, by: None };
        for statement in &self.statements {
            if !statement.features.contains(&feature) || !is_about(&statement.subject, actor, groups) {
                continue;
            }
            let outcome = match statement.rule {
                Rule::Allow => Outcome::Allowed,
                Rule::Disallow => Outcome::Disallowed,
                Rule::Deny => Outcome::Denied,
            };
            decision = Decision { outcome, by: Some(statement) };
            if outcome == Outcome::Denied {
                break;
            }
        }
        decision
    }
}

fn is_about(subject: &Subject, actor: &Actor, groups: &BTreeSet<String>) -> bool {
    match subject {
        Subject::Any => true,
        Subject::Owner => actor.is_owner,
        Subject::User(name) => actor.user.as_ref() == Some(name),
        Subject::Group(name) => groups.contains(name),
        Subject::OsGroup(name) => actor.os_groups.contains(name),
    }
}
