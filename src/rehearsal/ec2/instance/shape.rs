//! What an instance is.

use super::MetadataOptions;
use crate::rehearsal::clock::Moment;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::ec2::kind::{Kind, identified, tagged};
use crate::rehearsal::ec2::network_interface::private_name;
use crate::rehearsal::physics::places;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::Xml;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

/// An instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Instance {
    /// `i-…`.
    pub id: String,
    /// The reservation, which is the launching call.
    pub reservation: String,
    /// Its place in that call, from 0.
    pub launch_index: usize,
    /// The client token of that call.
    pub token: Option<String>,
    /// Its image.
    pub image: String,
    /// Its architecture.
    pub architecture: String,
    /// Whether the image is Windows.
    pub windows: bool,
    /// Its type.
    pub kind: String,
    /// Where it stands.
    pub state: InstanceState,
    /// Why it changed to that: a code and a message.
    pub reason: Option<(String, String)>,
    /// Whether it ever ran: a start that fails leads back to *stopped*, a launch that fails to *terminated*.
    pub ran: bool,
    /// When it was launched or last started.
    pub launched: Moment,
    /// When it came to run.
    pub running_since: Option<Moment>,
    /// How long after that the status checks pass, in milliseconds.
    pub checks_after: u64,
    /// Its VPC.
    pub vpc: String,
    /// Its subnet.
    pub subnet: String,
    /// Its zone.
    pub zone: String,
    /// Its interface.
    pub interface: String,
    /// Its private address.
    pub address: Ipv4Addr,
    /// Its public address.
    pub public_address: Option<Ipv4Addr>,
    /// Its security groups.
    pub groups: Vec<String>,
    /// The ARN and id of its instance profile.
    pub profile: Option<(String, String)>,
    /// Its devices; the volumes hold the rest.
    pub devices: Vec<Device>,
    /// The name of the root device.
    pub root_device: String,
    /// Its key pair.
    pub key_pair: Option<String>,
    /// Its user data, in base64 as it was given.
    pub user_data: Option<String>,
    /// Its metadata service.
    pub metadata: MetadataOptions,
    /// Whether termination is refused.
    pub protected: bool,
    /// Whether stopping is refused.
    pub stop_protected: bool,
    /// `stop` or `terminate`.
    pub shutdown_behavior: String,
    /// Whether the way to its volumes is its own.
    pub ebs_optimized: bool,
    /// Whether it is watched each minute.
    pub monitored: bool,
    /// Whether traffic has to be from or to it.
    pub source_dest_check: bool,
    /// `default`, `dedicated` or `host`.
    pub tenancy: String,
    /// What somebody changed inside it since it was started, by the words of an inventory row: `Streaming`, `Permissions`,
    /// `Devices`, `Host`. Its next start sets it again.
    #[serde(default)]
    pub changed_inside: BTreeMap<String, String>,
    /// Its tags.
    pub tags: Tags,
}

/// A volume of an instance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Device {
    /// The device name.
    pub name: String,
    /// The volume.
    pub volume: String,
    /// Whether the volume goes with the instance.
    pub delete_on_termination: bool,
    /// When it was attached.
    pub since: Moment,
}

/// Where an instance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InstanceState {
    /// On its way up.
    Pending,
    /// Up.
    Running,
    /// On its way to being stopped.
    Stopping,
    /// Stopped.
    Stopped,
    /// On its way to its end.
    ShuttingDown,
    /// Ended.
    Terminated,
}

impl InstanceState {
    /// The service's code and word. \[B\] InstanceState.Code.
    pub fn words(self) -> (u16, &'static str) {
        match self {
            InstanceState::Pending => (0, "pending"),
            InstanceState::Running => (16, "running"),
            InstanceState::ShuttingDown => (32, "shutting-down"),
            InstanceState::Terminated => (48, "terminated"),
            InstanceState::Stopping => (64, "stopping"),
            InstanceState::Stopped => (80, "stopped"),
        }
    }

    /// Writes it.
    pub fn write(self, x: &mut Xml, name: &str) {
        let (code, word) = self.words();
        x.node(name, |x| {
            x.leaf("code", code).leaf("name", word);
        });
    }
}

identified!(Instance);

