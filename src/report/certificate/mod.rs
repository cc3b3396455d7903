//! The certificate of a wrap as people read it: a page to print, and the few lines at the end of a command.

mod page;
mod text;

pub use page::page;
pub use text::residue_text;
