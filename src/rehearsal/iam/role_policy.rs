//! Policies of roles: inline and managed.

use super::names::{document, encoded, page, required, write_page};
use super::role::{changed, existing};
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::Action;
use crate::rehearsal::physics::limits;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// What is done with policies of roles.
pub const ACTIONS: &[Action] = &[
    ("PutRolePolicy", put),
    ("GetRolePolicy", get),
    ("ListRolePolicies", list),
    ("DeleteRolePolicy", delete),
    ("AttachRolePolicy", attach),
    ("DetachRolePolicy", detach),
    ("ListAttachedRolePolicies", list_attached),
];

fn put(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let name = required(form, "PolicyName")?.to_owned();
    let policy = document(required(form, "PolicyDocument")?, limits::INLINE_POLICIES)?;
    let role = changed(desk, required(form, "RoleName")?)?;
    let length = |text: &String| text.chars().filter(|letter| !letter.is_whitespace()).count();
    let others: usize = role.inline.iter().filter(|(other, _)| **other != name).map(|(_, text)| length(text)).sum();
    if others + length(&policy) > limits::INLINE_POLICIES {
        let message =
            format!("Maximum policy size of {} bytes exceeded for role {}", limits::INLINE_POLICIES, role.name);
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    role.inline.insert(name, policy);
    Ok(())
}

fn no_policy(name: &str) -> AwsError {
    AwsError::new("NoSuchEntity", format!("The role policy with name {name} cannot be found.")).status(404)
}

fn get(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let name = required(form, "PolicyName")?;
    let role = existing(desk, required(form, "RoleName")?)?;
    let policy = role.inline.get(name).ok_or_else(|| no_policy(name))?;
    x.leaf("RoleName", &role.name).leaf("PolicyName", name).leaf("PolicyDocument", encoded(policy));
    Ok(())
}

fn list(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let role = existing(desk, required(form, "RoleName")?)?;
    let (names, marker) = page(desk, form, role.inline.keys().collect(), |name| name.as_str())?;
    x.members("PolicyNames", names, |x, name| x.text(name));
    write_page(x, marker);
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let name = required(form, "PolicyName")?;
    changed(desk, required(form, "RoleName")?)?.inline.remove(name).map(|_| ()).ok_or_else(|| no_policy(name))
}

fn attach(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let arn = required(form, "PolicyArn")?.to_owned();
    if !arn.starts_with("arn:aws:iam::") || !arn.contains(":policy/") {
        return Err(AwsError::new("InvalidInput", format!("ARN {arn} is not valid.")));
    }
    let role = changed(desk, required(form, "RoleName")?)?;
    if role.attached.len() >= limits::MANAGED_POLICIES && !role.attached.contains(&arn) {
        let message = format!("Cannot exceed quota for PoliciesPerRole: {}", limits::MANAGED_POLICIES);
        return Err(AwsError::new("LimitExceeded", message).status(409));
    }
    role.attached.insert(arn);
    Ok(())
}

fn detach(desk: &mut Desk, form: &Form, _: &mut Xml) -> Outcome {
    let arn = required(form, "PolicyArn")?;
    if changed(desk, required(form, "RoleName")?)?.attached.remove(arn) {
        return Ok(());
    }
    Err(AwsError::new("NoSuchEntity", format!("Policy {arn} was not found.")).status(404))
}

/// `AttachedPolicies` and its like: name and ARN.
pub fn write_attached<'a>(x: &mut Xml, element: &str, arns: impl IntoIterator<Item = &'a String>) {
    x.members(element, arns, |x, arn| {
        x.leaf("PolicyName", arn.rsplit('/').next().unwrap_or_default()).leaf("PolicyArn", arn);
    });
}

fn list_attached(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let prefix = form.text("PathPrefix").unwrap_or("/");
    let role = existing(desk, required(form, "RoleName")?)?;
    let in_path = |arn: &&String| arn.split(":policy").nth(1).is_some_and(|path| path.starts_with(prefix));
    let (arns, marker) = page(desk, form, role.attached.iter().filter(in_path).collect(), |arn| arn.as_str())?;
    write_attached(x, "AttachedPolicies", arns);
    write_page(x, marker);
    Ok(())
}
