//! The blueprints that come with Closedset.

use std::fs;
use std::path::Path;

use super::super::{Source, Sources, format, starter};
use super::{TODAY, load_on, said};
use crate::blueprint::model::{Date, Region};

fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hcl"))
        .map(|path| (path.display().to_string(), fs::read_to_string(&path).expect("it can be read")))
        .collect();
    files.sort();
    files
}

fn assert_valid(name: &str, text: &str, today: Date) {
    let loaded = load_on(text, today);
    assert_eq!(said(&loaded), Vec::<String>::new(), "{name} on {today}");
}

fn assert_canonical(name: &str, text: &str) {
    let mut sources = Sources::default();
    let source = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    assert_eq!(format(&sources, source).as_deref(), Ok(text), "{name}");
}

#[test]
fn blueprints_are_valid_until_their_wrap() {
    let files = files("blueprints");
    assert_eq!(files.len(), 3);
    for (name, text) in files {
        assert_canonical(&name, &text);
        for today in [TODAY, jiff::civil::date(2027, 3, 1), jiff::civil::date(2027, 6, 30)] {
            assert_valid(&name, &text, today);
        }
    }
}

#[test]
fn examples_are_valid() {
    let files = files("examples");
    assert!(files.len() >= 8);
    for (name, text) in files {
        assert!(text.starts_with("# "), "{name} says what it teaches");
        assert_canonical(&name, &text);
        assert_valid(&name, &text, TODAY);
    }
}

#[test]
fn the_starter_is_valid() {
    let region = Region::parse("eu-central-1").expect("it has the form");
    let text = starter("moonrise", &region, TODAY, jiff::civil::date(2027, 5, 1));
    assert_canonical("starter.hcl", &text);
    assert_valid("starter.hcl", &text, TODAY);
}

#[test]
fn formatting_changes_nothing_that_is_meant() {
    for (name, text) in files("blueprints") {
        let squeezed = text.replace(" = ", "=").replace("  ", " ");
        let mut sources = Sources::default();
        let source = sources.add(Source { name: name.clone(), text: squeezed.clone() });
        let formatted = format(&sources, source).expect("it can be formatted");
        assert_eq!(load_on(&squeezed, TODAY).blueprint, load_on(&formatted, TODAY).blueprint, "{name}");
    }
}
