//! The status as people read it.

use std::collections::{BTreeMap, BTreeSet};

use super::outcome_text::names;
use super::palette::{BAD, CAUTION, DRIFT, GOOD, PLAIN, STRONG};
use super::plan_text::unreadable_line;
use super::recovery_text::folded;
use super::status::{SeatStatus, StatusReport, Totals};
use super::text::{Line, Table};
use super::words;
use crate::recovery::ended::{KnownFrom, Wrapped};
use crate::resource::{Address, Age, Kind, Slot};

/// The whole status, kept within `width` columns.
pub fn status_text(status: &StatusReport, width: usize) -> String {
    let mut out = String::new();
    Line::new(0)
        .plain("Production ")
        .styled(STRONG, &status.production)
        .plain(format!(" in {}, account {}", status.region, status.account))
        .write(width, &mut out);
    if let Some(wrapped) = &status.wrapped {
        out.push('\n');
        wrap_lines(wrapped, width, &mut out);
    }
    // Of a production that was wrapped, nobody has to be told seat by seat that it is gone.
    let over = status.wrapped.as_ref().is_some_and(|wrapped| wrapped.complete);
    if !status.seats.is_empty() && !over {
        out.push('\n');
        seat_table(&status.seats, width, &mut out);
    }
    if !status.unreadable.is_empty() {
        out.push('\n');
        for unreadable in &status.unreadable {
            unreadable_line(unreadable).write(width, &mut out);
        }
    }
    let mut failed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for seat in &status.seats {
        if let Some(steps) = &seat.failed_steps {
            failed.entry(steps).or_default().push(seat.address.to_string());
        }
    }
    if !failed.is_empty() || status.readiness_unread.is_some() {
        out.push('\n');
    }
    for (steps, seats) in failed {
        Line::new(0).styled(BAD, "not ready: ").plain(format!("{}: {steps}", names(&seats))).write(width, &mut out);
    }
    if let Some(why) = &status.readiness_unread {
        let words = format!("whether seats are ready could not be read: {why}");
        Line::new(0).styled(CAUTION, "warning: ").plain(words).write(width, &mut out);
    }
    if !status.drift_fields.is_empty() {
        out.push('\n');
        drift_lines(&status.drift_fields, width, &mut out);
    }
    if !status.warnings.is_empty() {
        out.push('\n');
        for warning in &status.warnings {
            Line::new(0).styled(CAUTION, "warning: ").plain(warning).write(width, &mut out);
        }
    }
    out.push('\n');
    if over {
        let changes = words::count(status.changes, ("resource", "resources"));
        Line::new(0)
            .plain(format!("An apply would bring back {changes}: closedset plan shows them."))
            .write(width, &mut out);
        return out;
    }
    total_line(status.totals).write(width, &mut out);
    let here = status.seats.iter().filter_map(|seat| Some((&seat.address, seat.recovery_point.as_ref()?)));
    promise_line(here, "").into_iter().for_each(|line| line.write(width, &mut out));
    let regions: BTreeSet<&String> = status.seats.iter().flat_map(|seat| seat.copies.keys()).collect();
    for region in regions {
        let there = status.seats.iter().filter_map(|seat| Some((&seat.address, seat.copies.get(region)?)));
        promise_line(there, &format!(" in {region}")).into_iter().for_each(|line| line.write(width, &mut out));
    }
    let line = match status.changes {
        0 if !status.cut_off_restore.is_empty() => {
            Line::new(0).styled(CAUTION, "A restore was cut off, and no apply finishes it").plain(": see the warning.")
        }
        0 if status.unreadable.is_empty() => Line::new(0).styled(GOOD, "The live state is as the blueprint says."),
        0 => Line::new(0).styled(CAUTION, "The live state is as the blueprint says, as far as it could be read."),
        some => Line::new(0)
            .styled(
                CAUTION,
                format!("{} from the blueprint", words::count(some, ("resource differs", "resources differ"))),
            )
            .plain(": closedset plan shows how."),
    };
    line.write(width, &mut out);
    out
}

