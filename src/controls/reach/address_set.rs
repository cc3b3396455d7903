//! Sets of IP addresses, of both families.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv4Subnets, Ipv6Net, Ipv6Subnets};

use super::intervals::Intervals;

/// Any set of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressSet {
    v4: Intervals<u32>,
    v6: Intervals<u128>,
}

/// IPv4 addresses that no packet on the Internet goes to. Source: IANA IPv4 Special-Purpose Address Registry (RFC 6890),
/// those that are not globally reachable, without single addresses and without the documentation ranges, which stand for
/// real ones in examples; and multicast (RFC 5771).
const NOT_PUBLIC_V4: &[(u32, u8)] = &[
    (0x0000_0000, 8),  // 0.0.0.0/8, this network
    (0x0a00_0000, 8),  // 10.0.0.0/8, private
    (0x6440_0000, 10), // 100.64.0.0/10, shared
    (0x7f00_0000, 8),  // 127.0.0.0/8, loopback
    (0xa9fe_0000, 16), // 169.254.0.0/16, link-local
    (0xac10_0000, 12), // 172.16.0.0/12, private
    (0xc0a8_0000, 16), // 192.168.0.0/16, private
    (0xc612_0000, 15), // 198.18.0.0/15, benchmarks
    (0xe000_0000, 3),  // 224.0.0.0/4 multicast, 240.0.0.0/4 reserved
];

/// Global unicast: 2000::/3. Source: IANA IPv6 Global Unicast Address Assignments.
const PUBLIC_V6: (u128, u8) = (0x2000 << 112, 3);

fn v4(address: u32, prefix: u8) -> Intervals<u32> {
    let host = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
    Intervals::new(address, address | host)
}

fn v6(address: u128, prefix: u8) -> Intervals<u128> {
    let host = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
    Intervals::new(address, address | host)
}

impl AddressSet {
    /// Every address there is.
    pub fn everything() -> Self {
        Self { v4: Intervals::new(0, u32::MAX), v6: Intervals::new(0, u128::MAX) }
    }

    /// Every address that is reachable on the Internet.
    pub fn internet() -> Self {
        let closed = NOT_PUBLIC_V4
            .iter()
            .fold(Intervals::default(), |all: Intervals<u32>, (address, prefix)| all.union(&v4(*address, *prefix)));
        Self { v4: Intervals::new(0, u32::MAX).difference(&closed), v6: v6(PUBLIC_V6.0, PUBLIC_V6.1) }
    }

    /// The addresses of a range such as `10.40.0.0/16`; none where the text is no range.
    pub fn parse(range: &str) -> Option<Self> {
        range.parse::<IpNet>().ok().map(Self::from)
    }

    /// The IPv6 addresses alone.
    #[must_use]
    pub fn only_v6(&self) -> Self {
        Self { v4: Intervals::default(), v6: self.v6.clone() }
    }

    /// The IPv4 addresses alone.
    #[must_use]
    pub fn only_v4(&self) -> Self {
        Self { v4: self.v4.clone(), v6: Intervals::default() }
    }

    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(address.to_bits()),
            IpAddr::V6(address) => self.v6.contains(address.to_bits()),
        }
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self { v4: self.v4.union(&other.v4), v6: self.v6.union(&other.v6) }
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self { v4: self.v4.intersection(&other.v4), v6: self.v6.intersection(&other.v6) }
    }

    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        Self { v4: self.v4.difference(&other.v4), v6: self.v6.difference(&other.v6) }
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.v4.meets(&other.v4) || self.v6.meets(&other.v6)
    }

    /// How many IPv4 addresses there are.
    pub fn count_v4(&self) -> u64 {
        self.v4.iter().map(|(first, last)| u64::from(last - first) + 1).sum()
    }

    /// How many IPv6 networks of a site's size, /48, there is room for, begun ones included.
    pub fn count_v6_sites(&self) -> u128 {
        self.v6.iter().map(|(first, last)| (last >> 80) - (first >> 80) + 1).sum()
    }

    /// The fewest ranges that make up the set, IPv4 first, sorted.
    pub fn ranges(&self) -> Vec<IpNet> {
        let v4 = self.v4.iter().flat_map(|(first, last)| {
            Ipv4Subnets::new(Ipv4Addr::from_bits(first), Ipv4Addr::from_bits(last), 0).map(IpNet::V4)
        });
        let v6 = self.v6.iter().flat_map(|(first, last)| {
            Ipv6Subnets::new(Ipv6Addr::from_bits(first), Ipv6Addr::from_bits(last), 0).map(IpNet::V6)
        });
        v4.chain(v6).collect()
    }
}

impl From<IpNet> for AddressSet {
    fn from(range: IpNet) -> Self {
        match range {
            IpNet::V4(range) => range.into(),
            IpNet::V6(range) => {
                let range: Ipv6Net = range.trunc();
                Self { v4: Intervals::default(), v6: v6(range.network().to_bits(), range.prefix_len()) }
            }
        }
    }
}

impl From<Ipv4Net> for AddressSet {
    fn from(range: Ipv4Net) -> Self {
        Self { v4: v4(range.network().to_bits(), range.prefix_len()), v6: Intervals::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[&str]) -> AddressSet {
        ranges
            .iter()
            .filter_map(|range| AddressSet::parse(range))
            .fold(AddressSet::default(), |all, one| all.union(&one))
    }

    fn words(set: &AddressSet) -> Vec<String> {
        set.ranges().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn halves_make_a_whole_and_holes_stay_open() {
        assert_eq!(words(&set(&["0.0.0.0/1", "128.0.0.0/1"])), ["0.0.0.0/0"]);
        assert_eq!(words(&set(&["10.0.0.0/30"]).difference(&set(&["10.0.0.1/32"]))), ["10.0.0.0/32", "10.0.0.2/31"]);
        assert_eq!(words(&set(&["::/1", "8000::/1", "203.0.113.9/32"])), ["203.0.113.9/32", "::/0"]);
    }

    #[test]
    fn the_internet_is_what_is_public() {
        let internet = AddressSet::internet();
        for public in ["8.8.8.8", "203.0.113.5", "172.32.0.1", "2600::1"] {
            assert!(internet.contains(public.parse().expect("an address")), "{public}");
        }
        for private in ["10.1.2.3", "172.31.0.1", "192.168.1.1", "100.64.0.1", "239.1.1.1", "fd00::1", "fe80::1"] {
            assert!(!internet.contains(private.parse().expect("an address")), "{private}");
        }
        assert_eq!(internet.only_v4().union(&internet.only_v6()), internet);
    }

    #[test]
    fn sizes_are_counted() {
        assert_eq!(set(&["203.0.113.0/24", "198.51.100.0/26"]).count_v4(), 320);
        assert_eq!(set(&["0.0.0.0/0"]).count_v4(), 1 << 32);
        assert_eq!(set(&["2001:db8::/32"]).count_v6_sites(), 1 << 16);
    }
}
