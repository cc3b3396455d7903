//! Whether a bundle is what it was when it was made.

use std::collections::BTreeMap;

use super::manifest::{LedgerHead, MANIFEST, Manifest, PREVIOUS, SIGNATURE, digest};
use crate::report::palette::{BAD, CAUTION, GOOD};
use crate::report::text::Line;
use crate::report::words;

/// What looking at a bundle found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub manifest: Manifest,
    /// Of the manifest's bytes: what the next report is chained to.
    pub head: String,
    /// What is wrong, a sentence each, sorted by file.
    pub wrong: Vec<String>,
}

/// Looks at a bundle's files, by name. `before` is the manifest of the report before, where somebody kept it.
///
/// # Errors
/// Where there is no manifest, or it can't be read: in words.
pub fn verify(files: &BTreeMap<String, Vec<u8>>, before: Option<&[u8]>) -> Result<Found, String> {
    let bytes = files.get(MANIFEST).ok_or_else(|| format!("there is no {MANIFEST}"))?;
    let (manifest, link) = Manifest::read(bytes).map_err(|error| format!("{MANIFEST} can't be read: {error}"))?;
    let mut wrong = Vec::new();
    for (name, file) in &manifest.files {
        match files.get(name) {
            None => wrong.push(format!("{name} is missing")),
            Some(bytes) if digest(bytes) != file.sha256 => wrong.push(format!("{name} was changed")),
            Some(_) => {}
        }
    }
    let own = [MANIFEST, SIGNATURE];
    let known = |name: &str| manifest.files.contains_key(name) || own.contains(&name);
    wrong.extend(files.keys().filter(|name| !known(name)).map(|name| format!("{name} is new")));
    wrong.sort();
    let kept = files.get(PREVIOUS).map(|bytes| (PREVIOUS, bytes.as_slice()));
    match &manifest.previous {
        Some(previous) => {
            if kept.is_none() {
                wrong.push(format!("{PREVIOUS} is missing, which the manifest is chained to"));
            }
            for (what, bytes) in kept.into_iter().chain(before.map(|bytes| ("the manifest before", bytes))) {
                if digest(bytes) != previous.sha256 {
                    wrong.push(format!("the chain is broken: {what} isn't the one that this report follows"));
                }
            }
        }
        None if before.is_some() => {
            wrong.push("the chain is broken: this report says that it is the first".to_owned());
        }
        None => {}
    }
    wrong.dedup();
    Ok(Found { manifest, head: link.sha256, wrong })
}

/// What was found, for people. `signed` says what is known of the signature.
pub fn verdict_text(found: &Found, signed: &str, width: usize) -> String {
    let mut out = String::new();
    let Manifest { files, number, production, created, previous, ledger, .. } = &found.manifest;
    if found.wrong.is_empty() {
        let count = words::count(files.len(), ("file is", "files are"));
        Line::new(0)
            .styled(GOOD, "The report is whole: ")
            .plain(format!("{count} as the manifest says."))
            .write(width, &mut out);
    } else {
        Line::new(0).styled(BAD, "The report is not as it was made and signed:").write(width, &mut out);
        for wrong in &found.wrong {
            Line::new(2).hanging(4).styled(CAUTION, wrong).write(width, &mut out);
        }
    }
    let chain = match previous {
        Some(link) => format!("it follows report {} of {}", link.number, link.created),
        None => "it is the first of its chain".to_owned(),
    };
    Line::new(0).plain(format!("Report {number} of {production}, {created}; {chain}.")).write(width, &mut out);
    if let Some(LedgerHead { entries, head }) = ledger {
        let lines = words::count(usize::try_from(*entries).unwrap_or(usize::MAX), ("line", "lines"));
        Line::new(0).plain(format!("Ledger: {lines}, head {head}")).write(width, &mut out);
    }
    Line::new(0).plain(signed).write(width, &mut out);
    Line::new(0).plain(format!("Head: {}", found.head)).write(width, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(previous: Option<&[u8]>) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::from([("a.txt".to_owned(), b"a".to_vec()), ("b.txt".to_owned(), b"b".to_vec())]);
        let link = previous.map(|bytes| Manifest::read(bytes).expect("a manifest").1);
        if let Some(previous) = previous {
            files.insert(PREVIOUS.to_owned(), previous.to_vec());
        }
        let ledger = Some(LedgerHead { entries: 12, head: "3ad1".to_owned() });
        let manifest = Manifest::new("nebula", "2026-12-01T09:00:00Z", &files, link, ledger);
        files.insert(MANIFEST.to_owned(), manifest.bytes().expect("JSON"));
        files
    }

    fn wrong(files: &BTreeMap<String, Vec<u8>>, before: Option<&[u8]>) -> Vec<String> {
        verify(files, before).expect("a manifest").wrong
    }

    #[test]
    fn each_file_that_was_changed_is_missing_or_is_new_is_named() {
        let mut files = bundle(None);
        assert_eq!(wrong(&files, None), Vec::<String>::new());
        files.insert("a.txt".to_owned(), b"A".to_vec());
        files.remove("b.txt");
        files.insert("c.txt".to_owned(), b"c".to_vec());
        assert_eq!(wrong(&files, None), ["a.txt was changed", "b.txt is missing", "c.txt is new"]);
        assert_eq!(verify(&BTreeMap::new(), None), Err("there is no manifest.json".to_owned()));
    }

    #[test]
    fn the_ledgers_head_is_told_and_a_manifest_without_one_is_as_good() {
        let mut files = bundle(None);
        let found = verify(&files, None).expect("a manifest");
        assert!(verdict_text(&found, "It is not signed.", 100).contains("Ledger: 12 lines, head 3ad1\n"));
        // Reports of versions that had none.
        let mut old: serde_json::Value = serde_json::from_slice(&files[MANIFEST]).expect("JSON");
        old.as_object_mut().expect("a map").remove("ledger");
        files.insert(MANIFEST.to_owned(), old.to_string().into_bytes());
        let found = verify(&files, None).expect("a manifest");
        assert_eq!((found.wrong.len(), found.manifest.ledger.as_ref()), (0, None));
        assert!(!verdict_text(&found, "It is not signed.", 100).contains("Ledger"));
    }

    #[test]
    fn a_report_is_chained_to_the_one_before() {
        let first = bundle(None);
        let second = bundle(Some(&first[MANIFEST]));
        let found = verify(&second, Some(&first[MANIFEST])).expect("a manifest");
        assert_eq!((found.manifest.number, found.wrong.len()), (2, 0));
        let other = bundle(Some(&second[MANIFEST]));
        let broken = "the chain is broken: the manifest before isn't the one that this report follows";
        assert_eq!(wrong(&second, Some(&other[MANIFEST])), [broken]);
        assert_eq!(wrong(&first, Some(&first[MANIFEST])).len(), 1);
    }
}
