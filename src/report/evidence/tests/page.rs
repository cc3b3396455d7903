//! The page for people.

use super::*;

fn page(text: &str) -> String {
    let floor = Floor::of(text);
    let reads = reads("1");
    let dossier = floor.live(&floor.observed(), &reads);
    let bundle = floor.bundle(&dossier, "2026-12-07T09:00:00Z", reads);
    super::text(&bundle, "report.html").to_owned()
}

#[test]
fn it_needs_nothing_from_outside_and_runs_nothing() {
    let page = page(FLOOR);
    for outside in ["<script", "<link", "<iframe", "src=\"http", "href=\"http", "url(", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("default-src &#x27;none&#x27;") || page.contains("default-src 'none'"));
}

#[test]
fn what_a_blueprint_says_is_text_and_never_markup() {
    let evil = FLOOR.replace("Simulation caches of 3 TiB", "<script>alert(1)</script> &");
    let page = page(&evil);
    assert!(!page.contains("<script>"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;"));
}

#[test]
fn headings_follow_each_other_and_every_header_has_its_scope() {
    let page = page(FLOOR);
    let mut last = 0;
    for at in page.match_indices("<h").map(|(at, _)| at) {
        let Some(level) = page[at + 2..].chars().next().and_then(|digit| digit.to_digit(10)) else { continue };
        assert!(level <= last + 1, "h{level} after h{last}");
        last = level;
    }
    assert_eq!(page.matches("<h1>").count(), 1);
    assert_eq!(page.matches("<th ").count(), page.matches("scope=\"").count());
    assert_eq!(page.matches("<table ").count(), page.matches("<caption>").count());
    for landmark in ["<html lang=\"en\">", "<header>", "<main ", "<nav ", "<footer>"] {
        assert_eq!(page.matches(landmark).count(), 1, "{landmark}");
    }
}

#[test]
fn it_tells_who_and_until_when() {
    let page = page(&format!("{FLOOR}{ATTESTED}"));
    for words in [
        "kept-simulations",
        "fx-lead@northlight.example",
        "The identity provider asks for FIDO2 on every sign-in.",
        "2027-02-15",
        // 7 December to 15 February.
        ">70<",
        // The engine escapes slashes too.
        "arn:aws:iam::123456789012:role&#x2f;Assessor",
        "ec2:DescribeVolumes",
        "What this rests on",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn recovery_points_are_told_by_seats_and_regions_and_a_region_without_an_answer_is_named() {
    let floor = Floor::new();
    let age = Age {
        newest: Some("2026-12-06T03:00:00Z".to_owned()),
        age_hours: Some(30.0),
        rpo_hours: Some(24),
        in_time: Some(false),
    };
    let here = (1..=4).map(|slot| (Address::seat("fx", slot), age.clone())).collect();
    let copies = BTreeMap::from([("us-east-2".to_owned(), Err("ec2:DescribeSnapshots: no answer".to_owned()))]);
    let reads = reads("1");
    let dossier = floor.live_with(&floor.observed(), &reads, RecoveryAges { here: Ok(here), copies });
    let bundle = floor.bundle(&dossier, "2026-12-07T09:00:00Z", reads);
    let page = super::text(&bundle, "report.html");
    for words in [
        "workstation_pool.fx[001-004]",
        "30.0 h",
        ">late<",
        "0 of 4 seats could be restored",
        "Regions that could not be read",
        "ec2:DescribeSnapshots: no answer",
    ] {
        assert!(page.contains(words), "{words}");
    }
    let points = &json(&bundle, "assessment.json")["recovery_points"];
    assert_eq!(points["seats"][3]["recovery_point"]["age_hours"], 30.0);
    assert_eq!(points["seats"][3]["copies"], serde_json::json!({}));
    assert_eq!(points["unreadable"]["us-east-2"], "ec2:DescribeSnapshots: no answer");

    // Where no cloud was asked, nobody looked: that is no answer either.
    let planned = floor.bundle(&floor.planned(), "2026-12-07T09:00:00Z", Vec::new());
    assert!(super::text(&planned, "report.html").contains("Nobody looked: no cloud was asked for recovery points."));
    assert!(json(&planned, "assessment.json")["recovery_points"].is_null());
}
