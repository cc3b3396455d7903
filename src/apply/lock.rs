//! One writer a production: a file that the operating system unlocks when its holder dies, however it dies.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Who holds it, for the message that the next one gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub user: String,
    pub host: String,
    pub process: u32,
    pub verb: String,
    /// UTC, RFC 3339.
    pub since: String,
}

/// A held lock; let go when dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock, or says who has it. The outer error is the file system's.
    ///
    /// # Errors
    /// Where the folder or file can't be written.
    pub fn take(path: &Path, me: &Held) -> std::io::Result<Result<Self, Option<Held>>> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Its holder may be writing this very moment: words are lost, not the lock.
                let _ = file.read_to_string(&mut text);
                return Ok(Err(serde_json::from_str(&text).ok()));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(serde_json::to_string(me)?.as_bytes())?;
        Ok(Ok(Self { file }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Words about a holder who is gone would mislead; the lock itself goes with the file.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn me(process: u32) -> Held {
        Held {
            user: "ada".into(),
            host: "gate".into(),
            process,
            verb: "apply".into(),
            since: "2026-12-01T00:00:00Z".into(),
        }
    }

    #[test]
    fn the_second_learns_who_has_it_and_gets_it_once_the_first_lets_go() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("nebula").join("lock");
        let first = Lock::take(&path, &me(1))?.expect("free");
        assert_eq!(Lock::take(&path, &me(2))?.expect_err("held"), Some(me(1)));
        drop(first);
        assert!(Lock::take(&path, &me(2))?.is_ok());
        Ok(())
    }
}
