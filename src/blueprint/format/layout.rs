//! Lines of tokens to text: indentation, spacing, alignment and blank lines.

use super::tokens::{Kind, Line, Token};

/// An open bracket.
#[derive(Clone, Copy)]
struct Open {
    /// The line on which it was opened: brackets of one line indent once.
    line: usize,
    /// Whether it opened a block's body, and not an object, a list or a call.
    body: bool,
}

/// What a line is to its neighbours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `name = value` on one line.
    Attribute,
    /// The head of a block.
    Head,
    /// The end of a block.
    End,
    /// A block on one line.
    WholeBlock,
    /// A comment alone.
    Note,
    Other,
}

struct Laid {
    indent: usize,
    role: Role,
    /// What stands before `=`; the whole line where it is no attribute.
    left: String,
    right: String,
    comment: String,
    blank_before: bool,
    /// Whether the line stands in a block's body or at the top of the file.
    in_body: bool,
}

pub fn lay_out(lines: Vec<Line<'_>>) -> String {
    let mut laid: Vec<Laid> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut blank = false;
    for (number, line) in lines.iter().enumerate() {
        if line.is_blank() {
            blank = true;
            continue;
        }
        laid.push(lay_line(line, number, &mut open, blank));
        blank = false;
    }
    set_blank_lines(&mut laid);
    align(&mut laid);
    write(&laid)
}

fn lay_line(line: &Line<'_>, number: usize, open: &mut Vec<Open>, blank_before: bool) -> Laid {
    let tokens = &line.tokens;
    let in_body = open.last().is_none_or(|open| open.body);
    let closers = tokens.iter().take_while(|token| matches!(token.text, "}" | "]" | ")")).count();
    let mut still_open = open.clone();
    still_open.truncate(open.len().saturating_sub(closers));
    let mut opening_lines: Vec<_> = still_open.iter().map(|open| open.line).collect();
    opening_lines.dedup();
    let ends_body = closers > 0 && in_body;
    let starts_block = in_body && is_head(tokens);

    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "[" | "(" => {
                let heads = starts_block && token.text == "{" && tokens[..index].iter().all(|t| t.kind != Kind::Sign);
                open.push(Open { line: number, body: heads });
            }
            "}" | "]" | ")" => {
                open.pop();
            }
            _ => {}
        }
    }

    let closed = open.len() == still_open.len();
    let equals = if closers == 0 && closed && !line.spans_lines() && !starts_block { equals_at(tokens) } else { None };
    let role = if tokens.iter().all(|token| token.kind == Kind::Comment) {
        Role::Note
    } else if starts_block {
        if closed { Role::WholeBlock } else { Role::Head }
    } else if ends_body {
        Role::End
    } else if equals.is_some() {
        Role::Attribute
    } else {
        Role::Other
    };
    let (left, right) = match equals {
        Some(at) => (joined(&tokens[..at]), joined(&tokens[at + 1..])),
        None => (joined(tokens), String::new()),
    };
    let comment = line.comment.unwrap_or_default().to_owned();
    Laid { indent: opening_lines.len(), role, left, right, comment, blank_before, in_body }
}

