//! Disks in the live cloud. Most are launched and ended with their seats; what is here is the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aws_sdk_ec2::types::{
    EbsInstanceBlockDeviceSpecification, InstanceBlockDeviceMappingSpecification, ResourceType, Tag, TagSpecification,
    Volume as LiveVolume, VolumeState, VolumeType,
};
use futures_util::future::join_all;

use super::ec2::of_production;
use super::identity::{self, Mark};
use super::key_end::date_words;
use super::seat::{held_by, keeps};
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, Seen};
use crate::resource::{Address, FieldChange, Found, Resource, Status, Volume};

/// Attaching and detaching take seconds; a detach from a busy operating system may take minutes.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// A token stays spent for an unknown time after its volume is gone; the next is tried, so often.
const EPOCHS: u32 = 16;
/// The fact that names the instance that holds a volume.
const HOLDER: &str = "holder";

impl Live for Volume {
    /// Which seat's it is shows only beside the seats: until then its address says that it is a stray.
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let volumes = cloud.volumes(scope).await?;
        Ok(Listing { found: volumes.iter().filter_map(read).collect(), unreadable: Vec::new() })
    }

    /// A volume for a seat that is there already: made, attached, and marked with its full address.
    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let seat = identity.address.owning_seat().unwrap_or_else(|| identity.address.clone());
        let instance = cloud.id(&seat)?;
        let replaced = self.from_snapshot.as_ref().and_then(|_| cloud.known_id(&identity.address));
        let id = cloud.prepare(self, identity, &instance, replaced.as_deref()).await?;
        if self.from_snapshot.is_some() {
            // Its seat may still be coming up.
            let failed = cloud.await_running(std::slice::from_ref(&instance), |_, _| {}).await?;
            if let Some(error) = failed.into_values().next() {
                return Err(error);
            }
        }
        cloud.attach(self, &id, &instance).await?;
        Ok(id)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, _identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        let touches = |path: &str| changes.iter().any(|change| change.path == path);
        if touches("size_gib") || touches("type") || touches("iops") || touches("throughput_mibs") {
            cloud.modify(self, &found.id).await?;
        }
        let Some(seat) = &self.seat else { return Ok(()) };
        if touches("seat") || touches("device") {
            cloud.detach(found).await?;
            cloud.attach(self, &found.id, &cloud.id(seat)?).await?;
        } else if touches("keep") {
            cloud.keep_volume(self, &found.id, &cloud.id(seat)?).await?;
        }
        Ok(())
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        cloud.detach(found).await?;
        cloud.delete_volume(&found.id).await?;
        Ok(Gone::Gone)
    }
}

fn read(volume: &LiveVolume) -> Option<Found> {
    let id = volume.volume_id()?.to_owned();
    let state = volume.state();
    let status = match state {
        Some(VolumeState::Deleted) => return None,
        Some(VolumeState::Deleting) => Status::Leaving("deleting".to_owned()),
        Some(VolumeState::Creating) => Status::Pending("creating".to_owned()),
        Some(VolumeState::Error) => {
            Status::Failed("the volume is in state error: its key could not be used".to_owned())
        }
        Some(VolumeState::Available) => Status::Resting("available".to_owned()),
        _ => Status::Ready,
    };
    let tags =
        volume.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or("").to_owned())));
    let mark = Mark::read(tags);
    let held = volume
        .attachments()
        .iter()
        .find(|one| one.instance_id().is_some() && one.state().is_none_or(|state| state.as_str() != "detached"));
    let whole = |number: Option<i32>| number.filter(|number| *number > 0).and_then(|number| u32::try_from(number).ok());
    let spec = Volume {
        seat: held.and_then(|one| one.instance_id()).map(Address::from),
        device: held.and_then(|one| one.device()).map(str::to_owned),
        size_gib: whole(volume.size()).unwrap_or(0),
        volume_type: volume.volume_type().map_or("", VolumeType::as_str).to_owned(),
        iops: whole(volume.iops()),
        throughput_mibs: whole(volume.throughput()),
        encrypted: volume.encrypted().unwrap_or(false),
        key: volume.kms_key_id().filter(|key| !key.is_empty()).map(Address::from),
        // What no instance holds outlives every instance.
        keep: held.is_none_or(|one| !one.delete_on_termination().unwrap_or(false)),
        from_snapshot: volume.snapshot_id().filter(|id| !id.is_empty()).map(str::to_owned),
        backups: mark.backups(),
        tags: mark.tags.clone(),
    };
    let facts = [
        ("created", volume.create_time().map(|at| date_words(*at))),
        ("zone", volume.availability_zone().map(str::to_owned)),
        (HOLDER, held.and_then(|one| one.instance_id()).map(str::to_owned)),
        ("devices", mark.get(identity::DEVICES).map(str::to_owned)),
        ("slots", mark.get(identity::SLOTS).map(str::to_owned)),
        ("seat", mark.get(identity::SEAT).map(str::to_owned)),
        ("volumes", mark.get(identity::VOLUMES).map(str::to_owned)),
        ("marked", mark.get(identity::ADDRESS).map(str::to_owned)),
        ("created", volume.create_time().map(ToString::to_string)),
        ("state", state.map(|state| state.as_str().to_owned())),
        ("labelled", Some(mark.get(identity::SEAT).is_some().to_string())),
    ];
    Some(Found {
        address: Address::new(format!("stray.volume/{id}")),
        id,
        resource: Resource::Volume(spec),
        digest: mark.digest(),
        protected: mark.is_protected(),
        status,
        facts: facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
    })
}

