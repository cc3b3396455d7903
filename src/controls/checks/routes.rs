//! What routes mean: which tables serve content, and where their targets lead.

use crate::blueprint::model::Tier;
use crate::controls::floor::Floor;
use crate::resource::{Address, Kind, RouteTable};

/// Where a route leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// A gateway to the internet, or an address translator before one.
    Internet,
    /// An endpoint of AWS, such as a firewall's.
    Endpoint,
    /// Another network, or a machine.
    Elsewhere,
}

/// Where that target leads. The cloud's ids say what they are of.
pub fn target(floor: &Floor<'_>, target: &Address) -> Target {
    let id = target.as_str();
    let is_gateway = floor.resources.get(target).is_some_and(|resource| resource.kind() == Kind::InternetGateway);
    if is_gateway || ["igw-", "eigw-", "nat-"].iter().any(|prefix| id.starts_with(prefix)) {
        Target::Internet
    } else if id.starts_with("vpce-") || floor.resources.get(target).is_some_and(|one| one.kind() == Kind::VpcEndpoint)
    {
        Target::Endpoint
    } else {
        Target::Elsewhere
    }
}

/// Whether a destination is every address of a family.
pub fn is_default(destination: &str) -> bool {
    matches!(destination, "0.0.0.0/0" | "::/0")
}

/// Whether a table serves the edge alone: every subnet that follows it is of that tier.
pub fn is_edge(floor: &Floor<'_>, address: &Address, table: &RouteTable) -> bool {
    if table.subnets.is_empty() {
        return address.as_str().ends_with(&format!(".routes/{}", Tier::Edge));
    }
    table.subnets.iter().all(|subnet| floor.tier_of(subnet) == Some(Tier::Edge))
}
