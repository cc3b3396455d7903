//! What can be written on the command line. Names are a contract; see the design for it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;

pub use super::arguments_of_approval::Approve;
pub use super::arguments_of_recovery::{Backup, BackupNow, BackupVerb, Drill, Extent, Restore, Wrap};
use crate::blueprint::model::Date;

/// Secure workstations for film and television, from one file.
#[derive(Debug, Parser)]
#[command(
    name = "closedset",
    version,
    max_term_width = 100,
    disable_help_subcommand = true,
    long_about = "Turns a blueprint into a secure floor of GPU workstations in the cloud, keeps it exactly as written \
                  for as long as the show runs, and strikes it without residue when the show wraps.",
    after_long_help = "Examples:
  closedset init                               write a commented starter blueprint
  closedset validate                           check the blueprint of this folder
  closedset plan feature-film.hcl              show what would change, and why
  closedset apply feature-film.hcl             change it
  closedset status feature-film.hcl            list the seats with their addresses
  closedset backup now feature-film.hcl        take a recovery point of every seat
  closedset restore feature-film.hcl --plan    what would be put back, and what lost
  closedset wrap feature-film.hcl              take everything down
  closedset rehearse feature-film.hcl          how an apply would go, without an account

A blueprint is a file, or a folder whose .hcl files are read together; without one, this folder is meant.

Exit codes: 0 done, or nothing to do; 1 error, nothing was changed; 2 there are changes (plan --detailed-exitcode); \
3 something failed or was skipped, run again; 4 refused by a control; 5 the lock is held; 6 the saved plan is stale; \
130 interrupted."
)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub verb: Verb,
}

/// Accepted before the verb and after it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Which cloud: `aws`, or `rehearsal`, which is in this program: it needs no account, and its time is virtual.
    /// `rehearsal=FILE` keeps it in a file, so that one command can follow another.
    #[arg(long, value_name = "CLOUD")]
    pub cloud: Option<CloudChoice>,
    /// Send requests to this server instead of AWS (AWS_ENDPOINT_URL is read too).
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub endpoint_url: Option<String>,
    /// Must be the blueprint's region: a second pair of eyes for scripts.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The profile of the AWS configuration whose credentials are used; on a rehearsal cloud, the user who calls.
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Append one JSON line to this file for each request that is sent.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub trace_api: Option<PathBuf>,
    /// The day that counts as today, in UTC: what has expired by it, and what has begun.
    #[arg(long, value_name = "DATE")]
    pub today: Option<Date>,
    /// A value for a variable of the blueprint: text as it is, for other types an expression. CLOSEDSET_VAR_NAME is
    /// read too, and weaker.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    pub vars: Vec<Assignment>,
    /// A file of values for variables, a line `name = value` each; weaker than --var.
    #[arg(long = "var-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub var_files: Vec<PathBuf>,
    /// Where ledgers and locks are kept (or CLOSEDSET_STATE_DIR; else closedset in XDG_STATE_HOME or ~/.local/state).
    /// With --cloud rehearsal=FILE they are beside that file, whatever CLOSEDSET_STATE_DIR says: what was only rehearsed
    /// never stands among what was done. Only --state-dir itself moves them, into its folder `rehearsal`.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub state_dir: Option<PathBuf>,
}

impl Global {
    /// Those before the verb, with those after it on top.
    pub fn merged(self, after: Self) -> Self {
        let joined = |mut before: Vec<_>, after| {
            before.extend::<Vec<_>>(after);
            before
        };
        Self {
            cloud: after.cloud.or(self.cloud),
            endpoint_url: after.endpoint_url.or(self.endpoint_url),
            region: after.region.or(self.region),
            profile: after.profile.or(self.profile),
            trace_api: after.trace_api.or(self.trace_api),
            today: after.today.or(self.today),
            vars: joined(self.vars, after.vars),
            var_files: [self.var_files, after.var_files].concat(),
            state_dir: after.state_dir.or(self.state_dir),
        }
    }
}

