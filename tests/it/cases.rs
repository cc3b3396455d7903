//! Failing cases, kept as fixtures in `tests/cases`: a search that finds one writes it down there, and from then on it is
//! tried first.

use std::fs;
use std::path::{Path, PathBuf};

/// The cases of one search, a line each.
pub struct Cases {
    file: PathBuf,
    search: String,
}

impl Cases {
    /// Those of the search of this name, in the file of its suite.
    pub fn of(suite: &str, search: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        Self { file: folder.join(suite).with_extension("txt"), search: search.to_owned() }
    }

    /// The cases that failed once, as they were written down.
    pub fn known(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let cases = text.lines().filter_map(|line| line.strip_prefix(&self.search)?.strip_prefix(": "));
        cases.map(str::to_owned).collect()
    }

    /// Writes down a case that failed. Where that can't be done, the failure's own words have to do.
    pub fn keep(&self, case: &str) {
        if self.known().iter().any(|known| known == case) {
            return;
        }
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let _ = fs::write(&self.file, format!("{text}{}: {case}\n", self.search));
    }
}

#[test]
fn every_case_that_was_kept_is_one_of_a_search_that_there_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for suite in ["faults", "crash"] {
        let source = fs::read_to_string(folder.join("it").join(suite).with_extension("rs")).expect("a suite");
        let cases = fs::read_to_string(folder.join("cases").join(suite).with_extension("txt")).unwrap_or_default();
        for case in cases.lines() {
            let search = case.split_once(": ").expect("search: case").0;
            assert!(source.contains(&format!("\"{search}\"")), "{suite}: nobody searches for `{search}`");
        }
    }
}
