//! The steps that put back what was on a volume: another is made of its recovery point, and takes its place.

use std::collections::{BTreeMap, BTreeSet};

use super::operations::Builder;
use super::step::Step;
use super::{Action, Change};
use crate::resource::{Address, Desired, Found, Kind, Resource, Status};

/// Seats that are stopped and started in one call: starts are paced by the call, and one seat that lingers holds up the
/// others of its call.
const TOGETHER: usize = 50;

/// Whether this volume is to be made of a recovery point.
pub fn is_restored(desired: &Desired, change: &Change) -> bool {
    matches!(change.action, Action::Create | Action::Replace) && comes_of_snapshot(desired, &change.address)
}

/// Whether the desired state asks for this volume to be of a snapshot.
pub fn comes_of_snapshot(desired: &Desired, address: &Address) -> bool {
    matches!(desired.resources.get(address), Some(Resource::Volume(volume)) if volume.from_snapshot.is_some())
}

impl Builder<'_> {
    /// A volume that comes with nothing in its place is made and attached. What a seat can't be launched without, or
    /// holds already, is swapped while the seat is stopped: nothing else keeps a file system whole.
    pub(super) fn steps_of_restored_volume(&mut self, change: &Change, seat: &Address, seat_comes: bool) {
        let address = &change.address;
        let root = address.volume_name() == Some("root");
        if root || (change.action == Action::Replace && !seat_comes) {
            self.swaps.entry(seat.clone()).or_default().insert(address.clone());
            return;
        }
        let create = self.steps.add(address.clone(), Kind::Volume, Step::Create);
        self.of.create.insert(address.clone(), create);
        self.label(seat);
        // The seat is gone, and left this one behind.
        if let Some(found) = self.observed.found.get(address) {
            let discard = self.steps.add(address.clone(), Kind::Volume, Step::Discard(found.id.clone()));
            self.steps.need(discard, Some(create));
        }
    }

    /// Stops and starts what is restored; and starts what an interrupted restore left stopped.
    pub(super) fn steps_of_restored_seats(&mut self) {
        let mut seats = std::mem::take(&mut self.swaps);
        for found in self.observed.found.values().filter(|found| found.resource.kind() == Kind::Seat) {
            let seat = &found.address;
            let volumes = || self.desired.volumes_of(seat).map(|(volume, _)| volume);
            if !volumes().any(|volume| comes_of_snapshot(self.desired, volume)) {
                continue;
            }
            let stays = matches!(self.action(seat), Action::None | Action::Update | Action::Adopt);
            if stays && matches!(found.status, Status::Resting(_)) {
                seats.entry(seat.clone()).or_default();
            }
            let unlabelled = |volume: &Address| {
                let found = self.observed.found.get(volume);
                found.is_some_and(|found| found.facts.get("labelled").is_some_and(|labelled| labelled == "false"))
            };
            if stays && (volumes().any(unlabelled) || self.names_others(found)) {
                self.label(seat);
            }
        }
        let mut pools: BTreeMap<String, Vec<(Address, BTreeSet<Address>)>> = BTreeMap::new();
        for (seat, volumes) in seats {
            let pool = seat.slot().map(|(pool, _)| pool.to_owned()).unwrap_or_default();
            pools.entry(pool).or_default().push((seat, volumes));
        }
        for (pool, seats) in pools {
            for seats in seats.chunks(TOGETHER) {
                self.restore_together(&Address::pool(&pool), seats.iter().cloned().collect());
            }
        }
    }

    /// Whether a seat's mark names other volumes than those that it holds.
    fn names_others(&self, seat: &Found) -> bool {
        let held: BTreeMap<&str, &str> = self
            .desired
            .volumes_of(&seat.address)
            .filter_map(|(address, _)| Some((address.volume_name()?, self.observed.found.get(address)?.id.as_str())))
            .collect();
        let held: Vec<String> = held.into_iter().map(|(name, id)| format!("{name}={id}")).collect();
        seat.facts.get("volumes").is_some_and(|named| *named != held.join(","))
    }

    fn restore_together(&mut self, pool: &Address, seats: BTreeMap<Address, BTreeSet<Address>>) {
        let swapping: BTreeMap<_, _> = seats.clone().into_iter().filter(|(_, volumes)| !volumes.is_empty()).collect();
        let stop = (!swapping.is_empty()).then(|| self.steps.add(pool.clone(), Kind::Seat, Step::Stop(swapping)));
        let start = self.steps.add(pool.clone(), Kind::Seat, Step::Start(seats.clone()));
        for (seat, volumes) in seats {
            // What was just launched is stopped once it has come up.
            let running = self.of.running.get(&seat).copied();
            for volume in volumes {
                let prepare = self.steps.add(volume.clone(), Kind::Volume, Step::Prepare);
                let swap = self.steps.add(volume.clone(), Kind::Volume, Step::Swap);
                let drop = self.steps.add(volume.clone(), Kind::Volume, Step::DropReplaced);
                self.steps.need(prepare, running);
                self.steps.need(swap, Some(prepare));
                if let Some(stop) = stop {
                    self.steps.follow(stop, prepare);
                    self.steps.need(swap, Some(stop));
                }
                self.steps.follow(start, swap);
                self.steps.need(drop, Some(swap));
                self.steps.need(drop, Some(start));
                self.of.update.insert(volume.clone(), prepare);
                self.of.create.insert(volume, swap);
                self.label(&seat);
            }
        }
    }
}
