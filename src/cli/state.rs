//! Where ledgers and locks are kept: `<state>/<account>/<production>/`.

use std::env;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::arguments::{CloudChoice, Global};
use super::error::{CliError, ErrorKind};
use crate::apply::{self, Entry, Held, Lock, verify};
use crate::controls::{Record, Restored};

/// What the ledger's line is called that says that the live state was looked at again after an apply.
pub const CHECKED_AGAIN: &str = "checked_again";

/// The folder of all productions: that of the rehearsals where the cloud is one, beside its file if it has one, so that
/// what was only rehearsed never stands among what was done, nor among what was rehearsed on another cloud. That is why the
/// environment, which is set for all commands, doesn't move it: only the argument does, which is meant for this one.
///
/// # Errors
/// Where neither arguments nor environment name one, and there is no home folder.
pub fn root(arguments: &Global) -> Result<PathBuf, CliError> {
    let choice = arguments.cloud.clone().unwrap_or_default();
    if let (CloudChoice::Rehearsal(Some(file)), None) = (&choice, &arguments.state_dir) {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".state");
        return Ok(file.with_file_name(name));
    }
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = arguments
        .state_dir
        .clone()
        .or_else(|| given("CLOSEDSET_STATE_DIR"))
        // The specification of XDG says to ignore relative paths.
        .or_else(|| given("XDG_STATE_HOME").filter(|path| path.is_absolute()).map(|path| path.join("closedset")))
        .or_else(|| env::home_dir().map(|home| home.join(".local").join("state").join("closedset")))
        .ok_or_else(|| {
            CliError::new(ErrorKind::File, "there is no home folder to keep the ledger in")
                .hint("name a folder with --state-dir")
        })?;
    Ok(if choice.is_rehearsal() { root.join("rehearsal") } else { root })
}

/// The folder of one production.
#[derive(Debug, Clone)]
pub struct State {
    folder: PathBuf,
}

impl State {
    /// Of this production in this account.
    ///
    /// # Errors
    /// As [`root`].
    pub fn of(arguments: &Global, account: &str, production: &str) -> Result<Self, CliError> {
        Ok(Self { folder: root(arguments)?.join(account).join(production) })
    }

    /// The ledger's file.
    pub fn ledger(&self) -> PathBuf {
        self.folder.join("ledger.jsonl")
    }

    /// The lines of the ledger that can be read; one that was changed says nothing.
    pub fn entries(&self) -> Vec<Entry> {
        apply::entries(&self.ledger()).unwrap_or_default()
    }

    /// Where certificates are kept.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// What the ledger says, for the controls that watch this program. Where there is none, it says nothing. `now` is by the
    /// clock that its lines were written by, in UTC as RFC 3339 writes it: on a rehearsal cloud that is another than the
    /// world's, and so another day than the one that counts as today.
    pub fn record(&self, now: &str) -> Record {
        let path = self.ledger();
        if !apply::exists(&path) {
            return Record::default();
        }
        match verify(&path) {
            Ok((entries, _)) => {
                let at = entries.iter().rposition(|entry| entry.what == "began" && changes(entry));
                let last = at.and_then(|at| entries.get(at));
                let said = |name: &str| {
                    last.and_then(|entry| entry.details.get(name)).and_then(Value::as_str).map(str::to_owned)
                };
                let approver = last.and_then(|entry| entry.details.get("approval")?.get("approver")?.as_str());
                // A restore is verified, which is a look at what is live.
                let mut since = at.and_then(|at| entries.get(at..)).into_iter().flatten();
                let checked_again = since.any(|entry| matches!(entry.what.as_str(), CHECKED_AGAIN | "restored"));
                let restored = entries
                    .iter()
                    .rev()
                    .find(|entry| matches!(entry.what.as_str(), "restored" | "drilled"))
                    .and_then(|entry| restored(entry, now));
                Record {
                    evaluation: said("evaluation"),
                    catalogue: said("catalogue"),
                    checked_again,
                    approver: approver.map(str::to_owned),
                    chain: Some(Ok(entries.len())),
                    restored,
                    endangered: Vec::new(),
                    recovery: None,
                }
            }
            Err(error) => Record { chain: Some(Err(error.to_string())), ..Record::default() },
        }
    }

    /// Takes the production's lock for this verb.
    ///
    /// # Errors
    /// Where someone else has it, or the folder can't be written.
    pub fn lock(&self, verb: &str) -> Result<Lock, CliError> {
        let path = self.folder.join("lock");
        match Lock::take(&path, &me(verb)) {
            Ok(Ok(lock)) => Ok(lock),
            Ok(Err(holder)) => Err(CliError::locked(holder.as_ref())),
            Err(error) => {
                Err(CliError::file("lock", &path, error).hint("--state-dir names another folder for ledgers and locks"))
            }
        }
    }
}

/// Whether a run was to bring the production to a state that was evaluated.
fn changes(began: &Entry) -> bool {
    matches!(began.details.get("verb").and_then(Value::as_str), Some("apply" | "restore"))
}

/// What the ledger says of a restore.
fn restored(entry: &Entry, now: &str) -> Option<Restored> {
    let (at, now) = (entry.time.parse::<Timestamp>().ok()?, now.parse::<Timestamp>().ok()?);
    Some(Restored {
        day: at.to_zoned(TimeZone::UTC).date(),
        // Two machines' clocks may differ a little: what is just done wasn't done tomorrow.
        days_ago: (now.duration_since(at).as_hours() / 24).max(0),
        verified: entry.details.get("verified").and_then(Value::as_bool) == Some(true),
    })
}

/// Who takes a lock, for whoever comes second.
pub fn me(verb: &str) -> Held {
    let first = |names: &[&str]| names.iter().find_map(|name| env::var(name).ok().filter(|value| !value.is_empty()));
    let host = || std::fs::read_to_string("/proc/sys/kernel/hostname").ok().map(|name| name.trim().to_owned());
    Held {
        user: first(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "someone".to_owned()),
        host: host().or_else(|| first(&["HOSTNAME", "COMPUTERNAME"])).unwrap_or_else(|| "this machine".to_owned()),
        process: std::process::id(),
        verb: verb.to_owned(),
        since: now(),
    }
}

/// The time, in UTC, to the second, as RFC 3339 writes it.
pub fn now() -> String {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    fn entry(time: &str) -> Entry {
        Entry {
            number: 1,
            time: time.to_owned(),
            what: "drilled".to_owned(),
            details: json!({"verified": true}).as_object().cloned().unwrap_or_else(Map::new),
            previous: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn how_long_ago_a_drill_was_is_told_by_the_clock_that_wrote_it_down() {
        let days_ago = |now: &str| restored(&entry("2026-01-05T09:00:00Z"), now).map(|one| one.days_ago);
        assert_eq!(days_ago("2026-01-05T10:00:00Z"), Some(0));
        assert_eq!(days_ago("2026-04-06T09:00:00Z"), Some(91));
        assert_eq!(days_ago("2026-01-05T08:59:58Z"), Some(0), "another machine's clock goes a little slow");
    }
}
