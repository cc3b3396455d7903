//! What a policy document lets whom do: wildcards, open principals, administration apart from use.
//!
//! A document that can't be read as a policy is taken for one that allows everything.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource::Document;

/// One statement, its lists always lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub sid: String,
    pub allows: bool,
    pub principals: Principals,
    pub actions: Vec<String>,
    pub resources: Vec<String>,
    pub conditions: Vec<Condition>,
}

/// Whom a statement is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principals {
    /// `*`, or all but some.
    pub everyone: bool,
    /// ARNs and accounts.
    pub aws: BTreeSet<String>,
    /// Services and identity providers.
    pub others: BTreeSet<String>,
}

/// One test of a statement's condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Such as `StringEquals`, with `IfExists` taken off.
    pub operator: String,
    /// In lower case.
    pub key: String,
    pub values: Vec<String>,
    /// Whether a request without the key passes.
    pub if_exists: bool,
}

/// Keys that tie a request to an account or a resource of it. Source: IAM user guide, "AWS global condition context
/// keys"; AWS KMS developer guide, "Condition keys".
const WHO: &[&str] = &[
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "kms:calleraccount",
];

/// Keys that tie a request to the account of the resource that is asked for.
const WHOSE: &[&str] = &["aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"];

/// What only somebody who keeps a key does.
const KEEPING: &[&str] = &["kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey"];

/// What only somebody who reads with a key does.
const USING: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"];

/// The statements of a policy.
pub fn statements(document: &Document) -> Vec<Statement> {
    let policy = document.value();
    let Some(statements) = policy.get("Statement") else { return vec![Statement::everything()] };
    match statements {
        Value::Array(all) => all.iter().map(Statement::of).collect(),
        one => vec![Statement::of(one)],
    }
}

impl Statement {
    /// What is assumed of a document that can't be read.
    fn everything() -> Self {
        Self {
            sid: "unreadable".to_owned(),
            allows: true,
            principals: Principals { everyone: true, ..Principals::default() },
            actions: vec!["*".to_owned()],
            resources: vec!["*".to_owned()],
            conditions: Vec::new(),
        }
    }

    fn of(value: &Value) -> Self {
        let all = || vec!["*".to_owned()];
        let list = |name: &str| value.get(name).map(texts);
        Self {
            sid: value.get("Sid").and_then(Value::as_str).unwrap_or("without a name").to_owned(),
            allows: value.get("Effect").and_then(Value::as_str) != Some("Deny"),
            principals: principals(value),
            // All but some is all, as far as a reader can be sure of it.
            actions: list("Action").unwrap_or_else(all),
            resources: list("Resource").unwrap_or_else(all),
            conditions: conditions(value.get("Condition")),
        }
    }

    /// Whether it matches that action.
    pub fn matches(&self, action: &str) -> bool {
        self.actions.iter().any(|pattern| matches(pattern, action))
    }

    /// Whether its resources are all there are, of a service or at all.
    pub fn is_of_all_resources(&self) -> bool {
        self.resources.iter().any(|resource| {
            let name = resource.splitn(6, ':').nth(5).unwrap_or(resource);
            name == "*" || name == "*/*"
        })
    }

    /// Whether its conditions tie the caller to an account, an organisation, or a resource of theirs.
    pub fn ties_caller(&self) -> bool {
        self.conditions.iter().any(|condition| condition.is_firm() && WHO.contains(&condition.key.as_str()))
    }

    /// Whether its conditions tie what is asked for to an account or an organisation.
    fn ties_resource(&self) -> bool {
        self.conditions.iter().any(|condition| condition.is_firm() && WHOSE.contains(&condition.key.as_str()))
    }

    /// Whether it only reads.
    fn only_reads(&self) -> bool {
        let reads = |action: &String| {
            let verb = action.split(':').nth(1).unwrap_or("*");
            ["Get", "List", "Describe"].iter().any(|word| verb.starts_with(word))
        };
        self.actions.iter().all(reads)
    }

