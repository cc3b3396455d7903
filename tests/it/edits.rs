//! Somebody edits the blueprint: the plan says what will be done, the apply does it, and the next plan is empty.

use closedset::apply::{self, Event, Listener};
use closedset::plan::{Action, Plan, Step};
use closedset::rehearsal::Settings;
use closedset::resource::{Address, Kind, Status};
use tokio::sync::watch;

use crate::rehearsal;
use crate::small::Floor;
use crate::stage::{Stage, edited, floor, with_kept_cache};

/// Another Windows image that moto knows.
const OTHER_IMAGE: &str = "ami-1812c061";

/// The blueprint with something added inside of the network.
fn in_network(text: &str, more: &str) -> String {
    edited(text, "  endpoints = [\"s3\", \"ssm\"]", &format!("{more}\n  endpoints = [\"s3\", \"ssm\"]"))
}

/// The blueprint with something added inside of the pool.
fn in_pool(text: &str, more: &str) -> String {
    edited(text, "  root_volume {", &format!("{more}\n  root_volume {{"))
}

#[tokio::test]
async fn tags_are_edited_on_everything_that_bears_them() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    let tagged = edited(&text, "  contacts {", "  tags = {\n    cost_center = \"4711\"\n  }\n  contacts {");
    for (text, verb) in [(&tagged, "given"), (&text, "taken off")] {
        let run = stage.plan(text).await;
        for line in run.lines() {
            assert!(line.starts_with('~') && line.ends_with("(Edited) [tags.cost_center]"), "{verb}: {line}");
        }
        // Everything but the log group, whose tags aren't compared.
        let bearing = run
            .observed
            .found
            .values()
            .filter(|found| !matches!(found.resource.kind(), Kind::AccountSwitch | Kind::LogGroup));
        assert_eq!(run.lines().len(), bearing.count());
        run.carry_out().await;
        stage.assert_nothing_to_do(text).await;
    }

    // A pool's own reach its seats and what serves them, and nothing else.
    let of_pool = in_pool(&text, "  tags = {\n    shot = \"042\"\n  }");
    stage
        .assert_does(
            &of_pool,
            &[
                "~ workstation_pool.comp.role (Edited) [tags.shot]",
                "~ workstation_pool.comp.profile (Edited) [tags.shot]",
                "~ workstation_pool.comp[001] (Edited) [tags.shot]",
                "~ workstation_pool.comp[002] (Edited) [tags.shot]",
                "~ workstation_pool.comp[001].cache (Edited) [tags.shot]",
                "~ workstation_pool.comp[001].root (Edited) [tags.shot]",
                "~ workstation_pool.comp[002].cache (Edited) [tags.shot]",
                "~ workstation_pool.comp[002].root (Edited) [tags.shot]",
            ],
        )
        .await;

    // A seat that becomes somebody's own.
    let owned =
        of_pool + "\nartist \"ana\" {\n  pools = [workstation_pool.comp]\n  seat  = 2\n  until = \"2027-03-31\"\n}\n";
    stage.assert_does(&owned, &["~ workstation_pool.comp[002] (Differs) [tags.artist]"]).await;
}

#[tokio::test]
async fn flows_are_added_reworded_and_removed() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let flow = "  flow \"render\" {\n    from   = network.main.workstations\n    to     = [\"192.0.2.0/24\"]\n    ports  = [\"tcp/4101-4103\"]\n    reason = \"Frames to the render farm.\"\n  }";
    let with = in_network(&text, flow);
    let line = "~ network.main.workstations (Edited) [rules.egress.render tcp/4101-4103 to 192.0.2.0/24]";
    stage.assert_does(&with, &[line]).await;
    let reworded = edited(&with, "Frames to the render farm.", "Frames to the farm in Soho.");
    stage.assert_does(&reworded, &[line]).await;
    // What no flow explains any more is nobody's.
    let line = "~ network.main.workstations (Edited) [rules.egress.undeclared tcp/4101-4103 to 192.0.2.0/24]";
    stage.assert_does(&text, &[line]).await;
}

