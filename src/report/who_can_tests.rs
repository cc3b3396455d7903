//! Who may do what on the floor of the compiler's tests.

use anstream::adapter::strip_str;
use insta::assert_snapshot;
use jiff::civil::date;

use super::who_can::{artist_rights, file_rights};
use super::{artist_text, file_text};
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Inputs, NoFiles, Parsed, Sources, load};
use crate::guest::permissions::{Actor, NoImports, Permissions};
use crate::guest::places;

/// Two more artists: one without a seat of one's own, one whose time is over.
const FLOOR: &str = concat!(
    include_str!("../compile/tests/floor.hcl"),
    r#"
artist "bela" {
  pools = [workstation_pool.comp]
  until = "2027-06-30"
}

artist "chidi" {
  pools = [workstation_pool.comp]
  from  = "2026-12-01"
  until = "2026-12-24"
}
"#
);

const WORKDAY: Date = date(2027, 1, 11);

fn floor(text: &str) -> (Blueprint, Sources) {
    let (parsed, problems) = Parsed::new([("film.hcl".to_owned(), text.as_bytes().to_vec())]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, date(2026, 11, 21));
    let Some(blueprint) = loaded.blueprint else { panic!("{:#?}", loaded.diagnostics.sorted()) };
    (blueprint, loaded.sources)
}

fn asked(text: &str, artist: &str, seat: Option<&str>, day: Date) -> String {
    let (blueprint, sources) = floor(text);
    match places(&blueprint, artist, seat, day) {
        Ok((artist, places)) => {
            let rights = artist_rights(&blueprint, &sources, artist, &places, day);
            strip_str(&artist_text(&rights, 80)).to_string()
        }
        Err(why) => format!("{why}\n"),
    }
}

#[test]
fn an_artist_at_a_seat_of_ones_own() {
    let text = asked(FLOOR, "ana", None, WORKDAY);
    assert_snapshot!(text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn who_may_not_sit_there_is_told_by_which_line() {
    let first = |artist, seat, day| asked(FLOOR, artist, seat, day);
    let told = [
        first("ana", Some("3"), WORKDAY),
        first("ana", Some("comp[002]"), date(2026, 11, 30)),
        first("bela", Some("workstation_pool.comp[2]"), WORKDAY),
        first("chidi", None, WORKDAY),
        first("anna", None, WORKDAY),
        first("ana", Some("comp[9]"), WORKDAY),
        first("ana", Some("compp[1]"), WORKDAY),
        first("ana", Some("the left one"), WORKDAY),
    ];
    assert_snapshot!(told.concat());
}

#[test]
fn usb_is_two_questions() {
    let text = FLOOR.replace("usb           = \"none\"", "usb           = \"tablets\"");
    let answers = asked(&text, "bela", None, WORKDAY);
    let lines: Vec<&str> = answers.lines().filter(|line| line.contains("USB")).collect();
    assert_snapshot!(lines.join("\n"));
}

#[test]
fn programs_get_the_same_answers_with_their_lines() {
    let (blueprint, sources) = floor(FLOOR);
    let Ok((artist, places)) = places(&blueprint, "ana", None, WORKDAY) else { panic!("ana has a seat") };
    let rights = artist_rights(&blueprint, &sources, artist, &places, WORKDAY);
    let document = serde_json::to_value(&rights).unwrap_or_default();
    assert_eq!(document["seats"][0]["seat"], "workstation_pool.comp[002]");
    assert_snapshot!(serde_json::to_string_pretty(&document["seats"][0]["capabilities"][1]).unwrap_or_default());
    assert_eq!(document["seats"][0]["capabilities"].as_array().map(Vec::len), Some(10));
}

/// What some images come with, and what undoes itself.
const WEAK: &str = "\
[permissions]
%any% allow builtin
%any% disallow clipboard-copy
%any% deny file-download
jane allow clipboard-copy
";

fn by_file(text: &str, actor: &str) -> String {
    let Ok(permissions) = Permissions::read("default.perm", text.as_bytes(), &NoImports) else { panic!("{text}") };
    let who = Actor::parse(actor).unwrap_or_default();
    strip_str(&file_text(&file_rights("default.perm", actor, &who, &permissions), 80)).to_string()
}

#[test]
fn a_file_from_elsewhere() {
    assert_snapshot!(by_file(WEAK, "%owner%"));
    assert!(by_file(WEAK, "jane").contains("clipboard out   yes  default.perm:5 jane allow clipboard-copy"));
    assert!(by_file("", "jane").contains("printing        no *  no line allows it"), "{}", by_file("", "jane"));
}
