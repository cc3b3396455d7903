//! The JSON Schema of the plan, published with the program.

/// The schema of what `plan --json` prints, as text.
pub const PLAN_SCHEMA: &str = include_str!("../../schemas/plan.schema.json");

#[cfg(test)]
pub(crate) use tests::violations;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::PLAN_SCHEMA;
    use crate::plan::{Action, FORMAT_VERSION, Plan};
    use crate::report::sample;
    use crate::resource::Kind;

    /// What is wrong with a document by a schema, as far as the plan's schema uses the language of schemas.
    pub fn violations(schema: &Value, root: &Value, document: &Value, at: &str, found: &mut Vec<String>) {
        let Some(rules) = schema.as_object() else { return };
        for (rule, wanted) in rules {
            let holds = match rule.as_str() {
                "$ref" => {
                    let pointer = wanted.as_str().unwrap_or_default().trim_start_matches('#');
                    violations(root.pointer(pointer).expect(pointer), root, document, at, found);
                    true
                }
                "type" => {
                    let is = |name: &Value| match name.as_str() {
                        Some("object") => document.is_object(),
                        Some("array") => document.is_array(),
                        Some("string") => document.is_string(),
                        Some("boolean") => document.is_boolean(),
                        Some("integer") => document.is_u64() || document.is_i64(),
                        Some("number") => document.is_number(),
                        Some("null") => document.is_null(),
                        other => panic!("{other:?} is no type"),
                    };
                    wanted.as_array().map_or_else(|| is(wanted), |names| names.iter().any(is))
                }
                "const" => document == wanted,
                "enum" => wanted.as_array().is_some_and(|all| all.contains(document)),
                "minimum" => document.as_f64() >= wanted.as_f64(),
                "pattern" => document.as_str().is_some_and(|text| {
                    regex::Regex::new(wanted.as_str().unwrap_or_default()).expect("a pattern").is_match(text)
                }),
                "required" => {
                    wanted.as_array().into_iter().flatten().all(|name| document.get(name.as_str().unwrap()).is_some())
                }
                "additionalProperties" => {
                    let known = &schema["properties"];
                    document.as_object().is_none_or(|map| map.keys().all(|name| known.get(name).is_some()))
                }
                "properties" => {
                    for (name, schema) in wanted.as_object().into_iter().flatten() {
                        if let Some(value) = document.get(name) {
                            violations(schema, root, value, &format!("{at}/{name}"), found);
                        }
                    }
                    true
                }
                "items" => {
                    for (index, item) in document.as_array().into_iter().flatten().enumerate() {
                        violations(wanted, root, item, &format!("{at}/{index}"), found);
                    }
                    true
                }
                "$schema" | "title" | "description" | "$defs" => true,
                other => panic!("the check doesn't know `{other}`"),
            };
            if !holds {
                found.push(format!("{at}: {rule}"));
            }
        }
    }

    fn check(document: &Value) -> Vec<String> {
        let schema: Value = serde_json::from_str(PLAN_SCHEMA).expect("a schema");
        let mut found = Vec::new();
        violations(&schema, &schema, document, "", &mut found);
        found
    }

    #[test]
    fn plans_fit_their_schema() {
        for plan in [sample::plan(), sample::empty(), sample::floor(500)] {
            let document = serde_json::to_value(&plan).expect("JSON");
            assert_eq!(check(&document), Vec::<String>::new());
            // What is written can be read again, and is the same.
            let again: Plan = serde_json::from_value(document.clone()).expect("a plan");
            assert_eq!(serde_json::to_value(&again).expect("JSON"), document);
        }
    }

    #[test]
    fn what_is_no_plan_does_not_fit() {
        let mut document = serde_json::to_value(sample::plan()).expect("JSON");
        document["changes"][0]["action"] = "explode".into();
        document["more"] = 1.into();
        assert_eq!(check(&document), [": additionalProperties", "/changes/0/action: enum"]);
    }

    #[test]
    fn the_schema_knows_every_kind_and_action() {
        let schema: Value = serde_json::from_str(PLAN_SCHEMA).expect("a schema");
        let names = |pointer: &str| -> BTreeSet<String> {
            let all = schema.pointer(pointer).and_then(Value::as_array).expect(pointer);
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        assert_eq!(names("/$defs/kind/enum"), Kind::ALL.iter().map(|kind| kind.name().to_owned()).collect());
        let actions = [
            Action::Create,
            Action::Update,
            Action::Restart,
            Action::Replace,
            Action::Delete,
            Action::Adopt,
            Action::None,
        ];
        let actions = actions.iter().map(|action| serde_json::to_value(action).unwrap());
        assert_eq!(
            names("/$defs/change/properties/action/enum"),
            actions.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        );
        assert_eq!(schema["properties"]["format_version"]["const"], FORMAT_VERSION);
    }
}
