//! What AWS Backup does of a `backup` block by itself, on the rehearsal cloud: vaults, their locks, plans that run in the
//! night, copies, and what a wrap may take of it.

use std::collections::BTreeMap;
use std::time::Duration;

use closedset::blueprint::{Blueprint, Inputs, NoFiles, Parsed, load};
use closedset::plan::{Action, Options, Plan, Reason, make, wrap};
use closedset::recovery::{locks, withdrawn};
use closedset::rehearsal::{Request, Settings};
use closedset::resource::{Address, Desired, Observed, Resource, VaultState};
use serde_json::Value;

use crate::rehearsal::{Stage, words};
use crate::small::{Floor, IMAGE};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Asks AWS Backup in a region, as somebody else would: the status, and the answer.
async fn ask(stage: &Stage, region: &str, method: &str, path: &str, body: &str) -> (u16, Value) {
    let scope = format!("AWS4-HMAC-SHA256 Credential=SOMEBODY/20260105/{region}/backup/aws4_request, Signature=0");
    let request = Request {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: vec![("Authorization".to_owned(), scope)],
        body: body.as_bytes().to_vec(),
        ..Request::default()
    };
    let answer = stage.world.answer(request).await.expect("an answer");
    (answer.status, serde_json::from_slice(&answer.body).expect("JSON"))
}

async fn points(stage: &Stage, region: &str) -> Vec<Value> {
    let path = "/backup-vaults/closedset_nebula_nightly/recovery-points/";
    let (status, answer) = ask(stage, region, "GET", path, "").await;
    assert_eq!(status, 200, "{answer}");
    answer["RecoveryPoints"].as_array().expect("a list").clone()
}

/// A floor of two seats whose volume `cache` is kept safe, with a lock, up and running.
async fn stage(lock: &str) -> (Stage, Desired) {
    let settings = Settings { windows_images: [IMAGE.to_owned()].into(), ..Settings::default() };
    let stage = Stage::new(settings).await;
    let now = stage.world.clone();
    stage.cloud.keep_time(move || now.now().iso());
    let desired = stage.desired(&text(lock)).await;
    let outcome = stage.apply(&desired).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    (stage, desired)
}

fn text(lock: &str) -> String {
    let floor = Floor { seats: 2, backup: true, ..Floor::default() }.text();
    floor.replace("  rto_minutes = 60\n", &format!("  rto_minutes = 60\n{lock}"))
}

const GOVERNANCE: &str = "  lock {\n    mode     = \"governance\"\n    min_days = 7\n    max_days = 90\n  }\n";
const COMPLIANCE: &str = "  lock {\n    mode     = \"compliance\"\n    min_days = 7\n    max_days = 90\n  }\n";

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn change(plan: &Plan, address: &str) -> (Action, Reason, Option<String>) {
    let change = plan.change(&Address::new(address)).unwrap_or_else(|| panic!("nothing is planned for {address}"));
    (change.action, change.reason, change.note.clone())
}

fn left(observed: &Observed) -> Vec<String> {
    observed.found.keys().map(ToString::to_string).filter(|one| !one.starts_with("account.")).collect()
}

#[tokio::test(start_paused = true)]
async fn a_backup_block_is_a_vault_a_plan_and_a_vault_and_a_key_where_copies_go() {
    let (stage, desired) = stage(GOVERNANCE).await;
    let (plan, observed) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    let here = left(&observed).into_iter().filter(|one| one.starts_with("backup.") || one.starts_with("key."));
    assert_eq!(
        here.collect::<Vec<_>>(),
        [
            "backup.nightly",
            "backup.nightly.role",
            "backup.nightly.vault",
            "backup.nightly.vault/us-east-2",
            "key.content",
            "key.content/us-east-2",
        ]
    );
    let vault = &observed.found[&Address::new("backup.nightly.vault/us-east-2")];
    let Resource::BackupVault(live) = &vault.resource else { panic!("it is a vault") };
    assert_eq!(live.key, Some(Address::new("key.content/us-east-2")));
    assert!(vault.id.starts_with("arn:aws:backup:us-east-2:"), "{}", vault.id);

    // One call marks the volumes of all seats.
    let marked = stage.world.calls().into_iter().filter(|call| call.action == "CreateTags").count();
    assert_eq!(marked, 3, "a label for each seat, and one call for all marks");
}

#[tokio::test(start_paused = true)]
async fn recovery_points_are_taken_in_the_night_and_copied_and_end_on_their_day() {
    let (stage, desired) = stage(GOVERNANCE).await;
    assert_eq!(points(&stage, "us-west-2").await, Vec::<Value>::new());
    pass(DAY).await;
    let taken = points(&stage, "us-west-2").await;
    // The cache of each seat, and no root.
    assert_eq!(taken.len(), 2, "{taken:#?}");
    let ids: BTreeMap<String, Address> =
        stage.observe().await.found.into_values().map(|found| (found.id, found.address)).collect();
    for point in &taken {
        let volume = point["ResourceArn"].as_str().and_then(|arn| arn.rsplit('/').next()).expect("a volume");
        assert_eq!(ids[volume].volume_name(), Some("cache"));
        assert_eq!(point["Lifecycle"]["DeleteAfterDays"], 35);
    }
    let copied = points(&stage, "us-east-2").await;
    assert_eq!(copied.len(), 2, "{copied:#?}");
    assert_ne!(copied[0]["EncryptionKeyArn"], taken[0]["EncryptionKeyArn"], "under the key of that region");
    // It is nothing that a plan would change.
    assert_eq!(words(&stage.plan(&desired).await.0), Vec::<String>::new());
    pass(40 * DAY).await;
    let kept = points(&stage, "us-west-2").await;
    assert_eq!(kept.len(), 2 * 35, "35 nights of two volumes");
}

