//! Sets of whole numbers as intervals: of ports, and of addresses.

/// A number with neighbours.
pub trait Neighbours: Copy + Ord {
    /// The next higher number, where there is one.
    fn after(self) -> Option<Self>;
    /// The next lower number, where there is one.
    fn before(self) -> Option<Self>;
}

macro_rules! neighbours {
    ($($number:ty),*) => {
        $(impl Neighbours for $number {
            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }

            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }
        })*
    };
}

neighbours!(u16, u32, u128);

/// A set of numbers: intervals, first and last included, sorted, with room between any two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Intervals<T>(Vec<(T, T)>);

impl<T> Default for Intervals<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Neighbours> Intervals<T> {
    /// The numbers from `first` to `last`; none where `last` is below `first`.
    pub fn new(first: T, last: T) -> Self {
        Self(if first <= last { vec![(first, last)] } else { Vec::new() })
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The intervals, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (T, T)> + '_ {
        self.0.iter().copied()
    }

    pub fn contains(&self, number: T) -> bool {
        self.0.iter().any(|(first, last)| *first <= number && number <= *last)
    }

    /// The numbers that are in either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut all: Vec<(T, T)> = self.iter().chain(other.iter()).collect();
        all.sort_unstable();
        let mut joined: Vec<(T, T)> = Vec::with_capacity(all.len());
        for (first, last) in all {
            match joined.last_mut() {
                // Where the last one ends at the highest number of all, everything that follows is within it.
                Some(before) if before.1.after().is_none_or(|next| first <= next) => before.1 = before.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        Self(joined)
    }

    /// The numbers that are in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        while let (Some((a_first, a_last)), Some((b_first, b_last))) = (ours.peek().copied(), theirs.peek().copied()) {
            let (first, last) = (a_first.max(b_first), a_last.min(b_last));
            if first <= last {
                common.push((first, last));
            }
            if a_last < b_last {
                ours.next()
            } else {
                theirs.next()
            };
        }
        Self(common)
    }

    /// The numbers that are in this one and not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        for (first, last) in self.iter() {
            let mut from = Some(first);
            for (taken_first, taken_last) in other.iter() {
                let Some(start) = from.filter(|start| taken_first <= last && *start <= taken_last) else { continue };
                if start < taken_first {
                    left.extend(taken_first.before().map(|end| (start, end)));
                }
                from = taken_last.after().filter(|next| *next <= last);
            }
            left.extend(from.map(|start| (start, last)));
        }
        Self(left)
    }

    /// Whether any number is in both.
    pub fn meets(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(of: &[(u16, u16)]) -> Intervals<u16> {
        of.iter().fold(Intervals::default(), |all, (first, last)| all.union(&Intervals::new(*first, *last)))
    }

    #[test]
    fn neighbours_join_and_the_ends_of_the_line_hold() {
        assert_eq!(set(&[(5, 9), (1, 4), (20, 20)]).iter().collect::<Vec<_>>(), [(1, 9), (20, 20)]);
        let all = Intervals::new(0, u16::MAX);
        assert_eq!(all.union(&set(&[(7, 7)])), all);
        assert!(all.difference(&all).is_empty());
        assert_eq!(all.difference(&set(&[(0, 9), (65535, 65535)])), set(&[(10, 65534)]));
        assert!(Intervals::new(9_u16, 3).is_empty());
    }

    proptest! {
        /// Held against sets that list every number.
        #[test]
        fn they_behave_like_sets(
            a in proptest::collection::vec((0_u16..40, 0_u16..40), 0..5),
            b in proptest::collection::vec((0_u16..40, 0_u16..40), 0..5),
        ) {
            let (a, b) = (set(&a), set(&b));
            for number in 0..45 {
                let (in_a, in_b) = (a.contains(number), b.contains(number));
                prop_assert_eq!(a.union(&b).contains(number), in_a || in_b);
                prop_assert_eq!(a.intersection(&b).contains(number), in_a && in_b);
                prop_assert_eq!(a.difference(&b).contains(number), in_a && !in_b);
            }
            prop_assert_eq!(a.meets(&b), (0..45).any(|number| a.contains(number) && b.contains(number)));
        }
    }
}
