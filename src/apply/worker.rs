//! One step at a time: what a step of the plan means in calls.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::{Mutex, mpsc};

use super::label::label_of;
use crate::cloud::{
    Cloud, CloudError, ErrorClass, Identity, Launch, Made, PROFILE, Place, RESTARTING, Result, Script, noting,
};
use crate::plan::{Batch, FieldIndex, Operation, OperationId, Plan, Step};
use crate::resource::{Address, Desired, Found, Kind, Observed, Purpose, Resource, Seat, Volume};

/// What a step tells while it is under way.
#[derive(Debug)]
pub enum Note {
    Launched {
        operation: OperationId,
        seats: Vec<(Address, String)>,
        instance_type: String,
        zone: String,
        requests: Vec<Made>,
    },
    FellThrough {
        operation: OperationId,
        instance_type: String,
        zone: String,
        error: CloudError,
    },
    Arrived {
        operation: OperationId,
        seats: Vec<Address>,
        volumes: Vec<(Address, String)>,
    },
}

impl Note {
    pub fn operation(&self) -> OperationId {
        match self {
            Note::Launched { operation, .. }
            | Note::FellThrough { operation, .. }
            | Note::Arrived { operation, .. } => *operation,
        }
    }
}

/// How a step ended.
#[derive(Debug)]
pub struct Report {
    /// The id that it made or found, where it has one.
    pub result: Result<Option<String>>,
    /// Seats of a batch that failed while the rest went on.
    pub parts: Vec<(Address, CloudError)>,
}

impl From<Result<Option<String>>> for Report {
    fn from(result: Result<Option<String>>) -> Self {
        Self { result, parts: Vec::new() }
    }
}

/// Labels of `backup` blocks that come to bear on a volume, and those that no longer do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct MarkChange {
    set: BTreeSet<String>,
    unset: BTreeSet<String>,
}

/// Carries out steps.
pub struct Worker<'a> {
    fields: FieldIndex<'a>,
    wraps: bool,
    desired: &'a Desired,
    observed: &'a Observed,
    cloud: &'a Cloud,
    notes: mpsc::UnboundedSender<Note>,
    made: RefCell<BTreeMap<Address, String>>,
    /// Snapshots that this run took, by seat.
    taken: RefCell<BTreeMap<Address, BTreeSet<String>>>,
    /// Volumes that this run made beside those that serve.
    prepared: RefCell<BTreeMap<Address, String>>,
    /// What the prepared volumes took the place of, if anything.
    replaced: RefCell<BTreeMap<Address, Option<String>>>,
    /// Profiles made in this run that EC2 knows by now.
    known_profiles: Mutex<BTreeSet<Address>>,
}

impl<'a> Worker<'a> {
    pub fn new(
        plan: &'a Plan,
        desired: &'a Desired,
        observed: &'a Observed,
        cloud: &'a Cloud,
        notes: mpsc::UnboundedSender<Note>,
    ) -> Self {
        Self {
            fields: FieldIndex::of(plan),
            wraps: plan.wrap,
            desired,
            observed,
            cloud,
            notes,
            made: RefCell::default(),
            taken: RefCell::default(),
            prepared: RefCell::default(),
            replaced: RefCell::default(),
            known_profiles: Mutex::default(),
        }
    }

    /// Ids of what was made, by address.
    pub fn made(&self) -> BTreeMap<Address, String> {
        self.made.borrow().clone()
    }

    pub async fn work(&self, operation: &Operation) -> Report {
        match &operation.step {
            Step::Launch(batch) => self.launch(operation.id, batch).await,
            Step::AwaitRunning(seats) => self.await_running(operation.id, seats).await,
            Step::Start(seats) => self.start(operation.id, seats).await,
            _ => self.simple(operation).await.into(),
        }
    }