/// Whether a line starts a block: names and labels, then a brace.
fn is_head(tokens: &[Token<'_>]) -> bool {
    let names = tokens.iter().take_while(|token| matches!(token.kind, Kind::Word | Kind::Text)).count();
    names > 0 && tokens.get(names).is_some_and(|token| token.text == "{")
}

/// Where the `=` stands of a line that sets a name.
fn equals_at(tokens: &[Token<'_>]) -> Option<usize> {
    let mut depth = 0i32;
    for (index, token) in tokens.iter().enumerate() {
        match token.text {
            "{" | "[" | "(" => depth += 1,
            "}" | "]" | ")" => depth -= 1,
            "=" if depth == 0 => return (index > 0 && index + 1 < tokens.len()).then_some(index),
            "?" | ":" | "," | "=>" if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// Signs with a space on each side.
const SPACED: &[&str] = &["=", "==", "!=", "<=", ">=", "=>", "&&", "||", "?", ":", "{", "+", "*", "%", "<", ">"];

fn joined(tokens: &[Token<'_>]) -> String {
    let mut text = String::new();
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 && is_spaced(tokens, index) {
            text.push(' ');
        }
        text.push_str(token.text);
    }
    text
}

/// Whether there is a space before a token.
fn is_spaced(tokens: &[Token<'_>], index: usize) -> bool {
    let (before, token) = (tokens[index - 1], tokens[index]);
    let in_splat = |at: usize| {
        tokens[at].text == "*"
            && at > 0
            && (tokens[at - 1].text.ends_with('.')
                || (tokens[at - 1].text == "[" && at + 1 < tokens.len() && tokens[at + 1].text == "]"))
    };
    let binary = |at: usize| SPACED.contains(&tokens[at].text) && !in_splat(at);
    match (before.text, token.text) {
        ("(" | "[", _) | (_, ")" | "]" | "," | "...") => false,
        ("{", "}") => false,
        (",", _) | ("{", _) | (_, "}") => true,
        ("!", _) => false,
        (_, "{") if matches!(before.text, "$" | "%") => false,
        _ if binary(index - 1) || binary(index) => true,
        _ => token.spaced,
    }
}

/// At most one blank line in a row; exactly one around a block, none at the edges of a body.
fn set_blank_lines(laid: &mut [Laid]) {
    for index in 0..laid.len() {
        let Some(before) = index.checked_sub(1).map(|before| laid[before].role) else {
            laid[index].blank_before = false;
            continue;
        };
        let after_head = before == Role::Head;
        let after_block = matches!(before, Role::End | Role::WholeBlock);
        let ends = laid[index].role == Role::End;
        // Notes right above a block belong to it.
        let starts_block = laid[index].in_body && leads_to_block(laid, index);
        let of_notes = before == Role::Note && !laid[index].blank_before;
        laid[index].blank_before = if after_head || ends {
            false
        } else {
            laid[index].blank_before || (after_block && !ends) || (starts_block && !of_notes)
        };
    }
}

/// Whether the line starts a block, or is one of the notes right above one.
fn leads_to_block(laid: &[Laid], index: usize) -> bool {
    for (ahead, line) in laid[index..].iter().enumerate() {
        match line.role {
            Role::Head | Role::WholeBlock => return ahead == 0 || !line.blank_before,
            Role::Note if ahead == 0 || !line.blank_before => {}
            _ => return false,
        }
    }
    false
}

/// Aligns `=` and comments within each run of adjacent attributes.
fn align(laid: &mut [Laid]) {
    let mut start = 0;
    while start < laid.len() {
        let mut end = start + 1;
        if laid[start].role == Role::Attribute {
            while end < laid.len()
                && laid[end].role == Role::Attribute
                && laid[end].indent == laid[start].indent
                && !laid[end].blank_before
            {
                end += 1;
            }
            let run = &mut laid[start..end];
            let widest = run.iter().map(|line| width(&line.left)).max().unwrap_or(0);
            for line in run.iter_mut() {
                let gap = " ".repeat(widest - width(&line.left));
                line.left = format!("{}{gap} = {}", line.left, line.right);
                line.right.clear();
            }
            let widest = run.iter().filter(|line| !line.comment.is_empty()).map(|line| width(&line.left)).max();
            for line in run.iter_mut().filter(|line| !line.comment.is_empty()) {
                line.left.push_str(&" ".repeat(widest.unwrap_or(0) - width(&line.left)));
            }
        }
        start = end;
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

fn write(laid: &[Laid]) -> String {
    let mut text = String::new();
    for line in laid {
        if line.blank_before {
            text.push('\n');
        }
        text.push_str(&"  ".repeat(line.indent));
        text.push_str(&line.left);
        if !line.comment.is_empty() {
            if !line.left.is_empty() {
                text.push(' ');
            }
            text.push_str(&line.comment);
        }
        text.push('\n');
    }
    text
}
