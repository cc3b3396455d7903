//! A copy of what is live, made on a rehearsal cloud by the same steps that make anything: what was observed is taken
//! for a blueprint's wish and carried out there. What can't be carried over that way is told.

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::apply;
use crate::cloud::{Cloud, Result, Scope};
use crate::plan::{self, Action, Options, Plan};
use crate::resource::{Address, Desired, Found, Observed, Pool, Resource, Status, digest_of};

/// Makes the copy.
///
/// # Errors
/// Where the rehearsal cloud can't be read.
pub async fn make(cloud: &Cloud, scope: &Scope, desired: &Desired, live: &Observed) -> Result<Vec<String>> {
    let mut left_out = Vec::new();
    let mut whole: BTreeMap<Address, Resource> = BTreeMap::new();
    for found in live.found.values() {
        match why_not(found) {
            Some(why) => left_out.push(format!("{} ({why})", found.address)),
            None => {
                whole.insert(found.address.clone(), found.resource.clone());
            }
        }
    }
    left_out.extend(live.duplicates.iter().map(|found| format!("{} of {} (a leftover)", found.id, found.address)));
    left_out.extend(live.unreadable.iter().map(|one| match &one.address {
        Some(address) => format!("{address} (it could not be read)"),
        None => format!("{} (they could not be read)", one.kind.words().1),
    }));
    // Seats of one launch are alike; those that differ, because some drifted, have to be launched one kind after another.
    let mut growing: BTreeMap<Address, Resource> =
        whole.iter().filter(|(address, _)| address.slot().is_none()).map(|(a, r)| (a.clone(), r.clone())).collect();
    for alike in alike(&whole) {
        for seat in alike {
            growing.extend(whole.iter().filter(|(one, _)| belongs(one, &seat)).map(|(a, r)| (a.clone(), r.clone())));
        }
        bring_up(cloud, scope, &Desired { resources: growing.clone(), ..around(desired, &growing) }).await?;
    }
    if growing.keys().all(|address| address.slot().is_none()) && !growing.is_empty() {
        bring_up(cloud, scope, &Desired { resources: growing.clone(), ..around(desired, &growing) }).await?;
    }
    let copy = cloud.observe(scope).await?;
    let options = Options { account_switches: true, ..Options::default() };
    let (there, here) = (plan::make(desired, live, &options), plan::make(desired, &copy, &options));
    left_out.extend(differences(&there, &here));
    left_out.sort();
    left_out.dedup();
    Ok(left_out)
}

fn why_not(found: &Found) -> Option<String> {
    match &found.status {
        Status::Leaving(state) => Some(format!("it is {state}")),
        Status::Failed(why) => Some(format!("it failed: {why}")),
        Status::Ready | Status::Pending(_) | Status::Resting(_) => None,
    }
}

fn belongs(address: &Address, seat: &Address) -> bool {
    address == seat || address.owning_seat().as_ref() == Some(seat)
}

/// Seats in groups of one pool and one digest, which covers their volumes.
fn alike(whole: &BTreeMap<Address, Resource>) -> Vec<Vec<Address>> {
    let mut groups: BTreeMap<(String, Option<String>), Vec<Address>> = BTreeMap::new();
    for (address, resource) in whole {
        if let (Resource::Seat(_), Some((pool, _))) = (resource, address.slot()) {
            groups.entry((pool.to_owned(), digest_of(whole, address))).or_default().push(address.clone());
        }
    }
    groups.into_values().collect()
}

/// All of a desired state but its resources, with a recipe for every pool that has seats.
fn around(desired: &Desired, resources: &BTreeMap<Address, Resource>) -> Desired {
    let mut pools = desired.pools.clone();
    for (address, resource) in resources {
        let (Resource::Seat(seat), Some((pool, _))) = (resource, address.slot()) else { continue };
        let recipe =
            pools.entry(pool.to_owned()).or_insert_with(|| Pool { seats: 0, subnets: Vec::new(), max_unavailable: 1 });
        let news: Vec<Address> = seat.subnets.iter().filter(|one| !recipe.subnets.contains(one)).cloned().collect();
        recipe.subnets.extend(news);
    }
    Desired {
        hidden: desired.hidden.clone(),
        production: desired.production.clone(),
        account: desired.account.clone(),
        region: desired.region.clone(),
        resources: BTreeMap::new(),
        pools,
        backups: desired.backups.clone(),
        key_deletion_windows: desired.key_deletion_windows.clone(),
        user_data: desired.user_data.clone(),
        settings: desired.settings.clone(),
        inside: desired.inside.clone(),
        not_acted_on: Vec::new(),
        warnings: Vec::new(),
    }
}

async fn bring_up(cloud: &Cloud, scope: &Scope, wanted: &Desired) -> Result<()> {
    let observed = cloud.observe(scope).await?;
    let options = Options { account_switches: true, ..Options::default() };
    let plan = plan::make(wanted, &observed, &options);
    let (_keep, signals) = watch::channel(0);
    apply::run(&plan, wanted, &observed, cloud, signals, &mut ()).await;
    Ok(())
}

/// Where a plan on the copy wouldn't do what one on the live state does.
fn differences(there: &Plan, here: &Plan) -> Vec<String> {
    let actions = |plan: &Plan| -> BTreeMap<Address, Action> {
        plan.changes.iter().map(|change| (change.address.clone(), change.action)).collect()
    };
    let (there, here) = (actions(there), actions(here));
    let mut addresses: Vec<&Address> = there.keys().chain(here.keys()).collect();
    addresses.sort();
    addresses.dedup();
    let of = |actions: &BTreeMap<Address, Action>, address| actions.get(address).copied().unwrap_or(Action::None);
    addresses
        .into_iter()
        .filter(|address| of(&there, address) != of(&here, address))
        .map(|address| {
            let (live, copy) = (of(&there, address).words(), of(&here, address).words());
            format!("{address} (live, a plan would {live}; in the copy, {copy})")
        })
        .collect()
}