#[tokio::test(start_paused = true)]
async fn nobody_deletes_a_recovery_point_before_its_day() {
    let (stage, _) = stage(GOVERNANCE).await;
    pass(DAY).await;
    let vault = "/backup-vaults/closedset_nebula_nightly";
    let point = points(&stage, "us-west-2").await[0]["RecoveryPointArn"].as_str().expect("an ARN").to_owned();
    let path = format!("{vault}/recovery-points/{}", point.replace(':', "%3A").replace('/', "%2F"));
    let code = |(status, answer): (u16, Value)| (status, answer["Code"].as_str().unwrap_or_default().to_owned());
    // The vault's own policy denies it to everybody; without it, the lock does.
    let refused = code(ask(&stage, "us-west-2", "DELETE", &path, "").await);
    assert_eq!(refused, (403, "AccessDeniedException".to_owned()));
    assert_eq!(ask(&stage, "us-west-2", "DELETE", &format!("{vault}/access-policy"), "").await.0, 200);
    let refused = code(ask(&stage, "us-west-2", "DELETE", &path, "").await);
    assert_eq!(refused, (400, "InvalidRequestException".to_owned()));
    let refused = code(ask(&stage, "us-west-2", "DELETE", vault, "").await);
    assert_eq!(refused, (400, "InvalidRequestException".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changes_of_it_is_seen_and_put_back() {
    let (stage, desired) = stage(GOVERNANCE).await;
    let vault = "/backup-vaults/closedset_nebula_nightly";
    assert_eq!(ask(&stage, "us-west-2", "DELETE", &format!("{vault}/vault-lock"), "").await.0, 200);
    assert_eq!(ask(&stage, "us-east-2", "DELETE", &format!("{vault}/access-policy"), "").await.0, 200);
    let (_, plans) = ask(&stage, "us-west-2", "GET", "/backup/plans/", "").await;
    let plan = format!("/backup/plans/{}", plans["BackupPlansList"][0]["BackupPlanId"].as_str().expect("an id"));
    let (_, selections) = ask(&stage, "us-west-2", "GET", &format!("{plan}/selections/"), "").await;
    let selection = selections["BackupSelectionsList"][0]["SelectionId"].as_str().expect("an id").to_owned();
    assert_eq!(ask(&stage, "us-west-2", "DELETE", &format!("{plan}/selections/{selection}"), "").await.0, 200);

    let (changes, _) = stage.plan(&desired).await;
    for address in ["backup.nightly", "backup.nightly.vault", "backup.nightly.vault/us-east-2"] {
        assert_eq!(change(&changes, address), (Action::Update, Reason::Drifted, None), "{address}");
    }
    assert!(stage.apply(&desired).await.is_complete());
    assert_eq!(words(&stage.plan(&desired).await.0), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_compliance_lock_can_be_lifted_for_a_week_and_never_after() {
    let (stage, desired) = stage(COMPLIANCE).await;
    let eased = stage.desired(&text(GOVERNANCE)).await;
    pass(2 * DAY).await;
    assert!(stage.apply(&eased).await.is_complete(), "in its cooling-off it can be eased");
    assert_eq!(words(&stage.plan(&eased).await.0), Vec::<String>::new());
    assert!(stage.apply(&desired).await.is_complete());
    pass(8 * DAY).await;
    let (plan, observed) = stage.plan(&eased).await;
    let state = VaultState::of(&observed.found[&Address::new("backup.nightly.vault")]).expect("a vault");
    assert!(state.is_locked, "{state:?}");
    let (action, reason, note) = change(&plan, "backup.nightly.vault");
    assert_eq!((action, reason), (Action::None, Reason::Differs));
    assert!(note.is_some_and(|note| note.ends_with("nobody can change or lift it")));
    let (status, answer) =
        ask(&stage, "us-west-2", "DELETE", "/backup-vaults/closedset_nebula_nightly/vault-lock", "").await;
    assert_eq!((status, answer["Code"].as_str()), (400, Some("InvalidRequestException")));
}

fn blueprint(text: &str) -> Blueprint {
    let (parsed, problems) = Parsed::new([("floor.hcl".to_owned(), text.as_bytes().to_vec())]);
    let today = "2026-11-21".parse().expect("a date");
    load(parsed, problems, &Inputs::default(), &NoFiles, today).blueprint.expect("it is valid")
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_outlasts_the_promise_is_told_while_it_can_be_lifted() {
    let (safe, kept) = (blueprint(&text(GOVERNANCE)), blueprint(&text(COMPLIANCE)));
    assert_eq!(locks::warnings(&safe, &Observed::default()), Vec::<String>::new());
    let held = "a recovery point of the last day is held until 2027-08-04, 5 days after 2027-07-30, by which everything is to be \
                destroyed; lower keep_days, raise destroy_within_days, or use mode = \"governance\"";
    let vault = "backup.nightly.vault";
    assert_eq!(
        locks::warnings(&kept, &Observed::default())[0],
        format!("once applied, the lock of {vault} can be lifted for 7 days, and by nobody after: {held}")
    );
    let (stage, _) = stage(COMPLIANCE).await;
    let said = locks::warnings(&kept, &stage.observe().await);
    assert_eq!(said.len(), 2, "of the copy too");
    assert_eq!(said[0], format!("the lock of {vault} can be lifted until 2026-01-12, and by nobody after: {held}"));
    pass(8 * DAY).await;
    let said = locks::warnings(&kept, &stage.observe().await);
    assert_eq!(said[0], format!("nobody can lift the lock of {vault} any more: {held}"));
    // What is kept no longer than was promised is worth a word only while the lock can be lifted.
    let shorter = blueprint(
        &text(COMPLIANCE).replace("keep_days   = 35", "keep_days   = 30").replace("keep_days = 35", "keep_days = 30"),
    );
    assert_eq!(locks::warnings(&shorter, &stage.observe().await), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn what_an_edit_takes_back_of_the_promise_is_told_before_it_is_gone() {
    let (stage, _) = stage(COMPLIANCE).await;
    let observed = stage.observe().await;
    let said = async |text: &str| {
        let desired = stage.desired(text).await;
        withdrawn::warnings(&make(&desired, &observed, &Options::default()), &desired, &observed)
    };
    let both = "backup.nightly.vault and backup.nightly.vault/us-east-2";
    assert_eq!(said(&text(COMPLIANCE)).await, Vec::<String>::new());
    assert_eq!(
        said(&text(GOVERNANCE)).await,
        [format!("the lock of {both} is eased to governance: whoever is allowed to may then lift it, at any time")]
    );
    let unlocked = said(&text("")).await;
    assert!(
        unlocked.len() == 1 && unlocked[0].starts_with(&format!("the lock of {both} is taken away")),
        "{unlocked:#?}"
    );

    let locked = text(COMPLIANCE);
    let (before, rest) = locked.split_once("  copy {").expect("a copy");
    let (_, after) = rest.split_once("}\n").expect("its end");
    let copied = said(&format!("{before}{after}")).await;
    assert_eq!(copied.len(), 1, "{copied:#?}");
    assert!(copied[0].starts_with("backup.nightly copies nothing to us-east-2 any more"), "{copied:#?}");

    let bare = Floor { seats: 2, ..Floor::default() }.text();
    let gone = said(&bare).await;
    assert!(
        gone[0].starts_with("backup.nightly is taken away, and its schedule, keep_days and rpo_hours"),
        "{gone:#?}"
    );
    assert!(gone[0].contains("2 volumes are kept safe by no block any more"), "{gone:#?}");
    assert!(gone[1].contains("copies nothing to us-east-2 any more"), "{gone:#?}");
    // A block of another name that takes over what this one kept.
    let renamed = said(&locked.replace("backup \"nightly\"", "backup \"daily\"")).await;
    assert!(renamed[0].contains("every volume of it that stays is kept safe by another block"), "{renamed:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_wrap_takes_empty_vaults_and_keeps_those_that_hold_something_with_what_they_need() {
    let (stage, desired) = stage(COMPLIANCE).await;
    let stage = Stage { scope: stage.scope.clone().thorough(), ..stage };
    pass(DAY).await;
    let observed = stage.observe().await;
    let plan = wrap(&desired, &observed);
    for address in ["backup.nightly.vault", "backup.nightly.vault/us-east-2"] {
        let (action, reason, note) = change(&plan, address);
        assert_eq!((action, reason), (Action::None, Reason::RecoveryPoints));
        let note = note.expect("it says why");
        assert!(note.starts_with("2 recovery points are in it, the last of them until 2026-02-10, and from"), "{note}");
    }
    assert_eq!(change(&plan, "backup.nightly.role").0, Action::None);
    assert_eq!(change(&plan, "backup.nightly").0, Action::Delete);
    assert!(stage.wrap(&desired).await.is_complete());
    let kept = [
        "backup.nightly.role",
        "backup.nightly.vault",
        "backup.nightly.vault/us-east-2",
        "key.content",
        "key.content/us-east-2",
    ];
    assert_eq!(left(&stage.observe().await), kept);

    // Nothing is taken any more, and once all of it has ended the next wrap takes the rest.
    pass(36 * DAY).await;
    assert!(stage.wrap(&desired).await.is_complete());
    assert_eq!(left(&stage.observe().await), ["key.content", "key.content/us-east-2"]);
}
