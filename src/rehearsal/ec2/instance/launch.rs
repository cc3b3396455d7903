//! RunInstances.

use super::devices::{self, Planned};
use super::profile::{self, ProfileAssociation};
use super::{Device, Instance, InstanceState, MetadataOptions};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::image::{self, Image};
use crate::rehearsal::ec2::kind::{Action, Kind};
use crate::rehearsal::ec2::network_interface::{NetworkInterface, mac_of, write_groups};
use crate::rehearsal::ec2::security_group::SecurityGroup;
use crate::rehearsal::ec2::subnet::Subnet;
use crate::rehearsal::ec2::tokens::{self, Token};
use crate::rehearsal::ec2::volume::{Attachment, Volume, VolumeState, rules};
use crate::rehearsal::ec2::{capacity, read};
use crate::rehearsal::kms::key::{self, Unusable};
use crate::rehearsal::physics::instance_types::{self, InstanceType};
use crate::rehearsal::physics::{limits, throttle, times};
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// What launches.
pub const ACTIONS: &[Action] = &[("RunInstances", run)];

/// The types of resources that a launch may tag.
const TAGGED: &[&str] = &["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];

/// A launch that passed all checks.
struct Launch {
    least: usize,
    most: usize,
    kind: &'static InstanceType,
    image: Image,
    subnet: Subnet,
    groups: Vec<String>,
    public: bool,
    devices: Vec<Planned>,
    profile: Option<(String, String)>,
    metadata: MetadataOptions,
    instance_tags: Tags,
    volume_tags: Tags,
    interface_tags: Tags,
}

fn run(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let subnet = subnet_of(desk, form)?;
    let (token, made) = tokens::look_up(desk, form, &subnet.zone)?;
    if let Some(made) = made {
        return answer_again(desk, x, &made, token.as_ref());
    }
    let launch = checked(desk, form, subnet)?;
    if form.flag("DryRun")? == Some(true) {
        return Err(crate::rehearsal::services::dry_run());
    }
    let count = capacity::granted(desk, launch.kind, &launch.subnet.zone, launch.least, launch.most)?;
    let addresses = launch.subnet.allot(desk, count)?;
    let size: i64 =
        launch.devices.iter().filter(|device| device.spec.kind == "gp3").map(|device| device.spec.size).sum();
    rules::storage_left(desk, size.saturating_mul(i64::try_from(count).unwrap_or(i64::MAX)))?;
    if let Some(rate) = throttle::resource_rate("RunInstances") {
        let now = desk.now;
        if !desk.here_mut().buckets.take("ec2:RunInstances:instances", rate, count as f64, now) {
            return Err(crate::rehearsal::services::request_limit());
        }
    }
    let reservation = desk.new_id("r");
    let made: Vec<Instance> = addresses
        .into_iter()
        .enumerate()
        .map(|(index, address)| make(desk, form, &launch, &reservation, index, address, token.as_ref()))
        .collect();
    tokens::remember(desk, token, made.iter().map(|instance| instance.id.clone()).collect());
    write_reservation(x, desk, &made.iter().collect::<Vec<_>>());
    for instance in made {
        desk.keep(instance);
    }
    Ok(())
}

/// Writes the reservation of instances that were launched together.
pub fn write_reservation(x: &mut Xml, desk: &Desk, instances: &[&Instance]) {
    let Some(first) = instances.first() else { return };
    x.leaf("reservationId", &first.reservation).leaf("ownerId", desk.account());
    write_groups(x, desk, &[]);
    x.list("instancesSet", instances, |x, instance| instance.write(x, desk));
}

/// The same token with the same request: the same answer, unless what it launched has ended.
fn answer_again(desk: &Desk, x: &mut Xml, made: &[String], token: Option<&Token>) -> Outcome {
    let left: Vec<&Instance> =
        made.iter().filter_map(|id| desk.truth::<Instance>(id)).filter(|instance| !instance.is_gone()).collect();
    if left.is_empty() {
        let text = token.map(|token| token.text.as_str()).unwrap_or_default();
        return Err(AwsError::new(
            "IdempotentInstanceTerminated",
            format!("The client token {text} was used for a request whose instances have been terminated."),
        ));
    }
    let all: Vec<&Instance> = made.iter().filter_map(|id| desk.truth::<Instance>(id)).collect();
    write_reservation(x, desk, &all);
    Ok(())
}

/// The first interface's parameters, or the call's own.
fn network(form: &Form) -> (&Form, bool) {
    match form.list("NetworkInterface").into_iter().next() {
        Some(interface) => (interface, true),
        None => (form, false),
    }
}

fn subnet_of(desk: &Desk, form: &Form) -> Outcome<Subnet> {
    let (place, by_interface) = network(form);
    if by_interface && (form.has("SubnetId") || form.has("SecurityGroupId")) {
        return Err(AwsError::combination(
            "Network interfaces and an instance-level subnet ID or security groups may not be specified on the same request",
        ));
    }
    match place.text("SubnetId") {
        Some(id) => read::existing::<Subnet>(desk, id).cloned(),
        None => Err(AwsError::new(
            "VPCIdNotSpecified",
            "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
        )),
    }
}

fn checked(desk: &Desk, form: &Form, subnet: Subnet) -> Outcome<Launch> {
    let count = |name: &str| -> Outcome<usize> {
        let number = form.number(name)?.ok_or_else(|| AwsError::missing(name))?;
        usize::try_from(number).ok().filter(|number| *number > 0).ok_or_else(|| AwsError::value(name, number))
    };
    let (least, most) = (count("MinCount")?, count("MaxCount")?);
    if least > most {
        return Err(AwsError::refused(format!(
            "Value ({least}) for parameter minCount is invalid. It exceeds maxCount ({most})."
        )));
    }
    let name = form.text("InstanceType").unwrap_or("m1.small");
    let kind = instance_types::find(name)
        .ok_or_else(|| AwsError::refused(format!("Invalid value '{name}' for InstanceType.")))?;
    if !kind.sold_in(&subnet.zone) {
        let elsewhere: Vec<String> = crate::rehearsal::physics::places::zones(&desk.region)
            .into_iter()
            .filter(|zone| kind.sold_in(zone))
            .collect();
        return Err(AwsError::new(
            "Unsupported",
            format!(
                "Your requested instance type ({name}) is not supported in your requested Availability Zone ({}). Please retry your request by not specifying an Availability Zone or choosing {}.",
                subnet.zone,
                elsewhere.join(", ")
            ),
        ));
    }
    let image = image::existing(desk, form.required("ImageId")?)?;
    if kind.architecture != image.architecture {
        return Err(AwsError::refused(format!(
            "The architecture '{}' of the specified instance type does not match the architecture '{}' of the specified AMI.",
            kind.architecture, image.architecture
        )));
    }
    let (place, _) = network(form);
    let groups = groups_of(desk, &subnet, place.texts("SecurityGroupId"))?;
    let public = place.flag("AssociatePublicIpAddress")?.unwrap_or(subnet.public_addresses);
    user_data(form)?;
    let devices = devices::planned(desk, form, &image)?;
    if devices.len() > kind.attachments.0 as usize {
        return Err(AwsError::new(
            "AttachmentLimitExceeded",
            format!("The instance type {name} takes at most {} volumes", kind.attachments.0),
        ));
    }
    capacity::vcpus_left(desk, kind, least)?;
    Ok(Launch {
        least,
        most,
        kind,
        image,
        groups,
        public,
        devices,
        profile: profile::asked(desk, form)?,
        metadata: MetadataOptions::at_launch(desk, form)?,
        instance_tags: tags::specified(form, "instance", TAGGED)?,
        volume_tags: tags::specified(form, "volume", TAGGED)?,
        interface_tags: tags::specified(form, "network-interface", TAGGED)?,
        subnet,
    })
}

/// The groups of a launch: those named, or the VPC's default one.
pub fn groups_of(desk: &Desk, subnet: &Subnet, ids: Vec<String>) -> Outcome<Vec<String>> {
    if ids.is_empty() {
        let default = desk.truths::<SecurityGroup>().find(|group| group.vpc == subnet.vpc && group.is_default());
        return Ok(default.map(|group| group.id.clone()).into_iter().collect());
    }
    if ids.len() > limits::INTERFACE_GROUPS {
        return Err(AwsError::new(
            "SecurityGroupsPerInterfaceLimitExceeded",
            "The maximum number of security groups per interface has been reached.",
        ));
    }
    for group in read::by_id::<SecurityGroup>(desk, &ids)? {
        if group.vpc != subnet.vpc {
            return Err(AwsError::new(
                "InvalidParameter",
                format!("Security group {} and subnet {} belong to different networks.", group.id, subnet.id),
            ));
        }
    }
    Ok(ids)
}

fn user_data(form: &Form) -> Outcome {
    let Some(text) = form.text("UserData") else { return Ok(()) };
    let bytes = data_encoding::BASE64
        .decode(text.as_bytes())
        .map_err(|_| AwsError::refused("Invalid BASE64 encoding of user data"))?;
    if bytes.len() > limits::USER_DATA {
        return Err(AwsError::refused("User data is limited to 16384 bytes"));
    }
    Ok(())
}

/// Makes one instance with its interface and volumes, and lets it come up, or fail.
fn make(
    desk: &mut Desk,
    form: &Form,
    launch: &Launch,
    reservation: &str,
    index: usize,
    address: Ipv4Addr,
    token: Option<&Token>,
) -> Instance {
    let id = desk.new_id("i");
    let now = desk.now;
    let interface = desk.new_id("eni");
    let public_address = launch
        .public
        .then(|| Ipv4Addr::from(0x0300_0000 | (u32::try_from(desk.world.ids.below(1 << 24)).unwrap_or(1))));
    let (place, _) = network(form);
    desk.keep(NetworkInterface {
        id: interface.clone(),
        vpc: launch.subnet.vpc.clone(),
        subnet: launch.subnet.id.clone(),
        zone: launch.subnet.zone.clone(),
        address,
        public_address,
        mac: mac_of(&interface),
        groups: launch.groups.clone(),
        description: place.text("Description").unwrap_or_default().to_owned(),
        instance: Some(id.clone()),
        endpoint: None,
        lingering: false,
        source_dest_check: true,
        attached: now,
        tags: launch.interface_tags.clone(),
    });
    let devices: Vec<Device> = launch.devices.iter().map(|planned| make_volume(desk, launch, planned, &id)).collect();
    let (starts_after, reason) = fate(desk, launch);
    let (span, event) = match &reason {
        None => (times::INSTANCE_PENDING, Event::InstanceRuns(id.clone())),
        Some(_) => (times::INSTANCE_FAILING, Event::InstanceFails(id.clone())),
    };
    let at = now.after(starts_after + desk.takes(span));
    desk.here_mut().agenda.add(at, event);
    if let Some((arn, profile_id)) = launch.profile.clone() {
        let association = ProfileAssociation::new(desk, &id, arn, profile_id, "associated");
        desk.keep(association);
    }
    *desk.here_mut().given.entry(format!("{}@{}", launch.kind.name, launch.subnet.zone)).or_default() += 1;
    Instance {
        id,
        reservation: reservation.to_owned(),
        launch_index: index,
        token: token.map(|token| token.text.clone()),
        image: launch.image.id.clone(),
        architecture: launch.image.architecture.clone(),
        windows: launch.image.windows,
        kind: launch.kind.name.to_owned(),
        state: InstanceState::Pending,
        reason,
        ran: false,
        launched: now,
        running_since: None,
        checks_after: desk.takes(times::STATUS_CHECKS),
        vpc: launch.subnet.vpc.clone(),
        subnet: launch.subnet.id.clone(),
        zone: launch.subnet.zone.clone(),
        interface,
        address,
        public_address,
        groups: launch.groups.clone(),
        profile: launch.profile.clone(),
        devices,
        root_device: launch.image.root_device.clone(),
        key_pair: form.text("KeyName").map(str::to_owned),
        user_data: form.text("UserData").map(str::to_owned),
        changed_inside: BTreeMap::new(),
        metadata: launch.metadata.clone(),
        protected: form.text("DisableApiTermination") == Some("true"),
        stop_protected: form.text("DisableApiStop") == Some("true"),
        shutdown_behavior: form.text("InstanceInitiatedShutdownBehavior").unwrap_or("stop").to_owned(),
        // All types of the table are optimised by default, whatever is asked.
        ebs_optimized: form.text("EbsOptimized") == Some("true"),
        monitored: form.text("Monitoring.Enabled") == Some("true"),
        source_dest_check: true,
        tenancy: form.text("Placement.Tenancy").unwrap_or("default").to_owned(),
        tags: launch.instance_tags.clone(),
    }
}

fn make_volume(desk: &mut Desk, launch: &Launch, planned: &Planned, instance: &str) -> Device {
    let now = desk.now;
    let volume = Volume {
        id: desk.new_id("vol"),
        zone: launch.subnet.zone.clone(),
        spec: planned.spec.clone(),
        state: VolumeState::InUse,
        attachment: Some(Attachment {
            instance: instance.to_owned(),
            device: planned.name.clone(),
            state: "attached".to_owned(),
            since: now,
            delete_on_termination: planned.delete_on_termination,
        }),
        created: now,
        modifications: Vec::new(),
        tags: launch.volume_tags.clone(),
    };
    let device = Device {
        name: planned.name.clone(),
        volume: volume.id.clone(),
        delete_on_termination: planned.delete_on_termination,
        since: now,
    };
    desk.keep(volume);
    device
}

/// How long an instance waits for its grants, and why it fails, if it does.
///
/// What EC2 does when CreateGrant is throttled inside a launch is not documented. Here the launch waits for its
/// grants, each of which takes its turn at 50 a second; in a hostile rehearsal a long wait fails it instead.
fn fate(desk: &mut Desk, launch: &Launch) -> (u64, Option<(String, String)>) {
    let mut encrypted = 0_u32;
    for device in &launch.devices {
        let Some(arn) = &device.spec.key else { continue };
        encrypted += 1;
        match key::usable(desk, arn) {
            Ok(()) => {}
            Err(Unusable::Missing) => return (0, Some(reason("Client.InternalError", "Client error on launch"))),
            Err(Unusable::State) => {
                let message = "The KMS key provided is in an incorrect state";
                return (0, Some(reason("Client.InvalidKMSKey.InvalidState", message)));
            }
        }
    }
    let odds = desk.settings.faults.odds();
    let now = desk.now;
    let wait = if encrypted == 0 {
        0
    } else {
        desk.here_mut().buckets.borrow("kms:CreateGrant", throttle::KMS_GRANTS, f64::from(encrypted), now)
    };
    if odds.impatient_grants && wait > limits::GRANT_PATIENCE_MS {
        return (0, Some(reason("Client.InternalError", "Client error on launch")));
    }
    if desk.goes_wrong(odds.failed_launch) {
        return (wait, Some(reason("Server.InternalError", "Internal error on launch")));
    }
    (wait, None)
}

fn reason(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), format!("{code}: {message}"))
}
