//! The limits of EBS volumes.
//!
//! Sources: Amazon EBS user guide, "General Purpose SSD volumes" and "Provisioned IOPS SSD volumes" (2025-2026).

/// gp3 without any further setting: operations a second.
pub const GP3_BASE_IOPS: u32 = 3_000;
/// gp3 without any further setting: MiB a second.
pub const GP3_BASE_THROUGHPUT_MIBS: u32 = 125;
