//! The slots of a batch as a tag: `1-40,57`, or `1-199/2` for every second one. A seat's slot is the one at its launch index.

use crate::resource::Slot;

/// Slots at equal distances: seats of one zone of two are every second one.
#[derive(Debug, Clone, Copy)]
struct Run {
    first: Slot,
    last: Slot,
    /// Zero as long as there is only one slot.
    step: Slot,
}

/// Writes slots in their order, runs shortened.
pub fn encode(slots: &[Slot]) -> String {
    let mut runs: Vec<Run> = Vec::new();
    for slot in slots.iter().copied() {
        let fresh = Run { first: slot, last: slot, step: 0 };
        let Some(run) = runs.last_mut() else {
            runs.push(fresh);
            continue;
        };
        let step = slot.checked_sub(run.last).filter(|step| *step > 0);
        match step {
            Some(step) if run.step == 0 || run.step == step => (run.last, run.step) = (slot, step),
            // Two that are apart make no run: the second may begin one.
            Some(step) if run.step > 1 && run.first + run.step == run.last => {
                let second = run.last;
                (run.last, run.step) = (run.first, 0);
                runs.push(Run { first: second, last: slot, step });
            }
            _ => runs.push(fresh),
        }
    }
    let words: Vec<String> = runs
        .iter()
        .map(|Run { first, last, step }| match step {
            0 => first.to_string(),
            1 => format!("{first}-{last}"),
            _ if first + step == *last => format!("{first},{last}"),
            _ => format!("{first}-{last}/{step}"),
        })
        .collect();
    words.join(",")
}

/// The slot at a launch index; none where the tag was tampered with.
pub fn at(encoded: &str, index: u32) -> Option<Slot> {
    let mut left = index;
    for run in encoded.split(',') {
        let (run, step) = match run.split_once('/') {
            Some((run, step)) => (run, step.parse::<Slot>().ok().filter(|step| *step > 0)?),
            None => (run, 1),
        };
        let (first, last) = match run.split_once('-') {
            Some((first, last)) => (first.parse::<Slot>().ok()?, last.parse::<Slot>().ok()?),
            None => (run.parse().ok()?, run.parse().ok()?),
        };
        let length = (last.checked_sub(first)? / step).checked_add(1)?;
        if left < length {
            return first.checked_add(left.checked_mul(step)?);
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
    fn every_second_slot_is_one_run() {
        let odd: Vec<Slot> = (0..100).map(|n| 4001 + 2 * n).collect();
        assert_eq!(encode(&odd), "4001-4199/2");
        for (index, slot) in (0..).zip(&odd) {
            assert_eq!(at("4001-4199/2", index), Some(*slot));
        }
        assert_eq!(at("4001-4199/2", 100), None);
        assert_eq!(at("1-9/0", 0), None);
        for slots in [vec![1, 3, 5, 6, 7, 20], vec![5, 9, 10, 11], vec![2, 4], vec![7], vec![1, 4, 8, 13]] {
            let tag = encode(&slots);
            let back: Vec<Slot> = (0..).map_while(|index| at(&tag, index)).collect();
            assert_eq!(back, slots, "{tag}");
        }
    }

    #[test]
    fn scattered_slots_are_cut_to_fit_a_tag() {
        // No three of them at equal distances.
        let scattered: Vec<Slot> = (0..200).map(|n| 1001 + n * (n + 1)).collect();
        let fit = fitting(&scattered);
        assert!(encode(&scattered[..fit]).len() <= 256 && fit < scattered.len());
    }
}
