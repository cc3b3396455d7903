//! The account's switches in a Region.

use super::kind::Action;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::kms::key;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// The switches of one Region, as a new account has them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Switches {
    /// Whether new volumes are encrypted unless told otherwise.
    pub encryption_by_default: bool,
    /// The key for that, as it was given; none for Amazon's own.
    pub encryption_key: Option<String>,
    /// Who may see snapshots.
    pub snapshot_sharing: String,
    /// Who may see images.
    pub image_sharing: String,
    /// Whether the serial console can be reached.
    pub serial_console: bool,
    /// What new instances' metadata service is like; none for no preference.
    pub metadata: MetadataDefaults,
}

/// The account's wishes for the metadata service.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MetadataDefaults {
    /// `optional` or `required`.
    pub tokens: Option<String>,
    /// Hops that an answer may take.
    pub hops: Option<i64>,
    /// `enabled` or `disabled`.
    pub endpoint: Option<String>,
    /// `enabled` or `disabled`.
    pub tags: Option<String>,
    /// `enabled` or `disabled`.
    pub enforced: Option<String>,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            encryption_by_default: false,
            encryption_key: None,
            snapshot_sharing: "unblocked".to_owned(),
            image_sharing: "unblocked".to_owned(),
            serial_console: false,
            metadata: MetadataDefaults::default(),
        }
    }
}

impl Switches {
    /// The ARN of the key for volumes that name none.
    pub fn default_key(&self, desk: &Desk) -> String {
        match &self.encryption_key {
            Some(name) => key::arn_for(desk, name),
            None => key::aws_managed_arn(desk, "ebs"),
        }
    }

    fn shown_key(&self, desk: &Desk) -> String {
        self.encryption_key.as_ref().map_or_else(|| "alias/aws/ebs".to_owned(), |name| key::arn_for(desk, name))
    }
}

/// What reads and turns them.
pub const ACTIONS: &[Action] = &[
    ("GetEbsEncryptionByDefault", |desk, _, x| {
        x.leaf("ebsEncryptionByDefault", desk.here().switches.encryption_by_default).leaf("sseType", "sse-kms");
        Ok(())
    }),
    ("EnableEbsEncryptionByDefault", |desk, _, x| encryption(desk, x, true)),
    ("DisableEbsEncryptionByDefault", |desk, _, x| encryption(desk, x, false)),
    ("GetEbsDefaultKmsKeyId", |desk, _, x| {
        x.leaf("kmsKeyId", desk.here().switches.shown_key(desk));
        Ok(())
    }),
    ("ModifyEbsDefaultKmsKeyId", modify_key),
    ("ResetEbsDefaultKmsKeyId", |desk, _, x| {
        desk.here_mut().switches.encryption_key = None;
        x.leaf("kmsKeyId", key::aws_managed_arn(desk, "ebs"));
        Ok(())
    }),
    ("GetInstanceMetadataDefaults", get_metadata),
    ("ModifyInstanceMetadataDefaults", modify_metadata),
    ("GetSnapshotBlockPublicAccessState", |desk, _, x| {
        x.leaf("state", &desk.here().switches.snapshot_sharing).leaf("managedBy", "account");
        Ok(())
    }),
    ("EnableSnapshotBlockPublicAccess", |desk, form, x| {
        let state = form.required("State")?.to_owned();
        if !["block-all-sharing", "block-new-sharing"].contains(&state.as_str()) {
            return Err(AwsError::value("State", state));
        }
        x.leaf("state", &state);
        desk.here_mut().switches.snapshot_sharing = state;
        Ok(())
    }),
    ("DisableSnapshotBlockPublicAccess", |desk, _, x| {
        desk.here_mut().switches.snapshot_sharing = "unblocked".to_owned();
        x.leaf("state", "unblocked");
        Ok(())
    }),
    ("GetImageBlockPublicAccessState", |desk, _, x| {
        x.leaf("imageBlockPublicAccessState", &desk.here().switches.image_sharing).leaf("managedBy", "account");
        Ok(())
    }),
    ("EnableImageBlockPublicAccess", |desk, form, x| {
        let state = form.required("ImageBlockPublicAccessState")?.to_owned();
        if state != "block-new-sharing" {
            return Err(AwsError::value("ImageBlockPublicAccessState", state));
        }
        x.leaf("imageBlockPublicAccessState", &state);
        desk.here_mut().switches.image_sharing = state;
        Ok(())
    }),
    ("DisableImageBlockPublicAccess", |desk, _, x| {
        desk.here_mut().switches.image_sharing = "unblocked".to_owned();
        x.leaf("imageBlockPublicAccessState", "unblocked");
        Ok(())
    }),
    ("GetSerialConsoleAccessStatus", |desk, _, x| {
        x.leaf("serialConsoleAccessEnabled", desk.here().switches.serial_console).leaf("managedBy", "account");
        Ok(())
    }),
    ("EnableSerialConsoleAccess", |desk, _, x| serial_console(desk, x, true)),
    ("DisableSerialConsoleAccess", |desk, _, x| serial_console(desk, x, false)),
];

