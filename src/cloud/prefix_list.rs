//! Managed prefix lists in the live cloud, ours and those of AWS.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_ec2::types::{AddPrefixListEntry, ManagedPrefixList, PrefixListState, RemovePrefixListEntry, ResourceType};
use futures_util::future::join_all;

use super::ec2::{LINGERING, Life, gone, pages};
use super::identity::PRODUCTION;
use super::watch::Seen;
use super::{Call, Cloud, CloudError, ErrorClass, Gone, Identity, Listing, Live, Result, Scope, tags};
use crate::resource::{Address, FieldChange, Found, Kind, PrefixList, Status};

/// What a page of lists or entries, and a call that changes entries, holds at most.
const PAGE: usize = 100;

/// A list of a thousand entries takes seconds; one that takes longer than this never gets there.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a change is tried against a version that somebody else has just replaced.
const TRIES: u32 = 6;

const DESCRIBE: Call = Call::new("ec2", "DescribeManagedPrefixLists");
const MODIFY: Call = Call::look_first("ec2", "ModifyManagedPrefixList").patience(Duration::ZERO);

impl Live for PrefixList {
    async fn list(cloud: &Cloud, scope: &Scope) -> Result<Listing> {
        let ours =
            |list: &ManagedPrefixList| tags::mark(list.tags.as_deref()).get(PRODUCTION) == Some(&scope.production);
        let lists: Vec<_> = cloud.managed_prefix_lists().await?.into_iter().filter(ours).collect();
        let ids = lists.iter().map(|list| list.prefix_list_id().unwrap_or_default());
        let entries = join_all(ids.map(|id| entries(cloud, id))).await;
        let mut listing = Listing::default();
        for (list, entries) in lists.into_iter().zip(entries) {
            let Some(id) = list.prefix_list_id() else { continue };
            let mark = tags::mark(list.tags.as_deref());
            let status = status(&list);
            let entries = entries.unwrap_or_else(|error| {
                // The end of one that is on its way out may come between the two calls.
                if !(error.is(ErrorClass::NotFound) && matches!(status, Status::Leaving(_))) {
                    let address = mark.address_or_stray(Kind::PrefixList, id);
                    listing.unreadable.push(error.unreadable(Kind::PrefixList, Some(address)));
                }
                BTreeMap::new()
            });
            let spec = PrefixList {
                name: list.prefix_list_name().unwrap_or_default().to_owned(),
                family: list.address_family().unwrap_or_default().to_owned(),
                max_entries: u32::try_from(list.max_entries().unwrap_or_default()).unwrap_or_default(),
                entries,
                tags: mark.tags.clone(),
            };
            let mut found = tags::found(&mark, id, spec, status);
            found.facts.extend(list.version().map(|version| ("version".to_owned(), version.to_string())));
            listing.found.push(found);
        }
        Ok(listing)
    }

    async fn create(&self, cloud: &Cloud, identity: &Identity) -> Result<String> {
        let first = self.entries.iter().take(PAGE).map(|(range, words)| added(range, words)).collect();
        let request = cloud
            .ec2
            .create_managed_prefix_list()
            .prefix_list_name(&self.name)
            .address_family(&self.family)
            .max_entries(count(self.max_entries))
            .set_entries(Some(first))
            .tag_specifications(tags::specification(ResourceType::PrefixList, &identity.tags(Some(&self.tags))));
        let id = cloud
            .create_by_token(
                Call::new("ec2", "CreateManagedPrefixList"),
                identity,
                &[],
                |token| {
                    let request = request.clone().client_token(token);
                    async { Ok(request.send().await?.prefix_list.and_then(|list| list.prefix_list_id)) }
                },
                |id| async move {
                    let seen = look(cloud).await?.remove(&id);
                    Ok(seen.map(|seen| if seen.state.starts_with("delete") { Life::Over } else { Life::Alive }))
                },
            )
            .await?;
        // Rules that name the list are refused until it is complete.
        Self::settled(cloud, &id).await?;
        if self.entries.len() > PAGE {
            self.bring(cloud, &id).await?;
        }
        Ok(id)
    }

