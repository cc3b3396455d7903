//! Separation of duties at the end: who takes a production down is not who last changed it, so that nobody alone can do
//! away with what they did.

use crate::apply::Entry;
use crate::blueprint::Blueprint;
use crate::blueprint::model::{BlockKind, BlockRef, ContentClass, Date};
use crate::cloud::APPLIER;
use crate::resource::{Observed, Resource};

/// The control that asks for it: the record of a destruction names another actor than the creator.
pub const CONTROL: &str = "VDI-DAT-02";

/// What there is to say of who may wrap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Duties {
    /// The content asks for no second person, or this is one.
    Separate,
    /// It is the same principal, and this exception allows it.
    Excepted(String),
    /// It is the same principal: the one who last applied.
    Same(String),
    /// It can't be told who last applied.
    Unknown,
}

/// Who may wrap this production, on this day. The keys' own tags know who last applied; the ledger where they don't.
pub fn duties(blueprint: &Blueprint, observed: &Observed, entries: &[Entry], caller: &str, today: Date) -> Duties {
    if blueprint.production.content_class.value < ContentClass::PreRelease {
        return Duties::Separate;
    }
    let keys = || observed.all().filter(|found| matches!(found.resource, Resource::KmsKey(_)));
    // Nothing of it is there: nobody's work can be done away with.
    if keys().next().is_none() && entries.is_empty() {
        return Duties::Separate;
    }
    let mut appliers: Vec<String> = keys().filter_map(|found| found.facts.get(APPLIER).cloned()).collect();
    if appliers.is_empty() {
        let applied = entries.iter().rev().find(|entry| {
            entry.what == "began" && entry.details.get("verb").and_then(serde_json::Value::as_str) == Some("apply")
        });
        let caller = applied.and_then(|entry| entry.details.get("caller")).and_then(serde_json::Value::as_str);
        appliers.extend(caller.map(str::to_owned));
    }
    let same = appliers.iter().find(|applier| person(applier) == person(caller));
    let verdict = match (same, appliers.is_empty()) {
        (Some(same), _) => Duties::Same(same.clone()),
        (None, true) => Duties::Unknown,
        (None, false) => return Duties::Separate,
    };
    let here = BlockRef::new(BlockKind::Production, blueprint.production.alias.as_str());
    let excepted = blueprint
        .exceptions
        .iter()
        .filter(|exception| exception.control.as_str() == CONTROL && exception.expires.value >= today)
        .find(|exception| exception.covers(&here));
    match excepted {
        Some(exception) => Duties::Excepted(exception.name.as_str().to_owned()),
        None => verdict,
    }
}

/// Who stands behind an ARN. Whoever assumes a role chooses the name of the session, so that two sessions of one role are
/// one principal, but for roles of IAM Identity Center, where the session bears the name of the person who signed in.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, `sts:RoleSessionName`.
fn person(arn: &str) -> String {
    // Tags can't hold every character that the name of a session may have.
    let arn: String =
        arn.chars().map(|one| if one.is_alphanumeric() || " _.:/=+-@".contains(one) { one } else { '_' }).collect();
    let Some((role, session)) = arn.split_once(":assumed-role/").and_then(|(_, rest)| rest.split_once('/')) else {
        return arn;
    };
    if role.starts_with("AWSReservedSSO_") { format!("{role}/{session}") } else { role.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_of_one_role_are_one_principal_and_people_of_the_identity_center_are_not() {
        let role = |role: &str, session: &str| format!("arn:aws:sts::123456789012:assumed-role/{role}/{session}");
        assert_eq!(person(&role("Deploy", "run-1")), person(&role("Deploy", "run-2")));
        assert_ne!(person(&role("Deploy", "x")), person(&role("Wrap", "x")));
        let center = "AWSReservedSSO_Producer_0a1b";
        assert_ne!(person(&role(center, "ana@studio.example")), person(&role(center, "bo@studio.example")));
        assert_ne!(person("arn:aws:iam::123456789012:user/ana"), person("arn:aws:iam::123456789012:user/bo"));
        assert_eq!(person(&role("Deploy", "a,b")), person(&role("Deploy", "a_b")));
    }
}
