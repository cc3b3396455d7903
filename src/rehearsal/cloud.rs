//! The rehearsal cloud: a request comes, time passes, something may go wrong, an answer leaves.

use super::calls::{CallRecord, Hook, Side, Step};
use super::clock::{Clock, Moment};
use super::faults::{Broken, Faults, Mishap};
use super::physics::times;
use super::services::{self, Call, Protocol};
use super::settings::Settings;
use super::settle::settle;
use super::wire::{AwsError, Outcome, Request, Response};
use super::world::World;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// An AWS account in process: bytes in, bytes out. It can be shared between tasks.
pub struct RehearsalCloud {
    inner: Mutex<Inner>,
}

pub(super) struct Inner {
    pub(super) settings: Settings,
    pub(super) clock: Clock,
    pub(super) world: World,
    records: Vec<CallRecord>,
    hook: Option<Arc<dyn Hook>>,
    stop: Option<(u64, Side)>,
    stopped: bool,
}

/// What was decided when a call arrived.
struct Arrival {
    index: usize,
    there: u64,
    back: u64,
    mishap: Option<Mishap>,
}

impl RehearsalCloud {
    /// An empty account. Has to be called where tokio's time runs.
    pub fn new(settings: Settings) -> Self {
        let world = World::new(settings.seed);
        Self::with(settings, world, Moment::default())
    }

    pub(super) fn with(settings: Settings, world: World, now: Moment) -> Self {
        let clock = Clock::starting_at(now);
        let inner = Inner { settings, clock, world, records: Vec::new(), hook: None, stop: None, stopped: false };
        Self { inner: Mutex::new(inner) }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing in here panics while it holds the lock; if it ever did, the store is still whole enough to be read.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request. Sleeps on tokio's clock for as long as the call takes, so that under a paused clock
    /// the time is virtual. A caller that gives up before the request was carried out has changed nothing.
    ///
    /// # Errors
    /// [`Broken`], where no response reaches the caller.
    pub async fn answer(&self, request: Request) -> Result<Response, Broken> {
        let read = Call::read(&request, &self.lock().settings);
        let arrival = self.arrive(read.as_ref())?;
        sleep(arrival.there).await;
        let response = self.carry_out(read, &arrival)?;
        sleep(arrival.back).await;
        self.leave(&arrival, response)
    }

    /// Numbers the call, asks the hook, and draws what will become of it.
    fn arrive(&self, call: Result<&Call, &AwsError>) -> Result<Arrival, Broken> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if inner.stopped {
            return Err(Broken::ConnectionRefused);
        }
        let now = inner.clock.now();
        let number = inner.records.len() as u64 + 1;
        let odds = inner.settings.faults.odds();
        let (action, reads) = call.map_or(("", true), |call| (call.action.as_str(), call.reads()));
        // A dry run only checks: it is no slower than any other change. \[R\]
        let leg = if call.is_ok_and(Call::is_dry_run) { times::CHANGE_LEG } else { times::leg(action) };
        let (mut there, mut back) = (0, 0);
        if inner.settings.latency {
            there = inner.world.pace.between(leg.from, leg.to);
            back = inner.world.pace.between(leg.from, leg.to);
        }
        let late = odds.delay(&mut inner.world.luck);
        // A late answer may be late on either leg.
        if late > 0 && inner.world.luck.chance(500_000) {
            there += late
        } else {
            back += late
        }
        let mishap = odds.mishap(&mut inner.world.luck);
        inner.records.push(CallRecord {
            number,
            service: call.map_or("", |call| call.service).to_owned(),
            action: action.to_owned(),
            region: call.map_or("", |call| call.region.as_str()).to_owned(),
            reads,
            arrived: now,
            ended: None,
            carried_out: false,
            status: None,
            code: None,
            request_id: inner.world.ids.uuid(),
        });
        Ok(Arrival { index: inner.records.len() - 1, there, back, mishap })
    }

