//! The account's switches: read one by one, all at once, and only ever set because the blueprint asks for it.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    ImageBlockPublicAccessEnabledState, InstanceMetadataDefaultsResponse, MetadataDefaultHttpTokensState,
    SnapshotBlockPublicAccessState,
};
use futures_util::future::join_all;

use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope};
use crate::resource::{AccountSwitch, Address, FieldChange, Found, Kind, SWITCHES, Status};

/// A plan can do without a switch: where the endpoint doesn't know it, that is said without asking long.
const fn read(action: &'static str) -> Call {
    Call::new("ec2", action).uncertain_repeats(1)
}

const fn write(action: &'static str) -> Call {
    Call::new("ec2", action)
}

impl Live for AccountSwitch {
    async fn list(cloud: &Cloud, _scope: &Scope) -> Result<Listing> {
        let reads = SWITCHES.iter().map(|(name, _)| async move { (*name, setting_of(cloud, name).await) });
        let mut listing = Listing::default();
        for (name, setting) in join_all(reads).await {
            let address = Address::new(format!("account.{name}"));
            match setting {
                Ok(setting) => listing.found.push(Found {
                    id: address.to_string(),
                    address,
                    resource: AccountSwitch { setting }.into(),
                    digest: None,
                    protected: false,
                    status: Status::Ready,
                    facts: BTreeMap::new(),
                }),
                Err(error) => listing.unreadable.push(error.unreadable(Kind::AccountSwitch, Some(address))),
            }
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        self.set(cloud, &identity.address).await?;
        Ok(identity.address.to_string())
    }

    async fn update(&self, cloud: &Cloud, found: &Found, _identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        self.set(cloud, &found.address).await
    }

    async fn delete(_cloud: &Cloud, _found: &Found) -> Result<Gone> {
        Ok(Gone::Kept("a setting of the account, which others rely on".to_owned()))
    }
}

/// A switch as it is, in the words of [`SWITCHES`].
async fn setting_of(cloud: &Cloud, name: &str) -> Result<String> {
    let ec2 = &cloud.ec2;
    Ok(match name {
        "ebs_encryption_by_default" => {
            let call = read("GetEbsEncryptionByDefault");
            let answer = cloud.call(call, || ec2.get_ebs_encryption_by_default().send()).await?;
            let on = answer.ebs_encryption_by_default();
            on_off(on.ok_or_else(|| call.error(ErrorClass::Uncertain, SILENT))?).to_owned()
        }
        "ebs_default_key" => {
            let call = read("GetEbsDefaultKmsKeyId");
            let answer = cloud.call(call, || ec2.get_ebs_default_kms_key_id().send()).await?;
            let key = answer.kms_key_id().ok_or_else(|| call.error(ErrorClass::Uncertain, SILENT))?;
            key.to_owned()
        }
        "metadata_defaults" => {
            let call = read("GetInstanceMetadataDefaults");
            let answer = cloud.call(call, || ec2.get_instance_metadata_defaults().send()).await?;
            // Where nothing was ever set, the answer is empty.
            answer.account_level().map(Metadata::read).unwrap_or_default().words()
        }
        "snapshot_public_access" => {
            let call = read("GetSnapshotBlockPublicAccessState");
            let answer = cloud.call(call, || ec2.get_snapshot_block_public_access_state().send()).await?;
            match answer.state().ok_or_else(|| call.error(ErrorClass::Uncertain, SILENT))? {
                SnapshotBlockPublicAccessState::BlockAllSharing => BLOCKED.to_owned(),
                SnapshotBlockPublicAccessState::BlockNewSharing => NEW_BLOCKED.to_owned(),
                SnapshotBlockPublicAccessState::Unblocked => OPEN.to_owned(),
                other => other.as_str().to_owned(),
            }
        }
        "image_public_access" => {
            let call = read("GetImageBlockPublicAccessState");
            let answer = cloud.call(call, || ec2.get_image_block_public_access_state().send()).await?;
            let state = answer.image_block_public_access_state();
            match state.ok_or_else(|| call.error(ErrorClass::Uncertain, SILENT))? {
                "block-new-sharing" => BLOCKED.to_owned(),
                "unblocked" => OPEN.to_owned(),
                other => other.to_owned(),
            }
        }
        "serial_console" => {
            let call = read("GetSerialConsoleAccessStatus");
            let answer = cloud.call(call, || ec2.get_serial_console_access_status().send()).await?;
            let on = answer.serial_console_access_enabled();
            on_off(on.ok_or_else(|| call.error(ErrorClass::Uncertain, SILENT))?).to_owned()
        }
        name => return Err(unknown(name)),
    })
}

/// What is said of an answer that leaves out the one thing it was asked for: nothing is assumed then.
const SILENT: &str = "the answer doesn't tell the setting";
const BLOCKED: &str = "blocked";
const NEW_BLOCKED: &str = "new shares blocked";
const OPEN: &str = "open";

const fn on_off(on: bool) -> &'static str {
    if on { "on" } else { "off" }
}

