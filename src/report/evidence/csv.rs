//! The practices of the MPA as a table for spreadsheets, a row each, in questionnaire order.

use std::collections::BTreeSet;

use super::dossier::Dossier;
use super::statements::Statement;
use crate::controls::Verification;

const HEAD: &[&str] = &[
    "framework",
    "version",
    "id",
    "id_status",
    "mpa_5_1",
    "mpa_5_2",
    "mpa_5_3",
    "mpa_5_3_1",
    "controls",
    "bearing",
    "evidenced",
    "declared_only",
    "inherited",
    "attested",
    "waived",
    "failing",
    "not_assessed",
    "summary",
];

/// Writes it as RFC 4180 has it.
///
/// # Errors
/// None that a state could cause.
pub fn csv(dossier: &Dossier) -> Result<Vec<u8>, csv::Error> {
    let version = dossier.profile.mpa_version.as_str();
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(HEAD)?;
    for one in &dossier.statements {
        let counts = one.counts;
        let id = |of: &str| id_in(one, version, of);
        let status = if one.status == Verification::Verified { "verified" } else { "unverified" };
        writer.write_record(&[
            "MPA".to_owned(),
            version.to_owned(),
            one.id.clone(),
            status.to_owned(),
            id("5.1"),
            id("5.2"),
            id("5.3"),
            id("5.3.1"),
            one.controls.join(" "),
            one.controls.len().to_string(),
            counts.evidenced.to_string(),
            counts.declared_only.to_string(),
            counts.inherited.to_string(),
            counts.attested.to_string(),
            counts.waived.to_string(),
            counts.failing.to_string(),
            counts.not_assessed.to_string(),
            one.in_words(),
        ])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

fn id_in(one: &Statement, version: &str, of: &str) -> String {
    if of == version {
        return one.id.clone();
    }
    let ids: Vec<&str> = one.elsewhere.get(of).into_iter().flat_map(BTreeSet::iter).map(String::as_str).collect();
    ids.join(" ")
}
