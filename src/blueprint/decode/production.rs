//! The production and its keys.

use super::blocks::no_name;
use super::convert::AnyText;
use super::labels;
use super::reader::Reader;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::model::{Contacts, Key, Production, Tags};

pub fn production(reader: &Reader<'_, '_>, first_key: Option<&Reader<'_, '_>>) -> Production {
    let contacts = reader.block("contacts");
    let first_key = first_key.map_or_else(no_name, |key| key.head.clone().map(crate::blueprint::model::Name::new));
    Production {
        alias: labels::alias(reader),
        owner: reader.get("owner"),
        content_class: reader.get("content_class"),
        region: reader.get("region"),
        account: reader.maybe("account"),
        starts_on: reader.get("starts_on"),
        wraps_on: reader.get("wraps_on"),
        controls: reader.get("controls"),
        key: reader.or("key", first_key),
        boundary: reader.maybe("boundary"),
        destroy_within_days: reader.get("destroy_within_days"),
        tags: tags(reader),
        contacts: Contacts { security: contacts.get("security"), content_owner: contacts.maybe("content_owner") },
    }
}

pub fn key(reader: &Reader<'_, '_>) -> Key {
    Key {
        name: labels::name(reader),
        rotation_days: reader.get("rotation_days"),
        deletion_window_days: reader.get("deletion_window_days"),
        administrators: reader.list("administrators").unwrap_or_default(),
    }
}

/// Keys that belong to AWS and to Closedset.
const RESERVED: &[&str] = &["aws:", "closedset:"];

/// The block's tags, in the limits of AWS: 128 characters a key, 256 a value, a plain alphabet.
/// Source: EC2 user guide, "Tag restrictions".
pub fn tags(reader: &Reader<'_, '_>) -> Tags {
    let mut tags = Tags::default();
    for (key, value) in reader.entries::<AnyText>("tags") {
        let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || c == ' ' || "+-=._:/@".contains(c));
        let lowercase = key.value.to_lowercase();
        let problem = if let Some(reserved) = RESERVED.iter().find(|reserved| lowercase.starts_with(**reserved)) {
            Some((key.span, format!("tag keys that start with {reserved} are reserved"), "give it another key"))
        } else if key.value.is_empty() || key.value.chars().count() > 128 || !plain(&key.value) {
            Some((
                key.span,
                "the tag's key is out of form".to_owned(),
                "1 to 128 letters, digits, spaces and + - = . _ : / @",
            ))
        } else if value.value.0.chars().count() > 256 || !plain(&value.value.0) {
            Some((
                value.span,
                "the tag's value is out of form".to_owned(),
                "at most 256 letters, digits, spaces and + - = . _ : / @",
            ))
        } else {
            None
        };
        if let Some((span, message, help)) = problem {
            reader.findings().push(Diagnostic::error("wrong-tag", message).at(span).help(help));
        }
        tags.0.insert(key.value, value.value.0);
    }
    if tags.0.len() > 40 {
        reader.findings().push(
            Diagnostic::error("too-many-tags", format!("{} has {} tags", reader.called(), tags.0.len()))
                .at(reader.span_of("tags"))
                .help("AWS takes 50 on a resource, and Closedset needs some of them: keep to 40"),
        );
    }
    tags
}
