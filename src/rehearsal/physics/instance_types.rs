//! Instance types: the GPU families, and enough others for gateways and licence servers.
//!
//! \[D\] `instancetypes/ac` for vCPUs, memory, GPUs, local storage, attachments and NitroTPM of the GPU families;
//! zones and the general families' attachments are the rehearsal's own choice.

use super::places;

/// One instance type.
#[derive(Debug, Clone, Copy)]
pub struct InstanceType {
    /// Such as `g6e.4xlarge`.
    pub name: &'static str,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Maker, name, count and memory in MiB of each GPU; a count of 0 means none.
    pub gpu: (&'static str, &'static str, u32, u32),
    /// Local NVMe storage in GB; 0 means none.
    pub local_gb: u32,
    /// How many volumes can be attached, and whether interfaces and local disks leave that number alone.
    pub attachments: (u32, bool),
    /// Whether it has NitroTPM.
    pub tpm: bool,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
}

#[allow(clippy::too_many_arguments, reason = "a row of the table below")]
const fn kind(
    name: &'static str,
    vcpus: u32,
    memory_mib: u32,
    gpu: (&'static str, &'static str, u32, u32),
    local_gb: u32,
    attachments: (u32, bool),
    tpm: bool,
    architecture: &'static str,
) -> InstanceType {
    InstanceType { name, vcpus, memory_mib, gpu, local_gb, attachments, tpm, architecture }
}

impl InstanceType {
    /// The part before the dot.
    pub fn family(&self) -> &'static str {
        self.name.split('.').next().unwrap_or(self.name)
    }

    /// Whether the quota of G and VT instances counts it.
    pub fn counts_as_gpu(&self) -> bool {
        self.family().starts_with('g')
    }

    /// Whether a zone sells it: older families everywhere, g6 and later in the first three zones,
    /// g7 and later in the first two of the Regions that have them. \[R\] for the zones.
    pub fn sold_in(&self, zone: &str) -> bool {
        let region = zone.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let Some(index) = places::zones(region).iter().position(|known| known == zone) else { return false };
        let newest = places::find(region).is_some_and(|place| place.newest_gpus);
        match self.family() {
            "g7" | "g7e" | "p5" => newest && index < 2,
            "g6" | "g6e" | "g6f" | "gr6" | "gr6f" => region != "us-west-1" && index < 3,
            "g5" | "g4ad" => region != "us-west-1",
            _ => true,
        }
    }
}

/// The type of that name.
pub fn find(name: &str) -> Option<&'static InstanceType> {
    TYPES.iter().find(|kind| kind.name == name)
}

