//! Who stands behind an ARN: what separation of duties compares.

/// Who stands behind an ARN. Whoever assumes a role chooses the name of the session, so that two sessions of one role are
/// one principal, but for roles of IAM Identity Center, where the session bears the name of the person who signed in.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html>, `sts:RoleSessionName`.
///
/// It is a principal, not a person: somebody who may act as two of them is two here.
pub fn principal(arn: &str) -> String {
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
        assert_eq!(principal(&role("Deploy", "run-1")), principal(&role("Deploy", "run-2")));
        assert_ne!(principal(&role("Deploy", "x")), principal(&role("Wrap", "x")));
        let center = "AWSReservedSSO_Producer_0a1b";
        assert_ne!(principal(&role(center, "ana@studio.example")), principal(&role(center, "bo@studio.example")));
        assert_ne!(principal("arn:aws:iam::123456789012:user/ana"), principal("arn:aws:iam::123456789012:user/bo"));
        assert_eq!(principal(&role("Deploy", "a,b")), principal(&role("Deploy", "a_b")));
    }
}
