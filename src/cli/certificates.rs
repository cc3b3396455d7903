//! Whether the certificates that a ledger names are what they were when they were written.

use std::path::Path;

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::apply::Entry;

/// What is wrong with them, a sentence each, sorted. `folder` is the ledger's.
pub fn changed(entries: &[Entry], folder: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in entries.iter().filter(|entry| entry.what == "certificate") {
        for (name, hash) in entry.details.get("files").and_then(Value::as_object).into_iter().flatten() {
            match std::fs::read(folder.join(name)) {
                Ok(bytes) if hash.as_str() == Some(HEXLOWER.encode(&Sha256::digest(&bytes)).as_str()) => {}
                Ok(_) => wrong.push(format!("{name} was changed")),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => wrong.push(format!("{name} is missing")),
                Err(error) => wrong.push(format!("{name} can't be read: {error}")),
            }
        }
    }
    wrong.sort();
    wrong
}
