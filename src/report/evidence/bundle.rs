//! All files of a report, by name.

use std::collections::BTreeMap;

use serde_json::Value;

use super::component::{COMPONENT_DEFINITION, definition};
use super::csv::csv;
use super::dossier::Dossier;
use super::envelope::Envelope;
use super::junit::junit;
use super::manifest::{MANIFEST, Manifest, PREVIOUS};
use super::oscal::results;
use super::page::page;
use super::sarif::sarif;
use crate::report::graph::Scene;

/// The file that differs between two looks at the same state.
pub const ENVELOPE: &str = "envelope.json";

/// What is written to a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// By name, the manifest included.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Counted from 1 along the chain of reports.
    pub number: u64,
}

/// Writes every format. `previous` is the manifest of the report before.
///
/// # Errors
/// A previous manifest that is none, in words; nothing else that a state could cause.
pub fn bundle(
    dossier: &Dossier,
    envelope: &Envelope,
    scene: &Scene,
    previous: Option<&[u8]>,
) -> Result<Bundle, String> {
    let unwritable = |what: &str, error: &dyn std::fmt::Display| format!("{what} can't be written: {error}");
    let pretty = |name: &str, value: &Value| {
        serde_json::to_string_pretty(value)
            .map(|text| format!("{text}\n").into_bytes())
            .map_err(|error| unwritable(name, &error))
    };
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut add = |name: &str, bytes: Vec<u8>| files.insert(name.to_owned(), bytes);
    let assessment = dossier.json().map_err(|error| unwritable("assessment.json", &error))?;
    add("assessment.json", assessment.into_bytes());
    let of_envelope = serde_json::to_value(envelope).map_err(|error| unwritable(ENVELOPE, &error))?;
    add(ENVELOPE, pretty(ENVELOPE, &of_envelope)?);
    let drawn = page(dossier, envelope, scene).map_err(|error| unwritable("report.html", &error))?;
    add("report.html", drawn.into_bytes());
    add("mpa.csv", csv(dossier).map_err(|error| unwritable("mpa.csv", &error))?);
    add("findings.sarif", pretty("findings.sarif", &sarif(dossier))?);
    add("junit.xml", junit(dossier).into_bytes());
    add(COMPONENT_DEFINITION, pretty(COMPONENT_DEFINITION, &definition())?);
    let name = "oscal-assessment-results.json";
    add(name, pretty(name, &results(dossier, envelope))?);
    let link = match previous {
        Some(bytes) => {
            add(PREVIOUS, bytes.to_vec());
            let (before, link) =
                Manifest::read(bytes).map_err(|error| format!("the previous manifest can't be read: {error}"))?;
            if before.production != dossier.production.alias {
                return Err(format!(
                    "the previous report is of {}, and this one is of {}: a chain is of one production",
                    before.production, dossier.production.alias
                ));
            }
            Some(link)
        }
        None => None,
    };
    let manifest =
        Manifest::new(&dossier.production.alias, &envelope.created, &files, link, dossier.history.ledger_head());
    let bytes = manifest.bytes().map_err(|error| unwritable(MANIFEST, &error))?;
    files.insert(MANIFEST.to_owned(), bytes);
    Ok(Bundle { files, number: manifest.number })
}
