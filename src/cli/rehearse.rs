//! `closedset rehearse`: how an apply would go, carried out in a throwaway copy of the cloud, in virtual time.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use tokio::sync::watch;

use super::arguments::{self, FaultsChoice};
use super::context::{Context, Read};
use super::error::CliError;
use super::exit::Exit;
use super::session::{Planned, Session, copies_of};
use super::stage::{Stage, made};
use super::state::State;
use super::{capacity, live_copy, rehearsal_limits, save, wrap};
use crate::apply::{self, Outcome};
use crate::blueprint::Blueprint;
use crate::cloud::{Access, Cloud, Endpoint, rehearsed};
use crate::plan::{self, Options, Plan, lower_bound};
use crate::rehearsal::{CallRecord, Faults, RehearsalCloud, Settings, Wish};
use crate::report::recording::{Recording, Span};
use crate::report::rehearsal::{Ending, FallThrough, PathStep, REHEARSAL_VERSION, Rehearsal, SecondPlan, Wrapped};
use crate::report::timeline::{Picture, timeline_svg};
use crate::report::{rehearsal_text, steps, words};
use crate::resource::{Desired, Kind, Observed, Resource};

/// How long the cloud rests after a copy was made, so that the account's limits are fresh again; and before it is looked
/// at once more, so that nothing is seen late.
const REST: Duration = Duration::from_secs(3600);

/// What is live, where a rehearsal begins on it.
struct Live {
    desired: Desired,
    observed: Observed,
}

/// Runs the verb.
///
/// # Errors
/// A blueprint with errors, a file that can't be used, no way to the live cloud.
pub async fn run(context: &Context<'_>, arguments: arguments::Rehearse) -> Result<Exit, CliError> {
    let path = &arguments.blueprint.path;
    let read = context.read(path)?;
    let region = read.blueprint.production.region.as_str();
    let capacity = match &arguments.capacity {
        Some(file) => capacity::read(file, region)?,
        None => BTreeMap::new(),
    };
    let live = if arguments.from_live { Some(live(context, path).await?) } else { None };
    context.leave_real_time();
    let stage = Stage::thrown_away(Settings { seed: arguments.seed, ..Settings::default() });
    stage.set_up_for(&read.blueprint);
    let mut not_carried_over = Vec::new();
    if let Some(live) = &live {
        not_carried_over = copy(context, &stage, &read, live).await?;
    }
    let faults = Faults::from(arguments.faults);
    stage.cloud().adjust(|settings| (settings.faults, settings.capacity) = (faults, capacity));
    let session = session(context, &stage, read).await?;
    let mut rehearsing = Rehearsing { context, stage: &stage, session, live: live.as_ref() };
    let (mut rehearsal, picture) = rehearsing.run(&arguments).await?;
    rehearsal.not_carried_over = not_carried_over;
    if let (Some(file), Some(picture)) = (&arguments.timeline, &picture) {
        save::write_whole(file, timeline_svg(picture).as_bytes())
            .map_err(|error| CliError::file("write", file, error))?;
    }
    show(context, &rehearsal, arguments.json)?;
    let whole = rehearsal.outcome.complete && rehearsal.wrap.as_ref().is_none_or(|wrap| wrap.outcome.complete);
    Ok(if whole { Exit::Done } else { Exit::Partial })
}

fn show(context: &Context<'_>, rehearsal: &Rehearsal, json: bool) -> Result<(), CliError> {
    let printer = context.printer;
    if json {
        let text = serde_json::to_string_pretty(rehearsal)
            .map_err(|error| CliError::usage(format!("the report can't be written as JSON: {error}")))?;
        printer.result(&format!("{text}\n"));
    } else {
        printer.result(&rehearsal_text(rehearsal, printer.result_width()));
    }
    Ok(())
}

async fn live(context: &Context<'_>, path: &Path) -> Result<Live, CliError> {
    let session = Session::open(context, path).await?;
    let desired = session.desired(context, false).await?;
    let observed = session.cloud.observe(&session.scope()).await?;
    let desired = session.settled(context, false, desired, &observed).await?;
    Ok(Live { desired, observed })
}

