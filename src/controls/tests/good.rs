//! Nothing fails on a good floor, and what is not examined is never a pass.

use super::*;

#[test]
fn every_control_that_is_checked_holds_on_a_good_floor() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let posture = examine(&planned(&blueprint, &desired));
    assert_eq!(posture.verdicts.len(), 70);
    let mut others: Vec<String> = posture
        .verdicts
        .iter()
        .filter(|one| crate::controls::checked().iter().any(|check| check.control == one.control))
        .filter(|one| one.status != Status::Pass)
        .map(|one| format!("{} {}: {}", one.control, one.status.words(), one.why.as_deref().unwrap_or_default()))
        .collect();
    others.sort();
    assert_eq!(
        others,
        [
            "VDI-CHG-01 undetermined: ",
            "VDI-CHG-02 undetermined: ",
            "VDI-CHG-03 not applicable: Nothing that holds content is deleted or replaced.",
            "VDI-DET-03 not assessed: It can be seen in the live state only.",
            "VDI-ENC-07 inherited: The hardware of these instance types encrypts their own disks, and forgets the keys \
             when they stop. (AWS: SOC 2 Type 2, in AWS Artifact)",
            "VDI-HST-05 not assessed: It can be seen in the live state only.",
            "VDI-HST-06 not assessed: It can be seen in the live state only.",
            "VDI-INV-06 not applicable: There is no exception.",
            "VDI-NET-09 not applicable: No segment with content or services has a way to the internet.",
            "VDI-REC-04 not assessed: It can be seen in the live state only.",
            "VDI-STR-07 not assessed: It can be seen in the live state only.",
            "VDI-STR-08 not assessed: It can be seen in the live state only.",
        ]
    );
}

#[test]
fn what_a_blueprint_declares_is_not_said_of_the_live_state() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let posture = examine(&live(&blueprint, &desired));
    assert_eq!(failing(&posture), BTreeSet::new());
    let incidents = posture.verdict("VDI-RSP-01").expect("it is in the profile");
    assert_eq!(incidents.status, Status::NotAssessed);
    assert!(posture.verdicts.iter().all(|one| !one.seen_in.contains(&Phase::Blueprint) || one.control == "VDI-CHG-03"));
}

#[test]
fn nothing_examined_is_never_a_pass() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let nothing = Observed::default();
    let posture = examine(&Floor::live(&blueprint, &desired, &nothing, today()));
    let passed: Vec<_> = posture.verdicts.iter().filter(|one| one.status == Status::Pass).collect();
    assert!(passed.is_empty(), "{passed:#?}");
    for verdict in &posture.verdicts {
        assert_eq!(verdict.examined, 0, "{}", verdict.control);
        assert!(verdict.why.is_some(), "{}", verdict.control);
    }
    let volumes = posture.verdict("VDI-ENC-01").and_then(|one| one.why.as_deref());
    assert_eq!(volumes, Some("Nothing of the production is there yet."));
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_goes_on() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let mut observed = observed(&desired);
    observed.found.retain(|_, found| found.resource.kind() != Kind::LogGroup);
    observed.unreadable.push(crate::resource::Unreadable {
        kind: Kind::LogGroup,
        address: None,
        call: "logs:DescribeLogGroups".to_owned(),
        words: "AccessDeniedException".to_owned(),
    });
    let posture = examine(&Floor::live(&blueprint, &desired, &observed, today()));
    let errors: Vec<_> = posture.verdicts.iter().filter(|one| one.status == Status::Error).collect();
    assert_eq!(errors.iter().map(|one| one.control.as_str()).collect::<Vec<_>>(), ["VDI-LOG-03"]);
    assert_eq!(
        sentences(&posture, "VDI-LOG-03"),
        ["log groups could not be read: logs:DescribeLogGroups: AccessDeniedException"]
    );
    assert_eq!(failing(&posture), BTreeSet::new());
}

#[test]
fn without_a_cloud_what_only_it_knows_is_undetermined() {
    let blueprint = blueprint(&[]);
    let desired = compiled(&blueprint);
    let nothing = Observed::default();
    let options = Options::default();
    let plan = plan::make(&desired, &nothing, &options);
    let mut floor = resulting(&blueprint, &desired, &nothing, &plan, &options, today());
    floor.unasked = true;
    let posture = examine(&floor);
    assert_eq!(posture.verdict("VDI-ENC-06").map(|one| one.status), Some(Status::Undetermined));
    assert_eq!(
        sentences(&posture, "VDI-ENC-06"),
        [
            "account.image_public_access is known to the account only",
            "account.snapshot_public_access is known to the account only"
        ]
    );
}

#[test]
fn a_thousand_seats_are_examined_one_by_one() {
    let blueprint = blueprint(&[("default     = 2", "default     = 200")]);
    let desired = compiled(&blueprint);
    let posture = examine(&planned(&blueprint, &desired));
    let volumes = posture.verdict("VDI-ENC-01").expect("it is in the profile");
    // 300 seats with three volumes each, and two switches of the account.
    assert_eq!((volumes.status, volumes.examined), (Status::Pass, 902));
    assert!(volumes.findings.is_empty(), "what passes is counted, not listed");
}
