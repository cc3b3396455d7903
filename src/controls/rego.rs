//! Users' own rules: Rego policies, evaluated over the JSON plan, by conftest's conventions: in any package, `deny`,
//! `deny_…`, `violation` and `violation_…` refuse, `warn` and `warn_…` are told; what they say is a text, or an object with
//! a `msg`.
//!
//! Pure: the texts are handed in, and policies have neither clock, network nor chance.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as RegoValue};
use serde::Serialize;
use serde_json::Value;

/// What a rule does to a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// It refuses the plan.
    Deny,
    /// It is told, and refuses nothing.
    Warn,
}

impl Ruling {
    /// By the name of a rule; none where the name is none of the convention's, as those of helpers.
    fn of(rule: &str) -> Option<Self> {
        let begins = |word: &str| rule.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        if begins("deny") || begins("violation") { Some(Self::Deny) } else { begins("warn").then_some(Self::Warn) }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
        }
    }
}

/// What a rule said of a plan.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Said {
    pub ruling: Ruling,
    /// Without `data.`: `main`.
    pub package: String,
    /// The rule's name: `deny_public_pools`.
    pub rule: String,
    pub message: String,
}

/// Why policies can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotUsable {
    /// File, line and column, as in `rules/tags.rego:3:1`; none where the engine names no place.
    pub place: Option<String>,
    /// The line that is meant.
    pub line: Option<String>,
    /// What is wrong.
    pub words: String,
}

/// A policy that needs longer is refused: it may have no end.
const LONGEST: Duration = Duration::from_secs(30);
/// How many steps pass between two looks at the time.
const CHECKED_EVERY: NonZeroU32 = NonZeroU32::new(1_000).expect("it isn't nought");

/// Policies that could be read.
#[derive(Debug, Clone)]
pub struct Policies {
    engine: Engine,
    /// As queries: `data.main`.
    packages: BTreeSet<String>,
}

impl Policies {
    /// Reads policies: names and texts. The syntax is that of Rego 1; a file that isn't in it may be in the older one.
    ///
    /// # Errors
    /// A text that is neither: what its place is in Rego 1. Policies without a rule that counts.
    pub fn read<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, NotUsable> {
        let mut engine = Engine::new();
        engine.set_strict_builtin_errors(true);
        engine.set_execution_timer_config(ExecutionTimerConfig { limit: LONGEST, check_interval: CHECKED_EVERY });
        let mut packages = BTreeSet::new();
        let mut counts = false;
        for (name, text) in files {
            counts |= text.lines().any(begins_a_rule);
            engine.set_rego_v0(false);
            let package = match engine.add_policy(name.to_owned(), text.to_owned()) {
                Ok(package) => package,
                // The older syntax has no such word.
                Err(error) if text.split_whitespace().any(|word| word == "if") => {
                    return Err(NotUsable::of(&error.to_string()));
                }
                Err(error) => {
                    engine.set_rego_v0(true);
                    let older = engine.add_policy(name.to_owned(), text.to_owned());
                    older.map_err(|_| NotUsable::of(&error.to_string()))?
                }
            };
            packages.insert(package);
        }
        if !counts {
            let words =
                "no rule is named deny, deny_…, violation, violation_…, warn or warn_…: nothing would ever be refused";
            return Err(NotUsable { place: None, line: None, words: words.to_owned() });
        }
        Ok(Self { engine, packages })
    }

    /// Evaluates all rules over a document; sorted, what refuses first.
    ///
    /// # Errors
    /// A rule that can't be evaluated, such as one of two values, or all of them in 30 seconds.
    pub fn evaluate(&self, document: &Value) -> Result<Vec<Said>, NotUsable> {
        let mut engine = self.engine.clone();
        let input =
            RegoValue::from_json_str(&document.to_string()).map_err(|error| NotUsable::of(&error.to_string()))?;
        engine.set_input(input);
        let mut all = BTreeSet::new();
        for package in &self.packages {
            let found = engine.eval_query(package.clone(), false).map_err(|error| NotUsable::of(&error.to_string()))?;
            let values = found.result.iter().flat_map(|result| &result.expressions).map(|one| &one.value);
            for value in values {
                let value = serde_json::to_value(value).map_err(|error| NotUsable::of(&error.to_string()))?;
                let Value::Object(rules) = value else { continue };
                for (rule, value) in &rules {
                    let Some(ruling) = Ruling::of(rule) else { continue };
                    let package = package.strip_prefix("data.").unwrap_or(package);
                    all.extend(messages(value).into_iter().map(|message| Said {
                        ruling,
                        package: package.to_owned(),
                        rule: rule.clone(),
                        message,
                    }));
                }
            }
        }
        Ok(all.into_iter().collect())
    }
}

