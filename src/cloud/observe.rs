//! The bulk read: everything of a production, all kinds at once, in as many calls as there are pages.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use super::{Cloud, Listing, Result, Scope, instance_profile, kms_key, security_group, volume};
use crate::resource::{Address, Found, Kind, Observed, Resource, Status, Unreadable};

impl Cloud {
    /// Reads the live state of a production. What can't be read is named in it, never taken for absent.
    ///
    /// # Errors
    /// Where not even the caller's identity can be had, or the network is dead.
    pub async fn observe(&self, scope: &Scope) -> Result<Observed> {
        self.look_after(scope);
        let caller = self.caller().await?;
        self.groups.share().await;
        let of_backup = scope.backups || scope.thorough;
        let kinds: Vec<Kind> =
            Kind::ALL.iter().copied().filter(|kind| of_backup || !OF_BACKUP.contains(kind)).collect();
        let lists = join_all(kinds.iter().map(|kind| self.list(*kind, scope)));
        let (lists, mut elsewhere) = futures_util::future::join(lists, self.elsewhere(scope, &scope.elsewhere)).await;
        self.groups.end().await;
        let mut observed = Observed {
            account: caller.account,
            region: self.region().to_owned(),
            caller: caller.arn,
            ..Observed::default()
        };
        let mut found = BTreeMap::new();
        for (kind, listing) in kinds.iter().zip(lists) {
            let listing = or_a_gap(*kind, listing);
            found.insert(*kind, listing.found);
            observed.unreadable.extend(listing.unreadable);
        }
        if !of_backup && may_have_backups(&found, &observed) {
            let lists = join_all(OF_BACKUP.map(|kind| Box::pin(self.list(kind, scope)))).await;
            for (kind, listing) in OF_BACKUP.into_iter().zip(lists) {
                let listing = or_a_gap(kind, listing);
                found.insert(kind, listing.found);
                observed.unreadable.extend(listing.unreadable);
            }
        }
        // Plans know where their copies go, also where nobody else does.
        let told: BTreeSet<String> =
            found.get(&Kind::BackupPlan).into_iter().flatten().flat_map(copy_regions).collect();
        let known = |one: &String| scope.elsewhere.contains(one) || scope.left_alone.contains(one);
        let untold = told.into_iter().filter(|one| one != self.region() && !known(one)).collect();
        elsewhere.extend(self.elsewhere(scope, &untold).await);
        for (kind, listing) in elsewhere {
            found.entry(kind).or_default().extend(listing.found);
            observed.unreadable.extend(listing.unreadable);
        }
        if scope.deep
            && let Some(seats) = found.get_mut(&Kind::Seat)
        {
            observed.unreadable.extend(self.read_deep(seats).await);
        }
        let seats = found.get(&Kind::Seat).cloned().unwrap_or_default();
        if let Some(volumes) = found.remove(&Kind::Volume)
            && !observed.unreadable.iter().any(|gap| gap.kind == Kind::Volume)
        {
            let mut listing = self.all_volumes(scope, volumes, &seats).await;
            observed.unreadable.extend(listing.unreadable);
            volume::attribute(&mut listing.found, &seats);
            found.insert(Kind::Volume, listing.found);
        }
        let roles = found.get(&Kind::IamRole).cloned().unwrap_or_default();
        if let Some(profiles) = found.get_mut(&Kind::InstanceProfile) {
            instance_profile::attribute(profiles, &roles);
        }
        self.find_keys_without_alias(scope, &mut found, &mut observed).await;
        self.settle(found.into_values().flatten().collect(), &mut observed);
        doubt_rules(&mut observed);
        Ok(observed)
    }

    /// What of the production lies in other regions: keys and vaults.
    async fn elsewhere(&self, scope: &Scope, regions: &BTreeSet<String>) -> Vec<(Kind, Listing)> {
        let scope = &Scope { elsewhere: BTreeSet::new(), ..scope.clone() };
        let of_regions = regions.iter().flat_map(|region| ELSEWHERE.map(|kind| (region, kind)));
        let reads = of_regions.map(|(region, kind)| {
            Box::pin(async move {
                let listing = match self.in_region(region).list(kind, scope).await {
                    Ok(listing) => lying_in(region, listing),
                    Err(error) => {
                        let all = Address::everything_in(region);
                        Listing { found: Vec::new(), unreadable: vec![error.unreadable(kind, Some(all))] }
                    }
                };
                (kind, listing)
            })
        });
        join_all(reads).await
    }

