//! The starter blueprint that `closedset init` writes.

use super::model::{Date, Region};

const TEXT: &str = include_str!("starter.hcl");

/// A commented blueprint of a small floor, valid and in canonical format.
///
/// `alias` is put in as it is: validating the outcome says whether it has the form.
pub fn starter(alias: &str, region: &Region, starts_on: Date, wraps_on: Date) -> String {
    TEXT.replace("{alias}", alias)
        .replace("{region}", region.as_str())
        .replace("{starts_on}", &starts_on.to_string())
        .replace("{wraps_on}", &wraps_on.to_string())
}
