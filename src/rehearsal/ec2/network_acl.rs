//! Network ACLs: the default one that each VPC has, which lets everything pass.

use super::kind::{Action, Kind, identified, tagged};
use super::read;
use super::subnet::Subnet;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::Xml;
use serde::{Deserialize, Serialize};

/// A VPC's default network ACL.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NetworkAcl {
    /// `acl-…`.
    pub id: String,
    /// Its VPC.
    pub vpc: String,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[("DescribeNetworkAcls", read::describe::<NetworkAcl>)];

/// The numbers of the first entry and of the one that denies all that no other took.
/// \[D\] `vpc/latest/userguide/default-network-acl`.
const ENTRIES: [(u32, &str); 2] = [(100, "allow"), (32_767, "deny")];

identified!(NetworkAcl);

impl Kind for NetworkAcl {
    const PREFIX: &'static str = "acl";
    const TYPE: &'static str = "network-acl";
    const WORDS: &'static str = "networkAcl";
    const ID_PARAMETER: &'static str = "NetworkAclId";
    const NOT_FOUND: &'static str = "InvalidNetworkAclID.NotFound";
    const MALFORMED: &'static str = "InvalidNetworkAclId.Malformed";
    const SET: &'static str = "networkAclSet";
    const FILTERS: &'static [&'static str] = &["network-acl-id", "vpc-id", "default", "owner-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "network-acl-id" => vec![self.id.clone()],
            "vpc-id" => vec![self.vpc.clone()],
            "default" => vec!["true".to_owned()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("networkAclId", &self.id).leaf("vpcId", &self.vpc).leaf("ownerId", desk.account()).leaf("default", true);
        let entries = [true, false].into_iter().flat_map(|egress| ENTRIES.map(|(number, does)| (egress, number, does)));
        x.list("entrySet", entries, |x, (egress, number, does)| {
            x.leaf("ruleNumber", number)
                .leaf("protocol", -1)
                .leaf("ruleAction", does)
                .leaf("egress", egress)
                .leaf("cidrBlock", "0.0.0.0/0");
        });
        let subnets = desk.seen::<Subnet>().filter(|subnet| subnet.vpc == self.vpc);
        x.list("associationSet", subnets, |x, subnet| {
            x.leaf("networkAclAssociationId", subnet.id.replacen("subnet-", "aclassoc-", 1))
                .leaf("networkAclId", &self.id)
                .leaf("subnetId", &subnet.id);
        });
        tags::write(x, &self.tags);
    }
}
