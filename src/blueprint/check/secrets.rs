//! No string of a blueprint looks like a secret.

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, ObjectValue};
use hcl_edit::structure::Attribute;
use hcl_edit::visit::{Visit, visit_attr, visit_expr, visit_object_value};

use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::Findings;
use crate::blueprint::parse::Parsed;
use crate::blueprint::secrets::looks_like_secret;
use crate::blueprint::source::{SourceId, Span};
use crate::blueprint::value::Value;

/// Looks at every string as it is written; whether there was a secret.
pub fn written(parsed: &Parsed, findings: &Findings) -> bool {
    let mut found = false;
    for file in &parsed.files {
        let mut strings = Strings { source: file.source, name: String::new(), findings, found: false };
        strings.visit_body(&file.body);
        found |= strings.found;
    }
    found
}

/// Looks at a value as it came out, for what was put together or handed in.
pub fn evaluated(name: &str, value: &Value, at: Span, findings: &Findings) {
    if let Some(text) = value.as_str() {
        judge(name, text, at, findings);
    }
    match value.as_mapping() {
        Some(entries) => entries.iter().for_each(|(name, value)| evaluated(name, value, at, findings)),
        None => value.elements().for_each(|value| evaluated(name, value, at, findings)),
    }
}

fn judge(name: &str, text: &str, at: Span, findings: &Findings) -> bool {
    // A name tells a password that nothing else tells.
    let what = looks_like_secret(text).or_else(|| looks_like_secret(&format!("{name} = \"{text}\"")));
    if let Some(what) = what {
        findings.push(Diagnostic::error("secret", format!("this looks like {what}")).at(at).help(
            "keep it in Secrets Manager and write its ARN under `secrets` of a bootstrap: guests fetch it themselves",
        ));
    }
    what.is_some()
}

struct Strings<'a> {
    source: SourceId,
    /// The name of what is being looked at.
    name: String,
    findings: &'a Findings,
    found: bool,
}

impl Strings<'_> {
    fn judge(&mut self, text: &str, span: Option<std::ops::Range<usize>>) {
        let at = Span::new(self.source, span.unwrap_or_default());
        self.found |= judge(&self.name, text, at, self.findings);
    }
}

impl Visit for Strings<'_> {
    fn visit_attr(&mut self, attribute: &Attribute) {
        self.name = attribute.key.as_str().to_owned();
        visit_attr(self, attribute);
    }

    fn visit_object_key(&mut self, key: &ObjectKey) {
        self.name = match key {
            ObjectKey::Ident(name) => name.as_str().to_owned(),
            ObjectKey::Expression(expression) => expression.as_str().unwrap_or_default().to_owned(),
        };
    }

    fn visit_object_value(&mut self, value: &ObjectValue) {
        visit_object_value(self, value);
        self.name.clear();
    }

    fn visit_expr(&mut self, expression: &Expression) {
        match expression {
            Expression::String(text) => self.judge(text.as_str(), text.span()),
            _ => visit_expr(self, expression),
        }
    }

    fn visit_literal(&mut self, literal: &hcl_edit::Spanned<String>) {
        self.judge(literal.as_str(), literal.span());
    }
}
