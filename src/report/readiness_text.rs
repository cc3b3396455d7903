//! Whether the seats that an apply brought up are ready, as people read it.

use std::collections::BTreeMap;

use super::outcome_text::names;
use super::palette::{BAD, CAUTION, GOOD, HINT};
use super::text::Line;
use super::words;
use crate::apply::Awaited;
use crate::resource::Kind;

/// What is said before the waiting.
pub fn waiting(seats: usize) -> String {
    format!("waiting until {} {} ready", words::count_of(seats, Kind::Seat), if seats == 1 { "is" } else { "are" })
}

/// What is said while some are settled and others aren't.
pub fn so_far(awaited: &Awaited, seats: usize) -> String {
    let unready = awaited.settled() - awaited.ready.len();
    let also = if unready > 0 { format!(", {unready} not") } else { String::new() };
    format!("{} of {} ready{also}", awaited.ready.len(), words::count_of(seats, Kind::Seat))
}

/// What came of it, kept within `width` columns; nothing where nothing was waited for.
pub fn awaited_text(awaited: &Awaited, width: usize) -> String {
    let mut out = String::new();
    let mut alike: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (seat, why) in &awaited.failed {
        alike.entry(why).or_default().push(seat.to_string());
    }
    for (why, seats) in &alike {
        Line::new(0).styled(BAD, "not ready: ").plain(format!("{}: {why}", names(seats))).write(width, &mut out);
    }
    if !alike.is_empty() {
        hint(
            "bootstrap.log on the seat, or in its pool's log group, has the rest: mend the image or the template",
            width,
            &mut out,
        );
    }
    let all = |seats: &std::collections::BTreeSet<crate::resource::Address>| -> Vec<String> {
        seats.iter().map(ToString::to_string).collect()
    };
    if !awaited.silent.is_empty() {
        let words = format!("{} said nothing in 15 minutes", names(&all(&awaited.silent)));
        Line::new(0).styled(BAD, "not ready: ").plain(words).write(width, &mut out);
        hint(
            "the image needs the AWS CLI, on Windows the AWS Tools for PowerShell, and what starts user data",
            width,
            &mut out,
        );
    }
    if !awaited.late.is_empty() {
        let words = format!("{} still not set up after an hour", names(&all(&awaited.late)));
        Line::new(0).styled(BAD, "not ready: ").plain(words).write(width, &mut out);
        hint("closedset status shows when that changes", width, &mut out);
    }
    if !awaited.unheard.is_empty() {
        let words = format!("{} can't say so: the network has no endpoint for ssm", names(&all(&awaited.unheard)));
        Line::new(0).styled(CAUTION, "not known to be ready: ").plain(words).write(width, &mut out);
        hint("add \"ssm\" to the network's endpoints", width, &mut out);
    }
    if let Some(error) = &awaited.unreadable {
        let words = format!("whether the seats are ready could not be read: {error}");
        Line::new(0).styled(CAUTION, "warning: ").plain(words).write(width, &mut out);
        if let Some(words) = error.hint() {
            hint(&words, width, &mut out);
        }
    }
    if !awaited.ready.is_empty() {
        let ready = words::count_of(awaited.ready.len(), Kind::Seat);
        Line::new(0).styled(GOOD, "Ready: ").plain(format!("{ready}.")).write(width, &mut out);
    }
    out
}

fn hint(words: &str, width: usize, out: &mut String) {
    Line::new(2).styled(HINT, "hint: ").plain(words).write(width, out);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use anstream::adapter::strip_str;
    use insta::assert_snapshot;

    use super::*;
    use crate::resource::Address;

    fn seats(numbers: std::ops::RangeInclusive<u32>) -> BTreeSet<Address> {
        numbers.map(|number| Address::seat("comp", number)).collect()
    }

    #[test]
    fn what_is_not_ready_says_why_and_what_to_do() {
        let gpu = "gpu: the GPU of p9.48xlarge is not known".to_owned();
        let awaited = Awaited {
            ready: seats(1..=20),
            failed: seats(21..=22).into_iter().map(|seat| (seat, gpu.clone())).collect(),
            silent: seats(23..=23),
            late: seats(24..=24),
            unheard: seats(25..=30),
            ..Awaited::default()
        };
        assert_eq!(so_far(&awaited, 24), "20 of 24 seats ready, 4 not");
        assert_snapshot!(strip_str(&awaited_text(&awaited, 80)).to_string());
    }

    #[test]
    fn nothing_waited_for_is_nothing_said() {
        assert_eq!(awaited_text(&Awaited::default(), 80), "");
        assert_eq!(waiting(1), "waiting until 1 seat is ready");
    }
}
