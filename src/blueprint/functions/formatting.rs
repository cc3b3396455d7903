//! `format` and `formatlist`: Terraform's verbs, which are those of C's printf in the main.

use std::fmt::Write as _;

use super::signature::{Arguments, Failure, Outcome};
use crate::blueprint::number::Number;
use crate::blueprint::value::Value;

/// A wider field, or more decimals, than anything that is read by people.
const WIDEST: usize = 1024;

pub(super) fn format(arguments: &Arguments<'_>) -> Outcome {
    render(arguments.text(0), &arguments.values[1..], arguments.sensitive).map(Value::from)
}

pub(super) fn format_list(arguments: &Arguments<'_>) -> Outcome {
    let values = &arguments.values[1..];
    let mut length = None;
    for (place, value) in values.iter().enumerate() {
        let Some(list) = value.as_sequence() else {
            continue;
        };
        match length {
            None => length = Some(list.len()),
            Some(length) if length == list.len() => {}
            Some(length) => {
                return Err(Failure::at(
                    place + 1,
                    format!("the lists differ in length: {length} elements before, {} here", list.len()),
                ));
            }
        }
    }
    let line = |index: usize| {
        let row: Vec<Value> = values
            .iter()
            .map(|value| value.as_sequence().and_then(|list| list.get(index)).unwrap_or(value).clone())
            .collect();
        render(arguments.text(0), &row, arguments.sensitive).map(Value::from)
    };
    (0..length.unwrap_or(1)).map(line).collect::<Result<Vec<_>, _>>().map(Value::list)
}

/// A verb as it is written: `%-08.3f`, `%[2]s`.
#[derive(Default)]
struct Verb {
    left: bool,
    plus: bool,
    space: bool,
    zeros: bool,
    sharp: bool,
    width: Option<usize>,
    decimals: Option<usize>,
    argument: Option<usize>,
    letter: char,
}

fn render(pattern: &str, values: &[Value], sensitive: bool) -> Result<String, Failure> {
    let mut out = String::new();
    let mut next = 0;
    let mut used = 0;
    let mut chosen = false;
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (verb, after) = read_verb(&rest[at + 1..])?;
        rest = after;
        if verb.letter == '%' {
            out.push('%');
            continue;
        }
        let place = verb.argument.unwrap_or(next);
        chosen |= verb.argument.is_some();
        next = place + 1;
        used = used.max(next);
        let value = values.get(place).ok_or_else(|| {
            Failure::at(0, format!("`%{}` has no value: there are {} of them", verb.letter, values.len()))
        })?;
        let text = show(&verb, value, sensitive)
            .map_err(|problem| Failure::at(place + 1, format!("`%{}` {problem}", verb.letter)))?;
        pad(&verb, &text, &mut out);
    }
    out.push_str(rest);
    if used < values.len() && !chosen {
        return Err(Failure::at(used + 1, "no verb of the format takes this value"));
    }
    Ok(out)
}

/// Reads what follows a `%`, and gives the rest.
fn read_verb(text: &str) -> Result<(Verb, &str), Failure> {
    let mut verb = Verb::default();
    let mut characters = text.char_indices().peekable();
    while let Some((_, flag)) = characters.peek() {
        match flag {
            '-' => verb.left = true,
            '+' => verb.plus = true,
            ' ' => verb.space = true,
            '0' => verb.zeros = true,
            '#' => verb.sharp = true,
            _ => break,
        }
        characters.next();
    }
    let number = |characters: &mut std::iter::Peekable<std::str::CharIndices<'_>>| {
        let mut read = None;
        while let Some(digit) = characters.peek().and_then(|(_, c)| c.to_digit(10)) {
            read = Some(read.unwrap_or(0usize).saturating_mul(10).saturating_add(digit as usize));
            characters.next();
        }
        match read {
            Some(read) if read > WIDEST => Err(Failure::at(0, format!("a width or precision over {WIDEST}"))),
            read => Ok(read),
        }
    };
    verb.width = number(&mut characters)?;
    if characters.next_if(|(_, c)| *c == '.').is_some() {
        verb.decimals = Some(number(&mut characters)?.unwrap_or(0));
    }
    if characters.next_if(|(_, c)| *c == '[').is_some() {
        let place = number(&mut characters)?;
        let closed = characters.next_if(|(_, c)| *c == ']').is_some();
        verb.argument = match place {
            Some(place) if place > 0 && closed => Some(place - 1),
            _ => return Err(Failure::at(0, "the number of a value is written `[1]`")),
        };
    }
    let Some((at, letter)) = characters.next() else {
        return Err(Failure::at(0, "the format ends within a verb; a percent sign is written `%%`"));
    };
    if !"%vtbdoxXeEfgGsq".contains(letter) {
        return Err(Failure::at(0, format!("there is no verb `%{letter}`; a percent sign is written `%%`")));
    }
    verb.letter = letter;
    Ok((verb, &text[at + letter.len_utf8()..]))
}