    async fn simple(&self, operation: &Operation) -> Result<Option<String>> {
        let (cloud, address) = (self.cloud, &operation.address);
        match &operation.step {
            Step::Create => {
                let id = cloud.create(self.resource(address)?, &self.identity(address)).await?;
                self.learn(address, &id);
                Ok(Some(id))
            }
            Step::Finish => {
                let id = cloud.id(address)?;
                cloud.finish(self.resource(address)?, &id).await?;
                Ok(Some(id))
            }
            Step::Settle => {
                let id = cloud.id(address)?;
                cloud.settled(operation.kind, &id).await?;
                Ok(Some(id))
            }
            Step::Update => {
                let found = self.found(address)?;
                let changes = self.fields.of_address(address);
                cloud.update(self.resource(address)?, found, &self.identity(address), changes).await?;
                Ok(Some(found.id.clone()))
            }
            Step::Restart => {
                let found = self.found(address)?;
                cloud
                    .update(self.resource(address)?, found, &self.identity(address), self.fields.of_address(address))
                    .await?;
                let seat = self.seat(address)?;
                let script = address.slot().zip(seat.user_data.as_ref()).and_then(|((pool, _), digest)| {
                    let text = self.desired.user_data.get(digest)?;
                    let settings = self.desired.settings.get(pool).map_or("", String::as_str);
                    Some(Script { text, digest, settings })
                });
                cloud.restart(found, seat, script).await?;
                Ok(Some(found.id.clone()))
            }
            Step::Release => {
                cloud.release(self.found(address)?).await?;
                Ok(None)
            }
            Step::Retire => {
                cloud.retire_key(self.found(address)?, Purpose::Wrap).await?;
                Ok(cloud.known_id(address))
            }
            Step::AwaitDetached => {
                cloud.await_detached(&self.found(address)?.id).await?;
                Ok(None)
            }
            Step::Delete => {
                let found = self.found(address)?;
                if !self.wraps {
                    self.retire(found).await?;
                }
                cloud.delete(found).await?;
                // Where it is replaced, the address has its new id only after this.
                cloud.forget(address);
                Ok(Some(found.id.clone()))
            }
            Step::Discard(id) => {
                let leftover = self.observed.all().find(|found| found.id == *id);
                if let Some(found) = leftover {
                    self.retire(found).await?;
                    cloud.release(found).await?;
                    cloud.delete(found).await?;
                }
                Ok(Some(id.clone()))
            }
            Step::Label => {
                // A seat that wasn't launched has been reported as that.
                if let Some(label) = label_of(self.desired, self.observed, cloud, address) {
                    cloud.label(&label).await?;
                    self.unprotect(address).await?;
                    self.unmark_restarting(address).await?;
                }
                Ok(cloud.known_id(address))
            }
            Step::MarkBackups(volumes) => {
                for (change, ids) in self.backup_marks(volumes) {
                    cloud.mark_backups(&ids, &change.set, &change.unset).await?;
                }
                Ok(None)
            }
            Step::Attach => {
                let Resource::Volume(volume) = self.resource(address)? else { return Ok(None) };
                let seat = seat_of(address);
                let id = self.found(address)?.id.clone();
                cloud.attach(volume, &id, &cloud.id(&seat)?).await?;
                Ok(Some(id))
            }
            Step::Terminate(seats) => {
                self.mark_kept(seats).await?;
                cloud.terminate(&self.live_ids(seats)).await?;
                Ok(None)
            }
            Step::AwaitTerminated(seats) => {
                cloud.await_terminated(&self.live_ids(seats)).await?;
                Ok(None)
            }
            Step::Snapshot(wanted) => {
                let instance = cloud.id(address)?;
                let ids = cloud.take_snapshots(&instance, &wanted.without, wanted.with_root, &wanted.tags).await?;
                let words = ids.join(",");
                self.taken.borrow_mut().entry(address.clone()).or_default().extend(ids);
                Ok(Some(words))
            }
            Step::Copy(copying) => {
                let key = cloud.id(&copying.key)?;
                let id = cloud.copy_snapshot(&copying.from_region, &copying.source, &key, &copying.tags).await?;
                self.taken.borrow_mut().entry(address.clone()).or_default().insert(id.clone());
                Ok(Some(id))
            }
            Step::AwaitSnapshots { run, ids } => {
                let mut ids = ids.clone();
                ids.extend(self.taken.borrow().get(address).into_iter().flatten().cloned());
                cloud.await_snapshots(run, &ids).await?;
                Ok(Some(ids.into_iter().collect::<Vec<_>>().join(",")))
            }
            Step::VerifySnapshots { run, volumes } => {
                cloud.verify_snapshots(&self.desired.production, run, volumes).await?;
                Ok(None)
            }
            Step::Keep { until, ids } => {
                cloud.keep_snapshots(ids, until).await?;
                Ok(Some(ids.join(",")))
            }
            Step::Archive { key } => {
                let copies = cloud.archive_snapshots(&self.desired.production, address, &cloud.id(key)?).await?;
                Ok(Some(copies.into_iter().collect::<Vec<_>>().join(",")))
            }
            Step::Expire(ids) => {
                for id in ids {
                    cloud.delete_snapshot(id).await?;
                }
                Ok(Some(ids.join(",")))
            }
            Step::Prepare => {
                let Resource::Volume(volume) = self.resource(address)? else { return Ok(None) };
                let instance = cloud.id(&seat_of(address))?;
                let replaced = cloud.known_id(address);
                let identity = self.identity(address);
                let id = cloud.prepare(volume, &identity, &instance, replaced.as_deref()).await?;
                self.prepared.borrow_mut().insert(address.clone(), id.clone());
                Ok(Some(id))
            }
            Step::Stop(seats) => {
                let prepared = |volumes: &BTreeSet<Address>| {
                    volumes.iter().all(|volume| self.prepared.borrow().contains_key(volume))
                };
                let ids: Vec<String> = seats
                    .iter()
                    .filter(|(_, volumes)| prepared(volumes))
                    .filter_map(|(seat, _)| cloud.known_id(seat))
                    .collect();
                if !ids.is_empty() {
                    cloud.stop_all(&ids).await?;
                }
                Ok(None)
            }
            Step::Swap => {
                let Resource::Volume(volume) = self.resource(address)? else { return Ok(None) };
                let instance = cloud.id(&seat_of(address))?;
                let id = self.prepared.borrow().get(address).cloned().ok_or_else(|| unknown(address))?;
                let replaced = cloud.known_id(address).filter(|replaced| *replaced != id);
                cloud.swap(volume, &id, replaced.as_deref(), &instance).await?;
                self.replaced.borrow_mut().insert(address.clone(), replaced);
                self.learn(address, &id);
                Ok(Some(id))
            }
            Step::DropReplaced => {
                let replaced = self.replaced.borrow().get(address).cloned().flatten();
                if let Some(id) = &replaced {
                    cloud.delete_volume(id).await?;
                }
                Ok(replaced)
            }
            Step::Launch(_) | Step::AwaitRunning(_) | Step::Start(_) => Ok(None),
        }
    }

