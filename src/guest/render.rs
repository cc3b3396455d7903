//! Rendering: strict, without escapes of its own, in bounded work.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};

use super::context::Context;
use super::quote;

/// Steps that one template may take: enough for tens of thousands of lines, and soon over for an endless loop.
const STEPS: u64 = 1_000_000;

/// Why a template gave no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRendered {
    #[error("the variable `{0}` would hide the template's own `{0}`")]
    Hidden(String),
    /// With the line, and what the engine says of it.
    #[error("{template}{line}: {words}")]
    Failed { template: String, line: String, words: String },
}

/// Renders a template: `{{ value | sh }}`, with the filters `sh`, `ps`, `ini` and `json` for the places that values
/// land in. An undefined name is an error; nothing is escaped unasked; the last newline stays. Templates stand alone:
/// they include no others.
///
/// # Errors
///
/// A name that isn't there, a syntax error, a value that can't be quoted, or too much work.
pub fn render(template: &str, source: &str, context: &Context<'_>) -> Result<String, NotRendered> {
    let values = context.values().map_err(NotRendered::Hidden)?;
    // As everywhere in the blueprint, a Windows editor's line ends make no difference.
    let source = source.strip_prefix('\u{feff}').unwrap_or(source).replace("\r\n", "\n");
    let environment = engine().map_err(|error| failed(template, &error))?;
    environment
        .render_named_str(template, &source, Value::from(Serde(&values)))
        .map_err(|error| failed(template, &error))
}

/// The engine: strict, without escapes of its own, in bounded work, with the filters of every place.
///
/// # Errors
///
/// None that a person could cause.
pub(super) fn engine() -> Result<Environment<'static>, Error> {
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build()?;
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_syntax(syntax);
    environment.set_fuel(Some(STEPS));
    environment.set_formatter(write);
    environment.add_filter("sh", quote::sh);
    environment.add_filter("ps", quote::ps);
    environment.add_filter("ini", quote::ini);
    environment.add_filter("json", quote::json);
    Ok(environment)
}

/// Writes a value into the text. Only a text, a number or a bool has one form; the rest is a slip, and would end up in
/// the script as the engine's own notation.
fn write(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Bool => out.write_str(&quote::word(value)).map_err(Error::from),
        ValueKind::None | ValueKind::Seq | ValueKind::Map | ValueKind::Iterable => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("a {} has no text of its own; use `json`, a loop or a condition", value.kind()),
        )),
        _ => escape_formatter(out, state, value),
    }
}