fn show(verb: &Verb, value: &Value, sensitive: bool) -> Result<String, String> {
    let number = || {
        let number = value.to_number().ok().and_then(|value| value.as_number());
        number.ok_or_else(|| format!("takes a number, found {}", found(value, sensitive)))
    };
    let integer = || {
        let number = number()?;
        number.as_integer().ok_or_else(|| format!("takes a whole number, found {}", found(value, sensitive)))
    };
    let text = || {
        let text = value.to_text().ok().and_then(|value| value.as_str().map(str::to_owned));
        text.ok_or_else(|| format!("takes a string, found {}", found(value, sensitive)))
    };
    Ok(match verb.letter {
        'v' => match value.as_str() {
            Some(text) if !verb.sharp => cut(verb, text.to_owned()),
            _ => match value.as_number() {
                Some(number) if !verb.sharp => signed(verb, number.to_string()),
                _ if value.is_null() => "null".to_owned(),
                _ => value.to_json_revealed().to_string(),
            },
        },
        't' => {
            let yes = value.to_bool().ok().and_then(|value| value.as_bool());
            yes.ok_or_else(|| format!("takes a bool, found {}", found(value, sensitive)))?.to_string()
        }
        's' => cut(verb, text()?),
        'q' => serde_json::Value::from(text()?).to_string(),
        'd' => signed(verb, integer()?.to_string()),
        'b' => signed(verb, radix(integer()?, |n| format!("{n:b}"))),
        'o' => signed(verb, radix(integer()?, |n| format!("{n:o}"))),
        'x' | 'X' => {
            // Strings are shown by their bytes.
            let digits = match value.as_str() {
                Some(text) => text.bytes().fold(String::new(), |mut all, byte| {
                    let _ = write!(all, "{byte:02x}");
                    all
                }),
                None => signed(verb, radix(integer()?, |n| format!("{n:x}"))),
            };
            if verb.letter == 'X' { digits.to_uppercase() } else { digits }
        }
        'f' => signed(verb, format!("{:.*}", verb.decimals.unwrap_or(6), number()?.as_float())),
        'e' | 'E' => {
            let digits = exponent(number()?.as_float(), verb.decimals.unwrap_or(6));
            signed(verb, if verb.letter == 'E' { digits.to_uppercase() } else { digits })
        }
        // 'g' and 'G', whichever is shorter.
        _ => {
            let digits = shortest(number()?, verb.decimals);
            signed(verb, if verb.letter == 'G' { digits.to_uppercase() } else { digits })
        }
    })
}

fn found(value: &Value, sensitive: bool) -> String {
    if sensitive || value.as_str().is_some_and(|text| text.len() > 60) {
        return format!("a {}", value.kind_name());
    }
    match value.elements().next() {
        Some(_) => format!("a {}", value.kind_name()),
        None => value.to_string(),
    }
}

fn radix(number: i64, digits: fn(u64) -> String) -> String {
    format!("{}{}", if number < 0 { "-" } else { "" }, digits(number.unsigned_abs()))
}

fn signed(verb: &Verb, digits: String) -> String {
    match digits.starts_with('-') {
        false if verb.plus => format!("+{digits}"),
        false if verb.space => format!(" {digits}"),
        _ => digits,
    }
}