/// Whether a line begins a rule that counts.
fn begins_a_rule(line: &str) -> bool {
    let name: &str =
        line.trim_start().split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
    Ruling::of(name).is_some()
}

/// What the value of a rule says: a set or a list says something by each of its members, anything else by itself.
fn messages(value: &Value) -> Vec<String> {
    match value {
        Value::Array(members) => members.iter().filter_map(message).collect(),
        one => message(one).into_iter().collect(),
    }
}

fn message(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some("the rule holds, and says no more".to_owned()),
        Value::String(text) => Some(text.clone()),
        Value::Object(map) => match map.get("msg") {
            Some(Value::String(text)) => Some(text.clone()),
            _ if map.is_empty() => None,
            _ => Some(value.to_string()),
        },
        other => Some(other.to_string()),
    }
}

impl NotUsable {
    /// From the engine's words: an arrow and a place, the line, a mark below it, and `error: ` with what is wrong.
    fn of(told: &str) -> Self {
        let lines: Vec<&str> = told.lines().collect();
        let place = lines.iter().find_map(|line| line.strip_prefix("--> ")).map(str::to_owned);
        let line = lines
            .iter()
            .filter_map(|line| line.split_once('|'))
            .find(|(number, _)| number.trim().parse::<u32>().is_ok())
            .map(|(_, text)| text.trim().to_owned());
        let words = lines.iter().rev().find_map(|line| line.split_once("error: ")).map(|(_, words)| words.to_owned());
        Self { place, line, words: words.unwrap_or_else(|| told.trim().to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(policy: &str, plan: &Value) -> Vec<String> {
        let policies = Policies::read([("rules.rego", policy)]).expect("it parses");
        let said = policies.evaluate(plan).expect("it can be evaluated");
        said.into_iter()
            .map(|one| format!("{} {}.{}: {}", one.ruling.as_str(), one.package, one.rule, one.message))
            .collect()
    }

    #[test]
    fn rules_say_what_they_refuse_by_the_conventions_of_conftest() {
        let policy = r#"
            package main

            deny contains msg if {
                some change in input.changes
                change.action == "delete"
                msg := sprintf("%s must not go", [change.address])
            }

            deny_size contains {"msg": "too many changes"} if count(input.changes) > 1

            warn_names contains "no name" if not input.production

            helper contains "nobody reads this" if true
        "#;
        let plan = json!({"changes": [{"action": "delete", "address": "key.content"}, {"action": "create"}]});
        assert_eq!(
            said(policy, &plan),
            [
                "deny main.deny: key.content must not go",
                "deny main.deny_size: too many changes",
                "warn main.warn_names: no name"
            ]
        );
        assert_eq!(said(policy, &json!({"production": "nebula", "changes": []})), Vec::<String>::new());
    }

    #[test]
    fn any_package_counts_and_so_does_the_older_syntax() {
        let policy = "package studio.tags\nviolation[msg] { not input.production; msg := \"it has no name\" }\n";
        assert_eq!(said(policy, &json!({})), ["deny studio.tags.violation: it has no name"]);
    }

    #[test]
    fn a_policy_that_does_not_parse_is_named_with_its_place() {
        let problem = Policies::read([("rules/tags.rego", "package main\n\ndeny contains msg if {\n")]).err();
        let NotUsable { place, words, .. } = problem.expect("it doesn't parse");
        assert!(place.as_deref().is_some_and(|place| place.starts_with("rules/tags.rego:")), "{place:?}");
        assert!(!words.is_empty() && !words.contains("-->"), "{words}");
    }

    #[test]
    fn policies_of_which_none_counts_are_refused_for_a_slip_would_let_all_pass() {
        let problem = Policies::read([("rules.rego", "package main\n\ndney contains \"no\" if true\n")]).err();
        assert!(problem.expect("it is refused").words.starts_with("no rule is named deny"));
    }

    #[test]
    fn policies_reach_neither_the_clock_nor_the_network() {
        for call in ["time.now_ns()", "http.send({})", "opa.runtime()"] {
            let policy = format!("package main\ndeny contains msg if {{ x := {call}; msg := sprintf(\"%v\", [x]) }}\n");
            let outcome = Policies::read([("rules.rego", policy.as_str())]).and_then(|one| one.evaluate(&json!({})));
            assert!(outcome.is_err(), "{call}: {outcome:?}");
        }
    }
}
