//! Controls: what must hold for a floor, and how it is shown to hold.

pub mod reach;
