//! Regions, zones and the services that can be reached privately.

/// A Region: its name, the short form in zone ids, and its zones' letters.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Such as `us-west-2`.
    pub region: &'static str,
    /// Such as `usw2`.
    pub short: &'static str,
    /// Such as `abcd`.
    pub zones: &'static str,
    /// The newest GPU families are sold here. \[D\] `instancetypes/ec2-instance-regions`.
    pub newest_gpus: bool,
}

const fn place(region: &'static str, short: &'static str, zones: &'static str, newest_gpus: bool) -> Place {
    Place { region, short, zones, newest_gpus }
}

/// The Regions that need no opting in. \[D\] `global-infrastructure/latest/regions/aws-regions`.
pub const PLACES: &[Place] = &[
    place("us-east-1", "use1", "abcdef", true),
    place("us-east-2", "use2", "abc", true),
    place("us-west-1", "usw1", "ac", false),
    place("us-west-2", "usw2", "abcd", true),
    place("ca-central-1", "cac1", "abd", false),
    place("eu-central-1", "euc1", "abc", false),
    place("eu-west-1", "euw1", "abc", false),
    place("eu-west-2", "euw2", "abc", false),
    place("eu-west-3", "euw3", "abc", false),
    place("eu-north-1", "eun1", "abc", false),
    place("ap-south-1", "aps1", "abc", false),
    place("ap-northeast-1", "apne1", "acd", false),
    place("ap-northeast-2", "apne2", "abcd", false),
    place("ap-northeast-3", "apne3", "abc", false),
    place("ap-southeast-1", "apse1", "abc", false),
    place("ap-southeast-2", "apse2", "abc", false),
    place("sa-east-1", "sae1", "abc", false),
];

/// The Region of that name.
pub fn find(region: &str) -> Option<&'static Place> {
    PLACES.iter().find(|place| place.region == region)
}

/// The zones of a Region; a Region that isn't listed has three.
pub fn zones(region: &str) -> Vec<String> {
    let letters = find(region).map_or("abc", |place| place.zones);
    letters.chars().map(|letter| format!("{region}{letter}")).collect()
}

/// A zone's id, which is the same in all accounts. Real accounts shuffle the letters; the rehearsal doesn't. \[R\]
pub fn zone_id(zone: &str) -> String {
    let region = zone.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let short = find(region).map_or(region, |place| place.short);
    let index = zones(region).iter().position(|known| known == zone).map_or(0, |index| index + 1);
    format!("{short}-az{index}")
}

/// Services with a gateway endpoint. \[D\] `vpc/latest/privatelink/gateway-endpoints`.
pub const GATEWAY_SERVICES: &[&str] = &["s3", "dynamodb"];

/// Services with an interface endpoint, of those that a workstation or its keepers may need.
/// \[D\] `vpc/latest/privatelink/aws-services-privatelink-support`.
pub const INTERFACE_SERVICES: &[&str] = &[
    "s3",
    "dynamodb",
    "autoscaling",
    "backup",
    "backup-gateway",
    "cloudformation",
    "cloudtrail",
    "config",
    "ds",
    "ebs",
    "ec2",
    "ec2messages",
    "ecr.api",
    "ecr.dkr",
    "elasticfilesystem",
    "events",
    "fsx",
    "git-codecommit",
    "guardduty-data",
    "imagebuilder",
    "kms",
    "lambda",
    "license-manager",
    "logs",
    "monitoring",
    "secretsmanager",
    "servicequotas",
    "sns",
    "sqs",
    "ssm",
    "ssm-contacts",
    "ssm-incidents",
    "ssmmessages",
    "sts",
    "synthetics",
    "transfer",
    "workspaces",
];
