//! The production, its keys, and what a blueprint hands back.

use super::{AccountId, Arn, ContentClass, Date, Name, Profile, Region, Tags};
use crate::blueprint::Spanned;

/// The production that a blueprint serves.
#[derive(Debug, Clone, PartialEq)]
pub struct Production {
    /// The alias that names and tags carry; never the real title.
    pub alias: Spanned<Name<Production>>,
    pub owner: Spanned<String>,
    pub content_class: Spanned<ContentClass>,
    pub region: Spanned<Region>,
    /// The only account in which it may live; none: any.
    pub account: Option<Spanned<AccountId>>,
    pub starts_on: Spanned<Date>,
    pub wraps_on: Spanned<Date>,
    pub controls: Spanned<Profile>,
    /// For what no pool owns: logs and vaults.
    pub key: Spanned<Name<Key>>,
    /// The IAM policy that bounds every role made for the production; none: they have no boundary.
    pub boundary: Option<Spanned<Arn>>,
    /// This many days after `wraps_on`, nothing is left but what is kept on purpose.
    pub destroy_within_days: Spanned<u32>,
    pub tags: Tags,
    pub contacts: Contacts,
}

/// Whom to call.
#[derive(Debug, Clone, PartialEq)]
pub struct Contacts {
    pub security: Spanned<String>,
    pub content_owner: Option<Spanned<String>>,
}

/// A customer-managed KMS key and its alias.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    pub name: Spanned<Name<Key>>,
    /// Days between rotations, 90 to 365.
    pub rotation_days: Spanned<u32>,
    /// Days between the order to delete it and its end, 7 to 30.
    pub deletion_window_days: Spanned<u32>,
    /// Who may manage it but never use it; empty: the root of the caller's account.
    pub administrators: Vec<Spanned<Arn>>,
}

/// A named value that a blueprint hands back.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    pub name: Spanned<Name<Output>>,
    pub description: Option<String>,
    /// None where the value is sensitive: it is never shown.
    pub value: Option<serde_json::Value>,
}

impl Output {
    /// The value for people: `(sensitive)` in place of a hidden one.
    pub fn shown(&self) -> serde_json::Value {
        self.value.clone().unwrap_or_else(|| "(sensitive)".into())
    }
}
