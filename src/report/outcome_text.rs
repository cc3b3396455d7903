//! What came of an apply, as people read it: what was done, what failed, and what to do about it.

use std::collections::BTreeMap;

use super::palette::{BAD, CAUTION, GOOD, HINT, STRONG};
use super::status::SeatStatus;
use super::status_text::seat_table;
use super::text::Line;
use super::words;
use crate::apply::Outcome;

/// More seats than this are listed by `status` only.
const MOST_SEATS: usize = 40;
/// More of what was skipped for one and the same reason is counted only.
const MOST_SKIPPED: usize = 3;

/// The outcome, kept within `width` columns. `launched` are the seats that this run brought up, as they are now.
pub fn outcome_text(outcome: &Outcome, launched: &[SeatStatus], width: usize) -> String {
    let mut out = String::new();
    if !launched.is_empty() {
        seat_table(&launched[..launched.len().min(MOST_SEATS)], width, &mut out);
        if launched.len() > MOST_SEATS {
            let more = format!("… and {} more: closedset status lists them.", launched.len() - MOST_SEATS);
            Line::new(0).plain(more).write(width, &mut out);
        }
        out.push('\n');
    }
    failures(outcome, width, &mut out);
    skipped(outcome, width, &mut out);
    conclusion(outcome, width, &mut out);
    out
}

/// Failures, alike ones together.
fn failures(outcome: &Outcome, width: usize, out: &mut String) {
    let mut alike: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for failure in &outcome.failed {
        // Request ids differ each time: alike is what has one code and one message.
        let words = crate::cloud::CloudError { request_id: None, ..failure.error.clone() }.to_string();
        alike.entry((failure.step, words)).or_default().push(failure.address.to_string());
    }
    for ((step, words), mut addresses) in alike {
        addresses.sort();
        addresses.dedup();
        Line::new(0)
            .styled(BAD, "failed: ")
            .plain(format!("{} {}: {words}", step.replace('_', " "), names(&addresses)))
            .write(width, out);
        let same = |failure: &&crate::apply::Failure| {
            failure.step == step && Some(failure.address.as_str()) == addresses.first().map(String::as_str)
        };
        let error = outcome.failed.iter().find(same).map(|failure| &failure.error);
        if let Some(hint) = error.and_then(crate::cloud::CloudError::hint) {
            Line::new(2).styled(HINT, "hint: ").plain(hint).write(width, out);
        }
        if let Some(request) = error.and_then(|error| error.request_id.as_ref()) {
            Line::new(2).plain(format!("request {request}")).write(width, out);
        }
    }
}

fn skipped(outcome: &Outcome, width: usize, out: &mut String) {
    let mut alike: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for skipped in &outcome.skipped {
        alike.entry(&skipped.because).or_default().push(skipped.address.to_string());
    }
    for (because, mut addresses) in alike {
        addresses.sort();
        addresses.dedup();
        Line::new(0)
            .styled(CAUTION, "skipped: ")
            .plain(format!("{}, because {because}", names(&addresses)))
            .write(width, out);
    }
}

pub(super) fn names(addresses: &[String]) -> String {
    if addresses.len() <= MOST_SKIPPED + 1 {
        return words::list(addresses);
    }
    format!("{} and {} more", addresses[..MOST_SKIPPED].join(", "), addresses.len() - MOST_SKIPPED)
}

fn conclusion(outcome: &Outcome, width: usize, out: &mut String) {
    let done = format!("{} done", words::count(outcome.done, ("step", "steps")));
    if outcome.is_complete() {
        Line::new(0).styled(GOOD, "Done: ").plain(format!("{done}.")).write(width, out);
        return;
    }
    let title = if outcome.interrupted { "Interrupted: " } else { "Done in part: " };
    Line::new(0)
        .styled(STRONG, title)
        .plain(format!("{done}, {} failed, {} skipped.", outcome.failed.len(), outcome.skipped.len()))
        .write(width, out);
    Line::new(2)
        .styled(HINT, "hint: ")
        .plain("what was made stays and is found again: run the same command again to do the rest")
        .write(width, out);
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;

    use super::*;
    use crate::apply::{Failure, Skipped};
    use crate::cloud::{CloudError, ErrorClass};
    use crate::resource::{Address, Kind};

    fn launch_failed(pool: &str, request: &str) -> Failure {
        let message = "We currently do not have sufficient g6.4xlarge capacity.";
        Failure {
            address: Address::pool(pool),
            kind: Kind::Seat,
            step: "launch",
            error: CloudError {
                code: Some("InsufficientInstanceCapacity".to_owned()),
                request_id: Some(request.to_owned()),
                ..CloudError::new(ErrorClass::Capacity, "ec2", "RunInstances", message)
            },
        }
    }

    fn skipped(slot: u32) -> Skipped {
        Skipped {
            address: Address::seat("comp", slot),
            kind: Kind::Seat,
            step: "label",
            because: "workstation_pool.comp failed".to_owned(),
        }
    }

    #[test]
    fn what_failed_alike_is_told_once_with_what_to_do() {
        let outcome = Outcome {
            done: 31,
            failed: vec![launch_failed("comp", "r-1"), launch_failed("lighting", "r-2")],
            skipped: (1..=12).map(skipped).collect(),
            ..Outcome::default()
        };
        assert_snapshot!(strip_str(&outcome_text(&outcome, &[], 80)).to_string(), @r"
        failed: launch workstation_pool.comp and workstation_pool.lighting:
          ec2:RunInstances answered InsufficientInstanceCapacity: We currently do not
          have sufficient g6.4xlarge capacity.
          hint: add instance types or zones to the pool, or run again later: what was
            made stays
          request r-1
        skipped: workstation_pool.comp[001], workstation_pool.comp[002],
          workstation_pool.comp[003] and 9 more, because workstation_pool.comp failed
        Done in part: 31 steps done, 2 failed, 12 skipped.
          hint: what was made stays and is found again: run the same command again to do
            the rest
        ");
    }
}
