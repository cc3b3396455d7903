//! Roles: created, read, changed, tagged, deleted.

use super::names::{
    add_tags, conflict, document, exists, missing, name, page, path, required, tags_of, write_page, write_tags,
};
use super::role::{Role, changed, existing};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::Action;
use crate::rehearsal::physics::{limits, times};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use std::collections::{BTreeMap, BTreeSet};

/// What is done with roles.
pub const ACTIONS: &[Action] = &[
    ("CreateRole", create),
    ("GetRole", get),
    ("ListRoles", list),
    ("DeleteRole", delete),
    ("UpdateRole", update),
    ("UpdateAssumeRolePolicy", update_trust),
    ("TagRole", tag),
    ("UntagRole", untag),
    ("ListRoleTags", list_tags),
    ("PutRolePermissionsBoundary", put_boundary),
    ("DeleteRolePermissionsBoundary", delete_boundary),
];

/// Letters of a role's name. \[D\] `IAM/latest/UserGuide/reference_iam-quotas`.
const LONGEST_NAME: usize = 64;
/// Seconds of a session, smallest and largest. \[B\] CreateRole.
const SESSION: (i64, i64) = (3_600, 43_200);

fn session(form: &Form) -> Outcome<Option<i64>> {
    let given = form.number("MaxSessionDuration")?;
    if given.is_some_and(|seconds| !(SESSION.0..=SESSION.1).contains(&seconds)) {
        return Err(AwsError::new("ValidationError", "MaxSessionDuration must be between 3600 and 43200"));
    }
    Ok(given)
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let name = name(form, "RoleName", LONGEST_NAME)?.to_owned();
    let path = path(form)?;
    let trust = document(required(form, "AssumeRolePolicyDocument")?, limits::TRUST_POLICY)?;
    let tags = tags_of(form)?;
    if desk.world.iam.roles.truth(&name).is_some() {
        return Err(exists("Role", &name));
    }
    let spread = desk.now.after(desk.takes(times::IAM_PROPAGATION));
    let role = Role {
        arn: format!("arn:aws:iam::{}:role{path}{name}", desk.account()),
        role_id: format!("AROA{}", desk.world.ids.hex(17).to_uppercase()),
        name,
        path,
        trust,
        description: form.text("Description").map(str::to_owned),
        max_session: session(form)?.unwrap_or(SESSION.0),
        boundary: form.text("PermissionsBoundary").map(str::to_owned),
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        created: desk.now,
        spread,
        tags,
    };
    x.node("Role", |x| role.write(x, true));
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.roles.put(role, now, settles);
    Ok(())
}

fn get(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let role = existing(desk, required(form, "RoleName")?)?;
    x.node("Role", |x| role.write(x, true));
    Ok(())
}

fn list(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let prefix = form.text("PathPrefix").unwrap_or("/");
    let roles: Vec<&Role> =
        desk.world.iam.roles.seen(desk.glance()).filter(|role| role.path.starts_with(prefix)).collect();
    let (roles, marker) = page(desk, form, roles, |role| &role.name)?;
    x.members("Roles", roles, |x, role| {
        role.write(x, false);
        role.write_duties(x);
    });
    write_page(x, marker);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let name = existing(desk, required(form, "RoleName")?)?.name.clone();
    let role = desk.world.iam.roles.truth(&name).ok_or_else(|| missing("role", &name))?;
    if desk.world.iam.instance_profiles.truths().any(|profile| profile.role.as_deref() == Some(&name)) {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    if !role.attached.is_empty() {
        return Err(conflict("Cannot delete entity, must detach all policies first."));
    }
    if !role.inline.is_empty() {
        return Err(conflict("Cannot delete entity, must delete policies first."));
    }
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.roles.remove(&name, now, settles);
    Ok(())
}

fn update(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let seconds = session(form)?;
    let role = changed(desk, required(form, "RoleName")?)?;
    if let Some(description) = form.text("Description") {
        role.description = Some(description.to_owned());
    }
    role.max_session = seconds.unwrap_or(role.max_session);
    Ok(())
}

fn update_trust(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let trust = document(required(form, "PolicyDocument")?, limits::TRUST_POLICY)?;
    changed(desk, required(form, "RoleName")?)?.trust = trust;
    Ok(())
}

fn tag(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let more = tags_of(form)?;
    add_tags(&mut changed(desk, required(form, "RoleName")?)?.tags, &more)
}

fn untag(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let doomed = form.texts("TagKeys.member");
    changed(desk, required(form, "RoleName")?)?.tags.retain(|key, _| !doomed.contains(key));
    Ok(())
}

fn list_tags(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    write_tags(x, &existing(desk, required(form, "RoleName")?)?.tags);
    write_page(x, None);
    Ok(())
}

fn put_boundary(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let boundary = required(form, "PermissionsBoundary")?.to_owned();
    changed(desk, required(form, "RoleName")?)?.boundary = Some(boundary);
    Ok(())
}

fn delete_boundary(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let role = changed(desk, required(form, "RoleName")?)?;
    if role.boundary.take().is_none() {
        let message = format!("Role {} does not have a permissions boundary.", role.name);
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    Ok(())
}
