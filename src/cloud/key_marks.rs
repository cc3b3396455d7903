//! What the program writes on the production's keys: they outlive everything else, so that they know what a lost ledger
//! forgot.

use aws_sdk_kms::types::Tag;

use super::identity::{APPLIED_BY, RETIRED_AT, RETIRED_BY, RETIRED_FOR};
use super::kms_key::{call, plain};
use super::{Cloud, Result};
use crate::resource::{Found, Purpose, Retired};

/// The fact of a key that says who last applied.
pub const APPLIER: &str = "applied_by";

impl Cloud {
    /// Writes on a key that it is being taken out of service, why, by whom, and when. Comes before it is disabled, so that
    /// the program knows its own work again. What is written already stays: the first to say so began it.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn retire_key(&self, found: &Found, purpose: Purpose) -> Result<()> {
        if Retired::of(found).is_some() {
            return Ok(());
        }
        let mut tags = vec![tag(RETIRED_FOR, purpose.word())?, tag(RETIRED_BY, &self.caller().await?.arn)?];
        if let Some(now) = self.time() {
            tags.push(tag(RETIRED_AT, &to_the_second(&now))?);
        }
        self.mark_key(&found.id, &tags).await
    }

    /// Writes on a key who applied last, where it says another.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn sign_key(&self, found: &Found) -> Result<()> {
        let caller = written(&self.caller().await?.arn);
        if found.facts.get(APPLIER) == Some(&caller) {
            return Ok(());
        }
        self.mark_key(&found.id, &[tag(APPLIED_BY, &caller)?]).await
    }

    async fn mark_key(&self, arn: &str, tags: &[Tag]) -> Result<()> {
        if let Some(there) = self.elsewhere_of(arn) {
            return Box::pin(there.mark_key(arn, tags)).await;
        }
        let key = plain(arn);
        self.call(call("TagResource"), || self.kms.tag_resource().key_id(key).set_tags(Some(tags.to_vec())).send())
            .await
            .map(|_| ())
    }
}

fn tag(key: &str, value: &str) -> Result<Tag> {
    call("TagResource").built(Tag::builder().tag_key(key).tag_value(written(value)).build())
}

fn to_the_second(time: &str) -> String {
    match time.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => time.to_owned(),
    }
}

/// What a tag of KMS can hold of a text: letters, digits, spaces and `_.:/=+-@`, 256 of them.
/// <https://docs.aws.amazon.com/kms/latest/APIReference/API_Tag.html> and the pages on tagging.
fn written(text: &str) -> String {
    let fits = |one: char| if one.is_alphanumeric() || " _.:/=+-@".contains(one) { one } else { '_' };
    text.chars().take(256).map(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_hold_times_to_the_second_and_principals_as_far_as_a_tag_can() {
        assert_eq!(to_the_second("2026-01-05T09:00:00.000Z"), "2026-01-05T09:00:00Z");
        assert_eq!(to_the_second("2026-01-05T09:00:00Z"), "2026-01-05T09:00:00Z");
        let arn = "arn:aws:sts::123456789012:assumed-role/Wrap/ana,vfx@studio.example";
        assert_eq!(written(arn), arn.replace(',', "_"));
    }
}