#[tokio::test]
async fn segments_are_added_and_removed() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    // The first segment of the tier for services takes the endpoints over.
    let with = in_network(&text, "  segment \"licences\" {\n    tier    = \"service\"\n    newbits = 8\n  }\n");
    let run = stage.plan(&with).await;
    assert_eq!(
        run.lines(),
        [
            "+ network.main.licences/us-east-1a (Absent)",
            "+ network.main.licences/us-east-1b (Absent)",
            "+ network.main.routes/service (Absent)",
            "~ network.main.endpoints (Edited) [rules.ingress.endpoints tcp/443 from network.main.licences]",
            "+ network.main.licences (Absent)",
            "~ network.main.endpoint/s3 (Edited) [route_tables]",
            "~ network.main.endpoint/ssm (Edited) [subnets]",
        ]
    );
    run.carry_out().await;
    stage.assert_nothing_to_do(&with).await;

    stage
        .assert_does(
            &text,
            &[
                "- network.main.licences/us-east-1a (Removed)",
                "- network.main.licences/us-east-1b (Removed)",
                "- network.main.routes/service (Removed)",
                "~ network.main.endpoints (Edited) [rules.ingress.undeclared tcp/443 from network.main.licences]",
                "- network.main.licences (Removed)",
                "~ network.main.endpoint/s3 (Edited) [route_tables]",
                "~ network.main.endpoint/ssm (Edited) [subnets]",
            ],
        )
        .await;
}

#[tokio::test]
async fn endpoints_come_and_go() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let more = edited(&text, "endpoints = [\"s3\", \"ssm\"]", "endpoints = [\"s3\", \"ssm\", \"logs\"]");
    stage.assert_does(&more, &["+ network.main.endpoint/logs (Absent)"]).await;
    let fewer = edited(&text, "endpoints = [\"s3\", \"ssm\"]", "endpoints = [\"s3\"]");
    stage
        .assert_does(
            &fewer,
            &[
                // Without interface endpoints there is nobody in their group.
                "- network.main.endpoints (Removed)",
                "~ network.main.workstations (Edited) [rules.egress.undeclared tcp/443 to network.main.endpoints]",
                "- network.main.endpoint/logs (Removed)",
                "- network.main.endpoint/ssm (Removed)",
            ],
        )
        .await;
    let none = edited(&text, "endpoints = [\"s3\", \"ssm\"]", "endpoints = []");
    let run = stage.plan(&none).await;
    assert_eq!(run.lines().last().map(String::as_str), Some("- network.main.endpoint/s3 (Removed)"));
    run.carry_out().await;
    stage.assert_nothing_to_do(&none).await;
}

#[tokio::test]
async fn retention_rotation_and_offices_change_in_place() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let shorter = in_network(&text, "  flow_logs {\n    retention_days = 90\n  }");
    stage.assert_does(&shorter, &["~ network.main.log_group (Differs) [retention_days]"]).await;

    // moto says that a key rotates, but not how often: what isn't reported can't be held against it.
    let rotated = edited(
        &shorter,
        "key \"content\" {}",
        "key \"content\" {\n  administrators = [\"arn:aws:iam::123456789012:role/KeyAdmin\"]\n}",
    );
    stage.assert_does(&rotated, &["~ key.content (Edited) [policy]"]).await;

    let more = edited(
        &rotated,
        "\"203.0.113.0/24\" = \"Soho\"",
        "\"203.0.113.0/24\" = \"Soho\"\n    \"198.51.100.0/24\" = \"Vancouver\"",
    );
    stage.assert_does(&more, &["~ prefix_list.offices (Edited) [entries.198.51.100.0/24]"]).await;
    let renamed = edited(&more, "\"Vancouver\"", "\"Montreal\"");
    stage.assert_does(&renamed, &["~ prefix_list.offices (Edited) [entries.198.51.100.0/24]"]).await;
    stage.assert_does(&rotated, &["~ prefix_list.offices (Edited) [entries.198.51.100.0/24]"]).await;
}