/// Gives volumes their addresses: a full one that they are marked with, or their seat's with the name that their device
/// had at launch.
pub(super) fn attribute(volumes: &mut [Found], seats: &[Found]) {
    let by_instance: BTreeMap<&str, &Found> = seats.iter().map(|seat| (seat.id.as_str(), seat)).collect();
    for found in volumes {
        let Resource::Volume(volume) = &mut found.resource else { continue };
        let holder = volume.seat.as_ref().and_then(|id| by_instance.get(id.as_str()));
        if let Some(keeps) = holder.and_then(|seat| seat.facts.get(&keeps(&found.id))) {
            volume.keep = keeps == "true";
        }
        if !volume.keep
            && let Some(Status::Leaving(words)) = holder.map(|seat| &seat.status)
        {
            found.status = Status::Leaving(format!("its seat is {words}"));
        }
        let fact = |name: &str| found.facts.get(name).map(String::as_str);
        let marked = fact("marked").map(Address::from);
        let address = if let Some(own) = marked.as_ref().filter(|address| address.volume_name().is_some()) {
            Some(own.clone())
        } else if let Some(name) = name_in(fact("volumes"), &found.id) {
            marked
                .as_ref()
                .and_then(|pool| pool.as_str().strip_prefix("workstation_pool."))
                .and_then(|pool| Some(Address::volume(pool, fact("seat")?.parse().ok()?, name)))
        } else {
            holder.and_then(|seat| {
                let name = name_of(volume.device.as_deref()?, seat, fact("devices"))?;
                Some(Address::new(format!("{}.{name}", seat.address)))
            })
        };
        if let Some(address) = address.filter(|address| address.volume_name().is_some()) {
            found.address = address;
        }
    }
}

/// The volumes that seats were launched with and say they hold, and that aren't listed: their addresses.
pub(super) fn unseen(volumes: &[Found], seats: &[Found]) -> Vec<Address> {
    let listed: BTreeSet<&str> = volumes.iter().map(|found| found.id.as_str()).collect();
    let mut unseen = Vec::new();
    for seat in seats.iter().filter(|seat| !matches!(seat.status, Status::Leaving(_))) {
        let held = held_by(seat).filter(|(id, _)| !listed.contains(id));
        unseen.extend(held.filter_map(|(_, device)| {
            let name = name_of(device, seat, None)?;
            Some(Address::new(format!("{}.{name}", seat.address)))
        }));
    }
    unseen
}

/// The name of the volume at a seat's device, as the volume or the seat was marked at launch.
fn name_of<'a>(device: &str, seat: &'a Found, devices: Option<&'a str>) -> Option<&'a str> {
    if seat.facts.get("root_device").map(String::as_str) == Some(device) {
        return Some("root");
    }
    name_at(devices.or_else(|| seat.facts.get("devices").map(String::as_str)), device)
}

/// The name at a device in `cache=/dev/sdf,…`.
fn name_at<'a>(devices: Option<&'a str>, device: &str) -> Option<&'a str> {
    devices?.split(',').filter_map(|pair| pair.split_once('=')).find(|(_, at)| *at == device).map(|(name, _)| name)
}