/// Which cloud is talked to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CloudChoice {
    /// The live one.
    #[default]
    Aws,
    /// The rehearsal cloud: a new one, or the one that a file keeps.
    Rehearsal(Option<PathBuf>),
}

impl FromStr for CloudChoice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            None if text == "aws" => Ok(Self::Aws),
            None if text == "rehearsal" => Ok(Self::Rehearsal(None)),
            Some(("rehearsal", file)) if !file.is_empty() => Ok(Self::Rehearsal(Some(file.into()))),
            _ => Err("expected `aws`, `rehearsal` or `rehearsal=FILE`".to_owned()),
        }
    }
}

/// `name=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    pub name: String,
    pub value: String,
}

impl FromStr for Assignment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((name, value)) if !name.trim().is_empty() => {
                Ok(Self { name: name.trim().to_owned(), value: value.to_owned() })
            }
            _ => Err("expected `name=value`".to_owned()),
        }
    }
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Verb {
    Init(Init),
    Validate(Validate),
    Fmt(Fmt),
    Plan(Plan),
    Approve(Approve),
    Apply(Apply),
    Status(Status),
    Backup(Backup),
    Restore(Restore),
    Drill(Drill),
    Wrap(Wrap),
    Rehearse(Rehearse),
    WhoCan(WhoCan),
    Graph(Graph),
    Controls(Controls),
    Report(Report),
    Ledger(Ledger),
    Schema(Schema),
    Completions(Completions),
    Man(Man),
}

/// What a command writes to stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// What people read.
    Text,
    /// One JSON document.
    Document,
    /// A JSON object a line.
    Events,
}

impl Verb {
    /// What the command writes to stdout, an error included.
    pub fn answer(&self) -> Answer {
        let (json, document) = match self {
            Self::Apply(verb) => (verb.json, false),
            Self::Wrap(verb) => (verb.json, verb.plan),
            Self::Backup(Backup { verb: BackupVerb::Now(verb) }) => (verb.json, false),
            Self::Restore(verb) => (verb.extent.json, verb.extent.plan),
            Self::Drill(verb) => (verb.extent.json, verb.extent.plan),
            Self::Validate(verb) => (verb.json, true),
            Self::Plan(verb) => (verb.json, true),
            Self::Approve(verb) => (verb.json, true),
            Self::Status(verb) => (verb.json, true),
            Self::Rehearse(verb) => (verb.json, true),
            Self::WhoCan(verb) => (verb.json, true),
            Self::Controls(verb) => match &verb.verb {
                ControlsVerb::List(verb) => (verb.json, true),
                ControlsVerb::Explain(verb) => (verb.json, true),
                ControlsVerb::Check(verb) => (verb.json, true),
            },
            Self::Init(_)
            | Self::Fmt(_)
            | Self::Graph(_)
            | Self::Report(_)
            | Self::Ledger(_)
            | Self::Schema(_)
            | Self::Completions(_)
            | Self::Man(_) => (false, true),
        };
        match (json, document) {
            (false, _) => Answer::Text,
            (true, true) => Answer::Document,
            (true, false) => Answer::Events,
        }
    }

    /// Whether all of it happens in virtual time. A copy of what is live is made in real time first, and what is served to
    /// others is served in theirs.
    pub fn is_rehearsed(&self, global: &Global) -> bool {
        match self {
            Self::Rehearse(verb) => verb.verb.is_none() && !verb.from_live,
            _ => matches!(global.cloud, Some(CloudChoice::Rehearsal(_))),
        }
    }

    /// Whether a cloud is asked, so that it may take a while: a signal that comes before anything was changed is told.
    /// What is served to others ends by a signal.
    pub fn asks_a_cloud(&self) -> bool {
        match self {
            Self::Plan(_) | Self::Approve(_) | Self::Apply(_) | Self::Status(_) | Self::Backup(_) => true,
            Self::Restore(_) | Self::Drill(_) | Self::Wrap(_) | Self::Controls(_) | Self::Report(_) => true,
            Self::Rehearse(verb) => verb.verb.is_none(),
            Self::Init(_) | Self::Validate(_) | Self::Fmt(_) | Self::WhoCan(_) | Self::Graph(_) | Self::Ledger(_) => {
                false
            }
            Self::Schema(_) | Self::Completions(_) | Self::Man(_) => false,
        }
    }

