//! A restore that was cut off: what it left beside the volumes in use, which only the same restore again may end.

use std::collections::BTreeMap;

use super::{Action, Change, Reason};
use crate::resource::{Address, Kind};

/// More volumes than this are counted only: the plan lists them.
const MOST_NAMED: usize = 4;

/// The volumes that lie beside those in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// By id, with the address that both bear.
    pub beside: BTreeMap<String, Address>,
}

impl CutOff {
    /// What a plan's changes tell of it; none where no restore was cut off.
    pub fn of(changes: &[Change]) -> Option<Self> {
        let left = |change: &&Change| {
            (change.kind, change.action, change.reason) == (Kind::Volume, Action::None, Reason::Unfinished)
        };
        let beside: BTreeMap<String, Address> = changes
            .iter()
            .filter(left)
            .filter_map(|change| Some((change.id.clone()?, change.address.clone())))
            .collect();
        (!beside.is_empty()).then_some(Self { beside })
    }

    /// What a person should know, without a period.
    pub fn warning(&self) -> String {
        // In the order of the seats, which people think in.
        let mut all: Vec<(&Address, &String)> = self.beside.iter().map(|(id, address)| (address, id)).collect();
        all.sort();
        let named: Vec<String> = all.iter().take(MOST_NAMED).map(|(address, id)| format!("{id} ({address})")).collect();
        let more = all.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let lie = if all.len() == 1 { "lies" } else { "lie" };
        format!(
            "a restore was cut off: {}{more} {lie} beside what is in use, and seats may be stopped and their volumes \
             detached; the same closedset restore again finishes it, with the same --at if it was given",
            named.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(slot: u32) -> Change {
        Change {
            address: Address::volume("comp", slot, "work"),
            kind: Kind::Volume,
            action: Action::None,
            reason: Reason::Unfinished,
            id: Some(format!("vol-{slot:02}")),
            fields: Vec::new(),
            controls: Vec::new(),
            note: None,
        }
    }

    #[test]
    fn the_volumes_are_named_with_their_places_and_many_are_counted() {
        assert_eq!(CutOff::of(&[]), None);
        let one = CutOff::of(&[left(2)]).expect("a volume lies there");
        assert_eq!(
            one.warning(),
            "a restore was cut off: vol-02 (workstation_pool.comp[002].work) lies beside what is in use, and seats may be \
             stopped and their volumes detached; the same closedset restore again finishes it, with the same --at if it \
             was given"
        );
        let all: Vec<Change> = (1..=12).map(left).collect();
        let words = CutOff::of(&all).expect("they lie there").warning();
        assert!(words.contains("vol-04 (workstation_pool.comp[004].work) and 8 more lie beside"), "{words}");
        assert!(!words.contains("vol-05"), "{words}");
    }
}
