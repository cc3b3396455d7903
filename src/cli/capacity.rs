//! The file of `rehearse --capacity`: how much room the zones have.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::error::CliError;
use super::sources;
use crate::rehearsal::physics::instance_types;
use crate::rehearsal::physics::places::zones;

/// How many more instances there is room for, by `type@zone`.
///
/// # Errors
/// A file that can't be read, is no JSON object, or speaks of types, zones or numbers that don't exist: with its line.
pub fn read(path: &Path, region: &str) -> Result<BTreeMap<String, u32>, CliError> {
    let bytes = sources::bytes(path)?;
    let text = String::from_utf8(bytes).map_err(|_| wrong(path, None, "it is not UTF-8 text"))?;
    parse(&text, region).map_err(|(line, words)| wrong(path, line, &words))
}

type Wrong = (Option<usize>, String);

fn parse(text: &str, region: &str) -> Result<BTreeMap<String, u32>, Wrong> {
    let entries: Map<String, Value> =
        serde_json::from_str(text).map_err(|error| (Some(error.line()), error.to_string()))?;
    entries
        .into_iter()
        .map(|(key, value)| entry(&key, &value, region).map_err(|words| (line_of(text, &key), words)))
        .collect()
}

fn entry(key: &str, value: &Value, region: &str) -> Result<(String, u32), String> {
    let Some((kind, zone)) = key.split_once('@') else {
        return Err(format!("`{key}` is no type and zone: write it as g6.4xlarge@{region}a"));
    };
    if instance_types::find(kind).is_none() {
        return Err(format!("the rehearsal cloud knows no instance type `{kind}`"));
    }
    let known = zones(region);
    if !known.iter().any(|one| one == zone) {
        return Err(format!("`{zone}` is no zone of {region}: it has {}", known.join(", ")));
    }
    match value.as_u64().map(u32::try_from) {
        Some(Ok(room)) => Ok((key.to_owned(), room)),
        _ => Err(format!("`{key}` needs a number of instances, but has {value}")),
    }
}

fn line_of(text: &str, key: &str) -> Option<usize> {
    let at = text.find(&format!("\"{key}\""))?;
    Some(text[..at].matches('\n').count() + 1)
}

fn wrong(path: &Path, line: Option<usize>, words: &str) -> CliError {
    let place = line.map(|line| format!(":{line}")).unwrap_or_default();
    CliError::usage(format!("{}{place}: {words}", path.display()))
        .hint("--capacity takes a JSON object such as {\"g6.4xlarge@us-west-2a\": 3}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_read_and_what_is_wrong_is_located() {
        let read = |text: &str| parse(text, "us-west-2");
        assert_eq!(
            read("{\"g6.4xlarge@us-west-2a\": 3}"),
            Ok(BTreeMap::from([("g6.4xlarge@us-west-2a".to_owned(), 3)]))
        );
        for (text, line) in [
            ("{\n\"g6.4xlarge\": 3}", 2),
            ("{\"g6.4xlarge@us-west-2a\": 3,\n\n\"g6.4xlarge@eu-north-1a\": 3}", 3),
            ("{\"g99.huge@us-west-2a\": 3}", 1),
            ("{\n\n\"g6.4xlarge@us-west-2a\": -3}", 3),
            ("{\"g6.4xlarge@us-west-2a\"\n: }", 2),
            ("[3]", 1),
        ] {
            assert_eq!(read(text).expect_err(text).0, Some(line), "{text}");
        }
    }
}