    /// The global arguments that stand after the verb, where it takes any.
    pub fn global(&self) -> Option<&Global> {
        match self {
            Self::Validate(verb) => Some(&verb.global),
            Self::Plan(verb) => Some(&verb.global),
            Self::Approve(verb) => Some(&verb.global),
            Self::Apply(verb) => Some(&verb.global),
            Self::Status(verb) => Some(&verb.global),
            Self::Backup(verb) => match &verb.verb {
                BackupVerb::Now(arguments) => Some(&arguments.global),
            },
            Self::Restore(verb) => Some(&verb.global),
            Self::Drill(verb) => Some(&verb.global),
            Self::Wrap(verb) => Some(&verb.global),
            Self::Rehearse(verb) => Some(&verb.global),
            Self::WhoCan(verb) => Some(&verb.global),
            Self::Graph(verb) => Some(&verb.global),
            Self::Report(verb) => match &verb.verb {
                Some(ReportVerb::Verify(_)) => None,
                None => Some(&verb.make.global),
            },
            Self::Ledger(verb) => Some(match &verb.verb {
                Some(LedgerVerb::Verify(arguments)) => &arguments.global,
                None => &verb.show.global,
            }),
            Self::Controls(verb) => match &verb.verb {
                ControlsVerb::Check(arguments) => Some(&arguments.global),
                ControlsVerb::List(_) | ControlsVerb::Explain(_) => None,
            },
            Self::Init(_) | Self::Fmt(_) | Self::Schema(_) | Self::Completions(_) | Self::Man(_) => None,
        }
    }
}

/// Write a commented starter blueprint.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset init                 write production.hcl here
  closedset init shows/nebula    write shows/nebula/production.hcl")]
pub struct Init {
    /// The folder to write it to; made where it isn't there.
    #[arg(default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
}

/// Check a blueprint and show all its errors at once; no request is sent.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset validate
  closedset validate feature-film.hcl --var artists=32
  closedset validate --today 2027-03-01      what will have expired by then
  closedset validate --json | jq '.error.diagnostics[] | [.place.file, .place.line, .message] | @tsv'")]
