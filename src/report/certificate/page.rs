//! The certificate's page: one file without outside resources, on screens wide and narrow and on paper.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use serde_json::json;

use crate::recovery::certificate::{Certificate, KeyEnd};
use crate::recovery::records::{Moment, SNAPSHOT};
use crate::report::words;

const TEMPLATE: &str = include_str!("../../../templates/report/certificate.html.j2");
const STYLE: &str = include_str!("../../../templates/report/report.css");

/// Draws the page.
///
/// # Errors
/// Where the template doesn't fit; a test draws it.
pub fn page(certificate: &Certificate) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("certificate.html", TEMPLATE)?;
    let values = json!({
        "style": STYLE,
        "certificate": certificate,
        "sentence": sentence(certificate),
        "counts": counts(certificate),
        "principals": principals(certificate).into_iter().map(|(arn, name)| (name, arn)).collect::<BTreeMap<_, _>>(),
        "destroyed": destroyed(certificate),
        "keys": certificate.keys.iter().map(key).collect::<Vec<_>>(),
    });
    environment.get_template("certificate.html")?.render(Value::from(Serde(&values)))
}

fn sentence(certificate: &Certificate) -> String {
    let residue = &certificate.residue;
    let kept = certificate.kept.len();
    let mut parts = vec![match (residue.found.len(), residue.unsearched.is_empty()) {
        (0, true) => "Nothing of this production was found any more".to_owned(),
        (0, false) => "Nothing was found any more, but not everything could be looked at".to_owned(),
        (some, _) => format!("{} still there", words::count(some, ("thing is", "things are"))),
    }];
    if kept > 0 {
        parts.push(format!("{} kept on purpose", words::count(kept, ("resource is", "resources are"))));
    }
    let points = certificate.recovery_points.len();
    if points > 0 {
        parts.push(format!("{} kept", words::count(points, ("recovery point is", "recovery points are"))));
    }
    format!("{}.", parts.join("; "))
}

/// How many there were of each kind, in its words.
fn counts(certificate: &Certificate) -> Vec<(usize, String)> {
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for record in &certificate.destroyed {
        *by_kind.entry(record.kind.as_str()).or_default() += 1;
    }
    by_kind.into_iter().map(|(kind, count)| (count, kind_words(kind, count))).collect()
}

fn kind_words(kind: &str, count: usize) -> String {
    if kind == SNAPSHOT {
        return if count == 1 { "snapshot" } else { "snapshots" }.to_owned();
    }
    let known = crate::resource::Kind::ALL.iter().find(|one| one.name() == kind);
    match known {
        Some(kind) if count == 1 => kind.words().0.to_owned(),
        Some(kind) => kind.words().1.to_owned(),
        None => "of a kind that nobody told".to_owned(),
    }
}

/// Short names for those who did something, by their ARNs: an ARN in each row would leave no room for anything else.
fn principals(certificate: &Certificate) -> BTreeMap<&str, String> {
    let moments = certificate.destroyed.iter().flat_map(|record| [&record.created, &record.destroyed]);
    let all: BTreeSet<&str> = moments.flatten().filter_map(|moment| moment.by.as_deref()).collect();
    (1..).zip(all).map(|(number, arn)| (arn, format!("P{number}"))).collect()
}

/// Rows of the table, in the certificate's order.
fn destroyed(certificate: &Certificate) -> Vec<serde_json::Value> {
    let principals = principals(certificate);
    let moment = |moment: &Moment| {
        let by = moment.by.as_deref().and_then(|arn| principals.get(arn));
        json!({ "at": moment.at, "by": by, "requests": moment.requests })
    };
    let rows = certificate.destroyed.iter().map(|record| {
        json!({
            "address": record.address,
            "kind": kind_words(&record.kind, 1),
            "id": record.id,
            "size": record.size_gib.map(|size| format!("{size} GiB")),
            "created": record.created.as_ref().map(&moment),
            "destroyed": record.destroyed.as_ref().map(&moment),
        })
    });
    rows.collect()
}

