//! What an endpoint's policy lets through: whether content could be carried to somebody else's account by it.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use crate::resource::Document;

/// How far an endpoint's policy reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PolicyScope {
    /// It allows nothing.
    Nothing,
    /// Every statement names resources, or the accounts that own them.
    Named,
    /// A statement allows resources of any account.
    Anyone,
}

impl PolicyScope {
    /// How far a policy reaches. An endpoint without a policy has that of AWS, which allows everything; a document that
    /// can't be understood is taken for one that does.
    pub fn of(policy: &Document) -> Self {
        let policy = policy.value();
        let Some(statements) = policy.get("Statement") else { return Self::Anyone };
        let statements = many(statements);
        if statements.iter().any(|one| effect(one) == "Deny" && denies_other_accounts(one)) {
            let allows = statements.iter().any(|one| effect(one) == "Allow");
            return if allows { Self::Named } else { Self::Nothing };
        }
        let scopes = statements.iter().map(|one| match effect(one) {
            "Allow" if is_bounded(one) => Self::Named,
            "Deny" => Self::Nothing,
            _ => Self::Anyone,
        });
        scopes.max().unwrap_or(Self::Nothing)
    }
}

impl fmt::Display for PolicyScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "allows nothing",
            Self::Named => "allows named resources or accounts only",
            Self::Anyone => "allows resources of any account",
        })
    }
}

/// Keys that tell whose a resource is. Source: IAM user guide, "AWS global condition context keys".
const OWNER_KEYS: &[&str] = &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

fn effect(statement: &Value) -> &str {
    statement.get("Effect").and_then(Value::as_str).unwrap_or_default()
}

/// A list, or the one that stands for it.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    }
}

/// The values that a statement's conditions hold an owner's key against, by operators of these names.
fn owners<'a>(statement: &'a Value, operators: &[&str]) -> Vec<&'a str> {
    let conditions = statement.get("Condition").and_then(Value::as_object);
    conditions
        .into_iter()
        .flatten()
        .filter(|(operator, _)| operators.iter().any(|one| operator.eq_ignore_ascii_case(one)))
        .filter_map(|(_, keys)| keys.as_object())
        .flatten()
        .filter(|(key, _)| OWNER_KEYS.contains(&key.to_ascii_lowercase().as_str()))
        .flat_map(|(_, values)| many(values))
        .filter_map(Value::as_str)
        .collect()
}

/// Whether an Allow is held to named resources or to owners.
fn is_bounded(statement: &Value) -> bool {
    let owners =
        owners(statement, &["StringEquals", "StringLike", "ForAllValues:StringLike", "ForAnyValue:StringLike"]);
    if !owners.is_empty() && owners.iter().all(|owner| !owner.starts_with('*')) {
        return true;
    }
    let Some(resources) = statement.get("Resource") else { return false };
    many(resources).iter().all(|resource| resource.as_str().is_some_and(names_something))
}

/// Whether a resource pattern names something: a bucket, or an account. `*` and `arn:aws:s3:::*` don't.
fn names_something(resource: &str) -> bool {
    let mut parts = resource.splitn(6, ':').skip(4);
    let (account, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let is_account = account.len() == 12 && account.bytes().all(|one| one.is_ascii_digit());
    is_account || (!account.starts_with('*') && !name.is_empty() && !name.starts_with(['*', '?', '$']))
}

/// Whether a Deny shuts out every resource but those of named owners: the other way to write a perimeter.
fn denies_other_accounts(statement: &Value) -> bool {
    let all = |key: &str| statement.get(key).is_some_and(|value| many(value).iter().any(|one| *one == "*"));
    let everyone = statement.get("Principal").is_none_or(|principal| {
        *principal == "*" || principal.get("AWS").is_some_and(|who| many(who).iter().any(|one| *one == "*"))
    });
    let conditions = statement.get("Condition").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    let owners = owners(statement, &["StringNotEquals", "StringNotLike"]);
    all("Action") && all("Resource") && everyone && conditions == 1 && !owners.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(policy: &str) -> PolicyScope {
        PolicyScope::of(&Document::parse(policy))
    }

    #[test]
    fn open_policies_are_told_from_bounded_ones() {
        assert_eq!(scope(""), PolicyScope::Anyone);
        assert_eq!(
            scope(r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#),
            PolicyScope::Anyone
        );
        assert_eq!(
            scope(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::*"}]}"#),
            PolicyScope::Anyone
        );
        assert_eq!(
            scope(r#"{"Statement":[{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::a"}]}"#),
            PolicyScope::Anyone
        );
        assert_eq!(
            scope(r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::plates/*"}]}"#),
            PolicyScope::Named
        );
        assert_eq!(scope(r#"{"Statement":[]}"#), PolicyScope::Nothing);
        let ours = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*",
            "Condition":{"StringEquals":{"aws:ResourceAccount":"123456789012"}}}}"#;
        assert_eq!(scope(ours), PolicyScope::Named);
        // Whoever asks is of the account; what they ask for may be anybody's.
        assert_eq!(scope(&ours.replace("ResourceAccount", "PrincipalAccount")), PolicyScope::Anyone);
        // An absent key lets everything through.
        assert_eq!(scope(&ours.replace("StringEquals", "StringEqualsIfExists")), PolicyScope::Anyone);
    }

    #[test]
    fn a_perimeter_may_be_written_as_a_denial() {
        let perimeter = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"},
            {"Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
             "Condition":{"StringNotEquals":{"aws:ResourceAccount":"123456789012"}}}]}"#;
        assert_eq!(scope(perimeter), PolicyScope::Named);
        let narrower =
            perimeter.replacen(r#""Condition":{"#, r#""Condition":{"Bool":{"aws:SecureTransport":"true"},"#, 1);
        assert_eq!(scope(&narrower), PolicyScope::Anyone, "it denies only in part");
    }
}