pub(super) fn failed(template: &str, error: &Error) -> NotRendered {
    let words = match (error.kind(), error.detail()) {
        (ErrorKind::OutOfFuel, _) => "it takes too many steps".to_owned(),
        (kind, Some(detail)) => format!("{kind}: {detail}"),
        (kind, None) => kind.to_string(),
    };
    let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
    NotRendered::Failed { template: template.to_owned(), line, words }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::critics_tests::Critics;
    use super::super::{NamedSecret, NamedVolume};
    use super::*;
    use crate::blueprint::model::Os;
    use crate::guest::samples::{display, lockdown};

    /// A pool of Rocky Linux seats with one volume and one secret.
    pub fn context(vars: &BTreeMap<String, serde_json::Value>) -> Context<'_> {
        Context {
            production: "nebula".to_owned(),
            region: "us-west-2".to_owned(),
            pool: "comp",
            os: Os::Rocky9,
            volumes: vec![NamedVolume {
                name: "cache".to_owned(),
                device: "/dev/sdf".to_owned(),
                mount: Some("/cache".to_owned()),
            }],
            vars,
            secrets: vec![NamedSecret { name: "join".to_owned(), arn: "arn:aws:secretsmanager:x".to_owned() }],
            lockdown: lockdown(),
            display: display(),
        }
    }

    fn rendered(source: &str) -> Result<String, String> {
        let vars = BTreeMap::from([
            ("license_server".to_owned(), json!("10.0.8.20")),
            ("motd".to_owned(), json!("it's $(late) \"now\"")),
        ]);
        render("site.sh.j2", source, &context(&vars)).map_err(|why| why.to_string())
    }

    #[test]
    fn variables_stand_at_the_top_and_in_vars() {
        assert_eq!(
            rendered("{{ license_server }} {{ vars.license_server }} {{ production }} {{ display.port }}\n").as_deref(),
            Ok("10.0.8.20 10.0.8.20 nebula 8443\n")
        );
        assert_eq!(
            rendered("{% for volume in volumes %}{{ volume.device }} {{ volume.mount }}{% endfor %} {{ secret.join }}")
                .as_deref(),
            Ok("/dev/sdf /cache arn:aws:secretsmanager:x")
        );
    }

    #[test]
    fn an_undefined_name_is_an_error_with_its_line() {
        assert_eq!(
            rendered("#!/bin/sh\necho {{ licence_server }}").unwrap_err(),
            "site.sh.j2, line 2: undefined value: `licence_server` is undefined"
        );
    }

    #[test]
    fn nothing_is_escaped_unasked() {
        assert_eq!(rendered("{{ motd }}").as_deref(), Ok("it's $(late) \"now\""));
        assert_eq!(rendered("echo {{ motd | sh }}").as_deref(), Ok(r#"echo 'it'\''s $(late) "now"'"#));
    }

    #[test]
    fn switches_read_as_in_the_blueprint_and_lists_not_at_all() {
        assert_eq!(
            rendered("{{ display.quic }} {{ display.quic | sh }} {{ display.quic | ini }}").as_deref(),
            Ok("true 'true' true")
        );
        assert!(rendered("{{ volumes }}").is_err());
        assert!(rendered("{{ [none][0] }}").is_err());
    }

    /// What a shell says of a script's form, without running it.
    fn shell_says(script: &str) -> String {
        let output = std::process::Command::new("bash").args(["-n", "-c", script]).output();
        output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default()
    }

    #[test]
    fn the_templates_that_ship_render_whatever_the_values() {
        let hostile = BTreeMap::from([("license_server".to_owned(), json!("'; $(reboot)\n</x>"))]);
        for vars in [&hostile, &BTreeMap::new()] {
            for bare in [false, true] {
                let mut context = context(vars);
                if bare {
                    context.volumes.clear();
                    context.secrets.clear();
                }
                let linux = render("site.sh.j2", include_str!("../../templates/site.sh.j2"), &context);
                let linux = linux.unwrap_or_else(|why| why.to_string());
                assert!(linux.starts_with("#!/bin/bash\n"), "{linux}");
                assert_eq!(shell_says(&linux), "", "{linux}");
                assert_eq!(linux.contains("# secret 'arn:aws:secretsmanager:x' | "), !bare, "{linux}");

                context.os = Os::Windows2025;
                let windows = render("site.ps1.j2", include_str!("../../templates/site.ps1.j2"), &context);
                let windows = windows.unwrap_or_else(|why| why.to_string());
                assert!(windows.starts_with("# What the comp seats") && windows.ends_with("'done'\n"), "{windows}");
                assert_eq!(windows.contains("# Get-Secret 'arn:aws:secretsmanager:x' "), !bare, "{windows}");
                assert_eq!(Critics::new().powershell(&[&windows]), "", "{windows}");
            }
        }
    }

    #[test]
    fn an_endless_template_ends() {
        let words = rendered("{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}");
        assert_eq!(words.unwrap_err(), "site.sh.j2, line 1: it takes too many steps");
    }

    #[test]
    fn a_variable_that_hides_a_name_is_refused() {
        let vars = BTreeMap::from([("region".to_owned(), json!("mars"))]);
        assert_eq!(
            render("t", "", &context(&vars)).unwrap_err().to_string(),
            "the variable `region` would hide the template's own `region`"
        );
    }

    #[test]
    fn line_ends_and_marks_of_windows_editors_make_no_difference() {
        assert_eq!(rendered("\u{feff}#!/bin/sh\r\ntrue\r\n").as_deref(), Ok("#!/bin/sh\ntrue\n"));
    }
}
