//! Policy documents as IAM writes them: percent-encoded (RFC 3986), unlike those of any other service.

use crate::resource::Document;

/// Reads a policy document of an IAM answer.
pub(super) fn document(text: &str) -> Document {
    // A policy is an object: one that begins as such was not encoded.
    if text.trim_start().starts_with('{') { Document::parse(text) } else { Document::parse(&percent_decoded(text)) }
}

/// Text with each `%XX` replaced by its byte. What is no such triple is kept, and so is text that is no UTF-8 when
/// decoded: it then shows up as a difference.
fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let triple = if byte == b'%' { bytes.get(at + 1..at + 3) } else { None };
        match triple.and_then(hexadecimal) {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

fn hexadecimal(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0_u8, |value, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(value << 4 | u8::try_from(digit).ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_policy_reads_like_the_plain_one() {
        let plain = document(r#"{"Statement":[{"Resource":"arn:aws:s3:::a%20b/*"}]}"#);
        let encoded =
            document("%7B%22Statement%22%3A%5B%7B%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aa%2520b%2F%2a%22%7D%5D%7D");
        assert_eq!(plain, encoded);
    }

    #[test]
    fn letters_beyond_ascii_are_decoded_as_utf_8() {
        assert_eq!(percent_decoded("caf%C3%A9"), "café");
    }

    #[test]
    fn what_is_no_encoding_is_kept() {
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
        assert_eq!(percent_decoded("%ff"), "%ff");
    }
}
