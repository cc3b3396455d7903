//! What an instance profile is.

use super::names::{missing, write_tags};
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::store::Kept;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{Outcome, Xml};
use serde::{Deserialize, Serialize};

/// An instance profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// Its name.
    pub name: String,
    /// Its path.
    pub path: String,
    /// `AIPA…`.
    pub profile_id: String,
    /// Its ARN.
    pub arn: String,
    /// The name of its role.
    pub role: Option<String>,
    /// When it was created.
    pub created: Moment,
    /// From when on EC2 knows it.
    pub reaches_ec2: Moment,
    /// From when on EC2 knows its role.
    pub role_reaches_ec2: Moment,
    /// Its tags.
    pub tags: Tags,
}

impl Kept for InstanceProfile {
    fn id(&self) -> &str {
        &self.name
    }
}

impl InstanceProfile {
    /// Writes it, with its tags where the action shows them.
    pub fn write(&self, x: &mut Xml, desk: &Desk, with_tags: bool) {
        let role = self.role.as_ref().and_then(|role| desk.world.iam.roles.truth(role));
        x.leaf("Path", &self.path)
            .leaf("InstanceProfileName", &self.name)
            .leaf("InstanceProfileId", &self.profile_id)
            .leaf("Arn", &self.arn)
            .leaf("CreateDate", self.created.iso())
            .members("Roles", role, |x, role| role.write(x, false));
        if with_tags {
            write_tags(x, &self.tags);
        }
    }
}

/// A profile as this call sees it, or IAM's error.
pub fn existing<'d>(desk: &'d Desk, name: &str) -> Outcome<&'d InstanceProfile> {
    desk.world.iam.instance_profiles.see(name, desk.glance()).ok_or_else(|| absent(name))
}

/// The error for a profile that doesn't exist.
pub fn absent(name: &str) -> crate::rehearsal::wire::AwsError {
    let mut error = missing("instance profile", name);
    error.message = format!("Instance Profile {name} cannot be found.");
    error
}

/// A profile, to be changed by this call.
pub fn changed<'d>(desk: &'d mut Desk<'_>, name: &str) -> Outcome<&'d mut InstanceProfile> {
    existing(desk, name)?;
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.instance_profiles.change(name, now, settles).ok_or_else(|| absent(name))
}