/// What was changed in the cloud, and what of it: alike seats in one line.
fn drift_lines(drift: &BTreeMap<Address, BTreeSet<String>>, width: usize, out: &mut String) {
    let mut alike: BTreeMap<(&str, &str, &BTreeSet<String>), BTreeSet<Slot>> = BTreeMap::new();
    let mut lines: BTreeMap<String, &BTreeSet<String>> = BTreeMap::new();
    for (address, paths) in drift {
        match address.slot() {
            Some((pool, slot)) => {
                let part = address.volume_name().unwrap_or_default();
                alike.entry((pool, part, paths)).or_default().insert(slot);
            }
            None => {
                lines.insert(address.to_string(), paths);
            }
        }
    }
    for ((pool, part, paths), slots) in alike {
        let part = if part.is_empty() { String::new() } else { format!(".{part}") };
        lines.insert(format!("workstation_pool.{pool}[{}]{part}", words::slots(&slots)), paths);
    }
    for (what, paths) in lines {
        let shown: Vec<&str> = paths.iter().take(MOST_PATHS).map(String::as_str).collect();
        let more = paths.len().saturating_sub(MOST_PATHS);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Line::new(0)
            .hanging(2)
            .styled(DRIFT, "drift: ")
            .plain(format!("{what}  {}{more}", shown.join(", ")))
            .write(width, out);
    }
}

fn wrap_lines(wrapped: &Wrapped, width: usize, out: &mut String) {
    let told = match wrapped.known_from {
        KnownFrom::LiveMarks => "",
        KnownFrom::Ledger => " (by the ledger of this machine: no key is left that could say so)",
    };
    let when = wrapped.when_and_who();
    let line = if wrapped.complete {
        Line::new(0)
            .styled(GOOD, "Wrapped")
            .plain(format!("{when}{told}: nothing is left but keys that no longer serve."))
    } else {
        let left = words::count(wrapped.left, ("resource is", "resources are"));
        Line::new(0)
            .styled(CAUTION, "A wrap was begun")
            .plain(format!("{when}, and {left} still there: closedset wrap goes on with it."))
    };
    line.write(width, out);
    for key in &wrapped.keys {
        let state = key.state.replace('_', " ");
        let ends = key.ends.as_ref().map(|ends| format!(", deleted on {ends}")).unwrap_or_default();
        Line::new(2).plain(format!("{} {state}{ends} ({})", key.address, key.id)).write(width, out);
    }
}

/// Seats, a line each.
pub fn seat_table(seats: &[SeatStatus], width: usize, out: &mut String) {
    let headings = [
        "SEAT", "STATE", "READY", "ADDRESS", "TYPE", "ZONE", "ARTIST", "DRIFT", "BACKUP", "IMAGE", "LAUNCHED",
        "INSTANCE",
    ];
    let mut table = Table::new(&headings);
    for seat in seats {
        let style = match seat.state.as_str() {
            "running" if seat.readiness.as_deref() == Some("failed") => BAD,
            "running" if seat.drift => DRIFT,
            "running" => PLAIN,
            "missing" | "failed" | "unknown" => BAD,
            _ => CAUTION,
        };
        let cell = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut cells = vec![
            format!("{}[{:03}]", seat.pool, seat.number),
            seat.state.clone(),
            ready(seat).to_owned(),
            cell(&seat.private_address),
            cell(&seat.instance_type),
            cell(&seat.zone),
            cell(&seat.artist),
            if seat.drift { "yes".to_owned() } else { String::new() },
            seat.recovery_point.as_ref().map_or_else(String::new, age_words),
        ];
        // A narrow terminal has room for who and where; the rest is in the JSON.
        if width >= WIDE {
            cells.extend([cell(&seat.image), cell(&seat.launched_at), cell(&seat.instance_id)]);
        }
        table.row(style, cells);
    }
    table.write(0, width, out);
}

