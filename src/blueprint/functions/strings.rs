//! Functions of strings.

use std::collections::BTreeMap;

use unicode_segmentation::UnicodeSegmentation as _;

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::value::Value;

/// A pattern that needs more memory, in bytes, is refused.
const LARGEST_PATTERN: usize = 1 << 20;

pub(super) fn compact(arguments: &Arguments<'_>) -> Outcome {
    let is_something = |value: &&Value| value.as_str().is_some_and(|text| !text.is_empty());
    Ok(Value::list(arguments.sequence(0).iter().filter(is_something).cloned().collect::<Vec<_>>()))
}

pub(super) fn starts_with(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.text(0).starts_with(arguments.text(1)).into())
}

pub(super) fn ends_with(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.text(0).ends_with(arguments.text(1)).into())
}

pub(super) fn join(arguments: &Arguments<'_>) -> Outcome {
    let mut texts = Vec::new();
    for place in 1..arguments.len() {
        texts.extend(arguments.texts(place)?);
    }
    Ok(texts.join(arguments.text(0)).into())
}

pub(super) fn split(arguments: &Arguments<'_>) -> Outcome {
    let (separator, text) = (arguments.text(0), arguments.text(1));
    let parts: Vec<Value> = if separator.is_empty() {
        text.chars().map(|c| c.to_string().into()).collect()
    } else {
        text.split(separator).map(Value::from).collect()
    };
    Ok(Value::list(parts))
}

pub(super) fn sort(arguments: &Arguments<'_>) -> Outcome {
    let mut texts = arguments.texts(0)?;
    texts.sort_unstable();
    Ok(Value::list(texts.into_iter().map(Value::from).collect::<Vec<_>>()))
}

pub(super) fn lower(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.text(0).to_lowercase().into())
}

pub(super) fn upper(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.text(0).to_uppercase().into())
}

pub(super) fn title(arguments: &Arguments<'_>) -> Outcome {
    let mut titled = String::new();
    let mut in_word = false;
    for c in arguments.text(0).chars() {
        if in_word {
            titled.push(c);
        } else {
            titled.extend(c.to_uppercase());
        }
        in_word = c.is_alphanumeric() || c == '_' || c == '\'';
    }
    Ok(titled.into())
}

pub(super) fn trim(arguments: &Arguments<'_>) -> Outcome {
    let characters = arguments.text(1);
    Ok(arguments.text(0).trim_matches(|c| characters.contains(c)).into())
}

pub(super) fn trim_prefix(arguments: &Arguments<'_>) -> Outcome {
    let text = arguments.text(0);
    Ok(text.strip_prefix(arguments.text(1)).unwrap_or(text).into())
}

pub(super) fn trim_suffix(arguments: &Arguments<'_>) -> Outcome {
    let text = arguments.text(0);
    Ok(text.strip_suffix(arguments.text(1)).unwrap_or(text).into())
}

pub(super) fn trim_space(arguments: &Arguments<'_>) -> Outcome {
    Ok(arguments.text(0).trim().into())
}