/// Makes the copy of what is live, and lets the account rest.
async fn copy(context: &Context<'_>, stage: &Stage, read: &Read, live: &Live) -> Result<Vec<String>, CliError> {
    let world = stage.cloud();
    world.adjust(|settings| settings.account.clone_from(&live.observed.account));
    provide_images(world, &read.blueprint, live);
    let region = read.blueprint.production.region.as_str();
    let cloud = connect(context, stage, region).await?;
    let scope = crate::cloud::Scope::new(read.blueprint.production.alias.as_str());
    let left_out = live_copy::make(&cloud, &scope, &live.desired, &live.observed).await?;
    tokio::time::sleep(REST).await;
    Ok(left_out)
}

/// The very images that live seats run and new ones would.
fn provide_images(world: &RehearsalCloud, blueprint: &Blueprint, live: &Live) {
    let live_seats = live.observed.found.values().map(|found| (&found.address, &found.resource));
    for (address, resource) in live.desired.resources.iter().chain(live_seats) {
        let (Resource::Seat(seat), Some((label, _))) = (resource, address.slot()) else { continue };
        let pool = blueprint.pools.iter().find(|pool| pool.name.value.to_string() == label);
        if let Some(image) = pool.and_then(|pool| blueprint.get(&pool.image.value)) {
            world.provide_image(&Wish::Id(seat.image.clone()), made(image, false));
        }
    }
}

async fn connect(context: &Context<'_>, stage: &Stage, region: &str) -> Result<Cloud, CliError> {
    let endpoint = Endpoint::InProcess(rehearsed(stage.cloud().clone()));
    let trace = context.global.trace_api.clone();
    let access = Access { endpoint, region: region.to_owned(), trace, reads: None };
    Cloud::connect(&access).await.map_err(|error| CliError::usage(format!("the rehearsal can't be traced: {error}")))
}

async fn session(context: &Context<'_>, stage: &Stage, read: Read) -> Result<Session, CliError> {
    let production = &read.blueprint.production;
    let cloud = connect(context, stage, production.region.as_str()).await?;
    let caller = cloud.caller().await?;
    let state = State::of(&context.global, &caller.account, production.alias.as_str())?;
    let (home, copies_to) = (read.blueprint.production.region.as_str().to_owned(), copies_of(&read.blueprint));
    Ok(Session { read, cloud, caller, state, home, copies_to })
}

/// A rehearsal under way.
struct Rehearsing<'a> {
    context: &'a Context<'a>,
    stage: &'a Stage,
    session: Session,
    live: Option<&'a Live>,
}