    async fn settled(cloud: &Cloud, id: &str) -> Result<()> {
        // A short list is complete before anybody could have waited for it.
        if is_complete(id, look(cloud).await?.get(id), Duration::ZERO)?.is_some() {
            return Ok(());
        }
        cloud.watches.prefix_lists.until(id, || look(cloud), |seen, waited| is_complete(id, seen, waited)).await
    }

    async fn update(&self, cloud: &Cloud, found: &Found, identity: &Identity, changes: &[FieldChange]) -> Result<()> {
        if changes.iter().any(|change| !change.path.starts_with("tags.")) {
            self.bring(cloud, &found.id).await?;
        }
        cloud.retag(found, &self.tags, identity).await
    }

    async fn delete(cloud: &Cloud, found: &Found) -> Result<Gone> {
        let request = cloud.ec2.delete_managed_prefix_list().prefix_list_id(&found.id);
        let call = Call::new("ec2", "DeleteManagedPrefixList").patience(LINGERING);
        gone(cloud.call(call, || request.clone().send()).await)?;
        let is_gone = |seen: Option<&Seen>, waited: Duration| match seen {
            None => Ok(Some(Gone::Gone)),
            Some(seen) if seen.state == PrefixListState::DeleteComplete.as_str() => Ok(Some(Gone::Gone)),
            Some(seen) if seen.state == PrefixListState::DeleteFailed.as_str() => Err(failed(&found.id, seen)),
            Some(seen) if waited > PATIENCE => Err(failed(&found.id, seen)),
            Some(_) => Ok(None),
        };
        if let Some(gone) = is_gone(look(cloud).await?.get(&found.id), Duration::ZERO)? {
            return Ok(gone);
        }
        cloud.watches.prefix_lists.until(&found.id, || look(cloud), is_gone).await
    }
}

impl Cloud {
    /// The account's own prefix lists, from one call a page. Those of AWS come along, and their ids are noted under
    /// their names, such as `com.amazonaws.us-west-2.s3`: no tag filter would leave room for both.
    ///
    /// # Errors
    /// The service's refusal.
    pub(super) async fn managed_prefix_lists(&self) -> Result<Vec<ManagedPrefixList>> {
        let (aws, own): (Vec<_>, Vec<_>) =
            all_lists(self).await?.into_iter().partition(|list| list.owner_id() == Some("AWS"));
        for list in aws {
            if let (Some(name), Some(id)) = (list.prefix_list_name, list.prefix_list_id) {
                self.learn(Address::new(name), id);
            }
        }
        Ok(own)
    }
}

