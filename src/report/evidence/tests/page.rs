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
