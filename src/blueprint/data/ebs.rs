//! The limits of EBS volumes.
//!
//! Sources: Amazon EBS user guide, "General Purpose SSD volumes" and "Provisioned IOPS SSD volumes"; EC2 API, CreateVolume
//! (both as of 2026).

/// gp3 without any further setting: operations a second.
pub const GP3_BASE_IOPS: u32 = 3_000;
/// gp3 without any further setting: MiB a second.
pub const GP3_BASE_THROUGHPUT_MIBS: u32 = 125;
/// gp3 at most: operations a second.
pub const GP3_MOST_IOPS: u32 = 80_000;
/// gp3 at most: operations a second for each GiB. The baseline is had at any size.
pub const GP3_MOST_IOPS_PER_GIB: u32 = 500;
/// gp3 at most: MiB a second.
pub const GP3_MOST_THROUGHPUT_MIBS: u32 = 2_000;
/// gp3 needs so many operations a second for each MiB a second.
pub const GP3_IOPS_PER_MIBS: u32 = 4;
/// io2 at least and at most: operations a second.
pub const IO2_IOPS: std::ops::RangeInclusive<u32> = 100..=256_000;
/// io2 at most: operations a second for each GiB.
pub const IO2_MOST_IOPS_PER_GIB: u32 = 1_000;
/// io2 at least: GiB.
pub const IO2_LEAST_GIB: u32 = 4;
/// gp3 and io2 at most: GiB.
pub const MOST_GIB: u32 = 65_536;
