//! What can be written on the command line of the verbs for the disaster and for the end. Names are a contract; see the design for it.

use clap::{Args, Subcommand};

use super::arguments::{BlueprintArgument, Global};

/// Keep what is on the seats safe.
#[derive(Debug, Args)]
pub struct Backup {
    #[command(subcommand)]
    pub verb: BackupVerb,
}

/// When.
#[derive(Debug, Subcommand)]
pub enum BackupVerb {
    Now(BackupNow),
}

/// Take a recovery point of every seat that a `backup` block names, now.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset backup now feature-film.hcl
  closedset backup now --pool comp --yes       one pool, without asking, for CI
  closedset backup now --json --yes            an event a line, for programs

Of each seat, the volumes with backup = true are taken at one moment, in one call; artists can go on working. It ends once all can be restored. A run that was cut off is finished by the next one within an hour. Exit codes: 0 every seat can be restored; 3 some can't, or are still on their way: run again.")]
pub struct BackupNow {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Only this pool, by the label of its block.
    #[arg(long, value_name = "POOL")]
    pub pool: Option<String>,
    /// Don't ask.
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON event a line instead of text.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Put back what was on the seats, from their newest recovery points.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset restore feature-film.hcl --plan                       what would be put back, what is lost, how long it takes
  closedset restore feature-film.hcl --seat comp[007]             one seat
  closedset restore feature-film.hcl --pool comp --at 2027-02-03T18:00:00Z
  closedset restore feature-film.hcl --to-region us-east-2        the whole floor, where its own region is gone

A seat that is there is stopped, its volumes are swapped for others made of its recovery point, and it is started; one that is missing is launched. What was on the volumes is deleted once the seat runs again. Exit codes: 0 all is back and verified; 3 something failed or was skipped, run again.")]
pub struct Restore {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    #[command(flatten)]
    pub extent: Extent,
    /// Pass over what was taken later than this: `2027-02-03T18:00:00Z`, or a day, which is meant with its end in UTC.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Build the floor again in this region, from the copies that lie there. Its own region is not asked for anything.
    #[arg(long, value_name = "REGION")]
    pub to_region: Option<String>,
    #[command(flatten)]
    pub global: Global,
}

/// Rehearse a restore on the live cloud: in a copy of the floor that nothing reaches, removed again.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset drill feature-film.hcl --seat comp[001]     one seat: the cheapest proof
  closedset drill feature-film.hcl --plan               what would be built, and how long it takes

The copy has networks without a way in or out, and seats without a role and without a script. Its volumes come from the \
newest recovery points. Once it is looked at, all of it is deleted; one that was cut off is removed by the next command. \
The result is in the ledger, for VDI-REC-04. Exit codes: 0 verified, isolated and removed; 3 something of that is missing.")]
pub struct Drill {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    #[command(flatten)]
    pub extent: Extent,
    #[command(flatten)]
    pub global: Global,
}

/// Which seats, and whether only to look.
#[derive(Debug, Args)]
pub struct Extent {
    /// Only this pool, by the label of its block.
    #[arg(long, value_name = "POOL", conflicts_with = "seat")]
    pub pool: Option<String>,
    /// Only this seat: its address, or pool[number].
    #[arg(long, value_name = "SEAT")]
    pub seat: Option<String>,
    /// Only show what would be built or put back.
    #[arg(long, conflicts_with = "yes")]
    pub plan: bool,
    /// Don't ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON: with --plan one document, else one event a line.
    #[arg(long)]
    pub json: bool,
}

/// Take a production down: everything deleted in order, its keys disabled.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset wrap feature-film.hcl --plan                          show what would go
  closedset wrap feature-film.hcl                                 plan, ask, take down
  closedset wrap feature-film.hcl --shred --confirm nebula        schedule the deletion of its keys too
  closedset wrap feature-film.hcl --final-backup --keep-backups 90   a last recovery point; all are kept for 90 days

What is protected stays and is listed. A disabled key can be enabled again; once its deletion is carried out, nothing \
that it encrypted can ever be read.

Recovery points and their copies go too, unless --keep-backups says otherwise: then they bear the day until which they are \
kept, their keys stay, disabled, and the first wrap after that day deletes them. With --shred they get a key of their own \
first, key.archive, so that the others can end.

At its end it looks for what is left, in every region, tagged or not, and writes a certificate beside the ledger: exit code \
3 where anything is found. With pre-release content, whoever wraps must not be who last applied: exit code 4.")]
pub struct Wrap {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Only show what would go.
    #[arg(long, conflicts_with = "yes")]
    pub plan: bool,
    /// Keep recovery points and their copies until so many days from today; 0 gives up what an earlier wrap was to keep.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    pub keep_backups: Option<u32>,
    /// Take a last recovery point of every seat that a `backup` block names, once nobody gets in any more: nothing ends
    /// before it is complete.
    #[arg(long, requires = "keep_backups")]
    pub final_backup: bool,
    /// Schedule the deletion of the production's keys, after all else is gone.
    #[arg(long, requires = "confirm")]
    pub shred: bool,
    /// The production's name, as the blueprint has it.
    #[arg(long, value_name = "NAME", requires = "shred")]
    pub confirm: Option<String>,
    /// Don't ask.
    #[arg(long)]
    pub yes: bool,
    /// Print JSON: with --plan the plan, else one event a line.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}
