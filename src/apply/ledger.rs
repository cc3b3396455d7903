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

use super::anchor::Anchor;

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
    #[error("the ledger {path} isn't whole: {lost}")]
    Lost { path: PathBuf, lost: Lost },
}

/// What a ledger's anchor says that the ledger doesn't.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lost {
    #[error("{}", missing(expected - entries, *expected))]
    Lines { entries: u64, expected: u64 },
    #[error("{}", missing(*expected, *expected))]
    All { expected: u64 },
    #[error("another one was put in its place: line {line} isn't the one that was written")]
    Replaced { line: u64 },
}

/// What is missing at the end of a ledger, or all of it.
fn missing(lines: u64, of: u64) -> String {
    match (lines, of) {
        (1, 1) => "its only line is missing".to_owned(),
        (1, _) => format!("the last of its {of} lines is missing"),
        _ if lines == of => format!("all of its {of} lines are missing"),
        _ => format!("its last {lines} of {of} lines are missing"),
    }
}

/// What checking a ledger found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub entries: u64,
    /// Hash of the last line: what to compare with a copy kept elsewhere.
    pub head: String,
    /// Whether the last line was cut off by a crash; it is dropped by the next run.
    pub torn: bool,
    /// Whether a file beside it says how long it has to be.
    pub anchored: bool,
    /// Lines that tell of others that were lost before them, by number.
    pub gaps: Vec<u64>,
}

/// What says in a ledger that lines were lost before it.
const GAP: &str = "lines_lost";

/// What a ledger says of lines that it lost, the last time that it did; none where it lost none.
pub fn lost_lines(entries: &[Entry]) -> Option<String> {
    let gap = entries.iter().rev().find(|entry| entry.what == GAP)?;
    Some(gap.details.get("words").and_then(Value::as_str).unwrap_or("lines are missing").to_owned())
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
    /// What was lost, until a line says so.
    lost: Option<Lost>,
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
        // An anchor that can't be read is written anew; until then it is `verify` that says so.
        let anchor = Anchor::read(path).ok().flatten();
        let lost = anchor.and_then(|anchor| lost(&read.entries, &anchor));
        Ok(Self { path: path.to_owned(), file, next: read.entries.len() as u64 + 1, head, unfinished, lost })
    }

    /// What was lost of it since it was last written. The next line that is added says so before anything else.
    pub fn lost(&self) -> Option<&Lost> {
        self.lost.as_ref()
    }

    /// How many lines it has.
    pub fn entries(&self) -> u64 {
        self.next - 1
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
        if let Some(lost) = self.lost.take() {
            let words = Map::from_iter([("words".to_owned(), Value::String(lost.to_string()))]);
            self.add(time, GAP, words)?;
        }
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
        Anchor { entries: entry.number, head: self.head.clone() }.write(&self.path).map_err(wrong)
    }
}

/// What is gone of a ledger by its anchor.
fn lost(entries: &[Entry], anchor: &Anchor) -> Option<Lost> {
    let (there, expected) = (entries.len() as u64, anchor.entries);
    if there < expected {
        return Some(if there == 0 { Lost::All { expected } } else { Lost::Lines { entries: there, expected } });
    }
    let last = entries.iter().find(|entry| entry.number == expected)?;
    (last.hash != anchor.head).then_some(Lost::Replaced { line: expected })
}

#[derive(Default)]
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

/// Whether there is a ledger, or was one: its anchor outlives it.
pub fn exists(path: &Path) -> bool {
    path.is_file() || Anchor::path_for(path).is_file()
}

