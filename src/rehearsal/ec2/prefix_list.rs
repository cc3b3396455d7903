//! Managed prefix lists: the customer's, and Amazon's own for its gateway services.

use super::filter::Filters;
use super::kind::{Action, Kind, identified, tagged};
use super::security_group_rule::{Peer, SecurityGroupRule};
use super::{read, tokens};
use crate::rehearsal::agenda::Event;
use crate::rehearsal::desk::Desk;
use crate::rehearsal::physics::{places, times};
use crate::rehearsal::random::of_text;
use crate::rehearsal::tags::{self, Tags};
use crate::rehearsal::wire::{AwsError, Form, Outcome, Xml};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A customer-managed prefix list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PrefixList {
    /// `pl-…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `IPv4` or `IPv6`.
    pub family: String,
    /// How many entries it may have.
    pub max_entries: usize,
    /// Its entries: ranges and descriptions.
    pub entries: BTreeMap<String, String>,
    /// Its version, which each change of entries raises.
    pub version: i64,
    /// Its state, such as `create-complete`.
    pub state: String,
    /// Its tags.
    pub tags: Tags,
}

/// What it does.
pub const ACTIONS: &[Action] = &[
    ("CreateManagedPrefixList", create),
    ("DescribeManagedPrefixLists", describe),
    ("GetManagedPrefixListEntries", entries),
    ("ModifyManagedPrefixList", modify),
    ("DeleteManagedPrefixList", delete),
];

/// The largest page of entries. \[B\] GetManagedPrefixListEntries.
const LARGEST_ENTRIES_PAGE: usize = 100;

identified!(PrefixList);

impl Kind for PrefixList {
    const PREFIX: &'static str = "pl";
    const TYPE: &'static str = "prefix-list";
    const WORDS: &'static str = "prefix list";
    const ID_PARAMETER: &'static str = "PrefixListId";
    const NOT_FOUND: &'static str = "InvalidPrefixListID.NotFound";
    const MALFORMED: &'static str = "InvalidPrefixListId.Malformed";
    const SET: &'static str = "prefixListSet";
    const LARGEST_PAGE: usize = 100;
    const FILTERS: &'static [&'static str] = &["prefix-list-id", "prefix-list-name", "owner-id"];

    tagged!();

    fn field(&self, filter: &str) -> Vec<String> {
        match filter {
            "prefix-list-id" => vec![self.id.clone()],
            "prefix-list-name" => vec![self.name.clone()],
            _ => Vec::new(),
        }
    }

    fn write(&self, x: &mut Xml, desk: &Desk) {
        let owner = if self.name.starts_with(AWS_NAME) { "AWS" } else { desk.account() };
        x.leaf("prefixListId", &self.id)
            .leaf("addressFamily", &self.family)
            .leaf("state", &self.state)
            .leaf(
                "prefixListArn",
                format!("arn:aws:ec2:{}:{}:prefix-list/{}", desk.region, owner.to_lowercase(), self.id),
            )
            .leaf("prefixListName", &self.name);
        if owner != "AWS" {
            x.leaf("maxEntries", self.max_entries).leaf("version", self.version);
        }
        tags::write(x, &self.tags);
        x.leaf("ownerId", owner);
    }
}

/// What the names of Amazon's own lists begin with.
const AWS_NAME: &str = "com.amazonaws.";

/// Amazon's own lists in a Region.
fn aws_lists(region: &str) -> Vec<PrefixList> {
    places::GATEWAY_SERVICES
        .iter()
        .map(|service| {
            let name = format!("{AWS_NAME}{region}.{service}");
            // Addresses for documentation (RFC 5737): what the service's real ones are doesn't matter here.
            let range = if *service == "s3" { "198.51.100.0/24" } else { "203.0.113.0/24" };
            PrefixList {
                id: aws_list_id(region, service),
                name,
                family: "IPv4".to_owned(),
                max_entries: 1,
                entries: BTreeMap::from([(range.to_owned(), String::new())]),
                version: 1,
                state: "create-complete".to_owned(),
                tags: Tags::new(),
            }
        })
        .collect()
}