/// The name of a volume in `root=vol-1,cache=vol-2`.
fn name_in<'a>(volumes: Option<&'a str>, id: &str) -> Option<&'a str> {
    volumes?.split(',').filter_map(|pair| pair.split_once('=')).find(|(_, one)| *one == id).map(|(name, _)| name)
}

/// How volume ids may end, in as many parts as three thousand volumes need to be a page each. Filters take `*`:
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html>.
const ENDINGS: [&[&str]; 8] =
    [&["0", "1"], &["2", "3"], &["4", "5"], &["6", "7"], &["8", "9"], &["a", "b"], &["c", "d"], &["e", "f"]];

impl Cloud {
    /// All volumes of a production. Pages follow one another, so a list that is longer than one is read again in parts,
    /// side by side: by how ids end, which is as good as chance.
    async fn volumes(&self, scope: &Scope) -> Result<Vec<LiveVolume>> {
        let (first, next) = self.page_of_volumes(scope, &[], None).await?;
        if next.is_none() {
            return Ok(first);
        }
        let parts = join_all(ENDINGS.iter().map(|endings| self.volumes_from(scope, endings, Vec::new(), None))).await;
        let mut by_id: BTreeMap<String, LiveVolume> = BTreeMap::new();
        let mut whole = true;
        for part in parts {
            match part {
                Ok(part) => by_id.extend(part.into_iter().filter_map(|one| Some((one.volume_id()?.to_owned(), one)))),
                Err(_) => whole = false,
            }
        }
        // What the first page had must be in the parts: a volume that isn't listed would be taken for absent.
        whole &= first.iter().all(|one| one.volume_id().is_some_and(|id| by_id.contains_key(id)));
        if whole { Ok(by_id.into_values().collect()) } else { self.volumes_from(scope, &[], first, next).await }
    }

    /// What is left of a list after these, page by page.
    async fn volumes_from(
        &self,
        scope: &Scope,
        endings: &[&str],
        mut volumes: Vec<LiveVolume>,
        mut next: Option<String>,
    ) -> Result<Vec<LiveVolume>> {
        loop {
            let (page, token) = self.page_of_volumes(scope, endings, next).await?;
            volumes.extend(page);
            next = token;
            if next.is_none() {
                return Ok(volumes);
            }
        }
    }

    /// One page of the volumes whose ids end so, or of all; and the token of the next.
    async fn page_of_volumes(
        &self,
        scope: &Scope,
        endings: &[&str],
        token: Option<String>,
    ) -> Result<(Vec<LiveVolume>, Option<String>)> {
        let ending = (!endings.is_empty()).then(|| {
            let values = endings.iter().map(|ending| format!("vol-*{ending}")).collect();
            aws_sdk_ec2::types::Filter::builder().name("volume-id").set_values(Some(values)).build()
        });
        let request = self
            .ec2
            .describe_volumes()
            .set_filters(Some(std::iter::once(of_production(scope)).chain(ending).collect()))
            .max_results(500)
            .set_next_token(token);
        let page = self.call(Call::new("ec2", "DescribeVolumes"), || request.clone().send()).await?;
        let next = page.next_token().filter(|token| !token.is_empty()).map(str::to_owned);
        Ok((page.volumes.unwrap_or_default(), next))
    }

    async fn look_at_volumes(&self, scope: &Scope) -> Result<BTreeMap<String, Seen>> {
        let volumes = self.volumes(scope).await?;
        Ok(volumes.iter().filter_map(|volume| Some((volume.volume_id()?.to_owned(), seen(volume)))).collect())
    }

    /// Waits until a volume is as `done` wants it.
    async fn await_volume(&self, id: &str, done: impl Fn(&Seen) -> bool) -> Result<()> {
        let call = Call::new("ec2", "DescribeVolumes");
        let scope = self.scope();
        self.watches
            .volumes
            .until(
                id,
                || self.look_at_volumes(&scope),
                |seen, waited| match seen {
                    Some(seen) if done(seen) => Ok(Some(())),
                    Some(seen) if seen.state == "error" => {
                        Err(call
                            .error(ErrorClass::Invalid, format!("the volume {id} failed: its key could not be used")))
                    }
                    _ if waited > PATIENCE => {
                        let state = seen.map_or("not visible", |seen| &seen.state);
                        Err(call.error(ErrorClass::StateRace, format!("the volume {id} is still {state}")))
                    }
                    _ => Ok(None),
                },
            )
            .await
    }