    /// Carries the call out, unless something goes wrong before.
    fn carry_out(&self, read: Result<Call, AwsError>, arrival: &Arrival) -> Result<Response, Broken> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        inner.step(arrival.index, Side::Before)?;
        match arrival.mishap {
            Some(Mishap::Refused) => return Err(inner.ended(arrival.index, Broken::ConnectionRefused)),
            Some(Mishap::ResetBefore) => return Err(inner.ended(arrival.index, Broken::ConnectionReset)),
            _ => {}
        }
        let now = inner.clock.now();
        settle(&mut inner.world, &inner.settings, now);
        let request_id = inner.records[arrival.index].request_id.clone();
        let protocol = read.as_ref().map_or(Protocol::Ec2, |call| call.protocol);
        let outcome: Outcome<String> = match (read, arrival.mishap) {
            (Err(error), _) => Err(error),
            (Ok(call), Some(Mishap::Unavailable)) => Err(services::unavailable(call.protocol)),
            (Ok(call), Some(Mishap::Throttled)) => Err(services::throttled(call.protocol)),
            (Ok(call), mishap) => {
                let outcome = services::perform(&mut inner.world, &inner.settings, &call, now, &request_id);
                // A refusal followed by a success that nobody hears of is no twin of one call.
                if mishap == Some(Mishap::Twice) && call.harmless_twice() && outcome.is_ok() {
                    // The first answer is the one that the caller hears.
                    let _ = services::perform(&mut inner.world, &inner.settings, &call, now, &request_id);
                }
                outcome
            }
        };
        let record = &mut inner.records[arrival.index];
        record.carried_out = outcome.is_ok();
        record.code = outcome.as_ref().err().map(|error| error.code.clone());
        let response = services::response(protocol, &outcome, &request_id);
        inner.step(arrival.index, Side::After)?;
        Ok(response)
    }

    /// Lets the answer leave, unless something goes wrong with it.
    fn leave(&self, arrival: &Arrival, mut response: Response) -> Result<Response, Broken> {
        let mut inner = self.lock();
        match arrival.mishap {
            Some(Mishap::ResetAfter) => return Err(inner.ended(arrival.index, Broken::ConnectionReset)),
            Some(Mishap::AnswerLost) => return Err(inner.ended(arrival.index, Broken::NoAnswer)),
            Some(Mishap::Garbage) => spoil(&mut response),
            _ => {}
        }
        let now = inner.clock.now();
        if let Some(record) = inner.records.get_mut(arrival.index) {
            record.ended = Some(now);
            record.status = Some(response.status);
        }
        Ok(response)
    }

    /// Sets the hook that steps in at each call, or takes it away.
    pub fn set_hook(&self, hook: Option<Arc<dyn Hook>>) {
        self.lock().hook = hook;
    }

    /// Stops at the call of this number, counted from the first one of this cloud: that call breaks before or after
    /// it was carried out, and all later ones are refused until [`RehearsalCloud::resume`].
    pub fn stop_after(&self, number: u64, side: Side) {
        self.lock().stop = Some((number, side));
    }

    /// Whether it stopped.
    pub fn stopped(&self) -> bool {
        self.lock().stopped
    }

    /// Takes calls again after a stop, which is forgotten.
    pub fn resume(&self) {
        let mut inner = self.lock();
        inner.stopped = false;
        inner.stop = None;
    }

    /// Sets how much goes wrong from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.lock().settings.faults = faults;
    }

    /// Changes the settings from now on. The seed has no effect any more.
    pub fn adjust(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.lock().settings);
    }

    /// The settings now.
    pub fn settings(&self) -> Settings {
        self.lock().settings.clone()
    }

    /// All calls so far, in the order of arrival.
    pub fn calls(&self) -> Vec<CallRecord> {
        self.lock().records.clone()
    }

    /// How many calls came so far.
    pub fn call_count(&self) -> u64 {
        self.lock().records.len() as u64
    }

    /// The moment now.
    pub fn now(&self) -> Moment {
        self.lock().clock.now()
    }

    /// When the cloud does something by itself next, in any Region; none if it is at rest.
    pub fn next_event(&self) -> Option<Moment> {
        self.lock().world.regions.values().filter_map(|region| region.agenda.next()).min()
    }
}

impl Inner {
    /// Notes that a call ended without an answer.
    fn ended(&mut self, index: usize, broken: Broken) -> Broken {
        let now = self.clock.now();
        if let Some(record) = self.records.get_mut(index) {
            record.ended = Some(now);
        }
        broken
    }

    /// Asks the stop and the hook whether the call goes on.
    fn step(&mut self, index: usize, side: Side) -> Result<(), Broken> {
        if self.stopped {
            return Err(self.ended(index, Broken::ConnectionReset));
        }
        let record = &self.records[index];
        let planned = self.stop.is_some_and(|(number, when)| number == record.number && when == side);
        let step = match (&self.hook, side) {
            _ if planned => Step::Stop,
            (None, _) => Step::Go,
            (Some(hook), Side::Before) => hook.before(record),
            (Some(hook), Side::After) => hook.after(record),
        };
        match step {
            Step::Go => Ok(()),
            Step::Cut => Err(self.ended(index, Broken::ConnectionReset)),
            Step::Stop => {
                self.stopped = true;
                Err(self.ended(index, Broken::ConnectionReset))
            }
        }
    }
}

/// Cuts the body in the middle, as a proxy that gave up does.
fn spoil(response: &mut Response) {
    response.status = 200;
    response.body.truncate(response.body.len() / 2);
    response.body.extend_from_slice(b"\xff<!");
    let length = response.body.len().to_string();
    for (name, value) in &mut response.headers {
        if name.eq_ignore_ascii_case("content-length") {
            value.clone_from(&length);
        }
    }
}

async fn sleep(milliseconds: u64) {
    if milliseconds > 0 {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
}
