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
        Event::Launched { operation, seats, instance_type, zone, .. } => News {
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
            Event::Arrived { operation, seats, .. } => self.seats_arrived(operation, seats),
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use anstream::adapter::strip_str;
    use indicatif::TermLike;
    use insta::assert_snapshot;

    use super::*;
    use crate::cloud::{CloudError, ErrorClass};
    use crate::plan::Step;

    fn step(id: OperationId, address: &str, kind: Kind, step: Step, remaining_s: f64) -> Operation {
        let (needs, follows) = (BTreeSet::new(), BTreeSet::new());
        Operation { id, address: Address::new(address), kind, step, needs, follows, remaining_s }
    }

    fn network() -> Operation {
        step(0, "network.main", Kind::Vpc, Step::Create, 96.0)
    }

    fn seats() -> Operation {
        let all = (1..=12).map(|slot| Address::seat("comp", slot)).collect();
        step(1, "workstation_pool.comp", Kind::Seat, Step::AwaitRunning(all), 17.0)
    }

    fn denied() -> CloudError {
        CloudError::new(ErrorClass::Denied, "ec2", "CreateVpc", "not allowed")
    }

    #[tokio::test(start_paused = true)]
    async fn a_log_gets_a_line_for_what_happened() {
        let mut log = String::new();
        {
            let mut lines = Lines::new(|line| log.push_str(&strip_str(line).to_string()));
            let (network, seats) = (network(), seats());
            lines.on_event(&Event::Started { operation: &network });
            tokio::time::advance(Duration::from_millis(1_260)).await;
            lines.on_event(&Event::Succeeded {
                operation: &network,
                took: Duration::ZERO,
                id: Some("vpc-1"),
                requests: &[],
            });
            let launched = [(Address::seat("comp", 1), "i-1".to_owned())];
            lines.on_event(&Event::Launched {
                operation: &seats,
                seats: &launched,
                instance_type: "g6.4xlarge",
                zone: "us-west-2a",
                requests: &[],
            });
            tokio::time::advance(Duration::from_secs(17)).await;
            lines.on_event(&Event::Interrupted { times: 1 });
            lines.on_event(&Event::Failed { operation: &network, error: &denied() });
            lines.on_event(&Event::Skipped { operation: &seats, because: "network.main failed" });
        }
        assert_snapshot!(log, @r"
         1.3 s  created network.main (vpc-1)
         1.3 s  launched 1 seat of workstation_pool.comp in us-west-2a as g6.4xlarge
        18.3 s  interrupted: finishing what is in flight; press Ctrl-C again to drop it
        18.3 s  failed: creating network.main: ec2:CreateVpc failed: not allowed
        ");
    }

    /// Remembers what is written, wherever on the screen it goes.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl Screen {
        fn written(&self) -> String {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
        }
    }

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            100
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push_str(&strip_str(text).to_string());
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_terminal_shows_kinds_and_what_everything_waits_for() {
        let screen = Screen::default();
        let mut bars = Bars::new(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        let (network, seats) = (network(), seats());
        bars.begin([&network, &seats].into_iter());
        bars.on_event(&Event::Started { operation: &network });
        bars.on_event(&Event::Succeeded { operation: &network, took: Duration::ZERO, id: None, requests: &[] });
        bars.on_event(&Event::Started { operation: &seats });
        let arrived = [Address::seat("comp", 1), Address::seat("comp", 2)];
        bars.on_event(&Event::Arrived { operation: &seats, seats: &arrived, volumes: &[] });
        bars.kinds.values().for_each(ProgressBar::tick);
        bars.foot.tick();
        let shown = screen.written();
        assert!(shown.contains("networks") && shown.contains("1 of 1"), "{shown}");
        assert!(shown.contains("seats") && shown.contains("2 of 12"), "{shown}");
        assert!(shown.contains("waiting for 12 seats of workstation_pool.comp to run · about 17 s left"), "{shown}");
        bars.on_event(&Event::Ended);
        assert!(bars.foot.is_finished() && bars.kinds.values().all(ProgressBar::is_finished));
    }
}
