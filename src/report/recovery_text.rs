//! Backups and restores as people read them.

use std::collections::{BTreeMap, BTreeSet};

use super::palette::{BAD, CAUTION, FAINT, GOOD, PLAIN, STRONG};
use super::text::{Line, Table};
use super::words;
use crate::recovery::{BackupPlan, Points, Prediction, Restoration, Standing, State, Unverified};
use crate::resource::{Address, Kind, Slot};

/// More lines of one sort than this are counted only.
const MOST: usize = 12;

/// Seats with their numbers folded, a pool each: `workstation_pool.comp[001-024]`.
pub fn folded<'a>(seats: impl IntoIterator<Item = &'a Address>) -> Vec<String> {
    let mut pools: BTreeMap<&str, BTreeSet<Slot>> = BTreeMap::new();
    for (pool, slot) in seats.into_iter().filter_map(Address::slot) {
        pools.entry(pool).or_default().insert(slot);
    }
    pools.into_iter().map(|(pool, slots)| format!("workstation_pool.{pool}[{}]", words::slots(&slots))).collect()
}

/// Places with the seats among them folded, and before the others.
pub fn folded_places(places: &[&str]) -> Vec<String> {
    let (mut seats, mut others) = (BTreeSet::new(), Vec::new());
    for place in places {
        let address = Address::new(*place);
        if address.slot().is_some() && address.owning_seat().as_ref() == Some(&address) {
            seats.insert(address);
        } else {
            others.push((*place).to_owned());
        }
    }
    folded(&seats).into_iter().chain(others).collect()
}

/// What a backup is about to take.
pub fn backup_plan_text(plan: &BackupPlan, width: usize) -> String {
    let mut out = String::new();
    let open = plan.open().count();
    let mut alike: BTreeMap<(Vec<String>, &str), Vec<&Address>> = BTreeMap::new();
    for one in plan.open() {
        let volumes = one.volumes.iter().map(|volume| format!("{} ({} GiB)", volume.name, volume.size_gib)).collect();
        alike.entry((volumes, &one.until)).or_default().push(&one.seat);
    }
    if plan.taken_up {
        let done = plan.seats.len() - open;
        Line::new(0)
            .styled(CAUTION, "note: ")
            .plain(format!(
                "The run of {} was cut off: {done} of {} have their recovery point, and the rest follows now.",
                plan.run.begun,
                words::count_of(plan.seats.len(), Kind::Seat)
            ))
            .write(width, &mut out);
    }
    if open > 0 {
        Line::new(0)
            .plain("A recovery point of ")
            .styled(STRONG, words::count_of(open, Kind::Seat))
            .plain(", as after a power cut; artists can go on working:")
            .write(width, &mut out);
    }
    for ((volumes, until), seats) in alike {
        Line::new(2)
            .styled(GOOD, "+ ")
            .plain(format!("{}: {}", words::list(&folded(seats)), words::list(&volumes)))
            .styled(FAINT, format!("  kept until {until}"))
            .write(width, &mut out);
    }
    let pending = plan.open().filter(|one| matches!(one.state, State::Pending(_))).count();
    if pending > 0 {
        Line::new(2).plain(format!("{pending} of them are on their way already.")).write(width, &mut out);
    }
    if !plan.expired.is_empty() {
        let seats: BTreeSet<&Address> = plan.expired.iter().map(|one| &one.seat).collect();
        Line::new(2)
            .styled(BAD, "- ")
            .plain(format!(
                "{} of {}, kept as long as was said",
                words::count(plan.expired.len(), ("recovery point", "recovery points")),
                words::list(&folded(seats))
            ))
            .write(width, &mut out);
    }
    for (region, days) in &plan.copies {
        Line::new(2)
            .plain(format!("Copies go to {region}, under a key of its own there"))
            .styled(FAINT, format!("  kept {}", words::count(*days as usize, ("day", "days"))))
            .write(width, &mut out);
    }
    left_out(plan, width, &mut out);
    out
}

fn left_out(plan: &BackupPlan, width: usize, out: &mut String) {
    let mut alike: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for one in &plan.left_out {
        alike.entry(&one.because).or_default().push(one.address.to_string());
    }
    for (because, addresses) in alike {
        let shown = words::list(&addresses[..addresses.len().min(MOST)]);
        let more = addresses.len().saturating_sub(MOST);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        Line::new(0).styled(CAUTION, "left out: ").plain(format!("{shown}{more}, because {because}")).write(width, out);
    }
}

/// Which of a run's seats can be restored now: here, or in the region that copies went to.
pub fn backup_outcome_text(plan: &BackupPlan, points: &Points, region: Option<&str>, width: usize) -> String {
    let mut out = String::new();
    let standing = |seat: &Address| {
        let point = points.of_seat(seat).iter().find(|point| point.run == plan.run);
        point.map(crate::recovery::RecoveryPoint::standing)
    };
    let concerned: Vec<&Address> = plan
        .seats
        .iter()
        .filter(|one| region.is_none_or(|region| one.is_copied_to(region)))
        .map(|one| &one.seat)
        .collect();
    let usable = concerned.iter().filter(|seat| standing(seat) == Some(Standing::Usable)).count();
    let all = concerned.len();
    let place = region.map_or_else(String::new, |region| format!(" in {region}"));
    Line::new(0)
        .styled(if usable == all { GOOD } else { CAUTION }, format!("{usable} of {}", words::count_of(all, Kind::Seat)))
        .plain(format!(" can be restored{place} as of {}.", plan.run.begun))
        .write(width, &mut out);
    for (wanted, style, what) in [
        (Some(Standing::Pending), CAUTION, "still on their way; they go on by themselves"),
        (Some(Standing::Broken), BAD, "failed: run again"),
        (None, BAD, "not taken: run again"),
    ] {
        let seats = folded(concerned.iter().copied().filter(|seat| standing(seat) == wanted));
        if !seats.is_empty() {
            Line::new(2).plain(words::list(&seats)).plain(" ").styled(style, what).write(width, &mut out);
        }
    }
    out
}

