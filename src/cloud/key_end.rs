//! The end of a key: confirmed to hold nothing that is in use, scheduled for deletion, and asked whether it still serves.

use std::time::Duration;

use aws_sdk_kms::types::{DataKeySpec, KeyState};
use aws_smithy_types::date_time::{DateTime, Format};

use super::ec2::{filter, pages};
use super::kms_key::{call, describe, plain, read};
use super::{Call, Cloud, ErrorClass, Result};

/// How long volumes may stay attached once their instances have ended: detaching takes seconds.
const DETACH_PATIENCE: Duration = Duration::from_secs(120);

/// How many volumes are named that hold a key in use.
const MOST_NAMED: usize = 3;

/// What became of an order to delete a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ends {
    /// It is to be deleted on this day from now on: UTC, RFC 3339.
    Scheduled(String),
    /// It was to be deleted on this day before, and still is.
    Already(String),
}

impl Ends {
    /// The day.
    pub fn at(&self) -> &str {
        match self {
            Ends::Scheduled(at) | Ends::Already(at) => at,
        }
    }
}

/// What a key answers when it is asked to encrypt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Served {
    /// It refuses everybody, with this code: nothing can be read with it.
    Refused(String),
    /// It would have served.
    Serves,
    /// Nobody knows, and why: the caller may not use the key in any case, for one.
    Unknown(String),
}

impl Cloud {
    /// Waits until no volume that is encrypted with this key is attached to anything, whoever made it. A volume that is
    /// attached goes on working when its key is disabled, and is lost with the next stop of its instance:
    /// <https://docs.aws.amazon.com/kms/latest/developerguide/unusable-kms-keys.html>.
    ///
    /// # Errors
    /// Those that stay attached, by name; that they can't be listed.
    pub async fn await_detached(&self, key_arn: &str) -> Result<()> {
        if let Some(there) = self.elsewhere_of(key_arn) {
            return Box::pin(there.await_detached(key_arn)).await;
        }
        let start = tokio::time::Instant::now();
        let mut wait = Duration::from_secs(1);
        loop {
            let held = self.held_with(key_arn).await?;
            if held.is_empty() {
                return Ok(());
            }
            if start.elapsed() > DETACH_PATIENCE {
                let mut named = held.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
                if held.len() > MOST_NAMED {
                    named.push_str(&format!(" and {} more", held.len() - MOST_NAMED));
                }
                return Err(Call::new("ec2", "DescribeVolumes").error(
                    ErrorClass::StateRace,
                    format!("the key stays as it is, for volumes under it are still attached: {named}"),
                ));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(8));
        }
    }

    /// The volumes in use under this key, each with what holds it, sorted. No filter knows keys, so that all encrypted ones
    /// in use are looked at.
    async fn held_with(&self, key_arn: &str) -> Result<Vec<String>> {
        let volumes = pages(|token| async move {
            let request = self
                .ec2
                .describe_volumes()
                .filters(filter("encrypted", ["true"]))
                .filters(filter("status", ["in-use"]))
                .max_results(500)
                .set_next_token(token);
            let page = self.call(Call::new("ec2", "DescribeVolumes"), || request.clone().send()).await?;
            Ok((page.volumes, page.next_token))
        })
        .await?;
        let mut held: Vec<String> = volumes
            .iter()
            .filter(|volume| volume.kms_key_id() == Some(key_arn))
            .map(|volume| {
                let id = volume.volume_id().unwrap_or_default();
                match volume.attachments().iter().find_map(|one| one.instance_id()) {
                    Some(holder) => format!("{id} at {holder}"),
                    None => id.to_owned(),
                }
            })
            .collect();
        held.sort();
        Ok(held)
    }

    /// Schedules the end of a key, in `days` (7 to 30). From this moment on nothing can be read with it; until then the
    /// deletion can be cancelled. A key whose end is scheduled already keeps its day.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn schedule_key_deletion(&self, key_arn: &str, days: u32) -> Result<Ends> {
        if let Some(there) = self.elsewhere_of(key_arn) {
            return Box::pin(there.schedule_key_deletion(key_arn, days)).await;
        }
        let unknown = || "a day that the service didn't tell".to_owned();
        let key = describe(self, key_arn).await?;
        if key.key_state() == Some(&KeyState::PendingDeletion) {
            return Ok(Ends::Already(key.deletion_date().map_or_else(unknown, |date| date_words(*date))));
        }
        let schedule = call("ScheduleKeyDeletion");
        let days = i32::try_from(days)
            .map_err(|_| schedule.error(ErrorClass::Invalid, format!("{days} days are more than 30")))?;
        let scheduled = self
            .call(schedule, || {
                self.kms.schedule_key_deletion().key_id(plain(key_arn)).pending_window_in_days(days).send()
            })
            .await?;
        Ok(Ends::Scheduled(scheduled.deletion_date().map_or_else(unknown, |date| date_words(*date))))
    }

    /// Asks a key, in a dry run, for the data key that every new volume asks it for. Nothing is made by that, whatever it
    /// answers; a volume made for the test would be left over where the test fails.
    pub async fn served_by_key(&self, key_arn: &str) -> Served {
        if let Some(there) = self.elsewhere_of(key_arn) {
            return Box::pin(there.served_by_key(key_arn)).await;
        }
        // Whom the key's policy doesn't let use it may be refused for that, which shows nothing of the key.
        let asked = self
            .call(read("GenerateDataKeyWithoutPlaintext"), || {
                self.kms
                    .generate_data_key_without_plaintext()
                    .key_id(plain(key_arn))
                    .key_spec(DataKeySpec::Aes256)
                    .dry_run(true)
                    .send()
            })
            .await;
        let Err(error) = asked else { return Served::Serves };
        match error.code.as_deref() {
            // A dry run that would have succeeded says so by this error.
            Some("DryRunOperationException") => Served::Serves,
            Some(code @ ("DisabledException" | "KMSInvalidStateException" | "NotFoundException")) => {
                Served::Refused(code.to_owned())
            }
            _ => Served::Unknown(error.to_string()),
        }
    }
}

/// A date to the second: nobody schedules the end of a key by the microsecond.
pub(super) fn date_words(date: DateTime) -> String {
    DateTime::from_secs(date.secs()).fmt(Format::DateTime).unwrap_or_else(|_| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_told_to_the_second() {
        assert_eq!(date_words(DateTime::from_secs_and_nanos(1_798_000_000, 123_456_000)), "2026-12-23T04:26:40Z");
    }
}
