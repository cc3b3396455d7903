//! The end of a production's keys: once their deletion is carried out, nothing that they encrypted can be read again.

use serde_json::json;

use super::Journal;
use crate::cloud::{Cloud, CloudError, Ends, noting};
use crate::resource::{Address, Desired, Kind, Observed, Resource};

/// AWS's own default, for keys that the blueprint no longer names.
const DEFAULT_DAYS: u32 = 30;

/// What came of a key.
#[derive(Debug, Clone)]
pub struct Shredded {
    pub key: Address,
    /// When it ends, or why that isn't scheduled.
    pub ends: Result<Ends, CloudError>,
}

/// The keys whose deletion would be scheduled, with their ids and the days until then, sorted.
pub fn to_shred(desired: &Desired, observed: &Observed) -> Vec<(Address, String, u32)> {
    observed
        .found
        .values()
        .filter(|found| found.resource.kind() == Kind::KmsKey)
        .map(|found| {
            let days = desired.key_deletion_windows.get(&found.address).copied().unwrap_or(DEFAULT_DAYS);
            (found.address.clone(), found.id.clone(), days)
        })
        .collect()
}

/// Schedules the deletion of these keys. One that is scheduled already keeps its day.
pub async fn shred(
    keys: &[(Address, String, u32)],
    cloud: &Cloud,
    mut journal: Option<&mut Journal<'_>>,
) -> Vec<Shredded> {
    let mut all = Vec::new();
    for (key, id, days) in keys {
        let (ends, requests) = noting(cloud.schedule_key_deletion(id, *days)).await;
        if let Some(journal) = journal.as_mut() {
            match &ends {
                Ok(Ends::Scheduled(at)) => {
                    let requests: Vec<&str> = requests.iter().map(|one| one.request_id.as_str()).collect();
                    journal.note("shredded", json!({"address": key, "id": id, "ends": at, "requests": requests}));
                }
                // That was written down when it was done.
                Ok(Ends::Already(_)) => {}
                Err(error) => {
                    let call = format!("{}:{}", error.service, error.action);
                    journal.note("failed", json!({"address": key, "step": "shred", "call": call, "code": error.code, "words": error.message}));
                }
            }
        }
        all.push(Shredded { key: key.clone(), ends });
    }
    all
}

/// Writes on the production's keys who applied last, for whoever has to know and has not this machine's ledger. Keys that
/// don't serve are left alone.
///
/// # Errors
/// The service's refusal.
pub async fn sign_keys(observed: &Observed, cloud: &Cloud) -> Result<(), CloudError> {
    for found in observed.found.values() {
        if matches!(&found.resource, Resource::KmsKey(key) if key.state == "enabled") {
            cloud.sign_key(found).await?;
        }
    }
    Ok(())
}
