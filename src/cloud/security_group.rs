//! Security groups in the live cloud, rule by rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_ec2::operation::create_security_group::CreateSecurityGroupError;
use aws_sdk_ec2::types::{
    Filter, IpPermission, IpRange, Ipv6Range, PrefixListId, ResourceType, SecurityGroup as LiveGroup,
    SecurityGroupRule as LiveRule, SecurityGroupRuleRequest, SecurityGroupRuleUpdate, UserIdGroupPair,
};
use futures_util::future::join_all;

use super::ec2::{
    FILTER_VALUES, LINGERING, PAGE, filter, gone, made, once_visible, pages, revoked, undone, until_visible,
};
use super::identity::PRODUCTION;
use super::{Call, Cloud, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, Direction, FieldChange, Found, Peer, Resource, Rule, SecurityGroup, Status, Tags};

/// Facts that hold the live rules by their ids, as JSON with the ids of their peers.
const RULE: &str = "rule/";

/// How often rules that are said to be there already are held against those that are seen.
const LOOKS: u32 = 5;

impl Live for SecurityGroup {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let all = cloud.groups.of(cloud).await?;
        let ours = all.iter().filter(|group| tags::mark(group.tags.as_deref()).is_of(scope));
        let groups: Vec<LiveGroup> = ours.cloned().collect();
        let ids: Vec<&str> = groups.iter().filter_map(LiveGroup::group_id).collect();
        let rules = join_all(ids.chunks(FILTER_VALUES).map(|ids| rules_of(cloud, ids))).await;
        let mut by_group: BTreeMap<String, Vec<(String, Rule)>> = BTreeMap::new();
        for chunk in rules {
            for (group, id, rule) in chunk? {
                by_group.entry(group).or_default().push((id, rule));
            }
        }
        let mut listing = Listing::default();
        for group in groups {
            let Some(id) = group.group_id.clone() else { continue };
            let mark = tags::mark(group.tags.as_deref());
            let mut live = by_group.remove(&id).unwrap_or_default();
            for (_, rule) in live.iter_mut().filter(|(_, rule)| rule.description.is_empty()) {
                rule.description = words_of(&group, rule);
            }
            let mut rules: Vec<Rule> = live.iter().map(|(_, rule)| rule.clone()).collect();
            rules.sort();
            let spec = SecurityGroup {
                vpc: Address::new(group.vpc_id.unwrap_or_default()),
                name: group.group_name.unwrap_or_default(),
                description: group.description.unwrap_or_default(),
                rules,
                tags: mark.tags.clone(),
            };
            let mut found = tags::found(&mark, &id, spec, Status::Ready);
            let written = live.iter().filter_map(|(id, rule)| Some((id, serde_json::to_string(rule).ok()?)));
            found.facts.extend(written.map(|(id, rule)| (format!("{RULE}{id}"), rule)));
            listing.found.push(found);
        }
        Ok(listing)
    }

    /// Without rules: those may name groups that don't exist yet.
    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let call = Call::look_first("ec2", "CreateSecurityGroup").new_thing();
        let vpc = cloud.id(&self.vpc)?;
        let request = cloud
            .ec2
            .create_security_group()
            .vpc_id(&vpc)
            .group_name(&self.name)
            .description(&self.description)
            .tag_specifications(tags::specification(ResourceType::SecurityGroup, &identity.tags(Some(&self.tags))));
        let send = || async { Ok(request.clone().send().await?.group_id) };
        let find = || async { Ok(self.made_before(cloud, &vpc, identity).await?.map(Some)) };
        let id = match cloud.call_once::<_, CreateSecurityGroupError, _, _>(call, send, find).await {
            Ok(id) => made(call, id)?,
            // The name is taken: by the one that an earlier run made, or by somebody's.
            Err(error) if error.is(ErrorClass::Exists) => {
                let holder = until_visible(async || self.holder(cloud, &vpc, identity).await).await?;
                holder.flatten().ok_or(error)?
            }
            Err(error) => return Err(error),
        };
        let request = cloud.ec2.revoke_security_group_egress().group_id(&id).ip_permissions(to_anywhere());
        let call = Call::new("ec2", "RevokeSecurityGroupEgress");
        once_visible(async || revoked(cloud.call(call, || request.clone().send()).await)).await?;
        Ok(id)
    }

    async fn finish(&self, cloud: &Cloud, id: &str) -> Result<()> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let rules = self.resolved(cloud)?;
        let tags = rule_tags(&cloud.scope().production);
        let (ingress, egress) = tokio::join!(
            authorise(cloud, id, Direction::Ingress, going(&rules, Direction::Ingress), &tags),
            authorise(cloud, id, Direction::Egress, going(&rules, Direction::Egress), &tags),
        );
        ingress.and(egress)
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, _changes: &[FieldChange]) -> Result<()> {
        let rules = self.resolved(cloud)?;
        let live = live_rules(found);
        let tags = rule_tags(&identity.production);
        let bring = |direction| {
            let missing = going(&rules, direction).filter(|rule| !live.iter().any(|(_, one)| one.key() == rule.key()));
            let stale = live
                .iter()
                .filter(|(_, one)| one.direction == direction && !rules.iter().any(|rule| rule.key() == one.key()));
            let missing: Vec<Rule> = missing.cloned().collect();
            let stale: Vec<String> = stale.map(|(id, _)| id.clone()).collect();
            let tags = &tags;
            async move {
                // First open, then close: what goes on being allowed is never interrupted. Where both don't fit into
                // the group at once, it has to be the other way round.
                match authorise(cloud, &found.id, direction, missing.iter(), tags).await {
                    Err(error) if error.is(ErrorClass::Quota) && !stale.is_empty() => {
                        revoke(cloud, &found.id, direction, stale).await?;
                        authorise(cloud, &found.id, direction, missing.iter(), tags).await
                    }
                    Err(error) => Err(error),
                    Ok(()) => revoke(cloud, &found.id, direction, stale).await,
                }
            }
        };
        let reworded = live.iter().filter_map(|(id, one)| {
            let rule = rules.iter().find(|rule| rule.key() == one.key())?;
            (rule.description != one.description).then(|| (id.clone(), rule))
        });
        let (ingress, egress, words) =
            tokio::join!(bring(Direction::Ingress), bring(Direction::Egress), reword(cloud, &found.id, reworded));
        ingress.and(egress).and(words)?;
        cloud.retag(found, &self.tags, identity).await
    }

    /// Takes all rules away: groups that name each other could never be deleted one after the other.
    async fn release(cloud: &Cloud, found: &Found) -> Result<()> {
        let live = live_rules(found);
        let ids = |direction| live.iter().filter(move |(_, one)| one.direction == direction).map(|(id, _)| id.clone());
        let (ingress, egress) = tokio::join!(
            revoke(cloud, &found.id, Direction::Ingress, ids(Direction::Ingress).collect()),
            revoke(cloud, &found.id, Direction::Egress, ids(Direction::Egress).collect()),
        );
        ingress.and(egress)
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let request = cloud.ec2.delete_security_group().group_id(&found.id);
        gone(cloud.call(Call::new("ec2", "DeleteSecurityGroup").patience(LINGERING), || request.clone().send()).await)
    }
}

