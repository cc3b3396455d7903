//! The bulk read: everything of a production, all kinds at once, in as many calls as there are pages.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{Cloud, Listing, Result, Scope, instance_profile, volume};
use crate::resource::{Address, Found, Kind, Observed, Status};

impl Cloud {
    /// Reads the live state of a production. What can't be read is named in it, never taken for absent.
    ///
    /// # Errors
    /// Where not even the caller's identity can be had, or the network is dead.
    pub async fn observe(&self, scope: &Scope) -> Result<Observed> {
        self.look_after(scope);
        let caller = self.caller().await?;
        self.groups.share().await;
        let lists = join_all(Kind::ALL.iter().map(|kind| self.list(*kind, scope))).await;
        self.groups.end().await;
        let mut observed = Observed {
            account: caller.account,
            region: self.region().to_owned(),
            caller: caller.arn,
            ..Observed::default()
        };
        let mut found = BTreeMap::new();
        for (kind, listing) in Kind::ALL.iter().zip(lists) {
            let listing = listing
                .unwrap_or_else(|error| Listing { found: Vec::new(), unreadable: vec![error.unreadable(*kind, None)] });
            found.insert(*kind, listing.found);
            observed.unreadable.extend(listing.unreadable);
        }
        let seats = found.get(&Kind::Seat).cloned().unwrap_or_default();
        if let Some(volumes) = found.get_mut(&Kind::Volume) {
            volume::attribute(volumes, &seats);
        }
        let roles = found.get(&Kind::IamRole).cloned().unwrap_or_default();
        if let Some(profiles) = found.get_mut(&Kind::InstanceProfile) {
            instance_profile::attribute(profiles, &roles);
        }
        self.settle(found.into_values().flatten().collect(), &mut observed);
        Ok(observed)
    }

    /// Puts addresses in the place of ids, and one live thing at each address.
    fn settle(&self, mut all: Vec<Found>, observed: &mut Observed) {
        let mut addresses: BTreeMap<String, Address> = BTreeMap::new();
        for found in &all {
            addresses.insert(found.id.clone(), found.address.clone());
        }
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
        // Where two claim one address, the one that is nearest to serving does; of equals, the one that has served
        // longer: someone may be working at it. The id decides last, so that every run chooses alike.
        all.sort_by(|a, b| precedence(a).cmp(&precedence(b)));
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

fn precedence(found: &Found) -> (u8, bool, Option<&String>, &String) {
    let fresh = found.facts.get("labelled").is_some_and(|labelled| labelled == "false");
    (rank(&found.status), fresh, found.facts.get("launched"), &found.id)
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
