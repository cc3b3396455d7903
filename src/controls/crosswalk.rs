//! One practice of the MPA has another id in another version: which is which.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::control::{Control, Framework, Part, Verification};

/// A practice's ids, by version. Empty where that version has no such practice; ids of 5.1 were matched by title, and
/// serve the reading of old reports only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MpaIds {
    pub v5_1: &'static str,
    pub v5_2: &'static str,
    pub v5_3: &'static str,
    pub v5_3_1: &'static str,
    /// Of the id in 5.3.1: unverified where its text was not seen, and the id is that of 5.3.
    pub status: Verification,
}

/// `v5.1,v5.2,v5.3,v5.3.1,status`, below a heading; `A..B` is a run of practices.
const TABLE: &str = include_str!("catalogue/mpa-ids.csv");

static IDS: LazyLock<Vec<MpaIds>> = LazyLock::new(|| {
    TABLE
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.split(',');
            Some(MpaIds {
                v5_1: cells.next()?,
                v5_2: cells.next()?,
                v5_3: cells.next()?,
                v5_3_1: cells.next()?,
                status: if cells.next()? == "verified" { Verification::Verified } else { Verification::Unverified },
            })
        })
        .collect()
});

/// All practices.
pub fn mpa_ids() -> &'static [MpaIds] {
    &IDS
}

/// The ids of version 5.3 that became this one of 5.3.1; several where practices were joined.
fn in_5_3(id: &str) -> impl Iterator<Item = &'static str> {
    mpa_ids().iter().filter(move |ids| ids.v5_3_1 == id && !ids.v5_3.is_empty()).map(|ids| ids.v5_3)
}

/// The practices of an MPA version that a control bears on, with the part that asks for it and whether that was read.
pub fn practice(control: &Control, version: &str) -> BTreeSet<(String, Part, Verification)> {
    let mut found = BTreeSet::new();
    for reference in control.references.iter().filter(|reference| reference.framework == Framework::Mpa) {
        let part = reference.part.unwrap_or(Part::BestPractice);
        if version == "5.3" {
            found.extend(in_5_3(&reference.id).map(|id| (id.to_owned(), part, Verification::Verified)));
        } else {
            found.insert((reference.id.clone(), part, reference.status));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{all, control};
    use super::*;

    #[test]
    fn an_id_is_that_of_its_version() {
        let network = control("VDI-DET-03").expect("it is there");
        let ids = |version| practice(network, version).into_iter().map(|(id, ..)| id).collect::<BTreeSet<_>>();
        assert!(ids("5.3.1").contains("TS-1.12"));
        // Cloud misconfigurations were TS-1.11 before; TS-1.12 was the development life cycle.
        assert!(ids("5.3").contains("TS-1.11") && !ids("5.3").contains("TS-1.12"));
    }

    #[test]
    fn every_practice_of_the_catalogue_is_in_the_table() {
        for control in all() {
            for reference in control.references.iter().filter(|one| one.framework == Framework::Mpa) {
                let row = mpa_ids().iter().find(|ids| ids.v5_3_1 == reference.id);
                let row = row.unwrap_or_else(|| panic!("{} names {}", control.id, reference.id));
                assert_eq!(row.status, reference.status, "{} {}", control.id, reference.id);
            }
        }
    }
}
