//! Limits of AWS that show only after compiling.

/// Tags that a resource can have. Source: EC2 user guide, "Tag your Amazon EC2 resources"; KMS and IAM say the same.
const MOST_TAGS: usize = 50;
/// Tags of the program itself (`closedset:…`): a seat has ten.
const PROGRAM_TAGS: usize = 10;
/// Tags that are left for the blueprint and for what this room adds.
pub(super) const BLUEPRINT_TAGS: usize = MOST_TAGS - PROGRAM_TAGS;
/// Bytes of user data before it is encoded. Source: EC2 user guide, "Run commands when you launch an EC2 instance".
pub(super) const USER_DATA: usize = 16 * 1024;
/// Rules of a security group in one direction, for IPv4 and IPv6 each. Source: VPC user guide, "Amazon VPC quotas".
pub(super) const RULES: u32 = 60;
/// Characters of a rule's description. Source: EC2 API reference, `IpRange`.
pub(super) const DESCRIPTION: usize = 255;
/// Characters of an endpoint's policy. Source: AWS PrivateLink guide, "Endpoint policies".
pub(super) const ENDPOINT_POLICY: usize = 20_480;
