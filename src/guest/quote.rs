//! Quotes: one filter for each place that a value can land in. What can't be quoted there is an error, never a guess.

use minijinja::value::ValueKind;
use minijinja::{Error, ErrorKind, Value};

/// `| sh`: one word of a POSIX shell, whatever it holds.
pub(super) fn sh(value: &Value) -> Result<String, Error> {
    let text = scalar(value, "sh")?;
    Ok(format!("'{}'", text.replace('\'', r"'\''")))
}

/// `| ps`: one PowerShell string. PowerShell takes curly quotes for straight ones, so that they are doubled alike.
///
/// Tags of EC2Launch are refused: in user data they end the script whatever quotes stand around them.
/// Sources: PowerShell documentation, "about_Quoting_Rules"; EC2 user guide, "EC2Launch v2 task configuration".
pub(super) fn ps(value: &Value) -> Result<String, Error> {
    let text = scalar(value, "ps")?;
    let lowercase = text.to_lowercase();
    for tag in ["powershell", "script", "persist", "powershellarguments", "runasuser"] {
        if lowercase.contains(&format!("<{tag}")) || lowercase.contains(&format!("</{tag}")) {
            return Err(refused("ps", &format!("<{tag}> would end the script in user data")));
        }
    }
    Ok(powershell_string(&text))
}

/// One PowerShell string in single quotes, of one line or of many.
pub(super) fn powershell_string(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        quoted.push(c);
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
    }
    quoted.push('\'');
    quoted
}

/// `| ini`: the value of a key in a file such as DCV's: text in double quotes, numbers and switches bare. A line end
/// would start another key and is refused, as is every other control character.
pub(super) fn ini(value: &Value) -> Result<String, Error> {
    let text = scalar(value, "ini")?;
    if text.chars().any(char::is_control) {
        return Err(refused("ini", "a control character can't stand in a value"));
    }
    if matches!(value.kind(), ValueKind::Bool | ValueKind::Number) {
        return Ok(text);
    }
    Ok(format!("\"{}\"", text.replace('\\', r"\\").replace('"', r#"\""#)))
}

/// `| json`: any value as JSON in one line. In a shell it still needs `| sh` behind it.
pub(super) fn json(value: &Value) -> Result<String, Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    serde_json::to_string(value).map_err(|why| refused("json", &why.to_string()))
}

/// The value as text, where it is a text, a number or a bool without what no shell can hold.
fn scalar(value: &Value, filter: &str) -> Result<String, Error> {
    match value.kind() {
        ValueKind::Undefined => return Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::String | ValueKind::Number | ValueKind::Bool => {}
        kind => return Err(refused(filter, &format!("it takes a text, a number or a bool, not a {kind}"))),
    }
    let text = word(value);
    if text.contains('\0') {
        return Err(refused(filter, "a zero byte can't be quoted"));
    }
    Ok(text)
}

/// A scalar as the blueprint writes it: the engine would write `True`.
pub(super) fn word(value: &Value) -> String {
    match value.kind() {
        ValueKind::Bool => value.is_true().to_string(),
        _ => value.to_string(),
    }
}

fn refused(filter: &str, why: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("`{filter}`: {why}"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Value {
        Value::from(text)
    }

    /// Texts that broke someone's quotes once.
    const HOSTILE: &[&str] = &[
        "",
        "plain",
        "it's",
        "'; rm -rf / #",
        "$(reboot) `reboot` ${HOME}",
        "\\",
        "a\nb\r\nc",
        "\"\"",
        "*?[a]",
        "-n",
        "!history",
        "\u{2019}; Remove-Item C:\\ -Recurse; \u{2018}",
        "%PATH% ^& |",
        "</title>",
    ];

    fn through_a_shell(word: &str) -> String {
        let script = format!("printf %s {word}");
        let output = Command::new("sh").args(["-c", &script]).output().map(|output| output.stdout);
        String::from_utf8(output.unwrap_or_default()).unwrap_or_default()
    }

    #[test]
    fn a_shell_gives_back_what_was_quoted() {
        for hostile in HOSTILE {
            let word = sh(&text(hostile)).unwrap_or_default();
            assert_eq!(through_a_shell(&word), *hostile, "{word}");
        }
        assert!(sh(&text("a\0b")).is_err());
        assert_eq!(sh(&Value::from(8443)).unwrap_or_default(), "'8443'");
    }

    /// PowerShell's own reading of a string in single quotes.
    fn through_powershell(word: &str) -> Option<String> {
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let mut chars = word.strip_prefix('\'')?.chars().peekable();
        let mut read = String::new();
        while let Some(c) = chars.next() {
            if is_quote(c) && chars.next_if(|next| is_quote(*next)).is_none() {
                return chars.next().is_none().then_some(read);
            }
            read.push(c);
        }
        None
    }

    #[test]
    fn powershell_gives_back_what_was_quoted() {
        for hostile in HOSTILE {
            let word = ps(&text(hostile)).unwrap_or_default();
            assert_eq!(through_powershell(&word).as_deref(), Some(*hostile), "{word}");
        }
    }

    #[test]
    fn tags_of_user_data_are_refused() {
        for hostile in ["</powershell>", "a</PowerShell >", "<persist>true</persist>", "<script>"] {
            assert!(ps(&text(hostile)).is_err(), "{hostile}");
        }
    }

    #[test]
    fn ini_keeps_to_one_line() {
        assert_eq!(ini(&text(r#"C:\dcv "a""#)).unwrap_or_default(), r#""C:\\dcv \"a\"""#);
        assert_eq!(ini(&Value::from(true)).unwrap_or_default(), "true");
        assert_eq!(ini(&Value::from(60)).unwrap_or_default(), "60");
        assert!(ini(&text("a\n[security]\nauthentication=\"none\"")).is_err());
    }

    #[test]
    fn json_takes_anything() {
        let value = Value::from(minijinja::value::Serde(serde_json::json!({ "a": ["\"", null, 1.5, "</script>"] })));
        assert_eq!(json(&value).unwrap_or_default(), r#"{"a":["\"",null,1.5,"</script>"]}"#);
    }

    #[test]
    fn lists_and_nothing_are_no_words() {
        assert!(sh(&Value::from(vec!["a"])).is_err());
        assert!(ps(&Value::from(())).is_err());
        assert!(sh(&Value::UNDEFINED).is_err());
        assert!(json(&Value::UNDEFINED).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_text_survives_the_shell(hostile in "[^\0]{0,40}") {
            prop_assert_eq!(through_a_shell(&sh(&text(&hostile)).unwrap_or_default()), hostile);
        }

        #[test]
        fn any_text_survives_powershell(hostile in "[^\0<]{0,40}") {
            let word = ps(&text(&hostile)).unwrap_or_default();
            prop_assert_eq!(through_powershell(&word), Some(hostile));
        }

        #[test]
        fn any_ini_value_is_one_line(hostile in any::<String>()) {
            if let Ok(value) = ini(&text(&hostile)) {
                prop_assert_eq!(value.lines().count(), 1);
            }
        }
    }
}
