//! Which action a request is: AWS Backup names it by method and path, and puts part of the input there. \[B\]

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// Method, path and action; a part in braces is a member of the input.
const ROUTES: &[(&str, &str, &str)] = &[
    ("GET", "/backup-vaults", "ListBackupVaults"),
    ("PUT", "/backup-vaults/{BackupVaultName}", "CreateBackupVault"),
    ("GET", "/backup-vaults/{BackupVaultName}", "DescribeBackupVault"),
    ("DELETE", "/backup-vaults/{BackupVaultName}", "DeleteBackupVault"),
    ("PUT", "/backup-vaults/{BackupVaultName}/access-policy", "PutBackupVaultAccessPolicy"),
    ("GET", "/backup-vaults/{BackupVaultName}/access-policy", "GetBackupVaultAccessPolicy"),
    ("DELETE", "/backup-vaults/{BackupVaultName}/access-policy", "DeleteBackupVaultAccessPolicy"),
    ("PUT", "/backup-vaults/{BackupVaultName}/vault-lock", "PutBackupVaultLockConfiguration"),
    ("DELETE", "/backup-vaults/{BackupVaultName}/vault-lock", "DeleteBackupVaultLockConfiguration"),
    ("GET", "/backup-vaults/{BackupVaultName}/recovery-points", "ListRecoveryPointsByBackupVault"),
    ("GET", "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}", "DescribeRecoveryPoint"),
    ("DELETE", "/backup-vaults/{BackupVaultName}/recovery-points/{RecoveryPointArn}", "DeleteRecoveryPoint"),
    ("PUT", "/backup-jobs", "StartBackupJob"),
    ("GET", "/backup-jobs/{BackupJobId}", "DescribeBackupJob"),
    ("GET", "/backup/plans", "ListBackupPlans"),
    ("PUT", "/backup/plans", "CreateBackupPlan"),
    ("GET", "/backup/plans/{BackupPlanId}", "GetBackupPlan"),
    ("POST", "/backup/plans/{BackupPlanId}", "UpdateBackupPlan"),
    ("DELETE", "/backup/plans/{BackupPlanId}", "DeleteBackupPlan"),
    ("GET", "/backup/plans/{BackupPlanId}/selections", "ListBackupSelections"),
    ("PUT", "/backup/plans/{BackupPlanId}/selections", "CreateBackupSelection"),
    ("GET", "/backup/plans/{BackupPlanId}/selections/{SelectionId}", "GetBackupSelection"),
    ("DELETE", "/backup/plans/{BackupPlanId}/selections/{SelectionId}", "DeleteBackupSelection"),
    ("GET", "/tags/{ResourceArn}", "ListTags"),
    ("POST", "/tags/{ResourceArn}", "TagResource"),
    ("POST", "/untag/{ResourceArn}", "UntagResource"),
];

/// Members of the input that stand in the query string, under their names there.
const QUERY: &[(&str, &str)] = &[("nextToken", "NextToken"), ("maxResults", "MaxResults")];

/// The action of a request, and what of its input stands outside the body; none where there is no such action.
pub fn read(method: &str, path_and_query: &str) -> Option<(&'static str, Map<String, Value>)> {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let given: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (action, mut input) = ROUTES
        .iter()
        .filter(|(verb, ..)| *verb == method)
        .find_map(|(_, form, action)| Some((*action, members(form, &given)?)))?;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if let Some((_, member)) = QUERY.iter().find(|(known, _)| *known == name) {
            input.insert((*member).to_owned(), decoded(value).into());
        }
    }
    Some((action, input))
}

fn members(form: &str, given: &[&str]) -> Option<Map<String, Value>> {
    let parts: Vec<&str> = form.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() != given.len() {
        return None;
    }
    let mut members = Map::new();
    for (part, given) in parts.iter().zip(given) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(member) => {
                members.insert(member.to_owned(), decoded(given).into());
            }
            None if part == given => {}
            None => return None,
        }
    }
    Some(members)
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_the_action_and_holds_a_part_of_the_input() {
        let (action, input) =
            read("GET", "/backup-vaults/night/recovery-points/?maxResults=5&nextToken=a%3Ab").expect("known");
        assert_eq!(action, "ListRecoveryPointsByBackupVault");
        assert_eq!(
            Value::Object(input).to_string(),
            r#"{"BackupVaultName":"night","MaxResults":"5","NextToken":"a:b"}"#
        );
        assert_eq!(read("GET", "/tags/arn%3Aaws%3Abackup/").map(|(action, _)| action), Some("ListTags"));
        assert!(read("PATCH", "/tags/a").is_none() && read("GET", "/backup-vaults/a/b/c").is_none());
    }
}
