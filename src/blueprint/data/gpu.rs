//! GPU instance families: which drivers they take, and what their sizes can move to and from volumes.
//!
//! Sources: EC2 instance types guide, "Accelerated computing" (GPUs, architectures, EBS specifications); EC2 user guide,
//! "NVIDIA drivers" and "AMD drivers" (2026). Fractional GPUs need GRID 18.4: EKS AMI issue 2323. Where a figure could not
//! be confirmed there is none, and nothing is checked against it.

use crate::blueprint::model::{InstanceType, Os, Platform};

/// One family of instance types.
#[derive(Debug)]
pub struct Family {
    pub name: &'static str,
    /// As people call it.
    pub gpu: &'static str,
    pub architecture: Architecture,
    pub drivers: &'static [Driver],
    /// The oldest GRID driver that knows the GPU, as (major, minor); none: any.
    pub oldest_grid: Option<(u32, u32)>,
    /// Systems for which there is no driver.
    pub never_with: &'static [Os],
    pub sizes: &'static [Size],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    X86,
    Arm,
}

/// The kinds of driver, as `gpu_driver` starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Driver {
    Grid,
    Gaming,
    Tesla,
    Amd,
}

impl Driver {
    /// Every kind with its word.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("grid", Self::Grid), ("gaming", Self::Gaming), ("tesla", Self::Tesla), ("amd", Self::Amd)];
}

/// What one size of a family can do with its volumes at most, bursts included.
#[derive(Debug)]
pub struct Size {
    pub name: &'static str,
    /// MiB a second over all volumes.
    pub throughput_mibs: Option<u32>,
    /// Operations a second over all volumes.
    pub iops: Option<u32>,
}

const fn size(name: &'static str, throughput_mibs: u32, iops: u32) -> Size {
    Size { name, throughput_mibs: Some(throughput_mibs), iops: Some(iops) }
}

const fn slow(name: &'static str, throughput_mibs: u32) -> Size {
    Size { name, throughput_mibs: Some(throughput_mibs), iops: None }
}

const fn plain(name: &'static str) -> Size {
    Size { name, throughput_mibs: None, iops: None }
}

const NVIDIA: &[Driver] = &[Driver::Grid, Driver::Gaming, Driver::Tesla];
const LINUX_ONLY: &[Os] = &[Os::Windows2022, Os::Windows2025];
const L4_AND_L40S: &[Size] = &[
    size("xlarge", 625, 20_000),
    size("2xlarge", 625, 20_000),
    size("4xlarge", 1_000, 32_000),
    size("8xlarge", 2_000, 64_000),
    size("12xlarge", 2_500, 80_000),
    size("16xlarge", 2_500, 80_000),
    size("24xlarge", 3_750, 120_000),
    size("48xlarge", 7_500, 240_000),
];

