//! Where in the blueprint a finding belongs: the block that its address begins with.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::blueprint::model::{
    Artist, Attestation, Backup, BlockKind, BlockRef, Display, Exception, Image, Key, Labelled, Lockdown, Network,
    Output, PrefixList, WorkstationPool,
};
use crate::blueprint::{Blueprint, Sources, Span};

/// A line of a blueprint's file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Line {
    /// As it was named on the command line.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

/// The lines of all blocks, by address: `workstation_pool.comp`.
pub fn places(blueprint: &Blueprint, sources: &Sources) -> BTreeMap<String, Line> {
    let mut places = BTreeMap::new();
    let mut note = |block: BlockRef, span: Span| {
        let (line, _) = sources.position(span);
        places.insert(block.to_string(), Line { file: sources.get(span.source).name.clone(), line });
    };
    macro_rules! blocks {
        ($($type:ident)*) => {$(
            for block in $type::all(blueprint) {
                note(block.reference(), block.name.span);
            }
        )*};
    }
    blocks! {
        Artist Attestation Backup Display Exception Image Key Lockdown Network Output PrefixList WorkstationPool
    }
    let production = &blueprint.production;
    note(BlockRef::new(BlockKind::Production, production.alias.as_str()), production.alias.span);
    for network in &blueprint.networks {
        for segment in &network.segments {
            note(network.reference().part(segment.name.as_str()), segment.name.span);
        }
    }
    places
}

/// The line that an address belongs to: that of the longest block that it begins with; none where no block has it, as
/// with the account's switches.
pub fn line_of<'a>(places: &'a BTreeMap<String, Line>, address: &str) -> Option<&'a Line> {
    let begins = |block: &str| {
        address.strip_prefix(block).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[', '/', ' ']))
    };
    places.iter().filter(|(block, _)| begins(block)).max_by_key(|(block, _)| block.len()).map(|(_, line)| line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_belongs_to_the_longest_block_that_it_begins_with() {
        let line = |line| Line { file: "a.hcl".to_owned(), line };
        let blocks = [("network.main", 1), ("network.main.edge", 2), ("workstation_pool.comp", 3)];
        let places: BTreeMap<String, Line> = blocks.iter().map(|(name, at)| ((*name).to_owned(), line(*at))).collect();
        let of = |address| line_of(&places, address).map(|found| found.line);
        assert_eq!(of("network.main.edge/us-west-2a"), Some(2));
        assert_eq!(of("network.main.edges"), Some(1));
        assert_eq!(of("workstation_pool.comp[007].cache"), Some(3));
        assert_eq!(of("account.ebs_default_encryption"), None);
    }
}
