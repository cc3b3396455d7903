//! Machine images: a small catalogue, and the rule by which any other well-formed id exists too.

use crate::rehearsal::random::of_text;

/// An image of the catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Catalogued {
    /// The image's name; a star stands for the build date. \[D\] the publishers' naming rules.
    pub name: &'static str,
    /// The owner's alias; `amazon` images have the owner id 801119661308.
    pub owner_alias: &'static str,
    /// Whether it is Windows.
    pub windows: bool,
    /// The root device.
    pub root_device: &'static str,
    /// The root volume in GiB.
    pub root_gib: i64,
    /// `x86_64` or `arm64`.
    pub architecture: &'static str,
    /// The public parameter that names it, if there is one.
    pub parameter: Option<&'static str>,
}

/// The catalogue. \[D\] `systems-manager/latest/userguide/parameter-store-public-parameters-ami` for the parameters.
pub const CATALOGUE: &[Catalogued] = &[
    Catalogued {
        name: "Windows_Server-2022-English-Full-Base-2025.12.10",
        owner_alias: "amazon",
        windows: true,
        root_device: "/dev/sda1",
        root_gib: 30,
        architecture: "x86_64",
        parameter: Some("/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"),
    },
    Catalogued {
        name: "Windows_Server-2025-English-Full-Base-2025.12.10",
        owner_alias: "amazon",
        windows: true,
        root_device: "/dev/sda1",
        root_gib: 30,
        architecture: "x86_64",
        parameter: Some("/aws/service/ami-windows-latest/Windows_Server-2025-English-Full-Base"),
    },
    Catalogued {
        name: "al2023-ami-2023.9.20251208.0-kernel-6.1-x86_64",
        owner_alias: "amazon",
        windows: false,
        root_device: "/dev/xvda",
        root_gib: 8,
        architecture: "x86_64",
        parameter: Some("/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
    },
    Catalogued {
        name: "DCV-AmazonLinux2023-NVIDIA-2025.0.20103",
        owner_alias: "aws-marketplace",
        windows: false,
        root_device: "/dev/xvda",
        root_gib: 30,
        architecture: "x86_64",
        parameter: None,
    },
    Catalogued {
        name: "Rocky-9-EC2-LVM-9.6-20250531.0.x86_64",
        owner_alias: "aws-marketplace",
        windows: false,
        root_device: "/dev/sda1",
        root_gib: 10,
        architecture: "x86_64",
        parameter: None,
    },
    Catalogued {
        name: "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251210",
        owner_alias: "aws-marketplace",
        windows: false,
        root_device: "/dev/sda1",
        root_gib: 8,
        architecture: "x86_64",
        parameter: Some("/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id"),
    },
];

/// The id of a catalogued image in a Region.
pub fn id_of(image: &Catalogued, region: &str) -> String {
    let high = of_text(1, &format!("{region}/{}", image.name));
    format!("ami-0{:016x}", high)
}

/// Whether an id has the form of an image id: `ami-` and 8 or 17 hexadecimal digits.
pub fn well_formed(id: &str) -> bool {
    id.strip_prefix("ami-").is_some_and(|digits| {
        (digits.len() == 8 || digits.len() == 17)
            && digits.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
    })
}

/// Ids of all f are the ones that don't exist, so that tests can ask for a missing image. \[R\]
pub fn missing(id: &str) -> bool {
    id.strip_prefix("ami-").is_some_and(|digits| digits.bytes().all(|digit| digit == b'f'))
}

/// The image that other ids stand for: a studio's own Linux workstation image. \[R\]
pub const ANY_OTHER: Catalogued = Catalogued {
    name: "workstation",
    owner_alias: "self",
    windows: false,
    root_device: "/dev/sda1",
    root_gib: 30,
    architecture: "x86_64",
    parameter: None,
};