fn unknown(name: &str) -> super::CloudError {
    super::CloudError::new(ErrorClass::Invalid, "closedset", "switch", format!("there is no account switch {name}"))
}

impl AccountSwitch {
    /// Sets the switch; setting it twice sets it once.
    async fn set(&self, cloud: &Cloud, address: &Address) -> Result<()> {
        let ec2 = &cloud.ec2;
        let name = address.as_str().strip_prefix("account.").unwrap_or(address.as_str());
        let setting = self.setting.as_str();
        let wrong = |call: Call| Err(call.error(ErrorClass::Invalid, format!("{name} can't be set to {setting:?}")));
        match (name, setting) {
            ("ebs_encryption_by_default", "on") => {
                let call = write("EnableEbsEncryptionByDefault");
                cloud.call(call, || ec2.enable_ebs_encryption_by_default().send()).await.map(|_| ())
            }
            ("ebs_encryption_by_default", "off") => {
                let call = write("DisableEbsEncryptionByDefault");
                cloud.call(call, || ec2.disable_ebs_encryption_by_default().send()).await.map(|_| ())
            }
            ("ebs_default_key", "alias/aws/ebs") => {
                let call = write("ResetEbsDefaultKmsKeyId");
                cloud.call(call, || ec2.reset_ebs_default_kms_key_id().send()).await.map(|_| ())
            }
            ("ebs_default_key", key) => {
                let key = if key.starts_with("arn:") { key.to_owned() } else { cloud.id(&Address::new(key))? };
                let call = write("ModifyEbsDefaultKmsKeyId").new_thing();
                cloud.call(call, || ec2.modify_ebs_default_kms_key_id().kms_key_id(&key).send()).await.map(|_| ())
            }
            ("metadata_defaults", words) => {
                let call = write("ModifyInstanceMetadataDefaults");
                let Some(wanted) = Metadata::parse(words) else { return wrong(call) };
                let tokens = wanted.tokens.unwrap_or(MetadataDefaultHttpTokensState::NoPreference);
                cloud
                    .call(call, || {
                        ec2.modify_instance_metadata_defaults()
                            .http_tokens(tokens.clone())
                            .http_put_response_hop_limit(wanted.hop_limit.unwrap_or(NO_HOP_LIMIT))
                            .send()
                    })
                    .await
                    .map(|_| ())
            }
            ("snapshot_public_access", BLOCKED | NEW_BLOCKED) => {
                let state = if setting == BLOCKED {
                    SnapshotBlockPublicAccessState::BlockAllSharing
                } else {
                    SnapshotBlockPublicAccessState::BlockNewSharing
                };
                let call = write("EnableSnapshotBlockPublicAccess");
                cloud
                    .call(call, || ec2.enable_snapshot_block_public_access().state(state.clone()).send())
                    .await
                    .map(|_| ())
            }
            ("snapshot_public_access", OPEN) => {
                let call = write("DisableSnapshotBlockPublicAccess");
                cloud.call(call, || ec2.disable_snapshot_block_public_access().send()).await.map(|_| ())
            }
            ("image_public_access", BLOCKED) => {
                let call = write("EnableImageBlockPublicAccess");
                let state = ImageBlockPublicAccessEnabledState::BlockNewSharing;
                cloud
                    .call(call, || {
                        ec2.enable_image_block_public_access().image_block_public_access_state(state.clone()).send()
                    })
                    .await
                    .map(|_| ())
            }
            ("image_public_access", OPEN) => {
                let call = write("DisableImageBlockPublicAccess");
                cloud.call(call, || ec2.disable_image_block_public_access().send()).await.map(|_| ())
            }
            ("serial_console", "on") => {
                let call = write("EnableSerialConsoleAccess");
                cloud.call(call, || ec2.enable_serial_console_access().send()).await.map(|_| ())
            }
            ("serial_console", "off") => {
                let call = write("DisableSerialConsoleAccess");
                cloud.call(call, || ec2.disable_serial_console_access().send()).await.map(|_| ())
            }
            _ => wrong(write("ModifyAccountSwitch")),
        }
    }
}

