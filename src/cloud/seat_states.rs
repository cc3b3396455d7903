//! Waiting for instances: to come up, to stop, to end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::types::{Filter, Instance};

use super::ec2::{FILTER_VALUES, PAGE, filter, of_production, pages};
use super::{Call, Cloud, CloudError, ErrorClass, Result, Scope, Seen};

/// Instances come up within seconds, GPU types with local disks within minutes.
const RUNNING_PATIENCE: Duration = Duration::from_secs(20 * 60);
/// A shutting-down operating system may take its time; AWS forces it after some minutes.
const TERMINATED_PATIENCE: Duration = Duration::from_secs(20 * 60);
/// An id that we created and then can't see is not visible yet, never gone.
const VISIBLE_PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The states that an instance has on its way up, and after it failed on it.
const COMING: [&str; 5] = ["pending", "shutting-down", "terminated", "stopping", "stopped"];

/// The part of an instance that is its profile; the others are volumes by device.
pub const PROFILE: &str = "profile";

impl Cloud {
    /// The instances that pass these filters, ended ones included.
    pub(super) async fn instances(&self, filters: &[Filter]) -> Result<Vec<Instance>> {
        pages(|token| async move {
            let request = self
                .ec2
                .describe_instances()
                .set_filters(Some(filters.to_vec()))
                .max_results(PAGE)
                .set_next_token(token);
            let answer = self.call(Call::new("ec2", "DescribeInstances"), || request.clone().send()).await?;
            let reservations = answer.reservations.unwrap_or_default();
            let instances = reservations.into_iter().flat_map(|one| one.instances.unwrap_or_default());
            Ok((Some(instances.collect()), answer.next_token))
        })
        .await
    }

    async fn look_at(&self, filters: &[Filter]) -> Result<BTreeMap<String, Seen>> {
        let instances = self.instances(filters).await?;
        Ok(instances.iter().filter_map(|instance| Some((instance.instance_id()?.to_owned(), seen(instance)))).collect())
    }

    async fn look_at_all(&self, scope: &Scope) -> Result<BTreeMap<String, Seen>> {
        self.look_at(&[of_production(scope)]).await
    }

    /// Those on their way up: on a large floor far fewer than all, so that the shared look stays one page.
    async fn look_at_coming(&self, scope: &Scope) -> Result<BTreeMap<String, Seen>> {
        self.look_at(&[of_production(scope), filter("instance-state-name", COMING)]).await
    }

    /// Those of these that run.
    async fn look_at_running(&self, ids: &[&String]) -> Result<BTreeMap<String, Seen>> {
        let mut running = BTreeMap::new();
        for ids in ids.chunks(FILTER_VALUES) {
            let filters = [filter("instance-id", ids.iter().copied()), filter("instance-state-name", ["running"])];
            running.extend(self.look_at(&filters).await?);
        }
        Ok(running)
    }

    /// Waits until each of these is running or has failed. `arrived` is told of each as it comes up, with its volumes by
    /// device; those that failed are returned with their reason.
    ///
    /// # Errors
    /// Where the states can't be read, or patience runs out.
    pub async fn await_running(
        &self,
        ids: &[String],
        mut arrived: impl FnMut(&str, &BTreeMap<String, String>),
    ) -> Result<BTreeMap<String, CloudError>> {
        let call = Call::new("ec2", "RunInstances");
        let scope = self.scope();
        let mut open: BTreeSet<&String> = ids.iter().collect();
        let mut failed = BTreeMap::new();
        let go = || self.look_at_coming(&scope);
        let visit = async |look: &BTreeMap<String, Seen>, waited: Duration| {
            open.retain(|id| match look.get(*id) {
                Some(seen) if matches!(seen.state.as_str(), "shutting-down" | "terminated") => {
                    let reason = seen.reason.clone().unwrap_or_else(|| "no reason was given".to_owned());
                    let words = format!("the instance {id} was ended while it came up: {reason}");
                    failed.insert((*id).clone(), call.refusal(&launch_code(&reason), &words));
                    false
                }
                _ => true,
            });
            // Who isn't on the way any more has arrived, or isn't listed yet.
            let elsewhere: Vec<&String> = open.iter().filter(|id| !look.contains_key(**id)).copied().collect();
            let running = self.look_at_running(&elsewhere).await?;
            for (id, seen) in &running {
                arrived(id, &seen.parts);
                open.remove(id);
            }
            if let Some(id) = elsewhere.iter().find(|id| !running.contains_key(**id))
                && waited > VISIBLE_PATIENCE
            {
                return Err(call.error(ErrorClass::Uncertain, format!("the instance {id} never became visible")));
            }
            if let Some(id) = open.first()
                && waited > RUNNING_PATIENCE
            {
                return Err(call.error(ErrorClass::StateRace, format!("the instance {id} is still not running")));
            }
            Ok(open.is_empty().then_some(()))
        };
        self.watches.coming.watch(go, visit).await?;
        Ok(failed)
    }

