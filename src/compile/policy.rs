//! How policy documents are put together.

use serde_json::{Value, json};

use crate::resource::Document;

/// The version of the policy language; the older one knows no variables. Source: IAM user guide, "Version".
const VERSION: &str = "2012-10-17";

/// A whole policy. Statements keep their `Sid`, for people read policies too.
pub(super) fn document(statements: Vec<Value>) -> Document {
    Document::new(&json!({ "Version": VERSION, "Statement": statements }))
}

/// A statement that allows; parts that don't belong in it are left null and dropped.
pub(super) fn allow(sid: &str, principal: Value, actions: &[&str], resources: Value, condition: Value) -> Value {
    statement("Allow", sid, principal, actions, resources, condition)
}

/// A statement that denies, whatever else allows.
pub(super) fn deny(sid: &str, principal: Value, actions: &[&str], resources: Value, condition: Value) -> Value {
    statement("Deny", sid, principal, actions, resources, condition)
}

/// Who may take a role: one service, under a condition or none.
pub(super) fn trust(service: &str, condition: Value) -> Document {
    let who = json!({ "Service": service });
    document(vec![allow("Service", who, &["sts:AssumeRole"], Value::Null, condition)])
}

fn statement(effect: &str, sid: &str, principal: Value, actions: &[&str], resources: Value, condition: Value) -> Value {
    let mut statement = json!({
        "Sid": sid,
        "Effect": effect,
        "Principal": principal,
        "Action": actions,
        "Resource": resources,
        "Condition": condition,
    });
    if let Value::Object(parts) = &mut statement {
        parts.retain(|_, part| !part.is_null());
    }
    statement
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_parts_are_left_out() {
        assert_eq!(
            trust("ec2.amazonaws.com", Value::Null).as_str(),
            r#"{"Statement":[{"Action":"sts:AssumeRole","Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Sid":"Service"}],"Version":"2012-10-17"}"#
        );
    }
}