    async fn await_volume_gone(&self, id: &str) -> Result<()> {
        let call = Call::new("ec2", "DeleteVolume");
        let scope = self.scope();
        self.watches
            .volumes
            .until(
                id,
                || self.look_at_volumes(&scope),
                |seen, waited| match seen {
                    None => Ok(Some(())),
                    Some(_) if waited > PATIENCE => {
                        Err(call.error(ErrorClass::StateRace, format!("the volume {id} is still not gone")))
                    }
                    Some(_) => Ok(None),
                },
            )
            .await
    }

    async fn zone_of(&self, instance: &str) -> Result<String> {
        let call = Call::new("ec2", "DescribeInstances");
        let answer = self.call(call, || self.ec2.describe_instances().instance_ids(instance).send()).await?;
        answer
            .reservations()
            .iter()
            .flat_map(|reservation| reservation.instances())
            .find_map(|one| one.placement()?.availability_zone().map(str::to_owned))
            .ok_or_else(|| call.error(ErrorClass::NotFound, format!("the instance {instance} has no zone")))
    }

    async fn make_volume(
        &self,
        volume: &Volume,
        identity: &Identity,
        zone: &str,
        replaced: Option<&str>,
    ) -> Result<String> {
        let call = Call::new("ec2", "CreateVolume");
        let key = volume.key.as_ref().map(|key| self.id(key)).transpose()?;
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        let mut tags = identity.tags(Some(&volume.tags));
        tags.extend(identity::backup_marks(&volume.backups));
        let tags = TagSpecification::builder()
            .resource_type(ResourceType::Volume)
            .set_tags(Some(tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()))
            .build();
        for epoch in 0..EPOCHS {
            let mut parts = vec![zone];
            parts.extend(volume.from_snapshot.as_deref());
            parts.extend(replaced);
            let token = identity.token(epoch, &parts);
            let answer = self
                .call(call, || {
                    self.ec2
                        .create_volume()
                        .client_token(&token)
                        .availability_zone(zone)
                        .size(whole(volume.size_gib))
                        .volume_type(VolumeType::from(volume.volume_type.as_str()))
                        .set_iops(volume.iops.map(whole))
                        .set_throughput(volume.throughput_mibs.map(whole))
                        .encrypted(volume.encrypted)
                        .set_kms_key_id(key.clone())
                        .set_snapshot_id(volume.from_snapshot.clone())
                        .tag_specifications(tags.clone())
                        .send()
                })
                .await;
            match answer {
                Err(error) if error.is(ErrorClass::TokenSpent) => {}
                Err(error) => return Err(error),
                Ok(made) => {
                    // A token that is remembered longer than its volume lived answers with the dead one.
                    if !matches!(made.state(), Some(VolumeState::Deleting | VolumeState::Deleted))
                        && let Some(id) = made.volume_id()
                    {
                        return Ok(id.to_owned());
                    }
                }
            }
        }
        Err(call.error(
            ErrorClass::TokenSpent,
            format!("the last {EPOCHS} volumes at {} are gone: try later", identity.address),
        ))
    }

    /// Attaches a volume, unless it is attached there already, and sees to it that it ends with its instance or doesn't.
    ///
    /// # Errors
    /// The service's refusal.
    pub async fn attach(&self, volume: &Volume, id: &str, instance: &str) -> Result<()> {
        let device = volume.device.clone().unwrap_or_default();
        let call = Call::new("ec2", "AttachVolume").new_thing();
        let attached = self
            .call(call, || self.ec2.attach_volume().volume_id(id).instance_id(instance).device(&device).send())
            .await;
        match attached {
            Ok(_) => {}
            // A state race that outlasted all patience: attached where it belongs is what was wanted.
            Err(error) if error.is(ErrorClass::StateRace) => {}
            Err(error) => return Err(error),
        }
        self.await_volume(id, |seen| seen.parts.get("instance").is_some_and(|held| held == instance)).await?;
        self.keep_volume(volume, id, instance).await
    }

