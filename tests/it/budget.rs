//! What a floor may cost in calls, counted on the rehearsal cloud: the same calls whatever the machine, so that these are
//! no timed tests.

use closedset::rehearsal::Settings;

use crate::rehearsal::{Stage, floor, words};

#[tokio::test(start_paused = true)]
async fn a_plan_of_24_seats_that_changes_nothing_is_thirty_calls_at_most() {
    let stage = Stage::new(Settings::default()).await;
    let desired = stage.desired(&floor(24)).await;
    assert!(stage.apply(&desired).await.is_complete());

    // Another process, that knows nothing yet.
    let stage = Stage::on(stage.world).await;
    let before = stage.world.call_count();
    let desired = stage.desired(&floor(24)).await;
    let (plan, _) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    let calls = stage.world.call_count() - before;
    assert!(calls <= 30, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn a_backup_block_with_a_copy_costs_sixteen_calls_more_whatever_the_seats() {
    let stage = Stage::new(Settings::default()).await;
    let text = format!(
        "{}\nbackup \"nightly\" {{\n  of = [workstation_pool.comp]\n  schedule = \"cron(0 2 * * ? *)\"\n  \
         keep_days = 35\n  copy {{\n    region = \"us-east-2\"\n    keep_days = 35\n  }}\n}}\n",
        floor(24).replace("    size_gib = 200\n", "    size_gib = 200\n    backup   = true\n")
    );
    let desired = stage.desired(&text).await;
    assert!(stage.apply(&desired).await.is_complete());

    let stage = Stage::on(stage.world).await;
    let before = stage.world.call_count();
    let desired = stage.desired(&text).await;
    let (plan, _) = stage.plan(&desired).await;
    assert_eq!(words(&plan), Vec::<String>::new());
    let calls = stage.world.call_count() - before;
    assert!(calls <= 30 + 16, "{calls} calls");
}

#[tokio::test(start_paused = true)]
async fn five_hundred_seats_are_a_dozen_launches_and_nothing_is_tagged_before_the_last_one_runs() {
    let stage = Stage::new(Settings::default()).await;
    let desired = stage.desired(&floor(500)).await;
    assert!(stage.apply(&desired).await.is_complete());

    let calls = stage.world.calls();
    let launches: Vec<_> = calls.iter().filter(|call| call.action == "RunInstances").collect();
    assert!(launches.len() <= 12, "{launches:#?}");
    // The labels come in one block, behind the last look at seats on their way up.
    let first_label = calls.iter().position(|call| call.action == "CreateTags").expect("seats are labelled");
    let last_launch = calls.iter().rposition(|call| call.action == "RunInstances").expect("seats are launched");
    assert!(last_launch < first_label);
    assert!(!calls.iter().any(|call| matches!(call.action.as_str(), "CreateVolume" | "AttachVolume")));
    let running = calls[..first_label].iter().rposition(|call| call.action == "DescribeInstances").expect("a look");
    assert!(calls[running].status == Some(200) && running > last_launch);
    let labels = calls.iter().filter(|call| call.action == "CreateTags").count();
    assert_eq!(labels, 500, "one call a seat, its volumes included");
}
