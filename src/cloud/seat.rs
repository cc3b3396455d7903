//! Workstations in the live cloud.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, HttpTokensState, IamInstanceProfileSpecification, Instance,
    InstanceMetadataTagsState, InstanceStateName, MonitoringState, SecureBlobAttributeValue, Tag,
};

use super::ec2::of_production;
use super::identity::{self, Mark};
use super::observe::waits_for_the_unseen;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, slots};
use crate::resource::{Address, FieldChange, Found, Resource, Seat, Status};

impl Live for Seat {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let mut instances = cloud.instances(&[of_production(scope)]).await?;
        for wait in waits_for_the_unseen() {
            if !lacks_mates(&instances) {
                break;
            }
            tokio::time::sleep(wait).await;
            instances = cloud.instances(&[of_production(scope)]).await?;
        }
        Ok(Listing { found: instances.iter().filter_map(read).collect(), unreadable: Vec::new() })
    }

    /// Seats are launched in batches: see [`Cloud::launch`].
    async fn create(&self, _cloud: &Cloud, identity: &Identity) -> Result<String> {
        let message = format!("{} is launched with its batch", identity.address);
        Err(CloudError::new(ErrorClass::Invalid, "ec2", "RunInstances", message))
    }

    /// Everything but tags, which are labels.
    async fn update(&self, cloud: &Cloud, found: &Found, _identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let touches = |prefix: &str| changes.iter().any(|change| change.path.starts_with(prefix));
        if touches("metadata_") {
            cloud
                .call(Call::new("ec2", "ModifyInstanceMetadataOptions"), || {
                    cloud
                        .ec2
                        .modify_instance_metadata_options()
                        .instance_id(&found.id)
                        .http_tokens(tokens(self.metadata_token_required))
                        .http_put_response_hop_limit(hops(self.metadata_hop_limit))
                        .instance_metadata_tags(metadata_tags(self.metadata_tags))
                        .send()
                })
                .await?;
        }
        if touches("detailed_monitoring") {
            if self.detailed_monitoring {
                cloud
                    .call(Call::new("ec2", "MonitorInstances"), || {
                        cloud.ec2.monitor_instances().instance_ids(&found.id).send()
                    })
                    .await?;
            } else {
                cloud
                    .call(Call::new("ec2", "UnmonitorInstances"), || {
                        cloud.ec2.unmonitor_instances().instance_ids(&found.id).send()
                    })
                    .await?;
            }
        }
        if touches("profile") {
            cloud.set_profile(&found.id, self.profile.as_ref()).await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let ids = [found.id.clone()];
        cloud.terminate(&ids).await?;
        cloud.await_terminated(&ids).await?;
        Ok(Gone::Gone)
    }
}

pub(super) fn tokens(required: bool) -> HttpTokensState {
    if required { HttpTokensState::Required } else { HttpTokensState::Optional }
}

pub(super) fn metadata_tags(shown: bool) -> InstanceMetadataTagsState {
    if shown { InstanceMetadataTagsState::Enabled } else { InstanceMetadataTagsState::Disabled }
}

pub(super) fn hops(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(1)
}