/// Checks every line of a ledger, and that none is missing at its end.
///
/// # Errors
/// Where it can't be read, a line was changed, or lines are gone.
pub fn verify(path: &Path) -> Result<(Vec<Entry>, Verdict), LedgerError> {
    let wrong = |source| LedgerError::File { path: path.to_owned(), source };
    let anchor = Anchor::read(path).map_err(|source| LedgerError::File { path: Anchor::path_for(path), source })?;
    let read = match File::open(path) {
        Ok(file) => read(&file, path)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && anchor.is_some() => Read::default(),
        Err(error) => return Err(wrong(error)),
    };
    if let Some(lost) = anchor.as_ref().and_then(|anchor| lost(&read.entries, anchor)) {
        return Err(LedgerError::Lost { path: path.to_owned(), lost });
    }
    let verdict = Verdict {
        entries: read.entries.len() as u64,
        head: read.entries.last().map_or_else(|| FIRST.to_owned(), |entry| entry.hash.clone()),
        torn: read.torn,
        anchored: anchor.is_some(),
        gaps: read.entries.iter().filter(|entry| entry.what == GAP).map(|entry| entry.number).collect(),
    };
    Ok((read.entries, verdict))
}

/// The lines that are there, whether or not others are gone: each of them is checked.
///
/// # Errors
/// Where they can't be read, or one was changed. No file is no line.
pub fn entries(path: &Path) -> Result<Vec<Entry>, LedgerError> {
    match File::open(path) {
        Ok(file) => Ok(read(&file, path)?.entries),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(LedgerError::File { path: path.to_owned(), source }),
    }
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

    #[test]
    fn lines_that_are_gone_are_missed_and_the_next_line_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        two_lines(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let first = text.lines().next().unwrap();
        std::fs::write(&path, format!("{first}\n")).unwrap();
        let told = verify(&path).unwrap_err().to_string();
        assert!(told.ends_with("the last of its 2 lines is missing"), "{told}");

        let mut ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.lost(), Some(&Lost::Lines { entries: 1, expected: 2 }));
        ledger.add("2026-12-01T00:00:02Z", "ended", Map::new()).unwrap();
        let (entries, verdict) = verify(&path).unwrap();
        let whats: Vec<&str> = entries.iter().map(|entry| entry.what.as_str()).collect();
        assert_eq!((whats, verdict.gaps), (vec!["began", "lines_lost", "ended"], vec![2]));
    }

    #[test]
    fn a_ledger_that_is_gone_is_missed_and_another_in_its_place_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        two_lines(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(exists(&path));
        let told = verify(&path).unwrap_err().to_string();
        assert!(told.ends_with("all of its 2 lines are missing"), "{told}");

        let other = folder.path().join("other").join("ledger.jsonl");
        two_lines(&other).unwrap();
        let mut longer = Ledger::open(&other).unwrap();
        longer.add("2026-12-01T00:00:09Z", "ended", Map::new()).unwrap();
        let swapped = std::fs::read_to_string(&other).unwrap();
        std::fs::write(&path, swapped).unwrap();
        // The very same lines, and one more: nobody can tell that from a crash between a line and its anchor.
        assert_eq!(verify(&path).unwrap().1.entries, 3);
        let mut third = Ledger::open(&folder.path().join("third").join("ledger.jsonl")).unwrap();
        for _ in 0..3 {
            third.add("2026-12-02T00:00:00Z", "began", Map::new()).unwrap();
        }
        std::fs::copy(folder.path().join("third").join("ledger.jsonl"), &path).unwrap();
        let told = verify(&path).unwrap_err().to_string();
        assert!(told.ends_with("line 2 isn't the one that was written"), "{told}");
    }

    #[test]
    fn a_crash_between_a_line_and_its_anchor_leaves_a_whole_ledger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        two_lines(&path).unwrap();
        let before = std::fs::read(Anchor::path_for(&path)).unwrap();
        Ledger::open(&path).unwrap().add("2026-12-01T00:00:02Z", "ended", Map::new()).unwrap();
        std::fs::write(Anchor::path_for(&path), before).unwrap();
        assert_eq!(verify(&path).unwrap().1.entries, 3);
        assert_eq!(Ledger::open(&path).unwrap().lost(), None);
    }
}
