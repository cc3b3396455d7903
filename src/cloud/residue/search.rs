//! One region, searched whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::cloud::{Cloud, Result, Scope};
use crate::resource::{Kind, Observed, Resource, Status};

/// Whose residue is looked for, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The alias.
    pub production: String,
    /// ARNs of the production's keys, of whatever region.
    pub keys: BTreeSet<String>,
    /// Ids of its networks, gone or not.
    pub networks: BTreeSet<String>,
    /// Ids that were its own, each with its address: what a leftover may have been made of.
    pub known: BTreeMap<String, String>,
    /// Ids that are kept on purpose: they are no residue.
    pub kept: BTreeSet<String>,
}

/// By what something was found to be the production's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// It bears the production's tag.
    Tag,
    /// It is encrypted with the production's key.
    Key,
    /// It is the production's network, or stands in it.
    Network,
    /// It was made of something of the production's.
    Origin,
    /// Its name or path is the production's.
    Name,
}

impl Sign {
    /// After "found by".
    pub fn words(self) -> &'static str {
        match self {
            Sign::Tag => "its tag",
            Sign::Key => "its key",
            Sign::Network => "its network",
            Sign::Origin => "what it was made of",
            Sign::Name => "its name",
        }
    }
}

/// Something that is left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Leftover {
    pub region: String,
    /// What it is, for people: `snapshot`, `volume in the recycle bin`.
    pub what: String,
    pub id: String,
    pub sign: Sign,
    /// What more is known of it, such as its size.
    #[serde(default)]
    pub detail: Option<String>,
}

/// A part of the search that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unsearched {
    pub region: String,
    /// What was looked for there.
    pub what: String,
    /// The service's words.
    pub words: String,
}

/// What a search brought.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Residue {
    /// Sorted, without repetition.
    pub regions: Vec<String>,
    /// What was looked for, for people, sorted.
    pub looked_for: Vec<String>,
    /// Sorted.
    pub found: Vec<Leftover>,
    /// Sorted.
    pub unsearched: Vec<Unsearched>,
    /// Entries of recycle bins that nothing ties to the production: bins tell little of what is in them.
    pub strangers_in_bins: usize,
}

impl Residue {
    /// Whether everything was looked at and nothing found.
    pub fn is_clean(&self) -> bool {
        self.found.is_empty() && self.unsearched.is_empty()
    }

    /// With what another region brought.
    pub fn join(&mut self, other: Self) {
        self.regions.extend(other.regions);
        self.looked_for.extend(other.looked_for);
        self.found.extend(other.found);
        self.unsearched.extend(other.unsearched);
        self.strangers_in_bins += other.strangers_in_bins;
        self.tidy();
    }

    fn tidy(&mut self) {
        self.regions.sort();
        self.regions.dedup();
        self.looked_for.sort();
        self.looked_for.dedup();
        self.found.sort();
        // By several signs it is still one thing.
        let mut seen = BTreeSet::new();
        self.found.retain(|one| seen.insert((one.region.clone(), one.id.clone())));
        self.unsearched.sort();
        self.unsearched.dedup();
    }
}

/// What one of the searches brings.
pub(super) type Brought = Result<Vec<Leftover>>;

/// Waits before looking again where something was found: what was deleted a moment ago may still be listed.
const SETTLING: [Duration; 3] = [Duration::from_secs(3), Duration::from_secs(10), Duration::from_secs(20)];

impl Cloud {
    /// Looks for what is left of a production in this cloud's region: by tag, by network, by key, by name, and in the
    /// recycle bin. What can't be looked at is named in it, never taken for empty.
    pub async fn residue(&self, search: &Search) -> Residue {
        let mut residue = self.residue_once(search).await;
        for wait in SETTLING {
            if residue.found.is_empty() {
                break;
            }
            tokio::time::sleep(wait).await;
            residue = self.residue_once(search).await;
        }
        residue
    }

