//! Security group rules: one for each peer, with an id and tags of its own.

use super::kind::{Action, Kind, identified, tagged};
use super::prefix_list::PrefixList;
use super::read;
use super::security_group::SecurityGroup;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::limits;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SecurityGroupRule {
    /// `sgr-…`.
    pub id: String,
    /// Its group.
    pub group: String,
    /// Whether it is about what goes out.
    pub egress: bool,
    /// What it lets pass.
    pub what: Traffic,
    /// From whom, or to whom.
    pub peer: Peer,
    /// Its description.
    pub description: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Protocol and ports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Traffic {
    /// `tcp`, `udp`, `icmp`, a number, or `-1` for all.
    pub protocol: String,
    /// The first port, or the ICMP type.
    pub from: Option<i64>,
    /// The last port, or the ICMP code.
    pub to: Option<i64>,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Peer {
    /// IPv4 addresses.
    V4(String),
    /// IPv6 addresses.
    V6(String),
    /// A prefix list.
    List(String),
    /// The members of a group.
    Group(String),
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("DescribeSecurityGroupRules", read::describe::<SecurityGroupRule>),
    ("AuthorizeSecurityGroupIngress", |desk, form, x| authorize(desk, form, x, false)),
    ("AuthorizeSecurityGroupEgress", |desk, form, x| authorize(desk, form, x, true)),
    ("RevokeSecurityGroupIngress", |desk, form, x| revoke(desk, form, x, false)),
    ("RevokeSecurityGroupEgress", |desk, form, x| revoke(desk, form, x, true)),
    ("UpdateSecurityGroupRuleDescriptionsIngress", |desk, form, x| describe_again(desk, form, x, false)),
    ("UpdateSecurityGroupRuleDescriptionsEgress", |desk, form, x| describe_again(desk, form, x, true)),
    ("ModifySecurityGroupRules", modify),
];

identified!(SecurityGroupRule);

impl Kind for SecurityGroupRule {
    const PREFIX: &'static str = "sgr";
    const TYPE: &'static str = "security-group-rule";
    const WORDS: &'static str = "security group rule";
    const ID_PARAMETER: &'static str = "SecurityGroupRuleId";
    const NOT_FOUND: &'static str = "InvalidSecurityGroupRuleId.NotFound";
    const MALFORMED: &'static str = "InvalidSecurityGroupRuleId.Malformed";
    const SET: &'static str = "securityGroupRuleSet";
    const FILTERS: &'static [&'static str] = &["group-id", "security-group-rule-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "group-id" => vec![self.group.clone()],
            "security-group-rule-id" => vec![self.id.clone()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        x.leaf("securityGroupRuleId", &self.id)
            .leaf("groupId", &self.group)
            .leaf("groupOwnerId", desk.account())
            .leaf("isEgress", self.egress)
            .leaf("ipProtocol", &self.what.protocol)
            .leaf("fromPort", self.what.from.unwrap_or(-1))
            .leaf("toPort", self.what.to.unwrap_or(-1));
        match &self.peer {
            Peer::V4(range) => x.leaf("cidrIpv4", range),
            Peer::V6(range) => x.leaf("cidrIpv6", range),
            Peer::List(list) => x.leaf("prefixListId", list),
            Peer::Group(group) => x.node("referencedGroupInfo", |x| {
                x.leaf("groupId", group).leaf("userId", desk.account());
            }),
        };
        x.leaf_if("description", self.description.as_ref())
            .leaf("securityGroupRuleArn", desk.arn("ec2", &format!("security-group-rule/{}", self.id)));
        tags::write(x, &self.tags);
    }
}

impl SecurityGroupRule {
    /// The rule with which a default group lets its own members in.
    pub fn from_members_of(desk: &mut Desk, group: &SecurityGroup) -> Self {
        Self::bare(desk, &group.id, false, Peer::Group(group.id.clone()))
    }

    /// The rule with which a new group lets everything out.
    pub fn to_everywhere(desk: &mut Desk, group: &str) -> Self {
        Self::bare(desk, group, true, Peer::V4("0.0.0.0/0".to_owned()))
    }

    fn bare(desk: &mut Desk, group: &str, egress: bool, peer: Peer) -> Self {
        let what = Traffic { protocol: "-1".to_owned(), from: None, to: None };
        Self {
            id: desk.new_id("sgr"),
            group: group.to_owned(),
            egress,
            what,
            peer,
            description: None,
            tags: Tags::new(),
        }
    }

    /// The group that it lets in or out.
    pub fn referred_group(&self) -> Option<&str> {
        match &self.peer {
            Peer::Group(group) => Some(group),
            _ => None,
        }
    }

    /// What it counts for against the limit: a prefix list counts with all entries that it may have.
    fn weight(&self, desk: &Desk) -> usize {
        match &self.peer {
            Peer::List(list) => desk.truth::<PrefixList>(list).map_or(1, |list| list.max_entries),
            _ => 1,
        }
    }

    fn same_as(&self, other: &SecurityGroupRule) -> bool {
        self.group == other.group && self.egress == other.egress && self.what == other.what && self.peer == other.peer
    }
}

/// Writes rules as `ipPermissions`: grouped by what they let pass.
pub fn write_permissions(x: &mut Xml, desk: &Desk, name: &str, rules: &[&SecurityGroupRule]) {
    let mut by_traffic: BTreeMap<&Traffic, Vec<&SecurityGroupRule>> = BTreeMap::new();
    for rule in rules {
        by_traffic.entry(&rule.what).or_default().push(rule);
    }
    x.list(name, by_traffic, |x, (what, rules)| {
        x.leaf("ipProtocol", &what.protocol).leaf_if("fromPort", what.from).leaf_if("toPort", what.to);
        let of = |pick: fn(&Peer) -> Option<&String>| {
            rules
                .iter()
                .filter_map(move |rule| Some((pick(&rule.peer)?, rule.description.as_ref())))
                .collect::<Vec<_>>()
        };
        x.list(
            "groups",
            of(|peer| if let Peer::Group(id) = peer { Some(id) } else { None }),
            |x, (id, description)| {
                x.leaf("userId", desk.account()).leaf("groupId", id).leaf_if("description", description);
            },
        );
        x.list(
            "ipRanges",
            of(|peer| if let Peer::V4(range) = peer { Some(range) } else { None }),
            |x, (range, description)| {
                x.leaf("cidrIp", range).leaf_if("description", description);
            },
        );
        x.list(
            "ipv6Ranges",
            of(|peer| if let Peer::V6(range) = peer { Some(range) } else { None }),
            |x, (range, description)| {
                x.leaf("cidrIpv6", range).leaf_if("description", description);
            },
        );
        x.list(
            "prefixListIds",
            of(|peer| if let Peer::List(id) = peer { Some(id) } else { None }),
            |x, (id, description)| {
                x.leaf("prefixListId", id).leaf_if("description", description);
            },
        );
    });
}

fn group_of(desk: &Desk, form: &Form) -> Outcome<SecurityGroup> {
    Ok(read::named::<SecurityGroup>(desk, form, "GroupId")?.clone())
}

fn traffic(form: &Form) -> Outcome<Traffic> {
    let protocol = match form.required("IpProtocol")? {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "all" => "-1",
        other => other,
    };
    let (from, to) = (form.number("FromPort")?, form.number("ToPort")?);
    match protocol {
        // With all protocols ports say nothing.
        "-1" => Ok(Traffic { protocol: protocol.to_owned(), from: None, to: None }),
        "tcp" | "udp" => match (from, to) {
            (Some(from), Some(to)) if (0..=65_535).contains(&from) && (from..=65_535).contains(&to) => {
                Ok(Traffic { protocol: protocol.to_owned(), from: Some(from), to: Some(to) })
            }
            (Some(_), Some(_)) => Err(AwsError::refused("Invalid TCP/UDP port range")),
            _ => Err(AwsError::refused("Must specify both from and to ports with TCP/UDP.")),
        },
        "icmp" | "icmpv6" => Ok(Traffic { protocol: protocol.to_owned(), from, to }),
        other if other.parse::<u8>().is_ok() => Ok(Traffic { protocol: other.to_owned(), from, to }),
        other => Err(AwsError::value("protocol", format!("Unsupported IP protocol \"{other}\""))),
    }
}

fn range_v4(text: &str) -> Outcome<Peer> {
    let bad = || AwsError::refused(format!("CIDR block {text} is malformed"));
    let range: ipnet::Ipv4Net = text.parse().map_err(|_| bad())?;
    if range.trunc() != range {
        return Err(AwsError::refused(format!("CIDR block {text} is malformed: host bits are set")));
    }
    Ok(Peer::V4(range.to_string()))
}

fn range_v6(text: &str) -> Outcome<Peer> {
    let range: ipnet::Ipv6Net =
        text.parse().map_err(|_| AwsError::refused(format!("CIDR block {text} is malformed")))?;
    Ok(Peer::V6(range.trunc().to_string()))
}

fn list_peer(desk: &Desk, id: &str) -> Outcome<Peer> {
    if !super::prefix_list::is_aws_list(desk, id) {
        read::existing::<PrefixList>(desk, id)?;
    }
    Ok(Peer::List(id.to_owned()))
}

fn group_peer(desk: &Desk, id: &str) -> Outcome<Peer> {
    Ok(Peer::Group(read::existing::<SecurityGroup>(desk, id)?.id.clone()))
}

/// All rules that a call's permissions spell out, with ids still empty.
fn spelled(desk: &Desk, form: &Form, group: &SecurityGroup, egress: bool) -> Outcome<Vec<SecurityGroupRule>> {
    let mut rules = Vec::new();
    let mut add = |what: &Traffic, peer: Peer, description: Option<&str>| {
        rules.push(SecurityGroupRule {
            id: String::new(),
            group: group.id.clone(),
            egress,
            what: what.clone(),
            peer,
            description: description.filter(|text| !text.is_empty()).map(str::to_owned),
            tags: Tags::new(),
        });
    };
    for permission in form.list("IpPermissions") {
        let what = traffic(permission)?;
        for one in permission.list("IpRanges") {
            add(&what, range_v4(one.required("CidrIp")?)?, one.text("Description"));
        }
        for one in permission.list("Ipv6Ranges") {
            add(&what, range_v6(one.required("CidrIpv6")?)?, one.text("Description"));
        }
        for one in permission.list("PrefixListIds") {
            add(&what, list_peer(desk, one.required("PrefixListId")?)?, one.text("Description"));
        }
        for one in permission.list("Groups") {
            add(&what, group_peer(desk, one.required("GroupId")?)?, one.text("Description"));
        }
    }
    if let Some(range) = form.text("CidrIp") {
        add(&traffic(form)?, range_v4(range)?, None);
    }
    if rules.is_empty() {
        return Err(AwsError::missing("ipPermissions"));
    }
    Ok(rules)
}

fn direction(egress: bool) -> &'static str {
    if egress { "egress" } else { "ingress" }
}

fn authorize(desk: &mut Desk, form: &Form, x: &mut Xml, egress: bool) -> Outcome {
    let group = group_of(desk, form)?;
    let mut rules = spelled(desk, form, &group, egress)?;
    let tags = tags::specified(form, "security-group-rule", &["security-group-rule"])?;
    for (index, rule) in rules.iter().enumerate() {
        let repeated = rules[..index].iter().any(|earlier| earlier.same_as(rule));
        if repeated {
            return Err(AwsError::refused("The same permission must not appear multiple times"));
        }
        if desk.truths::<SecurityGroupRule>().any(|other| other.same_as(rule)) {
            return Err(AwsError::new("InvalidPermission.Duplicate", "the specified rule already exists"));
        }
    }
    let is_v6 = |rule: &SecurityGroupRule| matches!(rule.peer, Peer::V6(_));
    for v6 in [false, true] {
        let old: usize = desk
            .truths::<SecurityGroupRule>()
            .filter(|rule| rule.group == group.id && rule.egress == egress && is_v6(rule) == v6)
            .map(|rule| rule.weight(desk))
            .sum();
        let new: usize = rules.iter().filter(|rule| is_v6(rule) == v6).map(|rule| rule.weight(desk)).sum();
        if new > 0 && old + new > limits::GROUP_RULES {
            return Err(AwsError::new(
                "RulesPerSecurityGroupLimitExceeded",
                "The maximum number of rules per security group has been reached.",
            ));
        }
    }
    for rule in &mut rules {
        rule.id = desk.new_id("sgr");
        rule.tags = tags.clone();
    }
    x.leaf("return", true).list("securityGroupRuleSet", &rules, |x, rule| rule.write(x, desk));
    for rule in rules {
        desk.keep(rule);
    }
    Ok(())
}

fn revoke(desk: &mut Desk, form: &Form, x: &mut Xml, egress: bool) -> Outcome {
    let group = group_of(desk, form)?;
    let ids = form.texts("SecurityGroupRuleId");
    let doomed: Vec<SecurityGroupRule> = if ids.is_empty() {
        let mut doomed = Vec::new();
        for wanted in spelled(desk, form, &group, egress)? {
            let found = desk.truths::<SecurityGroupRule>().find(|rule| rule.same_as(&wanted)).cloned();
            doomed.push(found.ok_or_else(|| {
                AwsError::new(
                    "InvalidPermission.NotFound",
                    format!("The specified {} rule does not exist in this security group", direction(egress)),
                )
            })?);
        }
        doomed
    } else {
        let found: Vec<SecurityGroupRule> =
            read::by_id::<SecurityGroupRule>(desk, &ids)?.into_iter().cloned().collect();
        if let Some(foreign) = found.iter().find(|rule| rule.group != group.id || rule.egress != egress) {
            return Err(AwsError::new(
                "InvalidSecurityGroupRuleId.NotFound",
                format!("The security group rule ID '{}' does not exist", foreign.id),
            ));
        }
        found
    };
    for rule in &doomed {
        desk.remove::<SecurityGroupRule>(&rule.id);
    }
    x.leaf("return", true).list("revokedSecurityGroupRuleSet", doomed, |x, rule| {
        x.leaf("securityGroupRuleId", &rule.id)
            .leaf("groupId", &rule.group)
            .leaf("isEgress", rule.egress)
            .leaf("ipProtocol", &rule.what.protocol)
            .leaf("fromPort", rule.what.from.unwrap_or(-1))
            .leaf("toPort", rule.what.to.unwrap_or(-1));
        match &rule.peer {
            Peer::V4(range) => x.leaf("cidrIpv4", range),
            Peer::V6(range) => x.leaf("cidrIpv6", range),
            Peer::List(list) => x.leaf("prefixListId", list),
            Peer::Group(group) => x.leaf("referencedGroupId", group),
        };
        x.leaf_if("description", rule.description.as_ref());
    });
    Ok(())
}

fn describe_again(desk: &mut Desk, form: &Form, x: &mut Xml, egress: bool) -> Outcome {
    let group = group_of(desk, form)?;
    let mut changes: Vec<(String, Option<String>)> = Vec::new();
    for one in form.list("SecurityGroupRuleDescription") {
        let id = read::named::<SecurityGroupRule>(desk, one, "SecurityGroupRuleId")?.id.clone();
        changes.push((id, one.text("Description").map(str::to_owned)));
    }
    if changes.is_empty() {
        for wanted in spelled(desk, form, &group, egress)? {
            let found = desk.truths::<SecurityGroupRule>().find(|rule| rule.same_as(&wanted));
            let id = found.map(|rule| rule.id.clone()).ok_or_else(|| {
                AwsError::new("InvalidPermission.NotFound", "The specified rule does not exist in this security group")
            })?;
            changes.push((id, wanted.description));
        }
    }
    for (id, description) in changes {
        if let Some(rule) = desk.change::<SecurityGroupRule>(&id) {
            rule.description = description;
        }
    }
    x.leaf("return", true);
    Ok(())
}

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let group = group_of(desk, form)?;
    let mut changes = Vec::new();
    for one in form.list("SecurityGroupRule") {
        let old = read::named::<SecurityGroupRule>(desk, one, "SecurityGroupRuleId")?.clone();
        if old.group != group.id {
            return Err(read::not_found::<SecurityGroupRule>(&old.id));
        }
        let to = one.at("SecurityGroupRule").ok_or_else(|| AwsError::missing("SecurityGroupRule"))?;
        let peer =
            match (to.text("CidrIpv4"), to.text("CidrIpv6"), to.text("PrefixListId"), to.text("ReferencedGroupId")) {
                (Some(range), None, None, None) => range_v4(range)?,
                (None, Some(range), None, None) => range_v6(range)?,
                (None, None, Some(id), None) => list_peer(desk, id)?,
                (None, None, None, Some(id)) => group_peer(desk, id)?,
                _ => return Err(AwsError::combination("Exactly one source or destination must be given.")),
            };
        let new = SecurityGroupRule {
            what: traffic(to)?,
            peer,
            description: to.text("Description").map(str::to_owned),
            ..old
        };
        if desk.truths::<SecurityGroupRule>().any(|other| other.id != new.id && other.same_as(&new)) {
            return Err(AwsError::new("InvalidPermission.Duplicate", "the specified rule already exists"));
        }
        changes.push(new);
    }
    if changes.is_empty() {
        return Err(AwsError::missing("SecurityGroupRule"));
    }
    for new in changes {
        let id = new.id.clone();
        if let Some(rule) = desk.change::<SecurityGroupRule>(&id) {
            *rule = new;
        }
    }
    x.leaf("return", true);
    Ok(())
}
