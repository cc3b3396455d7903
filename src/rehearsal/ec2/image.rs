//! Machine images: those of the catalogue, and any other well-formed id.

use super::filter::Filters;
use super::image_registered::Registered;
use super::kind::Action;
use super::read;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::own_images::OwnImage;
use crate::rehearsal::physics::images::{self, ANY_OTHER, CATALOGUE, Catalogued};
use crate::rehearsal::random::of_text;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};

/// An image, as it follows from its id.
#[derive(Debug, Clone)]
pub struct Image {
    /// `ami-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `amazon`, `aws-marketplace`, `self`, or an account.
    pub owner_alias: String,
    /// Whether it is Windows.
    pub windows: bool,
    /// Its root device.
    pub root_device: String,
    /// Its root volume in GiB.
    pub root_gib: i64,
    /// The snapshot of its root volume.
    pub snapshot: String,
    /// Its architecture.
    pub architecture: String,
}

/// What reads images.
pub const ACTIONS: &[Action] = &[("DescribeImages", describe)];

/// The account of Amazon's images. \[D\] `AWSEC2/latest/WindowsGuide/finding-an-ami`.
const AMAZON: &str = "801119661308";
/// The account of the marketplace's images.
const MARKETPLACE: &str = "679593333241";

const FILTERS: &[&str] = &[
    "image-id",
    "name",
    "owner-id",
    "owner-alias",
    "architecture",
    "platform",
    "platform-details",
    "root-device-name",
    "root-device-type",
    "state",
    "virtualization-type",
    "hypervisor",
    "is-public",
    "image-type",
    "ena-support",
    "description",
];

impl Image {
    fn of(id: &str, like: &Catalogued, windows: bool) -> Self {
        Self {
            id: id.to_owned(),
            name: if like.owner_alias == "self" { format!("{}-{}", like.name, &id[4..]) } else { like.name.to_owned() },
            owner_alias: like.owner_alias.to_owned(),
            windows,
            root_device: like.root_device.to_owned(),
            root_gib: like.root_gib,
            snapshot: format!("snap-0{:016x}", of_text(3, id)),
            architecture: like.architecture.to_owned(),
        }
    }

    fn registered(id: &str, own: &OwnImage) -> Self {
        let like = Self::of(id, &ANY_OTHER, own.made.windows);
        Self {
            name: own.name.clone(),
            owner_alias: own.owner.clone(),
            root_device: own.made.root_device.clone(),
            architecture: own.made.architecture.clone(),
            ..like
        }
    }

    fn of_registered(one: &Registered) -> Self {
        Self {
            name: one.name.clone(),
            owner_alias: "self".to_owned(),
            root_device: one.root_device.clone(),
            root_gib: one.root_gib,
            snapshot: one.snapshot.clone(),
            ..Self::of(&one.id, &ANY_OTHER, false)
        }
    }

    fn owner<'d>(&'d self, desk: &'d Desk) -> &'d str {
        match self.owner_alias.as_str() {
            "amazon" => AMAZON,
            "aws-marketplace" => MARKETPLACE,
            "self" => desk.account(),
            account => account,
        }
    }

    /// Whose name stands beside the account's number.
    fn alias(&self) -> Option<&str> {
        let alias = self.owner_alias.as_str();
        matches!(alias, "amazon" | "aws-marketplace").then_some(alias)
    }

