//! Services that name an action by method and path alone: which action a request is, for whoever reads it off the wire.

/// AWS Backup's actions, as far as this program calls them; `{}` stands for one part of a path. Source: AWS Backup API
/// reference.
const BACKUP: &[(&str, &str, &str)] = &[
    ("PUT", "/backup-vaults/{}", "CreateBackupVault"),
    ("GET", "/backup-vaults/{}", "DescribeBackupVault"),
    ("DELETE", "/backup-vaults/{}", "DeleteBackupVault"),
    ("GET", "/backup-vaults", "ListBackupVaults"),
    ("PUT", "/backup-vaults/{}/access-policy", "PutBackupVaultAccessPolicy"),
    ("GET", "/backup-vaults/{}/access-policy", "GetBackupVaultAccessPolicy"),
    ("DELETE", "/backup-vaults/{}/access-policy", "DeleteBackupVaultAccessPolicy"),
    ("PUT", "/backup-vaults/{}/vault-lock", "PutBackupVaultLockConfiguration"),
    ("DELETE", "/backup-vaults/{}/vault-lock", "DeleteBackupVaultLockConfiguration"),
    ("GET", "/backup-vaults/{}/recovery-points", "ListRecoveryPointsByBackupVault"),
    ("PUT", "/backup/plans", "CreateBackupPlan"),
    ("GET", "/backup/plans", "ListBackupPlans"),
    ("GET", "/backup/plans/{}", "GetBackupPlan"),
    ("POST", "/backup/plans/{}", "UpdateBackupPlan"),
    ("DELETE", "/backup/plans/{}", "DeleteBackupPlan"),
    ("PUT", "/backup/plans/{}/selections", "CreateBackupSelection"),
    ("GET", "/backup/plans/{}/selections", "ListBackupSelections"),
    ("GET", "/backup/plans/{}/selections/{}", "GetBackupSelection"),
    ("DELETE", "/backup/plans/{}/selections/{}", "DeleteBackupSelection"),
    ("GET", "/tags/{}", "ListTags"),
    ("POST", "/tags/{}", "TagResource"),
    ("POST", "/untag/{}", "UntagResource"),
];

/// Whether a service speaks so: its answers are JSON, though no header says which action was meant.
pub(super) fn speaks_rest(service: &str) -> bool {
    service == "backup"
}

/// The action of a request; none where the service speaks otherwise, or the path isn't known.
pub(super) fn action(service: &str, method: &str, path: &str) -> Option<&'static str> {
    if !speaks_rest(service) {
        return None;
    }
    let given: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let fits = |form: &str| {
        let parts: Vec<&str> = form.split('/').filter(|part| !part.is_empty()).collect();
        parts.len() == given.len() && parts.iter().zip(&given).all(|(part, given)| *part == "{}" || part == given)
    };
    BACKUP.iter().find(|(verb, form, _)| *verb == method && fits(form)).map(|(_, _, action)| *action)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn method_and_path_tell_the_action() {
        let backup = |method, path| action("backup", method, path);
        assert_eq!(backup("GET", "/backup-vaults/"), Some("ListBackupVaults"));
        assert_eq!(backup("PUT", "/backup-vaults/a/vault-lock"), Some("PutBackupVaultLockConfiguration"));
        assert_eq!(backup("GET", "/backup/plans/1f/selections/2e"), Some("GetBackupSelection"));
        assert_eq!(backup("GET", "/tags/arn%3Aaws%3Abackup"), Some("ListTags"));
        assert_eq!((backup("PATCH", "/tags/a"), action("s3", "GET", "/tags/a")), (None, None));
    }
}
