//! The block devices of a launch: the image's root, and what the call maps.

use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::image::Image;
use crate::rehearsal::ec2::volume::rules::{self, Given, Spec};
use crate::rehearsal::wire::{AwsError, Form, Outcome};

/// A device to be made for each instance of a launch.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The device name.
    pub name: String,
    /// Its volume.
    pub spec: Spec,
    /// Whether the volume goes with the instance.
    pub delete_on_termination: bool,
}

/// The devices that a launch asks for, the root first.
pub fn planned(desk: &Desk, form: &Form, image: &Image) -> Outcome<Vec<Planned>> {
    let mappings = form.list("BlockDeviceMapping");
    let mut names: Vec<&str> = Vec::new();
    for mapping in &mappings {
        let name = mapping.required("DeviceName")?;
        well_named(name)?;
        if names.contains(&name) {
            return Err(AwsError::new(
                "InvalidBlockDeviceMapping",
                format!("The device '{name}' is used in more than one block-device mapping"),
            ));
        }
        names.push(name);
    }
    let nothing = Form::default();
    let root = mappings.iter().find(|mapping| mapping.text("DeviceName") == Some(&image.root_device));
    if root.is_some_and(|root| root.has("NoDevice")) {
        return Err(AwsError::new(
            "InvalidBlockDeviceMapping",
            format!("The root device {} cannot be left out", image.root_device),
        ));
    }
    let ebs = root.and_then(|root| root.at("Ebs")).unwrap_or(&nothing);
    let given = Given { form: ebs, size: "VolumeSize", image: Some((image.root_gib, &image.snapshot)) };
    let mut devices = vec![Planned {
        name: image.root_device.clone(),
        spec: rules::read(desk, given)?,
        delete_on_termination: ebs.flag("DeleteOnTermination")?.unwrap_or(true),
    }];
    for mapping in mappings {
        let name = mapping.text("DeviceName").unwrap_or_default();
        let Some(ebs) = mapping.at("Ebs").filter(|_| name != image.root_device && !mapping.has("NoDevice")) else {
            continue;
        };
        devices.push(Planned {
            name: name.to_owned(),
            spec: rules::read(desk, Given { form: ebs, size: "VolumeSize", image: None })?,
            delete_on_termination: ebs.flag("DeleteOnTermination")?.unwrap_or(true),
        });
    }
    Ok(devices)
}

/// Whether a device name is one of those that EC2 takes: `/dev/sda1`, `/dev/sdf`…, `/dev/xvdf`…, `xvdf`….
/// \[D\] `AWSEC2/latest/UserGuide/device_naming`.
pub fn well_named(name: &str) -> Outcome {
    let rest =
        name.strip_prefix("/dev/sd").or_else(|| name.strip_prefix("/dev/xvd")).or_else(|| name.strip_prefix("xvd"));
    let good = rest.is_some_and(|rest| {
        let letters = rest.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let number = &rest[letters.len()..];
        let letters_fit = matches!(letters.len(), 1 | 2) && letters.bytes().all(|letter| letter.is_ascii_lowercase());
        letters_fit && (number.is_empty() || number.parse::<u8>().is_ok_and(|number| (1..=15).contains(&number)))
    });
    if good {
        return Ok(());
    }
    Err(AwsError::new("InvalidBlockDeviceMapping", format!("Invalid device name {name}")))
}

#[cfg(test)]
mod tests {
    use super::well_named;

    #[test]
    fn device_names_are_those_of_the_user_guide() {
        for good in ["/dev/sda1", "/dev/sdf", "/dev/xvda", "xvdf", "/dev/sdaa"] {
            assert!(well_named(good).is_ok(), "{good}");
        }
        for bad in ["", "sda", "/dev/sd", "/dev/sdf16", "/dev/nvme0n1", "/dev/sdF", "/dev/sdé"] {
            assert!(well_named(bad).is_err(), "{bad}");
        }
    }
}
