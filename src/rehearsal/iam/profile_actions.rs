//! Instance profiles: created, read, filled, tagged, deleted.

use super::instance_profile::{InstanceProfile, absent, changed, existing};
use super::names::{add_tags, conflict, exists, name, page, path, required, tags_of, write_page, write_tags};
use super::role;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::Action;
use crate::rehearsal::physics::times;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What is done with profiles.
pub const ACTIONS: &[Action] = &[
    ("CreateInstanceProfile", create),
    ("GetInstanceProfile", get),
    ("ListInstanceProfiles", list),
    ("ListInstanceProfilesForRole", list_for_role),
    ("DeleteInstanceProfile", delete),
    ("AddRoleToInstanceProfile", add_role),
    ("RemoveRoleFromInstanceProfile", remove_role),
    ("TagInstanceProfile", tag),
    ("UntagInstanceProfile", untag),
    ("ListInstanceProfileTags", list_tags),
];

/// Letters of a profile's name. \[D\] `IAM/latest/UserGuide/reference_iam-quotas`.
const LONGEST_NAME: usize = 128;
/// The parameter that names a profile.
const NAME: &str = "InstanceProfileName";

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let name = name(form, NAME, LONGEST_NAME)?.to_owned();
    let path = path(form)?;
    let tags = tags_of(form)?;
    if desk.world.iam.instance_profiles.truth(&name).is_some() {
        let mut error = exists("Instance Profile", &name);
        error.message = format!("Instance Profile {name} already exists.");
        return Err(error);
    }
    let reaches_ec2 = desk.now.after(desk.takes(times::IAM_PROPAGATION));
    let profile = InstanceProfile {
        arn: format!("arn:aws:iam::{}:instance-profile{path}{name}", desk.account()),
        profile_id: format!("AIPA{}", desk.world.ids.hex(17).to_uppercase()),
        name,
        path,
        role: None,
        created: desk.now,
        reaches_ec2,
        role_reaches_ec2: reaches_ec2,
        tags,
    };
    x.node("InstanceProfile", |x| profile.write(x, desk, true));
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.instance_profiles.put(profile, now, settles);
    Ok(())
}

fn get(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let profile = existing(desk, required(form, NAME)?)?;
    x.node("InstanceProfile", |x| profile.write(x, desk, true));
    Ok(())
}

fn write_list(desk: &Desk, form: &Form, x: &mut Xml, profiles: Vec<&InstanceProfile>) -> Outcome {
    let (profiles, marker) = page(desk, form, profiles, |profile| &profile.name)?;
    x.members("InstanceProfiles", profiles, |x, profile| profile.write(x, desk, false));
    write_page(x, marker);
    Ok(())
}

fn list(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let prefix = form.text("PathPrefix").unwrap_or("/");
    let all = desk.world.iam.instance_profiles.seen(desk.glance());
    write_list(desk, form, x, all.filter(|profile| profile.path.starts_with(prefix)).collect())
}

fn list_for_role(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let role = role::existing(desk, required(form, "RoleName")?)?;
    let all = desk.world.iam.instance_profiles.seen(desk.glance());
    write_list(desk, form, x, all.filter(|profile| profile.role.as_deref() == Some(&role.name)).collect())
}

fn delete(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let name = existing(desk, required(form, NAME)?)?.name.clone();
    if desk.world.iam.instance_profiles.truth(&name).is_some_and(|profile| profile.role.is_some()) {
        return Err(conflict("Cannot delete entity, must remove roles from instance profile first."));
    }
    let (now, settles) = (desk.now, desk.settles());
    desk.world.iam.instance_profiles.remove(&name, now, settles).map(|_| ()).ok_or_else(|| absent(&name))
}

fn add_role(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let role = role::existing(desk, required(form, "RoleName")?)?.name.clone();
    let reaches = desk.now.after(desk.takes(times::IAM_PROPAGATION));
    let profile = changed(desk, required(form, NAME)?)?;
    if profile.role.is_some() {
        let message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1";
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    profile.role = Some(role);
    profile.role_reaches_ec2 = reaches;
    Ok(())
}

fn remove_role(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let role = required(form, "RoleName")?.to_owned();
    let profile = changed(desk, required(form, NAME)?)?;
    if profile.role.as_deref() != Some(&role) {
        let message = format!("Role {role} is not in instance profile {}.", profile.name);
        return Err(AwsError::new("NoSuchEntity", message).status(404));
    }
    profile.role = None;
    Ok(())
}

fn tag(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let more = tags_of(form)?;
    add_tags(&mut changed(desk, required(form, NAME)?)?.tags, &more)
}

fn untag(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let doomed = form.texts("TagKeys.member");
    changed(desk, required(form, NAME)?)?.tags.retain(|key, _| !doomed.contains(key));
    Ok(())
}

fn list_tags(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    write_tags(x, &existing(desk, required(form, NAME)?)?.tags);
    write_page(x, None);
    Ok(())
}