    /// Whether a service stands between the caller and the key.
    fn goes_through_a_service(&self) -> bool {
        self.conditions.iter().any(|condition| condition.is_firm() && condition.key == "kms:viaservice")
    }
}

impl Condition {
    /// Whether it lets through only named values, and no request that lacks the key.
    fn is_firm(&self) -> bool {
        let positive = matches!(
            self.operator.as_str(),
            "StringEquals"
                | "StringEqualsIgnoreCase"
                | "StringLike"
                | "ArnEquals"
                | "ArnLike"
                | "ForAnyValue:StringLike"
        );
        positive && !self.if_exists && !self.values.is_empty() && self.values.iter().all(|value| value != "*")
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(switch) => vec![switch.to_string()],
        Value::Number(number) => vec![number.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}

fn principals(statement: &Value) -> Principals {
    let mut found = Principals { everyone: statement.get("NotPrincipal").is_some(), ..Principals::default() };
    match statement.get("Principal") {
        Some(Value::Object(kinds)) => {
            for (kind, who) in kinds {
                let who = texts(who);
                found.everyone |= who.iter().any(|one| one == "*");
                if kind == "AWS" { found.aws.extend(who) } else { found.others.extend(who) }
            }
        }
        Some(all) => found.everyone |= texts(all).iter().any(|one| one == "*"),
        None => {}
    }
    found
}

fn conditions(value: Option<&Value>) -> Vec<Condition> {
    let operators = value.and_then(Value::as_object).into_iter().flatten();
    operators
        .flat_map(|(operator, keys)| {
            let if_exists = operator.ends_with("IfExists");
            let operator = operator.trim_end_matches("IfExists").to_owned();
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| Condition {
                operator: operator.clone(),
                key: key.to_lowercase(),
                values: texts(values),
                if_exists,
            })
            .collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a pattern with `*` and `?` matches an action, whatever its case.
fn matches(pattern: &str, action: &str) -> bool {
    fn from(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                from(rest, text) || text.split_first().is_some_and(|(_, text)| from(pattern, text))
            }
            (Some((b'?', rest)), Some((_, text))) => from(rest, text),
            (Some((p, rest)), Some((t, text))) => p.eq_ignore_ascii_case(t) && from(rest, text),
            _ => false,
        }
    }
    from(pattern.as_bytes(), action.as_bytes())
}

/// The account that a principal belongs to; none where it names none.
fn account_of(principal: &str) -> Option<&str> {
    if principal.len() == 12 && principal.bytes().all(|b| b.is_ascii_digit()) {
        return Some(principal);
    }
    principal.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Whom a resource's policy lets in who isn't of the account, in words. `guests` are let in on purpose.
pub fn openings(document: &Document, account: &str, guests: &BTreeSet<&str>) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(document).into_iter().filter(|statement| statement.allows) {
        let Statement { sid, principals, .. } = &statement;
        if principals.everyone && !statement.ties_caller() {
            found.push(format!("statement \"{sid}\" lets everyone in"));
        }
        for principal in principals.aws.iter().filter(|one| *one != "*" && !guests.contains(one.as_str())) {
            if account_of(principal).is_none_or(|of| of != account) {
                found.push(format!("statement \"{sid}\" lets {principal} in, which is not of this account"));
            }
        }
    }
    found
}

/// Where an endpoint's policy lets more through than one account asking for what is its own, in words.
///
/// What AWS itself publishes has to be readable: a statement that only reads, of resources that it names, may leave the
/// caller's account open to requests that bear no signature.
pub fn leaks(document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(document).into_iter().filter(|statement| statement.allows) {
        let names_resources = !statement.is_of_all_resources();
        let published = names_resources && statement.only_reads();
        let unsigned = statement.conditions.iter().any(|one| one.if_exists && WHO.contains(&one.key.as_str()));
        if !(statement.ties_caller() || published && unsigned) {
            found.push(format!("statement \"{}\" serves callers of any account", statement.sid));
        }
        if !(statement.ties_resource() || published) {
            found.push(format!("statement \"{}\" reaches resources of any account", statement.sid));
        }
    }
    found
}

/// Whether anyone may pass it who asks: everyone, without a condition, for everything.
pub fn is_open_endpoint(document: &Document) -> Vec<String> {
    let open = |one: &Statement| {
        one.allows && one.principals.everyone && one.is_of_all_resources() && !one.ties_caller() && !one.ties_resource()
    };
    statements(document)
        .iter()
        .filter(|one| open(one))
        .map(|one| format!("statement \"{}\" lets everyone ask for everything", one.sid))
        .collect()
}

/// Where a role's policy grants more than named actions on named resources, in words.
pub fn excesses(document: &Document) -> Vec<String> {
    let mut found = Vec::new();
    for statement in statements(document).into_iter().filter(|statement| statement.allows) {
        let Statement { sid, actions, .. } = &statement;
        if let Some(wide) = actions.iter().find(|action| is_wide(action)) {
            found.push(format!("statement \"{sid}\" grants {wide}"));
        }
        if statement.matches("iam:PassRole") {
            found.push(format!("statement \"{sid}\" grants iam:PassRole"));
        }
        if statement.is_of_all_resources() && statement.conditions.is_empty() {
            found.push(format!("statement \"{sid}\" is of every resource without a condition"));
        }
    }
    found
}

/// Whether a policy denies an action to everybody, whatever the circumstances.
pub fn is_denied_to_everyone(document: &Document, action: &str) -> bool {
    let denies = |one: &Statement| !one.allows && one.principals.everyone && one.conditions.is_empty();
    statements(document).iter().any(|one| denies(one) && one.matches(action) && one.is_of_all_resources())
}

/// Whether an action's name leaves open what is done: `*`, `s3:*`, `s3:Put*` is not named enough; `s3:GetObject*` is.
fn is_wide(action: &str) -> bool {
    match action.split_once(':') {
        Some((_, verb)) => verb.find(['*', '?']).is_some_and(|at| at < 4),
        None => true,
    }
}

/// Who both keeps a key and uses it directly, by its policy.
pub fn keepers_who_use(document: &Document) -> Vec<String> {
    let statements = statements(document);
    let mut keeps: BTreeMap<&str, bool> = BTreeMap::new();
    let everyone = "everyone".to_owned();
    for statement in &statements {
        let all = statement.principals.everyone.then_some(&everyone);
        for who in statement.principals.aws.iter().filter(|one| *one != "*").chain(all) {
            keeps.entry(who).or_default();
        }
    }
    let concerns =
        |statement: &Statement, who: &str| statement.principals.everyone || statement.principals.aws.contains(who);
    let may = |who: &str, actions: &[&str], directly: bool| {
        let denied = |action: &str| {
            let denies = |one: &&Statement| !one.allows && one.conditions.is_empty() && concerns(one, who);
            statements.iter().filter(denies).any(|one| one.matches(action))
        };
        actions.iter().any(|action| {
            let allows = |one: &&Statement| {
                one.allows && concerns(one, who) && one.matches(action) && !(directly && one.goes_through_a_service())
            };
            statements.iter().any(|one| allows(&one)) && !denied(action)
        })
    };
    let both = keeps.into_keys().filter(|who| may(who, KEEPING, false) && may(who, USING, true));
    both.map(str::to_owned).collect()
}

/// Statements of a role's policy that let it use any key, in words.
pub fn uses_of_any_key(document: &Document) -> Vec<String> {
    statements(document)
        .into_iter()
        .filter(|one| one.allows && one.is_of_all_resources() && one.conditions.is_empty())
        .filter(|one| USING.iter().any(|action| one.matches(action)))
        .map(|one| format!("statement \"{}\" lets it use any key", one.sid))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(statement: Value) -> Document {
        Document::new(&json!({ "Version": "2012-10-17", "Statement": [statement] }))
    }

    const ACCOUNT: &str = "123456789012";

    #[test]
    fn a_principal_is_open_unless_a_firm_condition_ties_it() {
        let none = BTreeSet::new();
        let open = json!({ "Sid": "S", "Effect": "Allow", "Principal": "*", "Action": "kms:Decrypt", "Resource": "*" });
        assert_eq!(openings(&document(open.clone()), ACCOUNT, &none), ["statement \"S\" lets everyone in"]);
        let mut tied = open.clone();
        tied["Condition"] = json!({ "StringEquals": { "aws:PrincipalAccount": ACCOUNT } });
        assert_eq!(openings(&document(tied), ACCOUNT, &none), Vec::<String>::new());
        for loose in [
            json!({ "StringEqualsIfExists": { "aws:PrincipalAccount": ACCOUNT } }),
            json!({ "StringNotEquals": { "aws:PrincipalAccount": ACCOUNT } }),
            json!({ "StringLike": { "aws:PrincipalArn": "*" } }),
            json!({ "Bool": { "aws:SecureTransport": "true" } }),
        ] {
            let mut statement = open.clone();
            statement["Condition"] = loose.clone();
            assert_eq!(openings(&document(statement), ACCOUNT, &none).len(), 1, "{loose}");
        }
    }

    #[test]
    fn another_account_is_let_in_only_on_purpose() {
        let guest = "arn:aws:iam::210987654321:role/KeyAdmin";
        let statement = json!({ "Sid": "S", "Effect": "Allow", "Principal": { "AWS": guest }, "Action": "kms:Decrypt", "Resource": "*" });
        let words = format!("statement \"S\" lets {guest} in, which is not of this account");
        assert_eq!(openings(&document(statement.clone()), ACCOUNT, &BTreeSet::new()), [words]);
        assert!(openings(&document(statement), ACCOUNT, &BTreeSet::from([guest])).is_empty());
    }

    #[test]
    fn all_but_some_and_text_that_is_no_policy_are_taken_for_everything() {
        let but = json!({ "Sid": "S", "Effect": "Allow", "NotAction": "iam:*", "NotResource": "x" });
        assert_eq!(
            excesses(&document(but)),
            [
                "statement \"S\" grants *",
                "statement \"S\" grants iam:PassRole",
                "statement \"S\" is of every resource without a condition"
            ]
        );
        assert_eq!(excesses(&Document::parse("oops")).len(), 3);
    }

    #[test]
    fn actions_are_matched_as_iam_does() {
        assert!(matches("kms:GenerateDataKey*", "kms:GenerateDataKeyWithoutPlaintext"));
        assert!(matches("KMS:decrypt", "kms:Decrypt"));
        assert!(matches("*", "iam:PassRole"));
        assert!(!matches("kms:De?rypt", "kms:Decryptx"));
    }

    #[test]
    fn who_keeps_a_key_and_reads_with_it_is_named_unless_denied_or_behind_a_service() {
        let who = "arn:aws:iam::123456789012:role/KeyAdmin";
        let all = json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": "kms:*", "Resource": "*" });
        assert_eq!(keepers_who_use(&document(all.clone())), [who]);
        let deny = json!({
            "Effect": "Deny", "Principal": { "AWS": who }, "Resource": "*",
            "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        });
        let both = Document::new(&json!({ "Statement": [all, deny] }));
        assert!(keepers_who_use(&both).is_empty());
        let keep =
            json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": "kms:DisableKey", "Resource": "*" });
        let through = json!({
            "Effect": "Allow", "Principal": { "AWS": who }, "Action": "kms:Decrypt", "Resource": "*",
            "Condition": { "StringEquals": { "kms:ViaService": "ec2.us-west-2.amazonaws.com" } },
        });
        assert!(keepers_who_use(&Document::new(&json!({ "Statement": [keep, through] }))).is_empty());
    }
}
