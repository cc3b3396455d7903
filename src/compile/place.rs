//! Where a production lives, and how names and ARNs are made of that.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

/// Production, account, partition and region: what names and ARNs are made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The production's alias.
    pub production: &'a str,
    /// Twelve digits.
    pub account: &'a str,
    /// `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: &'a str,
    pub region: &'a str,
}

impl Place<'_> {
    /// The account itself: as a principal, whoever its IAM policies name.
    pub(super) fn root(&self) -> String {
        format!("arn:{}:iam::{}:root", self.partition, self.account)
    }

    /// A resource of the account in the region.
    pub(super) fn regional(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    /// A resource that AWS itself owns in the region: its ARN names no account.
    pub(super) fn owned_by_aws(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}::{resource}", self.partition, self.region)
    }

    /// Every object of a bucket.
    pub(super) fn objects_of(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}/*", self.partition)
    }

    /// The log groups below a path, and their streams.
    pub(super) fn log_groups(&self, pattern: &str) -> String {
        self.regional("logs", &format!("log-group:{pattern}"))
    }

    /// A service of the region as KMS and policies name it: `ec2.us-west-2.amazonaws.com`.
    pub(super) fn regional_service(&self, service: &str) -> String {
        format!("{service}.{}.{}", self.region, self.domain())
    }

    /// EC2 as the one that takes an instance's role.
    pub(super) fn ec2(&self) -> String {
        format!("ec2.{}", self.domain())
    }

    /// What the production's log groups begin with.
    pub(super) fn log_path(&self) -> String {
        format!("/closedset/{}/", self.production)
    }

    /// The path of the production's roles and profiles.
    pub(super) fn iam_path(&self) -> String {
        format!("/closedset/{}/", self.production)
    }

    /// What the names of the production's vaults and plans of AWS Backup begin with. No alias holds an underscore, so that
    /// none begins as another's.
    pub(super) fn backup_prefix(&self) -> String {
        format!("closedset_{}_", self.production)
    }

    /// The name of a backup's vault and of its plan. A label may hold more than such a name.
    pub(super) fn backup_name(&self, label: &str) -> String {
        let plain: String =
            label.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).collect();
        let whole = format!("{}{label}", self.backup_prefix());
        let name = format!("{}{plain}", self.backup_prefix());
        if plain == label && name.len() <= BACKUP_NAME { name } else { cut(&name, &whole, BACKUP_NAME, '-') }
    }

    /// A resource of the account, in whatever region.
    pub(super) fn anywhere(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:*:{}:{resource}", self.partition, self.account)
    }

    /// The same where ARNs name no account.
    pub(super) fn anywhere_of_aws(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:*::{resource}", self.partition)
    }

    /// A service of whatever region, as KMS and policies name it: `ec2.*.amazonaws.com`.
    pub(super) fn any_regional_service(&self, service: &str) -> String {
        format!("{service}.*.{}", self.domain())
    }

    /// The name of a role. Roles belong to the whole account, whatever their path, so that the name carries
    /// production and region too; dots, which no label can hold, keep two different roles from one name.
    pub(super) fn role_name(&self, kind: &str, label: &str) -> String {
        fit(&format!("closedset.{}.{}.{kind}.{label}", self.production, self.region), ROLE_NAME)
    }

    fn domain(&self) -> &'static str {
        if self.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" }
    }
}

/// The longest name of a role. Source: IAM user guide, "IAM and AWS STS quotas".
const ROLE_NAME: usize = 64;

/// The longest name of a vault or a rule. Source: AWS Backup API reference, `BackupVaultListMember`, `BackupRule`.
const BACKUP_NAME: usize = 50;

/// The name, where it is short enough; else its beginning and a digest of the whole, so that two long names that
/// begin alike stay apart. `name` is ASCII.
fn fit(name: &str, most: usize) -> String {
    if name.len() <= most {
        return name.to_owned();
    }
    cut(name, name, most, '.')
}

/// The beginning of a name and a digest of all that it stands for.
fn cut(name: &str, whole: &str, most: usize, separator: char) -> String {
    // 8 characters of base32 hold 40 bits.
    let digest = BASE32_NOPAD.encode(&Sha256::digest(whole))[..8].to_ascii_lowercase();
    let beginning: String = name.chars().take(most - digest.len() - 1).collect();
    format!("{beginning}{separator}{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_role_names_are_cut_and_stay_apart() {
        let place = Place { production: "nebula", account: "123456789012", partition: "aws", region: "us-west-2" };
        assert_eq!(place.role_name("pool", "comp"), "closedset.nebula.us-west-2.pool.comp");
        let long = "a".repeat(60);
        let (one, two) = (place.role_name("pool", &format!("{long}1")), place.role_name("pool", &format!("{long}2")));
        assert_eq!(one.len(), 64);
        assert_ne!(one, two);
    }

    #[test]
    fn names_of_vaults_are_told_apart_and_hold_only_what_aws_takes() {
        let place = Place { production: "nebula", account: "123456789012", partition: "aws", region: "us-west-2" };
        assert_eq!(place.backup_name("nightly"), "closedset_nebula_nightly");
        let (one, two) = (place.backup_name("every night"), place.backup_name("every-night"));
        assert_eq!(two, "closedset_nebula_every-night");
        assert!(one.starts_with("closedset_nebula_every-night-") && one.len() == 37, "{one}");
        assert_eq!(place.backup_name(&"n".repeat(60)).len(), 50);
    }

    #[test]
    fn services_of_china_live_in_a_domain_of_their_own() {
        let place = Place { production: "p", account: "123456789012", partition: "aws-cn", region: "cn-north-1" };
        assert_eq!(place.regional_service("logs"), "logs.cn-north-1.amazonaws.com.cn");
        assert_eq!(place.root(), "arn:aws-cn:iam::123456789012:root");
    }
}
