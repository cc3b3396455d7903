//! From a plan's changes to its steps, and what has to come before what. Creating, waiting, tagging, detaching and terminating are steps of their own,
//! so that nothing waits for what it doesn't need.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::ceremony::WrapPhase;
use super::launch::{Wave, launches};
use super::restored::is_restored;
use super::step::{OperationId, Operations, Step};
use super::{Action, Change, Plan};
use crate::resource::{Address, Desired, Kind, Observed, Phase, Resource, Status};

/// How many instances one call terminates: AWS recommends small batches, and one bad id fails a whole call.
const TERMINATE_BATCH: usize = 200;

/// The steps that carry out a plan.
pub fn operations(plan: &Plan, desired: &Desired, observed: &Observed) -> Operations {
    let serving = plan.changes.iter().filter(|change| change.reason != super::Reason::Duplicate);
    let actions = serving.map(|change| (&change.address, change.action)).collect();
    let (steps, of) = (Operations::default(), Index::default());
    let swaps = BTreeMap::new();
    let mut builder = Builder { plan, actions, desired, observed, steps, of, swaps };
    builder.steps_of_changes();
    builder.steps_of_seats();
    builder.steps_of_restored_seats();
    builder.order_making();
    builder.order_removing();
    builder.order_roles_of_backups();
    builder.order_addresses();
    builder.order_labels();
    builder.steps_of_backup_marks();
    if plan.wrap {
        builder.order_phases();
    }
    let mut steps = builder.steps;
    steps.measure();
    steps
}

/// Which step does what, by address.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) create: BTreeMap<Address, OperationId>,
    finish: BTreeMap<Address, OperationId>,
    settle: BTreeMap<Address, OperationId>,
    pub(super) update: BTreeMap<Address, OperationId>,
    release: BTreeMap<Address, OperationId>,
    delete: BTreeMap<Address, OperationId>,
    /// By seat.
    launch: BTreeMap<Address, OperationId>,
    pub(super) running: BTreeMap<Address, OperationId>,
    pub(super) terminated: BTreeMap<Address, OperationId>,
    label: BTreeMap<Address, OperationId>,
    /// By the id of the leftover.
    discard: BTreeMap<String, OperationId>,
}

impl Index {
    /// What is deleted, with the steps that do it.
    pub(super) fn deletes(&self) -> Vec<(Address, OperationId)> {
        self.delete.iter().map(|(address, step)| (address.clone(), *step)).collect()
    }

    /// The labels of all seats that get one.
    pub(super) fn labels(&self) -> Vec<OperationId> {
        self.label.values().copied().collect()
    }

    /// The step after which others can build on this resource.
    fn usable(&self, address: &Address) -> Option<OperationId> {
        [&self.finish, &self.settle, &self.create, &self.update].iter().find_map(|steps| steps.get(address)).copied()
    }
}

pub(super) struct Builder<'a> {
    pub(super) plan: &'a Plan,
    actions: BTreeMap<&'a Address, Action>,
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) steps: Operations,
    pub(super) of: Index,
    /// By seat, the volumes whose place another takes, made of a recovery point.
    pub(super) swaps: BTreeMap<Address, BTreeSet<Address>>,
}

/// Kinds that are created at once but can't be used at once. Nothing waits for an endpoint but the end of the apply;
/// a rule that names a prefix list has to.
fn settles(kind: Kind) -> bool {
    matches!(kind, Kind::VpcEndpoint | Kind::PrefixList)
}