/// The service's number for "no preference".
const NO_HOP_LIMIT: i32 = -1;

/// What new instances start with where their launch says nothing.
#[derive(Debug, Clone, Default, PartialEq)]
struct Metadata {
    /// None is no preference.
    tokens: Option<MetadataDefaultHttpTokensState>,
    hop_limit: Option<i32>,
}

impl Metadata {
    fn read(answer: &InstanceMetadataDefaultsResponse) -> Self {
        let tokens = answer.http_tokens().map(|tokens| MetadataDefaultHttpTokensState::from(tokens.as_str()));
        Self { tokens, hop_limit: answer.http_put_response_hop_limit().filter(|limit| *limit != NO_HOP_LIMIT) }
    }

    /// `token required, hop limit 1`; what isn't set is said too.
    fn words(&self) -> String {
        let tokens = match &self.tokens {
            Some(MetadataDefaultHttpTokensState::NoPreference) | None => "not set".to_owned(),
            Some(tokens) => tokens.as_str().to_owned(),
        };
        let limit = self.hop_limit.map_or_else(|| "not set".to_owned(), |limit| limit.to_string());
        format!("token {tokens}, hop limit {limit}")
    }

    fn parse(words: &str) -> Option<Self> {
        let (tokens, limit) = words.strip_prefix("token ")?.split_once(", hop limit ")?;
        let tokens = match tokens {
            "required" => Some(MetadataDefaultHttpTokensState::Required),
            "optional" => Some(MetadataDefaultHttpTokensState::Optional),
            "not set" => None,
            _ => return None,
        };
        let hop_limit = match limit {
            "not set" => None,
            limit => Some(limit.parse().ok().filter(|limit| (1..=64).contains(limit))?),
        };
        Some(Self { tokens, hop_limit })
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::HttpTokensState;

    use super::*;

    #[test]
    fn the_metadata_defaults_are_said_in_the_words_that_they_are_set_by() {
        let live = InstanceMetadataDefaultsResponse::builder()
            .http_tokens(HttpTokensState::Required)
            .http_put_response_hop_limit(1)
            .build();
        let safe = SWITCHES.iter().find(|(name, _)| *name == "metadata_defaults").map(|(_, safe)| *safe);
        assert_eq!(Some(Metadata::read(&live).words().as_str()), safe);
        assert_eq!(safe.and_then(Metadata::parse), Some(Metadata::read(&live)));
    }

    #[test]
    fn what_was_never_set_is_said_so() {
        let words = Metadata::default().words();
        assert_eq!(words, "token not set, hop limit not set");
        assert_eq!(Metadata::parse(&words), Some(Metadata::default()));
    }

    #[test]
    fn other_words_are_refused() {
        assert_eq!(Metadata::parse("token required"), None);
        assert_eq!(Metadata::parse("token required, hop limit 65"), None);
    }
}