#[tokio::test]
async fn a_prefix_list_of_another_family_takes_the_place_of_the_old_one() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let old = stage.id("prefix_list.offices").await;
    let newer = edited(&text, "\"203.0.113.0/24\" = \"Soho\"", "\"2001:db8:113::/48\" = \"Soho\"");
    stage
        .assert_does(
            &newer,
            &[
                "± prefix_list.offices (Edited) [entries.2001:db8:113::/48] [entries.203.0.113.0/24] [family]",
                "~ network.main.edge (DependencyReplaced)",
            ],
        )
        .await;
    assert_ne!(stage.id("prefix_list.offices").await, old);
}

#[tokio::test]
async fn disks_grow_on_living_seats() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    let seats = [stage.id("workstation_pool.comp[001]").await, stage.id("workstation_pool.comp[002]").await];
    let larger = edited(
        &text,
        "size_gib = 200\n    type     = \"gp3\"",
        "size_gib = 300\n    type     = \"gp3\"\n    iops     = 6000",
    );
    stage
        .assert_does(
            &larger,
            &[
                "~ workstation_pool.comp[001].cache (Edited) [iops] [size_gib]",
                "~ workstation_pool.comp[002].cache (Edited) [iops] [size_gib]",
            ],
        )
        .await;
    let now = [stage.id("workstation_pool.comp[001]").await, stage.id("workstation_pool.comp[002]").await];
    assert_eq!(now, seats, "nobody had to leave their seat");
}

/// A disk is mounted by the script that a seat runs at each start: one more is a restart. One less is another seat, for
/// what is mounted can't be pulled out. On the rehearsal cloud: moto takes no new user data as EC2 does.
#[tokio::test(start_paused = true)]
async fn disks_come_and_go_with_seats() {
    let stage = rehearsal::Stage::new(Settings::default()).await;
    let without = Floor { seats: 2, cache_gib: None, ..Floor::default() };
    let with = stage.desired(&Floor { cache_gib: Some(100), ..without.clone() }.text()).await;
    let without = stage.desired(&without.text()).await;
    assert!(stage.apply(&without).await.is_complete());
    let (seat, cache) = (Address::seat("comp", 2), Address::new("workstation_pool.comp[002].cache"));
    let machine = stage.observe().await.found[&seat].id.clone();

    let (plan, observed) = stage.plan(&with).await;
    let action = |plan: &Plan, address: &Address| plan.change(address).map(|one| one.action);
    assert_eq!((action(&plan, &seat), action(&plan, &cache)), (Some(Action::Restart), Some(Action::Create)));
    let outcome = stage.run(&plan, &with, &observed).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    let after = stage.observe().await;
    assert_eq!((&after.found[&seat].id, &after.found[&seat].status), (&machine, &Status::Ready));
    assert!(!stage.plan(&with).await.0.has_changes());

    let (plan, observed) = stage.plan(&without).await;
    assert_eq!((action(&plan, &seat), action(&plan, &cache)), (Some(Action::Replace), Some(Action::Delete)));
    assert!(stage.run(&plan, &without, &observed).await.is_complete());
    assert!(!stage.plan(&without).await.0.has_changes());
}

#[tokio::test]
async fn a_pool_grows_and_shrinks() {
    let stage = Stage::with(&floor(1)).await;
    stage
        .assert_does(
            &floor(3),
            &[
                "+ workstation_pool.comp[002] (Absent)",
                "+ workstation_pool.comp[003] (Absent)",
                "+ workstation_pool.comp[002].cache (Absent)",
                "+ workstation_pool.comp[002].root (Absent)",
                "+ workstation_pool.comp[003].cache (Absent)",
                "+ workstation_pool.comp[003].root (Absent)",
            ],
        )
        .await;
    stage
        .assert_does(
            &floor(2),
            &[
                "- workstation_pool.comp[003] (PoolShrunk)",
                "- workstation_pool.comp[003].cache (PoolShrunk)",
                "- workstation_pool.comp[003].root (PoolShrunk)",
            ],
        )
        .await;
}

/// Counts how many seats are taken away at once.
#[derive(Default)]
struct Rolled {
    waves: Vec<usize>,
}

impl Listener for Rolled {
    fn on_event(&mut self, event: &Event<'_>) {
        if let Event::Succeeded { operation, .. } = event
            && let Step::Terminate(seats) = &operation.step
        {
            self.waves.push(seats.len());
        }
    }
}

