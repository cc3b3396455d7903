//! The certificate of a wrap: what was destroyed, when and by whom; what is kept, and why; what the keys answer; what a
//! search for residue found.

use std::collections::BTreeSet;

use serde::Serialize;

use super::KeptPoint;
use super::duties::Duties;
use super::ended::{KeyLeft, Wrapped};
use super::records::{Record, Records};
use crate::apply::Entry;
use crate::blueprint::Blueprint;
use crate::cloud::{Residue, Served};
use crate::plan::{Action, Plan, Reason};
use crate::resource::{Kind, Observed};

/// The version of the JSON certificate: raised when a reader would have to change.
pub const FORMAT_VERSION: u32 = 1;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    pub format_version: u32,
    /// Whether everything is gone but what is kept on purpose, and every part of the search could be made.
    pub clean: bool,
    pub production: Production,
    pub issued: Issued,
    /// By kind and address; what was replaced during the show is among them.
    pub destroyed: Vec<Record>,
    pub keys: Vec<KeyEnd>,
    pub kept: Vec<Kept>,
    /// Recovery points that are kept, in whatever region; a later wrap deletes those whose day is over.
    pub recovery_points: Vec<KeptPoint>,
    pub residue: Residue,
    pub ledger: LedgerHash,
    /// What this doesn't cover: what nobody can destroy by deleting a key.
    pub not_covered: Vec<&'static str>,
}

/// Whose end it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Production {
    pub alias: String,
    pub owner: String,
    pub content_class: String,
    pub account: String,
    pub region: String,
    pub wraps_on: String,
    /// The day by which everything was promised to be destroyed.
    pub destroyed_by: String,
}

/// Who says so, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Issued {
    /// UTC, RFC 3339.
    pub at: String,
    /// Who issued it: an ARN.
    pub by: String,
    /// Who began the wrap, by the keys' own marks; whoever issued it where they tell nothing: an ARN.
    pub wrapped_by: String,
    /// Who applied last: ARNs, sorted; several where the keys name several, none where nobody knows.
    pub applied_by: Vec<String>,
    /// Who applied last, who wrapped, and whether they differ, in words.
    pub duties: String,
    pub tool: &'static str,
}

/// A key at its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEnd {
    #[serde(flatten)]
    pub key: KeyLeft,
    /// The negative test: what it answers when it is asked for a data key, as every volume would have to.
    pub asked: Asked,
}

/// What a key answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// `kms:GenerateDataKeyWithoutPlaintext`, in a dry run.
    pub call: &'static str,
    /// Whether it refused: nothing that it encrypted can be read. None where nobody knows.
    pub refused: Option<bool>,
    /// The service's code, or why nobody knows.
    pub answer: String,
}

/// Something that is left on purpose.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Kept {
    pub address: String,
    pub kind: Kind,
    pub id: Option<String>,
    pub why: String,
    pub until: String,
}

/// Which ledger this rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerHash {
    pub lines: u64,
    /// The hash of its last line when this was made.
    pub head: String,
    /// What is known to be missing from it, in words.
    pub lost: Option<String>,
}

/// All that goes into a certificate.
#[derive(Debug)]
pub struct Ground<'a> {
    pub blueprint: &'a Blueprint,
    pub plan: &'a Plan,
    /// The live state after the wrap.
    pub after: &'a Observed,
    pub entries: &'a [Entry],
    /// By the key's ARN.
    pub served: &'a [(String, Served)],
    /// Recovery points that are kept.
    pub points: Vec<KeptPoint>,
    pub residue: Residue,
    pub ledger: LedgerHash,
    pub at: String,
    pub caller: String,
    pub duties: &'a Duties,
}

/// What a deleted key doesn't make unreadable: facts of the services, and of what people do.
const NOT_COVERED: &[&str] = &[
    "what was copied out of the production's account, or to keys that it doesn't own",
    "what a streaming client showed or captured outside the cloud",
    "records that other services keep of calls, such as CloudTrail",
];

