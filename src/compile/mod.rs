//! Blueprint to desired resources: the only room that knows both vocabularies. Pure: what only the cloud knows is
//! handed in as [`Facts`].

mod facts;

pub use facts::Facts;