/// The id of Amazon's own list of a gateway service in a Region.
pub fn aws_list_id(region: &str, service: &str) -> String {
    format!("pl-{:08x}", of_text(2, &format!("{region}/{service}")) >> 32)
}

/// Whether an id is that of one of Amazon's own lists.
pub fn is_aws_list(desk: &Desk, id: &str) -> bool {
    places::GATEWAY_SERVICES.iter().any(|service| aws_list_id(&desk.region, service) == id)
}

fn describe(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let filters = Filters::read(form, PrefixList::FILTERS)?;
    let ids = form.texts("PrefixListId");
    let own = aws_lists(&desk.region);
    let mut all: Vec<&PrefixList> = own.iter().chain(desk.seen::<PrefixList>()).collect();
    if let Some(missing) = ids.iter().find(|id| !all.iter().any(|list| &list.id == *id)) {
        return Err(read::not_found::<PrefixList>(missing));
    }
    all.retain(|list| (ids.is_empty() || ids.contains(&list.id)) && passes(desk, &filters, list));
    all.sort_by(|one, other| one.id.cmp(&other.id));
    let page = read::page(desk, form, PrefixList::LARGEST_PAGE, all, |list| &list.id)?;
    x.list(PrefixList::SET, page.items, |x, list| list.write(x, desk)).leaf_if("nextToken", page.next);
    Ok(())
}

fn passes(desk: &Desk, filters: &Filters, list: &PrefixList) -> bool {
    filters.pass(&list.tags, |name| match name {
        "owner-id" if list.name.starts_with(AWS_NAME) => vec!["AWS".to_owned()],
        "owner-id" => vec![desk.account().to_owned()],
        other => list.field(other),
    })
}

fn entries(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = form.required("PrefixListId")?;
    let own = aws_lists(&desk.region);
    let list = match own.iter().find(|list| list.id == id) {
        Some(list) => list,
        None => read::existing::<PrefixList>(desk, id)?,
    };
    let page =
        read::page(desk, form, LARGEST_ENTRIES_PAGE, list.entries.iter().collect(), |(range, _)| range.as_str())?;
    x.list("entrySet", page.items, |x, (range, description)| {
        x.leaf("cidr", range).leaf_if("description", Some(description).filter(|text| !text.is_empty()));
    });
    x.leaf_if("nextToken", page.next);
    Ok(())
}

fn given_entries(form: &Form, path: &str, family: &str) -> Outcome<BTreeMap<String, String>> {
    let mut entries = BTreeMap::new();
    for entry in form.list(path) {
        let text = entry.required("Cidr")?;
        let range: ipnet::IpNet =
            text.parse().map_err(|_| AwsError::refused(format!("The CIDR '{text}' is invalid")))?;
        if (family == "IPv4") != matches!(range, ipnet::IpNet::V4(_)) {
            return Err(AwsError::refused(format!("The CIDR '{text}' is not of the address family {family}")));
        }
        let description = entry.text("Description").unwrap_or_default().to_owned();
        if entries.insert(range.trunc().to_string(), description).is_some() {
            return Err(AwsError::refused(format!("The CIDR '{text}' is given more than once")));
        }
    }
    Ok(entries)
}

fn too_many() -> AwsError {
    AwsError::new("PrefixListMaxEntriesExceeded", "You've reached the maximum number of entries for the prefix list.")
}

fn create(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let (token, made) = tokens::look_up(desk, form, "")?;
    if let Some(list) = made.and_then(|made| desk.truth::<PrefixList>(made.first()?).cloned()) {
        x.node("prefixList", |x| list.write(x, desk));
        return Ok(());
    }
    let name = form.required("PrefixListName")?.to_owned();
    if name.starts_with("com.amazonaws") {
        return Err(AwsError::refused("A prefix list's name cannot start with com.amazonaws"));
    }
    let family = form.required("AddressFamily")?.to_owned();
    let max_entries = form
        .number("MaxEntries")?
        .and_then(|number| usize::try_from(number).ok())
        .ok_or_else(|| AwsError::missing("MaxEntries"))?;
    let entries = given_entries(form, "Entry", &family)?;
    if entries.len() > max_entries {
        return Err(too_many());
    }
    let tags = tags::specified(form, "prefix-list", &["prefix-list"])?;
    let state = "create-in-progress".to_owned();
    let list = PrefixList { id: desk.new_id("pl"), name, family, max_entries, entries, version: 1, state, tags };
    x.node("prefixList", |x| list.write(x, desk));
    desk.later(times::PREFIX_LIST_SETTLING, Event::PrefixListSettles(list.id.clone()));
    tokens::remember(desk, token, vec![list.id.clone()]);
    desk.keep(list);
    Ok(())
}