    async fn residue_once(&self, search: &Search) -> Residue {
        let region = self.region().to_owned();
        let mut residue = Residue { regions: vec![region.clone()], ..Residue::default() };
        let mut search = search.clone();
        let observed = self.observe(&Scope::new(&search.production).thorough()).await;
        let marked = observed.map(|observed| {
            learn(&mut search, &observed);
            let gaps = observed.unreadable.iter().filter(|gap| gap.kind != Kind::AccountSwitch);
            let gaps: Vec<Unsearched> = gaps
                .map(|gap| Unsearched {
                    region: region.clone(),
                    what: gap.kind.words().1.to_owned(),
                    words: format!("{}: {}", gap.call, gap.words),
                })
                .collect();
            residue.unsearched.extend(gaps);
            self.still_there(&observed)
        });
        let disks = self.disks_under(&search).await;
        let of = disks.as_ref().map(Vec::as_slice).unwrap_or_default();
        let (images, bins) = tokio::join!(self.images_of(&search, of), self.bins(&search));
        let (tagged, logs, networks) =
            tokio::join!(self.tagged(&search), self.logs_named(&search), self.standing_in(&search));
        let (binned, strangers): (Vec<(&str, Brought)>, Vec<usize>) = bins
            .into_iter()
            .map(|(what, brought)| match brought {
                Ok((found, strangers)) => ((what, Ok(found)), strangers),
                Err(error) => ((what, Err(error)), 0),
            })
            .unzip();
        residue.strangers_in_bins = strangers.iter().sum();
        let all = [
            ("what the production's resources are", marked),
            ("volumes and snapshots under the production's keys", disks),
            ("images of the production's disks", images),
            ("anything with the production's tag", tagged),
            ("log groups with the production's name", logs),
            ("anything in the production's networks", networks),
        ];
        for (what, brought) in all.into_iter().chain(binned) {
            residue.looked_for.push(what.to_owned());
            match brought {
                Ok(found) => residue.found.extend(found),
                Err(error) => residue.unsearched.push(Unsearched {
                    region: region.clone(),
                    what: what.to_owned(),
                    words: error.to_string(),
                }),
            }
        }
        // What a vault holds that is kept on purpose is kept with it.
        match self.held_by_vaults(search.kept.iter()).await {
            Ok(held) => search.kept.extend(held),
            Err(error) => residue.unsearched.push(Unsearched {
                region: region.clone(),
                what: "recovery points in vaults that are kept".to_owned(),
                words: error.to_string(),
            }),
        }
        residue.found.retain(|one| !search.kept.contains(&one.id));
        residue.tidy();
        residue
    }

    /// What of the production's own kinds is still there. A key that no longer serves is no residue: it is what makes the
    /// rest unreadable, and goes on its day.
    fn still_there(&self, observed: &Observed) -> Vec<Leftover> {
        observed
            .all()
            .filter(|found| found.resource.kind() != Kind::AccountSwitch)
            .filter(|found| !matches!(found.status, Status::Leaving(_)))
            .filter(|found| !matches!(&found.resource, Resource::KmsKey(key) if key.state != "enabled"))
            .map(|found| {
                let sign = match found.resource.kind() {
                    Kind::LogGroup
                    | Kind::IamRole
                    | Kind::InstanceProfile
                    | Kind::KmsKey
                    | Kind::BackupVault
                    | Kind::BackupPlan => Sign::Name,
                    _ => Sign::Tag,
                };
                let detail = Some(found.address.to_string()).filter(|address| !address.starts_with("stray."));
                self.leftover(found.resource.kind().words().0, &found.id, sign, detail)
            })
            .collect()
    }

    pub(super) fn leftover(
        &self,
        what: impl Into<String>,
        id: impl Into<String>,
        sign: Sign,
        detail: Option<String>,
    ) -> Leftover {
        Leftover { region: self.region().to_owned(), what: what.into(), id: id.into(), sign, detail }
    }
}

/// Keys and networks that are there now are looked under and into as well.
fn learn(search: &mut Search, observed: &Observed) {
    for found in observed.all() {
        match found.resource.kind() {
            Kind::KmsKey => {
                search.keys.insert(found.id.clone());
            }
            Kind::Vpc => {
                search.networks.insert(found.id.clone());
            }
            _ => {}
        }
        search.known.insert(found.id.clone(), found.address.to_string());
    }
}
