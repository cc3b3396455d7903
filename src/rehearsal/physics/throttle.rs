//! How often each action may be called.
//!
//! EC2 figures: \[D\] `ec2/latest/devguide/ec2-api-throttling`, default per account and Region, capacity and
//! refill a second. Each action has a bucket of its own; the category gives only its size.

/// A token bucket's size and speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Tokens when full, at which it starts.
    pub capacity: f64,
    /// Tokens that come back each second.
    pub refill: f64,
}

const fn rate(capacity: f64, refill: f64) -> Rate {
    Rate { capacity, refill }
}

/// `Describe*`, `Get*`, `List*` and `Search*`.
pub const EC2_READS: Rate = rate(100.0, 20.0);
/// The same without a filter, an id or a page size, for the actions in [`EC2_UNFILTERED_ACTIONS`].
pub const EC2_UNFILTERED_READS: Rate = rate(50.0, 10.0);
/// The actions that have a smaller bucket when they ask for everything at once.
pub const EC2_UNFILTERED_ACTIONS: &[&str] = &[
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeVolumes",
];
/// Everything else that isn't listed in [`EC2_ACTIONS`].
pub const EC2_MUTATIONS: Rate = rate(50.0, 5.0);

/// The actions with figures of their own.
pub const EC2_ACTIONS: &[(&str, Rate)] = &[
    ("RunInstances", rate(5.0, 2.0)),
    ("StartInstances", rate(5.0, 2.0)),
    ("TerminateInstances", rate(100.0, 5.0)),
    ("CreateTags", rate(100.0, 10.0)),
    ("DeleteTags", rate(100.0, 10.0)),
    ("CreateVolume", rate(100.0, 5.0)),
    ("DeleteVolume", rate(100.0, 5.0)),
    ("CreateSnapshot", rate(100.0, 5.0)),
    ("CreateSnapshots", rate(100.0, 5.0)),
    ("DeleteSnapshot", rate(100.0, 5.0)),
    ("AssociateIamInstanceProfile", rate(100.0, 5.0)),
    ("DisassociateIamInstanceProfile", rate(100.0, 5.0)),
    ("ModifyInstanceMetadataOptions", rate(100.0, 5.0)),
    ("ModifyInstanceMetadataDefaults", rate(2.0, 2.0)),
    ("CreateVpcEndpoint", rate(4.0, 0.3)),
    ("DeleteVpcEndpoints", rate(4.0, 0.3)),
    ("ModifyVpcEndpoint", rate(4.0, 0.3)),
    ("EnableImageBlockPublicAccess", rate(1.0, 0.1)),
    ("DisableImageBlockPublicAccess", rate(1.0, 0.1)),
    ("EnableSnapshotBlockPublicAccess", rate(1.0, 0.1)),
    ("DisableSnapshotBlockPublicAccess", rate(1.0, 0.1)),
];

/// One token for each instance that an action touches.
pub const EC2_RESOURCES: &[(&str, Rate)] = &[
    ("RunInstances", rate(1000.0, 2.0)),
    ("StartInstances", rate(1000.0, 2.0)),
    ("StopInstances", rate(1000.0, 20.0)),
    ("TerminateInstances", rate(1000.0, 20.0)),
];

/// Grants a second that EBS may create, one for each encrypted volume that is attached.
/// \[D\] `kms/latest/developerguide/requests-per-second`; no burst is stated, so one second's worth is the bucket.
pub const KMS_GRANTS: Rate = rate(50.0, 50.0);

/// KMS actions a second, from the same page; a second's worth is the bucket.
pub const KMS_ACTIONS: &[(&str, f64)] = &[
    ("CreateKey", 5.0),
    ("CreateAlias", 5.0),
    ("UpdateAlias", 5.0),
    ("DeleteAlias", 15.0),
    ("PutKeyPolicy", 15.0),
    ("TagResource", 10.0),
    ("UntagResource", 5.0),
    ("EnableKeyRotation", 15.0),
    ("DisableKeyRotation", 5.0),
    ("EnableKey", 5.0),
    ("DisableKey", 5.0),
    ("ScheduleKeyDeletion", 15.0),
    ("CancelKeyDeletion", 5.0),
    ("DescribeKey", 2000.0),
    ("GetKeyPolicy", 1000.0),
    ("GetKeyRotationStatus", 1000.0),
    ("ListAliases", 500.0),
    ("ListKeys", 500.0),
    ("ListGrants", 100.0),
    ("ListResourceTags", 2000.0),
];
/// A KMS action that isn't listed.
pub const KMS_OTHERS: Rate = rate(5.0, 5.0);

/// STS: 600 requests a second, shared by all its actions. \[D\] `IAM/latest/UserGuide/reference_iam-quotas`.
pub const STS: Rate = rate(600.0, 600.0);
/// IAM publishes no rate. \[R\]
pub const IAM: Rate = rate(60.0, 20.0);
/// CloudWatch Logs: 10 a second for its management actions. \[D\] `AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl`.
pub const LOGS: Rate = rate(10.0, 10.0);
/// Parameter Store: 40 a second. \[D\] `general/latest/gr/ssm`.
pub const SSM: Rate = rate(40.0, 40.0);

/// AWS Backup publishes no rate for its vaults and plans. \[R\]
pub const BACKUP: Rate = rate(20.0, 10.0);

/// Whether an action only reads.
pub fn reads(action: &str) -> bool {
    ["Describe", "Get", "List", "Search"].iter().any(|prefix| action.starts_with(prefix))
}

/// The bucket of a call: its name and its rate. `unfiltered` says that an EC2 read asks for everything at once.
pub fn bucket(service: &str, action: &str, unfiltered: bool) -> (String, Rate) {
    let own = format!("{service}:{action}");
    match service {
        "ec2" if unfiltered && EC2_UNFILTERED_ACTIONS.contains(&action) => {
            (format!("{own}:unfiltered"), EC2_UNFILTERED_READS)
        }
        "ec2" => {
            let listed = EC2_ACTIONS.iter().find(|(name, _)| *name == action).map(|(_, rate)| *rate);
            (own, listed.unwrap_or(if reads(action) { EC2_READS } else { EC2_MUTATIONS }))
        }
        "kms" => {
            let listed = KMS_ACTIONS.iter().find(|(name, _)| *name == action);
            (own, listed.map_or(KMS_OTHERS, |(_, each)| rate(*each, *each)))
        }
        "sts" => ("sts".to_owned(), STS),
        "iam" => ("iam".to_owned(), IAM),
        "logs" => (own, LOGS),
        "backup" => (own, BACKUP),
        _ => (own, SSM),
    }
}

/// The bucket of the instances that an action touches.
pub fn resource_rate(action: &str) -> Option<Rate> {
    EC2_RESOURCES.iter().find(|(name, _)| *name == action).map(|(_, rate)| *rate)
}
