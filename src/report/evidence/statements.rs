//! The practices of the MPA, in the order of its questionnaire, and what is known of each. No control is all of a
//! practice, so that none of these numbers says that one is met.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::standing::Standing;
use crate::controls::{self, Framework, MpaIds, Part, Profile, Status, Verification, mpa_ids, practice};

/// One practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// In the version of the profile; `A..B` is a run of practices of which none is this program's to show.
    pub id: String,
    /// Whether the id was read in that version's own text.
    pub status: Verification,
    /// The ids of the same practice in other versions, by version.
    pub elsewhere: BTreeMap<&'static str, BTreeSet<String>>,
    /// The controls that bear on it.
    pub controls: Vec<String>,
    pub counts: Counts,
}

/// How the controls that bear on a practice stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub evidenced: usize,
    /// Declared in the blueprint, and not measured in the live state that was read.
    pub declared_only: usize,
    /// The provider answers for it.
    pub inherited: usize,
    pub attested: usize,
    pub waived: usize,
    pub failing: usize,
    /// Undetermined, unreadable, not applicable, or not looked at.
    pub not_assessed: usize,
}

impl Counts {
    fn add(&mut self, standing: &Standing) {
        match standing.status {
            Status::Pass if standing.declared_only => self.declared_only += 1,
            Status::Pass => self.evidenced += 1,
            Status::Inherited => self.inherited += 1,
            Status::Attested => self.attested += 1,
            Status::Waived => self.waived += 1,
            Status::Fail => self.failing += 1,
            Status::Error | Status::Undetermined | Status::NotApplicable | Status::NotAssessed => {
                self.not_assessed += 1;
            }
        }
    }
}

impl Statement {
    /// `3 of 5 evidenced, 1 attested, 1 not assessed`; what there is none of is left out, but what nobody assessed.
    pub fn in_words(&self) -> String {
        if self.controls.is_empty() {
            return "not assessed: no control bears on it".to_owned();
        }
        let Counts { evidenced, declared_only, inherited, attested, waived, failing, not_assessed } = self.counts;
        let mut words = format!("{evidenced} of {} evidenced", self.controls.len());
        let others = [
            (declared_only, "declared only"),
            (inherited, "inherited"),
            (attested, "attested"),
            (waived, "waived"),
            (failing, "failing"),
        ];
        for (count, word) in others.iter().filter(|(count, _)| *count > 0) {
            words.push_str(&format!(", {count} {word}"));
        }
        words.push_str(&format!(", {not_assessed} not assessed"));
        words
    }
}

/// The version whose questionnaire is followed: the profile's, and the latest one where it follows none.
pub fn version_of(profile: &Profile) -> &str {
    if profile.selects.framework == Framework::Mpa { &profile.selects.version } else { "5.3.1" }
}

fn id_in(ids: &MpaIds, version: &str) -> &'static str {
    if version == "5.3" { ids.v5_3 } else { ids.v5_3_1 }
}

/// All practices of the profile's version.
pub fn statements(profile: &Profile, standings: &[Standing]) -> Vec<Statement> {
    let version = version_of(profile);
    let parts: &[Part] =
        if profile.selects.parts.is_empty() { &[Part::BestPractice] } else { profile.selects.parts.as_slice() };
    let mut all: Vec<Statement> = Vec::new();
    for ids in mpa_ids().iter().filter(|ids| !id_in(ids, version).is_empty()) {
        let id = id_in(ids, version);
        let status = if version == "5.3" { Verification::Verified } else { ids.status };
        let mut elsewhere = BTreeMap::new();
        for (other, cell) in [("5.1", ids.v5_1), ("5.2", ids.v5_2), ("5.3", ids.v5_3), ("5.3.1", ids.v5_3_1)] {
            if other != version && !cell.is_empty() {
                elsewhere.insert(other, BTreeSet::from([cell.to_owned()]));
            }
        }
        // What a later version split stands in two lines of the table.
        match all.iter_mut().find(|one| one.id == id) {
            Some(one) => {
                for (version, ids) in elsewhere {
                    one.elsewhere.entry(version).or_default().extend(ids);
                }
            }
            None => {
                all.push(Statement {
                    id: id.to_owned(),
                    status,
                    elsewhere,
                    controls: Vec::new(),
                    counts: Counts::default(),
                });
            }
        }
    }
    for standing in standings {
        let Ok(control) = controls::control(&standing.control) else { continue };
        let bears_on: BTreeSet<String> = practice(control, version)
            .into_iter()
            .filter(|(_, part, _)| parts.contains(part))
            .map(|(id, ..)| id)
            .collect();
        for one in all.iter_mut().filter(|one| bears_on.contains(&one.id)) {
            one.controls.push(standing.control.clone());
            one.counts.add(standing);
        }
    }
    all
}
