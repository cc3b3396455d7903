//! The ledger: an append-only file of what was done, each line chained to the last by its hash. It serves audit and
//! explanation. Losing it costs words, never safety: what exists is read from the cloud. It never holds a secret: ids,
//! names and the services' words only.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Counted from 1.
    pub number: u64,
    /// UTC, RFC 3339.
    pub time: String,
    /// What happened: `began`, `created`, `failed`, …
    pub what: String,
    /// The rest: address, id, words.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
    /// Hash of the line before; zeros for the first.
    pub previous: String,
    /// SHA-256 over the previous hash and this line's other fields.
    pub hash: String,
}

/// What is wrong with a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("cannot use the ledger {path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("line {line} of the ledger {path} was changed: {problem}")]
    Broken { path: PathBuf, line: usize, problem: &'static str },
}

/// What checking a ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub entries: u64,
    /// Hash of the last line: what to compare with a copy kept elsewhere.
    pub head: String,
    /// Whether the last line was cut off by a crash; it is dropped by the next run.
    pub torn: bool,
}

/// An open ledger.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    file: File,
    next: u64,
    head: String,
    /// Whether the last run ended without its last word.
    unfinished: Option<Entry>,
}

const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl Ledger {
    /// Opens or starts a ledger. A torn last line is dropped: what it would have said, the cloud knows.
    ///
    /// # Errors
    /// Where it can't be read or written, or a line was changed.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let wrong = |source| LedgerError::File { path: path.to_owned(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(wrong)?;
        }
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(wrong)?;
        let read = read(&file, path)?;
        file.set_len(read.whole_bytes).map_err(wrong)?;
        file.seek(SeekFrom::End(0)).map_err(wrong)?;
        let last_start = read.entries.iter().rposition(|entry| entry.what == "began");
        let ended = last_start.is_none_or(|at| read.entries[at..].iter().any(|entry| entry.what == "ended"));
        let unfinished = if ended { None } else { read.entries.last().cloned() };
        let head = read.entries.last().map_or_else(|| FIRST.to_owned(), |entry| entry.hash.clone());
        Ok(Self { path: path.to_owned(), file, next: read.entries.len() as u64 + 1, head, unfinished })
    }

    /// The last entry of a run that never said that it ended: killed, or cut off.
    pub fn unfinished(&self) -> Option<&Entry> {
        self.unfinished.as_ref()
    }

    /// Hash of the last line.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// Adds a line and makes sure that it is on the disk.
    ///
    /// # Errors
    /// Where it can't be written.
    pub fn add(&mut self, time: &str, what: &str, details: Map<String, Value>) -> Result<(), LedgerError> {
        let mut entry = Entry {
            number: self.next,
            time: time.to_owned(),
            what: what.to_owned(),
            details,
            previous: self.head.clone(),
            hash: String::new(),
        };
        entry.hash = hash(&entry);
        let wrong = |source| LedgerError::File { path: self.path.clone(), source };
        let mut line = serde_json::to_string(&entry).map_err(|error| wrong(error.into()))?;
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(wrong)?;
        self.file.sync_data().map_err(wrong)?;
        self.head = entry.hash;
        self.next += 1;
        Ok(())
    }
}

struct Read {
    entries: Vec<Entry>,
    /// Bytes of whole lines.
    whole_bytes: u64,
    torn: bool,
}

fn read(file: &File, path: &Path) -> Result<Read, LedgerError> {
    let wrong = |source| LedgerError::File { path: path.to_owned(), source };
    let broken = |line, problem| LedgerError::Broken { path: path.to_owned(), line, problem };
    let mut reader = BufReader::new(file);
    let mut read = Read { entries: Vec::new(), whole_bytes: 0, torn: false };
    let mut head = FIRST.to_owned();
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line).map_err(wrong)?;
        if length == 0 {
            return Ok(read);
        }
        if line.last() != Some(&b'\n') {
            read.torn = true;
            return Ok(read);
        }
        let number = read.entries.len() + 1;
        let entry: Entry = serde_json::from_slice(&line).map_err(|_| broken(number, "it is no entry"))?;
        if entry.previous != head {
            return Err(broken(number, "it doesn't follow the line before"));
        }
        if entry.hash != hash(&entry) {
            return Err(broken(number, "its hash doesn't fit its words"));
        }
        head.clone_from(&entry.hash);
        read.entries.push(entry);
        read.whole_bytes += length as u64;
    }
}

fn hash(entry: &Entry) -> String {
    let unhashed = Entry { hash: String::new(), ..entry.clone() };
    let text = serde_json::to_string(&unhashed).unwrap_or_default();
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}

/// Checks every line of a ledger.
///
/// # Errors
/// Where it can't be read, or a line was changed.
pub fn verify(path: &Path) -> Result<(Vec<Entry>, Verdict), LedgerError> {
    let file = File::open(path).map_err(|source| LedgerError::File { path: path.to_owned(), source })?;
    let read = read(&file, path)?;
    let head = read.entries.last().map_or_else(|| FIRST.to_owned(), |entry| entry.hash.clone());
    let verdict = Verdict { entries: read.entries.len() as u64, head, torn: read.torn };
    Ok((read.entries, verdict))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_lines(path: &Path) -> Result<(), LedgerError> {
        let mut ledger = Ledger::open(path)?;
        ledger.add("2026-12-01T00:00:00Z", "began", Map::new())?;
        ledger.add("2026-12-01T00:00:01Z", "created", Map::from_iter([("id".to_owned(), "vpc-1".into())]))
    }

    #[test]
    fn a_torn_tail_is_dropped_and_the_chain_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        two_lines(&path).unwrap();
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str("{\"number\":3,\"ti");
        std::fs::write(&path, text).unwrap();
        assert!(verify(&path).unwrap().1.torn);

        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.unfinished().map(|entry| entry.what.as_str()), Some("created"));
        ledger.add("2026-12-01T00:00:02Z", "ended", Map::new()).unwrap();
        let (entries, verdict) = verify(&path).unwrap();
        assert_eq!((entries.len(), verdict.torn), (3, false));
        assert!(Ledger::open(&path).unwrap().unfinished().is_none());
    }

    #[test]
    fn a_changed_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        two_lines(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap().replace("vpc-1", "vpc-2");
        std::fs::write(&path, text).unwrap();
        let error = verify(&path).unwrap_err();
        assert!(error.to_string().starts_with("line 2 of the ledger"), "{error}");
    }
}
