//! Functions that read files below the blueprint's folder.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::number::Number;
use crate::blueprint::value::{Kind, Value};

/// Steps that one template may take: a few milliseconds' worth for each thousand lines.
const TEMPLATE_STEPS: u64 = 1_000_000;

pub(super) fn file(arguments: &Arguments<'_>) -> Outcome {
    read(arguments).map(Value::from)
}

pub(super) fn template_file(arguments: &Arguments<'_>) -> Outcome {
    let text = read(arguments)?;
    let path = arguments.text(0);
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| Failure::new(error.to_string()))?);
    environment.set_fuel(Some(TEMPLATE_STEPS));
    let rendered = environment.render_named_str(path, &text, for_template(arguments.value(1)));
    rendered.map(Value::from).map_err(|error| {
        let line = error.line().map_or_else(String::new, |line| format!(", line {line}"));
        let kind = match error.kind() {
            ErrorKind::UndefinedError => "a name is not defined".to_owned(),
            ErrorKind::OutOfFuel => "the template takes too much work".to_owned(),
            kind => kind.to_string(),
        };
        // The details may name values.
        let detail = if arguments.sensitive { None } else { error.detail() };
        let detail = detail.map_or_else(String::new, |detail| format!(" ({detail})"));
        Failure::at(0, format!("{path}{line}: {kind}{detail}"))
    })
}

/// A value as templates have it; sensitive ones too, since the text made of them is marked.
fn for_template(value: &Value) -> minijinja::Value {
    match &value.kind {
        Kind::Unknown | Kind::Null => ().into(),
        Kind::Bool(value) => (*value).into(),
        Kind::Number(Number::Integer(value)) => (*value).into(),
        Kind::Number(Number::Float(value)) => (*value).into(),
        Kind::String(value) => value.clone().into(),
        Kind::Tuple(values) | Kind::List(values) | Kind::Set(values) => values.iter().map(for_template).collect(),
        Kind::Object(entries) | Kind::Map(entries) => {
            minijinja::Value::from_pairs(entries.iter().map(|(name, value)| (name.as_str(), for_template(value))))
        }
        Kind::Reference(reference) => reference.address.clone().into(),
    }
}

fn read(arguments: &Arguments<'_>) -> Result<String, Failure> {
    let path = arguments.text(0);
    arguments.files.read(path).map_err(|problem| Failure::at(0, format!("\"{path}\": {problem}")))
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_with_files, shown_with_files};

    const FILES: [(&str, &str); 5] = [
        ("motd", "Closed set.\n"),
        ("hello.j2", "{% for name in names %}<{{ name }}>{% endfor %}\n"),
        ("wrong.j2", "one\n{{ nobody }}\n"),
        ("broken.j2", "{% if %}"),
        ("endless.j2", "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"),
    ];

    #[test]
    fn files_are_read_through_what_is_handed_in() {
        assert_eq!(shown_with_files(r#"file("motd")"#, &FILES), r#""Closed set.\n""#);
        assert!(error_with_files(r#"file("nope")"#, &FILES).ends_with("\"nope\": there is no such file"));
    }

    #[test]
    fn templates_are_strict_and_do_not_escape() {
        let call = |text: &str| format!("templatefile(\"{text}\", {{ names = [\"ana\", \"<b>\"] }})");
        assert_eq!(shown_with_files(&call("hello.j2"), &FILES), r#""<ana><<b>>\n""#);
        assert!(error_with_files(&call("wrong.j2"), &FILES).contains("wrong.j2, line 2: a name is not defined"));
        assert!(error_with_files(&call("broken.j2"), &FILES).contains("broken.j2, line 1: syntax error"));
        assert!(error_with_files(&call("endless.j2"), &FILES).contains("too much work"));
    }
}
