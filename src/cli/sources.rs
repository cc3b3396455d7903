//! The files of a blueprint: which there are, and their bytes.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::error::CliError;
use super::save::is_saved_plan;

/// No more is read of a file than this: what is too large for a blueprint is refused by its size, without filling the
/// memory first.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// A blueprint's files, by their names as a person would write them, and the folder that they stand in.
#[derive(Debug)]
pub struct BlueprintFiles {
    pub folder: PathBuf,
    /// Sorted by name.
    pub files: Vec<(String, Vec<u8>)>,
}

impl BlueprintFiles {
    /// Reads a file, or the `.hcl` files of a folder; subfolders are not read.
    ///
    /// # Errors
    /// Where there is nothing to read, or it can't be read.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let paths = paths(path)?;
        let files: Vec<(String, Vec<u8>)> =
            paths.iter().map(|path| Ok((shown(path), bytes(path)?))).collect::<Result<_, CliError>>()?;
        if let [(name, bytes)] = files.as_slice()
            && is_saved_plan(bytes)
        {
            return Err(CliError::usage(format!("{name} is a saved plan, and a blueprint is wanted"))
                .hint(format!("closedset apply {name} carries the plan out")));
        }
        let folder = if path.is_dir() { path.to_owned() } else { parent(path) };
        Ok(Self { folder, files })
    }
}

/// The files that are meant by a path.
///
/// # Errors
/// Where there are none.
pub fn paths(path: &Path) -> Result<Vec<PathBuf>, CliError> {
    let kind = fs::metadata(path).map_err(|error| {
        CliError::file("read", path, error).hint("name a blueprint: a file, or a folder with .hcl files in it")
    })?;
    if !kind.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| CliError::file("read", path, error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| CliError::file("read", path, error))?.path();
        // Hidden files are what editors leave behind.
        let hidden = file.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if file.extension().is_some_and(|extension| extension == "hcl") && !hidden && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    if files.is_empty() {
        let folder = if path.as_os_str() == "." { "this folder".to_owned() } else { shown(path) };
        return Err(CliError::usage(format!("there is no .hcl file in {folder}"))
            .hint("closedset init writes a starter blueprint"));
    }
    Ok(files)
}

/// A file's bytes.
///
/// # Errors
/// Where it can't be read.
pub fn bytes(path: &Path) -> Result<Vec<u8>, CliError> {
    let wrong = |error| CliError::file("read", path, error);
    let mut bytes = Vec::new();
    File::open(path).map_err(wrong)?.take(MOST_BYTES).read_to_end(&mut bytes).map_err(wrong)?;
    Ok(bytes)
}

/// A path as a person would write it.
pub fn shown(path: &Path) -> String {
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned()
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}
