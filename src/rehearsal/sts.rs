//! STS: who is calling.

use super::clock::Moment;
use super::desk::Desk;
use super::ec2::Action;
use super::wire::{AwsError, Form, Outcome, Xml};

/// What tells.
pub const ACTIONS: &[Action] = &[("GetCallerIdentity", identity), ("AssumeRole", assume)];

/// The header in which a caller says which user of the account it is. AWS has nothing like it: there, credentials tell.
pub const USER_HEADER: &str = "x-rehearsal-user";

/// Seconds of a session, smallest, usual and largest. \[B\] AssumeRole.
const DURATION: (i64, i64, i64) = (900, 3_600, 43_200);

fn identity(desk: &mut Desk, _: &Form, x: &mut Xml) -> Outcome {
    x.leaf("Arn", format!("arn:aws:iam::{}:user/{}", desk.account(), desk.user))
        .leaf("UserId", "AIDAREHEARSAL0000000")
        .leaf("Account", desk.account());
    Ok(())
}

fn assume(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let arn = form.required("RoleArn")?.to_owned();
    let session = form.required("RoleSessionName")?.to_owned();
    let (least, usual, most) = DURATION;
    let seconds = form.number("DurationSeconds")?.unwrap_or(usual);
    if !(least..=most).contains(&seconds) {
        return Err(AwsError::new("ValidationError", format!("DurationSeconds must be between {least} and {most}")));
    }
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, "iam", _, account, role] = parts.as_slice() else {
        return Err(AwsError::new("ValidationError", format!("{arn} is invalid")));
    };
    let role = role.rsplit('/').next().unwrap_or_default();
    let expires = Moment(desk.now.0.saturating_add(u64::try_from(seconds).unwrap_or_default() * 1000));
    let digits = desk.world.ids.hex(48).to_uppercase();
    x.node("Credentials", |x| {
        x.leaf("AccessKeyId", format!("ASIA{}", &digits[..16]))
            .leaf("SecretAccessKey", &digits[8..48])
            .leaf("SessionToken", format!("rehearsal-{digits}"))
            .leaf("Expiration", expires.iso());
    })
    .node("AssumedRoleUser", |x| {
        x.leaf("AssumedRoleId", format!("AROA{}:{session}", &digits[..16]))
            .leaf("Arn", format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"));
    });
    Ok(())
}
