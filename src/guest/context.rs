//! What a template is told.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::blueprint::model::{Display, Lockdown, Os};

/// What a template may name, beside the pool's own `vars`, which stand at the top level and in `vars`:
///
/// | name | is |
/// |---|---|
/// | `production` | the alias |
/// | `region` | such as `us-west-2` |
/// | `pool` | the pool's label |
/// | `os`, `platform` | such as `rocky-9`; `linux` or `windows` |
/// | `volumes` | the data volumes: `name`, `device` (`/dev/sdf`, `xvdf`), `mount` (none: left to the guest) |
/// | `secrets` | what the instance role may read: `name`, `arn`; by name in `secret` |
/// | `lockdown`, `display` | the settings by their names in the blueprint |
///
/// One text serves all seats of a pool. A seat learns its computer name and artist from the tags that the metadata
/// service shows it, `Name` and `artist`.
#[derive(Debug, Clone)]
pub struct Context<'a> {
    /// The production's alias.
    pub production: String,
    pub region: String,
    /// The pool's label.
    pub pool: &'a str,
    pub os: Os,
    /// The data volumes in the order of their declaration.
    pub volumes: Vec<NamedVolume>,
    /// Of any form, as the blueprint says.
    pub vars: &'a BTreeMap<String, Value>,
    pub secrets: Vec<NamedSecret>,
    pub lockdown: Lockdown,
    pub display: Display,
}

/// A data volume as a template sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedVolume {
    pub name: String,
    /// The device that it is attached as, which is not always the name that the guest gives it.
    pub device: String,
    /// A path, or a drive such as `E:`.
    pub mount: Option<String>,
}

/// A secret as a template sees it: where it is, never what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSecret {
    pub name: String,
    pub arn: String,
}

impl Context<'_> {
    /// The context as data; an error names a variable that would hide one of the names above.
    pub(super) fn values(&self) -> Result<Value, String> {
        let lockdown = &self.lockdown;
        let display = &self.display;
        let volumes: Vec<_> = self
            .volumes
            .iter()
            .map(|volume| json!({ "name": volume.name, "device": volume.device, "mount": volume.mount }))
            .collect();
        let secrets: Vec<_> =
            self.secrets.iter().map(|secret| json!({ "name": secret.name, "arn": secret.arn })).collect();
        let secret: BTreeMap<_, _> = self.secrets.iter().map(|secret| (&secret.name, &secret.arn)).collect();
        let mut values = json!({
            "production": self.production,
            "region": self.region,
            "pool": self.pool,
            "os": self.os.as_str(),
            "platform": self.os.platform().as_str(),
            "volumes": volumes,
            "secrets": secrets,
            "secret": secret,
            "vars": self.vars,
            "lockdown": {
                "clipboard": lockdown.clipboard.as_str(),
                "file_transfer": lockdown.file_transfer.as_str(),
                "usb": lockdown.usb.as_str(),
                "printing": lockdown.printing.value,
                "screenshots": lockdown.screenshots.value,
                "microphone": lockdown.microphone.value,
                "webcam": lockdown.webcam.value,
                "smartcard": lockdown.smartcard.value,
                "idle_minutes": lockdown.idle_minutes.value,
                "max_hours": lockdown.max_hours.value,
                "audit": lockdown.audit.as_str(),
            },
            "display": {
                "protocol": display.protocol.as_str(),
                "monitors": display.monitors.value,
                "max_resolution": display.max_resolution.to_string(),
                "frame_rate": display.frame_rate.value,
                "color": display.color.as_str(),
                "quic": display.quic.value,
                "port": display.port.value,
                "tablet": display.tablet.value,
            },
        });
        if let Value::Object(names) = &mut values {
            for (name, value) in self.vars {
                if names.contains_key(name) {
                    return Err(name.clone());
                }
                names.insert(name.clone(), value.clone());
            }
        }
        Ok(values)
    }
}