pub struct Validate {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Print one JSON document: what the blueprint declares and its warnings, or the errors.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Bring blueprint files to the canonical format.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset fmt                  the .hcl files of this folder
  closedset fmt --check          name the files that differ, change none, exit 1 if there are any
  closedset fmt - < a.hcl        from stdin to stdout, for editors")]
pub struct Fmt {
    /// Files, or folders whose .hcl files are meant; `-` is stdin.
    #[arg(default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// Change nothing: exit 1 where a file isn't in the format.
    #[arg(long)]
    pub check: bool,
}

/// Show what would change, and why.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset plan feature-film.hcl
  closedset plan --out monday.plan && closedset apply monday.plan
  closedset plan --target workstation_pool.comp
  closedset plan --json | jq '.summary'
  closedset plan --deep                      believe no mark: read each seat's user data
  closedset plan --detailed-exitcode         exit 2 where there are changes, for scripts
  closedset plan --offline                   without a cloud: as if nothing were there yet")]
pub struct Plan {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Save the plan, to apply exactly this and nothing else.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    /// Print the plan as one JSON document; `closedset schema plan` describes it.
    #[arg(long)]
    pub json: bool,
    /// Exit 2 where there are changes, 1 where part of the live state could not be read.
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Ask no cloud: plan as if nothing were there yet.
    #[arg(long, conflicts_with_all = ["out", "detailed_exitcode", "deep"])]
    pub offline: bool,
    /// Hold the plan against the Rego policies of this folder: `deny` refuses it, `warn` is told.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub policies: Option<PathBuf>,
    #[command(flatten)]
    pub options: PlanOptions,
    #[command(flatten)]
    pub global: Global,
}

/// Carry out what a plan shows.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset apply feature-film.hcl           plan, ask, carry out
  closedset apply feature-film.hcl --yes     without asking, for CI
  closedset apply monday.plan                a saved plan, and nothing else
  closedset apply --json --yes               an event a line, for programs

Ctrl-C once finishes what is in flight and starts nothing new; twice drops it. Running again takes up what is left.")]
pub struct Apply {
    /// A blueprint (a file, or a folder of .hcl files), or a plan saved by `plan --out`.
    #[arg(value_name = "BLUEPRINT|PLANFILE", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub what: PathBuf,
    /// Don't ask.
    #[arg(long)]
    pub yes: bool,
    /// Print one JSON event a line instead of text.
    #[arg(long)]
    pub json: bool,
    /// Hold the plan against the Rego policies of this folder: `deny` refuses it, `warn` is told.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub policies: Option<PathBuf>,
    /// Whose approval of a saved plan counts: a line each, an ARN and a public key (CLOSEDSET_APPROVERS is read too).
    #[arg(long, value_name = "LIST", value_hint = ValueHint::FilePath)]
    pub approvers: Option<PathBuf>,
    #[command(flatten)]
    pub options: PlanOptions,
    #[command(flatten)]
    pub global: Global,
}

/// List the seats: where they are, how they are, whose they are, and whether they drifted.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset status feature-film.hcl
  closedset status --json | jq -r '.seats[] | [.address, .private_address] | @tsv'")]
pub struct Status {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Forecast an apply: carry it out in a throwaway copy of the cloud, in virtual time, and report how it went.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Examples:
  closedset rehearse feature-film.hcl
  closedset rehearse --faults hostile --seed 7            how it goes on a bad day; the same seed, the same day
  closedset rehearse --capacity tight.json                where the zones have only so much room
  closedset rehearse --from-live --timeline monday.svg    from what is live now, with a picture
  closedset rehearse --json | jq '.ratio'

The file of --capacity is a JSON object: how many more instances a zone has room for, by type and zone; what isn't \
listed is without limit.
  {\"g6.4xlarge@us-west-2a\": 3, \"g6e.4xlarge@us-west-2b\": 0}

Limits and times are the published ones where there are any. Nothing is changed anywhere. Exit codes: 0 all came up; \
3 something failed or was skipped."
)]
pub struct Rehearse {
    #[command(subcommand)]
    pub verb: Option<RehearseVerb>,
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Decides all chance: times between their bounds, and what goes wrong.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// How much goes wrong.
    #[arg(long, value_enum, value_name = "HOW MUCH", default_value_t = FaultsChoice::None)]
    pub faults: FaultsChoice,
    /// How much room the zones have, by type and zone.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub capacity: Option<PathBuf>,
    /// Begin on a copy of what is live instead of on an empty account; the live cloud is only read.
    #[arg(long)]
    pub from_live: bool,
    /// Rehearse the wrap too, after the apply.
    #[arg(long)]
    pub wrap: bool,
    /// Draw the run: an SVG picture of its steps over time.
    #[arg(long, value_name = "FILE.svg", value_hint = ValueHint::FilePath)]
    pub timeline: Option<PathBuf>,
    /// Print the report as one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// How much goes wrong in a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FaultsChoice {
    /// Nothing; limits, times and capacity hold all the same.
    None,
    /// A day like others: lost answers, late reads, a zone without room now and then.
    Typical,
    /// A day that one tells of for years.
    Hostile,
}

/// What else is to be done with the rehearsal cloud.
#[derive(Debug, Subcommand)]
pub enum RehearseVerb {
    Serve(Serve),
}

/// Serve a rehearsal cloud on this machine, so that the AWS CLI and boto3 can look into it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset rehearse serve
  closedset rehearse serve --port 4566 --file nebula.json     the cloud that --cloud rehearsal=nebula.json left

It listens on 127.0.0.1 only, takes any credentials, and runs in real time. Ctrl-C saves the file and ends it.")]
pub struct Serve {
    /// The port; without it, one that is free.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub port: u16,
    /// The file that keeps the cloud; without it, a new cloud that is forgotten.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// Say what an artist may do on which seat, and by which line.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset who-can ana feature-film.hcl
  closedset who-can ana --seat comp[007]
  closedset who-can ana --today 2027-04-01                   on another day
  closedset who-can --file default.perm --actor %owner%      by a permission file from elsewhere
  closedset who-can --file default.perm --actor jane,osgroup:vfx
  closedset who-can ana --json | jq '.seats[].capabilities[] | select(.allowed) | .words'

The answers come from the permission file that the seat's streaming server is given. No request is sent.")]
pub struct WhoCan {
    /// The artist, by the label of the block.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub artist: Option<String>,
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Only this seat: its address, pool[number], or a number where the artist works in one pool.
    #[arg(long, value_name = "SEAT", conflicts_with = "file")]
    pub seat: Option<String>,
    /// A permission file of Amazon DCV, instead of a blueprint.
    #[arg(long, value_name = "FILE", requires = "actor", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// Who asks: a user, group:NAME, osgroup:NAME, %owner% or %any%, or several with commas between.
    #[arg(long, value_name = "ACTOR", requires = "file")]
    pub actor: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Draw the network: segments, the boundary, every flow, endpoints, and the content's path.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset graph feature-film.hcl > network.svg
  closedset graph feature-film.hcl --out network.svg
  closedset graph --format dot | dot -Tpdf > network.pdf
  closedset graph --format mermaid               for a page of Markdown

It is drawn from the blueprint; no request is sent.")]
pub struct Graph {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// What to draw it as.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = GraphFormat::Svg)]
    pub format: GraphFormat,
    /// Write it to this file instead of stdout.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub global: Global,
}

/// What a network is drawn as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// A picture for browsers and for print.
    Svg,
    /// For Graphviz.
    Dot,
    /// For Mermaid.
    Mermaid,
}

/// Look at the security controls: all of them, one of them, or how a production stands.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset controls list                          all of them, with what each asks for
  closedset controls list mpa-5.3.1                those of a profile
  closedset controls explain VDI-NET-03            why, how it is checked, who else asks for it
  closedset controls check feature-film.hcl        what a blueprint would lead to, without a cloud
  closedset controls check feature-film.hcl --live what is live

Exit codes of check: 0 no control would refuse a plan of this; 4 one would. With --live: 4 where a critical or a high \
one fails, the account's switches included.")]
pub struct Controls {
    #[command(subcommand)]
    pub verb: ControlsVerb,
}

/// What is to be shown of the controls.
#[derive(Debug, Subcommand)]
pub enum ControlsVerb {
    List(ControlsList),
    Explain(ControlsExplain),
    Check(Box<ControlsCheck>),
}

/// List the catalogue.
#[derive(Debug, Args)]
pub struct ControlsList {
    /// Only those of this profile.
    #[arg(value_name = "PROFILE")]
    pub of: Option<String>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Say what one control asks for, why, and how it is checked.
#[derive(Debug, Args)]
pub struct ControlsExplain {
    /// Its id, such as VDI-NET-03; `net-03` will do.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Check a blueprint, or what is live of it, against its profile.
#[derive(Debug, Args)]
pub struct ControlsCheck {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Read the live state instead of planning offline.
    #[arg(long)]
    pub live: bool,
    /// Hold the plan against the Rego policies of this folder: `deny` refuses it, `warn` is told.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::AnyPath)]
    pub policies: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Write the evidence of a production to a folder: a page for people, and documents for programs.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Examples:
  closedset report feature-film.hcl --out evidence            what the blueprint would lead to, without a cloud
  closedset report feature-film.hcl --out evidence --live     what is live, too
  closedset report --out december --previous november --live --sign minisign.key
  closedset report verify december --public-key minisign.pub

The folder holds report.html, assessment.json, mpa.csv, findings.sarif, junit.xml, two OSCAL documents, envelope.json with \
every call to the cloud, and manifest.json with the hash of each. Exit codes of verify: 0 it is whole; 1 it isn't."
)]
pub struct Report {
    #[command(subcommand)]
    pub verb: Option<ReportVerb>,
    #[command(flatten)]
    pub make: ReportMake,
}

/// What is to be done with a report.
#[derive(Debug, Subcommand)]
pub enum ReportVerb {
    Verify(ReportVerify),
}

/// What a report is made of.
#[derive(Debug, Args)]
pub struct ReportMake {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// The folder to write to: a new one, an empty one, or one that holds a report, which the new one follows.
    #[arg(long, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub out: Option<PathBuf>,
    /// Read the live state too.
    #[arg(long)]
    pub live: bool,
    /// The report before, by its folder or its manifest: the new one is chained to it.
    #[arg(long, value_name = "FOLDER|MANIFEST", value_hint = ValueHint::AnyPath)]
    pub previous: Option<PathBuf>,
    /// Sign the manifest with this secret key of minisign's; CLOSEDSET_SIGN_PASSWORD is its password, if it has one.
    #[arg(long, value_name = "KEYFILE", value_hint = ValueHint::FilePath)]
    pub sign: Option<PathBuf>,
    #[command(flatten)]
    pub global: Global,
}

/// Check that no file of a report was changed, is missing or is new, and that its chain and signature hold.
#[derive(Debug, Args)]
pub struct ReportVerify {
    /// The report's folder.
    #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// The report before, as somebody kept it: its folder or its manifest.
    #[arg(long, value_name = "FOLDER|MANIFEST", value_hint = ValueHint::AnyPath)]
    pub previous: Option<PathBuf>,
    /// Who must have signed it: a public key of minisign's, as a file or as its base64.
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
}

/// Show what was done to a production from this machine.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_long_help = "Examples:
  closedset ledger feature-film.hcl
  closedset ledger verify feature-film.hcl   check that no line was changed, and print the head"
)]
pub struct Ledger {
    #[command(subcommand)]
    pub verb: Option<LedgerVerb>,
    #[command(flatten)]
    pub show: LedgerArguments,
}

/// What is to be done with the ledger.
#[derive(Debug, Subcommand)]
pub enum LedgerVerb {
    /// Check that no line of it was changed.
    Verify(LedgerArguments),
}

/// Whose ledger.
#[derive(Debug, Args)]
pub struct LedgerArguments {
    #[command(flatten)]
    pub blueprint: BlueprintArgument,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub global: Global,
}

/// Print a JSON Schema: of the blueprint language, or of the JSON plan.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset schema > blueprint.schema.json
  closedset schema plan > plan.schema.json")]
pub struct Schema {
    /// Of what.
    #[arg(value_enum, default_value_t = SchemaOf::Blueprint)]
    pub of: SchemaOf,
}

/// What there are schemas of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The language.
    Blueprint,
    /// What `plan --json` prints.
    Plan,
}