/// An instance in the blueprint's terms; none where it has ended.
fn read(instance: &Instance) -> Option<Found> {
    let state = instance.state().and_then(|state| state.name());
    let status = match state {
        Some(InstanceStateName::Terminated) | None => return None,
        Some(InstanceStateName::ShuttingDown) => Status::Leaving("shutting-down".to_owned()),
        Some(InstanceStateName::Running) => Status::Ready,
        Some(InstanceStateName::Stopped | InstanceStateName::Stopping) => Status::Resting("stopped".to_owned()),
        Some(other) => Status::Pending(other.as_str().to_owned()),
    };
    let id = instance.instance_id()?.to_owned();
    let tags =
        instance.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or("").to_owned())));
    let mark = Mark::read(tags);
    let index = u32::try_from(instance.ami_launch_index().unwrap_or(0)).unwrap_or(0);
    let address = address_of(&mark, index).unwrap_or_else(|| Address::new(format!("stray.seat/{id}")));
    let metadata = instance.metadata_options();
    let public = instance.public_ip_address().is_some_and(|address| !address.is_empty());
    let seat = Seat {
        image: instance.image_id().unwrap_or_default().to_owned(),
        instance_types: instance.instance_type().map(|one| one.as_str().to_owned()).into_iter().collect(),
        segments: groups(instance),
        subnets: instance.subnet_id().map(Address::from).into_iter().collect::<BTreeSet<_>>(),
        profile: instance.iam_instance_profile().and_then(|profile| profile.arn()).map(Address::from),
        user_data: mark.get(identity::USER_DATA).map(str::to_owned),
        metadata_token_required: metadata.and_then(|one| one.http_tokens()) == Some(&HttpTokensState::Required),
        metadata_hop_limit: metadata
            .and_then(|one| one.http_put_response_hop_limit())
            .and_then(|limit| u32::try_from(limit).ok())
            .unwrap_or(1),
        metadata_tags: metadata.and_then(|one| one.instance_metadata_tags())
            == Some(&InstanceMetadataTagsState::Enabled),
        public_address: public,
        key_pair: instance.key_name().filter(|name| !name.is_empty()).map(str::to_owned),
        ebs_optimized: instance.ebs_optimized().unwrap_or(false),
        detailed_monitoring: matches!(
            instance.monitoring().and_then(|monitoring| monitoring.state()),
            Some(MonitoringState::Enabled | MonitoringState::Pending)
        ),
        protect: mark.is_protected(),
        tags: mark.tags.clone(),
    };
    let facts = [
        ("private_ip", instance.private_ip_address().map(str::to_owned)),
        ("zone", instance.placement().and_then(|place| place.availability_zone()).map(str::to_owned)),
        ("instance_type", instance.instance_type().map(|one| one.as_str().to_owned())),
        ("launched", instance.launch_time().map(|time| time.to_string())),
        ("state", state.map(|state| state.as_str().to_owned())),
        ("root_device", instance.root_device_name().map(str::to_owned)),
        ("devices", mark.get(identity::DEVICES).map(str::to_owned)),
        ("settings", mark.get(identity::SETTINGS).map(str::to_owned)),
        (RESTARTING, mark.get(identity::RESTARTING).map(str::to_owned)),
        ("slots", mark.get(identity::SLOTS).map(str::to_owned)),
        ("client_token", instance.client_token().map(str::to_owned)),
        ("volumes", mark.get(identity::VOLUMES).map(str::to_owned)),
        ("labelled", Some(mark.get(identity::SEAT).is_some().to_string())),
    ];
    let mut facts: BTreeMap<String, String> =
        facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    // Whether a disk ends with its instance is told here, and not dependably with the disk.
    for (device, disk) in
        instance.block_device_mappings().iter().filter_map(|one| Some((one.device_name()?, one.ebs()?)))
    {
        if let Some(volume) = disk.volume_id() {
            facts.insert(keeps(volume), (!disk.delete_on_termination().unwrap_or(false)).to_string());
            facts.insert(format!("{HOLDS}{volume}"), device.to_owned());
        }
    }
    let (digest, protected) = (mark.digest(), mark.is_protected());
    Some(Found { address, id, resource: Resource::Seat(seat), digest, protected, status, facts })
}

/// Whether a launch that is still coming up shows fewer instances than its slots: those that aren't seen are more likely
/// not listed yet than not there, and launching them again would double them.
fn lacks_mates(instances: &[Instance]) -> bool {
    let mut launches: BTreeMap<&str, (usize, usize, bool)> = BTreeMap::new();
    for instance in instances {
        let tag = |key: &str| instance.tags().iter().find(|tag| tag.key() == Some(key)).and_then(|tag| tag.value());
        let (Some(token), Some(slots)) = (instance.client_token(), tag(identity::SLOTS)) else { continue };
        let (seen, _, pending) = launches.entry(token).or_insert((0, 0, false));
        *seen += 1;
        *pending |= instance.state().and_then(|state| state.name()) == Some(&InstanceStateName::Pending);
        if let Some((_, asked, _)) = launches.get_mut(token) {
            *asked = slots::count(slots);
        }
    }
    launches.values().any(|(seen, asked, pending)| *pending && seen < asked)
}

/// The fact that says that a run had stopped a seat to start it again.
pub const RESTARTING: &str = "restarting";

/// The script that a seat gets.
#[derive(Debug, Clone, Copy)]
pub struct Script<'a> {
    pub text: &'a str,
    pub digest: &'a str,
    /// What it sets, in a few words.
    pub settings: &'a str,
}

/// The fact that says whether a volume outlives its instance.
pub(super) fn keeps(volume: &str) -> String {
    format!("keeps/{volume}")
}

/// Facts that say at which device a seat holds a volume, by the volume's id.
const HOLDS: &str = "holds/";