impl Kind for Instance {
    const PREFIX: &'static str = "i";
    const TYPE: &'static str = "instance";
    const WORDS: &'static str = "instance";
    const ID_PARAMETER: &'static str = "InstanceId";
    const NOT_FOUND: &'static str = "InvalidInstanceID.NotFound";
    const MALFORMED: &'static str = "InvalidInstanceID.Malformed";
    const SET: &'static str = "instancesSet";
    const IDS_EXCLUDE_PAGES: bool = true;
    const FILTERS: &'static [&'static str] = &[
        "instance-id",
        "image-id",
        "instance-type",
        "instance-state-name",
        "instance-state-code",
        "client-token",
        "launch-index",
        "reservation-id",
        "vpc-id",
        "subnet-id",
        "availability-zone",
        "availability-zone-id",
        "private-ip-address",
        "private-dns-name",
        "ip-address",
        "network-interface.network-interface-id",
        "network-interface.subnet-id",
        "network-interface.vpc-id",
        "network-interface.addresses.private-ip-address",
        "instance.group-id",
        "network-interface.group-id",
        "iam-instance-profile.arn",
        "iam-instance-profile.id",
        "block-device-mapping.volume-id",
        "block-device-mapping.device-name",
        "block-device-mapping.delete-on-termination",
        "root-device-name",
        "root-device-type",
        "key-name",
        "platform",
        "platform-details",
        "architecture",
        "launch-time",
        "metadata-options.http-tokens",
        "metadata-options.http-endpoint",
        "metadata-options.http-put-response-hop-limit",
        "metadata-options.instance-metadata-tags",
        "metadata-options.state",
        "monitoring-state",
        "owner-id",
        "state-reason-code",
        "tenancy",
        "hypervisor",
        "virtualization-type",
    ];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        let profile =
            |part: fn(&(String, String)) -> &String| self.profile.iter().map(|one| part(one).clone()).collect();
        match filter {
            "instance-id" => vec![self.id.clone()],
            "image-id" => vec![self.image.clone()],
            "instance-type" => vec![self.kind.clone()],
            "instance-state-name" => vec![self.state.words().1.to_owned()],
            "instance-state-code" => vec![self.state.words().0.to_string()],
            "client-token" => self.token.iter().cloned().collect(),
            "launch-index" => vec![self.launch_index.to_string()],
            "reservation-id" => vec![self.reservation.clone()],
            "availability-zone" => vec![self.zone.clone()],
            "availability-zone-id" => vec![places::zone_id(&self.zone)],
            "iam-instance-profile.arn" => profile(|(arn, _)| arn),
            "iam-instance-profile.id" => profile(|(_, id)| id),
            "block-device-mapping.volume-id" => self.devices.iter().map(|device| device.volume.clone()).collect(),
            "block-device-mapping.device-name" => self.devices.iter().map(|device| device.name.clone()).collect(),
            "block-device-mapping.delete-on-termination" => {
                self.devices.iter().map(|device| device.delete_on_termination.to_string()).collect()
            }
            "root-device-name" => vec![self.root_device.clone()],
            "root-device-type" => vec!["ebs".to_owned()],
            "key-name" => self.key_pair.iter().cloned().collect(),
            "platform" => {
                if self.windows {
                    vec!["windows".to_owned()]
                } else {
                    Vec::new()
                }
            }
            "platform-details" => vec![self.platform_details().to_owned()],
            "architecture" => vec![self.architecture.clone()],
            "launch-time" => vec![self.launched.iso()],
            "metadata-options.http-tokens" => vec![self.metadata.tokens.clone()],
            "metadata-options.http-endpoint" => vec![self.metadata.endpoint.clone()],
            "metadata-options.http-put-response-hop-limit" => vec![self.metadata.hops.to_string()],
            "metadata-options.instance-metadata-tags" => vec![self.metadata.tags.clone()],
            "metadata-options.state" => vec!["applied".to_owned()],
            "monitoring-state" => vec![if self.monitored { "enabled" } else { "disabled" }.to_owned()],
            "state-reason-code" => self.reason.iter().map(|(code, _)| code.clone()).collect(),
            "tenancy" => vec![self.tenancy.clone()],
            "hypervisor" => vec!["xen".to_owned()],
            "virtualization-type" => vec!["hvm".to_owned()],
            // A terminated instance has lost its place in the network.
            _ if self.state == InstanceState::Terminated => Vec::new(),
            "vpc-id" | "network-interface.vpc-id" => vec![self.vpc.clone()],
            "subnet-id" | "network-interface.subnet-id" => vec![self.subnet.clone()],
            "private-ip-address" | "network-interface.addresses.private-ip-address" => vec![self.address.to_string()],
            "private-dns-name" => vec![self.private_name("")],
            "ip-address" => self.public_address.iter().map(ToString::to_string).collect(),
            "network-interface.network-interface-id" => vec![self.interface.clone()],
            "instance.group-id" | "network-interface.group-id" => self.groups.clone(),
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        super::write::instance(self, x, desk);
    }

    fn present(&self) -> bool {
        !self.is_gone()
    }
}

impl Instance {
    /// Whether it has ended or is about to.
    pub fn is_gone(&self) -> bool {
        matches!(self.state, InstanceState::Terminated | InstanceState::ShuttingDown)
    }

    /// `Windows` or `Linux/UNIX`.
    pub fn platform_details(&self) -> &'static str {
        if self.windows { "Windows" } else { "Linux/UNIX" }
    }

    /// The private host name in a Region; without a Region only its first label.
    pub fn private_name(&self, region: &str) -> String {
        private_name(self.address, region)
    }

    /// The key of its capacity: `type@zone`.
    pub fn pool(&self) -> String {
        format!("{}@{}", self.kind, self.zone)
    }
}
