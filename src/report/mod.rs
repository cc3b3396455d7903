//! See ARCHITECTURE.md.

pub mod diagnostics;
