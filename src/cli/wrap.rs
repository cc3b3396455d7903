//! `closedset wrap`: takes a production down, phase by phase, and proves it. Everything is deleted in order and the keys are
//! disabled; only `--shred` with the production's name schedules their deletion.

use super::arguments;
use super::carry_out::{Ended, Run, Shown, conclude_nothing, confirm, is_whole, print_event, warn};
use super::context::Context;
use super::drill::clean_up;
use super::error::{CliError, ErrorKind};
use super::exit::Exit;
use super::plan::show;
use super::proof::Proof;
use super::session::{Session, connect_elsewhere};
use crate::apply::{shred, to_shred};
use crate::blueprint::Blueprint;
use crate::plan::{self, Action, Plan, Shredding};
use crate::recovery::duties::{self, Duties};
use crate::recovery::promise;
use crate::recovery::records::{INVENTORY, inventory};
use crate::report::{events, words};
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
    let desired = desired(&session.read.blueprint, &session.caller.account, session.cloud.region());
    let observed = session.cloud.observe(&session.scope().thorough()).await?;
    let entries = session.state.entries();
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
    let keys = if arguments.shred { to_shred(&desired, &observed) } else { Vec::new() };
    let shredding: Vec<Shredding> = keys.iter().map(|key| shredding(key, &observed)).collect();
    plan::tell_phases(&mut plan, &desired, &observed, arguments.shred.then_some(&shredding[..]));
    plan.warnings.extend(promise::warnings(&session.read.blueprint, &observed, context.today()));
    let caller = session.caller.arn.clone();
    let duties = duties::duties(&session.read.blueprint, &observed, &entries, &caller, context.today());
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let printer = context.printer;
    if arguments.plan {
        plan.warnings.extend(refusal(&duties, &caller).map(|error| error.message));
    }
    if arguments.plan || shown == Shown::Text {
        show(context, &plan, arguments.json)?;
    }
    if arguments.plan {
        return Ok(Exit::Done);
    }
    let nothing = !plan.has_changes() && plan.forecast.operations == 0;
    let unscheduled = shredding.iter().any(|one| one.ends.is_none());
    if nothing && !unscheduled && entries.is_empty() && observed.all().all(|found| !is_own(found)) {
        let exit = if is_whole(&plan) { Exit::Done } else { Exit::Partial };
        return Ok(conclude_nothing(printer, shown, &events::planned(&plan), exit));
    }
    let proof =
        Proof { context, session: &session, plan: &plan, observed: &observed, duties: words_of(&duties), shown };
    if nothing && !unscheduled {
        // Nothing is changed, so that nobody has to be asked: what is left is looked for once more.
        let mut ended = Ended::without_run(context, &session.state);
        let shredded = shred(&keys, &session.cloud, None).await;
        let exit = if is_whole(&plan) { Exit::Done } else { Exit::Partial };
        if shown == Shown::Json {
            print_event(printer, &events::planned(&plan));
        }
        return proof.conclude(&mut ended, &shredded, exit).await;
    }
    if let Some(error) = refusal(&duties, &caller) {
        return Err(error);
    }
    let question = if unscheduled {
        format!("Take production {alias} down, and make all that its keys encrypted unreadable for ever?")
    } else {
        format!("Take production {alias} down?")
    };
    confirm(printer, arguments.yes, &question, "--yes")?;
    let run = Run {
        verb: "wrap",
        plan: &plan,
        desired: &desired,
        observed: &observed,
        cloud: &session.cloud,
        state: &session.state,
        shown,
        preface: inventory(&observed).into_iter().map(|line| (INVENTORY, line)).collect(),
    };
    let mut ended = run.carry_out(context).await?;
    let mut exit = ended.exit(&plan);
    let mut shredded = Vec::new();
    let keeping = if keys.is_empty() { None } else { recovery_points(context, &session).await };
    if let Some(words) = keeping {
        warn(printer, "warning: ", &format!("The keys are not shredded: {words}"));
        exit = exit.max(Exit::Partial);
    } else if exit == Exit::Done && is_whole(&plan) && !has_kept_under_keys(&plan) {
        shredded = shred(&keys, &session.cloud, ended.journal.as_mut()).await;
        if shredded.iter().any(|one| one.ends.is_err()) {
            exit = Exit::Partial;
        }
    } else if !keys.is_empty() {
        warn(printer, "warning: ", "The keys are not shredded: first everything else has to be gone. Run again.");
        exit = exit.max(Exit::Partial);
    }
    proof.conclude(&mut ended, &shredded, exit).await
}

/// Why the recovery points keep the keys; none where there are none. A point whose key is gone is lost, however long it was
/// to be kept.
async fn recovery_points(context: &Context<'_>, session: &Session) -> Option<String> {
    let scope = session.scope();
    let mut points = session.cloud.snapshots(&scope).await.map_err(|error| error.to_string());
    // The keys of the regions that copies went to are the production's too.
    for region in &scope.elsewhere {
        let there = match connect_elsewhere(context, region).await {
            Ok(cloud) => cloud.snapshots(&scope).await.map_err(|error| format!("{region}: {error}")),
            Err(error) => Err(format!("{region}: {}", error.message)),
        };
        points = points.and_then(|points| Ok(points.into_iter().chain(there?).collect()));
    }
    match points {
        Ok(points) if points.is_empty() => None,
        Ok(points) => Some(format!(
            "{} under them, and would be unreadable. Delete what is no longer wanted, and run again.",
            words::count(points.len(), ("snapshot of a recovery point is", "snapshots of recovery points are"))
        )),
        Err(error) => Some(format!("it can't be read whether recovery points are under them: {error}")),
    }
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
fn refusal(duties: &Duties, caller: &str) -> Option<CliError> {
    let message = match duties {
        Duties::Separate | Duties::Excepted(_) => return None,
        Duties::Same(applier) => format!(
            "refused: {} asks that whoever wraps isn't who last applied, and both are {applier}",
            duties::CONTROL
        ),
        Duties::Unknown => format!(
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

/// For the certificate.
fn words_of(duties: &Duties) -> String {
    match duties {
        Duties::Separate => {
            "whoever wrapped isn't who last applied, or the content asks for no second person".to_owned()
        }
        Duties::Excepted(name) => format!("the same principal may wrap by exception.{name}"),
        Duties::Same(applier) => format!("{applier} last applied too"),
        Duties::Unknown => "nobody knows who last applied".to_owned(),
    }
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
