//! Limits of things: how many, how large.

use serde::{Deserialize, Serialize};

/// Tags on one resource. \[D\] `AWSEC2/latest/UserGuide/Using_Tags`.
pub const TAGS: usize = 50;
/// Letters of a tag's key. \[D\] the same.
pub const TAG_KEY: usize = 128;
/// Letters of a tag's value. \[D\] the same.
pub const TAG_VALUE: usize = 256;
/// Resources in one CreateTags, DeleteTags or TerminateInstances. \[B\]
pub const BATCH: usize = 1000;
/// Rules of one security group in one direction and address family. \[D\] `vpc/latest/userguide/amazon-vpc-limits`.
pub const GROUP_RULES: usize = 60;
/// Security groups of one interface. \[D\] the same.
pub const INTERFACE_GROUPS: usize = 5;
/// Interface endpoints of one VPC. \[D\] the same.
pub const INTERFACE_ENDPOINTS: usize = 50;
/// Letters of a client token. \[D\] `ec2/latest/devguide/ec2-api-idempotency`.
pub const TOKEN: usize = 64;
/// Bytes of user data before base64. \[D\] `AWSEC2/latest/UserGuide/user-data`.
pub const USER_DATA: usize = 16 * 1024;
/// Modifications of one volume in 24 hours. \[B\] ModifyVolume.
pub const VOLUME_MODIFICATIONS: usize = 4;
/// Seconds of the window in which those are counted.
pub const VOLUME_MODIFICATION_WINDOW_MS: u64 = 86_400_000;
/// gp3: smallest and largest size in GiB. \[D\] `ebs/latest/userguide/general-purpose`.
pub const GP3_SIZE: (i64, i64) = (1, 65_536);
/// gp3: included and largest I/O operations a second. \[D\] the same.
pub const GP3_IOPS: (i64, i64) = (3_000, 80_000);
/// gp3: operations for each GiB. \[D\] the same.
pub const GP3_IOPS_PER_GIB: i64 = 500;
/// gp3: included and largest throughput in MiB/s. \[D\] the same.
pub const GP3_THROUGHPUT: (i64, i64) = (125, 2_000);
/// gp3: one MiB/s needs so many operations (0.25 MiB/s each). \[D\] the same.
pub const GP3_IOPS_PER_MIB: i64 = 4;
/// VolumeInitializationRate in MiB/s. \[D\] `ebs/latest/userguide/initalize-volume`.
pub const INITIALIZATION_RATE: (i64, i64) = (100, 300);
/// Concurrent snapshot copies to one Region. \[D\] `ebs/latest/userguide/ebs-resource-quotas`.
pub const SNAPSHOT_COPIES: usize = 20;
/// Letters of a trust policy, and of all inline policies of a role. \[D\] `IAM/latest/UserGuide/reference_iam-quotas`.
pub const TRUST_POLICY: usize = 2_048;
/// Letters of all inline policies of a role, without white space. \[D\] the same.
pub const INLINE_POLICIES: usize = 10_240;
/// Managed policies of a role. \[D\] the same.
pub const MANAGED_POLICIES: usize = 20;
/// Aliases of one key. \[D\] `kms/latest/developerguide/resource-limits`.
pub const KEY_ALIASES: usize = 50;
/// Days until a key's deletion, smallest and largest. \[B\] ScheduleKeyDeletion.
pub const KEY_DELETION_DAYS: (i64, i64) = (7, 30);
/// Days of a key's rotation, smallest and largest. \[B\] EnableKeyRotation.
pub const KEY_ROTATION_DAYS: (i64, i64) = (90, 2_560);
/// Days of a key's rotation if none are given. \[B\] the same.
pub const KEY_ROTATION_DEFAULT: i64 = 365;
/// A KMS grant backlog longer than this fails the launch in a hostile rehearsal; what AWS does is not documented. \[R\]
pub const GRANT_PATIENCE_MS: u64 = 60_000;

/// The account's quotas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quotas {
    /// vCPUs of running G and VT instances (`L-DB2E81BA`).
    pub gpu_vcpus: u64,
    /// vCPUs of all other running instances.
    pub other_vcpus: u64,
    /// gp3 storage in GiB (`L-7A658B76`, given there in TiB).
    pub gp3_gib: u64,
    /// VPCs in a Region.
    pub vpcs: usize,
    /// Interfaces in a zone.
    pub interfaces_per_zone: usize,
    /// Security groups in a Region.
    pub security_groups: usize,
}

impl Quotas {
    /// What a studio has after it asked: enough for 10,000 seats. \[R\]
    pub fn raised() -> Self {
        Self {
            gpu_vcpus: 1_000_000,
            other_vcpus: 1_000_000,
            gp3_gib: 100_000 * 1024,
            vpcs: 100,
            interfaces_per_zone: 100_000,
            security_groups: 2_500,
        }
    }

    /// What a new account has. \[D\] `instancetypes/ec2-instance-quotas`, `ebs …/ebs-resource-quotas`,
    /// `vpc/latest/userguide/amazon-vpc-limits`.
    pub fn new_account() -> Self {
        Self {
            gpu_vcpus: 0,
            other_vcpus: 5,
            gp3_gib: 50 * 1024,
            vpcs: 5,
            interfaces_per_zone: 5_000,
            security_groups: 2_500,
        }
    }
}
