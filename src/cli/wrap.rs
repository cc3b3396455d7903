//! `closedset wrap`: takes a production down. Everything is deleted in order and the keys are disabled; only `--shred`
//! with the production's name schedules their deletion.

use serde_json::json;

use super::arguments;
use super::carry_out::{Ended, Run, Shown, confirm, is_whole, print_event, warn};
use super::context::Context;
use super::error::CliError;
use super::exit::Exit;
use super::plan::show;
use super::session::Session;
use crate::apply::{Outcome, Shredded, shred, to_shred};
use crate::blueprint::Blueprint;
use crate::plan::{self, Plan};
use crate::report::palette::{BAD, GOOD};
use crate::report::text::Line;
use crate::report::{events, outcome_text};
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
    let desired = desired(&session.read.blueprint, &session.caller.account, session.cloud.region());
    let observed = session.cloud.observe(&session.scope().thorough()).await?;
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
    let shown = if arguments.json { Shown::Json } else { Shown::Text };
    let printer = context.printer;
    if arguments.plan || shown == Shown::Text {
        show(context, &plan, arguments.json)?;
        tell_of_shredding(context, &keys);
    }
    if arguments.plan {
        return Ok(Exit::Done);
    }
    let nothing = !plan.has_changes() && plan.forecast.operations == 0;
    if nothing && keys.is_empty() {
        return Ok(nothing_to_do(context, &plan, shown));
    }
    let question = if keys.is_empty() {
        format!("Take production {alias} down?")
    } else {
        format!("Take production {alias} down, and make all that its keys encrypted unreadable for ever?")
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
    };
    let mut ended = run.carry_out(context).await?;
    let mut exit = ended.exit(&plan);
    let mut shredded = Vec::new();
    if exit == Exit::Done && is_whole(&plan) {
        shredded = shred(&keys, &session.cloud, ended.journal.as_mut()).await;
        if shredded.iter().any(|one| one.ends.is_err()) {
            exit = Exit::Partial;
        }
    } else if !keys.is_empty() {
        warn(printer, "warning: ", "The keys are not shredded: first everything else has to be gone. Run again.");
        exit = exit.max(Exit::Partial);
    }
    ended.tell_of_ledger(printer);
    conclude(context, &ended, &shredded, shown, exit);
    Ok(exit)
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

fn nothing_to_do(context: &Context<'_>, plan: &Plan, shown: Shown) -> Exit {
    let exit = if is_whole(plan) { Exit::Done } else { Exit::Partial };
    if shown == Shown::Json {
        print_event(context.printer, &events::planned(plan));
        let summary = events::summary(&Outcome::default(), std::time::Duration::ZERO, exit.code());
        print_event(context.printer, &summary);
    }
    exit
}

fn tell_of_shredding(context: &Context<'_>, keys: &[(Address, String, u32)]) {
    for (key, _, days) in keys {
        let text = format!("The deletion of {key} will be scheduled, {days} days ahead.");
        warn(context.printer, "shred: ", &text);
    }
}

fn conclude(context: &Context<'_>, ended: &Ended<'_>, shredded: &[Shredded], shown: Shown, exit: Exit) {
    let printer = context.printer;
    let at = ended.start.elapsed();
    if shown == Shown::Json {
        for one in shredded {
            let event = match &one.ends {
                Ok(ends) => json!({"type": "shredded", "t_ms": millis(at), "address": one.key, "ends": ends}),
                Err(error) => {
                    let error = events::error(error);
                    json!({"type": "shred_failed", "t_ms": millis(at), "address": one.key, "error": error})
                }
            };
            print_event(printer, &event);
        }
        print_event(printer, &events::summary(&ended.outcome, at, exit.code()));
        return;
    }
    let width = printer.result_width();
    let mut text = String::from("\n");
    text.push_str(&outcome_text(&ended.outcome, &[], width));
    for one in shredded {
        let line = match &one.ends {
            Ok(ends) => Line::new(0)
                .styled(GOOD, "Shredded: ")
                .plain(format!("{} will be deleted on {ends}; until then it can be cancelled.", one.key)),
            Err(error) => Line::new(0).styled(BAD, "failed: ").plain(format!("shred {}: {error}", one.key)),
        };
        line.write(width, &mut text);
    }
    printer.result(&text);
}

fn millis(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
