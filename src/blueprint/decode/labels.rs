//! The forms that labels must have: they become parts of addresses, tags and names in the cloud.

use super::reader::Reader;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::is_sound;
use crate::blueprint::model::Name;
use crate::blueprint::source::Spanned;

/// Labels are parts of names that AWS limits to 64 characters.
const LONGEST: usize = 32;

/// The label as a name: it starts with a letter and has letters, digits, `_` and `-`.
pub fn name<T>(reader: &Reader<'_, '_>) -> Spanned<Name<T>> {
    let plain = |label: &str| {
        label.len() <= LONGEST
            && label.starts_with(|c: char| c.is_ascii_alphabetic())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    };
    held(reader, plain, "a label starts with a letter and has at most 32 letters, digits, _ and -")
}

/// An artist's label: as a name, and also the forms in which people sign in, such as `ana.lopez`.
pub fn artist<T>(reader: &Reader<'_, '_>) -> Spanned<Name<T>> {
    let plain = |label: &str| {
        label.len() <= 64
            && label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.@".contains(&b))
    };
    held(reader, plain, "the name with which the artist signs in: at most 64 letters, digits, _ - . @")
}

/// The production's alias: 3 to 24 of `a-z`, `0-9` and `-`.
pub fn alias<T>(reader: &Reader<'_, '_>) -> Spanned<Name<T>> {
    let plain = |label: &str| {
        (3..=24).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    held(reader, plain, "an alias has 3 to 24 of a-z, 0-9 and -, and neither starts nor ends with -")
}

fn held<T>(reader: &Reader<'_, '_>, plain: fn(&str) -> bool, rule: &str) -> Spanned<Name<T>> {
    let head = &reader.head;
    if is_sound(head) && !plain(&head.value) {
        reader.findings().push(
            Diagnostic::error("wrong-label", format!("the label of {} is out of form", reader.called()))
                .at(head.span)
                .help(rule),
        );
    }
    head.clone().map(Name::new)
}
