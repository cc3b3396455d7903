//! A run, written down while it happens: which step ran from when to when, which seats arrived, and what the last of
//! them had to wait for.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::steps;
use crate::apply::{Event, Listener};
use crate::plan::{Operation, OperationId};
use crate::resource::Address;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was under way when the run ended.
    Open,
    Done,
    Failed,
}

/// One step that was started.
#[derive(Debug, Clone)]
pub struct Span {
    pub operation: Operation,
    /// Seconds since the run began.
    pub from_s: f64,
    pub to_s: f64,
    pub end: End,
}

impl Span {
    /// What it does, as a fragment.
    pub fn words(&self) -> String {
        steps::doing(&self.operation)
    }

    pub fn took_s(&self) -> f64 {
        self.to_s - self.from_s
    }
}

/// A launch that found no capacity in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FellThrough {
    pub address: Address,
    pub instance_type: String,
    pub zone: String,
    /// The service's code, or its words where it gave none.
    pub code: String,
}

/// What happened, in the order of time.
#[derive(Debug)]
pub struct Recording {
    start: Instant,
    spans: BTreeMap<OperationId, Span>,
    arrivals: BTreeMap<Address, f64>,
    fell_through: Vec<FellThrough>,
    ended_s: f64,
}

impl Default for Recording {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            spans: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            fell_through: Vec::new(),
            ended_s: 0.0,
        }
    }
}

impl Recording {
    /// Every step that was started.
    pub fn spans(&self) -> impl Iterator<Item = &Span> {
        self.spans.values()
    }

    /// When each seat was seen running, in seconds.
    pub fn arrivals(&self) -> &BTreeMap<Address, f64> {
        &self.arrivals
    }

    pub fn first_seat_s(&self) -> Option<f64> {
        self.arrivals.values().copied().reduce(f64::min)
    }

    pub fn last_seat_s(&self) -> Option<f64> {
        self.arrivals.values().copied().reduce(f64::max)
    }

    pub fn fell_through(&self) -> &[FellThrough] {
        &self.fell_through
    }

    /// When all was over.
    pub fn ended_s(&self) -> f64 {
        self.ended_s
    }

    /// The steps that the last seat waited for, one after the other; of a run without seats, those that its end did.
    pub fn critical_path(&self) -> Vec<&Span> {
        let mut path = Vec::new();
        let mut seen = BTreeSet::new();
        let mut at = self.last();
        while let Some(span) = at {
            if !seen.insert(span.operation.id) {
                break;
            }
            path.push(span);
            // It started when the last of those that it waited for was over.
            let before = span.operation.needs.union(&span.operation.follows);
            at = before.filter_map(|id| self.spans.get(id)).reduce(later);
        }
        path.reverse();
        path
    }

    fn last(&self) -> Option<&Span> {
        let brought =
            |span: &&Span| matches!(span.operation.step, crate::plan::Step::AwaitRunning(_)) && span.end == End::Done;
        self.spans.values().filter(brought).reduce(later).or_else(|| self.spans.values().reduce(later))
    }

    fn now(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    fn end(&mut self, operation: &Operation, end: End) {
        let now = self.now();
        if let Some(span) = self.spans.get_mut(&operation.id) {
            (span.to_s, span.end) = (now, end);
        }
    }
}

fn later<'a>(one: &'a Span, other: &'a Span) -> &'a Span {
    if other.to_s > one.to_s { other } else { one }
}

impl Listener for Recording {
    fn on_event(&mut self, event: &Event<'_>) {
        let now = self.now();
        match event {
            Event::Began { .. } => self.start = Instant::now(),
            Event::Started { operation } => {
                let span = Span { operation: (*operation).clone(), from_s: now, to_s: now, end: End::Open };
                self.spans.insert(operation.id, span);
            }
            Event::FellThrough { operation, instance_type, zone, error } => self.fell_through.push(FellThrough {
                address: operation.address.clone(),
                instance_type: (*instance_type).to_owned(),
                zone: (*zone).to_owned(),
                code: error.code.clone().unwrap_or_else(|| error.message.clone()),
            }),
            Event::Arrived { seats, .. } => self.arrivals.extend(seats.iter().map(|seat| (seat.clone(), now))),
            Event::Succeeded { operation, .. } => self.end(operation, End::Done),
            Event::Failed { operation, .. } => self.end(operation, End::Failed),
            Event::Ended => {
                self.ended_s = now;
                for span in self.spans.values_mut().filter(|span| span.end == End::Open) {
                    span.to_s = now;
                }
            }
            Event::Launched { .. } | Event::Skipped { .. } | Event::Interrupted { .. } => {}
        }
    }
}
