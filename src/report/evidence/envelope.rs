//! What differs between two looks at the same state: when, by whom, with which program, and which answers came.

use serde::Serialize;

use crate::cloud::Read;
use crate::controls::{self, Framework, Verification, mpa_ids};

/// What a bundle of evidence came about by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope {
    pub format_version: u32,
    /// The version of this program.
    pub tool_version: String,
    /// The catalogue's version.
    pub catalogue: String,
    /// UTC, RFC 3339.
    pub created: String,
    /// Twelve digits; none where no cloud was asked and the blueprint names none.
    pub account: Option<String>,
    pub region: String,
    /// Who asked: the caller's ARN; none where no cloud was asked.
    pub principal: Option<String>,
    /// The frameworks that the catalogue refers to.
    pub frameworks: Vec<Edition>,
    /// Every call to the cloud; none where it wasn't asked.
    pub evidence: Vec<Evidence>,
}

/// A framework in one version, and how well its ids are known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Edition {
    pub framework: String,
    pub version: String,
    pub note: String,
}

/// One answer of the cloud, with all that it can be found again by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    pub account: String,
    pub principal: String,
    #[serde(flatten)]
    pub read: Read,
}

impl Envelope {
    /// Of a report that is made now.
    pub fn new(
        created: String,
        account: Option<String>,
        region: &str,
        principal: Option<String>,
        reads: Vec<Read>,
    ) -> Self {
        let evidence = reads
            .into_iter()
            .map(|read| Evidence {
                account: account.clone().unwrap_or_default(),
                principal: principal.clone().unwrap_or_default(),
                read,
            })
            .collect();
        Self {
            format_version: 1,
            tool_version: env!("CARGO_PKG_VERSION").to_owned(),
            catalogue: controls::VERSION.to_owned(),
            created,
            account,
            region: region.to_owned(),
            principal,
            frameworks: editions(),
            evidence,
        }
    }
}

/// Every framework and version that a control refers to, sorted.
fn editions() -> Vec<Edition> {
    let references = controls::all().iter().flat_map(|control| &control.references);
    let mut all: Vec<(Framework, &str)> =
        references.map(|reference| (reference.framework, reference.version.as_str())).collect();
    all.sort_unstable();
    all.dedup();
    let note = |framework, version: &str| {
        match framework {
        Framework::Ecpp => {
            "Cited by section only, unverified: no public source numbers its practices. Its five steps are this report's \
             order."
                .to_owned()
        }
        Framework::Mpa => {
            let unseen = mpa_ids().iter().filter(|ids| ids.status == Verification::Unverified).count();
            format!(
                "Ids are those of {version}. The texts of {unseen} of its practices were not seen; their ids are marked \
                 unverified. Practices that no public source lists are not in this report."
            )
        }
        Framework::NistCsf | Framework::CisAws | Framework::SecurityHub | Framework::ControlTower => {
            "Ids are those of this version.".to_owned()
        }
    }
    };
    all.into_iter()
        .map(|(framework, version)| Edition {
            framework: framework.to_string(),
            version: version.to_owned(),
            note: note(framework, version),
        })
        .collect()
}