fn key(end: &KeyEnd) -> serde_json::Value {
    let serves = end.key.state == "enabled";
    let (mark, answer) = match end.asked.refused {
        Some(true) => ("pass", format!("refused: {}", end.asked.answer)),
        Some(false) if serves => ("not_applicable", "it is in service, for something under it is kept".to_owned()),
        Some(false) => ("fail", end.asked.answer.clone()),
        None => ("undetermined", format!("not known: {}", end.asked.answer)),
    };
    json!({
        "address": end.key.address,
        "id": end.key.id,
        "state": end.key.state.replace('_', " "),
        "ends": end.key.ends,
        "call": end.asked.call,
        "mark": mark,
        "answer": answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::Residue;
    use crate::recovery::KeptPoint;
    use crate::recovery::certificate::{Asked, Issued, LedgerHash, Production};
    use crate::recovery::ended::KeyLeft;
    use crate::recovery::records::Record;

    fn certificate() -> Certificate {
        let record = Record {
            address: "network.<main>".to_owned(),
            kind: "vpc".to_owned(),
            id: "vpc-1".to_owned(),
            created: Some(Moment {
                at: "2026-12-01T09:00:00Z".to_owned(),
                by: Some("arn:aws:iam::123456789012:user/ana".to_owned()),
                requests: vec!["11f2-33".to_owned()],
            }),
            ..Record::default()
        };
        let key = KeyLeft {
            address: "key.content".to_owned(),
            id: "arn:aws:kms:us-west-2:123456789012:key/1".to_owned(),
            state: "pending_deletion".to_owned(),
            ends: Some("2027-07-31T09:00:00Z".to_owned()),
        };
        let asked = Asked { call: "kms:X", refused: Some(true), answer: "KMSInvalidStateException".to_owned() };
        Certificate {
            format_version: 1,
            clean: true,
            production: Production {
                alias: "nebula".to_owned(),
                owner: "lighthouse-vfx".to_owned(),
                content_class: "pre-release".to_owned(),
                account: "123456789012".to_owned(),
                region: "us-west-2".to_owned(),
                wraps_on: "2027-06-30".to_owned(),
                destroyed_by: "2027-07-30".to_owned(),
            },
            issued: Issued {
                at: "2027-07-01T09:00:00Z".to_owned(),
                by: "arn:aws:iam::123456789012:user/bo".to_owned(),
                wrapped_by: "arn:aws:iam::123456789012:user/bo".to_owned(),
                applied_by: vec!["arn:aws:iam::123456789012:user/ana".to_owned()],
                duties: "ana applied last, and bo wrapped: two principals".to_owned(),
                tool: "closedset",
            },
            destroyed: vec![record],
            keys: vec![KeyEnd { key, asked }],
            kept: Vec::new(),
            recovery_points: vec![KeptPoint {
                region: "us-west-2".to_owned(),
                seat: "workstation_pool.comp[001]".to_owned(),
                taken: "2027-07-01T08:00:00Z".to_owned(),
                snapshots: vec!["snap-1".to_owned()],
                size_gib: 100,
                keys: Vec::new(),
                why: "recovery points are kept beyond the end".to_owned(),
                until: "2027-08-30".to_owned(),
            }],
            residue: Residue { regions: vec!["us-west-2".to_owned()], ..Residue::default() },
            ledger: LedgerHash { lines: 3, head: "ab".to_owned(), lost: None },
            not_covered: vec!["what was copied out"],
        }
    }

    #[test]
    fn everything_is_on_the_page_and_nothing_of_it_is_markup() {
        let page = page(&certificate()).expect("it is drawn");
        for wanted in [
            "network.&lt;main&gt;",
            "vpc-1",
            "11f2-33",
            "user&#x2f;ana",
            "KMSInvalidStateException",
            "2027-07-31",
            "snap-1",
            "2027-08-30",
        ] {
            assert!(page.contains(wanted), "{wanted} is on the page");
        }
        assert!(!page.contains("<main>&") && !page.contains("http://") && !page.contains("<script"));
    }

    #[test]
    fn a_certificate_says_first_whether_anything_is_left() {
        let mut certificate = certificate();
        assert_eq!(sentence(&certificate), "Nothing of this production was found any more; 1 recovery point is kept.");
        certificate.residue.unsearched.push(crate::cloud::Unsearched {
            region: "us-west-2".to_owned(),
            what: "images".to_owned(),
            words: "denied".to_owned(),
        });
        assert!(sentence(&certificate).contains("not everything could be looked at"));
    }
}