/// With two digits of exponent at least, as printf has it: `1.5e+03`.
fn exponent(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Without an exponent where that is short enough.
fn shortest(number: Number, decimals: Option<usize>) -> String {
    let float = number.as_float();
    let plain = || match decimals {
        // Significant digits, not decimals.
        Some(digits) => {
            let rounded: f64 = format!("{float:.*e}", digits.max(1) - 1).parse().unwrap_or(float);
            rounded.to_string()
        }
        None => number.to_string(),
    };
    let limit = decimals.map_or(1e21, |digits| 10f64.powi(i32::try_from(digits.max(1)).unwrap_or(21)));
    if float == 0.0 || (1e-4..limit).contains(&float.abs()) {
        return plain();
    }
    match decimals {
        Some(digits) => exponent(float, digits.max(1) - 1),
        None => {
            let text = format!("{float:e}");
            let digits =
                text.split_once('e').map_or(0, |(mantissa, _)| mantissa.chars().filter(char::is_ascii_digit).count());
            exponent(float, digits.saturating_sub(1))
        }
    }
}

/// A precision on a text is its greatest length.
fn cut(verb: &Verb, text: String) -> String {
    match verb.decimals {
        Some(length) => text.chars().take(length).collect(),
        None => text,
    }
}

fn pad(verb: &Verb, text: &str, out: &mut String) {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.chars().count());
    let is_number = !matches!(verb.letter, 's' | 'q' | 't' | 'v') || text.parse::<f64>().is_ok();
    if verb.left {
        out.push_str(text);
        out.extend(std::iter::repeat_n(' ', missing));
    } else if verb.zeros && is_number {
        let (sign, digits) = match text.strip_prefix(['-', '+', ' ']) {
            Some(digits) => text.split_at(text.len() - digits.len()),
            None => ("", text),
        };
        out.push_str(sign);
        out.extend(std::iter::repeat_n('0', missing));
        out.push_str(digits);
    } else {
        out.extend(std::iter::repeat_n(' ', missing));
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use crate::blueprint::testing::{error_of, shown};

    #[test]
    fn verbs_are_terraforms() {
        for (call, result) in [
            (r#"format("Hello, %s!", "Ander")"#, r#""Hello, Ander!""#),
            (r#"format("There are %d lights", 4)"#, r#""There are 4 lights""#),
            (r#"format("%03d|%-5s|%5s|%+d|% d", 7, "ab", "cd", 3, 4)"#, r#""007|ab   |   cd|+3| 4""#),
            (r#"format("%05d", -42)"#, r#""-0042""#),
            (r#"format("%.2f %f %6.1f", 3.14159, 2, 1.25)"#, r#""3.14 2.000000    1.2""#),
            (r#"format("%s %v %t", true, [1, "a"], "false")"#, r#""true [1,\"a\"] false""#),
            (r##"format("%q %#v", "a\"b", "x")"##, r#""\"a\\\"b\" \"x\"""#),
            (r#"format("%x %X %o %b", 255, 255, 8, 5)"#, r#""ff FF 10 101""#),
            (r#"format("%[2]s %[1]s", "a", "b")"#, r#""b a""#),
            (r#"format("100%%")"#, r#""100%""#),
            (r#"format("%e %g %g", 1500, 1500, 0.00001)"#, r#""1.500000e+03 1500 1e-05""#),
            (r#"format("%v %s", null, 1.5)"#, r#""null 1.5""#),
            (r#"format("%d", "12")"#, r#""12""#),
            (r#"formatlist("Hello, %s!", ["A", "B"])"#, r#"["Hello, A!", "Hello, B!"]"#),
            (r#"formatlist("%s-%s", "x", [1, 2])"#, r#"["x-1", "x-2"]"#),
            (r#"formatlist("%s", "only")"#, r#"["only"]"#),
            (r#"formatlist("%s", [])"#, "[]"),
        ] {
            assert_eq!(shown(call), result, "{call}");
        }
    }

    #[test]
    fn wrong_formats_are_said() {
        for (call, message) in [
            (r#"format("%s %s", "a")"#, "`%s` has no value: there are 1 of them"),
            (r#"format("%s", "a", "b")"#, "no verb of the format takes this value"),
            (r#"format("%d", "x")"#, "`%d` takes a number, found \"x\""),
            (r#"format("%d", 1.5)"#, "`%d` takes a whole number, found 1.5"),
            (r#"format("%s", null)"#, "`%s` takes a string, found null"),
            (r#"format("%z", 1)"#, "there is no verb `%z`; a percent sign is written `%%`"),
            (r#"format("50%")"#, "the format ends within a verb; a percent sign is written `%%`"),
            (r#"format("%99999999999999999999d", 1)"#, "a width or precision over 1024"),
            (r#"formatlist("%s%s", [1], [1, 2])"#, "the lists differ in length: 1 elements before, 2 here"),
        ] {
            let error = error_of(call);
            assert!(error.ends_with(message), "{call}: {error}");
        }
    }
}
