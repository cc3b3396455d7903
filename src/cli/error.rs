//! The boundary: every error of the other rooms becomes one of these, with words, hints and an exit code. Hints for
//! people stand here and nowhere else, but for those of the services' refusals, which know themselves best.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::exit::Exit;
use crate::apply::{Held, LedgerError};
use crate::blueprint::model::Severity as BlueprintSeverity;
use crate::cloud::{CloudError, ErrorClass};
use crate::controls::Refusal;
use crate::plan::Stale;
use crate::report::palette::{BAD, HINT};
use crate::report::text::Line;
use crate::report::words;

/// What kind of error ended a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// Arguments that can't be carried out.
    Usage,
    /// A blueprint with errors in it.
    Blueprint,
    /// A file that can't be read or written.
    File,
    /// A service's refusal, or no way to it.
    Cloud,
    /// Another one is at work.
    Lock,
    /// The live state moved on since the plan was saved.
    Stale,
    /// Nobody said yes.
    Unconfirmed,
    /// Part of the live state is unknown.
    Unreadable,
    /// A control refused the plan.
    Refused,
    /// A signal came before anything was changed.
    Interrupted,
}

/// An error that ends a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    pub kind: ErrorKind,
    /// What is wrong with a blueprint, which comes before the message.
    pub findings: Option<Box<Drawn>>,
    /// A fragment without a period.
    pub message: String,
    /// Lines that belong to the message.
    pub details: Vec<String>,
    /// What to do, most likely first.
    pub hints: Vec<String>,
}

/// What is wrong with a blueprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// For people; it brings its own colours.
    pub text: String,
    /// For programs.
    pub objects: Vec<Value>,
}

/// How many differences of a stale plan are told.
const MOST_DIFFERENCES: usize = 3;

impl CliError {
    /// An error with these words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, findings: None, message: message.into(), details: Vec::new(), hints: Vec::new() }
    }

    /// Arguments that can't be carried out.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// A file that can't be used: `what` as in `cannot read`.
    pub fn file(what: &str, path: &Path, error: impl Display) -> Self {
        let error = error.to_string();
        // The number means nothing to people.
        let words = error.split(" (os error ").next().unwrap_or_default();
        let shown = path.strip_prefix(".").ok().filter(|path| !path.as_os_str().is_empty()).unwrap_or(path);
        Self::new(ErrorKind::File, format!("cannot {what} {}: {words}", shown.display()))
    }

    /// A blueprint with errors: drawn, and for programs.
    pub fn blueprint(findings: Drawn, errors: usize) -> Self {
        let message = match errors {
            1 => "the blueprint has an error".to_owned(),
            _ => format!("the blueprint has {}", words::count(errors, ("error", "errors"))),
        };
        Self { findings: Some(Box::new(findings)), ..Self::new(ErrorKind::Blueprint, message) }
    }

    /// The blueprint names another account than the one whose credentials are at hand.
    pub fn other_account(wanted: &str, actual: &str, caller: &str) -> Self {
        Self::new(
            ErrorKind::Usage,
            format!(
                "the production belongs to account {wanted}, but these credentials are of account {actual} ({caller})"
            ),
        )
    }

    /// The lock is held.
    pub fn locked(holder: Option<&Held>) -> Self {
        let who = match holder {
            Some(held) => format!(
                "{} on {} has been running `{}` since {} (process {})",
                held.user, held.host, held.verb, held.since, held.process
            ),
            None => "another run is at work".to_owned(),
        };
        Self::new(ErrorKind::Lock, format!("the production is locked: {who}"))
            .hint("wait for it to end; the lock goes with its process, however that ends")
    }

    /// The live state is no longer what the plan was made from.
    pub fn stale(path: &Path, differences: &[Stale]) -> Self {
        let changed = words::count(differences.len(), ("resource has", "resources have"));
        let mut error = Self::new(
            ErrorKind::Stale,
            format!("the plan {} is stale: {changed} changed since it was made", path.display()),
        );
        let shown = differences.iter().take(MOST_DIFFERENCES);
        error.details = shown.map(|one| format!("{} {}", one.address(), one.words())).collect();
        if differences.len() > MOST_DIFFERENCES {
            error.details.push(format!("and {} more", differences.len() - MOST_DIFFERENCES));
        }
        error.hint("make a new plan: closedset plan --out FILE")
    }

    /// Controls refuse the plan: each is named with what is wrong, and what to do.
    pub fn refused(refusals: &[Refusal]) -> Self {
        let mut by_control: BTreeMap<(Reverse<BlueprintSeverity>, &str), Vec<&Refusal>> = BTreeMap::new();
        for refusal in refusals {
            by_control.entry((Reverse(refusal.severity), &refusal.control)).or_default().push(refusal);
        }
        let failing = words::count(by_control.len(), ("control fails", "controls fail"));
        let mut error = Self::new(ErrorKind::Refused, format!("refused: {failing}, and nothing was changed"));
        for ((Reverse(severity), control), all) in by_control {
            for refusal in all.iter().take(MOST_DIFFERENCES) {
                error.details.push(format!("{control} ({severity}): {}", refusal.sentence));
            }
            if all.len() > MOST_DIFFERENCES {
                error.details.push(format!("{control}: and {} more", all.len() - MOST_DIFFERENCES));
            }
            error.hints.extend(all.first().map(|refusal| format!("{control}: {}", refusal.remedy)));
        }
        error.hint("closedset controls explain ID says what a control asks for, and whether an exception can waive it")
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match self.kind {
            ErrorKind::Lock => Exit::Locked,
            ErrorKind::Stale => Exit::Stale,
            ErrorKind::Refused => Exit::Refused,
            ErrorKind::Interrupted => Exit::Interrupted,
            ErrorKind::Usage
            | ErrorKind::Blueprint
            | ErrorKind::File
            | ErrorKind::Cloud
            | ErrorKind::Unconfirmed
            | ErrorKind::Unreadable => Exit::Error,
        }
    }

    /// The error as programs read it: its fields, and the exit code that the command ends with.
    pub fn json(&self) -> Value {
        json!({
            "error": {
                "kind": self.kind,
                "message": self.message,
                "details": self.details,
                "hints": self.hints,
                "diagnostics": self.findings.as_ref().map(|findings| findings.objects.as_slice()).unwrap_or_default(),
            },
            "exit_code": self.exit().code(),
        })
    }

    /// The error as people read it.
    pub fn text(&self, width: usize) -> String {
        let mut out = self.findings.as_ref().map(|findings| findings.text.clone()).unwrap_or_default();
        let line = match self.kind {
            // Somebody wanted it so.
            ErrorKind::Interrupted => Line::new(0),
            _ => Line::new(0).styled(BAD.bold(), "error: "),
        };
        line.plain(&self.message).write(width, &mut out);
        for detail in &self.details {
            Line::new(2).plain(detail).write(width, &mut out);
        }
        for hint in &self.hints {
            Line::new(2).styled(HINT, "hint: ").plain(hint).write(width, &mut out);
        }
        out
    }
}