impl PrefixList {
    /// Brings the live list to this one, a step at a time, each from what is live then: a step works on a version, and
    /// what is said of an older one is refused.
    async fn bring(&self, cloud: &Cloud, id: &str) -> Result<()> {
        let mut refusals = 0;
        loop {
            let live = all_lists(cloud).await?.into_iter().find(|list| list.prefix_list_id() == Some(id));
            let live = live.ok_or_else(|| DESCRIBE.error(ErrorClass::NotFound, format!("{id} is gone")))?;
            if matches!(status(&live), Status::Pending(_)) {
                Self::settled(cloud, id).await?;
                continue;
            }
            let entries = entries(cloud, id).await?;
            let Some(step) = self.step(&live, &entries) else { return Ok(()) };
            let request = cloud
                .ec2
                .modify_managed_prefix_list()
                .prefix_list_id(id)
                // The name is said every time, for there are servers that take its absence for its removal.
                .prefix_list_name(&self.name);
            let request = match step {
                Step::Name => request,
                Step::Room(room) => request.max_entries(count(room)),
                Step::Entries { add, remove } => request
                    .set_current_version(live.version())
                    .set_add_entries(Some(add.into_iter().map(|(range, words)| added(range, words)).collect()))
                    .set_remove_entries(Some(remove.into_iter().map(removed).collect())),
            };
            match cloud.call(MODIFY, || request.clone().send()).await {
                Ok(_) => refusals = 0,
                Err(error)
                    if refusals < TRIES && matches!(error.class, ErrorClass::StateRace | ErrorClass::Uncertain) =>
                {
                    refusals += 1;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The next step from the live list towards this one; none where nothing is left to do.
    fn step<'a>(&'a self, live: &ManagedPrefixList, entries: &'a BTreeMap<String, String>) -> Option<Step<'a>> {
        // Some servers don't say how long a list may become; what isn't said is taken to be right.
        let room = live.max_entries().and_then(|room| u32::try_from(room).ok()).unwrap_or(self.max_entries);
        if room < self.max_entries {
            return Some(Step::Room(self.max_entries));
        }
        let is_stale = |(range, words): &(&String, &String)| self.entries.get(*range) != Some(*words);
        // An entry can't be removed and added in one call: one whose words change goes now and comes back in the next.
        let remove: Vec<&str> = entries.iter().filter(is_stale).map(|(range, _)| range.as_str()).take(PAGE).collect();
        let left = u32::try_from(entries.len() - remove.len()).unwrap_or(u32::MAX);
        let add: Vec<(&str, &str)> = self
            .entries
            .iter()
            .filter(|(range, _)| !entries.contains_key(*range))
            .map(|(range, words)| (range.as_str(), words.as_str()))
            .take(PAGE.min(room.saturating_sub(left) as usize))
            .collect();
        if !add.is_empty() || !remove.is_empty() {
            Some(Step::Entries { add, remove })
        } else if room > self.max_entries {
            Some(Step::Room(self.max_entries))
        } else {
            (live.prefix_list_name() != Some(&self.name)).then_some(Step::Name)
        }
    }
}

/// What one call can change.
#[derive(Debug, PartialEq, Eq)]
enum Step<'a> {
    /// How many entries it may have: never together with entries.
    Room(u32),
    Entries {
        add: Vec<(&'a str, &'a str)>,
        remove: Vec<&'a str>,
    },
    Name,
}

async fn all_lists(cloud: &Cloud) -> Result<Vec<ManagedPrefixList>> {
    pages(|token| async move {
        let request = cloud.ec2.describe_managed_prefix_lists().max_results(PAGE as i32).set_next_token(token);
        let answer = cloud.call(DESCRIBE, || request.clone().send()).await?;
        Ok((answer.prefix_lists, answer.next_token))
    })
    .await
}

/// Range to description.
async fn entries(cloud: &Cloud, id: &str) -> Result<BTreeMap<String, String>> {
    let entries = pages(|token| async move {
        let request = cloud
            .ec2
            .get_managed_prefix_list_entries()
            .prefix_list_id(id)
            .max_results(PAGE as i32)
            .set_next_token(token);
        let call = Call::new("ec2", "GetManagedPrefixListEntries").new_thing();
        let answer = cloud.call(call, || request.clone().send()).await?;
        Ok((answer.entries, answer.next_token))
    })
    .await?;
    Ok(entries.into_iter().filter_map(|entry| Some((entry.cidr?, entry.description.unwrap_or_default()))).collect())
}

/// The states of all lists.
async fn look(cloud: &Cloud) -> Result<BTreeMap<String, Seen>> {
    let seen = |list: ManagedPrefixList| {
        let state = list.state.as_ref().map(|state| state.as_str().to_owned()).unwrap_or_default();
        Some((list.prefix_list_id?, Seen { state, reason: list.state_message, ..Seen::default() }))
    };
    Ok(all_lists(cloud).await?.into_iter().filter_map(seen).collect())
}

/// Whether a list can be used; an error where it never will.
fn is_complete(id: &str, seen: Option<&Seen>, waited: Duration) -> Result<Option<()>> {
    match seen {
        Some(seen) if seen.state.ends_with("-complete") && !seen.state.starts_with("delete") => Ok(Some(())),
        Some(seen) if seen.state.ends_with("-failed") || seen.state.starts_with("delete") => Err(failed(id, seen)),
        Some(seen) if waited > PATIENCE => Err(failed(id, seen)),
        None if waited > PATIENCE => {
            Err(DESCRIBE.error(ErrorClass::NotFound, format!("{id} was made and is not seen")))
        }
        _ => Ok(None),
    }
}

fn failed(id: &str, seen: &Seen) -> CloudError {
    let reason = seen.reason.as_deref().unwrap_or("no reason given");
    DESCRIBE.error(ErrorClass::Invalid, format!("{id} is in state {}: {reason}", seen.state))
}

fn status(list: &ManagedPrefixList) -> Status {
    use PrefixListState::{CreateComplete, DeleteComplete, DeleteInProgress, ModifyComplete, RestoreComplete};
    let Some(state) = list.state() else { return Status::Ready };
    let word = state.as_str().to_owned();
    match state {
        CreateComplete | ModifyComplete | RestoreComplete => Status::Ready,
        DeleteInProgress | DeleteComplete => Status::Leaving(word),
        _ if word.ends_with("-failed") => {
            Status::Failed(list.state_message().map(|why| format!("{word}: {why}")).unwrap_or(word))
        }
        _ => Status::Pending(word),
    }
}

fn added(range: &str, words: &str) -> AddPrefixListEntry {
    let words = Some(words.to_owned()).filter(|words| !words.is_empty());
    AddPrefixListEntry::builder().cidr(range).set_description(words).build()
}

fn removed(range: &str) -> RemovePrefixListEntry {
    RemovePrefixListEntry::builder().cidr(range).build()
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(all: &[(&str, &str)]) -> BTreeMap<String, String> {
        all.iter().map(|(range, words)| ((*range).to_owned(), (*words).to_owned())).collect()
    }

    fn list(max_entries: u32, all: &[(&str, &str)]) -> PrefixList {
        PrefixList {
            name: "offices".to_owned(),
            family: "IPv4".to_owned(),
            max_entries,
            entries: entries(all),
            tags: BTreeMap::new(),
        }
    }

    fn live(max_entries: i32) -> ManagedPrefixList {
        ManagedPrefixList::builder().prefix_list_name("offices").max_entries(max_entries).version(3).build()
    }

    #[test]
    fn room_is_made_before_entries_come_and_given_up_after_they_went() {
        let (one, two) = (("10.0.0.0/24", "Soho"), ("10.0.1.0/24", "Leeds"));
        let wanted = list(2, &[one, two]);
        assert_eq!(wanted.step(&live(1), &entries(&[one])), Some(Step::Room(2)));
        assert_eq!(wanted.step(&live(2), &entries(&[one])), Some(Step::Entries { add: vec![two], remove: vec![] }));
        let wanted = list(1, &[one]);
        assert_eq!(
            wanted.step(&live(2), &entries(&[one, two])),
            Some(Step::Entries { add: vec![], remove: vec![two.0] })
        );
        assert_eq!(wanted.step(&live(2), &entries(&[one])), Some(Step::Room(1)));
        assert_eq!(wanted.step(&live(1), &entries(&[one])), None);
    }

    #[test]
    fn an_entry_whose_words_change_goes_and_comes_back() {
        let wanted = list(1, &[("10.0.0.0/24", "Soho, second floor")]);
        let before = entries(&[("10.0.0.0/24", "Soho")]);
        assert_eq!(wanted.step(&live(1), &before), Some(Step::Entries { add: vec![], remove: vec!["10.0.0.0/24"] }));
        assert_eq!(
            wanted.step(&live(1), &BTreeMap::new()),
            Some(Step::Entries { add: vec![("10.0.0.0/24", "Soho, second floor")], remove: vec![] })
        );
    }
}