    /// The volumes, once every one that a seat says it holds is among them: what was made a moment ago may be listed
    /// late, and must not be taken for absent. Those that stay away are gaps.
    async fn all_volumes(&self, scope: &Scope, mut volumes: Vec<Found>, seats: &[Found]) -> Listing {
        for wait in waits_for_the_unseen() {
            if volume::unseen(&volumes, seats).is_empty() {
                break;
            }
            tokio::time::sleep(wait).await;
            match self.list(Kind::Volume, scope).await {
                Ok(listing) => volumes = listing.found,
                Err(error) => {
                    return Listing { found: Vec::new(), unreadable: vec![error.unreadable(Kind::Volume, None)] };
                }
            }
        }
        let gap = |address| Unreadable {
            kind: Kind::Volume,
            address: Some(address),
            call: "ec2:DescribeVolumes".to_owned(),
            words: "its seat holds it, and it isn't listed".to_owned(),
        };
        let unreadable = volume::unseen(&volumes, seats).into_iter().map(gap).collect();
        Listing { found: volumes, unreadable }
    }

    /// Keys are listed by their aliases. What is encrypted leads to those that lost theirs.
    async fn find_keys_without_alias(
        &self,
        scope: &Scope,
        found: &mut BTreeMap<Kind, Vec<Found>>,
        observed: &mut Observed,
    ) {
        if observed.unreadable.iter().any(|gap| gap.kind == Kind::KmsKey && gap.address.is_none()) {
            return;
        }
        let listed: BTreeSet<&str> =
            found.get(&Kind::KmsKey).into_iter().flatten().map(|key| key.id.as_str()).collect();
        let links = found.values().flatten().flat_map(|found| found.resource.links());
        let arns: BTreeSet<String> = links
            .map(|link| link.to.as_str().to_owned())
            .filter(|id| id.contains(":kms:") && !listed.contains(id.as_str()) && self.elsewhere_of(id).is_none())
            .collect();
        let nameless = kms_key::nameless(self, scope, &arns).await;
        observed.unreadable.extend(nameless.unreadable);
        if let Some(keys) = found.get_mut(&Kind::KmsKey) {
            // The alias leads to somebody else's key now: it is the alias that changed, not the key.
            keys.retain(|key| key.digest.is_some() || !nameless.found.iter().any(|one| one.address == key.address));
            keys.extend(nameless.found);
        }
    }

    /// Puts addresses in the place of ids, and one live thing at each address.
    fn settle(&self, mut all: Vec<Found>, observed: &mut Observed) {
        let mut references: BTreeMap<String, usize> = BTreeMap::new();
        for link in all.iter().flat_map(|found| found.resource.links()) {
            *references.entry(link.to.as_str().to_owned()).or_default() += 1;
        }
        let users = |found: &Found| references.get(&found.id).copied().unwrap_or_default();
        // Where two claim one address, the one that is nearest to serving does; of equals, the one that has served
        // longer, for someone may be working at it, or the one that more things stand on. The id decides last, so that
        // every run chooses alike. Seats choose first: a disk serves where its seat does.
        all.sort_by(|a, b| precedence(a, users(a)).cmp(&precedence(b, users(b))));
        let (seats, others): (Vec<Found>, Vec<Found>) =
            all.into_iter().partition(|found| found.resource.kind() == Kind::Seat);
        let mut losers: BTreeSet<String> = BTreeSet::new();
        let mut serving: BTreeSet<Address> = BTreeSet::new();
        for seat in &seats {
            if !serving.insert(seat.address.clone()) {
                losers.insert(seat.id.clone());
            }
        }
        let of_loser = |found: &Found| match &found.resource {
            Resource::Volume(volume) => volume.seat.as_ref().is_some_and(|seat| losers.contains(seat.as_str())),
            _ => false,
        };
        let (left, others): (Vec<Found>, Vec<Found>) = others.into_iter().partition(of_loser);
        // What a seat without a place takes along when it ends is no leftover of its own.
        let left = left.into_iter().filter(|found| !matches!(&found.resource, Resource::Volume(one) if !one.keep));
        let mut all: Vec<Found> = seats.into_iter().chain(others).chain(left).collect();
        // Of two lists, the one that more rules name serves; a rule that names the other names a stranger.
        for list in all.iter().filter(|found| found.resource.kind() == Kind::PrefixList) {
            if !serving.insert(list.address.clone()) {
                losers.insert(list.id.clone());
            }
        }
        // By a reference to what another serves in place of, nothing is where it should be.
        let addresses: BTreeMap<String, Address> = all
            .iter()
            .filter(|found| !losers.contains(&found.id))
            .map(|found| (found.id.clone(), found.address.clone()))
            .collect();
        let rename = |reference: &Address| {
            addresses
                .get(reference.as_str())
                .cloned()
                .or_else(|| self.address_of(reference.as_str()))
                .unwrap_or_else(|| reference.clone())
        };
        for found in &mut all {
            found.resource.rename(&rename);
        }
        for found in all {
            if observed.found.contains_key(&found.address) {
                // What is on its way out needs no deletion.
                if !matches!(found.status, Status::Leaving(_)) {
                    observed.duplicates.push(found);
                }
            } else {
                self.learn(found.address.clone(), found.id.clone());
                observed.found.insert(found.address.clone(), found);
            }
        }
    }
}

