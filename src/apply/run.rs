//! Carries out the steps of a plan: everything that is ready at once, the longest pole first; a failure stops only what
//! depends on it.

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::worker::{Note, Report, Worker};
use super::{Event, Failure, Listener, Outcome, Skipped};
use crate::cloud::{Cloud, ErrorClass, Made, noting};
use crate::plan::{Operation, OperationId, Operations, Plan, operations};
use crate::resource::{Desired, Observed};

/// How often the user has asked to stop: 0, 1 (start nothing new), 2 (drop what is in flight).
pub type Signals = watch::Receiver<u32>;

/// After the first signal, what is in flight gets this long: whoever sent it may send a harder one after ten seconds.
const GRACE: Duration = Duration::from_secs(8);

/// Carries out a plan.
pub async fn run(
    plan: &Plan,
    desired: &Desired,
    observed: &Observed,
    cloud: &Cloud,
    signals: Signals,
    listener: &mut dyn Listener,
) -> Outcome {
    let operations = operations(plan, desired, observed);
    run_steps(&operations, plan, desired, observed, cloud, signals, listener).await
}

/// Carries out steps that another room put in order, such as those of a backup.
pub async fn run_steps(
    operations: &Operations,
    plan: &Plan,
    desired: &Desired,
    observed: &Observed,
    cloud: &Cloud,
    mut signals: Signals,
    listener: &mut dyn Listener,
) -> Outcome {
    listener.on_event(&Event::Began { operations });
    let (notes, mut noted) = mpsc::unbounded_channel();
    let worker = Worker::new(plan, desired, observed, cloud, notes);
    let mut schedule = Schedule::new(operations);
    let mut outcome = Outcome::default();
    let mut in_flight = FuturesUnordered::new();
    let mut grace = pin!(tokio::time::sleep(Duration::MAX));
    let mut times = *signals.borrow_and_update();
    loop {
        if times == 0 {
            for id in schedule.ready() {
                let Some(operation) = operations.get(id) else { continue };
                listener.on_event(&Event::Started { operation });
                let worker = &worker;
                let start = Instant::now();
                // Boxed: what a step does is the deepest part of every verb's future.
                let work = Box::pin(worker.work(operation));
                in_flight.push(async move {
                    let (report, requests) = noting(work).await;
                    (operation, report, requests, start.elapsed())
                });
            }
        }
        if in_flight.is_empty() {
            break;
        }
        tokio::select! {
            biased;
            Some(note) = noted.recv() => tell(operations, &note, listener),
            Some((operation, report, requests, took)) = in_flight.next() => {
                // What a step had to tell comes before its end.
                while let Ok(note) = noted.try_recv() {
                    tell(operations, &note, listener);
                }
                finished(operation, report, (took, &requests), &mut schedule, &mut outcome, listener);
            }
            changed = signals.changed(), if times < 2 => {
                times = if changed.is_ok() { *signals.borrow_and_update() } else { 2.min(times) };
                if times > 0 {
                    listener.on_event(&Event::Interrupted { times });
                    outcome.interrupted = true;
                    cloud.stop();
                    grace.as_mut().reset(Instant::now() + GRACE);
                }
                if times >= 2 {
                    break;
                }
            }
            () = &mut grace, if times == 1 => break,
        }
    }
    drop(in_flight);
    outcome.made = worker.made();
    for (operation, because) in schedule.left(operations) {
        listener.on_event(&Event::Skipped { operation, because: &because });
        let (address, kind) = (operation.address.clone(), operation.kind);
        outcome.skipped.push(Skipped { address, kind, step: operation.step.word(), because });
    }
    listener.on_event(&Event::Ended);
    outcome
}

fn tell(operations: &Operations, note: &Note, listener: &mut dyn Listener) {
    let Some(operation) = operations.get(note.operation()) else { return };
    match note {
        Note::Launched { seats, instance_type, zone, requests, .. } => {
            listener.on_event(&Event::Launched { operation, seats, instance_type, zone, requests });
        }
        Note::FellThrough { instance_type, zone, error, .. } => {
            listener.on_event(&Event::FellThrough { operation, instance_type, zone, error });
        }
        Note::Arrived { seats, volumes, .. } => listener.on_event(&Event::Arrived { operation, seats, volumes }),
    }
}