impl SecurityGroup {
    /// The group of this name in this network, if it bears our mark: a stranger's is never taken over.
    async fn made_before(&self, cloud: &Cloud, vpc: &str, identity: &Identity) -> Result<Option<String>> {
        Ok(self.holder(cloud, vpc, identity).await?.flatten())
    }

    /// Who holds the name: the one that an earlier run made, or (none inside) a stranger. None where nobody is seen to
    /// hold it.
    async fn holder(&self, cloud: &Cloud, vpc: &str, identity: &Identity) -> Result<Option<Option<String>>> {
        let named = groups(cloud, &[filter("vpc-id", [vpc]), filter("group-name", [&self.name])]).await?;
        let ours = named.iter().find(|group| identity.is_marked_on(&tags::mark(group.tags.as_deref())));
        Ok((!named.is_empty()).then(|| ours.and_then(|group| group.group_id.clone())))
    }

    /// The rules with the ids of their peers, and with ports where the service wants them.
    fn resolved(&self, cloud: &Cloud) -> Result<Vec<Rule>> {
        let resolve = |rule: &Rule| {
            let mut rule = rule.clone();
            if let Peer::Group(peer) | Peer::PrefixList(peer) = &mut rule.peer {
                *peer = Address::new(cloud.id(peer)?);
            }
            if matches!(rule.protocol.as_str(), "tcp" | "udp") {
                rule.ports = rule.ports.or(Some((0, u16::MAX)));
            }
            Ok(rule)
        };
        self.rules.iter().map(resolve).collect()
    }
}