#[tokio::test]
async fn another_image_rolls_through_the_pool() {
    let text = in_pool(&floor(4), "  update {\n    max_unavailable = 2\n  }");
    let stage = Stage::with(&text).await;
    let rolled = edited(&text, "ami-03cf127a", OTHER_IMAGE);
    let run = stage.plan(&rolled).await;
    for seat in 1..=4 {
        assert!(run.lines().contains(&format!("± workstation_pool.comp[00{seat}] (Edited) [image]")));
        for volume in ["cache", "root"] {
            let line = format!("± workstation_pool.comp[00{seat}].{volume} (DependencyReplaced)");
            assert!(run.lines().contains(&line), "{line}");
        }
    }
    assert_eq!(run.lines().len(), 12);
    let (mut waves, (_keep, signals)) = (Rolled::default(), watch::channel(0));
    let outcome = apply::run(&run.plan, &run.desired, &run.observed, &run.cloud, signals, &mut waves).await;
    assert!(outcome.is_complete(), "{outcome:#?}");
    assert_eq!(waves.waves, [2, 2], "never more than two seats are away");
    stage.assert_nothing_to_do(&rolled).await;
}

#[tokio::test]
async fn a_list_of_types_moves_only_seats_whose_type_is_off_it() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    let before = stage.id("workstation_pool.comp[001]").await;
    let longer = edited(&text, "[\"g5.4xlarge\"]", "[\"g5.8xlarge\", \"g5.4xlarge\"]");
    stage.assert_nothing_to_do(&longer).await;

    // The mark doesn't cover what leaves room, so it can't tell whether the list or the seat was changed.
    let other = edited(&text, "[\"g5.4xlarge\"]", "[\"g5.8xlarge\"]");
    let run = stage.plan(&other).await;
    assert_eq!(run.lines()[0], "± workstation_pool.comp[001] (Differs) [instance_types]");
    run.carry_out().await;
    stage.assert_nothing_to_do(&other).await;
    assert_ne!(stage.id("workstation_pool.comp[001]").await, before);
}

#[tokio::test]
async fn seats_move_to_another_segment() {
    let text = in_network(&floor(2), "  segment \"review\" {\n    tier    = \"content\"\n    newbits = 6\n  }\n");
    let stage = Stage::with(&text).await;
    let moved = edited(&text, "segment        = network.main.workstations", "segment        = network.main.review");
    let run = stage.plan(&moved).await;
    assert_eq!(run.lines()[0], "± workstation_pool.comp[001] (Edited) [segments] [subnets] [user_data]");
    run.carry_out().await;
    stage.assert_nothing_to_do(&moved).await;
}

#[tokio::test]
async fn a_zone_added_within_the_room_renumbers_nothing() {
    let roomy = edited(
        &floor(2),
        "zones = [\"us-east-1a\", \"us-east-1b\"]",
        "zones = [\"us-east-1a\", \"us-east-1b\"]\n  zone_room = 4",
    );
    let stage = Stage::with(&roomy).await;
    let wider = edited(&roomy, "\"us-east-1b\"]", "\"us-east-1b\", \"us-east-1c\"]");
    stage
        .assert_does(
            &wider,
            &[
                "+ network.main.edge/us-east-1c (Absent)",
                "+ network.main.workstations/us-east-1c (Absent)",
                "~ network.main.routes/content (Edited) [subnets]",
                "~ network.main.routes/edge (Edited) [subnets]",
                "~ network.main.endpoint/ssm (Edited) [subnets]",
            ],
        )
        .await;
}

#[tokio::test]
async fn protection_holds_a_seat_until_it_is_lifted() {
    let text = floor(2);
    let stage = Stage::with(&text).await;
    let protected = in_pool(&text, "  protect = true");
    stage
        .assert_does(
            &protected,
            &["~ workstation_pool.comp[001] (Edited) [protect]", "~ workstation_pool.comp[002] (Edited) [protect]"],
        )
        .await;

    // An image that would replace the seats, and a pool that would give one up: neither is done.
    let rolled = edited(&protected, "ami-03cf127a", OTHER_IMAGE);
    let run = stage.plan(&rolled).await;
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());
    assert_eq!(run.lines()[0], "· workstation_pool.comp[001] (Protected) [image]");
    let smaller = edited(&protected, "seats          = 2", "seats          = 1");
    let run = stage.plan(&smaller).await;
    assert!(!run.plan.has_changes(), "{:#?}", run.lines());
    assert_eq!(run.lines()[0], "· workstation_pool.comp[002] (Protected)");

    // Lifted, it goes the way of all seats.
    let lifted = edited(&text, "ami-03cf127a", OTHER_IMAGE);
    let run = stage.plan(&lifted).await;
    assert!(run.lines()[0].starts_with("± workstation_pool.comp[001] (Edited) [image]"), "{:#?}", run.lines());
    run.carry_out().await;
    stage.assert_nothing_to_do(&lifted).await;
}

