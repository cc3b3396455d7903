//! What `file` and `templatefile` read: handed in, since this room reads nothing by itself.

/// Gives the text of files below the blueprint's folder.
pub trait Files {
    /// The text of the file at `path`, relative to the blueprint's folder.
    ///
    /// # Errors
    ///
    /// Why it can't be read, as a fragment such as `there is no such file`.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// No files at all: for tests, and for texts that come without a folder.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Result<String, String> {
        Err("there is no folder to read files from".to_owned())
    }
}