/// The groups that an observation needs: the production's, and those that AWS made with its networks. Two kinds read
/// them; within one observation the service is asked once.
#[derive(Debug, Default)]
pub(super) struct SharedGroups {
    /// None outside an observation; then whoever asks gets what is live.
    read: tokio::sync::Mutex<Option<Option<Arc<Vec<LiveGroup>>>>>,
}

impl SharedGroups {
    /// An observation begins.
    pub(super) async fn share(&self) {
        *self.read.lock().await = Some(None);
    }

    /// It has ended.
    pub(super) async fn end(&self) {
        *self.read.lock().await = None;
    }

    /// All groups of the region, of which an account may have a few thousand at most. The production's may bear any name,
    /// and the default ones no tag: no filter would leave room for both.
    pub(super) async fn of(&self, cloud: &Cloud) -> Result<Arc<Vec<LiveGroup>>> {
        let mut read = self.read.lock().await;
        if let Some(Some(groups)) = &*read {
            return Ok(groups.clone());
        }
        let groups = Arc::new(groups(cloud, &[]).await?);
        if let Some(shared) = &mut *read {
            *shared = Some(groups.clone());
        }
        Ok(groups)
    }
}

/// The rule that every group is born with: leave to send anything anywhere.
pub(super) fn to_anywhere() -> IpPermission {
    IpPermission::builder().ip_protocol("-1").ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build()).build()
}

/// Whether a rule's peer is a prefix list whose name isn't known.
pub(super) fn names_unknown_list(found: &Found) -> bool {
    let Resource::SecurityGroup(group) = &found.resource else { return false };
    group.rules.iter().any(|rule| matches!(&rule.peer, Peer::PrefixList(list) if list.as_str().starts_with("pl-")))
}

async fn groups(cloud: &Cloud, filters: &[Filter]) -> Result<Vec<LiveGroup>> {
    pages(|token| async move {
        let request = cloud
            .ec2
            .describe_security_groups()
            .set_filters(Some(filters.to_vec()))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeSecurityGroups"), || request.clone().send()).await?;
        Ok((answer.security_groups, answer.next_token))
    })
    .await
}

/// The rules of at most [`FILTER_VALUES`] groups: group, rule id, rule.
async fn rules_of(cloud: &Cloud, groups: &[&str]) -> Result<Vec<(String, String, Rule)>> {
    let rules = pages(|token| async move {
        let request = cloud
            .ec2
            .describe_security_group_rules()
            .filters(filter("group-id", groups.iter().copied()))
            .max_results(PAGE)
            .set_next_token(token);
        let answer = cloud.call(Call::new("ec2", "DescribeSecurityGroupRules"), || request.clone().send()).await?;
        Ok((answer.security_group_rules, answer.next_token))
    })
    .await?;
    Ok(rules
        .into_iter()
        .filter_map(|rule| Some((rule.group_id.clone()?, rule.security_group_rule_id.clone()?, read(&rule))))
        .collect())
}

/// A live rule in the blueprint's terms.
fn read(live: &LiveRule) -> Rule {
    let protocol = live.ip_protocol().unwrap_or("-1");
    let ports = match (live.from_port(), live.to_port()) {
        (Some(from), Some(to)) if protocol != "-1" && from >= 0 => {
            // An ICMP type with any code is written -1, which no port is.
            Some((u16::try_from(from).unwrap_or(u16::MAX), u16::try_from(to).unwrap_or(u16::MAX)))
        }
        _ => None,
    };
    let group = live.referenced_group_info().and_then(|group| group.group_id());
    let peer = match (live.cidr_ipv4().or(live.cidr_ipv6()), live.prefix_list_id(), group) {
        (Some(range), _, _) => Peer::Cidr(range.to_owned()),
        (None, Some(list), _) => Peer::PrefixList(Address::new(list)),
        (None, None, Some(group)) => Peer::Group(Address::new(group)),
        (None, None, None) => Peer::Cidr("unknown".to_owned()),
    };
    Rule {
        direction: if live.is_egress() == Some(true) { Direction::Egress } else { Direction::Ingress },
        protocol: protocol.to_owned(),
        ports,
        peer,
        description: live.description().unwrap_or_default().to_owned(),
        flow: None,
    }
}