impl Rehearsing<'_> {
    async fn run(&mut self, arguments: &arguments::Rehearse) -> Result<(Rehearsal, Option<Picture>), CliError> {
        let world = self.stage.cloud();
        let first_call = world.calls().len();
        let Planned { desired, observed, plan } = self.plan().await?;
        let began = world.now();
        let (outcome, recording) = carry_out(&plan, &desired, &observed, &self.session.cloud).await;
        let records = world.calls().split_off(first_call);
        let calls = rehearsal_limits::calls(&records, &self.session.cloud.waits());
        let bound = lower_bound(&plan, &desired, &rehearsal_limits::limits());
        let seats_planned = plan
            .changes
            .iter()
            .filter(|change| {
                change.kind == Kind::Seat && matches!(change.action, plan::Action::Create | plan::Action::Replace)
            })
            .count();
        let seats_running = recording.arrivals().len();
        let makespan_s = recording.last_seat_s().filter(|_| seats_running >= seats_planned);
        let ratio = makespan_s.filter(|_| bound.seconds > 0.0).map(|time| rounded(time / bound.seconds));
        let picture = arguments.timeline.is_some().then(|| picture(&plan, &recording, &records, began, ratio));
        let second_plan = self.second_plan(arguments).await?;
        let wrap = if arguments.wrap { Some(self.wrap(Faults::from(arguments.faults)).await?) } else { None };
        let rehearsal = Rehearsal {
            format_version: REHEARSAL_VERSION,
            production: plan.production.clone(),
            region: plan.region.clone(),
            seed: arguments.seed,
            faults: arguments.faults.word().to_owned(),
            began_on: if self.live.is_some() { "live" } else { "nothing" },
            not_carried_over: Vec::new(),
            summary: plan.summary,
            seats_planned,
            seats_running,
            first_seat_s: recording.first_seat_s().map(rounded),
            last_seat_s: recording.last_seat_s().map(rounded),
            makespan_s: makespan_s.map(rounded),
            lower_bound_s: rounded(bound.seconds),
            ratio,
            bottleneck: bound.bottleneck().map(|term| term.name.to_owned()),
            lower_bound: bound,
            ended_s: rounded(recording.ended_s()),
            critical_path: recording.critical_path().into_iter().map(path_step).collect(),
            calls,
            fall_throughs: fall_throughs(&recording),
            outcome: ending(&outcome),
            second_plan,
            wrap,
        };
        Ok((rehearsal, picture))
    }

    async fn plan(&self) -> Result<Planned, CliError> {
        let options = Options::default();
        let Some(live) = self.live else { return self.session.plan(self.context, &options).await };
        // Images were looked up in the live account.
        let desired = live.desired.clone();
        let observed = self.session.cloud.observe(&self.session.scope()).await?;
        let plan = plan::make(&desired, &observed, &options);
        Ok(Planned { desired, observed, plan })
    }

    /// Goes on as another process would: nothing is remembered of the account's limits.
    async fn reconnect(&mut self) -> Result<(), CliError> {
        let region = self.session.cloud.region().to_owned();
        self.session.cloud = connect(self.context, self.stage, &region).await?;
        Ok(())
    }

    /// As another process would plan, later, when nothing goes wrong any more.
    async fn second_plan(&mut self, arguments: &arguments::Rehearse) -> Result<SecondPlan, CliError> {
        let world = self.stage.cloud();
        world.set_faults(Faults::None);
        tokio::time::sleep(REST).await;
        let first_call = world.calls().len();
        self.reconnect().await?;
        self.session.cloud.caller().await?;
        let planned = self.plan().await?;
        let records = world.calls().split_off(first_call);
        world.set_faults(Faults::from(arguments.faults));
        Ok(SecondPlan {
            changes: planned.plan.summary.total(),
            calls: records.len(),
            round_trips: rehearsal_limits::depth(&records),
            first_changes: first_changes(&planned.plan),
        })
    }

    async fn wrap(&mut self, faults: Faults) -> Result<Wrapped, CliError> {
        let world = self.stage.cloud();
        world.set_faults(faults);
        self.reconnect().await?;
        let (session, scope) = (&self.session, self.session.scope());
        let cloud = &session.cloud;
        let first_call = world.calls().len();
        let desired = wrap::desired(&session.read.blueprint, &session.caller.account, cloud.region());
        let observed = cloud.observe(&scope).await?;
        let plan = plan::wrap(&desired, &observed);
        let (outcome, recording) = carry_out(&plan, &desired, &observed, cloud).await;
        let records = world.calls().split_off(first_call);
        let bound = lower_bound(&plan, &desired, &rehearsal_limits::limits());
        let waits = cloud.waits();
        let makespan = recording.ended_s();
        world.set_faults(Faults::None);
        tokio::time::sleep(REST).await;
        self.reconnect().await?;
        let after = self.session.cloud.observe(&scope).await?;
        let of_account = |found: &&crate::resource::Found| found.resource.kind() != Kind::AccountSwitch;
        let left = after.all().filter(of_account).map(|found| found.address.to_string()).collect();
        Ok(Wrapped {
            makespan_s: rounded(makespan),
            lower_bound_s: rounded(bound.seconds),
            ratio: (bound.seconds > 0.0).then(|| rounded(makespan / bound.seconds)),
            lower_bound: bound,
            calls: rehearsal_limits::calls(&records, &waits),
            outcome: ending(&outcome),
            left,
        })
    }
}

/// How many changes of a second plan are told.
const MOST_CHANGES: usize = 5;