/// The volumes that a seat says it holds: ids and devices.
pub(super) fn held_by(seat: &Found) -> impl Iterator<Item = (&str, &str)> {
    seat.facts.iter().filter_map(|(fact, device)| Some((fact.strip_prefix(HOLDS)?, device.as_str())))
}

/// The groups of an instance, which are those of its interfaces.
fn groups(instance: &Instance) -> BTreeSet<Address> {
    let interfaces = instance.network_interfaces().iter().flat_map(|interface| interface.groups());
    let all = instance.security_groups().iter().chain(interfaces);
    all.filter_map(|group| group.group_id()).map(Address::from).collect()
}

/// A labelled seat bears its slot; one that was only launched finds it in its batch's slots, at its launch index.
fn address_of(mark: &Mark, index: u32) -> Option<Address> {
    let pool = mark.get(identity::ADDRESS)?.strip_prefix("workstation_pool.")?;
    let slot = match mark.get(identity::SEAT) {
        Some(slot) => slot.parse().ok()?,
        None => slots::at(mark.get(identity::SLOTS)?, index)?,
    };
    Some(Address::seat(pool, slot))
}

impl Cloud {
    /// Asks for the end of instances.
    ///
    /// # Errors
    /// The service's refusal; that one isn't there any more is none.
    pub async fn terminate(&self, ids: &[String]) -> Result<()> {
        let call = Call::new("ec2", "TerminateInstances");
        #[expect(clippy::cast_precision_loss, reason = "a batch is a few hundred at most")]
        self.permit(call, "ec2:TerminateInstances/instances", ids.len() as f64).await?;
        let ended =
            self.call(call, || self.ec2.terminate_instances().set_instance_ids(Some(ids.to_vec())).send()).await;
        match ended {
            Ok(_) => Ok(()),
            // One id that is gone fails a whole call: the rest are asked for one by one.
            Err(error) if error.is(ErrorClass::NotFound) && ids.len() > 1 => {
                for id in ids {
                    Box::pin(self.terminate(std::slice::from_ref(id))).await?;
                }
                Ok(())
            }
            Err(error) if error.is(ErrorClass::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Stops a seat, changes what can only be changed then, and starts it again where it was running, or where a run that
    /// was cut off had stopped it. A mark says meanwhile that it is on its way.
    ///
    /// # Errors
    /// The service's refusal at any of the steps; the next run goes on from there.
    pub async fn restart(&self, found: &Found, seat: &Seat, script: Option<Script<'_>>) -> Result<()> {
        let id = &found.id;
        let Resource::Seat(live) = &found.resource else { return Ok(()) };
        let comes_back = !matches!(found.status, Status::Resting(_)) || found.facts.contains_key(RESTARTING);
        if comes_back {
            self.mark(id, &[(identity::RESTARTING, "true")]).await?;
        }
        self.call(Call::new("ec2", "StopInstances"), || self.ec2.stop_instances().instance_ids(id).send()).await?;
        self.await_stopped(std::slice::from_ref(id)).await?;
        let modify = Call::new("ec2", "ModifyInstanceAttribute");
        if live.ebs_optimized != seat.ebs_optimized {
            let optimized = AttributeBooleanValue::builder().value(seat.ebs_optimized).build();
            self.call(modify, || {
                self.ec2.modify_instance_attribute().instance_id(id).ebs_optimized(optimized.clone()).send()
            })
            .await?;
        }
        if let Some(script) = script.filter(|_| live.user_data != seat.user_data) {
            let text = SecureBlobAttributeValue::builder().value(Blob::new(script.text)).build();
            self.call(modify, || self.ec2.modify_instance_attribute().instance_id(id).user_data(text.clone()).send())
                .await?;
            self.mark(id, &[(identity::USER_DATA, script.digest), (identity::SETTINGS, script.settings)]).await?;
        }
        if !comes_back {
            return Ok(());
        }
        self.call(Call::new("ec2", "StartInstances"), || self.ec2.start_instances().instance_ids(id).send()).await?;
        match self.await_running(std::slice::from_ref(id), |_, _| ()).await?.into_values().next() {
            Some(error) => Err(error),
            None => self.unmark_restarting(id).await,
        }
    }

    async fn mark(&self, id: &str, marks: &[(&str, &str)]) -> Result<()> {
        let tags: Vec<Tag> = marks.iter().map(|(key, value)| Tag::builder().key(*key).value(*value).build()).collect();
        self.call(Call::new("ec2", "CreateTags"), || {
            self.ec2.create_tags().resources(id).set_tags(Some(tags.clone())).send()
        })
        .await?;
        Ok(())
    }

    /// Takes off the mark of a seat that is on its way up again.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn unmark_restarting(&self, id: &str) -> Result<()> {
        let tag = Tag::builder().key(identity::RESTARTING).build();
        self.call(Call::new("ec2", "DeleteTags"), || self.ec2.delete_tags().resources(id).tags(tag.clone()).send())
            .await?;
        Ok(())
    }

    /// Stops instances and waits until all have stopped.
    ///
    /// # Errors
    /// The service's refusal; that one doesn't stop.
    pub async fn stop_all(&self, ids: &[String]) -> Result<()> {
        let call = Call::new("ec2", "StopInstances");
        #[expect(clippy::cast_precision_loss, reason = "a batch is a few hundred at most")]
        self.permit(call, "ec2:StopInstances/instances", ids.len() as f64).await?;
        self.call(call, || self.ec2.stop_instances().set_instance_ids(Some(ids.to_vec())).send()).await?;
        self.await_stopped(ids).await
    }

    /// Starts instances. Where there isn't room for all of them, those that there is room for: the others are returned
    /// with the refusal of each.
    ///
    /// # Errors
    /// The service's refusal of anything but room.
    pub async fn start_all(&self, ids: &[String]) -> Result<BTreeMap<String, CloudError>> {
        let call = Call::new("ec2", "StartInstances");
        #[expect(clippy::cast_precision_loss, reason = "a batch is a few hundred at most")]
        self.permit(call, "ec2:StartInstances/instances", ids.len() as f64).await?;
        let start = async |ids: Vec<String>| {
            self.call(call, || self.ec2.start_instances().set_instance_ids(Some(ids.clone())).send()).await
        };
        match start(ids.to_vec()).await {
            Ok(_) => Ok(BTreeMap::new()),
            Err(error) if error.is(ErrorClass::Capacity) => {
                let mut refused = BTreeMap::new();
                for id in ids {
                    match start(vec![id.clone()]).await {
                        Ok(_) => {}
                        Err(error) if error.is(ErrorClass::Capacity) => {
                            refused.insert(id.clone(), error);
                        }
                        Err(error) => return Err(error),
                    }
                }
                Ok(refused)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a running instance another profile, or none.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn set_profile(&self, instance: &str, profile: Option<&Address>) -> Result<()> {
        let call = Call::new("ec2", "DescribeIamInstanceProfileAssociations");
        let present = self
            .call(call, || {
                let filter = Filter::builder().name("instance-id").values(instance).build();
                self.ec2.describe_iam_instance_profile_associations().filters(filter).send()
            })
            .await?;
        let association = present
            .iam_instance_profile_associations()
            .iter()
            .filter(|one| one.state().is_some_and(|state| state.as_str().starts_with("associat")))
            .find_map(|one| one.association_id())
            .map(str::to_owned);
        let wanted = match profile {
            Some(address) => Some(IamInstanceProfileSpecification::builder().arn(self.id(address)?).build()),
            None => None,
        };
        match (association, wanted) {
            (Some(association), Some(profile)) => {
                self.call(Call::new("ec2", "ReplaceIamInstanceProfileAssociation"), || {
                    self.ec2
                        .replace_iam_instance_profile_association()
                        .association_id(&association)
                        .iam_instance_profile(profile.clone())
                        .send()
                })
                .await?;
            }
            (None, Some(profile)) => {
                self.call(Call::new("ec2", "AssociateIamInstanceProfile"), || {
                    self.ec2
                        .associate_iam_instance_profile()
                        .instance_id(instance)
                        .iam_instance_profile(profile.clone())
                        .send()
                })
                .await?;
            }
            (Some(association), None) => {
                self.call(Call::new("ec2", "DisassociateIamInstanceProfile"), || {
                    self.ec2.disassociate_iam_instance_profile().association_id(&association).send()
                })
                .await?;
            }
            (None, None) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_that_was_only_launched_finds_its_slot_at_its_launch_index() {
        let mark = |seat: Option<&str>| {
            let mut tags = vec![
                (identity::ADDRESS.to_owned(), "workstation_pool.comp".to_owned()),
                (identity::SLOTS.to_owned(), "1-3,9".to_owned()),
            ];
            tags.extend(seat.map(|seat| (identity::SEAT.to_owned(), seat.to_owned())));
            Mark::read(tags)
        };
        assert_eq!(address_of(&mark(None), 3), Some(Address::seat("comp", 9)));
        assert_eq!(address_of(&mark(Some("2")), 3), Some(Address::seat("comp", 2)));
        assert_eq!(address_of(&mark(None), 4), None);
    }
}