fn settled(list: &PrefixList) -> Outcome {
    if list.state.ends_with("-in-progress") {
        let message = format!("The prefix list '{}' is in state {}.", list.id, list.state);
        return Err(AwsError::new("IncorrectState", message));
    }
    Ok(())
}

fn modify(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<PrefixList>(desk, form, "PrefixListId")?.id.clone();
    let list = desk.truth::<PrefixList>(&id).ok_or_else(|| read::not_found::<PrefixList>(&id))?;
    settled(list)?;
    let adds = given_entries(form, "AddEntry", &list.family)?;
    let removes = given_entries(form, "RemoveEntry", &list.family)?;
    let mut changed = list.clone();
    if !adds.is_empty() || !removes.is_empty() {
        match form.number("CurrentVersion")? {
            None => return Err(AwsError::missing("CurrentVersion")),
            Some(version) if version != list.version => {
                return Err(AwsError::new(
                    "PrefixListVersionMismatch",
                    "The specified prefix list version does not match the current version.",
                ));
            }
            Some(_) => changed.version += 1,
        }
    }
    if let Some(unknown) = removes.keys().find(|range| !list.entries.contains_key(*range)) {
        return Err(AwsError::refused(format!("The CIDR '{unknown}' is not in the prefix list")));
    }
    changed.entries.retain(|range, _| !removes.contains_key(range));
    changed.entries.extend(adds);
    if let Some(max) = form.number("MaxEntries")? {
        if changed.version != list.version {
            return Err(AwsError::combination("MaxEntries cannot be modified together with entries"));
        }
        changed.max_entries = usize::try_from(max).map_err(|_| AwsError::value("MaxEntries", max))?;
    }
    if changed.entries.len() > changed.max_entries {
        return Err(too_many());
    }
    if let Some(name) = form.text("PrefixListName") {
        changed.name = name.to_owned();
    }
    changed.state = "modify-in-progress".to_owned();
    x.node("prefixList", |x| changed.write(x, desk));
    if let Some(list) = desk.change::<PrefixList>(&id) {
        *list = changed;
    }
    desk.later(times::PREFIX_LIST_SETTLING, Event::PrefixListSettles(id));
    Ok(())
}

fn delete(desk: &mut Desk, form: &Form, x: &mut Xml) -> Outcome {
    let id = read::named::<PrefixList>(desk, form, "PrefixListId")?.id.clone();
    let used = desk.truths::<SecurityGroupRule>().any(|rule| rule.peer == Peer::List(id.clone()))
        || desk
            .truths::<super::route_table::RouteTable>()
            .any(|table| table.routes.iter().any(|route| route.destination == id));
    if used {
        return Err(AwsError::depended_upon("prefix list", &id));
    }
    let list = desk.change::<PrefixList>(&id).ok_or_else(|| read::not_found::<PrefixList>(&id))?;
    settled(list)?;
    list.state = "delete-in-progress".to_owned();
    let list = list.clone();
    x.node("prefixList", |x| list.write(x, desk));
    desk.later(times::PREFIX_LIST_SETTLING, Event::PrefixListSettles(id));
    Ok(())
}

/// What is in progress is complete; what is being deleted is gone.
pub fn settles(desk: &mut Desk, id: &str) {
    let Some(list) = desk.truth_mut::<PrefixList>(id) else { return };
    if list.state == "delete-in-progress" {
        desk.remove::<PrefixList>(id);
    } else {
        list.state = list.state.replace("-in-progress", "-complete");
    }
}
