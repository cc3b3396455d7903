//! Functions from one type to another.

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::convert::Mismatch;
use crate::blueprint::types::Type;

pub(super) fn to_bool(arguments: &Arguments<'_>) -> Outcome {
    arguments.value(0).to_bool().map_err(blame)
}

pub(super) fn to_number(arguments: &Arguments<'_>) -> Outcome {
    arguments.value(0).to_number().map_err(blame)
}

pub(super) fn to_string(arguments: &Arguments<'_>) -> Outcome {
    arguments.value(0).to_text().map_err(blame)
}

pub(super) fn to_list(arguments: &Arguments<'_>) -> Outcome {
    convert(arguments, Type::List)
}

pub(super) fn to_set(arguments: &Arguments<'_>) -> Outcome {
    convert(arguments, Type::Set)
}

pub(super) fn to_map(arguments: &Arguments<'_>) -> Outcome {
    convert(arguments, Type::Map)
}

fn convert(arguments: &Arguments<'_>, collection: fn(Box<Type>) -> Type) -> Outcome {
    arguments.value(0).convert(&collection(Box::new(Type::Any))).map_err(blame)
}

fn blame(mismatch: Mismatch) -> Failure {
    Failure::at(0, mismatch.to_string())
}

pub(super) fn json_encode(arguments: &Arguments<'_>) -> Outcome {
    let text = arguments.value(0).to_json_revealed().to_string();
    // As Terraform does, so that the text can stand within a page.
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{2028}' => safe.push_str("\\u2028"),
            '\u{2029}' => safe.push_str("\\u2029"),
            c => safe.push(c),
        }
    }
    Ok(safe.into())
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn conversions_are_terraforms() {
        assert_eq!(
            shown(r#"[tobool("true"), tonumber("1.5"), tostring(3), tostring(null)]"#),
            r#"[true, 1.5, "3", null]"#
        );
        assert_eq!(shown(r#"tolist(["a", "b", 3])"#), r#"["a", "b", "3"]"#);
        assert_eq!(shown(r#"toset(["c", "b", "b"])"#), r#"["b", "c"]"#);
        assert_eq!(shown(r#"tomap({ a = "foo", b = true })"#), r#"{ a = "foo", b = "true" }"#);
        assert!(error_of(r#"tonumber("no")"#).contains("expected number"));
        assert!(error_of("tobool(1)").contains("expected bool, found number"));
        assert!(error_of("toset([1, true])").contains("of one type"));
        assert!(error_of("tomap([1])").contains("expected map(any), found list"));
    }

    #[test]
    fn json_is_terraforms() {
        assert_eq!(
            shown(r#"jsonencode({ b = [1, 2.5, null], a = "x<y>&z" })"#),
            r#""{\"a\":\"x\\u003cy\\u003e\\u0026z\",\"b\":[1,2.5,null]}""#
        );
    }
}
