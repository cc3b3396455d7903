//! Blueprints that went through a mill: whatever comes out, it is answered and never a panic.

use proptest::prelude::*;

use super::{FULL, TODAY, load_on};

/// Words that fit, almost fit or don't fit where they land.
const WORDS: &[&str] = &[
    "null",
    "true",
    "-1",
    "0",
    "1.5",
    "99999999999",
    "\"\"",
    "\"x\"",
    "\"200%\"",
    "\"10.0.0.0/33\"",
    "\"::/0\"",
    "\"0.0.0.0/0\"",
    "[]",
    "[null]",
    "{}",
    "key.content",
    "network.main",
    "network.main.edge",
    "workstation_pool.comp",
    "var.artists",
    "local.nothing",
    "\"2027-02-30\"",
    "\"2026-01-01\"",
    "[\"10.40.0.0/28\"]",
    "\"é\"",
    "[for x in [1, 2] : x]",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn other_values_never_panic(changes in prop::collection::vec((0usize..400, 0usize..WORDS.len()), 1..8)) {
        let mut lines: Vec<String> = FULL.lines().map(str::to_owned).collect();
        for (line, word) in changes {
            let at = line % lines.len();
            if let Some((name, _)) = lines[at].clone().split_once(" = ") {
                lines[at] = format!("{name} = {}", WORDS[word]);
            }
        }
        let loaded = load_on(&lines.join("\n"), TODAY);
        prop_assert_eq!(loaded.blueprint.is_none(), loaded.diagnostics.has_errors());
    }

    #[test]
    fn lines_taken_away_never_panic(gone in prop::collection::vec(0usize..400, 1..12)) {
        let lines: Vec<&str> = FULL.lines().collect();
        let gone: Vec<_> = gone.into_iter().map(|line| line % lines.len()).collect();
        let kept = lines.iter().enumerate().filter(|(at, _)| !gone.contains(at)).map(|(_, line)| *line);
        let loaded = load_on(&kept.collect::<Vec<_>>().join("\n"), TODAY);
        prop_assert_eq!(loaded.blueprint.is_none(), loaded.diagnostics.has_errors());
    }

    #[test]
    fn whole_blocks_twice_never_panic(from in 0usize..400, length in 0usize..60, to in 0usize..400) {
        let mut lines: Vec<&str> = FULL.lines().collect();
        let from = from % lines.len();
        let copied = lines[from..(from + length).min(lines.len())].to_vec();
        let to = to % lines.len();
        lines.splice(to..to, copied);
        load_on(&lines.join("\n"), TODAY);
    }
}
