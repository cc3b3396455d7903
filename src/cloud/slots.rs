//! The slots of a batch as a tag: `1-40,57`, or `1-199/2` for every second one, as a pool that is spread over two zones has
//! them. A seat's slot is the one at its launch index.

use crate::resource::Slot;

/// Slots at equal distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    first: Slot,
    step: Slot,
    /// How many, at least one.
    length: u32,
}

impl Run {
    /// The slot at an index; none beyond the end.
    fn at(self, index: u32) -> Option<Slot> {
        (index < self.length).then(|| self.first.checked_add(self.step.checked_mul(index)?))?
    }

    fn read(text: &str) -> Option<Self> {
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)?),
            None => (text, 1),
        };
        let (first, last): (Slot, Slot) = match range.split_once('-') {
            Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
            None => (range.parse().ok()?, range.parse().ok()?),
        };
        let length = (last.checked_sub(first)? / step).checked_add(1)?;
        Some(Self { first, step, length })
    }

    fn write(self) -> String {
        let last = self.at(self.length - 1).unwrap_or(self.first);
        match (self.length, self.step) {
            (1, _) => self.first.to_string(),
            (_, 1) => format!("{}-{last}", self.first),
            (2, _) => format!("{},{last}", self.first),
            _ => format!("{}-{last}/{}", self.first, self.step),
        }
    }
}

/// Writes slots in their order.
pub fn encode(slots: &[Slot]) -> String {
    let mut runs: Vec<Run> = Vec::new();
    for slot in slots {
        let continued = runs.last_mut().is_some_and(|run| {
            let last = run.at(run.length - 1).unwrap_or(run.first);
            let step = slot.checked_sub(last).filter(|step| *step > 0);
            let fits = step.is_some_and(|step| run.length == 1 || step == run.step);
            if let (true, Some(step)) = (fits, step) {
                run.step = step;
                run.length += 1;
            }
            fits
        });
        if !continued {
            runs.push(Run { first: *slot, step: 1, length: 1 });
        }
    }
    runs.into_iter().map(Run::write).collect::<Vec<_>>().join(",")
}

fn read(encoded: &str) -> Option<Vec<Run>> {
    encoded.split(',').map(Run::read).collect()
}

/// The slot at a launch index; none where the tag was tampered with.
pub fn at(encoded: &str, index: u32) -> Option<Slot> {
    let mut left = index;
    for run in read(encoded)? {
        if left < run.length {
            return run.at(left);
        }
        left -= run.length;
    }
    None
}

/// How many slots a tag names; none where it was tampered with.
pub fn count(encoded: &str) -> usize {
    read(encoded).map_or(0, |runs| runs.iter().map(|run| run.length as usize).sum())
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

    fn there_and_back(slots: &[Slot], tag: &str) {
        assert_eq!(encode(slots), tag);
        assert_eq!(count(tag), slots.len());
        for (index, slot) in (0..).zip(slots) {
            assert_eq!(at(tag, index), Some(*slot), "{tag} at {index}");
        }
        assert_eq!(at(tag, u32::try_from(slots.len()).unwrap()), None);
    }

    #[test]
    fn what_is_written_is_read_back_at_each_index() {
        there_and_back(&[1, 2, 3, 7, 9, 10], "1-3,7,9,10");
        there_and_back(&[5], "5");
        there_and_back(&[4, 8], "4,8");
        there_and_back(&(0..100).map(|n| 2 + 2 * n).collect::<Vec<_>>(), "2-200/2");
        there_and_back(&[1, 3, 5, 6, 7], "1-5/2,6-7");
    }

    #[test]
    fn a_tag_that_was_tampered_with_names_nobody() {
        for tag in ["x", "", "3-1", "1-9/0", "1-4294967295", "4294967295/2,1", "1--2"] {
            let _ = (at(tag, 7), count(tag));
        }
        assert_eq!((at("x", 0), count("x")), (None, 0));
        assert_eq!(at("1-9/0", 0), None);
    }

    #[test]
    fn scattered_slots_are_cut_to_fit_a_tag() {
        let odd: Vec<Slot> = (0..200).map(|n: u32| 1001 + n * n).collect();
        let fit = fitting(&odd);
        assert!(encode(&odd[..fit]).len() <= 256 && fit < odd.len());
    }
}