/// A rule's words as its group tells them: some servers keep those of rules between groups nowhere else.
fn words_of(group: &LiveGroup, rule: &Rule) -> String {
    let Peer::Group(peer) = &rule.peer else { return String::new() };
    let permissions = match rule.direction {
        Direction::Ingress => group.ip_permissions(),
        Direction::Egress => group.ip_permissions_egress(),
    };
    let (from, to) = ports(rule);
    permissions
        .iter()
        .filter(|one| one.ip_protocol() == Some(&rule.protocol))
        .filter(|one| one.from_port().unwrap_or(-1) == from && one.to_port().unwrap_or(-1) == to)
        .flat_map(|one| one.user_id_group_pairs())
        .find(|pair| pair.group_id() == Some(peer.as_str()))
        .and_then(|pair| pair.description())
        .unwrap_or_default()
        .to_owned()
}

/// The live rules that a listing noted.
fn live_rules(found: &Found) -> Vec<(String, Rule)> {
    let rules = found.facts.iter().filter_map(|(key, rule)| Some((key.strip_prefix(RULE)?, rule)));
    rules.filter_map(|(id, rule)| Some((id.to_owned(), serde_json::from_str(rule).ok()?))).collect()
}

fn going(rules: &[Rule], direction: Direction) -> impl Iterator<Item = &Rule> {
    rules.iter().filter(move |rule| rule.direction == direction)
}

/// First and last port as the service takes them: ICMP has a type and a code there, of which -1 means any.
fn ports(rule: &Rule) -> (i32, i32) {
    match rule.ports {
        Some((from, to)) => (from.into(), to.into()),
        None => (-1, -1),
    }
}

fn permission(rule: &Rule) -> IpPermission {
    let (from, to) = ports(rule);
    let words = Some(rule.description.clone()).filter(|words| !words.is_empty());
    let permission = IpPermission::builder().ip_protocol(&rule.protocol).from_port(from).to_port(to);
    match &rule.peer {
        Peer::Cidr(range) if range.contains(':') => {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range).set_description(words).build())
        }
        Peer::Cidr(range) => permission.ip_ranges(IpRange::builder().cidr_ip(range).set_description(words).build()),
        Peer::Group(group) => permission
            .user_id_group_pairs(UserIdGroupPair::builder().group_id(group.as_str()).set_description(words).build()),
        Peer::PrefixList(list) => permission
            .prefix_list_ids(PrefixListId::builder().prefix_list_id(list.as_str()).set_description(words).build()),
    }
    .build()
}

/// The tags of rules: whose they are, and no more, for they go with their group.
fn rule_tags(production: &str) -> Tags {
    let known = Some(production).filter(|production| !production.is_empty());
    known.map(|production| (PRODUCTION.to_owned(), production.to_owned())).into_iter().collect()
}