fn first_changes(plan: &Plan) -> Vec<String> {
    let real = plan.changes.iter().filter(|change| change.action != plan::Action::None);
    let words = real.map(|change| {
        let fields: Vec<&str> = change.fields.iter().map(|field| field.path.as_str()).collect();
        // All fields of what comes or goes would say nothing.
        let comes_or_goes = matches!(change.action, plan::Action::Create | plan::Action::Delete);
        let fields =
            if comes_or_goes || fields.is_empty() { String::new() } else { format!(" ({})", words::list(&fields)) };
        format!("{} {}{fields}, because {}", change.action.words(), change.address, change.reason.words())
    });
    words.take(MOST_CHANGES).collect()
}

async fn carry_out(plan: &Plan, desired: &Desired, observed: &Observed, cloud: &Cloud) -> (Outcome, Recording) {
    let mut recording = Recording::default();
    let (_keep, signals) = watch::channel(0);
    let outcome = apply::run(plan, desired, observed, cloud, signals, &mut recording).await;
    (outcome, recording)
}

fn path_step(span: &Span) -> PathStep {
    PathStep {
        what: span.words(),
        address: span.operation.address.to_string(),
        step: steps::name(span.operation.step.word()),
        from_s: rounded(span.from_s),
        took_s: rounded(span.took_s()),
    }
}

fn fall_throughs(recording: &Recording) -> Vec<FallThrough> {
    let mut all: Vec<FallThrough> = recording
        .fell_through()
        .iter()
        .map(|one| FallThrough {
            address: one.address.to_string(),
            instance_type: one.instance_type.clone(),
            zone: one.zone.clone(),
            code: one.code.clone(),
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

fn ending(outcome: &Outcome) -> Ending {
    let failed = outcome.failed.iter().map(|one| format!("{} {}: {}", one.step, one.address, one.error)).collect();
    Ending { complete: outcome.is_complete(), done: outcome.done, skipped: outcome.skipped.len(), failed }
}

/// What happens in the same two milliseconds follows from each other.
const AT_ONCE_S: f64 = 0.002;

/// The picture's data: each step, with the part of it that only waited for a permit.
fn picture(
    plan: &Plan,
    recording: &Recording,
    records: &[CallRecord],
    began: crate::rehearsal::Moment,
    ratio: Option<f64>,
) -> Picture {
    let at = |moment: crate::rehearsal::Moment| seconds(moment.since(began));
    let mut calls: Vec<(f64, f64)> =
        records.iter().filter_map(|call| Some((at(call.ended?), at(call.arrived)))).collect();
    calls.sort_by(|one, other| one.0.total_cmp(&other.0));
    // Back from the end, as long as one call was sent as another was answered: before that the step only waited.
    let busy_since = |from_s: f64, to_s: f64| {
        let mut since = to_s;
        loop {
            let first = calls.partition_point(|(answered, _)| *answered < since - AT_ONCE_S);
            let at_once = calls[first..].iter().take_while(|(answered, _)| *answered <= since + AT_ONCE_S);
            let before = at_once.map(|(_, sent)| *sent).filter(|sent| *sent < since && *sent > from_s - AT_ONCE_S);
            match before.reduce(f64::min) {
                Some(sent) => since = sent,
                None => return since,
            }
        }
    };
    let ratio = ratio.map(|ratio| format!(", {ratio:.2} times the lower bound")).unwrap_or_default();
    let title = match recording.last_seat_s() {
        Some(last) => format!("{}: last seat after {}{ratio}", plan.production, words::seconds(last)),
        None => format!("{}: over after {}", plan.production, words::seconds(recording.ended_s())),
    };
    Picture::new(title, recording, busy_since)
}

#[expect(clippy::cast_precision_loss, reason = "a rehearsal takes far less than 2^52 milliseconds")]
fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// To the millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

impl FaultsChoice {
    /// The word on the command line.
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Typical => "typical",
            Self::Hostile => "hostile",
        }
    }
}

impl From<FaultsChoice> for Faults {
    fn from(choice: FaultsChoice) -> Self {
        match choice {
            FaultsChoice::None => Self::None,
            FaultsChoice::Typical => Self::Typical,
            FaultsChoice::Hostile => Self::Hostile,
        }
    }
}
