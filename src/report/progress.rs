//! What an apply is doing, while it does it: bars on a terminal, lines where there is none.

use std::collections::BTreeMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use super::palette::{BAD, CAUTION, FAINT};
use super::text::Line;
use super::{steps, words};
use crate::apply::{Event, Listener};
use crate::plan::{Operation, OperationId};
use crate::resource::{Address, Kind};

/// Lines are cut to no width: a log has none.
const LOG_WIDTH: usize = usize::MAX / 2;
/// How often bars are redrawn where nothing happens, so that the estimate runs down.
const TICK: Duration = Duration::from_millis(200);

/// A line for each thing that happens, with the seconds since the start; for pipes and CI.
pub struct Lines<'a> {
    print: Box<dyn FnMut(&str) + 'a>,
    start: Instant,
}

impl<'a> Lines<'a> {
    /// Hands each line, with its end, to `print`.
    pub fn new(print: impl FnMut(&str) + 'a) -> Self {
        Self { print: Box::new(print), start: Instant::now() }
    }

    fn line(&mut self, line: impl FnOnce(Line) -> Line) {
        let at = Line::new(0).styled(FAINT, format!("{:8.1} s", self.start.elapsed().as_secs_f64())).plain("  ");
        let mut out = String::new();
        line(at).write(LOG_WIDTH, &mut out);
        (self.print)(&out);
    }
}

impl Listener for Lines<'_> {
    fn on_event(&mut self, event: &Event<'_>) {
        match event {
            Event::Began { .. } => self.start = Instant::now(),
            Event::Succeeded { operation, id, .. } => {
                if let Some(done) = steps::done(operation) {
                    let id = id.map(|id| format!(" ({id})")).unwrap_or_default();
                    self.line(|line| line.plain(format!("{done}{id}")));
                }
            }
            Event::Failed { operation, error } => {
                self.line(|line| line.styled(BAD, "failed: ").plain(format!("{}: {error}", steps::doing(operation))));
            }
            other => {
                if let Some(news) = news(other) {
                    self.line(|line| line.styled(CAUTION, news.mark).plain(news.words));
                }
            }
        }
    }
}

/// What is told in the same words on a terminal and in a log.
struct News {
    mark: &'static str,
    words: String,
}

fn news(event: &Event<'_>) -> Option<News> {
    Some(match event {
        Event::Launched { operation, seats, instance_type, zone } => News {
            mark: "",
            words: format!(
                "launched {} of {} in {zone} as {instance_type}",
                words::count_of(seats.len(), Kind::Seat),
                operation.address
            ),
        },
        Event::FellThrough { operation, instance_type, zone, error } => News {
            mark: "no capacity: ",
            words: format!(
                "{} found no {instance_type} in {zone} ({}); the next type or zone is tried",
                operation.address,
                error.code.as_deref().unwrap_or(&error.message)
            ),
        },
        Event::Skipped { operation, because } => {
            News { mark: "skipped: ", words: format!("{}, because {because}", steps::doing(operation)) }
        }
        Event::Interrupted { times: 1 } => News {
            mark: "interrupted: ",
            words: "finishing what is in flight; press Ctrl-C again to drop it".to_owned(),
        },
        Event::Interrupted { .. } => {
            News { mark: "interrupted: ", words: "dropping what is in flight; the next run takes it up".to_owned() }
        }
        _ => return None,
    })
}

/// A bar for each kind, and under them what everything waits for; for terminals.
pub struct Bars {
    all: MultiProgress,
    kinds: BTreeMap<Kind, ProgressBar>,
    foot: ProgressBar,
    in_flight: BTreeMap<OperationId, InFlight>,
    /// Seats of a step that arrived before the rest of it.
    arrived: BTreeMap<OperationId, u64>,
    failed: u64,
}

struct InFlight {
    operation: Operation,
    since: Instant,
}