/// Lets rules through, all of one direction in one call. One that is there already makes the service refuse them all:
/// then only those that are missing are asked for.
async fn authorise<'a>(
    cloud: &Cloud,
    group: &str,
    direction: Direction,
    rules: impl Iterator<Item = &'a Rule>,
    tags: &Tags,
) -> Result<()> {
    let mut missing: Vec<&Rule> = rules.collect();
    let mark = (!tags.is_empty()).then(|| vec![tags::specification(ResourceType::SecurityGroupRule, tags)]);
    let mut looks = 0;
    while !missing.is_empty() {
        let permissions = Some(missing.iter().map(|rule| permission(rule)).collect());
        let outcome = match direction {
            Direction::Ingress => {
                let request = cloud.ec2.authorize_security_group_ingress().group_id(group);
                let request = request.set_ip_permissions(permissions).set_tag_specifications(mark.clone());
                let call = Call::new("ec2", "AuthorizeSecurityGroupIngress").new_thing();
                cloud.call(call, || request.clone().send()).await.map(|_| ())
            }
            Direction::Egress => {
                let request = cloud.ec2.authorize_security_group_egress().group_id(group);
                let request = request.set_ip_permissions(permissions).set_tag_specifications(mark.clone());
                let call = Call::new("ec2", "AuthorizeSecurityGroupEgress").new_thing();
                cloud.call(call, || request.clone().send()).await.map(|_| ())
            }
        };
        match outcome {
            // It was one rule, and it is there.
            Err(error) if error.is(ErrorClass::Exists) && missing.len() == 1 => return Ok(()),
            // One of them is there, and no list tells which: each is asked for by itself.
            Err(error) if error.is(ErrorClass::Exists) && looks == LOOKS => {
                for rule in missing {
                    Box::pin(authorise(cloud, group, direction, std::iter::once(rule), tags)).await?;
                }
                return Ok(());
            }
            Err(error) if error.is(ErrorClass::Exists) => {
                looks += 1;
                let live = rules_of(cloud, &[group]).await?;
                let before = missing.len();
                missing.retain(|rule| !live.iter().any(|(_, _, one)| one.key() == rule.key()));
                if missing.len() == before {
                    // The list lags behind what the service knows.
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                }
            }
            outcome => return outcome,
        }
    }
    Ok(())
}

/// Takes rules away, all of one direction in one call.
async fn revoke(cloud: &Cloud, group: &str, direction: Direction, ids: Vec<String>) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    match revoke_all(cloud, group, direction, ids.clone()).await {
        // One of them, or the whole group, has gone in the meantime.
        Err(error) if error.is(ErrorClass::NotFound) => {
            let live = rules_of(cloud, &[group]).await?;
            let left: Vec<String> = live.into_iter().map(|(_, id, _)| id).filter(|id| ids.contains(id)).collect();
            if left.is_empty() { Ok(()) } else { undone(revoke_all(cloud, group, direction, left).await) }
        }
        outcome => outcome,
    }
}

async fn revoke_all(cloud: &Cloud, group: &str, direction: Direction, ids: Vec<String>) -> Result<()> {
    match direction {
        Direction::Ingress => {
            let request =
                cloud.ec2.revoke_security_group_ingress().group_id(group).set_security_group_rule_ids(Some(ids));
            let call = Call::new("ec2", "RevokeSecurityGroupIngress");
            cloud.call(call, || request.clone().send()).await.map(|_| ())
        }
        Direction::Egress => {
            let request =
                cloud.ec2.revoke_security_group_egress().group_id(group).set_security_group_rule_ids(Some(ids));
            let call = Call::new("ec2", "RevokeSecurityGroupEgress");
            cloud.call(call, || request.clone().send()).await.map(|_| ())
        }
    }
}

/// Changes the words of rules and nothing else, both directions in one call.
async fn reword<'a>(cloud: &Cloud, group: &str, rules: impl Iterator<Item = (String, &'a Rule)>) -> Result<()> {
    let updates: Vec<SecurityGroupRuleUpdate> = rules.map(|(id, rule)| update(id, rule)).collect();
    if updates.is_empty() {
        return Ok(());
    }
    let request = cloud.ec2.modify_security_group_rules().group_id(group).set_security_group_rules(Some(updates));
    cloud.call(Call::new("ec2", "ModifySecurityGroupRules"), || request.clone().send()).await.map(|_| ())
}

/// The whole rule has to be said again for its words to change.
fn update(id: String, rule: &Rule) -> SecurityGroupRuleUpdate {
    let (from, to) = ports(rule);
    let request = SecurityGroupRuleRequest::builder().ip_protocol(&rule.protocol).from_port(from).to_port(to);
    let request = match &rule.peer {
        Peer::Cidr(range) if range.contains(':') => request.cidr_ipv6(range),
        Peer::Cidr(range) => request.cidr_ipv4(range),
        Peer::Group(group) => request.referenced_group_id(group.as_str()),
        Peer::PrefixList(list) => request.prefix_list_id(list.as_str()),
    };
    let request = request.description(&rule.description).build();
    SecurityGroupRuleUpdate::builder().security_group_rule_id(id).security_group_rule(request).build()
}