    fn platform_details(&self) -> &'static str {
        if self.windows { "Windows" } else { "Linux/UNIX" }
    }

    fn field(&self, desk: &Desk, filter: &str) -> Vec<String> {
        vec![match filter {
            "image-id" => self.id.clone(),
            "name" | "description" => self.name.clone(),
            "owner-id" => self.owner(desk).to_owned(),
            "owner-alias" => self.owner_alias.clone(),
            "architecture" => self.architecture.clone(),
            "platform" if self.windows => "windows".to_owned(),
            "platform-details" => self.platform_details().to_owned(),
            "root-device-name" => self.root_device.clone(),
            "root-device-type" => "ebs".to_owned(),
            "state" => "available".to_owned(),
            "virtualization-type" => "hvm".to_owned(),
            "hypervisor" => "xen".to_owned(),
            "is-public" => (self.owner_alias != "self").to_string(),
            "image-type" => "machine".to_owned(),
            "ena-support" => "true".to_owned(),
            _ => return Vec::new(),
        }]
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        let owner = self.owner(desk);
        x.leaf("imageId", &self.id)
            .leaf("imageLocation", format!("{owner}/{}", self.name))
            .leaf("imageState", "available")
            .leaf("imageOwnerId", owner)
            .leaf_if("imageOwnerAlias", self.alias())
            .leaf("creationDate", "2025-12-10T00:00:00.000Z")
            .leaf("isPublic", self.owner_alias != "self")
            .leaf("architecture", &self.architecture)
            .leaf("imageType", "machine")
            .leaf_if("platform", self.windows.then_some("windows"))
            .leaf("platformDetails", self.platform_details())
            .leaf("usageOperation", if self.windows { "RunInstances:0002" } else { "RunInstances" })
            .leaf("name", &self.name)
            .leaf("description", &self.name)
            .leaf("rootDeviceType", "ebs")
            .leaf("rootDeviceName", &self.root_device)
            .list("blockDeviceMapping", [()], |x, ()| {
                x.leaf("deviceName", &self.root_device).node("ebs", |x| {
                    x.leaf("snapshotId", &self.snapshot)
                        .leaf("volumeSize", self.root_gib)
                        .leaf("deleteOnTermination", true)
                        .leaf("volumeType", "gp3")
                        .leaf("iops", 3000)
                        .leaf("throughput", 125)
                        .leaf("encrypted", false);
                });
            })
            .leaf("virtualizationType", "hvm")
            .leaf("hypervisor", "xen")
            .leaf("enaSupport", true)
            .leaf("bootMode", "uefi-preferred")
            .leaf("tpmSupport", "v2.0")
            .leaf("imdsSupport", "v2.0");
    }
}

/// The image of an id, or AWS's error.
pub fn existing(desk: &Desk, id: &str) -> Outcome<Image> {
    if !images::well_formed(id) {
        return Err(AwsError::new("InvalidAMIID.Malformed", format!("Invalid id: \"{id}\" (expecting \"ami-...\")")));
    }
    if images::missing(id) {
        return Err(AwsError::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")));
    }
    if let Some(one) = desk.see::<Registered>(id) {
        return Ok(Image::of_registered(one));
    }
    if let Some(own) = desk.settings.images.get(id) {
        return Ok(Image::registered(id, own));
    }
    let catalogued = CATALOGUE.iter().find(|image| images::id_of(image, &desk.region) == id);
    let like = catalogued.unwrap_or(&ANY_OTHER);
    Ok(Image::of(id, like, like.windows || desk.settings.windows_images.contains(id)))
}

/// By id: any that is well formed. Otherwise only the catalogue is searched, and the studio's own registered images.
fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(form, FILTERS)?;
    let owners = form.texts("Owner");
    let ids = form.texts("ImageId");
    let mut found = Vec::new();
    if ids.is_empty() {
        for like in CATALOGUE {
            found.push(Image::of(&images::id_of(like, &desk.region), like, like.windows));
        }
        for id in desk.settings.windows_images.iter().filter(|id| images::well_formed(id)) {
            found.push(Image::of(id, &ANY_OTHER, true));
        }
        found.extend(desk.settings.images.iter().map(|(id, own)| Image::registered(id, own)));
        found.extend(desk.seen::<Registered>().map(Image::of_registered));
    } else {
        for id in &ids {
            found.push(existing(desk, id)?);
        }
    }
    found.retain(|image| {
        let owned = owners.iter().any(|owner| {
            *owner == image.owner_alias
                || owner == image.owner(desk)
                || (owner == "self" && image.owner(desk) == desk.account())
        });
        (owners.is_empty() || owned) && filters.pass(&Tags::new(), |name| image.field(desk, name))
    });
    found.sort_by(|one, other| one.id.cmp(&other.id));
    let page = read::page(desk, form, 1000, found, |image| &image.id)?;
    x.list("imagesSet", page.items, |x, image| image.write(x, desk)).leaf_if("nextToken", page.next);
    Ok(())
}
