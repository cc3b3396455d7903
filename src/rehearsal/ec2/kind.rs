//! What all kinds of EC2 resources have in common.

use crate::rehearsal::desk::Desk;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{Form, Outcome, Xml};
use crate::rehearsal::world::Shelved;
use serde::Serialize;

/// An EC2 action: its name and what carries it out.
pub type Action = (&'static str, fn(&mut Desk, &Form, &mut Xml) -> Outcome);

/// A kind of EC2 resource: what a generic read, filter, tag and error need to know of it.
pub trait Kind: Shelved + Serialize {
    /// What ids begin with, without the dash.
    const PREFIX: &'static str;
    /// The resource type in tag specifications.
    const TYPE: &'static str;
    /// What the kind is called in messages.
    const WORDS: &'static str;
    /// The parameter that lists ids.
    const ID_PARAMETER: &'static str;
    /// The code for an id that doesn't exist.
    const NOT_FOUND: &'static str;
    /// The code for an id of another form.
    const MALFORMED: &'static str;
    /// The element around a list of them.
    const SET: &'static str;
    /// The largest page. \[B\] MaxResults.
    const LARGEST_PAGE: usize = 1000;
    /// Whether ids and page sizes can't be given together.
    const IDS_EXCLUDE_PAGES: bool = false;
    /// The filters that it has besides those for tags.
    const FILTERS: &'static [&'static str];

    /// The tags.
    fn tags(&self) -> &Tags;
    /// The tags, to be changed.
    fn tags_mut(&mut self) -> &mut Tags;
    /// The values of one of its filters.
    fn field(&self, filter: &str) -> Vec<String>;
    /// Writes it as the service describes it.
    fn write(&self, x: &mut Xml, desk: &Desk);
    /// Whether it counts as existing; a terminated instance, for one, doesn't.
    fn present(&self) -> bool {
        true
    }
}

/// Whether an id has the form of this kind's ids: prefix, dash, 8 or 17 hexadecimal digits.
pub fn is_id_of<K: Kind>(id: &str) -> bool {
    id.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('-')).is_some_and(|digits| {
        (digits.len() == 8 || digits.len() == 17) && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })
}

/// Implements what every kind writes the same way: its id and its tags.
macro_rules! identified {
    ($kind:ty) => {
        impl $crate::rehearsal::store::Kept for $kind {
            fn id(&self) -> &str {
                &self.id
            }
        }
    };
}
pub(crate) use identified;

/// Implements the two tag methods of a kind with a `tags` field.
macro_rules! tagged {
    () => {
        fn tags(&self) -> &$crate::rehearsal::tags::Tags {
            &self.tags
        }

        fn tags_mut(&mut self) -> &mut $crate::rehearsal::tags::Tags {
            &mut self.tags
        }
    };
}
pub(crate) use tagged;
