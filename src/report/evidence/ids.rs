//! Ids that are the same in every run: UUIDs of version 5, made of what they name.

use std::fmt::Write as _;

use sha1::{Digest, Sha1};

/// The namespace of all of them, itself an id of this kind: that of the name `closedset.invalid` among names of domains.
const NAMESPACE: [u8; 16] =
    [0x8a, 0xf9, 0x57, 0xed, 0x37, 0xfe, 0x5c, 0x74, 0x98, 0x19, 0x17, 0xda, 0x1f, 0xa4, 0x00, 0x5f];

/// The id of what these words name together. Source: RFC 9562, section 5.5.
pub fn id(words: &[&str]) -> String {
    let mut hash = Sha1::new();
    hash.update(NAMESPACE);
    // A character that stands in no word keeps `a`, `bc` apart from `ab`, `c`.
    hash.update(words.join("\u{1f}"));
    written(&hash.finalize())
}

/// The first 128 bits of a hash, with version 5 and the variant of the RFC in their places.
fn written(hash: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in hash.iter().take(16).enumerate() {
        let byte = match at {
            6 => (byte & 0x0f) | 0x50,
            8 => (byte & 0x3f) | 0x80,
            _ => *byte,
        };
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_same_every_time_and_another_for_other_words() {
        // As Python's `uuid.uuid5` has it, and whatever else keeps to the RFC.
        assert_eq!(id(&["finding", "VDI-NET-03"]), "01a20878-8b40-5912-ac46-472079f68350");
        let domains = [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        let hash = Sha1::new().chain_update(domains).chain_update("closedset.invalid").finalize();
        assert_eq!(written(&hash), written(&NAMESPACE));
        assert_ne!(id(&["a", "bc"]), id(&["ab", "c"]));
    }
}
