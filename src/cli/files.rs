//! The files that `file` and `templatefile` read: those below the blueprint's folder, and no others.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use crate::blueprint::Files;

/// A larger file is refused, in bytes.
const LARGEST: u64 = 4 * 1024 * 1024;

/// Reads files below one folder. A path or a link that leads out of it is refused.
#[derive(Debug, Clone)]
pub struct FolderFiles {
    folder: PathBuf,
}

impl FolderFiles {
    /// Files below `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Files for FolderFiles {
    fn read(&self, path: &str) -> Result<String, String> {
        let relative = Path::new(path);
        let stays = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if path.is_empty() || !stays {
            return Err("it must be a path below the blueprint's folder, without `..`".to_owned());
        }
        let folder = self.folder.canonicalize().map_err(|error| format!("the blueprint's folder: {}", why(&error)))?;
        // Canonical: links are followed before it is asked where they lead.
        let found = folder.join(relative).canonicalize().map_err(|error| why(&error))?;
        if !found.starts_with(&folder) {
            return Err("it is a link that leads out of the blueprint's folder".to_owned());
        }
        let file = File::open(&found).map_err(|error| why(&error))?;
        let known = file.metadata().map_err(|error| why(&error))?;
        // A pipe or a device would never end.
        if !known.is_file() {
            return Err("it is no file".to_owned());
        }
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| why(&error))?;
        if bytes.len() as u64 > LARGEST {
            return Err(format!("it has more than {LARGEST} bytes"));
        }
        String::from_utf8(bytes).map_err(|_| "it is not valid UTF-8".to_owned())
    }
}

fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir_all(folder.path().join("blueprint/templates")).expect("folders");
        std::fs::write(folder.path().join("outside"), "secret").expect("a file");
        std::fs::write(folder.path().join("blueprint/motd"), "hello\n").expect("a file");
        std::fs::write(folder.path().join("blueprint/templates/site.sh.j2"), "x").expect("a file");
        folder
    }

    #[test]
    fn files_below_the_folder_are_read() {
        let folder = folder();
        let files = FolderFiles::new(folder.path().join("blueprint"));
        assert_eq!(files.read("motd").as_deref(), Ok("hello\n"));
        assert_eq!(files.read("./templates/site.sh.j2").as_deref(), Ok("x"));
    }

    #[test]
    fn nothing_else_is() {
        let folder = folder();
        let files = FolderFiles::new(folder.path().join("blueprint"));
        let outside = folder.path().join("outside");
        for path in ["../outside", "templates/../../outside", "", outside.to_str().unwrap_or_default()] {
            assert!(files.read(path).is_err_and(|problem| problem.contains("below the blueprint's folder")), "{path}");
        }
        assert_eq!(files.read("nope"), Err("there is no such file".to_owned()));
        assert_eq!(files.read("templates"), Err("it is no file".to_owned()));
        std::fs::write(folder.path().join("blueprint/binary"), [0xff, 0xfe]).expect("a file");
        assert_eq!(files.read("binary"), Err("it is not valid UTF-8".to_owned()));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_folder_are_refused() {
        let folder = folder();
        let files = FolderFiles::new(folder.path().join("blueprint"));
        let link = |target: &str, name: &str| {
            std::os::unix::fs::symlink(target, folder.path().join("blueprint").join(name)).expect("a link");
        };
        link("../outside", "leak");
        link("motd", "inside");
        link("..", "up");
        assert!(files.read("leak").is_err_and(|problem| problem.contains("leads out")));
        assert!(files.read("up/outside").is_err_and(|problem| problem.contains("leads out")));
        assert_eq!(files.read("inside").as_deref(), Ok("hello\n"));
    }
}
