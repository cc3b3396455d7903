//! `closedset ledger`: what was done to a production from this machine, and whether the record is whole.

use std::path::PathBuf;

use serde_json::json;

use super::arguments::{LedgerArguments, LedgerVerb};
use super::carry_out::warn;
use super::certificates;
use super::context::Context;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::session::Session;
use super::state::{self, State};
use crate::apply::{self, LedgerError, verify};
use crate::report::{ledger_text, verdict_text, words};

/// Runs the verb.
///
/// # Errors
/// A ledger that isn't there, can't be read, or was changed.
pub async fn run(context: &Context<'_>, verb: Option<LedgerVerb>, show: LedgerArguments) -> Result<Exit, CliError> {
    let (arguments, only_verdict) = match verb {
        Some(LedgerVerb::Verify(arguments)) => (arguments, true),
        None => (show, false),
    };
    let path = find(context, &arguments).await?;
    if !apply::exists(&path) {
        return Err(CliError::new(ErrorKind::File, format!("there is no ledger at {}", path.display()))
            .hint("it begins with the first apply; --state-dir names another folder"));
    }
    let (entries, verdict) = match verify(&path) {
        // What is left of it can still be read.
        Err(LedgerError::Lost { lost, .. }) if !only_verdict && !arguments.json => {
            warn(context.printer, "warning: ", &format!("the ledger isn't whole: {lost}"));
            context.printer.result(&ledger_text(&apply::entries(&path)?, context.printer.result_width()));
            return Ok(Exit::Error);
        }
        verified => verified?,
    };
    let wrong = certificates::changed(&entries, path.parent().unwrap_or(&path));
    if only_verdict && !wrong.is_empty() {
        let mut error = CliError::new(ErrorKind::File, "the ledger is whole, but a certificate that it names is not");
        error.details = wrong;
        return Err(error.hint("the ledger has the hash of what was written; a copy kept elsewhere may still fit it"));
    }
    let width = context.printer.result_width();
    let text = match (arguments.json, only_verdict) {
        (true, true) => format!("{}\n", json!(verdict)),
        (true, false) => format!("{}\n", json!({"entries": entries, "verdict": verdict})),
        (false, true) => verdict_text(&verdict, width),
        (false, false) => ledger_text(&entries, width),
    };
    context.printer.result(&text);
    Ok(Exit::Done)
}

/// The ledger of the blueprint's production. The account is the blueprint's, or the only one that there is a ledger
/// for; only where that leaves a doubt, the cloud is asked.
async fn find(context: &Context<'_>, arguments: &LedgerArguments) -> Result<PathBuf, CliError> {
    let read = context.read(&arguments.blueprint.path)?;
    let production = &read.blueprint.production;
    let alias = production.alias.as_str();
    if let Some(account) = &production.account {
        return Ok(State::of(&context.global, account.as_str(), alias)?.ledger());
    }
    let root = state::root(&context.global)?;
    let mut accounts: Vec<String> = std::fs::read_dir(&root)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|account| apply::exists(&account.path().join(alias).join("ledger.jsonl")))
        .map(|account| account.file_name().to_string_lossy().into_owned())
        .collect();
    accounts.sort();
    match accounts.as_slice() {
        [] => Ok(root.join("ACCOUNT").join(alias).join("ledger.jsonl")),
        [account] => Ok(State::of(&context.global, account, alias)?.ledger()),
        several => match Session::open(context, &arguments.blueprint.path).await {
            Ok(session) => Ok(session.state.ledger()),
            Err(error) => Err(error.hint(format!(
                "{alias} has ledgers in accounts {}: an `account` in the production says which is meant",
                words::list(several)
            ))),
        },
    }
}
