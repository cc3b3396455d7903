//! Everything about all roles at once.

use super::names::{encoded, page, write_page, write_tags};
use super::role::Role;
use super::role_policy::write_attached;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::Action;
use crate::rehearsal::wire::{Form, Outcome, Xml};

/// What reads it.
pub const ACTIONS: &[Action] = &[("GetAccountAuthorizationDetails", details)];

/// Users, groups and managed policies don't exist in a rehearsal, so that only roles can be shown.
fn details(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let asked = form.texts("Filter.member");
    let wanted = asked.is_empty() || asked.iter().any(|kind| kind == "Role");
    let roles: Vec<&Role> = desk.world.iam.roles.seen(desk.glance()).filter(|_| wanted).collect();
    let (roles, marker) = page(desk, form, roles, |role| &role.name)?;
    x.members("RoleDetailList", roles, |x, role| {
        x.leaf("Path", &role.path)
            .leaf("RoleName", &role.name)
            .leaf("RoleId", &role.role_id)
            .leaf("Arn", &role.arn)
            .leaf("CreateDate", role.created.iso())
            .leaf("AssumeRolePolicyDocument", encoded(&role.trust));
        let profiles = desk
            .world
            .iam
            .instance_profiles
            .seen(desk.glance())
            .filter(|profile| profile.role.as_deref() == Some(&role.name));
        x.members("InstanceProfileList", profiles, |x, profile| profile.write(x, desk, true));
        x.members("RolePolicyList", &role.inline, |x, (name, policy)| {
            x.leaf("PolicyName", name).leaf("PolicyDocument", encoded(policy));
        });
        write_attached(x, "AttachedManagedPolicies", &role.attached);
        role.write_boundary(x);
        write_tags(x, &role.tags);
        x.node("RoleLastUsed", |_| {});
    });
    for empty in ["UserDetailList", "GroupDetailList", "Policies"] {
        x.node(empty, |_| {});
    }
    write_page(x, marker);
    Ok(())
}
