//! Recovery points, held against what the blueprint promises: their ages are handed in, and where nobody looked nothing
//! passes.

use super::*;
use crate::controls::{KEPT_SAFE, Record, Restored};
use crate::resource::{Age, RecoveryAges};

/// What the control says of a live floor whose record is this, with how it stands.
fn said(record: Record) -> (Status, Vec<String>) {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = live(&blueprint, &desired);
    floor.record = record;
    let posture = examine(&floor);
    let status = posture.verdict(KEPT_SAFE).expect("it is in the profile").status;
    (status, sentences(&posture, KEPT_SAFE).into_iter().map(str::to_owned).collect())
}

/// Every seat of the floor with a newest recovery point of this age, but for the first of `comp`.
fn ages(first: Option<f64>, others: f64) -> Record {
    let desired = compiled(&blueprint(&[]));
    let seats = desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat);
    let age = |address: &Address| {
        let hours = if *address == Address::seat("comp", 1) { first } else { Some(others) };
        Age {
            newest: hours.map(|_| "2026-12-06T09:00:00Z".to_owned()),
            age_hours: hours,
            rpo_hours: Some(24),
            in_time: Some(hours.is_some_and(|hours| hours <= 24.0)),
        }
    };
    let here = seats.map(|(address, _)| (address.clone(), age(address))).collect();
    Record { recovery: Some(RecoveryAges { here: Ok(here), copies: BTreeMap::new() }), ..Record::default() }
}

#[test]
fn seats_whose_recovery_points_are_late_or_missing_are_named_with_their_age() {
    assert_eq!(said(ages(Some(3.0), 23.9)), (Status::Pass, vec![]));
    assert_eq!(
        said(ages(Some(30.1), 3.0)),
        (
            Status::Fail,
            vec![
                "workstation_pool.comp[001] was last kept safe 30.1 h ago, and no more than 24 h of work may be lost"
                    .to_owned()
            ]
        )
    );
    assert_eq!(
        said(ages(None, 3.0)),
        (
            Status::Fail,
            vec!["workstation_pool.comp[001] has no recovery point that closedset restore can use".to_owned()]
        )
    );
}

#[test]
fn where_nobody_looked_or_the_region_did_not_answer_nothing_passes() {
    let (status, sentences) = said(Record::default());
    assert_eq!(status, Status::Undetermined);
    assert_eq!(sentences[0], "workstation_pool.comp has seats whose recovery points nobody looked at");
    let unread = RecoveryAges { here: Err("no answer".to_owned()), copies: BTreeMap::new() };
    let (status, sentences) = said(Record { recovery: Some(unread), ..Record::default() });
    assert_eq!(status, Status::Error);
    assert_eq!(sentences[0], "workstation_pool.comp has seats whose recovery points could not be read: no answer");
}

#[test]
fn what_a_plan_leads_to_is_not_held_against_recovery_points() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut floor = planned(&blueprint, &desired);
    floor.record = ages(None, 90.0);
    assert_eq!(examine(&floor).verdict(KEPT_SAFE).map(|one| one.status), Some(Status::Pass));
}

#[test]
fn a_rehearsed_restore_is_as_old_as_the_ledgers_clock_says() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let of = |days_ago| {
        let mut floor = live(&blueprint, &desired);
        // Written down on a rehearsal cloud, whose year is another than the world's.
        floor.record.restored = Some(Restored { day: jiff::civil::date(2026, 1, 5), days_ago, verified: true });
        examine(&floor).verdict("VDI-REC-04").map(|one| one.status)
    };
    assert_eq!(of(0), Some(Status::Pass));
    assert_eq!(of(91), Some(Status::Fail));
}
