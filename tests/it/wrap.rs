//! The end of a production: nothing that carries its tags is left but its key, and everything can come back.

use closedset::apply::{shred, to_shred};
use closedset::cloud::Ends;
use serde_json::json;

use crate::stage::{Stage, edited, floor, with_kept_cache};

/// Everything that is left of a production, the account's switches aside.
async fn left(stage: &Stage) -> Vec<String> {
    let observed = stage.observe().await;
    let all = observed.all().map(|found| found.address.to_string());
    all.filter(|address| !address.starts_with("account.")).collect()
}

/// The state of the production's key, as the service says it.
async fn state_of_key(stage: &Stage) -> String {
    let arn = stage.id("key.content").await;
    let key = arn.rsplit('/').next().expect("an id");
    let described = stage.moto.kms("DescribeKey", &json!({ "KeyId": key }));
    described["KeyMetadata"]["KeyState"].as_str().expect("a state").to_owned()
}

#[tokio::test]
async fn a_wrap_leaves_the_account_as_it_found_it_but_for_the_key() {
    let text = floor(2);
    let stage = Stage::new();
    let before = stage.moto.census();
    stage.apply(&text).await;
    assert_ne!(stage.moto.census(), before);

    let run = stage.plan_wrap(&text).await;
    assert!(run.lines().iter().all(|line| line.starts_with("- ") && line.ends_with("(Wrapped)")), "{:#?}", run.lines());
    run.carry_out().await;
    assert_eq!(left(&stage).await, ["key.content"]);
    assert_eq!(state_of_key(&stage).await, "Disabled");
    let mut after = stage.moto.census();
    assert_eq!(after.insert("keys", 0), Some(1));
    assert_eq!(after, before, "nothing is left, tagged or not");

    // A second wrap finds nothing to do.
    let again = stage.plan_wrap(&text).await;
    assert_eq!(again.lines(), Vec::<String>::new());
    assert!(!again.plan.has_changes());

    // Shredded, the key is pending deletion; a second shred keeps its day.
    let keys = to_shred(&again.desired, &again.observed);
    let [first] = &shred(&keys, &again.cloud, None).await[..] else { panic!("one key: {keys:?}") };
    assert_eq!(state_of_key(&stage).await, "PendingDeletion");
    let [second] = &shred(&keys, &again.cloud, None).await[..] else { panic!("one key: {keys:?}") };
    let (Ok(Ends::Scheduled(first)), Ok(Ends::Already(second))) = (&first.ends, &second.ends) else {
        panic!("{first:?} {second:?}")
    };
    assert_eq!(first, second);
    assert_eq!(stage.plan_wrap(&text).await.lines(), Vec::<String>::new());

    // Until that day there is a way back: the same key serves again, and everything else is made anew.
    let key = stage.id("key.content").await;
    let run = stage.plan(&text).await;
    assert!(run.lines().contains(&"~ key.content (Retired) [state]".to_owned()), "{:#?}", run.lines());
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.id("key.content").await, key);
    assert_eq!(state_of_key(&stage).await, "Enabled");
}

#[tokio::test]
async fn what_is_protected_stays_with_what_it_stands_on() {
    let text = edited(&floor(2), "  root_volume {", "  protect = true\n  root_volume {");
    let stage = Stage::with(&text).await;
    // One of the two is no longer protected, by the live mark.
    let second = stage.id("workstation_pool.comp[002]").await;
    stage.moto.ec2("DeleteTags", &[("ResourceId.1", &second), ("Tag.1.Key", "closedset:protect")]);

    let run = stage.plan_wrap(&text).await;
    let stays: Vec<String> = run.lines().into_iter().filter(|line| line.starts_with('·')).collect();
    assert_eq!(
        stays,
        [
            "· key.content (NeededByProtected)",
            "· network.main (NeededByProtected)",
            "· network.main.workstations/us-east-1a (NeededByProtected)",
            "· prefix_list.offices (NeededByProtected)",
            "· network.main.edge (NeededByProtected)",
            "· network.main.endpoints (NeededByProtected)",
            "· network.main.workstations (NeededByProtected)",
            "· workstation_pool.comp.role (NeededByProtected)",
            "· workstation_pool.comp.profile (NeededByProtected)",
            "· workstation_pool.comp[001] (Protected)",
            "· workstation_pool.comp[001].cache (NeededByProtected)",
            "· workstation_pool.comp[001].root (NeededByProtected)",
        ]
    );
    run.carry_out().await;
    assert_eq!(state_of_key(&stage).await, "Enabled", "someone works on its disks");
    let left = left(&stage).await;
    assert!(left.contains(&"workstation_pool.comp[001]".to_owned()), "{left:?}");
    assert!(!left.contains(&"workstation_pool.comp[002]".to_owned()), "{left:?}");

    // The rest comes back, and once protection is lifted all of it goes.
    stage.apply(&text).await;
    let lifted = floor(2);
    stage.apply(&lifted).await;
    stage.plan_wrap(&lifted).await.carry_out().await;
    assert_eq!(self::left(&stage).await, ["key.content"]);
}

#[tokio::test]
async fn kept_disks_and_strays_go_with_a_wrap() {
    let text = with_kept_cache(&floor(2));
    let stage = Stage::with(&text).await;
    let smaller = edited(&text, "seats          = 2", "seats          = 1");
    stage.plan(&smaller).await.carry_out().await;
    // Somebody made a group by hand and marked it as the production's.
    let network = stage.id("network.main").await;
    let group = [
        ("GroupName", "by-hand"),
        ("GroupDescription", "x"),
        ("VpcId", network.as_str()),
        ("TagSpecification.1.ResourceType", "security-group"),
        ("TagSpecification.1.Tag.1.Key", "closedset:production"),
        ("TagSpecification.1.Tag.1.Value", "nebula"),
    ];
    stage.moto.ec2("CreateSecurityGroup", &group);
    let lines = stage.plan(&smaller).await.lines();
    assert!(
        lines.iter().any(|line| line.starts_with("· stray.security_group/") && line.ends_with("(Stray)")),
        "{lines:?}"
    );

    stage.plan_wrap(&smaller).await.carry_out().await;
    assert_eq!(left(&stage).await, ["key.content"]);
    assert_eq!(stage.moto.census()["disks"], 0);
}