impl Bars {
    /// Draws to the given target, which is the terminal, or a screen in memory.
    pub fn new(target: ProgressDrawTarget) -> Self {
        let all = MultiProgress::with_draw_target(target);
        let foot = all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}  {elapsed:.dim}") {
            foot.set_style(style);
        }
        Self { all, kinds: BTreeMap::new(), foot, in_flight: BTreeMap::new(), arrived: BTreeMap::new(), failed: 0 }
    }

    fn begin<'a>(&mut self, operations: impl Iterator<Item = &'a Operation>) {
        let mut totals: BTreeMap<Kind, u64> = BTreeMap::new();
        for operation in operations {
            *totals.entry(operation.kind).or_default() += steps::weight(&operation.step);
        }
        totals.retain(|_, total| *total > 0);
        let widest = totals.keys().map(|kind| kind.words().1.len()).max().unwrap_or(0);
        for (kind, total) in totals {
            let bar = self.all.insert_before(&self.foot, ProgressBar::new(total));
            let template =
                format!("  {{prefix:{widest}}}  {{bar:24.green/dim}} {{pos:>4}} of {{len:4}} {{wide_msg:.dim}}");
            if let Ok(style) = ProgressStyle::with_template(&template) {
                bar.set_style(style.progress_chars("━━─"));
            }
            bar.set_prefix(kind.words().1);
            bar.tick();
            self.kinds.insert(kind, bar);
        }
        self.foot.enable_steady_tick(TICK);
    }

    fn advance(&self, kind: Kind, by: u64) {
        if let Some(bar) = self.kinds.get(&kind) {
            bar.inc(by);
        }
    }

    /// Above the bars, to stay.
    fn say(&self, news: News) {
        let mut out = String::new();
        Line::new(0).styled(CAUTION, news.mark).plain(news.words).write(LOG_WIDTH, &mut out);
        // A terminal that went away is no reason to stop.
        let _ = self.all.println(out.trim_end());
    }

    /// Names what the end hangs on: of all that is under way, the step with the longest rest before it.
    fn redraw(&self) {
        let rest = |one: &InFlight| one.operation.remaining_s - one.since.elapsed().as_secs_f64();
        let longest = self.in_flight.values().max_by(|a, b| rest(a).total_cmp(&rest(b)));
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(" · {failed} failed"),
        };
        match longest {
            Some(one) => {
                let left = rest(one).max(1.0);
                self.foot.set_message(format!(
                    "{} · about {} left{failed}",
                    steps::doing(&one.operation),
                    words::seconds(left)
                ));
            }
            None => self.foot.set_message(failed.trim_start_matches(" · ").to_owned()),
        }
        for (kind, bar) in &self.kinds {
            let now: Vec<&InFlight> = self.in_flight.values().filter(|one| one.operation.kind == *kind).collect();
            bar.set_message(match now.as_slice() {
                [] => String::new(),
                [one] => steps::doing(&one.operation),
                several => format!("{} under way", several.len()),
            });
        }
    }

    fn seats_arrived(&mut self, operation: &Operation, seats: &[Address]) {
        let seats = seats.len() as u64;
        let known = self.arrived.entry(operation.id).or_default();
        let more = seats.min(steps::weight(&operation.step).saturating_sub(*known));
        *known += more;
        self.advance(operation.kind, more);
    }

    fn succeeded(&mut self, operation: &Operation) {
        self.in_flight.remove(&operation.id);
        let known = self.arrived.remove(&operation.id).unwrap_or(0);
        self.advance(operation.kind, steps::weight(&operation.step).saturating_sub(known));
    }
}

impl Listener for Bars {
    fn on_event(&mut self, event: &Event<'_>) {
        match event {
            Event::Began { operations } => self.begin(operations.iter()),
            Event::Started { operation } => {
                let in_flight = InFlight { operation: (*operation).clone(), since: Instant::now() };
                self.in_flight.insert(operation.id, in_flight);
            }
            Event::Arrived { operation, seats } => self.seats_arrived(operation, seats),
            Event::Succeeded { operation, .. } => self.succeeded(operation),
            Event::Failed { operation, error } => {
                self.in_flight.remove(&operation.id);
                self.failed += 1;
                self.say(News { mark: "failed: ", words: format!("{}: {error}", steps::doing(operation)) });
            }
            Event::Skipped { operation, .. } => {
                self.in_flight.remove(&operation.id);
            }
            Event::Launched { .. } => {}
            Event::FellThrough { .. } | Event::Interrupted { .. } => {
                if let Some(news) = news(event) {
                    self.say(news);
                }
            }
            Event::Ended => {
                for bar in self.kinds.values() {
                    bar.finish_and_clear();
                }
                self.foot.finish_and_clear();
                return;
            }
        }
        self.redraw();
    }
}