pub(super) fn substr(arguments: &Arguments<'_>) -> Outcome {
    let characters: Vec<&str> = arguments.text(0).graphemes(true).collect();
    let (offset, length) = (arguments.integer(1)?, arguments.integer(2)?);
    let count = i64::try_from(characters.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { offset.saturating_add(count).max(0) } else { offset.min(count) };
    let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
    // Both lie within the string by now.
    let bound = |at: i64| usize::try_from(at).unwrap_or_default();
    Ok(characters.get(bound(start)..bound(end)).unwrap_or_default().concat().into())
}

pub(super) fn replace(arguments: &Arguments<'_>) -> Outcome {
    let (text, substring, replacement) = (arguments.text(0), arguments.text(1), arguments.text(2));
    let pattern = substring.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let replaced_size = |count: usize| text.len().saturating_add(count.saturating_mul(replacement.len()));
    match pattern {
        Some(pattern) => {
            let pattern = compile(pattern, 1)?;
            check_size(replaced_size(pattern.find_iter(text).count()))?;
            Ok(pattern.replace_all(text, replacement).into_owned().into())
        }
        None => {
            check_size(replaced_size(text.matches(substring).count()))?;
            Ok(text.replace(substring, replacement).into())
        }
    }
}

/// Refuses what would take more memory than any value may, before it is taken.
fn check_size(bytes: usize) -> Result<(), Failure> {
    if bytes > 16 << 20 { Err(Failure::new("the result is larger than 16 megabytes")) } else { Ok(()) }
}

pub(super) fn regex(arguments: &Arguments<'_>) -> Outcome {
    let pattern = compile(arguments.text(0), 0)?;
    let found =
        pattern.captures(arguments.text(1)).ok_or_else(|| Failure::at(1, "the pattern matches nothing in it"))?;
    let group = |place: usize| found.get(place).map_or(Value::NULL, |part| Value::from(part.as_str()));
    let names: Vec<Option<&str>> = pattern.capture_names().skip(1).collect();
    if names.is_empty() {
        return Ok(group(0));
    }
    if names.iter().all(Option::is_none) {
        return Ok(Value::tuple((1..=names.len()).map(group).collect::<Vec<_>>()));
    }
    let named: Option<BTreeMap<String, Value>> =
        names.iter().enumerate().map(|(place, name)| Some(((*name)?.to_owned(), group(place + 1)))).collect();
    named.map(Value::object).ok_or_else(|| Failure::at(0, "either all groups have names or none"))
}

fn compile(pattern: &str, place: usize) -> Result<regex::Regex, Failure> {
    regex::RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build().map_err(|error| {
        let message = match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            // The last line says what is wrong; those before it draw the pattern.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                format!("the pattern can't be read: {}", last.strip_prefix("error: ").unwrap_or(last))
            }
        };
        Failure::at(place, message)
    })
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn strings_are_terraforms() {
        for (call, result) in [
            (r#"[startswith("hello", "he"), endswith("hello", "lo"), startswith("a", "b")]"#, "[true, true, false]"),
            (r#"join("-", ["a", "b"], ["c"])"#, r#""a-b-c""#),
            (r#"join(", ", [1, true])"#, r#""1, true""#),
            (r#"split(",", "a,b,,c")"#, r#"["a", "b", "", "c"]"#),
            (r#"split(",", "")"#, r#"[""]"#),
            (r#"split("", "ab")"#, r#"["a", "b"]"#),
            (r#"sort(["e", "d", "a", "x"])"#, r#"["a", "d", "e", "x"]"#),
            (
                r#"[lower("HELLO"), upper("straße"), title("hello big world")]"#,
                r#"["hello", "STRASSE", "Hello Big World"]"#,
            ),
            (r#"trim("?!hello?!", "!?")"#, r#""hello""#),
            (
                r#"[trimprefix("helloworld", "hello"), trimsuffix("helloworld", "world"), trimspace("  a\n\n")]"#,
                r#"["world", "hello", "a"]"#,
            ),
            (
                r#"[substr("hello world", 1, 4), substr("🤔🤷", 0, 1), substr("hello world", -5, -1), substr("hello world", 6, 10), substr("a", 5, 1)]"#,
                r#"["ello", "🤔", "world", "world", ""]"#,
            ),
            (r#"replace("1 + 2 + 3", "+", "-")"#, r#""1 - 2 - 3""#),
            (r#"replace("hello world", "/w.*d/", "everybody")"#, r#""hello everybody""#),
            (r#"replace("ab", "/(a)(b)/", "$2$1")"#, r#""ba""#),
            (r#"regex("[a-z]+", "53453453.345345aaabbbccc23454")"#, r#""aaabbbccc""#),
            (r#"regex("(\\d\\d\\d\\d)-(\\d\\d)-(\\d\\d)", "2019-02-01")"#, r#"["2019", "02", "01"]"#),
            (
                r#"regex("^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?", "https://terraform.io/docs/")"#,
                r#"{ authority = "terraform.io", scheme = "https" }"#,
            ),
            (r#"compact(["a", "", "b", null])"#, r#"["a", "b"]"#),
        ] {
            assert_eq!(shown(call), result, "{call}");
        }
    }

    #[test]
    fn wrong_patterns_are_said() {
        assert!(error_of(r#"regex("[a-z]+", "123")"#).contains("matches nothing"));
        assert!(error_of(r#"regex("(", "a")"#).contains("can't be read: unclosed group"));
        assert!(error_of(r#"regex("(?P<a>x)(y)", "xy")"#).contains("either all groups have names or none"));
        assert!(error_of(r#"regex("(a{1000}){1000}", "a")"#).contains("too large"));
    }

    #[test]
    fn hostile_growth_is_refused() {
        let call = r#"replace(join("", [for i in range(1000) : "aaaaaaaaaa"]), "a", join("", [for i in range(1000) : "bbbbbbbbbb"]))"#;
        assert!(error_of(call).contains("larger than 16 megabytes"));
    }
}
