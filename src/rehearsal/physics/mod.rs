//! The figures: rates, times, limits, types and places, as tables with their sources.
//!
//! Sources are abbreviated as: \[D\] AWS documentation, \[B\] the botocore service model 1.43,
//! \[S\] a named secondary source, \[R\] the rehearsal's own choice where AWS publishes nothing.

pub mod images;
pub mod instance_types;
pub mod limits;
pub mod places;
pub mod throttle;
pub mod times;
