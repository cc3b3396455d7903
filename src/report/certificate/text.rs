//! What a search for residue found, as lines.

use crate::cloud::Residue;
use crate::report::palette::{BAD, CAUTION, GOOD};
use crate::report::text::Line;
use crate::report::words;

/// What was found and what couldn't be looked at, kept within `width` columns.
pub fn residue_text(residue: &Residue, width: usize) -> String {
    let mut out = String::new();
    let regions: Vec<&str> = residue.regions.iter().map(String::as_str).collect();
    let regions = words::list(&regions);
    if residue.is_clean() {
        Line::new(0)
            .styled(GOOD, "No residue: ")
            .plain(format!("nothing is left in {regions}."))
            .write(width, &mut out);
    } else if residue.found.is_empty() {
        Line::new(0)
            .styled(CAUTION, "No residue as far as could be looked: ")
            .plain(format!("nothing was found in {regions}."))
            .write(width, &mut out);
    } else {
        let count = words::count(residue.found.len(), ("thing is", "things are"));
        Line::new(0).styled(BAD, "Residue: ").plain(format!("{count} left in {regions}.")).write(width, &mut out);
        for one in &residue.found {
            let detail = one.detail.as_ref().map(|detail| format!(", {detail}")).unwrap_or_default();
            Line::new(2)
                .hanging(6)
                .styled(CAUTION, &one.what)
                .plain(format!(" {} in {}{detail}; found by {}", one.id, one.region, one.sign.words()))
                .write(width, &mut out);
        }
    }
    for gap in &residue.unsearched {
        Line::new(0)
            .styled(CAUTION, "could not be searched: ")
            .plain(format!("{} in {}: {}", gap.what, gap.region, gap.words))
            .write(width, &mut out);
    }
    if residue.strangers_in_bins > 0 {
        Line::new(0)
            .plain(format!(
                "{} of the account's recycle bins: nothing ties them to this production.",
                words::count(residue.strangers_in_bins, ("entry", "entries"))
            ))
            .write(width, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;
    use insta::assert_snapshot;

    use super::*;
    use crate::cloud::{Leftover, Sign, Unsearched};

    #[test]
    fn what_is_left_is_named_and_what_nobody_looked_at_too() {
        let left = Leftover {
            region: "us-west-2".to_owned(),
            what: "snapshot".to_owned(),
            id: "snap-1".to_owned(),
            sign: Sign::Key,
            detail: Some("150 GiB, of vol-1".to_owned()),
        };
        let gap = Unsearched {
            region: "us-east-2".to_owned(),
            what: "log groups with the production's name".to_owned(),
            words: "logs:DescribeLogGroups answered AccessDeniedException: no".to_owned(),
        };
        let residue = Residue {
            regions: vec!["us-east-2".to_owned(), "us-west-2".to_owned()],
            found: vec![left],
            unsearched: vec![gap],
            strangers_in_bins: 2,
            ..Residue::default()
        };
        assert_snapshot!(strip_str(&residue_text(&residue, 80)).to_string(), @r"
        Residue: 1 thing is left in us-east-2 and us-west-2.
          snapshot snap-1 in us-west-2, 150 GiB, of vol-1; found by its key
        could not be searched: log groups with the production's name in us-east-2:
          logs:DescribeLogGroups answered AccessDeniedException: no
        2 entries of the account's recycle bins: nothing ties them to this production.
        ");
        let clean = Residue { regions: residue.regions, ..Residue::default() };
        assert_snapshot!(strip_str(&residue_text(&clean, 80)).to_string(), @"No residue: nothing is left in us-east-2 and us-west-2.");
    }
}
