//! The options of an instance's metadata service.

use crate::rehearsal::desk::Desk;
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};

/// The options.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataOptions {
    /// `optional` or `required`.
    pub tokens: String,
    /// Hops that an answer may take.
    pub hops: i64,
    /// `enabled` or `disabled`.
    pub endpoint: String,
    /// `enabled` or `disabled`.
    pub ipv6: String,
    /// Whether tags can be read there.
    pub tags: String,
}

impl MetadataOptions {
    /// What a launch asks for, over what the account prefers, over what EC2 does by itself.
    pub fn at_launch(desk: &Desk, form: &Form) -> Outcome<Self> {
        let wishes = &desk.here().switches.metadata;
        let or = |wish: &Option<String>, word: &str| wish.clone().unwrap_or_else(|| word.to_owned());
        let mut options = Self {
            tokens: or(&wishes.tokens, "optional"),
            hops: wishes.hops.unwrap_or(1),
            endpoint: or(&wishes.endpoint, "enabled"),
            ipv6: "disabled".to_owned(),
            tags: or(&wishes.tags, "disabled"),
        };
        if let Some(asked) = form.at("MetadataOptions") {
            options.take(asked)?;
        }
        if wishes.enforced.as_deref() == Some("enabled") && options.tokens != "required" {
            return Err(AwsError::new(
                "UnsupportedOperation",
                "The account enforces HttpTokens=required for instances.",
            ));
        }
        Ok(options)
    }

    /// Takes over what a call says.
    pub fn take(&mut self, form: &Form) -> Outcome {
        word(form, "HttpTokens", &["optional", "required"], &mut self.tokens)?;
        word(form, "HttpEndpoint", &["enabled", "disabled"], &mut self.endpoint)?;
        word(form, "HttpProtocolIpv6", &["enabled", "disabled"], &mut self.ipv6)?;
        word(form, "InstanceMetadataTags", &["enabled", "disabled"], &mut self.tags)?;
        if let Some(hops) = form.number("HttpPutResponseHopLimit")? {
            if !(1..=64).contains(&hops) {
                return Err(AwsError::value("HttpPutResponseHopLimit", hops));
            }
            self.hops = hops;
        }
        Ok(())
    }

    /// Writes them.
    pub fn write(&self, x: &mut Xml) {
        x.leaf("state", "applied")
            .leaf("httpTokens", &self.tokens)
            .leaf("httpPutResponseHopLimit", self.hops)
            .leaf("httpEndpoint", &self.endpoint)
            .leaf("httpProtocolIpv6", &self.ipv6)
            .leaf("instanceMetadataTags", &self.tags);
    }
}

fn word(form: &Form, name: &str, words: &[&str], option: &mut String) -> Outcome {
    match form.text(name) {
        None => {}
        Some(given) if words.contains(&given) => *option = given.to_owned(),
        Some(given) => return Err(AwsError::value(name, given)),
    }
    Ok(())
}
