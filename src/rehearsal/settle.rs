//! The cloud's own doings: what is due happens, in the order of its time.

use super::agenda::Event;
use super::backup::schedule;
use super::clock::Moment;
use super::desk::Desk;
use super::ec2::{endpoint, instance, prefix_list, snapshot, volume};
use super::kms;
use super::settings::Settings;
use super::world::World;

/// Lets everything happen that is due by now, in all Regions.
pub fn settle(world: &mut World, settings: &Settings, now: Moment) {
    let names: Vec<String> = world.regions.keys().cloned().collect();
    for name in names {
        let mut desk = Desk::new(world, settings, now, &name, 0);
        while let Some((at, events)) = desk.here_mut().agenda.due(now) {
            // What follows from an event counts from the event, not from when somebody looked.
            desk.now = at;
            for event in events {
                happen(&mut desk, &event);
            }
        }
        desk.now = now;
        schedule::follow(&mut desk);
    }
}

fn happen(desk: &mut Desk, event: &Event) {
    match event {
        Event::InstanceRuns(id) => instance::lifecycle::runs(desk, id),
        Event::InstanceFails(id) => instance::lifecycle::fails(desk, id),
        Event::InstanceStops(id) => instance::lifecycle::stops(desk, id),
        Event::InstanceEnds(id) => instance::lifecycle::ends(desk, id),
        Event::InstanceForgotten(id) => instance::lifecycle::forgotten(desk, id),
        Event::InterfaceGone(id) => instance::lifecycle::interface_goes(desk, id),
        Event::VolumeReady(id) => volume::lifecycle::becomes_ready(desk, id),
        Event::VolumeVanishes(id) | Event::VolumeGone(id) => volume::lifecycle::goes(desk, id),
        Event::VolumeAttached(id) => volume::lifecycle::becomes_attached(desk, id),
        Event::VolumeDetached(id) => volume::lifecycle::becomes_detached(desk, id),
        Event::VolumeOptimizes(id) => volume::modification::optimizes(desk, id),
        Event::VolumeModified(id) => volume::modification::completes(desk, id),
        Event::SnapshotCompletes(id) => snapshot::completes(desk, id),
        Event::EndpointAvailable(id) => endpoint::becomes_available(desk, id),
        Event::EndpointGone(id) => endpoint::goes(desk, id),
        Event::PrefixListSettles(id) => prefix_list::settles(desk, id),
        Event::ProfileSettles(id) => instance::profile::settles(desk, id),
        Event::KeyGone(id) => kms::deletion::goes(desk, id),
    }
}
