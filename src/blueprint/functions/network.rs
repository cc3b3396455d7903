//! Functions of network addresses: `cidrhost`, `cidrnetmask`, `cidrsubnet`, `cidrsubnets`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::value::Value;

/// A network as numbers: addresses of both versions fit 128 bits.
#[derive(Clone, Copy)]
struct Network {
    is_v6: bool,
    first: u128,
    prefix: u32,
}

impl Network {
    fn read(arguments: &Arguments<'_>) -> Result<Self, Failure> {
        let text = arguments.text(0);
        let network: ipnet::IpNet = text.parse().map_err(|_| {
            let found = if arguments.sensitive { String::new() } else { format!(", found \"{text}\"") };
            Failure::at(0, format!("expected a network such as 10.40.0.0/16{found}"))
        })?;
        let (is_v6, first) = match network.network() {
            IpAddr::V4(address) => (false, u128::from(address.to_bits())),
            IpAddr::V6(address) => (true, address.to_bits()),
        };
        Ok(Self { is_v6, first, prefix: u32::from(network.prefix_len()) })
    }

    fn bits(self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// The last address.
    fn last(self) -> u128 {
        self.first | lowest_bits(self.bits() - self.prefix)
    }

    fn show_address(self, address: u128) -> String {
        if self.is_v6 {
            Ipv6Addr::from_bits(address).to_string()
        } else {
            // Addresses of this version have 32 bits.
            Ipv4Addr::from_bits(u32::try_from(address).unwrap_or(u32::MAX)).to_string()
        }
    }

    fn show(self) -> String {
        format!("{}/{}", self.show_address(self.first), self.prefix)
    }
}

/// A number with this many ones at its end.
fn lowest_bits(count: u32) -> u128 {
    if count >= 128 { u128::MAX } else { (1 << count) - 1 }
}

pub(super) fn cidr_host(arguments: &Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let host = arguments.integer(1)?;
    let largest = lowest_bits(network.bits() - network.prefix);
    let distance = u128::from(host.unsigned_abs());
    // -1 is the last address.
    let offset = if host < 0 { distance - 1 } else { distance };
    if offset > largest {
        return Err(Failure::at(1, format!("the network {} has no host {host}", network.show())));
    }
    let address = if host < 0 { network.last() - offset } else { network.first + offset };
    Ok(network.show_address(address).into())
}

pub(super) fn cidr_netmask(arguments: &Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    if network.is_v6 {
        return Err(Failure::at(0, "only IPv4 networks have a mask"));
    }
    let mask = lowest_bits(32) ^ lowest_bits(32 - network.prefix);
    Ok(network.show_address(mask).into())
}

pub(super) fn cidr_subnet(arguments: &Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let newbits = arguments.integer(1)?;
    let number = arguments.integer(2)?;
    let room = network.bits() - network.prefix;
    let newbits = u32::try_from(newbits)
        .map_err(|_| Failure::at(1, "it can't be negative"))
        .and_then(|newbits| if newbits <= room { Ok(newbits) } else { Err(too_long(network, 1, newbits)) })?;
    let number = u128::try_from(number).ok().filter(|number| *number <= lowest_bits(newbits)).ok_or_else(|| {
        Failure::at(2, format!("{newbits} new bits number networks from 0 to {}", lowest_bits(newbits)))
    })?;
    let prefix = network.prefix + newbits;
    let shift = network.bits() - prefix;
    // A shift by all 128 bits is one by number 0.
    let first = network.first | number.checked_shl(shift).unwrap_or(0);
    Ok(Network { first, prefix, ..network }.show().into())
}

pub(super) fn cidr_subnets(arguments: &Arguments<'_>) -> Outcome {
    let network = Network::read(arguments)?;
    let mut subnets = Vec::new();
    // None where the last subnet ends with the last address of all.
    let mut free = Some(network.first);
    for place in 1..arguments.len() {
        let newbits = arguments.integer(place)?;
        let newbits = u32::try_from(newbits)
            .ok()
            .filter(|newbits| (1..=32).contains(newbits))
            .ok_or_else(|| Failure::at(place, "expected 1 to 32 new bits"))?;
        if newbits > network.bits() - network.prefix {
            return Err(too_long(network, place, newbits));
        }
        let prefix = network.prefix + newbits;
        let size = lowest_bits(network.bits() - prefix);
        // A subnet begins at a multiple of its own size.
        let first = free
            .and_then(|free| free.checked_add(size))
            .map(|end| end & !size)
            .filter(|first| *first <= network.last())
            .ok_or_else(|| {
                Failure::at(place, format!("{} has no room left for a network of /{prefix}", network.show()))
            })?;
        let subnet = Network { first, prefix, ..network };
        free = subnet.last().checked_add(1);
        subnets.push(Value::from(subnet.show()));
    }
    Ok(Value::list(subnets))
}

fn too_long(network: Network, place: usize, newbits: u32) -> Failure {
    Failure::at(
        place,
        format!("{} has only {} bits left, not {newbits}", network.show(), network.bits() - network.prefix),
    )
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    /// The results that Terraform's documentation gives.
    #[test]
    fn results_are_those_of_terraforms_documentation() {
        for (call, result) in [
            (r#"cidrhost("10.12.112.0/20", 16)"#, r#""10.12.112.16""#),
            (r#"cidrhost("10.12.112.0/20", 268)"#, r#""10.12.113.12""#),
            (r#"cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)"#, r#""fd00:fd12:3456:7890::22""#),
            (r#"cidrhost("10.12.112.0/20", -1)"#, r#""10.12.127.255""#),
            (r#"cidrnetmask("172.16.0.0/12")"#, r#""255.240.0.0""#),
            (r#"cidrnetmask("0.0.0.0/0")"#, r#""0.0.0.0""#),
            (r#"cidrsubnet("172.16.0.0/12", 4, 2)"#, r#""172.18.0.0/16""#),
            (r#"cidrsubnet("10.1.2.0/24", 4, 15)"#, r#""10.1.2.240/28""#),
            (r#"cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)"#, r#""fd00:fd12:3456:7800:a200::/72""#),
            (r#"cidrsubnet("10.1.2.240/4", 0, 0)"#, r#""0.0.0.0/4""#),
            (
                r#"cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)"#,
                r#"["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]"#,
            ),
            (
                r#"cidrsubnets("fd00:fd12:3456:7890::/56", 16, 16, 16, 32)"#,
                r#"["fd00:fd12:3456:7800::/72", "fd00:fd12:3456:7800:100::/72", "fd00:fd12:3456:7800:200::/72", "fd00:fd12:3456:7800:300::/88"]"#,
            ),
            (
                r#"[for block in cidrsubnets("10.0.0.0/8", 8, 8) : cidrsubnets(block, 4, 4)]"#,
                r#"[["10.0.0.0/20", "10.0.16.0/20"], ["10.1.0.0/20", "10.1.16.0/20"]]"#,
            ),
            (r#"cidrsubnets("10.0.0.0/16")"#, "[]"),
        ] {
            assert_eq!(shown(call), result, "{call}");
        }
    }

    #[test]
    fn what_does_not_fit_says_why() {
        for (call, message) in [
            (r#"cidrsubnet("10.0.0.0/16", 17, 0)"#, "10.0.0.0/16 has only 16 bits left, not 17"),
            (r#"cidrsubnet("10.0.0.0/16", 4, 16)"#, "4 new bits number networks from 0 to 15"),
            (r#"cidrsubnet("10.0.0.0/16", 4, -1)"#, "4 new bits number networks from 0 to 15"),
            (r#"cidrsubnet("10.0.0.0/16", 1.5, 0)"#, "expected a whole number, found 1.5"),
            (r#"cidrsubnet("10.0.0.0", 4, 0)"#, "expected a network such as 10.40.0.0/16, found \"10.0.0.0\""),
            (r#"cidrhost("10.0.0.0/30", 4)"#, "the network 10.0.0.0/30 has no host 4"),
            (r#"cidrhost("10.0.0.0/30", -5)"#, "the network 10.0.0.0/30 has no host -5"),
            (r#"cidrnetmask("fd00::/8")"#, "only IPv4 networks have a mask"),
            (r#"cidrsubnets("10.0.0.0/16", 1, 1, 1)"#, "10.0.0.0/16 has no room left for a network of /17"),
            (r#"cidrsubnets("10.0.0.0/16", 0)"#, "expected 1 to 32 new bits"),
            (
                r#"cidrsubnets("255.255.255.254/31", 1, 1, 1)"#,
                "255.255.255.254/31 has no room left for a network of /32",
            ),
        ] {
            let error = error_of(call);
            assert!(error.ends_with(message), "{call}: {error}");
        }
        assert_eq!(shown(r#"cidrsubnet("::/0", 128, 5)"#), r#""::5/128""#);
        assert_eq!(shown(r#"cidrsubnet("::/0", 0, 0)"#), r#""::/0""#);
    }
}