/// Which recovery point each seat comes from, what is lost, and how long it takes.
pub fn restore_text(restoration: &Restoration, prediction: &Prediction, width: usize) -> String {
    let mut out = String::new();
    let (volumes, gib) = restoration.extent();
    Line::new(0)
        .plain("Restores ")
        .styled(STRONG, words::count(volumes, ("volume", "volumes")))
        .plain(format!(" of {}, {gib} GiB:", words::count_of(restoration.seats.len(), Kind::Seat)))
        .write(width, &mut out);
    let mut table = Table::new(&["SEAT", "AS OF", "WORK LOST", "VOLUMES", "FROM"]);
    let shown = if restoration.seats.len() > MOST { MOST - 1 } else { MOST };
    for one in restoration.seats.iter().take(shown) {
        let broken = one.rpo_hours.is_some_and(|hours| one.lost_s > i64::from(hours) * 3600);
        let names: Vec<&str> = one.volumes.iter().filter_map(|volume| volume.address.volume_name()).collect();
        let snapshots: Vec<&str> = one.volumes.iter().map(|volume| volume.snapshot.as_str()).collect();
        let launched = if one.launched { "launched, then " } else { "" };
        table.row(
            if broken { CAUTION } else { PLAIN },
            vec![
                one.seat.as_str().trim_start_matches("workstation_pool.").to_owned(),
                one.taken.clone(),
                words::duration(std::time::Duration::from_secs(one.lost_s.unsigned_abs())),
                format!("{launched}{}", names.join(", ")),
                snapshots.join(", "),
            ],
        );
    }
    table.write(2, width, &mut out);
    if restoration.seats.len() > shown {
        let more = restoration.seats.len() - shown;
        Line::new(2).plain(format!("… and {more} more: --json lists them.")).write(width, &mut out);
    }
    for one in restoration.seats.iter().filter(|one| !one.left_alone.is_empty()).take(MOST) {
        Line::new(0)
            .styled(CAUTION, "left as it is: ")
            .plain(format!(
                "{} of {}, which the recovery point and the blueprint don't both have",
                one.left_alone.join(", "),
                one.seat
            ))
            .write(width, &mut out);
    }
    let without = folded(&restoration.without);
    if !without.is_empty() {
        Line::new(0).styled(BAD, "no recovery point: ").plain(words::list(&without)).write(width, &mut out);
    }
    promises(restoration, prediction, width, &mut out);
    out
}

fn promises(restoration: &Restoration, prediction: &Prediction, width: usize, out: &mut String) {
    let lost = std::time::Duration::from_secs(restoration.lost_s().unsigned_abs());
    let rpo = restoration.seats.iter().filter_map(|one| one.rpo_hours).min();
    let kept = rpo.is_none_or(|hours| restoration.lost_s() <= i64::from(hours) * 3600);
    let promise = rpo.map_or_else(String::new, |hours| format!(", of {hours} h promised"));
    Line::new(0)
        .plain("Work lost (RPO): ")
        .styled(if kept { PLAIN } else { BAD }, format!("{} at most{promise}", words::duration(lost)))
        .write(width, out);
    let rto = restoration.seats.iter().filter_map(|one| one.rto_minutes).min();
    let kept = rto.is_none_or(|minutes| prediction.seconds <= f64::from(minutes) * 60.0);
    let promise = rto.map_or_else(String::new, |minutes| format!(", of {minutes} min promised"));
    Line::new(0)
        .plain("Back at work (RTO): ")
        .styled(if kept { PLAIN } else { BAD }, format!("about {}{promise}", words::seconds(prediction.seconds)))
        .write(width, out);
    for term in &prediction.terms {
        Line::new(2)
            .plain(format!("{:>10}  {}", words::seconds(term.seconds), term.name))
            .styled(FAINT, format!("  {}", term.because))
            .hanging(14)
            .write(width, out);
    }
    if prediction.fill_s > 0.0 {
        Line::new(2)
            .styled(
                FAINT,
                format!(
                    "Volumes are read from their snapshots on first use, and slower until then; filling them at the most that a \
                     region fills would take {}.",
                    words::seconds(prediction.fill_s)
                ),
            )
            .write(width, out);
    }
}

/// What a restore came to: whether all is as it was to be, and the two measures.
pub fn restored_text(restoration: &Restoration, unverified: &[Unverified], took_s: f64, width: usize) -> String {
    let mut out = String::new();
    if unverified.is_empty() {
        Line::new(0)
            .styled(GOOD, "Verified: ")
            .plain(format!(
                "{} running, and every volume comes from the recovery point named.",
                words::count_of(restoration.seats.len(), Kind::Seat)
            ))
            .write(width, &mut out);
    }
    for one in unverified.iter().take(MOST) {
        Line::new(0)
            .styled(BAD, "not verified: ")
            .plain(format!("{}: {}", one.address, one.words))
            .write(width, &mut out);
    }
    if unverified.len() > MOST {
        Line::new(0).plain(format!("… and {} more.", unverified.len() - MOST)).write(width, &mut out);
    }
    let lost = std::time::Duration::from_secs(restoration.lost_s().unsigned_abs());
    Line::new(0)
        .plain(format!(
            "Measured: RPO {}, RTO {}; both are in the ledger.",
            words::duration(lost),
            words::seconds(took_s)
        ))
        .write(width, &mut out);
    out
}
