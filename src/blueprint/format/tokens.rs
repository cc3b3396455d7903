//! A file as lines of tokens. A token that spans lines, such as a heredoc, belongs to the line on which it starts.

/// A line: its tokens, and the comment at its end.
#[derive(Debug, Default)]
pub struct Line<'t> {
    pub tokens: Vec<Token<'t>>,
    /// With its mark, without the space before it.
    pub comment: Option<&'t str>,
}

/// A token, and whether there was space before it.
#[derive(Debug, Clone, Copy)]
pub struct Token<'t> {
    pub text: &'t str,
    pub kind: Kind,
    pub spaced: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name, a number or a keyword.
    Word,
    /// A string or a heredoc.
    Text,
    /// A bracket, a comma, an operator.
    Sign,
    /// A comment between tokens.
    Comment,
}

impl Line<'_> {
    pub fn is_blank(&self) -> bool {
        self.tokens.is_empty() && self.comment.is_none()
    }

    /// Whether a token of it spans lines.
    pub fn spans_lines(&self) -> bool {
        self.tokens.iter().any(|token| token.text.contains('\n'))
    }
}

/// Signs of more than one character, longest first.
const SIGNS: &[&str] = &["...", "==", "!=", "<=", ">=", "=>", "&&", "||"];

/// Splits a file that the parser accepts; of others the outcome is some lines.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = vec![Line::default()];
    let mut at = 0;
    let mut spaced = false;
    while at < text.len() {
        let rest = &text[at..];
        let Some(first) = rest.chars().next() else { break };
        let length = match first {
            '\n' => {
                lines.push(Line::default());
                (at, spaced) = (at + 1, false);
                continue;
            }
            c if c.is_whitespace() => {
                (at, spaced) = (at + c.len_utf8(), true);
                continue;
            }
            '#' => line_comment(rest),
            '/' if rest.starts_with("//") => line_comment(rest),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '"' => quoted(rest),
            '<' if rest.starts_with("<<") => heredoc(rest),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => SIGNS.iter().find(|sign| rest.starts_with(**sign)).map_or(c.len_utf8(), |sign| sign.len()),
        };
        let token = &rest[..length];
        let is_note = token.starts_with('#') || token.starts_with("//");
        if let Some(line) = lines.last_mut() {
            if is_note {
                line.comment = Some(token.trim_end());
            } else {
                let kind = match first {
                    '"' => Kind::Text,
                    '<' if rest.starts_with("<<") => Kind::Text,
                    '/' if rest.starts_with("/*") => Kind::Comment,
                    c if is_word(c) => Kind::Word,
                    _ => Kind::Sign,
                };
                line.tokens.push(Token { text: token, kind, spaced });
            }
        }
        (at, spaced) = (at + length, false);
    }
    lines
}

/// Names may have hyphens, numbers a point and an exponent; a point between names is no sign to space out.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-' || c == '.'
}

fn line_comment(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// The length of a quoted string, with what is interpolated in it.
fn quoted(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            b'$' | b'%' if rest[at..].starts_with("$${") || rest[at..].starts_with("%%{") => at += 3,
            b'$' | b'%' if bytes.get(at + 1) == Some(&b'{') => at += 2 + interpolated(&rest[at + 2..]),
            _ => at += 1,
        }
        while at < bytes.len() && !rest.is_char_boundary(at) {
            at += 1;
        }
    }
    rest.len()
}

/// The length of what stands in `${…}`, its closing brace included.
fn interpolated(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let (mut at, mut open) = (0, 1);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += quoted(&rest[at..]);
                continue;
            }
            b'{' => open += 1,
            b'}' => open -= 1,
            _ => {}
        }
        at += 1;
        if open == 0 {
            return at;
        }
        while at < bytes.len() && !rest.is_char_boundary(at) {
            at += 1;
        }
    }
    rest.len()
}

/// The length of a heredoc up to the end of its closing word.
fn heredoc(rest: &str) -> usize {
    let Some(first_end) = rest.find('\n') else { return rest.len() };
    let word = rest[2..first_end].trim_start_matches('-').trim();
    let mut at = first_end + 1;
    for line in rest[at..].split_inclusive('\n') {
        let end = at + line.trim_end().len();
        if line.trim() == word {
            return end;
        }
        at += line.len();
    }
    rest.len()
}
