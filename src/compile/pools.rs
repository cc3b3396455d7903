//! Pools: seats with their disks, how they spread over zones and how they roll.

use std::collections::{BTreeMap, BTreeSet};

use super::compiler::Compiler;
use super::network::{group, subnets};
use super::roles::profile_of;
use crate::blueprint::model::{Name, Platform, Volume, VolumeName, WorkstationPool};
use crate::blueprint::{Blueprint, Diagnostic};
use crate::guest::lockdown::recorded;
use crate::guest::wanted;
use crate::resource::{self, Address, ImageFacts, Pool, Seat, Slot};

/// Letters of data devices, with what goes before them. Linux: `/dev/sdf` to `/dev/sdp`; Windows: `xvdf` to `xvdz`.
/// Source: EC2 user guide, "Device names for volumes on Amazon EC2 instances".
fn devices(platform: Platform) -> (&'static str, std::ops::RangeInclusive<char>) {
    match platform {
        Platform::Linux => ("/dev/sd", 'f'..='p'),
        Platform::Windows => ("xvd", 'f'..='z'),
    }
}

/// The devices of a pool's data volumes, in the order of their declaration; fewer where there are not enough. What is at a
/// device stays there; the others get the first that are free.
pub(super) fn data_devices(
    pool: &WorkstationPool,
    platform: Platform,
    held: Option<&BTreeMap<String, String>>,
) -> Vec<String> {
    let (prefix, letters) = devices(platform);
    let all: Vec<String> = letters.map(|letter| format!("{prefix}{letter}")).collect();
    let mut taken: BTreeMap<&String, String> = BTreeMap::new();
    for volume in &pool.volumes {
        let device = held.and_then(|held| held.get(&volume.name.to_string())).filter(|device| all.contains(device));
        if let Some(device) = device {
            taken.entry(device).or_insert_with(|| volume.name.to_string());
        }
    }
    let mut free = all.iter().filter(|device| !taken.contains_key(device));
    let mut devices = Vec::new();
    for volume in &pool.volumes {
        let own = taken.iter().find(|(_, name)| **name == volume.name.to_string()).map(|(device, _)| *device);
        let Some(device) = own.or_else(|| free.next()) else { break };
        devices.push(device.clone());
    }
    devices
}

/// The system of a pool's image.
pub(super) fn platform_of(blueprint: &Blueprint, pool: &WorkstationPool) -> Platform {
    blueprint.get(&pool.image.value).map_or(Platform::Linux, |image| image.os.value.platform())
}

