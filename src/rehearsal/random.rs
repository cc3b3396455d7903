//! Chance from a seed: the same seed gives the same run.

use serde::{Deserialize, Serialize};

/// A seeded generator: SplitMix64 (Steele, Lea and Flood, *Fast splittable pseudorandom number generators*, 2014).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// A generator for one purpose; two purposes of one seed don't influence each other.
    pub fn new(seed: u64, purpose: u64) -> Self {
        Self { state: mixed(seed ^ mixed(purpose)) }
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.state)
    }

    /// A number from 0 up to and without `limit`; 0 for a limit of 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Multiply and shift: the bias is below 2⁻⁴⁰ for all limits used here.
        ((u128::from(self.next()) * u128::from(limit)) >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// True in `parts` of a million cases.
    pub fn chance(&mut self, parts: u32) -> bool {
        self.below(1_000_000) < u64::from(parts)
    }

    /// So many hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.next()));
        }
        text.truncate(digits);
        text
    }

    /// A version 4 UUID.
    pub fn uuid(&mut self) -> String {
        let h = self.hex(30);
        format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[12..15], &h[15..18], &h[18..30])
    }
}

/// SplitMix64's finaliser: every bit of the input influences every bit of the output.
pub fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number from a text and a seed, for what has to be the same each time it is asked.
pub fn of_text(seed: u64, text: &str) -> u64 {
    text.bytes().fold(mixed(seed), |state, byte| mixed(state ^ u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_rolls_the_same() {
        let (mut one, mut other) = (Dice::new(7, 1), Dice::new(7, 1));
        assert_eq!((0..9).map(|_| one.next()).collect::<Vec<_>>(), (0..9).map(|_| other.next()).collect::<Vec<_>>());
        assert_ne!(Dice::new(7, 1).next(), Dice::new(7, 2).next());
    }

    #[test]
    fn bounds_hold() {
        let mut dice = Dice::new(1, 1);
        assert!((0..1000).all(|_| (3..=5).contains(&dice.between(3, 5))));
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.uuid().len(), 36);
    }
}
