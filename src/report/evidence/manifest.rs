//! The manifest: the hash of each file, chained to the last report's manifest by its hash. A signature of the manifest is
//! one of the whole bundle, and of all bundles before it.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The manifest's file.
pub const MANIFEST: &str = "manifest.json";
/// Its signature in minisign's format.
pub const SIGNATURE: &str = "manifest.json.minisig";
/// A copy of the manifest that it is chained to.
pub const PREVIOUS: &str = "previous-manifest.json";

/// What a bundle is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format_version: u32,
    pub production: String,
    /// UTC, RFC 3339: the envelope's.
    pub created: String,
    /// Counted from 1 along the chain.
    pub number: u64,
    /// The manifest of the report before; none in the first.
    pub previous: Option<Link>,
    /// Where the ledger ended when the report was made; none where there was no ledger, or its chain was broken.
    #[serde(default)]
    pub ledger: Option<LedgerHead>,
    /// By name.
    pub files: BTreeMap<String, File>,
}

/// A link of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Of the manifest's bytes, in hexadecimal digits.
    pub sha256: String,
    pub created: String,
    pub number: u64,
}

/// The last line of a ledger: `ledger verify` tells the same, as long as no line was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerHead {
    /// How many lines it had.
    pub entries: u64,
    /// The hash of the last one, in hexadecimal digits: it stands for all before it.
    pub head: String,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub bytes: u64,
    /// In hexadecimal digits.
    pub sha256: String,
}

impl File {
    fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: digest(bytes) }
    }
}

/// SHA-256 in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

impl Manifest {
    /// Of these files.
    pub fn new(
        production: &str,
        created: &str,
        files: &BTreeMap<String, Vec<u8>>,
        previous: Option<Link>,
        ledger: Option<LedgerHead>,
    ) -> Self {
        Self {
            format_version: 1,
            production: production.to_owned(),
            created: created.to_owned(),
            number: previous.as_ref().map_or(1, |link| link.number.saturating_add(1)),
            previous,
            ledger,
            files: files.iter().map(|(name, bytes)| (name.clone(), File::of(bytes))).collect(),
        }
    }

    /// The document's bytes: what is hashed and signed.
    ///
    /// # Errors
    /// None that a bundle could cause.
    pub fn bytes(&self) -> serde_json::Result<Vec<u8>> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?).into_bytes())
    }

    /// The manifest in these bytes, with what the next one is chained to.
    ///
    /// # Errors
    /// Bytes that are no manifest.
    pub fn read(bytes: &[u8]) -> serde_json::Result<(Self, Link)> {
        let manifest: Self = serde_json::from_slice(bytes)?;
        let link = Link { sha256: digest(bytes), created: manifest.created.clone(), number: manifest.number };
        Ok((manifest, link))
    }
}