/// Whether somebody can sit there, in a word.
fn ready(seat: &SeatStatus) -> &'static str {
    match seat.readiness.as_deref() {
        Some("ready") => "yes",
        Some("failed") => "no",
        Some("unheard") => "?",
        Some(_) => "not yet",
        None if seat.state == "running" => "?",
        None => "",
    }
}

/// `2.5 h`, `3 days, late`, `never`.
fn age_words(age: &Age) -> String {
    let late = if age.in_time == Some(false) { ", late" } else { "" };
    if age.newest.is_none() { age.to_string() } else { format!("{age}{late}") }
}

/// Whether what was promised of recovery points is kept, here or in another region; none where nothing was.
fn promise_line<'a>(seats: impl Iterator<Item = (&'a Address, &'a Age)>, place: &str) -> Option<Line> {
    let promised: Vec<(&Address, bool)> = seats.filter_map(|(seat, age)| Some((seat, age.in_time?))).collect();
    let late: Vec<&Address> = promised.iter().filter(|(_, in_time)| !in_time).map(|(seat, _)| *seat).collect();
    let kept = promised.len() - late.len();
    if promised.is_empty() {
        return None;
    }
    let line = Line::new(0).styled(
        if late.is_empty() { GOOD } else { BAD },
        format!("{kept} of {}", words::count_of(promised.len(), Kind::Seat)),
    );
    let line = line.plain(format!(" could be restored{place} within the promised loss of work"));
    Some(if late.is_empty() {
        line.plain(".")
    } else {
        line.plain(format!("; not {}: closedset backup now takes a recovery point.", words::list(&folded(late))))
    })
}

/// More fields of one thing that drifted are counted only; the JSON names all.
const MOST_PATHS: usize = 8;

/// From here on there is room for all columns.
const WIDE: usize = 140;

fn total_line(totals: Totals) -> Line {
    let mut line = Line::new(0)
        .styled(STRONG, words::count_of(totals.wanted, Kind::Seat))
        .plain(" wanted, ")
        .styled(if totals.running >= totals.wanted { GOOD } else { CAUTION }, format!("{} running", totals.running))
        .plain(format!(", {} ready", totals.ready));
    for (number, what, style) in [
        (totals.other, "in another state", CAUTION),
        (totals.missing, "missing", BAD),
        (totals.unknown, "that could not be read", BAD),
    ] {
        if number > 0 {
            line = line.plain(", ").styled(style, format!("{number} {what}"));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    #[test]
    fn what_drifted_is_named_and_alike_seats_are_one_line() {
        let paths = |all: &[&str]| all.iter().map(|path| (*path).to_owned()).collect::<BTreeSet<String>>();
        let mut drift: BTreeMap<Address, BTreeSet<String>> =
            (1..=3).map(|slot| (Address::seat("comp", slot), paths(&["inside.clipboard"]))).collect();
        drift.insert(Address::seat("comp", 7), paths(&["metadata_hop_limit"]));
        drift.insert(Address::volume("comp", 7, "cache"), paths(&["encrypted"]));
        let many: Vec<String> = (1..=10).map(|number| format!("rules.r{number:02}")).collect();
        drift.insert(
            Address::from("network.main.workstations"),
            paths(&many.iter().map(String::as_str).collect::<Vec<_>>()),
        );
        let mut out = String::new();
        drift_lines(&drift, 120, &mut out);
        assert_eq!(
            strip_str(&out).to_string(),
            "drift: network.main.workstations  rules.r01, rules.r02, rules.r03, rules.r04, rules.r05, rules.r06, rules.r07, \
             rules.r08\n  and 2 more\n\
             drift: workstation_pool.comp[001-003]  inside.clipboard\n\
             drift: workstation_pool.comp[007]  metadata_hop_limit\n\
             drift: workstation_pool.comp[007].cache  encrypted\n"
        );
    }
}
