//! The limits of networks.
//!
//! Sources: Amazon VPC user guide, "VPC CIDR blocks", "Subnet CIDR blocks" and "Amazon VPC quotas" (2026).

/// The shortest and the longest prefix of a network and of a subnet.
pub const PREFIXES: std::ops::RangeInclusive<u8> = 16..=28;
/// Addresses in every subnet that AWS keeps to itself: the first four and the last.
pub const RESERVED_ADDRESSES: u64 = 5;
/// Rules that a security group may have in one direction, for IPv4 and for IPv6 each.
pub const MOST_RULES: usize = 60;
/// Subnets that a VPC may have.
pub const MOST_SUBNETS: usize = 200;
/// Entries that a managed prefix list may have.
pub const MOST_PREFIX_ENTRIES: usize = 1_000;