/// Print a script that completes commands in a shell.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset completions bash > ~/.local/share/bash-completion/completions/closedset
  closedset completions zsh > ~/.zfunc/_closedset")]
pub struct Completions {
    /// The shell.
    pub shell: Shell,
}

/// Print a manual page.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  closedset man > closedset.1
  closedset man apply | man -l -")]
pub struct Man {
    /// Of this verb; without one, of the whole.
    pub verb: Option<String>,
}

/// Which blueprint.
#[derive(Debug, Clone, Args)]
pub struct BlueprintArgument {
    /// A file, or a folder whose .hcl files are read together.
    #[arg(value_name = "BLUEPRINT", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub path: PathBuf,
}

/// What a plan is asked for.
#[derive(Debug, Clone, Args)]
pub struct PlanOptions {
    /// Only what is within this address, and what it needs; may be given several times.
    #[arg(long = "target", value_name = "ADDRESS")]
    pub targets: Vec<String>,
    /// Change the account's switches too: they weigh on every production in the account and region.
    #[arg(long)]
    pub account_switches: bool,
    /// Read what no bulk read shows too, such as the user data that each seat really has: a call a seat.
    #[arg(long)]
    pub deep: bool,
}

impl From<PlanOptions> for crate::plan::Options {
    fn from(options: PlanOptions) -> Self {
        Self {
            targets: options.targets,
            account_switches: options.account_switches,
            deep: options.deep,
            ..Self::default()
        }
    }
}
