//! One launch call for many seats: tags, disks and key in the same call, under a token that is the same after a crash.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, IamInstanceProfileSpecification, InstanceMetadataEndpointState,
    InstanceMetadataOptionsRequest, InstanceNetworkInterfaceSpecification, InstanceType, ResourceType,
    RunInstancesMonitoringEnabled, Tag, TagSpecification, VolumeType,
};
use data_encoding::BASE64;

use super::identity::{self, Identity};
use super::seat::{hops, metadata_tags, tokens};
use super::{Call, Cloud, ErrorClass, Result, slots};
use crate::resource::{Address, Seat, Slot, Tags, Volume};

/// What is to be launched.
#[derive(Debug, Clone)]
pub struct Launch<'a> {
    /// The pool's address, and the digest that all seats of the batch are marked with.
    pub identity: Identity,
    /// In order: a seat's place is its launch index.
    pub seats: Vec<Address>,
    /// What they are all like.
    pub seat: &'a Seat,
    /// Their volumes by name, without those that exist already.
    pub volumes: Vec<(&'a str, &'a Volume)>,
    /// Plain text; none where the pool has none.
    pub user_data: Option<&'a str>,
    /// Lockdown and display in a few words; none where they are not known.
    pub settings: Option<&'a str>,
}

/// One place and size to try.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub instance_type: &'a str,
    pub subnet: &'a Address,
    /// Whether fewer than asked for are welcome.
    pub partial: bool,
}

/// A launch request, and the parts that its token is made of: everything that the mark's digest doesn't cover.
struct Order {
    request: RunInstancesFluentBuilder,
    /// How many seats it is for.
    seats: usize,
    slots: String,
    instance_type: String,
    subnet: String,
    fewest: String,
    volumes: String,
}

impl Order {
    fn parts(&self) -> [&str; 5] {
        [&self.slots, &self.instance_type, &self.subnet, &self.fewest, &self.volumes]
    }
}

/// The subnet, the group and the key may have been made a moment ago.
const CALL: Call = Call::new("ec2", "RunInstances").new_thing();

/// Seconds between two probes. A fresh profile is known after about eight seconds (7.9 in the median,
/// go-to-k/cdkd-bench-terraform), a recycled name at once; and a probe counts as a launch request, of which there are two
/// a second: one a second while it is about to be known leaves room for the launches themselves.
const PROBE_WAITS: &[u64] = &[3, 3, 1, 1, 1, 1, 1, 2, 2, 3, 5, 5, 10, 10, 20, 20, 30];

/// A token stays spent for an unknown time after its instances have ended; the next is tried, so often.
const EPOCHS: u32 = 32;

impl Cloud {
    /// Launches what there is room for in one place, and returns which seats came with which instance. Seats beyond
    /// what fits into one call's marks are left for the next.
    ///
    /// # Errors
    /// The service's refusal; `Capacity` where the place has no room.
    pub async fn launch(&self, launch: &Launch<'_>, place: Place<'_>) -> Result<Vec<(Address, String)>> {
        let order = self.order(launch, place)?;
        #[expect(clippy::cast_precision_loss, reason = "a batch is a hundred seats")]
        let (instances, grants) = (order.seats as f64, (order.seats * launch.volumes.len()) as f64);
        self.permit(CALL, "ec2:RunInstances/instances", instances).await?;
        // EBS asks KMS for one grant a volume, on our account's limit.
        self.permit(CALL, "kms:CreateGrant", grants).await?;
        for epoch in 0..EPOCHS {
            let token = launch.identity.token(epoch, &order.parts());
            match self.call(CALL, || order.request.clone().client_token(&token).send()).await {
                Err(error) if error.is(ErrorClass::TokenSpent) => {}
                Err(error) => return Err(error),
                Ok(answer) => {
                    let mut made = Vec::new();
                    for instance in answer.instances() {
                        let index = usize::try_from(instance.ami_launch_index().unwrap_or(0)).unwrap_or(0);
                        if let (Some(seat), Some(id)) = (launch.seats.get(index), instance.instance_id()) {
                            made.push((seat.clone(), id.to_owned()));
                        }
                    }
                    return Ok(made);
                }
            }
        }
        let words = format!("the last {EPOCHS} launches of {} have ended: try later", launch.identity.address);
        Err(CALL.error(ErrorClass::TokenSpent, words))
    }

    /// Asks whether a launch would be allowed, until what it needs is known to EC2: a profile that was made seconds ago
    /// isn't. Launches nothing.
    ///
    /// # Errors
    /// Where the profile doesn't become known; any other refusal is left for the launch to meet.
    pub async fn probe(&self, launch: &Launch<'_>, place: Place<'_>) -> Result<()> {
        let order = self.order(launch, place)?;
        let mut waits = PROBE_WAITS.iter();
        loop {
            match self.call(CALL.patience(Duration::ZERO), || order.request.clone().dry_run(true).send()).await {
                Err(error) if matches!(error.class, ErrorClass::NotYetVisible | ErrorClass::NotFound) => {
                    match waits.next() {
                        Some(wait) => tokio::time::sleep(Duration::from_secs(*wait)).await,
                        None => return Err(error),
                    }
                }
                Err(error) if error.is(ErrorClass::Interrupted) => return Err(error),
                _ => return Ok(()),
            }
        }
    }