/// Every family that a pool may name. A family that is not here is refused: its driver would be a guess.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "g4dn",
        gpu: "NVIDIA T4",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: &[
            size("xlarge", 437, 20_000),
            size("2xlarge", 437, 20_000),
            size("4xlarge", 593, 20_000),
            size("8xlarge", 1_187, 40_000),
            size("16xlarge", 1_187, 40_000),
            size("12xlarge", 1_187, 40_000),
            size("metal", 2_375, 80_000),
        ],
    },
    Family {
        name: "g4ad",
        gpu: "AMD Radeon Pro V520",
        architecture: Architecture::X86,
        drivers: &[Driver::Amd],
        oldest_grid: None,
        never_with: &[Os::Rhel9, Os::Rocky9],
        sizes: &[plain("xlarge"), plain("2xlarge"), plain("4xlarge"), plain("8xlarge"), plain("16xlarge")],
    },
    Family {
        name: "g5",
        gpu: "NVIDIA A10G",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: &[
            size("xlarge", 437, 15_000),
            size("2xlarge", 437, 15_000),
            size("4xlarge", 593, 20_000),
            size("8xlarge", 2_000, 65_000),
            size("16xlarge", 2_000, 65_000),
            size("12xlarge", 2_000, 65_000),
            size("24xlarge", 2_375, 80_000),
            size("48xlarge", 2_375, 80_000),
        ],
    },
    Family {
        name: "g5g",
        gpu: "NVIDIA T4G",
        architecture: Architecture::Arm,
        drivers: &[Driver::Tesla],
        oldest_grid: None,
        never_with: LINUX_ONLY,
        sizes: &[
            plain("xlarge"),
            plain("2xlarge"),
            plain("4xlarge"),
            plain("8xlarge"),
            plain("16xlarge"),
            plain("metal"),
        ],
    },
    Family {
        name: "g6",
        gpu: "NVIDIA L4",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: L4_AND_L40S,
    },
    Family {
        name: "g6e",
        gpu: "NVIDIA L40S",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: L4_AND_L40S,
    },
    Family {
        name: "g6f",
        gpu: "a part of an NVIDIA L4",
        architecture: Architecture::X86,
        drivers: &[Driver::Grid],
        oldest_grid: Some((18, 4)),
        never_with: &[],
        sizes: &[slow("large", 625), plain("xlarge"), plain("2xlarge"), plain("4xlarge")],
    },
    Family {
        name: "gr6",
        gpu: "NVIDIA L4",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: &[size("4xlarge", 1_000, 32_000), size("8xlarge", 2_000, 64_000)],
    },
    Family {
        name: "gr6f",
        gpu: "half an NVIDIA L4",
        architecture: Architecture::X86,
        drivers: &[Driver::Grid],
        oldest_grid: Some((18, 4)),
        never_with: &[],
        sizes: &[plain("4xlarge")],
    },
    Family {
        name: "g7",
        gpu: "NVIDIA RTX PRO 4500",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: &[slow("2xlarge", 1_000), slow("4xlarge", 1_000), slow("8xlarge", 2_000)],
    },
    Family {
        name: "g7e",
        gpu: "NVIDIA RTX PRO 6000",
        architecture: Architecture::X86,
        drivers: NVIDIA,
        oldest_grid: None,
        never_with: &[],
        sizes: &[
            slow("2xlarge", 625),
            slow("4xlarge", 1_000),
            slow("8xlarge", 2_000),
            plain("12xlarge"),
            plain("24xlarge"),
            plain("48xlarge"),
        ],
    },
    Family {
        name: "p5",
        gpu: "NVIDIA H100",
        architecture: Architecture::X86,
        drivers: &[Driver::Tesla],
        oldest_grid: None,
        never_with: &[],
        sizes: &[plain("4xlarge")],
    },
];

/// The family of that type; none where it is not known.
pub fn family(of: &InstanceType) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.name == of.family())
}

/// The branch of the NVIDIA driver that each GRID release is of, by major versions.
/// Source: NVIDIA virtual GPU software documentation, "Virtual GPU software product support matrix".
const GRID_BRANCHES: &[(u32, u32)] = &[(16, 535), (17, 550), (18, 570), (19, 580)];

impl Family {
    /// The oldest branch of the NVIDIA driver that knows the GPU, as its version begins; none: any.
    pub fn oldest_branch(&self) -> Option<u32> {
        let (major, _) = self.oldest_grid?;
        GRID_BRANCHES.iter().find(|(grid, _)| *grid == major).map(|(_, branch)| *branch)
    }

    /// The size of that type; none where it is not known.
    pub fn size(&self, of: &InstanceType) -> Option<&'static Size> {
        self.sizes.iter().find(|size| size.name == of.size())
    }

    /// Whether there is a driver for that system.
    pub fn runs(&self, os: Os) -> bool {
        !self.never_with.contains(&os) && (self.architecture == Architecture::X86 || os.platform() == Platform::Linux)
    }
}
