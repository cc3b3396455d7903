//! Places: where packets come from and go to.

use std::fmt;

use ipnet::IpNet;
use serde::{Serialize, Serializer};

use crate::resource::Address;

/// One end of a passage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A segment: its security group, and whatever stands behind it.
    Segment(Address),
    /// A VPC endpoint, and the AWS service behind it.
    Endpoint(Address),
    /// Addresses outside, by the list that holds them.
    PrefixList(Address),
    /// Addresses outside.
    Range(IpNet),
    /// Every public address.
    Internet,
}

impl Place {
    /// A segment by its address, such as `network.main.workstations`.
    pub fn segment(address: &str) -> Self {
        Self::Segment(address.into())
    }

    /// Whether it is none of the floor's own.
    pub fn is_outside(&self) -> bool {
        matches!(self, Self::PrefixList(_) | Self::Range(_) | Self::Internet)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Segment(address) | Self::Endpoint(address) | Self::PrefixList(address) => address.fmt(f),
            Self::Range(range) => range.fmt(f),
            Self::Internet => f.write_str("the Internet"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