    /// Waits until these have ended.
    ///
    /// # Errors
    /// Where the states can't be read, or patience runs out.
    pub async fn await_terminated(&self, ids: &[String]) -> Result<()> {
        let call = Call::new("ec2", "TerminateInstances");
        let scope = self.scope();
        self.watches
            .instances
            .watch(
                || self.look_at_all(&scope),
                async |look: &BTreeMap<String, Seen>, waited: Duration| {
                    let there = ids.iter().find(|id| look.get(*id).is_some_and(|seen| seen.state != "terminated"));
                    match there {
                        None => Ok(Some(())),
                        Some(id) if waited > TERMINATED_PATIENCE => {
                            Err(call.error(ErrorClass::StateRace, format!("the instance {id} is still not gone")))
                        }
                        Some(_) => Ok(None),
                    }
                },
            )
            .await
    }

    /// Waits until these have stopped.
    pub(super) async fn await_stopped(&self, ids: &[String]) -> Result<()> {
        let call = Call::new("ec2", "StopInstances");
        let scope = self.scope();
        self.watches
            .instances
            .watch(
                || self.look_at_all(&scope),
                async |look: &BTreeMap<String, Seen>, waited: Duration| {
                    let open = ids.iter().find(|id| look.get(*id).is_none_or(|seen| seen.state != "stopped"));
                    match open {
                        None => Ok(Some(())),
                        Some(id) if waited > TERMINATED_PATIENCE => {
                            Err(call.error(ErrorClass::StateRace, format!("the instance {id} is still not stopped")))
                        }
                        Some(_) => Ok(None),
                    }
                },
            )
            .await
    }
}

fn seen(instance: &Instance) -> Seen {
    let reason = instance.state_reason().map(|reason| {
        let (code, words) = (reason.code().unwrap_or_default(), reason.message().unwrap_or_default());
        // AWS repeats the code at the head of the words.
        if words.starts_with(code) { words.to_owned() } else { format!("{code}: {words}") }
    });
    let mut parts: BTreeMap<String, String> = instance
        .block_device_mappings()
        .iter()
        .filter_map(|device| Some((device.device_name()?.to_owned(), device.ebs()?.volume_id()?.to_owned())))
        .collect();
    if let Some(profile) = instance.iam_instance_profile().and_then(|profile| profile.arn()) {
        parts.insert(PROFILE.to_owned(), profile.to_owned());
    }
    let state = instance.state().and_then(|state| state.name()).map_or("", |name| name.as_str());
    Seen { state: state.to_owned(), reason, parts }
}

/// The part of a state reason that the classes of errors know: `Server.InsufficientInstanceCapacity: …`.
fn launch_code(reason: &str) -> String {
    let code = reason.split(':').next().unwrap_or(reason);
    code.rsplit_once("Server.").or_else(|| code.rsplit_once("Client.")).map_or(code, |(_, code)| code).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_gives_up_its_code() {
        assert_eq!(launch_code("Server.InsufficientInstanceCapacity: no room"), "InsufficientInstanceCapacity");
        assert_eq!(launch_code("Client.InvalidKMSKey.InvalidState: words"), "InvalidKMSKey.InvalidState");
    }
}