fn finished(
    operation: &Operation,
    report: Report,
    (took, requests): (Duration, &[Made]),
    schedule: &mut Schedule,
    outcome: &mut Outcome,
    listener: &mut dyn Listener,
) {
    for (address, error) in report.parts {
        outcome.failed.push(Failure { address, kind: operation.kind, step: operation.step.word(), error });
    }
    match report.result {
        Ok(id) => {
            outcome.done += 1;
            schedule.succeeded(operation.id);
            listener.on_event(&Event::Succeeded { operation, took, id: id.as_deref(), requests });
        }
        // Left for the next run, like what was never started.
        Err(error) if error.is(ErrorClass::Interrupted) => schedule.interrupted(operation.id),
        Err(error) => {
            schedule.failed(operation.id);
            listener.on_event(&Event::Failed { operation, error: &error });
            let (address, kind) = (operation.address.clone(), operation.kind);
            outcome.failed.push(Failure { address, kind, step: operation.step.word(), error });
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Started,
    Succeeded,
    Failed,
    /// Something that it needs failed, or was left in turn.
    Left,
}

/// Who may start.
struct Schedule {
    state: Vec<State>,
    /// How many steps each still waits for.
    waits: Vec<usize>,
    behind: Vec<Vec<OperationId>>,
    needs: Vec<BTreeSet<OperationId>>,
    /// Longest remaining chain, to sort by.
    remaining: Vec<f64>,
    ready: Vec<OperationId>,
}

impl Schedule {
    fn new(operations: &Operations) -> Self {
        let waits: Vec<usize> = operations.iter().map(|one| one.needs.union(&one.follows).count()).collect();
        let ready = (0..waits.len()).filter(|id| waits[*id] == 0).collect();
        Self {
            state: vec![State::Waiting; waits.len()],
            waits,
            behind: operations.behind(),
            needs: operations.iter().map(|one| one.needs.clone()).collect(),
            remaining: operations.iter().map(|one| one.remaining_s).collect(),
            ready,
        }
    }

    /// Those that can start now, the longest pole first.
    fn ready(&mut self) -> Vec<OperationId> {
        let mut ready = std::mem::take(&mut self.ready);
        ready.sort_by(|a, b| self.remaining[*b].total_cmp(&self.remaining[*a]).then(a.cmp(b)));
        for id in &ready {
            self.state[*id] = State::Started;
        }
        ready
    }

    fn succeeded(&mut self, id: OperationId) {
        self.over(id, State::Succeeded);
    }

    fn failed(&mut self, id: OperationId) {
        self.over(id, State::Failed);
    }

    fn interrupted(&mut self, id: OperationId) {
        self.state[id] = State::Waiting;
    }

    /// Marks a step, and lets those go on that only waited for it; those that needed it and can't have it are left, and
    /// so are those behind them.
    fn over(&mut self, id: OperationId, state: State) {
        self.state[id] = state;
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            for next in self.behind[id].clone() {
                self.waits[next] -= 1;
                if self.waits[next] > 0 || self.state[next] != State::Waiting {
                    continue;
                }
                let lost = self.needs[next].iter().any(|one| matches!(self.state[*one], State::Failed | State::Left));
                if lost {
                    self.state[next] = State::Left;
                    open.push(next);
                } else {
                    self.ready.push(next);
                }
            }
        }
    }

    /// What wasn't done and didn't fail, with the reason.
    fn left<'a>(&self, operations: &'a Operations) -> Vec<(&'a Operation, String)> {
        operations
            .iter()
            .filter(|one| !matches!(self.state[one.id], State::Succeeded | State::Failed))
            .map(|one| {
                let lost = one.needs.iter().find(|id| matches!(self.state[**id], State::Failed | State::Left));
                let because = match lost.and_then(|id| operations.get(*id)) {
                    Some(earlier) => format!("{} of {} did not succeed", earlier.step.word(), earlier.address),
                    None => "the run was interrupted".to_owned(),
                };
                (one, because)
            })
            .collect()
    }
}