impl Compiler<'_> {
    pub(super) fn pools(&mut self) {
        for pool in &self.blueprint.pools {
            self.pool(pool);
        }
    }

    fn pool(&mut self, pool: &WorkstationPool) {
        self.role_and_profile(pool);
        self.guest_logs(pool);
        let user_data = self.user_data(pool);
        let Some(image) = self.image_of(pool) else { return };
        self.check_disks(pool, &image);
        let Some(network) = self.blueprint.get(&pool.segment.network) else { return };
        let Some(segment) = network.segment(&pool.segment.segment) else { return };
        let subnets = subnets(network, segment);
        let seat = Seat {
            image: image.id.clone(),
            instance_types: pool.instance_types.iter().map(|one| one.as_str().to_owned()).collect(),
            segments: BTreeSet::from([group(network, segment)]),
            subnets: subnets.iter().cloned().collect(),
            profile: Some(profile_of(pool)),
            user_data,
            metadata_token_required: true,
            metadata_hop_limit: 1,
            metadata_tags: true,
            public_address: false,
            key_pair: None,
            ebs_optimized: true,
            detailed_monitoring: true,
            protect: pool.protect.value,
            tags: resource::Tags::new(),
        };
        for slot in 1..=pool.seats.value {
            self.seat(pool, slot, &seat, &image);
        }
        let spec = Pool { seats: pool.seats.value, subnets, max_unavailable: pool.seats_at_once() };
        if let (Some(lockdown), Some(display)) =
            (self.blueprint.get(&pool.lockdown.value), self.blueprint.get(&pool.display.value))
        {
            let name = pool.name.as_str().to_owned();
            let platform = self.blueprint.get(&pool.image.value).map(|image| image.os.value.platform());
            if let Some(platform) = platform {
                let secrets = pool.bootstrap.as_ref().map(|bootstrap| &bootstrap.secrets);
                let given = |name: &str| secrets.is_some_and(|secrets| secrets.contains_key(name));
                let inside = wanted(lockdown, display, platform, given("dcv_certificate") && given("dcv_key"));
                self.desired.inside.insert(name.clone(), inside);
            }
            self.desired.settings.insert(name, recorded(lockdown, display));
        }
        self.desired.pools.insert(pool.name.as_str().to_owned(), spec);
    }

    fn seat(&mut self, pool: &WorkstationPool, slot: Slot, of_pool: &Seat, image: &ImageFacts) {
        let computer = self.blueprint.computer_name(pool, slot);
        let own = self.blueprint.tags_of(pool);
        let mut seat = of_pool.clone();
        seat.tags = self.tags(pool.name.span, Some(&computer), &own);
        if let Some(artist) = owner_of(self.blueprint, &pool.name.value, slot) {
            seat.tags.insert("artist".to_owned(), artist.to_owned());
        }
        self.add(Address::seat(pool.name.as_str(), slot), pool.name.span, seat);

        self.volume(pool, slot, &pool.root_volume, &image.root_device, &computer);
        let devices = data_devices(pool, platform_of(self.blueprint, pool), self.facts.devices.get(pool.name.as_str()));
        for (volume, device) in pool.volumes.iter().zip(&devices) {
            self.volume(pool, slot, volume, device, &computer);
        }
    }

    fn volume(&mut self, pool: &WorkstationPool, slot: Slot, volume: &Volume, device: &str, computer: &str) {
        let own = self.blueprint.volume_tags_of(pool, volume);
        // The same as its seat's: then one call labels a seat and its volumes, and a floor of a thousand is named in a
        // third of the time.
        let tags = self.tags(volume.name.span, Some(computer), &own);
        let spec = resource::Volume {
            seat: Some(Address::seat(pool.name.as_str(), slot)),
            device: Some(device.to_owned()),
            size_gib: volume.size_gib.value,
            volume_type: volume.kind.as_str().to_owned(),
            iops: Some(volume.iops()),
            throughput_mibs: volume.throughput_mibs(),
            encrypted: true,
            key: Some(Address::new(format!("key.{}", pool.key))),
            // A seat without its root is none, so that a root always goes with it.
            keep: volume.keep.value && volume.name.value != VolumeName::Root,
            from_snapshot: None,
            backups: self.backups_of(pool, volume),
            tags,
        };
        let name = volume.name.to_string();
        self.add(Address::volume(pool.name.as_str(), slot, &name), volume.name.span, spec);
    }

    fn check_disks(&mut self, pool: &WorkstationPool, image: &ImageFacts) {
        let root = &pool.root_volume.size_gib;
        if let Some(least) = image.root_size_gib.filter(|least| root.value < *least) {
            self.found.push(
                Diagnostic::error(
                    "root-volume-too-small",
                    format!("the root volume has {} GiB, but {} needs {least}", root.value, image.id),
                )
                .at(root.span)
                .label(format!("at least {least}")),
            );
        }
        let platform = platform_of(self.blueprint, pool);
        let room = data_devices(pool, platform, None).len();
        if let Some(volume) = pool.volumes.get(room) {
            self.found.push(
                Diagnostic::error("too-many-volumes", format!("a {platform} seat has room for {room} volumes"))
                    .at(volume.name.span)
                    .help("join volumes"),
            );
        }
    }
}

/// The artist whose own seat this is.
fn owner_of<'a>(blueprint: &'a Blueprint, pool: &Name<WorkstationPool>, slot: Slot) -> Option<&'a str> {
    blueprint
        .artists
        .iter()
        .find(|artist| {
            artist.seat.as_ref().is_some_and(|seat| seat.value == slot)
                && artist.pools.iter().any(|one| one.value == *pool)
        })
        .map(|artist| artist.name.as_str())
}