impl Certificate {
    /// Puts it together.
    pub fn gather(ground: Ground<'_>) -> Self {
        let Ground { blueprint, plan, after, entries, served, points, residue, ledger, at, caller, duties } = ground;
        let declared = &blueprint.production;
        let days = i64::from(declared.destroy_within_days.value);
        let wraps_on = declared.wraps_on.value;
        let due = wraps_on.checked_add(jiff::Span::new().days(days)).unwrap_or(wraps_on);
        let kept = kept(plan);
        let wrapped_by = Wrapped::by_marks(after).and_then(|wrapped| wrapped.by).unwrap_or_else(|| caller.clone());
        let mut keys: Vec<KeyLeft> = after.all().filter_map(KeyLeft::of).collect();
        keys.sort_by(|a, b| (&a.address, &a.id).cmp(&(&b.address, &b.id)));
        let keys = keys.into_iter().map(|key| KeyEnd { asked: asked(served, &key), key }).collect();
        Self {
            format_version: FORMAT_VERSION,
            clean: residue.is_clean(),
            production: Production {
                alias: declared.alias.as_str().to_owned(),
                owner: declared.owner.value.clone(),
                content_class: declared.content_class.value.to_string(),
                account: plan.account.clone(),
                region: plan.region.clone(),
                wraps_on: wraps_on.to_string(),
                destroyed_by: due.to_string(),
            },
            issued: Issued {
                at,
                duties: duties.words(&wrapped_by),
                applied_by: duties.appliers.clone(),
                wrapped_by,
                by: caller,
                tool: concat!("closedset ", env!("CARGO_PKG_VERSION")),
            },
            destroyed: destroyed(entries, &stays(&kept, &points, &residue), after),
            keys,
            kept,
            recovery_points: points,
            residue,
            ledger,
            not_covered: NOT_COVERED.to_vec(),
        }
    }

    /// The document's bytes: what is hashed.
    ///
    /// # Errors
    /// None that a certificate could cause.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?).into_bytes())
    }

    /// GiB of all volumes that were destroyed, as far as their sizes are known.
    pub fn destroyed_gib(&self) -> u64 {
        self.destroyed.iter().filter_map(|record| record.size_gib).map(u64::from).sum()
    }
}

/// Ids of what is still there, on purpose or not, beyond what the bulk read knows.
fn stays<'a>(kept: &'a [Kept], points: &'a [KeptPoint], residue: &'a Residue) -> BTreeSet<&'a str> {
    let points = points.iter().flat_map(|point| point.snapshots.iter().map(String::as_str));
    let residue = residue.found.iter().map(|one| one.id.as_str());
    kept.iter().filter_map(|one| one.id.as_deref()).chain(points).chain(residue).collect()
}

fn destroyed(entries: &[Entry], stays: &BTreeSet<&str>, after: &Observed) -> Vec<Record> {
    let there = |id: &str| after.all().any(|found| found.id == id) || stays.contains(id);
    let mut records: Vec<Record> = Records::of(entries)
        .all
        .into_values()
        .filter(|record| {
            !there(&record.id) && record.kind != Kind::KmsKey.name() && record.kind != Kind::AccountSwitch.name()
        })
        .collect();
    records.sort_by(|a, b| (&a.kind, &a.address, &a.id).cmp(&(&b.kind, &b.address, &b.id)));
    records
}

fn kept(plan: &Plan) -> Vec<Kept> {
    let mut kept: Vec<Kept> = plan
        .changes
        .iter()
        .filter(|change| change.action == Action::None)
        .map(|change| Kept {
            address: change.address.to_string(),
            kind: change.kind,
            id: change.id.clone(),
            why: change.reason.words().to_owned(),
            until: match change.reason {
                Reason::Protected => "its protection is taken away",
                Reason::NeededByProtected => "what stands on it is no longer protected",
                Reason::Unreadable => "it can be read",
                _ => "somebody deletes it",
            }
            .to_owned(),
        })
        .collect();
    kept.sort();
    kept
}

fn asked(served: &[(String, Served)], key: &KeyLeft) -> Asked {
    let answer = served.iter().find(|(id, _)| *id == key.id).map(|(_, answer)| answer);
    let (refused, answer) = match answer {
        Some(Served::Refused(code)) => (Some(true), code.clone()),
        Some(Served::Serves) => (Some(false), "it would have served".to_owned()),
        Some(Served::Unknown(words)) => (None, words.clone()),
        None => (None, "it wasn't asked".to_owned()),
    };
    Asked { call: "kms:GenerateDataKeyWithoutPlaintext", refused, answer }
}
