//! What can be written on the command line of the verb for a second person. Names are a contract; see the design for it.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::arguments::Global;

/// Approve a saved plan that somebody else made.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset plan feature-film.hcl --out monday.plan                  the author
  closedset approve monday.plan --key bo.key --ticket OPS-1234       somebody else
  closedset apply monday.plan --approvers approvers.txt              the author again, or CI

The approval is written beside the plan as monday.plan.approval, with its signature in monday.plan.approval.minisig, which \
minisign -V checks too. It names who approved: the caller whose credentials this runs with, who must be neither the plan's \
author nor who applies it. Whose signatures count is in the list that apply is given: a line each, an ARN and a public key. \
Keep it where authors can't write. Exit codes: 4 it is your own plan, or one that apply would refuse; 6 the plan is stale.")]
pub struct Approve {
    /// A plan saved by `plan --out`.
    #[arg(value_name = "PLANFILE", value_hint = ValueHint::FilePath)]
    pub plan: PathBuf,
    /// Sign with this secret key of minisign's; CLOSEDSET_SIGN_PASSWORD is its password, if it has one.
    #[arg(long, value_name = "KEYFILE", value_hint = ValueHint::FilePath)]
    pub key: PathBuf,
    /// The ticket that the change belongs to: it is written down with the approval.
    #[arg(long, value_name = "TICKET")]
    pub ticket: Option<String>,
    /// Don't ask.
    #[arg(long)]
    pub yes: bool,
    /// Print the approval as one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}
