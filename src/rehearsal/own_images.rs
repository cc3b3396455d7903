//! Images that a studio made itself, as a rehearsal has them: whatever a blueprint asks for is there, made for the
//! system that the blueprint says it has.

use super::cloud::RehearsalCloud;
use super::ec2::filter::matches;
use super::physics::images::{self, CATALOGUE};
use super::random::of_text;
use super::settings::Settings;
use serde::{Deserialize, Serialize};

/// How an image is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// By its id.
    Id(String),
    /// By a parameter of Systems Manager that holds its id.
    Parameter(String),
    /// By owners and a name with `*` and `?`.
    Name {
        /// `self`, `amazon`, `aws-marketplace`, or accounts.
        owners: Vec<String>,
        /// The name.
        pattern: String,
    },
}

/// What an image is made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Whether it is Windows.
    pub windows: bool,
    /// Its root device.
    pub root_device: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
}

/// An image of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnImage {
    /// Its name.
    pub name: String,
    /// `self`, `amazon`, `aws-marketplace`, or an account.
    pub owner: String,
    /// The parameter that holds its id, if there is one.
    pub parameter: Option<String>,
    /// What it is made for.
    pub made: Made,
}

impl RehearsalCloud {
    /// Sees to it that an image is there when it is asked for. Images of the catalogue stay as they are.
    pub fn provide_image(&self, wish: &Wish, made: Made) {
        self.adjust(|settings| provide(settings, wish, made));
    }
}

fn provide(settings: &mut Settings, wish: &Wish, made: Made) {
    let catalogued = CATALOGUE.iter().any(|image| match wish {
        Wish::Id(id) => images::id_of(image, &settings.region) == *id,
        Wish::Parameter(name) => image.parameter == Some(name.as_str()),
        Wish::Name { owners, pattern } => {
            owners.iter().any(|owner| owner == image.owner_alias) && matches(pattern, image.name)
        }
    });
    if catalogued {
        return;
    }
    let id_for = |text: &str| format!("ami-0{:016x}", of_text(5, text));
    let (id, image) = match wish {
        Wish::Id(id) if !images::well_formed(id) || images::missing(id) => return,
        Wish::Id(id) => {
            (id.clone(), OwnImage { name: format!("workstation-{}", &id[4..]), owner: own(), parameter: None, made })
        }
        Wish::Parameter(name) => {
            let id = id_for(name);
            let image = OwnImage {
                name: format!("workstation-{}", &id[4..]),
                owner: own(),
                parameter: Some(name.clone()),
                made,
            };
            (id, image)
        }
        Wish::Name { owners, pattern } => {
            let owner = owners.first().cloned().unwrap_or_else(own);
            let image = OwnImage { name: pattern.replace(['*', '?'], "1"), owner, parameter: None, made };
            (id_for(&format!("{}/{}", image.owner, image.name)), image)
        }
    };
    settings.images.insert(id, image);
}

fn own() -> String {
    "self".to_owned()
}
