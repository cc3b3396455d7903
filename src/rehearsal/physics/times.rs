//! How long things take, in milliseconds.

/// A time between two bounds, both in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The shortest.
    pub from: u64,
    /// The longest.
    pub to: u64,
}

const fn span(from: u64, to: u64) -> Span {
    Span { from, to }
}

/// From the answer to RunInstances until *running*: 16.4–17.8 s over families.
/// \[S\] github.com/brevdev/ec2-coldboot-research.
pub const INSTANCE_PENDING: Span = span(16_000, 17_500);
/// From *stopped* to *running* again. \[S\] the same, 21.2 s for a stop and a start. \[R\]
pub const INSTANCE_STARTING: Span = span(15_000, 17_000);
/// A launch that fails after its answer, until it is *terminated*. \[R\]
pub const INSTANCE_FAILING: Span = span(2_000, 6_000);
/// *stopping*: the guest shuts down. \[R\]
pub const INSTANCE_STOPPING: Span = span(20_000, 45_000);
/// *shutting-down* with an orderly shutdown of the guest. \[R\]
pub const INSTANCE_TERMINATING: Span = span(30_000, 60_000);
/// *shutting-down* with `SkipOsShutdown`. \[R\]
pub const INSTANCE_TERMINATING_AT_ONCE: Span = span(8_000, 15_000);
/// How long a terminated instance stays visible: "a short while (usually less than one hour)".
/// \[D\] `AWSEC2/latest/UserGuide/terminating-instances`.
pub const INSTANCE_FORGOTTEN: Span = span(2_400_000, 3_540_000);
/// From *running* until both status checks are *ok*. \[R\]
pub const STATUS_CHECKS: Span = span(60_000, 120_000);
/// From *running* until the script of a Linux image says its first word. \[R\]
pub const GUEST_BOOTING: Span = span(20_000, 45_000);
/// From that word until a Linux seat is ready. \[R\]
pub const GUEST_SETTING_UP: Span = span(40_000, 90_000);
/// The same of Windows, which comes from sysprep. \[R\]
pub const GUEST_BOOTING_WINDOWS: Span = span(150_000, 240_000);
/// The same of Windows, which starts again under its new name. \[R\]
pub const GUEST_SETTING_UP_WINDOWS: Span = span(120_000, 210_000);
/// An interface outlives its instance by this. \[R\]
pub const INTERFACE_LINGERS: Span = span(500, 8_000);

/// An empty volume becomes *available*. \[R\]
pub const VOLUME_CREATING: Span = span(1_000, 4_000);
/// *attaching* until *attached*. \[R\]
pub const VOLUME_ATTACHING: Span = span(1_500, 4_000);
/// *detaching* until *available*. \[R\]
pub const VOLUME_DETACHING: Span = span(2_000, 6_000);
/// *deleting* until gone. \[R\]
pub const VOLUME_DELETING: Span = span(2_000, 6_000);
/// *modifying* until *optimizing*: "takes a few seconds". \[D\] `ebs/latest/userguide/monitoring-volume-modifications`.
pub const VOLUME_MODIFYING: Span = span(2_000, 8_000);
/// *optimizing* until *completed*: "from a few minutes up to a few hours". \[D\] the same.
pub const VOLUME_OPTIMIZING: Span = span(120_000, 900_000);
/// The floor of a snapshot. \[R\]
pub const SNAPSHOT_FLOOR: Span = span(20_000, 60_000);
/// More for each GiB of the volume, for a first snapshot of data at about 200 MiB/s. \[R\]
pub const SNAPSHOT_PER_GIB_MS: u64 = 500;

/// An interface endpoint becomes *available*: one to three minutes. \[R\]
pub const ENDPOINT_PENDING: Span = span(60_000, 120_000);
/// An interface endpoint is gone, with its interfaces. \[R\]
pub const ENDPOINT_DELETING: Span = span(60_000, 120_000);
/// A gateway endpoint is gone. \[R\]
pub const GATEWAY_ENDPOINT_DELETING: Span = span(1_000, 5_000);
/// A prefix list is created, modified or deleted. \[R\]
pub const PREFIX_LIST_SETTLING: Span = span(1_000, 4_000);
/// An instance profile becomes *associated*. \[R\]
pub const PROFILE_ASSOCIATING: Span = span(1_000, 5_000);

/// A new or changed instance profile reaches EC2: about ten seconds.
/// \[D\] `IAM/latest/UserGuide/troubleshoot_general`; \[S\] retries of terraform-provider-aws and packer-plugin-amazon.
pub const IAM_PROPAGATION: Span = span(8_000, 10_000);

/// A token is remembered for a day after its use; the current documentation gives no time. \[R\]
pub const TOKEN_MEMORY_MS: u64 = 86_400_000;

/// The way to the service and the way back, each, for a read. \[R\]
pub const READ_LEG: Span = span(25, 60);
/// The same for a change. \[R\]
pub const CHANGE_LEG: Span = span(60, 160);
/// The same for RunInstances, which takes 1–5 s as a whole. \[S\] brevdev/ec2-coldboot-research. \[R\]
pub const LAUNCH_LEG: Span = span(500, 1_000);

/// The way there or back for an action.
pub fn leg(action: &str) -> Span {
    match action {
        "RunInstances" => LAUNCH_LEG,
        _ if super::throttle::reads(action) => READ_LEG,
        _ => CHANGE_LEG,
    }
}
