//! The table itself, a file per block family.

mod access;
mod desk;
mod language;
mod network;
mod pool;
mod production;
mod recovery;

use super::{Attribute, Block, Type};

/// Every block that may stand at the top of a file, in the order in which people write them.
pub const BLOCKS: &[&Block] = &[
    &language::BLUEPRINT,
    &language::VARIABLE,
    &language::LOCALS,
    &production::PRODUCTION,
    &production::KEY,
    &network::NETWORK,
    &network::PREFIX_LIST,
    &desk::IMAGE,
    &desk::LOCKDOWN,
    &desk::DISPLAY,
    &pool::WORKSTATION_POOL,
    &access::ARTIST,
    &recovery::BACKUP,
    &access::EXCEPTION,
    &access::ATTESTATION,
    &language::OUTPUT,
];

const TEXT: Type = Type::Text;
const SWITCH: Type = Type::Switch;
const TAGS: Attribute = Attribute::default(
    "tags",
    Type::Map(&Type::Text),
    "{}",
    "Tags; nearer ones win: volume over pool over production.",
    "{ cost_center = \"4711\" }",
);
