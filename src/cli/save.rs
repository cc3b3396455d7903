//! Files that are written whole or not at all, saved plans above all, and how those are told from blueprints.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::CliError;
use super::sources;
use crate::plan::{FORMAT_VERSION, MARK, SavedPlan};

/// What a path given to `apply` holds.
#[derive(Debug)]
pub enum Given {
    /// A blueprint: a folder, or a file of the language.
    Blueprint,
    SavedPlan(GivenPlan),
}

/// A saved plan, as its file has it.
#[derive(Debug)]
pub struct GivenPlan {
    pub saved: Box<SavedPlan>,
    /// SHA-256 of the file's bytes: `sha256:…`.
    pub digest: String,
}

/// Writes a plan so that the file is there whole or not at all, and readable by its owner alone: it tells what a
/// production is made of.
///
/// # Errors
/// Where it can't be written.
pub fn save(path: &Path, plan: &SavedPlan) -> Result<(), CliError> {
    let text = serde_json::to_string(plan).map_err(|error| CliError::file("write", path, error))?;
    swap(path, format!("{text}\n").as_bytes(), None).map_err(|error| CliError::file("write", path, error))
}

/// Writes a file so that it is there whole or not at all, readable by its owner alone; one that is there already keeps
/// its permissions.
///
/// # Errors
/// Where it can't be written.
pub fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if path.exists() { replace(path, bytes) } else { swap(path, bytes, None) }
}

/// Puts new text in a file's place, so that a crash leaves the old or the new. Its permissions stay.
///
/// # Errors
/// Where it can't be written.
pub fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // Through a link: what it points to is replaced, not the link.
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    swap(&path, bytes, Some(permissions))
}

fn swap(path: &Path, bytes: &[u8], permissions: Option<Permissions>) -> std::io::Result<()> {
    let draft = draft_of(path);
    let written = write(&draft, bytes, permissions).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        // The draft is of no use to anyone.
        let _ = fs::remove_file(&draft);
    }
    written
}

fn write(draft: &Path, bytes: &[u8], permissions: Option<Permissions>) -> std::io::Result<()> {
    // One that an interrupted run left would keep its permissions.
    match fs::remove_file(draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file: File = options.open(draft)?;
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

/// A name beside the file: a rename doesn't cross file systems.
fn draft_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".draft");
    path.with_file_name(name)
}

/// Whether a file begins as saved plans do.
pub fn is_saved_plan(bytes: &[u8]) -> bool {
    bytes.starts_with(format!("{{\"file\":\"{MARK}\"").as_bytes())
}

/// Tells a saved plan from a blueprint, by the mark in it.
///
/// # Errors
/// A file that is neither, a plan that was cut off, and one of another version.
pub fn given(path: &Path) -> Result<Given, CliError> {
    if path.is_dir() || path.extension().is_some_and(|extension| extension == "hcl") || !path.exists() {
        return Ok(Given::Blueprint);
    }
    let bytes = sources::bytes(path)?;
    let neither = || {
        CliError::usage(format!("{} is neither a blueprint nor a saved plan", path.display()))
            .hint("blueprints end in .hcl; closedset plan --out FILE saves a plan")
    };
    // A mark at the beginning of something that can't be read on is a plan that was cut off.
    let damaged = |error: &dyn std::fmt::Display| {
        CliError::usage(format!("the saved plan {} is damaged: {error}", path.display()))
            .hint("make a new plan: closedset plan --out FILE")
    };
    let value: Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) if is_saved_plan(&bytes) => return Err(damaged(&error)),
        Err(_) => return Err(neither()),
    };
    if value.get("file").and_then(Value::as_str) != Some(MARK) {
        return Err(neither());
    }
    let version = value.pointer("/plan/format_version").and_then(Value::as_u64);
    if version != Some(u64::from(FORMAT_VERSION)) {
        return Err(CliError::usage(format!("the saved plan {} was made by another version", path.display()))
            .hint("make a new plan with this one: closedset plan --out FILE"));
    }
    let digest = digest_of(&bytes);
    let saved = serde_json::from_value(value).map_err(|error| damaged(&error))?;
    Ok(Given::SavedPlan(GivenPlan { saved: Box::new(saved), digest }))
}

/// What an approval names a file by.
fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}