#[tokio::test]
async fn a_kept_disk_waits_for_its_seat_to_come_back() {
    let text = with_kept_cache(&floor(2));
    let stage = Stage::with(&text).await;
    let cache = stage.id("workstation_pool.comp[002].cache").await;
    let smaller = edited(&text, "seats          = 2", "seats          = 1");
    let run = stage.plan(&smaller).await;
    assert_eq!(
        run.lines(),
        [
            "- workstation_pool.comp[002] (PoolShrunk)",
            "· workstation_pool.comp[002].cache (Kept)",
            "- workstation_pool.comp[002].root (PoolShrunk)",
        ]
    );
    run.carry_out().await;
    let run = stage.plan(&smaller).await;
    assert_eq!(run.lines(), ["· workstation_pool.comp[002].cache (Kept)"]);
    assert!(!run.plan.has_changes());

    let run = stage.plan(&text).await;
    assert_eq!(run.lines()[0], "+ workstation_pool.comp[002] (Absent)");
    assert!(run.lines()[1].starts_with("~ workstation_pool.comp[002].cache"), "{:#?}", run.lines());
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
    assert_eq!(stage.id("workstation_pool.comp[002].cache").await, cache, "with everything on it");

    // Another image takes the seat's instance and leaves it its cache.
    let rolled = edited(&text, "ami-03cf127a", OTHER_IMAGE);
    let run = stage.plan(&rolled).await;
    run.carry_out().await;
    stage.assert_nothing_to_do(&rolled).await;
    assert_eq!(stage.id("workstation_pool.comp[002].cache").await, cache);
}

#[tokio::test]
async fn a_disk_becomes_kept_and_is_given_up_again() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let cache = stage.id("workstation_pool.comp[001].cache").await;
    let kept = with_kept_cache(&text);
    stage.assert_does(&kept, &["~ workstation_pool.comp[001].cache (Edited) [keep]"]).await;
    stage.assert_does(&text, &["~ workstation_pool.comp[001].cache (Edited) [keep]"]).await;
    assert_eq!(stage.id("workstation_pool.comp[001].cache").await, cache);
}

#[tokio::test]
async fn pools_and_networks_come_and_go() {
    let text = floor(1);
    let stage = Stage::with(&text).await;
    let pool = text[text.find("workstation_pool \"comp\"").expect("the pool")..].to_owned();
    let second = pool.replace("\"comp\" {", "\"lighting\" {\n  name_prefix = \"neb-light\"");
    let network = r#"
network "review" {
  cidr  = "10.50.0.0/16"
  zones = ["us-east-1a"]
  segment "screening" {
    tier    = "content"
    newbits = 4
  }
}
"#;
    let second = second.replace("network.main.workstations", "network.review.screening");
    let both = format!("{text}\n{network}\n{second}");
    let run = stage.plan(&both).await;
    assert!(run.lines().iter().all(|line| line.starts_with('+')), "{:#?}", run.lines());
    run.carry_out().await;
    stage.assert_nothing_to_do(&both).await;

    let run = stage.plan(&text).await;
    assert!(run.plan.changes.iter().all(|change| matches!(change.action, Action::Delete | Action::None)));
    let gone = ["- network.review (Removed)", "- workstation_pool.lighting[001] (Removed)"];
    for line in gone {
        assert!(run.lines().contains(&line.to_owned()), "{line} in {:#?}", run.lines());
    }
    run.carry_out().await;
    stage.assert_nothing_to_do(&text).await;
}