/// Kinds that are AWS Backup's.
const OF_BACKUP: [Kind; 2] = [Kind::BackupVault, Kind::BackupPlan];

/// What couldn't be read is a gap.
fn or_a_gap(kind: Kind, listing: Result<Listing>) -> Listing {
    listing.unwrap_or_else(|error| Listing { found: Vec::new(), unreadable: vec![error.unreadable(kind, None)] })
}

/// Whether a role says that AWS Backup was set to work, or no role could be read that would.
fn may_have_backups(found: &BTreeMap<Kind, Vec<Found>>, observed: &Observed) -> bool {
    let mut roles = found.get(&Kind::IamRole).into_iter().flatten();
    roles.any(|role| role.address.as_str().starts_with("backup."))
        || observed.unreadable.iter().any(|gap| gap.kind == Kind::IamRole)
}

/// Kinds that may lie in other regions than the production.
const ELSEWHERE: [Kind; 2] = [Kind::KmsKey, Kind::BackupVault];

/// What was read in another region, as the production sees it.
fn lying_in(region: &str, mut listing: Listing) -> Listing {
    for found in &mut listing.found {
        if !found.address.is_stray() {
            found.address = found.address.in_region(region);
        }
        found.resource.set_region(Some(region.to_owned()));
    }
    for gap in &mut listing.unreadable {
        gap.address = Some(match &gap.address {
            Some(address) => address.in_region(region),
            None => Address::everything_in(region),
        });
    }
    listing
}

/// The regions that a live plan's copies go to.
fn copy_regions(plan: &Found) -> Vec<String> {
    let Resource::BackupPlan(plan) = &plan.resource else { return Vec::new() };
    plan.copies.keys().filter_map(|vault| vault.as_str().split(':').nth(3).map(str::to_owned)).collect()
}

/// The prefix lists of AWS are none of the production's, and still its rules name them. Where lists can't be read, such a
/// rule can't be told from a wrong one.
fn doubt_rules(observed: &mut Observed) {
    let gap = observed.unreadable.iter().find(|gap| gap.kind == Kind::PrefixList && gap.address.is_none()).cloned();
    let Some(gap) = gap else { return };
    let doubted = observed.found.values().filter(|found| security_group::names_unknown_list(found));
    let doubted: Vec<Address> = doubted.map(|found| found.address.clone()).collect();
    observed.unreadable.extend(doubted.into_iter().map(|address| Unreadable {
        kind: Kind::SecurityGroup,
        address: Some(address),
        ..gap.clone()
    }));
}

fn precedence(found: &Found, users: usize) -> (u8, bool, Option<&String>, Reverse<usize>, &String) {
    let fresh = found.facts.get("labelled").is_some_and(|labelled| labelled == "false");
    (rank(&found.status), fresh, found.facts.get("launched"), Reverse(users), &found.id)
}

/// Waits between looks for what has to be there: twenty seconds in all, longer than any list was seen to lag.
pub(super) fn waits_for_the_unseen() -> impl Iterator<Item = Duration> {
    [1, 2, 3, 4, 5, 5].into_iter().map(Duration::from_secs)
}

fn rank(status: &Status) -> u8 {
    match status {
        Status::Ready => 0,
        Status::Pending(_) => 1,
        Status::Resting(_) => 2,
        Status::Failed(_) => 3,
        Status::Leaving(_) => 4,
    }
}