fn encryption(desk: &mut Desk, x: &mut Xml, on: bool) -> Outcome {
    desk.here_mut().switches.encryption_by_default = on;
    x.leaf("ebsEncryptionByDefault", on);
    Ok(())
}

fn serial_console(desk: &mut Desk, x: &mut Xml, on: bool) -> Outcome {
    desk.here_mut().switches.serial_console = on;
    x.leaf("serialConsoleAccessEnabled", on);
    Ok(())
}

fn modify_key(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let name = form.required("KmsKeyId")?.to_owned();
    let arn = key::arn_for(desk, &name);
    desk.here_mut().switches.encryption_key = Some(arn.clone());
    x.leaf("kmsKeyId", arn);
    Ok(())
}

fn get_metadata(desk: &mut Desk, _: &Form, x: &mut Xml) -> Outcome {
    let wishes = &desk.here().switches.metadata;
    x.node("accountLevel", |x| {
        x.leaf_if("httpTokens", wishes.tokens.as_ref())
            .leaf_if("httpPutResponseHopLimit", wishes.hops)
            .leaf_if("httpEndpoint", wishes.endpoint.as_ref())
            .leaf_if("instanceMetadataTags", wishes.tags.as_ref())
            .leaf_if("httpTokensEnforced", wishes.enforced.as_ref())
            .leaf("managedBy", "account");
    });
    Ok(())
}

fn modify_metadata(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let mut wishes = desk.here().switches.metadata.clone();
    choose(form, "HttpTokens", &["optional", "required"], &mut wishes.tokens)?;
    choose(form, "HttpEndpoint", &["enabled", "disabled"], &mut wishes.endpoint)?;
    choose(form, "InstanceMetadataTags", &["enabled", "disabled"], &mut wishes.tags)?;
    choose(form, "HttpTokensEnforced", &["enabled", "disabled"], &mut wishes.enforced)?;
    match form.number("HttpPutResponseHopLimit")? {
        None => {}
        Some(-1) => wishes.hops = None,
        Some(hops) if (1..=64).contains(&hops) => wishes.hops = Some(hops),
        Some(hops) => return Err(AwsError::value("HttpPutResponseHopLimit", hops)),
    }
    desk.here_mut().switches.metadata = wishes;
    x.leaf("return", true);
    Ok(())
}

fn choose(form: &Form, name: &str, words: &[&str], wish: &mut Option<String>) -> Outcome {
    match form.text(name) {
        None => {}
        Some("no-preference") => *wish = None,
        Some(word) if words.contains(&word) => *wish = Some(word.to_owned()),
        Some(word) => return Err(AwsError::value(name, word)),
    }
    Ok(())
}
