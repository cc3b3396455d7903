//! A rehearsal cloud as the command line uses it: opened before the first call, stocked with the images that a
//! blueprint asks for, and kept in its file when the command is over, however it ended.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::{CliError, ErrorKind};
use super::save::write_whole;
use super::sources;
use super::state;
use crate::apply::Lock;
use crate::blueprint::Blueprint;
use crate::blueprint::data::gpu::{Architecture, family};
use crate::blueprint::model::{Image, ImageSource, Os, Platform};
use crate::rehearsal::{Made, OpenError, RehearsalCloud, Settings, Wish};

/// A rehearsal cloud that is open.
pub struct Stage {
    cloud: Arc<RehearsalCloud>,
    kept: Option<Kept>,
    /// Nothing was ever done on it.
    fresh: bool,
}

/// Where a cloud is kept between commands.
struct Kept {
    file: PathBuf,
    /// Two commands on one file would each forget what the other did.
    _lock: Lock,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Stage")
    }
}

impl Stage {
    /// A new cloud that is forgotten with the command.
    pub fn thrown_away(settings: Settings) -> Self {
        Self { cloud: Arc::new(RehearsalCloud::new(settings)), kept: None, fresh: true }
    }

    /// The cloud that this file keeps; a new one where there is no such file.
    ///
    /// # Errors
    /// A file that is not a rehearsal cloud's, or of another version; one that another command has open.
    pub fn kept_in(file: &Path, settings: Settings) -> Result<Self, CliError> {
        let lock = lock(file)?;
        let (cloud, fresh) = if file.exists() {
            let opened = RehearsalCloud::open(&sources::bytes(file)?).map_err(|error| unusable(file, &error))?;
            (opened, false)
        } else {
            (RehearsalCloud::new(settings), true)
        };
        let kept = Kept { file: file.to_owned(), _lock: lock };
        Ok(Self { cloud: Arc::new(cloud), kept: Some(kept), fresh })
    }

    /// Whether this command is the first on it.
    pub fn is_new(&self) -> bool {
        self.fresh
    }

    /// The cloud itself.
    pub fn cloud(&self) -> &Arc<RehearsalCloud> {
        &self.cloud
    }

    /// Makes the cloud fit for a blueprint: a new one takes its account and Region, and every image that it asks for
    /// is there, made for the system that it says.
    pub fn set_up_for(&self, blueprint: &Blueprint) {
        let production = &blueprint.production;
        if self.fresh {
            self.cloud.adjust(|settings| {
                settings.region = production.region.as_str().to_owned();
                if let Some(account) = &production.account {
                    settings.account = account.as_str().to_owned();
                }
            });
        }
        for pool in &blueprint.pools {
            let Some(image) = blueprint.get(&pool.image.value) else { continue };
            let arm = |one: Option<&crate::blueprint::data::gpu::Family>| {
                one.is_some_and(|family| family.architecture == Architecture::Arm)
            };
            let for_arm = !pool.instance_types.is_empty()
                && pool.instance_types.iter().all(|instance_type| arm(family(&instance_type.value)));
            self.cloud.provide_image(&wish(image), made(image, for_arm));
        }
    }

    /// Writes the cloud to its file, if it has one: the file is the old one or the new one, never half of it.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn keep(&self) -> Result<(), CliError> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let wrong = |error: &dyn std::fmt::Display| {
            CliError::file("write", &kept.file, error)
                .hint("what this command did on the rehearsal cloud is lost; the file is as it was before")
        };
        let document = self.cloud.save().map_err(|error| wrong(&error))?;
        write_whole(&kept.file, document.as_bytes()).map_err(|error| wrong(&error))
    }
}

/// The file's own lock, beside it.
fn lock(file: &Path) -> Result<Lock, CliError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(file.file_name().unwrap_or_default());
    name.push(".lock");
    let path = file.with_file_name(name);
    match Lock::take(&path, &state::me("a command")) {
        Ok(Ok(lock)) => Ok(lock),
        Ok(Err(_)) => Err(CliError::new(
            ErrorKind::Lock,
            format!("the rehearsal cloud in {} is in use by another command", file.display()),
        )
        .hint("wait for it to end, or name another file: --cloud rehearsal=FILE")),
        Err(error) => Err(CliError::file("lock", file, error)),
    }
}

fn unusable(file: &Path, error: &OpenError) -> CliError {
    CliError::file("use", file, error).hint("--cloud rehearsal=FILE takes a file that it wrote itself, or a new name")
}

fn wish(image: &Image) -> Wish {
    match &image.source.value {
        ImageSource::Id(id) => Wish::Id(id.clone()),
        ImageSource::SsmParameter(name) => Wish::Parameter(name.clone()),
        ImageSource::Lookup { owners, name } => Wish::Name { owners: owners.clone(), pattern: name.clone() },
    }
}

/// Root devices as images of these systems have them: EC2 user guide, "Device names for volumes on Amazon EC2 instances".
pub fn made(image: &Image, for_arm: bool) -> Made {
    let os = image.os.value;
    let root_device = if os == Os::AmazonLinux2023 { "/dev/xvda" } else { "/dev/sda1" };
    Made {
        windows: os.platform() == Platform::Windows,
        root_device: root_device.to_owned(),
        architecture: if for_arm { "arm64" } else { "x86_64" }.to_owned(),
    }
}