impl Builder<'_> {
    /// The steps of everything but seats and what is launched with them.
    fn steps_of_changes(&mut self) {
        let plan = self.plan;
        for change in &plan.changes {
            let (address, kind) = (change.address.clone(), change.kind);
            if change.reason == super::Reason::Duplicate {
                let id = change.id.clone().unwrap_or_default();
                let discard = self.steps.add(address, kind, Step::Discard(id.clone()));
                self.of.discard.insert(id, discard);
                continue;
            }
            match (kind, change.action) {
                (_, Action::None) | (Kind::Seat, _) => {}
                (Kind::Volume, _) => self.steps_of_volume(change),
                (_, Action::Create) => {
                    // What is still on its way out has to be gone first.
                    if self.observed.found.contains_key(&address) {
                        self.removing(&address, kind);
                    }
                    self.making(&address, kind);
                }
                // Rules name a list, and nothing of it is unique: the new one comes first, and the old one goes once no
                // rule names it, so that what is allowed is never interrupted.
                (Kind::PrefixList, Action::Replace) => {
                    self.making(&address, kind);
                    let old = change.id.clone().unwrap_or_default();
                    let discard = self.steps.add(address.clone(), kind, Step::Discard(old));
                    self.of.delete.insert(address, discard);
                }
                (_, Action::Replace) => {
                    self.removing(&address, kind);
                    self.making(&address, kind);
                }
                (_, Action::Delete) => self.removing(&address, kind),
                (_, Action::Update | Action::Restart | Action::Adopt) => {
                    let update = self.steps.add(address.clone(), kind, Step::Update);
                    self.of.update.insert(address.clone(), update);
                    if settles(kind) {
                        let settle = self.steps.add(address.clone(), kind, Step::Settle);
                        self.steps.need(settle, Some(update));
                        self.of.settle.insert(address, settle);
                    }
                }
            }
        }
    }

    fn making(&mut self, address: &Address, kind: Kind) {
        let create = self.steps.add(address.clone(), kind, Step::Create);
        self.steps.need(create, self.of.delete.get(address).copied());
        self.of.create.insert(address.clone(), create);
        if kind == Kind::SecurityGroup {
            let finish = self.steps.add(address.clone(), kind, Step::Finish);
            self.steps.need(finish, Some(create));
            self.of.finish.insert(address.clone(), finish);
        }
        if settles(kind) {
            let settle = self.steps.add(address.clone(), kind, Step::Settle);
            self.steps.need(settle, Some(create));
            self.of.settle.insert(address.clone(), settle);
        }
    }

    fn removing(&mut self, address: &Address, kind: Kind) {
        let delete = self.steps.add(address.clone(), kind, Step::Delete);
        if kind == Kind::KmsKey && self.plan.wrap {
            let retire = self.steps.add(address.clone(), kind, Step::Retire);
            let detached = self.steps.add(address.clone(), kind, Step::AwaitDetached);
            self.steps.need(detached, Some(retire));
            self.steps.need(delete, Some(detached));
        }
        if kind == Kind::SecurityGroup {
            let release = self.steps.add(address.clone(), kind, Step::Release);
            self.steps.need(delete, Some(release));
            self.of.release.insert(address.clone(), release);
        }
        self.of.delete.insert(address.clone(), delete);
    }

    pub(super) fn action(&self, address: &Address) -> Action {
        self.actions.get(address).copied().unwrap_or(Action::None)
    }

    /// Volumes come and go with their seat; the steps here are those of volumes that don't.
    fn steps_of_volume(&mut self, change: &Change) {
        let address = &change.address;
        let seat = address.owning_seat().unwrap_or_else(|| address.clone());
        let seat_goes = matches!(self.action(&seat), Action::Delete | Action::Replace);
        let seat_comes = matches!(self.action(&seat), Action::Create | Action::Replace);
        let live = match self.observed.found.get(address).map(|found| &found.resource) {
            Some(Resource::Volume(volume)) => Some(volume),
            _ => None,
        };
        if is_restored(self.desired, change) {
            self.steps_of_restored_volume(change, &seat, seat_comes);
            return;
        }
        match change.action {
            Action::Create if !seat_comes => {
                let create = self.steps.add(address.clone(), Kind::Volume, Step::Create);
                self.of.create.insert(address.clone(), create);
                self.label(&seat);
            }
            Action::Delete => {
                let outlives = live.is_some_and(|volume| volume.keep || volume.seat.is_none());
                if outlives || !seat_goes {
                    let delete = self.steps.add(address.clone(), Kind::Volume, Step::Delete);
                    self.of.delete.insert(address.clone(), delete);
                    if !seat_goes {
                        self.label(&seat);
                    }
                }
            }
            Action::Update | Action::Adopt if !seat_goes || live.is_some_and(|volume| volume.keep) => {
                let beyond_tags = change
                    .fields
                    .iter()
                    .map(|field| field.path.as_str())
                    .any(|path| !(path.starts_with("tags.") || path == "backups" || seat_comes && path == "seat"));
                if beyond_tags {
                    let update = self.steps.add(address.clone(), Kind::Volume, Step::Update);
                    self.of.update.insert(address.clone(), update);
                }
                self.label(&seat);
            }
            _ => {}
        }
    }

    pub(super) fn label(&mut self, seat: &Address) {
        if !self.of.label.contains_key(seat) && self.desired.resources.contains_key(seat) {
            let label = self.steps.add(seat.clone(), Kind::Seat, Step::Label);
            self.of.label.insert(seat.clone(), label);
        }
    }

    fn steps_of_seats(&mut self) {
        let plan = self.plan;
        let seats = plan.changes.iter().filter(|change| change.kind == Kind::Seat);
        let mut going: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        let mut restarts: BTreeMap<String, Vec<OperationId>> = BTreeMap::new();
        for change in seats.filter(|change| change.reason != super::Reason::Duplicate) {
            let address = &change.address;
            match change.action {
                Action::Delete => {
                    let pool = address.slot().map_or_else(|| address.to_string(), |(pool, _)| pool.to_owned());
                    going.entry(pool).or_default().push(address.clone());
                }
                Action::Restart => {
                    let restart = self.steps.add(address.clone(), Kind::Seat, Step::Restart);
                    self.of.update.insert(address.clone(), restart);
                    let pool = address.slot().map_or_else(String::new, |(pool, _)| pool.to_owned());
                    restarts.entry(pool).or_default().push(restart);
                    self.label(address);
                }
                Action::Update | Action::Adopt => {
                    let beyond_tags = change.fields.iter().any(|f| !f.path.starts_with("tags.") && f.path != "protect");
                    if beyond_tags {
                        let update = self.steps.add(address.clone(), Kind::Seat, Step::Update);
                        self.of.update.insert(address.clone(), update);
                    }
                    self.label(address);
                }
                Action::Create | Action::Replace | Action::None => {}
            }
        }
        for (pool, seats) in going {
            for seats in seats.chunks(TERMINATE_BATCH) {
                self.terminate(&Address::pool(&pool), seats, None);
            }
        }
        for (pool, launches) in launches(plan, self.desired, self.observed) {
            self.wave(&pool, &launches.new, &[]);
            let mut before = Vec::new();
            for wave in &launches.rolling {
                before = self.wave(&pool, wave, &before);
            }
            // No more seats are away at once than the pool allows: those that are only started again follow.
            for restart in restarts.get(&pool).into_iter().flatten() {
                for earlier in &before {
                    self.steps.need(*restart, Some(*earlier));
                }
            }
        }
        for (pool, restarts) in &restarts {
            let at_once = self.desired.pools.get(pool).map_or(1, |pool| pool.max_unavailable as usize).max(1);
            for (restart, earlier) in restarts.iter().skip(at_once).zip(restarts) {
                self.steps.need(*restart, Some(*earlier));
            }
        }
        self.await_pending();
    }

    /// Seats that an interrupted run launched, and that this one finds on their way up.
    fn await_pending(&mut self) {
        let pending: Vec<Address> = self
            .observed
            .found
            .values()
            .filter(|found| matches!(found.status, Status::Pending(_)) && found.resource.kind() == Kind::Seat)
            .map(|found| found.address.clone())
            .filter(|seat| matches!(self.action(seat), Action::None | Action::Update | Action::Adopt))
            .filter(|seat| self.desired.resources.contains_key(seat))
            .collect();
        let mut pools: BTreeMap<String, Vec<Address>> = BTreeMap::new();
        for seat in pending {
            if let Some((pool, _)) = seat.slot() {
                pools.entry(pool.to_owned()).or_default().push(seat.clone());
            }
        }
        for (pool, seats) in pools {
            let running = self.steps.add(Address::pool(&pool), Kind::Seat, Step::AwaitRunning(seats.clone()));
            self.of.running.extend(seats.into_iter().map(|seat| (seat, running)));
        }
    }

    /// One wave: kept volumes are detached, the old seats go, the new ones come, the kept volumes are attached. Returns
    /// what the next wave has to wait for.
    fn wave(&mut self, pool: &str, wave: &Wave, before: &[OperationId]) -> Vec<OperationId> {
        let address = Address::pool(pool);
        let mut gone = None;
        if !wave.going.is_empty() {
            let (terminate, terminated) = self.terminate(&address, &wave.going, Some(before));
            gone = Some((terminate, terminated));
        }
        let mut done = Vec::new();
        for batch in &wave.batches {
            let launch = self.steps.add(address.clone(), Kind::Seat, Step::Launch(batch.clone()));
            let running = self.steps.add(address.clone(), Kind::Seat, Step::AwaitRunning(batch.seats.clone()));
            self.steps.need(running, Some(launch));
            // A place is free as soon as its seat is on its way out.
            self.steps.need(launch, gone.map(|(terminate, _)| terminate));
            done.push(running);
            for seat in &batch.seats {
                self.of.launch.insert(seat.clone(), launch);
                self.of.running.insert(seat.clone(), running);
                self.label(seat);
                for name in &batch.kept {
                    let volume = Address::new(format!("{seat}.{name}"));
                    let attach = self.steps.add(volume.clone(), Kind::Volume, Step::Attach);
                    self.steps.need(attach, Some(running));
                    self.steps.need(attach, gone.map(|(_, terminated)| terminated));
                    self.of.create.insert(volume, attach);
                    done.push(attach);
                }
            }
        }
        done
    }

    fn terminate(
        &mut self,
        pool: &Address,
        seats: &[Address],
        before: Option<&[OperationId]>,
    ) -> (OperationId, OperationId) {
        let terminate = self.steps.add(pool.clone(), Kind::Seat, Step::Terminate(seats.to_vec()));
        let terminated = self.steps.add(pool.clone(), Kind::Seat, Step::AwaitTerminated(seats.to_vec()));
        self.steps.need(terminated, Some(terminate));
        for earlier in before.into_iter().flatten() {
            self.steps.need(terminate, Some(*earlier));
        }
        for seat in seats {
            self.of.terminated.insert(seat.clone(), terminated);
        }
        (terminate, terminated)
    }

    /// What is made or changed comes after what it stands on.
    fn order_making(&mut self) {
        let desired = self.desired;
        for (address, resource) in &desired.resources {
            for link in resource.links() {
                let to = &link.to;
                match link.phase {
                    // A seat that is only started again is there already, and mounts what it finds.
                    Phase::Create if self.action(to) == Action::Restart && resource.kind() == Kind::Volume => {}
                    Phase::Create => {
                        let usable = self.of.usable(to);
                        for step in [self.of.create.get(address), self.of.update.get(address)].into_iter().flatten() {
                            self.steps.need(*step, usable);
                        }
                        let owner = address.owning_seat();
                        if let Some(launch) = owner.and_then(|seat| self.of.launch.get(&seat).copied())
                            && to.slot().is_none()
                        {
                            self.steps.need(launch, usable);
                        }
                    }
                    Phase::Finish => {
                        // The other end only has to exist; a prefix list has to be ready as well.
                        let made = self.of.settle.get(to).or_else(|| self.of.create.get(to)).copied();
                        for step in [self.of.finish.get(address), self.of.update.get(address)].into_iter().flatten() {
                            self.steps.need(*step, made);
                        }
                    }
                }
            }
            if resource.kind() == Kind::Volume
                && let Some(seat) = address.owning_seat()
                && self.action(&seat) == Action::Restart
                && let Some(restart) = self.of.update.get(&seat).copied()
            {
                self.steps.need(restart, self.of.create.get(address).copied());
            }
            if resource.kind() == Kind::Volume {
                // A volume that is made or attached by itself needs its seat running. One of a recovery point is made while
                // its seat comes up: it only has to be known where that is.
                let seat = address.owning_seat();
                let comes_of_point = matches!(resource, Resource::Volume(volume) if volume.from_snapshot.is_some());
                let root = address.volume_name() == Some("root");
                let steps = if comes_of_point && !root { &self.of.launch } else { &self.of.running };
                let running = seat.and_then(|seat| steps.get(&seat).copied());
                let keys: Vec<OperationId> = if comes_of_point { self.keys_put_into_service() } else { Vec::new() };
                for step in [self.of.create.get(address), self.of.update.get(address)].into_iter().flatten() {
                    self.steps.need(*step, running);
                    keys.iter().for_each(|key| self.steps.need(*step, Some(*key)));
                }
            }
        }
    }

    /// Keys that a plan changes: what they encrypted may be read only then.
    fn keys_put_into_service(&self) -> Vec<OperationId> {
        let keys = self.plan.changes.iter().filter(|change| change.kind == Kind::KmsKey);
        keys.filter_map(|change| self.of.update.get(&change.address).copied()).collect()
    }

    /// What goes comes after what stands on it.
    fn order_removing(&mut self) {
        let observed = self.observed;
        for found in observed.all() {
            let from = &found.address;
            let steps: Vec<OperationId> =
                [self.of.delete.get(from), self.of.terminated.get(from)].into_iter().flatten().copied().collect();
            for link in found.resource.links() {
                // In a wrap a key is disabled before what it encrypted is deleted: see `order_phases`.
                if self.plan.wrap && self.is_key(&link.to) {
                    continue;
                }
                // A leftover is named by its id, for its address is another's.
                let discard = || self.of.discard.get(link.to.as_str());
                let Some(delete) = self.of.delete.get(&link.to).or_else(discard).copied() else { continue };
                match link.phase {
                    Phase::Finish => {
                        let freed = self.of.release.get(from).or_else(|| self.of.update.get(from)).copied();
                        self.steps.need(delete, freed);
                    }
                    Phase::Create if steps.is_empty() => {
                        // A volume without a step of its own goes with its seat.
                        let with_seat = from.owning_seat().and_then(|seat| self.of.terminated.get(&seat).copied());
                        // Where the other comes back, the update waits for that: it can't come before the end too. And a
                        // subnet takes its place in a route table along.
                        let comes_back = self.of.create.contains_key(&link.to);
                        let goes_along = found.resource.kind() == Kind::RouteTable && link.field == "subnets";
                        let update = self.of.update.get(from).filter(|_| !comes_back && !goes_along).copied();
                        self.steps.need(delete, with_seat.or(update));
                    }
                    Phase::Create => {
                        for step in &steps {
                            self.steps.need(delete, Some(*step));
                        }
                    }
                }
            }
            // A kept volume can be deleted once its seat is gone.
            if let (Some(delete), Some(seat)) = (self.of.delete.get(from).copied(), from.owning_seat()) {
                self.steps.need(delete, self.of.terminated.get(&seat).copied());
            }
        }
        // Leftovers stand on the same ground.
        for (id, discard) in self.of.discard.clone() {
            let links = self.observed.duplicates.iter().filter(|found| found.id == id);
            let targets: Vec<Address> = links.flat_map(|found| found.resource.links()).map(|link| link.to).collect();
            for target in targets {
                if let Some(delete) = self.of.delete.get(&target).copied() {
                    self.steps.need(delete, Some(discard));
                }
            }
        }
    }

    fn is_key(&self, address: &Address) -> bool {
        self.observed.all().any(|found| {
            found.resource.kind() == Kind::KmsKey && (found.address == *address || found.id == address.as_str())
        })
    }

    /// The phases of a wrap follow each other. What failed in one holds up the next only where it has to: a key is
    /// disabled only once all that runs has ended.
    fn order_phases(&mut self) {
        let mut phases: BTreeMap<WrapPhase, Vec<OperationId>> = BTreeMap::new();
        for one in self.steps.iter() {
            phases.entry(WrapPhase::of(one)).or_default().push(one.id);
        }
        let of = |phase: WrapPhase| phases.get(&phase).cloned().unwrap_or_default();
        // Endpoints take minutes, and hold nothing that is encrypted.
        let ending = |id: &OperationId| self.steps.get(*id).is_some_and(|one| one.kind != Kind::VpcEndpoint);
        let ended: Vec<OperationId> = of(WrapPhase::Stop).into_iter().filter(ending).collect();
        for stop in of(WrapPhase::Stop) {
            self.steps.follow_all(stop, of(WrapPhase::Freeze));
        }
        for detached in of(WrapPhase::Detached) {
            self.steps.need_all(detached, ended.iter().copied());
            self.steps.follow_all(detached, of(WrapPhase::Freeze));
        }
        for disable in of(WrapPhase::Disable) {
            self.steps.need_all(disable, ended.iter().copied());
        }
        for delete in of(WrapPhase::Delete) {
            self.steps.follow_all(delete, of(WrapPhase::Disable));
        }
    }

    /// A subnet comes after the end of those whose addresses it takes over.
    fn order_addresses(&mut self) {
        let range = |resource: &Resource| match resource {
            Resource::Subnet(subnet) => Some((subnet.vpc.clone(), subnet.cidr.parse::<IpNet>().ok()?)),
            _ => None,
        };
        let going: Vec<(OperationId, (Address, IpNet))> = self
            .observed
            .all()
            .filter_map(|found| Some((self.of.delete.get(&found.address).copied()?, range(&found.resource)?)))
            .collect();
        if going.is_empty() {
            return;
        }
        for (address, resource) in &self.desired.resources {
            let (Some(create), Some((vpc, wanted))) = (self.of.create.get(address).copied(), range(resource)) else {
                continue;
            };
            for (delete, (_, taken)) in going.iter().filter(|(_, (one, _))| *one == vpc) {
                if taken.contains(&wanted) || wanted.contains(taken) {
                    self.steps.need(create, Some(*delete));
                }
            }
        }
    }

    /// Names and owners follow once every seat is up: no call a seat on the way.
    fn order_labels(&mut self) {
        let running: BTreeSet<OperationId> = self.of.running.values().copied().collect();
        for (seat, label) in self.of.label.clone() {
            self.steps.follow_all(label, running.iter().copied());
            self.steps.need(label, self.of.launch.get(&seat).copied());
            let volumes: Vec<Address> = self.desired.volumes_of(&seat).map(|(volume, _)| volume.clone()).collect();
            for address in volumes.iter().chain([&seat]) {
                for step in [self.of.create.get(address), self.of.update.get(address)].into_iter().flatten() {
                    self.steps.follow(label, *step);
                }
            }
        }
    }
}
