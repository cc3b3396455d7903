//! The list of those whose approval counts: a line each, a principal's ARN and a public key of minisign's.

use std::path::{Path, PathBuf};

use minisign::PublicKey;

use super::error::{CliError, ErrorKind};
use super::signing;
use super::sources;
use crate::resource::principal;

/// What a line of the list has to be, for hints.
const A_LINE: &str = "an approver is an ARN, as aws sts get-caller-identity has it, and the second line of the file that \
                      minisign -G -p wrote, such as RWTMjyJe…";

/// Those whose signatures count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approvers {
    /// The file, for what is said of it.
    pub path: PathBuf,
    all: Vec<Approver>,
}

/// Somebody whose signature counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Approver {
    /// The line that says so, counted from 1.
    line: usize,
    /// As AWS names them: `aws sts get-caller-identity`.
    arn: String,
    public_key: PublicKey,
}

impl Approvers {
    /// Reads the list; `#` begins a comment. A key is written out: the name of a file would let whoever can write that file
    /// say whose signature counts.
    ///
    /// # Errors
    /// A line that names no approver; one key that stands for two principals, for then a signature tells nobody who
    /// approved.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let text = String::from_utf8(sources::bytes(path)?)
            .map_err(|_| CliError::file("read", path, "it is not valid UTF-8"))?;
        let mut all: Vec<Approver> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            let (arn, public_key) = match (words.next(), words.next(), words.next()) {
                (None, ..) => continue,
                (Some(arn), Some(key), None) if arn.starts_with("arn:") => (arn.to_owned(), key),
                _ => return Err(wrong(format!("line {number} of {} names no approver", path.display())).hint(A_LINE)),
            };
            let public_key = PublicKey::from_base64(public_key).map_err(|error| {
                wrong(format!("line {number} of {}: {public_key} is no public key: {error}", path.display()))
                    .hint(A_LINE)
            })?;
            let one = Approver { line: number, arn, public_key };
            if let Some(other) = all.iter().find(|other| other.is_confused_with(&one)) {
                return Err(wrong(format!(
                    "lines {} and {number} of {} give {} and {} one and the same key, so that no signature could tell which \
                     of them approved",
                    other.line,
                    path.display(),
                    other.arn,
                    one.arn
                ))
                .hint("everybody makes a key of their own: minisign -G -W -p bo.pub -s bo.key")
                .hint("somebody may have several keys, a line each"));
            }
            all.push(one);
        }
        Ok(Self { path: path.to_owned(), all })
    }

    /// Whether this principal has a key in the list.
    pub fn has(&self, arn: &str) -> bool {
        self.of(arn).next().is_some()
    }

    /// Whether one of this principal's keys made that signature of these bytes.
    pub fn signed(&self, arn: &str, signature: &[u8], bytes: &[u8]) -> bool {
        self.of(arn).any(|one| signing::check(&one.public_key, signature, bytes).is_ok())
    }

    fn of(&self, arn: &str) -> impl Iterator<Item = &Approver> {
        let wanted = principal(arn);
        self.all.iter().filter(move |one| principal(&one.arn) == wanted)
    }
}

impl Approver {
    /// Whether one key stands for both, whatever id it is given: what a signature is checked with are its last bytes.
    fn is_confused_with(&self, other: &Self) -> bool {
        const KEY: usize = 32;
        let key = |one: &Self| one.public_key.to_bytes().last_chunk::<KEY>().copied();
        key(self) == key(other) && principal(&self.arn) != principal(&other.arn)
    }
}

fn wrong(words: String) -> CliError {
    CliError::new(ErrorKind::File, words)
}

#[cfg(test)]
mod tests {
    use minisign::KeyPair;

    use super::*;

    const BO: &str = "arn:aws:iam::123456789012:user/bo";
    const CLEO: &str = "arn:aws:iam::123456789012:user/cleo";

    fn pair() -> PublicKey {
        KeyPair::generate_unencrypted_keypair().expect("a pair").pk
    }

    fn read(text: &str) -> Result<Approvers, CliError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("approvers");
        std::fs::write(&path, text).expect("it is written");
        Approvers::read(&path)
    }

    #[test]
    fn a_list_of_approvers_is_read_line_by_line() {
        let key = pair().to_base64();
        let list = read(&format!("# the studio's\n\n{BO}  {key} # since May\n")).expect("a list");
        assert!(list.has(BO) && !list.has(CLEO));
        let error = read(&format!("{BO} {key}\nbo {key}\n")).expect_err("no ARN");
        assert!(error.message.starts_with("line 2 of "), "{}", error.message);
        let error = read(&format!("{BO} bo.pub\n")).expect_err("no key, but the name of a file");
        assert!(error.message.contains("bo.pub is no public key"), "{}", error.message);
        assert!(error.hints.iter().any(|hint| hint.contains("second line")), "{:?}", error.hints);
    }

    #[test]
    fn one_key_stands_for_one_principal_who_may_have_several() {
        let (one, other) = (pair(), pair());
        let (first, second) = (one.to_base64(), other.to_base64());
        assert!(read(&format!("{BO} {first}\n{BO} {second}\n{CLEO} {}\n", pair().to_base64())).is_ok());
        let error = read(&format!("{BO} {first}\n\n{BO} {second}\n{CLEO} {first}\n")).expect_err("whose is it?");
        assert!(error.message.starts_with("lines 1 and 4 of "), "{}", error.message);
        assert!(error.message.contains(BO) && error.message.contains(CLEO), "{}", error.message);
        // The same key under another id is the same key.
        let mut disguised = one.to_bytes();
        disguised[2..10].copy_from_slice(&other.to_bytes()[2..10]);
        let disguised = PublicKey::from_bytes(&disguised).expect("a key").to_base64();
        assert!(read(&format!("{BO} {first}\n{CLEO} {disguised}\n")).is_err());
        // Two sessions of one role are one principal.
        let session = |name: &str| format!("arn:aws:sts::123456789012:assumed-role/Leads/{name}");
        assert!(read(&format!("{} {first}\n{} {first}\n", session("a"), session("b"))).is_ok());
    }
}