/// All types.
#[rustfmt::skip]
pub const TYPES: &[InstanceType] = &[
    kind("g4dn.xlarge", 4, 16384, ("NVIDIA", "T4", 1, 16384), 125, (26, false), true, "x86_64"),
    kind("g4dn.2xlarge", 8, 32768, ("NVIDIA", "T4", 1, 16384), 225, (26, false), true, "x86_64"),
    kind("g4dn.4xlarge", 16, 65536, ("NVIDIA", "T4", 1, 16384), 225, (26, false), true, "x86_64"),
    kind("g4dn.8xlarge", 32, 131072, ("NVIDIA", "T4", 1, 16384), 900, (26, false), true, "x86_64"),
    kind("g4dn.12xlarge", 48, 196608, ("NVIDIA", "T4", 4, 16384), 900, (26, false), true, "x86_64"),
    kind("g4dn.16xlarge", 64, 262144, ("NVIDIA", "T4", 1, 16384), 900, (26, false), true, "x86_64"),
    kind("g4ad.xlarge", 4, 16384, ("AMD", "Radeon Pro V520", 1, 8192), 150, (26, false), false, "x86_64"),
    kind("g4ad.2xlarge", 8, 32768, ("AMD", "Radeon Pro V520", 1, 8192), 300, (26, false), false, "x86_64"),
    kind("g4ad.4xlarge", 16, 65536, ("AMD", "Radeon Pro V520", 1, 8192), 600, (26, false), false, "x86_64"),
    kind("g4ad.8xlarge", 32, 131072, ("AMD", "Radeon Pro V520", 2, 8192), 1200, (26, false), false, "x86_64"),
    kind("g4ad.16xlarge", 64, 262144, ("AMD", "Radeon Pro V520", 4, 8192), 2400, (26, false), false, "x86_64"),
    kind("g5.xlarge", 4, 16384, ("NVIDIA", "A10G", 1, 22888), 250, (26, false), true, "x86_64"),
    kind("g5.2xlarge", 8, 32768, ("NVIDIA", "A10G", 1, 22888), 450, (26, false), true, "x86_64"),
    kind("g5.4xlarge", 16, 65536, ("NVIDIA", "A10G", 1, 22888), 600, (26, false), true, "x86_64"),
    kind("g5.8xlarge", 32, 131072, ("NVIDIA", "A10G", 1, 22888), 900, (26, false), true, "x86_64"),
    kind("g5.12xlarge", 48, 196608, ("NVIDIA", "A10G", 4, 22888), 3800, (26, false), true, "x86_64"),
    kind("g5.16xlarge", 64, 262144, ("NVIDIA", "A10G", 1, 22888), 1900, (26, false), true, "x86_64"),
    kind("g5.24xlarge", 96, 393216, ("NVIDIA", "A10G", 4, 22888), 3800, (26, false), true, "x86_64"),
    kind("g5.48xlarge", 192, 786432, ("NVIDIA", "A10G", 8, 22888), 7600, (26, false), true, "x86_64"),
    kind("g6.xlarge", 4, 16384, ("NVIDIA", "L4", 1, 22888), 250, (32, true), true, "x86_64"),
    kind("g6.2xlarge", 8, 32768, ("NVIDIA", "L4", 1, 22888), 450, (32, true), true, "x86_64"),
    kind("g6.4xlarge", 16, 65536, ("NVIDIA", "L4", 1, 22888), 600, (32, true), true, "x86_64"),
    kind("g6.8xlarge", 32, 131072, ("NVIDIA", "L4", 1, 22888), 900, (32, true), true, "x86_64"),
    kind("g6.12xlarge", 48, 196608, ("NVIDIA", "L4", 4, 22888), 3760, (32, true), true, "x86_64"),
    kind("g6.16xlarge", 64, 262144, ("NVIDIA", "L4", 1, 22888), 1880, (48, true), true, "x86_64"),
    kind("g6.24xlarge", 96, 393216, ("NVIDIA", "L4", 4, 22888), 3760, (64, true), true, "x86_64"),
    kind("g6.48xlarge", 192, 786432, ("NVIDIA", "L4", 8, 22888), 7520, (128, true), true, "x86_64"),
    kind("g6f.large", 2, 8192, ("NVIDIA", "L4", 1, 2861), 100, (32, true), true, "x86_64"),
    kind("g6f.xlarge", 4, 16384, ("NVIDIA", "L4", 1, 2861), 110, (32, true), true, "x86_64"),
    kind("g6f.2xlarge", 8, 32768, ("NVIDIA", "L4", 1, 5722), 220, (32, true), true, "x86_64"),
    kind("g6f.4xlarge", 16, 65536, ("NVIDIA", "L4", 1, 11444), 450, (32, true), true, "x86_64"),
    kind("gr6.4xlarge", 16, 131072, ("NVIDIA", "L4", 1, 22888), 600, (32, true), true, "x86_64"),
    kind("gr6.8xlarge", 32, 262144, ("NVIDIA", "L4", 1, 22888), 900, (32, true), true, "x86_64"),
    kind("gr6f.4xlarge", 16, 131072, ("NVIDIA", "L4", 1, 11444), 450, (32, true), true, "x86_64"),
    kind("g6e.xlarge", 4, 32768, ("NVIDIA", "L40S", 1, 45776), 250, (32, true), true, "x86_64"),
    kind("g6e.2xlarge", 8, 65536, ("NVIDIA", "L40S", 1, 45776), 450, (32, true), true, "x86_64"),
    kind("g6e.4xlarge", 16, 131072, ("NVIDIA", "L40S", 1, 45776), 600, (32, true), true, "x86_64"),
    kind("g6e.8xlarge", 32, 262144, ("NVIDIA", "L40S", 1, 45776), 900, (32, true), true, "x86_64"),
    kind("g6e.12xlarge", 48, 393216, ("NVIDIA", "L40S", 4, 45776), 3800, (32, true), true, "x86_64"),
    kind("g6e.16xlarge", 64, 524288, ("NVIDIA", "L40S", 1, 45776), 1900, (48, true), true, "x86_64"),
    kind("g6e.24xlarge", 96, 786432, ("NVIDIA", "L40S", 4, 45776), 3800, (64, true), true, "x86_64"),
    kind("g6e.48xlarge", 192, 1572864, ("NVIDIA", "L40S", 8, 45776), 7600, (128, true), true, "x86_64"),
    kind("g7.2xlarge", 8, 32768, ("NVIDIA", "RTX PRO 4500", 1, 32768), 440, (32, true), true, "x86_64"),
    kind("g7.4xlarge", 16, 65536, ("NVIDIA", "RTX PRO 4500", 1, 32768), 875, (32, true), true, "x86_64"),
    kind("g7.8xlarge", 32, 131072, ("NVIDIA", "RTX PRO 4500", 1, 32768), 930, (32, true), true, "x86_64"),
    kind("g7e.2xlarge", 8, 65536, ("NVIDIA", "RTX PRO 6000 Server", 1, 98304), 1900, (32, true), true, "x86_64"),
    kind("g7e.4xlarge", 16, 131072, ("NVIDIA", "RTX PRO 6000 Server", 1, 98304), 1900, (32, true), true, "x86_64"),
    kind("g7e.8xlarge", 32, 262144, ("NVIDIA", "RTX PRO 6000 Server", 1, 98304), 1900, (32, true), true, "x86_64"),
    kind("p5.4xlarge", 16, 262144, ("NVIDIA", "H100", 1, 81920), 3800, (32, true), false, "x86_64"),
    kind("m6i.large", 2, 8192, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m6i.xlarge", 4, 16384, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m6i.2xlarge", 8, 32768, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m6i.4xlarge", 16, 65536, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m6i.8xlarge", 32, 131072, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m6i.16xlarge", 64, 262144, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("m7i.large", 2, 8192, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7i.xlarge", 4, 16384, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7i.2xlarge", 8, 32768, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7i.4xlarge", 16, 65536, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7i.8xlarge", 32, 131072, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7i.16xlarge", 64, 262144, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c6i.large", 2, 4096, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c6i.xlarge", 4, 8192, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c6i.2xlarge", 8, 16384, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c6i.4xlarge", 16, 32768, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c6i.8xlarge", 32, 65536, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c6i.16xlarge", 64, 131072, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("c7i.large", 2, 4096, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c7i.xlarge", 4, 8192, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c7i.2xlarge", 8, 16384, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c7i.4xlarge", 16, 32768, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c7i.8xlarge", 32, 65536, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("c7i.16xlarge", 64, 131072, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r6i.large", 2, 16384, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r6i.xlarge", 4, 32768, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r6i.2xlarge", 8, 65536, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r6i.4xlarge", 16, 131072, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r6i.8xlarge", 32, 262144, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r6i.16xlarge", 64, 524288, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("r7i.large", 2, 16384, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r7i.xlarge", 4, 32768, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r7i.2xlarge", 8, 65536, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r7i.4xlarge", 16, 131072, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r7i.8xlarge", 32, 262144, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("r7i.16xlarge", 64, 524288, ("", "", 0, 0), 0, (32, true), true, "x86_64"),
    kind("m7g.large", 2, 8192, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("m7g.xlarge", 4, 16384, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("m7g.2xlarge", 8, 32768, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("m7g.4xlarge", 16, 65536, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("m7g.8xlarge", 32, 131072, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("m7g.16xlarge", 64, 262144, ("", "", 0, 0), 0, (32, true), true, "arm64"),
    kind("t3.nano", 2, 512, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.micro", 2, 1024, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.small", 2, 2048, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.medium", 2, 4096, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.large", 2, 8192, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.xlarge", 4, 16384, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
    kind("t3.2xlarge", 8, 32768, ("", "", 0, 0), 0, (28, false), true, "x86_64"),
];