impl From<CloudError> for CliError {
    fn from(error: CloudError) -> Self {
        let told = Self::new(ErrorKind::Cloud, error.to_string());
        let told = match error.hint() {
            Some(hint) => told.hint(hint),
            None => told,
        };
        match (error.class, error.service) {
            // The first call of every run: nothing else has been tried.
            (ErrorClass::Credentials, "sts") => {
                told.hint("credentials are looked for where the AWS CLI looks: environment, profiles, roles")
            }
            _ => told,
        }
    }
}

impl From<LedgerError> for CliError {
    fn from(error: LedgerError) -> Self {
        let told = Self::new(ErrorKind::File, error.to_string());
        match error {
            LedgerError::Broken { .. } => told.hint(
                "the cloud is not affected; keep the file for whoever looks into it, and move it away to begin a new one",
            ),
            LedgerError::Lost { .. } => told.hint(
                "the cloud is not affected; a copy kept elsewhere has the missing lines, and the next run writes down that \
                 they are gone",
            ),
            LedgerError::File { .. } => told.hint("--state-dir names another folder for ledgers and locks"),
        }
    }
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;

    use super::*;
    use crate::resource::Address;

    fn plain(error: &CliError) -> String {
        strip_str(&error.text(80)).to_string()
    }

    #[test]
    fn a_denied_action_says_which_on_what_and_what_to_ask_for() {
        let error = CloudError {
            class: ErrorClass::Denied,
            service: "ec2",
            action: "RunInstances",
            code: Some("UnauthorizedOperation".to_owned()),
            message: "You are not authorized to perform: ec2:RunInstances on resource: \
                      arn:aws:ec2:us-west-2:123456789012:instance/*"
                .to_owned(),
            request_id: Some("11f2-33".to_owned()),
        };
        let error = CliError::from(error);
        assert_eq!(error.exit(), Exit::Error);
        assert_snapshot!(plain(&error), @r"
        error: ec2:RunInstances answered UnauthorizedOperation: You are not authorized
          to perform: ec2:RunInstances on resource:
          arn:aws:ec2:us-west-2:123456789012:instance/* (request 11f2-33)
          hint: ask for the permission ec2:RunInstances, or use another profile
        ");
    }

    #[test]
    fn a_stale_plan_is_told_in_three_lines() {
        let stale: Vec<Stale> = (1..=5).map(|slot| Stale::Vanished(Address::seat("comp", slot))).collect();
        let error = CliError::stale(Path::new("plan.json"), &stale);
        assert_eq!(error.exit(), Exit::Stale);
        assert_snapshot!(plain(&error), @r"
        error: the plan plan.json is stale: 5 resources have changed since it was made
          workstation_pool.comp[001] is gone
          workstation_pool.comp[002] is gone
          workstation_pool.comp[003] is gone
          and 2 more
          hint: make a new plan: closedset plan --out FILE
        ");
    }

    #[test]
    fn a_held_lock_names_its_holder() {
        let held = Held {
            user: "ada".to_owned(),
            host: "gate".to_owned(),
            process: 4711,
            verb: "apply".to_owned(),
            since: "2026-12-01T09:00:00Z".to_owned(),
        };
        let error = CliError::locked(Some(&held));
        assert_eq!(error.exit(), Exit::Locked);
        assert_snapshot!(plain(&error), @r"
        error: the production is locked: ada on gate has been running `apply` since
          2026-12-01T09:00:00Z (process 4711)
          hint: wait for it to end; the lock goes with its process, however that ends
        ");
    }
}
