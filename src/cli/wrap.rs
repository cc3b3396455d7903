//! `closedset wrap`: takes a production down, phase by phase, and proves it. Everything is deleted in order and the keys are
//! disabled; only `--shred` with the production's name schedules their deletion.

use serde_json::{Map, Value, json};

use super::arguments;
use super::carry_out::{Ended, Run, Shown, conclude, conclude_nothing, confirm, is_whole, print_event, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::plan::show;
use super::printer::Printer;
use super::proof::Proof;
use super::session::Session;
use super::wrap_points::{Regions, WrapPoints, archive, go_on_elsewhere, points_left, preface};
use crate::apply::{Shredded, shred, to_shred};
use crate::blueprint::Blueprint;
use crate::plan::{self, Action, Plan, Shredding, operations};
use crate::recovery::duties::{self, Verdict};
use crate::recovery::{KEEP_BACKUPS, add_points, promise};
use crate::report::events;
use crate::resource::{Address, Desired, Found, Kind, Observed, Resource};

/// Runs the verb.
///
/// # Errors
/// Whatever ends it before anything was changed.
pub async fn run(context: &Context<'_>, arguments: arguments::Wrap) -> Result<Exit, CliError> {
    let session = Session::open(context, &arguments.blueprint.path).await?;
    let alias = session.read.blueprint.production.alias.as_str();
    if let Some(name) = arguments.confirm.as_deref().filter(|name| *name != alias) {
        return Err(CliError::usage(format!("--confirm says `{name}`, but the production is `{alias}`"))
            .hint("shredding takes the name of the production itself"));
    }
    let _lock = if arguments.plan { None } else { Some(session.state.lock("wrap")?) };
    if !arguments.plan {
        Box::pin(clean_up(context, &session)).await?;
    }
    let first = Box::pin(pass(context, &session, &arguments, false)).await?;
    let over = match first {
        Pass::Archived => Box::pin(pass(context, &session, &arguments, true)).await?,
        over => over,
    };
    match over {
        Pass::Over(exit) => Ok(exit),
        Pass::Archived => Err(CliError::usage("recovery points came in that aren't in the archive yet: run again")),
    }
}

/// How far a look at a production and what followed from it came.
enum Pass {
    Over(Exit),
    /// What is kept has a key of its own now; nothing ended yet.
    Archived,
}

/// Looks, and takes down what is there; or only puts what is kept under a key of its own, where that comes first.
async fn pass(
    context: &Context<'_>,
    session: &Session,
    arguments: &arguments::Wrap,
    agreed: bool,
) -> Result<Pass, CliError> {
    let alias = session.read.blueprint.production.alias.as_str();
    let desired = desired(&session.read.blueprint, &session.caller.account, session.cloud.region());
    let entries = session.state.entries();
    let regions = Regions::of(context, session, arguments, &entries).await?;
    let scope = regions.scope.clone();
    let observed = session.cloud.observe(&scope).await?;
    let mut plan = plan::wrap(&desired, &observed);
    let default = defaults_of_account(&observed);
    plan.warnings.extend(default.iter().map(|key| {
        format!(
            "{key} is what this account encrypts with where no key is named: once it is disabled, such volumes can't be \
             made here by anybody. Reset that first: aws ec2 reset-ebs-default-kms-key-id"
        )
    }));
    if let (true, Some(key)) = (arguments.shred, default.first()) {
        return Err(CliError::usage(format!(
            "{key} can't be shredded: this account encrypts with it where no key is named"
        ))
        .hint("reset that first: aws ec2 reset-ebs-default-kms-key-id"));
    }
    let points = WrapPoints::of(context, session, arguments, (&plan, &observed), regions).await?;
    if let Some(error) = points.say_again(arguments.keep_backups, &entries) {
        return Err(error);
    }
    let archiving = if arguments.shred { points.to_archive(&observed)? } else { None };
    let mut keys = if arguments.shred { to_shred(&desired, &observed) } else { Vec::new() };
    let in_use = points.keys_in_use(&observed, archiving.is_some());
    keys.retain(|(_, id, _)| !in_use.contains(id));
    let shredding: Vec<Shredding> = keys.iter().map(|key| self::shredding(key, &observed)).collect();
    let mut steps = operations(&plan, &desired, &observed);
    add_points(&mut steps, &points.end, points.last.as_ref());
    plan::tell_phases(&mut plan, &steps, arguments.shred.then_some(&shredding[..]));
    points.tell(&mut plan, archiving.as_ref());
    plan.warnings.extend(points.stays_longer(arguments.keep_backups));
    plan.warnings.extend(promise::warnings(&session.read.blueprint, &observed, context.today()));
    let caller = session.caller.arn.clone();
    let duties = duties::duties(&session.read.blueprint, &observed, &entries, &caller, context.today());
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let printer = context.printer;
    if arguments.plan {
        plan.warnings.extend(refusal(&duties.verdict, &caller).map(|error| error.message));
    }
    if arguments.plan || (shown == Shown::Text && !agreed) {
        show(context, &plan, arguments.json)?;
    }
    if arguments.plan {
        return Ok(Pass::Over(Exit::Done));
    }
    let nothing = !plan.has_changes() && steps.is_empty() && !points.has_work_elsewhere() && archiving.is_none();
    let unscheduled = shredding.iter().any(|one| one.ends.is_none());
    let is_bare = entries.is_empty() && observed.all().all(|found| !is_own(found)) && !points.has_anything();
    if nothing && !unscheduled && is_bare {
        let exit = if is_whole(&plan) { Exit::Done } else { Exit::Partial };
        return Ok(Pass::Over(conclude_nothing(printer, shown, &events::planned(&plan), exit)));
    }
    let elsewhere = &points.elsewhere[..];
    let proof = Proof { context, session, plan: &plan, observed: &observed, scope, elsewhere, duties: &duties, shown };
    if nothing && !unscheduled {
        // Nothing is changed, so that nobody has to be asked: what is left is looked for once more.
        let mut ended = Ended::without_run(context, &session.state);
        let shredded = shred(&keys, &session.cloud, None).await;
        let exit = if is_whole(&plan) && !points.unread { Exit::Done } else { Exit::Partial };
        if shown == Shown::Json {
            print_event(printer, &events::planned(&plan));
        }
        return proof.conclude(&mut ended, &shredded, exit).await.map(Pass::Over);
    }
    if let Some(error) = refusal(&duties.verdict, &caller) {
        return Err(error);
    }
    let question = if unscheduled {
        format!("Take production {alias} down, and make all that its keys encrypted unreadable for ever?")
    } else {
        format!("Take production {alias} down?")
    };
    confirm(printer, arguments.yes || agreed, &question, "--yes")?;
    let run = Run {
        verb: "wrap",
        plan: &plan,
        desired: &desired,
        observed: &observed,
        cloud: &session.cloud,
        state: &session.state,
        shown,
        preface: preface(&observed, &points.here),
    };
    // A next run has to know what this one was to keep, should it be cut off before that is marked.
    let told: Map<String, Value> =
        arguments.keep_backups.map(|days| (KEEP_BACKUPS.to_owned(), json!(days))).into_iter().collect();
    if let Some(seats) = &archiving {
        let (ended, exit) = archive(context, session, &run, &steps, seats, told).await?;
        if exit == Exit::Done {
            return Ok(Pass::Archived);
        }
        conclude(printer, shown, &ended.outcome, ended.start.elapsed(), exit);
        return Ok(Pass::Over(exit));
    }
    let mut ended = run.carry_out_steps(context, &steps, &events::planned(&plan), told).await?;
    let mut exit = ended.exit(&plan);
    if points.unread {
        exit = exit.max(Exit::Partial);
    }
    // Copies are the last resort: they go last, once all is done here.
    if exit == Exit::Done && is_whole(&plan) {
        (ended, exit) = go_on_elsewhere(context, session, &points, shown, ended).await?;
    } else if points.has_work_elsewhere() && exit != Exit::Interrupted {
        warn(printer, "warning: ", "What lies in other regions is left as it is: first all has to be done here.");
    }
    let mut shredded = Vec::new();
    if arguments.shred && exit != Exit::Interrupted {
        let is_done = exit == Exit::Done && is_whole(&plan) && !has_kept_under_keys(&plan);
        (shredded, exit) = shred_all(session, &points, &keys, is_done, &mut ended, exit, printer).await;
    }
    proof.conclude(&mut ended, &shredded, exit).await.map(Pass::Over)
}

/// Schedules the deletion of all keys, once nothing is left that they protect.
async fn shred_all(
    session: &Session,
    points: &WrapPoints,
    keys: &[(Address, String, u32)],
    is_done: bool,
    ended: &mut Ended<'_>,
    exit: Exit,
    printer: &Printer,
) -> (Vec<Shredded>, Exit) {
    let scope = session.scope();
    if keys.is_empty() {
        return (Vec::new(), exit);
    }
    for cloud in points.elsewhere.iter().map(|there| &there.cloud).chain([&session.cloud]) {
        if let Some(words) = points_left(cloud, &scope, keys).await {
            warn(printer, "warning: ", &format!("The keys are not shredded: {words}"));
            return (Vec::new(), exit.max(Exit::Partial));
        }
    }
    if !is_done {
        warn(printer, "warning: ", "The keys are not shredded: first everything else has to be gone. Run again.");
        return (Vec::new(), exit.max(Exit::Partial));
    }
    let shredded = shred(keys, &session.cloud, ended.journal.as_mut()).await;
    let failed = shredded.iter().any(|one| one.ends.is_err());
    (shredded, if failed { exit.max(Exit::Partial) } else { exit })
}

/// Whether something stays that a key may protect: then no key goes.
fn has_kept_under_keys(plan: &Plan) -> bool {
    plan.changes.iter().any(|change| {
        change.action == Action::None
            && matches!(change.kind, Kind::KmsKey | Kind::Seat | Kind::Volume | Kind::LogGroup | Kind::BackupVault)
    })
}

fn is_own(found: &Found) -> bool {
    found.resource.kind() != Kind::AccountSwitch
}

fn shredding((key, id, days): &(Address, String, u32), observed: &Observed) -> Shredding {
    let found = observed.all().find(|found| found.id == *id);
    let ends = found.and_then(|found| found.facts.get("deletion_date")).cloned();
    Shredding { key: key.clone(), days: *days, ends }
}

/// Why this principal may not wrap; none where it may.
fn refusal(verdict: &Verdict, caller: &str) -> Option<CliError> {
    let message = match verdict {
        Verdict::NotAsked | Verdict::Separate | Verdict::Excepted(_) => return None,
        Verdict::Same(applier) => format!(
            "refused: {} asks that whoever wraps isn't who last applied, and both are {applier}",
            duties::CONTROL
        ),
        Verdict::Unknown => format!(
            "refused: {} asks that whoever wraps ({caller}) isn't who last applied, and nobody knows who that was",
            duties::CONTROL
        ),
    };
    let error = CliError::new(ErrorKind::Refused, message)
        .hint(
            "wrap with the credentials of somebody else: --profile NAME (on a rehearsal cloud any name is a principal)",
        )
        .hint(format!("or write down why not: an exception of {} whose scope holds the production", duties::CONTROL));
    Some(error)
}

/// The keys of this production that the account encrypts with where no key is named.
fn defaults_of_account(observed: &Observed) -> Vec<Address> {
    let default = observed.found.get(&Address::new("account.ebs_default_key"));
    let Some(Resource::AccountSwitch(switch)) = default.map(|found| &found.resource) else { return Vec::new() };
    let is_default = |found: &&Found| switch.setting == found.id || switch.setting == found.address.as_str();
    let keys = observed.all().filter(|found| found.resource.kind() == Kind::KmsKey);
    keys.filter(is_default).map(|found| found.address.clone()).collect()
}

/// What a wrap has to know of the blueprint: where, whose, and how long its keys linger.
pub fn desired(blueprint: &Blueprint, account: &str, region: &str) -> Desired {
    let windows = blueprint
        .keys
        .iter()
        .map(|key| (Address::new(format!("key.{}", key.name.value)), key.deletion_window_days.value))
        .collect();
    Desired {
        production: blueprint.production.alias.as_str().to_owned(),
        account: account.to_owned(),
        region: region.to_owned(),
        key_deletion_windows: windows,
        hidden: blueprint.hidden.clone(),
        ..Desired::default()
    }
}
