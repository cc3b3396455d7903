//! What a production left behind: looked for by every sign there is, whether or not it bears the production's mark.

mod bin;
mod disks;
mod marks;
mod networks;
mod search;

pub use search::{Leftover, Residue, Search, Sign, Unsearched};
