//! The slots of a batch as a tag: `1-40,57`. A seat's slot is the one at its launch index.

use crate::resource::Slot;

/// Writes slots in their order, runs shortened.
pub fn encode(slots: &[Slot]) -> String {
    let mut runs: Vec<(Slot, Slot)> = Vec::new();
    for slot in slots {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*slot) => *last = *slot,
            _ => runs.push((*slot, *slot)),
        }
    }
    let words: Vec<String> = runs
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
        .collect();
    words.join(",")
}

/// The slot at a launch index; none where the tag was tampered with.
pub fn at(encoded: &str, index: u32) -> Option<Slot> {
    let mut left = index;
    for run in encoded.split(',') {
        let (first, last) = match run.split_once('-') {
            Some((first, last)) => (first.parse::<Slot>().ok()?, last.parse::<Slot>().ok()?),
            None => (run.parse().ok()?, run.parse().ok()?),
        };
        let length = last.checked_sub(first)?.checked_add(1)?;
        if left < length {
            return first.checked_add(left);
        }
        left -= length;
    }
    None
}

/// How many of the slots fit into a tag's 256 characters; at least one.
pub fn fitting(slots: &[Slot]) -> usize {
    let mut fit = slots.len();
    while fit > 1 && encode(&slots[..fit]).len() > 256 {
        fit -= 1;
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_at_each_index() {
        let slots = [1, 2, 3, 7, 9, 10];
        let tag = encode(&slots);
        assert_eq!(tag, "1-3,7,9-10");
        for (index, slot) in (0..).zip(slots) {
            assert_eq!(at(&tag, index), Some(slot));
        }
        assert_eq!(at(&tag, 6), None);
        assert_eq!(at("x", 0), None);
    }

    #[test]
    fn scattered_slots_are_cut_to_fit_a_tag() {
        let odd: Vec<Slot> = (0..200).map(|n| 1001 + 2 * n).collect();
        let fit = fitting(&odd);
        assert!(encode(&odd[..fit]).len() <= 256 && fit < odd.len());
    }
}