    /// Sees to it that an attached volume ends with its instance, or doesn't.
    async fn keep_volume(&self, volume: &Volume, id: &str, instance: &str) -> Result<()> {
        let device = volume.device.clone().unwrap_or_default();
        let disk =
            EbsInstanceBlockDeviceSpecification::builder().volume_id(id).delete_on_termination(!volume.keep).build();
        let mapping = InstanceBlockDeviceMappingSpecification::builder().device_name(&device).ebs(disk).build();
        self.call(Call::new("ec2", "ModifyInstanceAttribute"), || {
            self.ec2.modify_instance_attribute().instance_id(instance).block_device_mappings(mapping.clone()).send()
        })
        .await?;
        Ok(())
    }

    /// Makes a volume in the zone of its seat's instance, and waits until it can be attached. Where it is to take the
    /// place of another, that one's id tells this volume from one that was made of the same snapshot before.
    ///
    /// # Errors
    /// The service's refusal; that its key or its snapshot could not be used.
    pub async fn prepare(
        &self,
        volume: &Volume,
        identity: &Identity,
        instance: &str,
        replaced: Option<&str>,
    ) -> Result<String> {
        let zone = self.zone_of(instance).await?;
        let id = self.make_volume(volume, identity, &zone, replaced).await?;
        self.await_volume(&id, |seen| seen.state == "available" || seen.state == "in-use").await?;
        Ok(id)
    }

    /// Puts a volume in the place of another that a stopped instance holds.
    ///
    /// # Errors
    /// The service's refusal; the next run goes on from there.
    pub async fn swap(&self, volume: &Volume, id: &str, replaced: Option<&str>, instance: &str) -> Result<()> {
        if let Some(replaced) = replaced {
            self.detach_from(replaced, instance).await?;
        }
        self.attach(volume, id, instance).await
    }

    /// Deletes a volume that nothing holds, and waits until it is gone.
    ///
    /// # Errors
    /// The service's refusal; that it isn't there is none.
    pub async fn delete_volume(&self, id: &str) -> Result<()> {
        let call = Call::new("ec2", "DeleteVolume").patience(PATIENCE);
        match self.call(call, || self.ec2.delete_volume().volume_id(id).send()).await {
            Ok(_) => self.await_volume_gone(id).await,
            Err(error) if error.is(ErrorClass::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Detaches a volume from whatever was seen to hold it.
    async fn detach(&self, found: &Found) -> Result<()> {
        match found.facts.get(HOLDER) {
            Some(holder) => self.detach_from(&found.id, holder).await,
            None => Ok(()),
        }
    }

    async fn detach_from(&self, id: &str, holder: &str) -> Result<()> {
        let call = Call::new("ec2", "DetachVolume").patience(Duration::from_secs(5));
        match self.call(call, || self.ec2.detach_volume().volume_id(id).instance_id(holder).send()).await {
            Ok(_) => self.await_volume(id, |seen| seen.state == "available").await,
            // It isn't attached, or isn't there.
            Err(error) if error.is(ErrorClass::StateRace) || error.is(ErrorClass::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn modify(&self, volume: &Volume, id: &str) -> Result<()> {
        let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
        self.call(Call::new("ec2", "ModifyVolume"), || {
            self.ec2
                .modify_volume()
                .volume_id(id)
                .size(whole(volume.size_gib))
                .volume_type(VolumeType::from(volume.volume_type.as_str()))
                .set_iops(volume.iops.map(whole))
                .set_throughput(volume.throughput_mibs.map(whole))
                .send()
        })
        .await?;
        let size = volume.size_gib.to_string();
        self.await_volume(id, |seen| seen.parts.get("size_gib") == Some(&size)).await
    }
}

fn seen(volume: &LiveVolume) -> Seen {
    let mut parts = BTreeMap::new();
    if let Some(size) = volume.size() {
        parts.insert("size_gib".to_owned(), size.to_string());
    }
    let held = volume.attachments().iter().find(|one| one.state().is_some_and(|state| state.as_str() == "attached"));
    if let Some(instance) = held.and_then(|one| one.instance_id()) {
        parts.insert("instance".to_owned(), instance.to_owned());
    }
    Seen { state: volume.state().map_or("", VolumeState::as_str).to_owned(), reason: None, parts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_and_volume_lists_are_read() {
        assert_eq!(name_at(Some("cache=/dev/sdf,scratch=/dev/sdg"), "/dev/sdg"), Some("scratch"));
        assert_eq!(name_at(Some("cache=/dev/sdf"), "/dev/sdz"), None);
        assert_eq!(name_in(Some("root=vol-1,cache=vol-2"), "vol-2"), Some("cache"));
    }
}
