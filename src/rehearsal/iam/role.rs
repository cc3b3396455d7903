//! What a role is.

use super::names::{encoded, write_tags};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::store::Kept;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{Outcome, Xml};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// `AROA…`.
    pub role_id: String,
    /// Its ARN.
    pub arn: String,
    /// Who may assume it.
    pub trust: String,
    /// Its description.
    pub description: Option<String>,
    /// Seconds of its longest session.
    pub max_session: i64,
    /// The ARN of its permissions boundary.
    pub boundary: Option<String>,
    /// Its inline policies.
    pub inline: BTreeMap<String, String>,
    /// The ARNs of its managed policies.
    pub attached: BTreeSet<String>,
    /// When it was created.
    pub created: Moment,
    /// From when on other services know it.
    pub spread: Moment,
    /// Its tags.
    pub tags: Tags,
}

impl Kept for Role {
    fn id(&self) -> &str {
        &self.name
    }
}

impl Role {
    /// Writes it; instance profiles leave out what `GetRole` shows.
    pub fn write(&self, x: &mut Xml, whole: bool) {
        x.leaf("Path", &self.path)
            .leaf("RoleName", &self.name)
            .leaf("RoleId", &self.role_id)
            .leaf("Arn", &self.arn)
            .leaf("CreateDate", self.created.iso())
            .leaf("AssumeRolePolicyDocument", encoded(&self.trust));
        if whole {
            self.write_duties(x);
            self.write_boundary(x);
            write_tags(x, &self.tags);
            x.node("RoleLastUsed", |_| {});
        }
    }

    /// What `ListRoles` shows besides: all but the boundary, the tags and the last use.
    pub fn write_duties(&self, x: &mut Xml) {
        x.leaf_if("Description", self.description.as_ref());
        x.leaf("MaxSessionDuration", self.max_session);
    }

    /// `<PermissionsBoundary>`.
    pub fn write_boundary(&self, x: &mut Xml) {
        if let Some(boundary) = &self.boundary {
            x.node("PermissionsBoundary", |x| {
                x.leaf("PermissionsBoundaryType", "Policy").leaf("PermissionsBoundaryArn", boundary);
            });
        }
    }
}

/// A role as this call sees it, or IAM's error.
pub fn existing<'d>(desk: &'d Desk, name: &str) -> Outcome<&'d Role> {
    desk.world.iam.roles.see(name, desk.glance()).ok_or_else(|| super::names::missing("role", name))
}

/// A role, to be changed by this call.
pub fn changed<'d>(desk: &'d mut Desk<'_>, name: &str) -> Outcome<&'d mut Role> {
    existing(desk, name)?;
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.roles.change(name, now, settles).ok_or_else(|| super::names::missing("role", name))
}