    /// Which volumes get which marks for backup and lose which, by the change. One that wasn't launched has been reported
    /// as that.
    fn backup_marks(&self, volumes: &[Address]) -> BTreeMap<MarkChange, Vec<String>> {
        let mut changes: BTreeMap<MarkChange, Vec<String>> = BTreeMap::new();
        for address in volumes {
            let (Some(id), Some(Resource::Volume(wanted))) =
                (self.cloud.known_id(address), self.desired.resources.get(address))
            else {
                continue;
            };
            let live =
                match self.observed.found.get(address).filter(|found| found.id == id).map(|found| &found.resource) {
                    Some(Resource::Volume(live)) => live.backups.clone(),
                    _ => BTreeSet::new(),
                };
            let change = MarkChange {
                set: wanted.backups.difference(&live).cloned().collect(),
                unset: live.difference(&wanted.backups).cloned().collect(),
            };
            changes.entry(change).or_default().push(id);
        }
        changes
    }

    fn resource(&self, address: &Address) -> Result<&'a Resource> {
        self.desired.resources.get(address).ok_or_else(|| unknown(address))
    }

    fn seat(&self, address: &Address) -> Result<&'a Seat> {
        match self.resource(address)? {
            Resource::Seat(seat) => Ok(seat),
            _ => Err(unknown(address)),
        }
    }

    fn found(&self, address: &Address) -> Result<&'a Found> {
        self.observed.found.get(address).ok_or_else(|| unknown(address))
    }

    fn identity(&self, address: &Address) -> Identity {
        Identity {
            production: self.desired.production.clone(),
            address: address.clone(),
            digest: self.desired.digest_of(address).unwrap_or_default(),
            protect: matches!(self.desired.resources.get(address), Some(Resource::Seat(seat)) if seat.protect),
        }
    }

    /// A key says why it goes out of service before it does. In a wrap, a step of its own has seen to that.
    async fn retire(&self, found: &Found) -> Result<()> {
        let purpose = if self.wraps { Purpose::Wrap } else { Purpose::Removal };
        match &found.resource {
            // One that is pending deletion takes no tags.
            Resource::KmsKey(key) if matches!(key.state.as_str(), "enabled" | "disabled") => {
                self.cloud.retire_key(found, purpose).await
            }
            _ => Ok(()),
        }
    }

    fn learn(&self, address: &Address, id: &str) {
        self.cloud.learn(address.clone(), id);
        self.made.borrow_mut().insert(address.clone(), id.to_owned());
    }

    /// Ids as they were observed: a seat that is being replaced may have its next one by now.
    fn live_ids(&self, seats: &[Address]) -> Vec<String> {
        seats.iter().filter_map(|seat| self.observed.found.get(seat)).map(|found| found.id.clone()).collect()
    }

    /// Volumes that outlive their seat must be known by themselves before it goes.
    async fn mark_kept(&self, seats: &[Address]) -> Result<()> {
        for found in self.observed.found.values().filter(|found| found.resource.kind() == Kind::Volume) {
            let kept = matches!(&found.resource, Resource::Volume(volume) if volume.keep);
            let going = found.address.owning_seat().is_some_and(|seat| seats.contains(&seat));
            let marked = found.facts.get("marked").is_some_and(|own| *own == found.address.as_str());
            if kept && going && !marked {
                self.cloud.mark_volume(&found.id, &found.address).await?;
            }
        }
        Ok(())
    }

    async fn unprotect(&self, seat: &Address) -> Result<()> {
        match self.observed.found.get(seat) {
            Some(found) if found.protected && !self.identity(seat).protect => self.cloud.unprotect(&found.id).await,
            _ => Ok(()),
        }
    }

    /// A run that was cut off may have left the mark of a restart on a seat that runs by now.
    async fn unmark_restarting(&self, seat: &Address) -> Result<()> {
        match self.observed.found.get(seat) {
            Some(found) if found.facts.contains_key(RESTARTING) => self.cloud.unmark_restarting(&found.id).await,
            _ => Ok(()),
        }
    }

    /// Launches a batch: in its home zone by preference of type, then in the pool's other zones; what a place has room
    /// for is kept, and the rest goes on.
    async fn launch(&self, operation: OperationId, batch: &Batch) -> Report {
        let Some(first) = batch.seats.first() else { return Ok(None).into() };
        let seat = match self.seat(first) {
            Ok(seat) => seat,
            Err(error) => return Err(error).into(),
        };
        let volumes: Vec<(&str, &Volume)> = self
            .desired
            .volumes_of(first)
            .filter_map(|(address, resource)| match resource {
                Resource::Volume(volume) => Some((address.volume_name()?, volume)),
                _ => None,
            })
            .filter(|(name, _)| !batch.kept.contains(*name) && !batch.restored.contains(*name))
            .collect();
        let identity = Identity { address: Address::pool(&batch.pool), ..self.identity(first) };
        let user_data = seat.user_data.as_ref().and_then(|digest| self.desired.user_data.get(digest));
        let mut launch = Launch {
            identity,
            seats: batch.seats.clone(),
            seat,
            volumes,
            user_data: user_data.map(String::as_str),
            settings: self.desired.settings.get(&batch.pool).map(String::as_str),
        };
        let mut refusal = None;
        for place in self.places(batch, seat) {
            if place.partial && launch.seats.len() == 1 {
                continue;
            }
            while !launch.seats.is_empty() {
                if let Err(error) = self.await_profile(&launch, place).await {
                    return self.unlaunched(&batch.seats, &launch.seats, error);
                }
                let (launched, requests) = noting(self.cloud.launch(&launch, place)).await;
                match launched {
                    Ok(made) if made.is_empty() => break,
                    Ok(made) => {
                        for (seat, id) in &made {
                            self.learn(seat, id);
                        }
                        launch.seats.retain(|seat| !made.iter().any(|(one, _)| one == seat));
                        let (instance_type, zone) = (place.instance_type.to_owned(), self.zone(place.subnet));
                        self.note(Note::Launched { operation, seats: made, instance_type, zone, requests });
                        if place.partial {
                            break;
                        }
                    }
                    Err(error) if error.is(ErrorClass::Capacity) => {
                        let (instance_type, zone) = (place.instance_type.to_owned(), self.zone(place.subnet));
                        self.note(Note::FellThrough { operation, instance_type, zone, error: error.clone() });
                        refusal = Some(error);
                        break;
                    }
                    Err(error) => return self.unlaunched(&batch.seats, &launch.seats, error),
                }
            }
            if launch.seats.is_empty() {
                return Ok(None).into();
            }
        }
        let error = refusal.unwrap_or_else(|| unknown(first));
        self.unlaunched(&batch.seats, &launch.seats, error)
    }

    /// Where to try, in order. All seats in one place first; where that has no room, as many as it has.
    fn places<'b>(&self, batch: &'b Batch, seat: &'b Seat) -> Vec<Place<'b>>
    where
        'a: 'b,
    {
        let mut subnets = vec![&batch.home];
        if !batch.pinned
            && let Some(pool) = self.desired.pools.get(&batch.pool)
        {
            subnets.extend(pool.subnets.iter().filter(|subnet| **subnet != batch.home));
        }
        let mut places = Vec::new();
        for subnet in subnets {
            for instance_type in &seat.instance_types {
                for partial in [false, true] {
                    places.push(Place { instance_type, subnet, partial });
                }
            }
        }
        places
    }

    /// The first launch under a profile that this run made asks, without launching, until EC2 knows it; the others wait
    /// for that instead of spending launch requests on refusals.
    async fn await_profile(&self, launch: &Launch<'_>, place: Place<'_>) -> Result<()> {
        let Some(profile) = &launch.seat.profile else { return Ok(()) };
        if !self.made.borrow().contains_key(profile) {
            return Ok(());
        }
        let mut known = self.known_profiles.lock().await;
        if !known.contains(profile) {
            self.cloud.probe(launch, place).await?;
            known.insert(profile.clone());
        }
        Ok(())
    }

    fn unlaunched(&self, all: &[Address], open: &[Address], error: CloudError) -> Report {
        if open.len() == all.len() {
            return Err(error).into();
        }
        Report { result: Ok(None), parts: open.iter().map(|seat| (seat.clone(), error.clone())).collect() }
    }

    fn zone(&self, subnet: &Address) -> String {
        match self.desired.resources.get(subnet) {
            Some(Resource::Subnet(subnet)) => subnet.zone.clone(),
            _ => subnet.to_string(),
        }
    }

    fn note(&self, note: Note) {
        // The receiver lives as long as the run does.
        let _ = self.notes.send(note);
    }

    /// Starts the seats all of whose volumes are in their place. One that lacks a volume stays stopped: an artist would
    /// find it without what was on it.
    async fn start(&self, operation: OperationId, seats: &BTreeMap<Address, BTreeSet<Address>>) -> Report {
        let mut parts = Vec::new();
        let mut by_id = BTreeMap::new();
        for (seat, volumes) in seats {
            let lacking = volumes.iter().find(|volume| !self.replaced.borrow().contains_key(*volume));
            match (lacking, self.cloud.known_id(seat)) {
                (None, Some(id)) => {
                    by_id.insert(id, seat.clone());
                }
                (Some(volume), _) => parts.push((seat.clone(), not_in_place(volume))),
                (None, None) => parts.push((seat.clone(), unknown(seat))),
            }
        }
        let ids: Vec<String> = by_id.keys().cloned().collect();
        if !ids.is_empty() {
            let mut refused = match self.cloud.start_all(&ids).await {
                Ok(refused) => refused,
                Err(error) => return Report { result: Err(error), parts },
            };
            let started: Vec<String> = ids.into_iter().filter(|id| !refused.contains_key(id)).collect();
            let arrived = |id: &str, _: &BTreeMap<String, String>| {
                if let Some(seat) = by_id.get(id) {
                    self.note(Note::Arrived { operation, seats: vec![seat.clone()], volumes: Vec::new() });
                }
            };
            match self.cloud.await_running(&started, arrived).await {
                Ok(failed) => refused.extend(failed),
                Err(error) => return Report { result: Err(error), parts },
            }
            parts.extend(refused.into_iter().filter_map(|(id, error)| Some((by_id.get(&id)?.clone(), error))));
        }
        let result = if parts.is_empty() {
            Ok(None)
        } else {
            let words = format!("{} of {} seats do not run again", parts.len(), seats.len());
            Err(CloudError::new(ErrorClass::StateRace, "ec2", "StartInstances", words))
        };
        Report { result, parts }
    }

    async fn await_running(&self, operation: OperationId, seats: &[Address]) -> Report {
        let by_id: BTreeMap<String, &Address> =
            seats.iter().filter_map(|seat| Some((self.cloud.known_id(seat)?, seat))).collect();
        let ids: Vec<String> = by_id.keys().cloned().collect();
        let mut bare = Vec::new();
        let arrived = |id: &str, parts: &BTreeMap<String, String>| {
            if let Some(seat) = by_id.get(id) {
                let volumes = self.learn_volumes(seat, parts);
                if !parts.contains_key(PROFILE) {
                    bare.push((id.to_owned(), (*seat).clone()));
                }
                self.note(Note::Arrived { operation, seats: vec![(*seat).clone()], volumes });
            }
        };
        let failed = match self.cloud.await_running(&ids, arrived).await {
            Ok(failed) => failed,
            Err(error) => return Err(error).into(),
        };
        // Without its profile a seat can't read its secrets; a launch that lost it is completed here.
        for (id, seat) in bare {
            if let Ok(Seat { profile: Some(profile), .. }) = self.seat(&seat)
                && let Err(error) = self.cloud.set_profile(&id, Some(profile)).await
            {
                return Err(error).into();
            }
        }
        let missing = seats.len() - by_id.len();
        let parts: Vec<(Address, CloudError)> = failed
            .into_iter()
            .filter_map(|(id, error)| {
                let seat = (*by_id.get(&id)?).clone();
                self.cloud.forget(&seat);
                Some((seat, error))
            })
            .collect();
        let result = if parts.is_empty() && missing == 0 {
            Ok(None)
        } else {
            let words = format!("{} of {} seats did not come up", parts.len() + missing, seats.len());
            Err(CloudError::new(ErrorClass::StateRace, "ec2", "RunInstances", words))
        };
        Report { result, parts }
    }

    /// A volume that was launched with its seat is known by its device.
    fn learn_volumes(&self, seat: &Address, by_device: &BTreeMap<String, String>) -> Vec<(Address, String)> {
        let mut learnt = Vec::new();
        for (address, resource) in self.desired.volumes_of(seat) {
            let Resource::Volume(volume) = resource else { continue };
            if let Some(id) = volume.device.as_ref().and_then(|device| by_device.get(device)) {
                self.learn(address, id);
                learnt.push((address.clone(), id.clone()));
            }
        }
        learnt
    }
}

fn seat_of(volume: &Address) -> Address {
    volume.owning_seat().unwrap_or_else(|| volume.clone())
}

fn not_in_place(volume: &Address) -> CloudError {
    let words = format!("{volume} is not in its place, so that the seat is not started: run again");
    CloudError::new(ErrorClass::StateRace, "closedset", "restore", words)
}

fn unknown(address: &Address) -> CloudError {
    CloudError::new(
        ErrorClass::Invalid,
        "closedset",
        "apply",
        format!("the plan has a step for {address}, which isn't there"),
    )
}
