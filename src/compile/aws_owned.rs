//! Buckets that AWS itself owns and that workstations read from, without which they have no licence, no agent and no
//! packages. An endpoint that lets only this account's resources through would keep them out.

/// One such bucket.
pub(super) struct Bucket {
    /// `{region}` stands for the region.
    pub name: &'static str,
    /// Only where a machine with this system is in the network.
    pub only_for: Option<System>,
}

/// What decides whether a bucket is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    AmazonLinux2023,
    Windows,
    Linux,
}

const fn bucket(name: &'static str) -> Bucket {
    Bucket { name, only_for: None }
}

const fn only(system: System, name: &'static str) -> Bucket {
    Bucket { name, only_for: Some(system) }
}

/// The table.
///
/// Sources: Amazon DCV administrator guide, "Licensing the Amazon DCV Server"; Systems Manager user guide, "SSM Agent
/// communications with AWS managed S3 buckets" (without that of Distributor, which nothing here uses); EC2 user guide,
/// "NVIDIA drivers" and "AMD drivers"; data perimeter policy examples of AWS, "Service-owned resources" (Amazon Linux
/// 2023).
pub(super) const BUCKETS: &[Bucket] = &[
    bucket("dcv-license.{region}"),
    bucket("amazon-ssm-{region}"),
    bucket("amazon-ssm-packages-{region}"),
    bucket("aws-ssm-{region}"),
    bucket("aws-ssm-document-attachments-{region}"),
    bucket("patch-baseline-snapshot-{region}"),
    bucket("{region}-birdwatcher-prod"),
    only(System::AmazonLinux2023, "al2023-{region}"),
    only(System::AmazonLinux2023, "al2023-repos-{region}-de612dc2"),
    only(System::Linux, "ec2-linux-nvidia-drivers"),
    only(System::Linux, "ec2-amd-linux-drivers"),
    only(System::Windows, "aws-windows-downloads-{region}"),
    only(System::Windows, "ec2-windows-nvidia-drivers"),
];

/// The documents and parameters of Systems Manager that AWS publishes. Source: data perimeter policy examples of AWS,
/// "SSM endpoint policy".
pub(super) const SSM_RESOURCES: &[&str] = &["document/*", "parameter/aws/*"];