    /// The request but for its token.
    fn order(&self, launch: &Launch<'_>, place: Place<'_>) -> Result<Order> {
        let all: Vec<Slot> = launch.seats.iter().filter_map(|seat| seat.slot().map(|(_, slot)| slot)).collect();
        let seats = slots::fitting(&all);
        let slots = slots::encode(&all[..seats]);
        let count = i32::try_from(seats).unwrap_or(i32::MAX);
        let fewest = if place.partial { 1 } else { count };
        let subnet = self.id(place.subnet)?;
        let interface = InstanceNetworkInterfaceSpecification::builder()
            .device_index(0)
            .subnet_id(&subnet)
            .set_groups(Some(self.ids(&launch.seat.segments)?))
            .associate_public_ip_address(launch.seat.public_address)
            .delete_on_termination(true)
            .build();
        let metadata = InstanceMetadataOptionsRequest::builder()
            .http_endpoint(InstanceMetadataEndpointState::Enabled)
            .http_tokens(tokens(launch.seat.metadata_token_required))
            .http_put_response_hop_limit(hops(launch.seat.metadata_hop_limit))
            .instance_metadata_tags(metadata_tags(launch.seat.metadata_tags))
            .build();
        let monitoring = RunInstancesMonitoringEnabled::builder().enabled(launch.seat.detailed_monitoring).build();
        let profile = launch.seat.profile.as_ref().map(|profile| self.id(profile)).transpose()?;
        let request = self
            .ec2
            .run_instances()
            .min_count(fewest)
            .max_count(count)
            .image_id(&launch.seat.image)
            .instance_type(InstanceType::from(place.instance_type))
            .network_interfaces(interface)
            .set_block_device_mappings(Some(self.devices(launch)?))
            .set_tag_specifications(Some(self.tag_specifications(launch, &slots)))
            .metadata_options(metadata)
            .ebs_optimized(launch.seat.ebs_optimized)
            .monitoring(monitoring)
            .set_iam_instance_profile(profile.map(|arn| IamInstanceProfileSpecification::builder().arn(arn).build()))
            .set_user_data(launch.user_data.map(|text| BASE64.encode(text.as_bytes())));
        let volumes: BTreeSet<&str> = launch.volumes.iter().map(|(name, _)| *name).collect();
        Ok(Order {
            request,
            seats,
            slots,
            instance_type: place.instance_type.to_owned(),
            subnet,
            fewest: fewest.to_string(),
            volumes: volumes.into_iter().collect::<Vec<_>>().join(","),
        })
    }

    fn devices(&self, launch: &Launch<'_>) -> Result<Vec<BlockDeviceMapping>> {
        let mut devices = Vec::new();
        for (_, volume) in &launch.volumes {
            let key = volume.key.as_ref().map(|key| self.id(key)).transpose()?;
            let whole = |number: u32| i32::try_from(number).unwrap_or(i32::MAX);
            let disk = EbsBlockDevice::builder()
                .volume_size(whole(volume.size_gib))
                .volume_type(VolumeType::from(volume.volume_type.as_str()))
                .set_iops(volume.iops.map(whole))
                .set_throughput(volume.throughput_mibs.map(whole))
                .encrypted(volume.encrypted)
                .set_kms_key_id(key)
                .delete_on_termination(!volume.keep)
                .build();
            devices.push(BlockDeviceMapping::builder().set_device_name(volume.device.clone()).ebs(disk).build());
        }
        Ok(devices)
    }

    /// One set for instances and one for volumes and interfaces: what tells the seats apart follows later.
    fn tag_specifications(&self, launch: &Launch<'_>, encoded: &str) -> Vec<TagSpecification> {
        let mut common = launch.seat.tags.clone();
        common.remove("Name");
        common.remove("artist");
        let mut instance = launch.identity.tags(Some(&common));
        instance.insert(identity::SLOTS.to_owned(), encoded.to_owned());
        let devices = device_names(&launch.volumes);
        if !devices.is_empty() {
            instance.insert(identity::DEVICES.to_owned(), devices);
        }
        if let Some(digest) = &launch.seat.user_data {
            instance.insert(identity::USER_DATA.to_owned(), digest.clone());
        }
        if let Some(settings) = launch.settings {
            instance.insert(identity::SETTINGS.to_owned(), settings.to_owned());
        }
        let mut disk = instance.clone();
        disk.remove(identity::USER_DATA);
        disk.remove(identity::SETTINGS);
        // Protection is the seat's: it covers its volumes, and ends for all of them at once.
        disk.remove(identity::PROTECT);
        vec![
            specification(ResourceType::Instance, &instance),
            specification(ResourceType::Volume, &disk),
            specification(ResourceType::NetworkInterface, &disk),
        ]
    }
}

/// `cache=/dev/sdf,scratch=/dev/sdg`, without the root volume, whose device the image says.
fn device_names(volumes: &[(&str, &Volume)]) -> String {
    let named: Vec<String> = volumes
        .iter()
        .filter(|(name, _)| *name != "root")
        .filter_map(|(name, volume)| Some(format!("{name}={}", volume.device.as_ref()?)))
        .collect();
    named.join(",")
}

fn specification(of: ResourceType, tags: &Tags) -> TagSpecification {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect();
    TagSpecification::builder().resource_type(of).set_tags(Some(tags)).build()
}
