//! Filters of EC2's reads: names, values with `*` and `?`, tags.

use super::Kind;
use crate::rehearsal::tags::Tags;
use crate::rehearsal::wire::{AwsError, Form, Outcome};

/// The filters of one call; something passes if for each filter any value matches.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    filters: Vec<(String, Vec<String>)>,
}

impl Filters {
    /// Reads `Filter.n`, refusing names that aren't in `known` and don't speak of tags.
    pub fn read(form: &Form, known: &[&str]) -> Outcome<Self> {
        let mut filters = Vec::new();
        for filter in form.list("Filter") {
            let name = filter.required("Name")?;
            if !known.contains(&name) && !speaks_of_tags(name) {
                return Err(AwsError::refused(format!("The filter '{name}' is invalid")));
            }
            let values = filter.texts("Value");
            if values.is_empty() {
                return Err(AwsError::refused(format!("The filter '{name}' has no values")));
            }
            if values.len() > MOST_VALUES {
                return Err(AwsError::new(
                    "FilterLimitExceeded",
                    "The maximum number of filter values specified on a single call is 200",
                ));
            }
            filters.push((name.to_owned(), values));
        }
        Ok(Self { filters })
    }

    /// Whether something with these tags passes; `field` gives its values of a filter.
    pub fn pass(&self, tags: &Tags, field: impl Fn(&str) -> Vec<String>) -> bool {
        self.filters.iter().all(|(name, values)| {
            let any = |given: &str| values.iter().any(|pattern| matches(pattern, given));
            if let Some(key) = name.strip_prefix("tag:") {
                tags.get(key).is_some_and(|value| any(value))
            } else if name == "tag-key" {
                tags.keys().any(|key| any(key))
            } else if name == "tag-value" {
                tags.values().any(|value| any(value))
            } else {
                field(name).iter().any(|given| any(given))
            }
        })
    }

    /// Whether a thing passes.
    pub fn pass_kind<K: Kind>(&self, thing: &K) -> bool {
        self.pass(thing.tags(), |name| thing.field(name))
    }
}

/// Values on a single call. \[D\] `AWSEC2/latest/UserGuide/Using_Filtering`.
const MOST_VALUES: usize = 200;

fn speaks_of_tags(name: &str) -> bool {
    name.starts_with("tag:") || name == "tag-key" || name == "tag-value"
}

/// Whether a text matches a pattern in which `*` stands for any letters, `?` for any one,
/// and a backslash takes the next letter as it is.
pub fn matches(pattern: &str, text: &str) -> bool {
    if !pattern.contains(['*', '?', '\\']) {
        return pattern == text;
    }
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    // Where the last star was, and how much of the text it had swallowed.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(Token::Any) => {
                star = Some((p, t));
                p += 1;
            }
            Some(token) if token.takes(text[t]) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, swallowed)) => {
                    p = at + 1;
                    t = swallowed + 1;
                    star = Some((at, swallowed + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|token| matches!(token, Token::Any))
}

enum Token {
    Any,
    One,
    Letter(char),
}

impl Token {
    fn takes(&self, letter: char) -> bool {
        match self {
            Token::Any => false,
            Token::One => true,
            Token::Letter(own) => *own == letter,
        }
    }
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut letters = pattern.chars();
    let mut tokens = Vec::new();
    while let Some(letter) = letters.next() {
        tokens.push(match letter {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Letter(letters.next().unwrap_or('\\')),
            other => Token::Letter(other),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn wildcards_match_as_in_the_console() {
        assert!(matches("*", "") && matches("a*c", "abbc") && matches("a?c", "abc") && matches("*ab", "aab"));
        assert!(!matches("a?c", "ac") && !matches("a*c", "abcd") && !matches("", "a"));
        assert!(matches("a\\*", "a*") && !matches("a\\*", "ab"));
    }
}
