//! The Query protocols' request body: `Filter.1.Value.2=x` as a tree.

use super::error::{AwsError, Outcome};
use ipnet::Ipv4Net;
use percent_encoding::percent_decode;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// No shape of the Query protocols nests deeper; what does is not followed further.
const DEEPEST: usize = 12;

/// One node of the form: a value, and what is below it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    value: Option<String>,
    inner: BTreeMap<String, Form>,
}

impl Form {
    /// Reads `a=1&b.1=2`; anything malformed is kept as far as it makes sense.
    pub fn parse(body: &[u8]) -> Self {
        let mut form = Self::default();
        for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let key = decoded(halves.next().unwrap_or_default());
            let value = decoded(halves.next().unwrap_or_default());
            let mut node = &mut form;
            for part in key.splitn(DEEPEST, '.') {
                node = node.inner.entry(part.to_owned()).or_default();
            }
            node.value = Some(value);
        }
        form
    }

    /// The node at a dotted path.
    pub fn at(&self, path: &str) -> Option<&Form> {
        path.split('.').try_fold(self, |node, part| node.inner.get(part))
    }

    /// Whether anything was given at or below a path.
    pub fn has(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.at(path)?.value.as_deref()
    }

    /// This node's own text.
    pub fn own(&self) -> &str {
        self.value.as_deref().unwrap_or_default()
    }

    /// The text at a path, or `MissingParameter`; an empty text counts as missing.
    pub fn required(&self, path: &str) -> Outcome<&str> {
        self.text(path).filter(|text| !text.is_empty()).ok_or_else(|| AwsError::missing(path))
    }

    /// A truth value.
    pub fn flag(&self, path: &str) -> Outcome<Option<bool>> {
        match self.text(path) {
            None => Ok(None),
            Some("true" | "True" | "1") => Ok(Some(true)),
            Some("false" | "False" | "0") => Ok(Some(false)),
            Some(other) => Err(AwsError::value(path, other)),
        }
    }

    /// A whole number.
    pub fn number(&self, path: &str) -> Outcome<Option<i64>> {
        self.text(path).map(|text| text.parse().map_err(|_| AwsError::value(path, text))).transpose()
    }

    /// An IPv4 range, with its host bits cleared as AWS does.
    pub fn range(&self, path: &str) -> Outcome<Ipv4Net> {
        let text = self.required(path)?;
        text.parse::<Ipv4Net>().map(|net| net.trunc()).map_err(|_| {
            AwsError::new(
                "InvalidParameterValue",
                format!("Value ({text}) for parameter {path} is invalid. This is not a valid CIDR block."),
            )
        })
    }

    /// The members of a list, in the order of their numbers.
    pub fn list(&self, path: &str) -> Vec<&Form> {
        let Some(node) = self.at(path) else { return Vec::new() };
        let mut members: Vec<(u64, &Form)> =
            node.inner.iter().filter_map(|(key, form)| Some((key.parse().ok()?, form))).collect();
        members.sort_by_key(|(number, _)| *number);
        members.into_iter().map(|(_, form)| form).collect()
    }

    /// The texts of a list.
    pub fn texts(&self, path: &str) -> Vec<String> {
        self.list(path).into_iter().map(|form| form.own().to_owned()).collect()
    }

    /// A digest of everything but the named top-level parameters, to tell whether two requests say the same.
    pub fn digest(&self, without: &[&str]) -> String {
        let mut said = String::new();
        for (key, form) in self.inner.iter().filter(|(key, _)| !without.contains(&key.as_str())) {
            form.spell(key, &mut said);
        }
        data_encoding::HEXLOWER.encode(&Sha256::digest(said.as_bytes()))
    }

    fn spell(&self, key: &str, said: &mut String) {
        said.push_str(key);
        if let Some(value) = &self.value {
            said.push_str(&format!("={}:{value}", value.len()));
        }
        said.push('{');
        for (key, form) in &self.inner {
            form.spell(key, said);
        }
        said.push('}');
    }
}

fn decoded(bytes: &[u8]) -> String {
    let spaced: Vec<u8> = bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    percent_decode(&spaced).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_the_order_of_their_numbers() {
        let form =
            Form::parse(b"Action=X&Filter.10.Name=z&Filter.2.Name=tag%3Aa&Filter.2.Value.1=a+b&Filter.2.Value.2=c");
        let filters = form.list("Filter");
        assert_eq!(filters.len(), 2);
        assert_eq!(filters[0].text("Name"), Some("tag:a"));
        assert_eq!(filters[0].texts("Value"), ["a b", "c"]);
        assert_eq!(filters[1].text("Name"), Some("z"));
    }

    #[test]
    fn nonsense_is_read_without_harm() {
        let deep = "a.".repeat(10_000);
        assert!(Form::parse(deep.as_bytes()).has("a"));
        let form = Form::parse(b"&&=&=x&%zz=%ff&n=1.5&f=maybe");
        assert!(form.number("n").is_err());
        assert!(form.flag("f").is_err());
    }

    #[test]
    fn the_digest_ignores_what_it_is_told_to() {
        let one = Form::parse(b"A=1&ClientToken=x");
        let other = Form::parse(b"ClientToken=y&A=1");
        assert_eq!(one.digest(&["ClientToken"]), other.digest(&["ClientToken"]));
        assert_ne!(one.digest(&[]), other.digest(&[]));
    }
}
