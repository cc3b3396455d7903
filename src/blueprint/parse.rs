//! Bytes of files to syntax trees, with every problem located.

use hcl_edit::structure::Body;

use super::diagnostic::{Diagnostic, Diagnostics};
use super::source::{Source, SourceId, Sources, Span};

/// A larger file is refused: no blueprint written by people comes near.
pub const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// A larger object is refused, in entries: the parser takes time by the square of them.
const LARGEST_OBJECT: usize = 10_000;

/// One file's syntax tree.
#[derive(Debug)]
pub struct ParsedFile {
    pub source: SourceId,
    pub body: Body,
}

/// All files of a blueprint: their texts, and the trees of those that could be read.
#[derive(Debug, Default)]
pub struct Parsed {
    pub sources: Sources,
    pub files: Vec<ParsedFile>,
}

impl Parsed {
    /// Parses the files of a blueprint, given as (name, bytes) in the order that they are to have. Each file gives at
    /// most one problem, since the parser stops at its first; the other files are read all the same.
    pub fn new(files: impl IntoIterator<Item = (String, Vec<u8>)>) -> (Self, Diagnostics) {
        let mut parsed = Self::default();
        let mut diagnostics = Diagnostics::default();
        for (name, bytes) in files {
            if let Err(diagnostic) = parsed.add(name, bytes) {
                diagnostics.push(*diagnostic);
            }
        }
        (parsed, diagnostics)
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Box<Diagnostic>> {
        let (source, problem) = read_text(&mut self.sources, name, bytes);
        if let Some(problem) = problem {
            return Err(Box::new(problem));
        }
        let body = parse_body(&self.sources, source)?;
        self.files.push(ParsedFile { source, body });
        Ok(())
    }
}

/// Turns a file's bytes into text and registers it: a byte order mark is dropped, CRLF becomes LF. The text is
/// registered even where there is a problem, so that the problem can be shown.
pub fn read_text(sources: &mut Sources, name: String, bytes: Vec<u8>) -> (SourceId, Option<Diagnostic>) {
    if bytes.len() > LARGEST_FILE {
        let problem = format!("`{name}` has {} bytes; a file of a blueprint may have {LARGEST_FILE}", bytes.len());
        let source = sources.add(Source { name, text: String::new() });
        let problem = Diagnostic::error("file-too-large", problem)
            .at(Span::new(source, 0..0))
            .help("split it into several files in one folder: they are read together");
        return (source, Some(problem));
    }
    match String::from_utf8(bytes) {
        Ok(text) => (sources.add(Source { name, text: clean(&text) }), None),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let before = clean(&String::from_utf8_lossy(&error.as_bytes()[..at])).len();
            let text = clean(&String::from_utf8_lossy(error.as_bytes()));
            let source = sources.add(Source { name, text });
            let problem = Diagnostic::error("invalid-utf8", "the file is not valid UTF-8")
                .at(Span::new(source, before..before + '\u{fffd}'.len_utf8()))
                .label("this byte is not part of any character")
                .help("save the file as UTF-8");
            (source, Some(problem))
        }
    }
}

fn clean(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n") } else { text.to_owned() }
}

/// Parses one registered text.
///
/// # Errors
///
/// The parser's first problem, located.
pub fn parse_body(sources: &Sources, source: SourceId) -> Result<Body, Box<Diagnostic>> {
    let text = &sources.get(source).text;
    check_objects(text, source)?;
    hcl_edit::parser::parse_body(text).map_err(|error| Box::new(describe(&error, text, source)))
}

/// Parses one registered text that is an expression, such as the value of `--var`.
///
/// # Errors
///
/// The parser's first problem, located.
pub fn parse_expression(sources: &Sources, source: SourceId) -> Result<hcl_edit::expr::Expression, Box<Diagnostic>> {
    let text = &sources.get(source).text;
    check_objects(text, source)?;
    hcl_edit::parser::parse_expr(text).map_err(|error| Box::new(describe(&error, text, source)))
}

/// Refuses an object of very many entries: the parser compares each with all before it, which takes minutes.
///
/// This looks at braces, quotes and comments only. Where a heredoc confuses it, it may let such an object pass.
fn check_objects(text: &str, source: SourceId) -> Result<(), Box<Diagnostic>> {
    // For each open brace: where it is, whether it opens an object, and how many separators it holds so far.
    let mut open: Vec<(usize, bool, usize)> = Vec::new();
    let bytes = text.as_bytes();
    let mut before = b'=';
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let rest = &bytes[at..];
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at).filter(|byte| **byte != b'"' && **byte != b'\n') {
                    at += if *byte == b'\\' { 2 } else { 1 };
                }
            }
            b'#' => at += line_length(rest),
            b'/' if rest.starts_with(b"//") => at += line_length(rest),
            // The body of a block stands after its type or a label.
            b'{' => open.push((at, !(before == b'"' || before == b'_' || before.is_ascii_alphanumeric()), 0)),
            b'}' => drop(open.pop()),
            _ => {}
        }
        if matches!(bytes.get(at), Some(b'\n' | b','))
            && let Some((start, true, count)) = open.last_mut()
        {
            *count += 1;
            if *count > LARGEST_OBJECT {
                let problem = format!("an object has more than {LARGEST_OBJECT} entries");
                let problem = Diagnostic::error("object-too-large", problem).at(Span::new(source, *start..*start + 1));
                return Err(Box::new(
                    problem.label("opened here").help("split it into several, and join them with `merge`"),
                ));
            }
        }
        if let Some(byte) = bytes.get(at).filter(|byte| !byte.is_ascii_whitespace()) {
            before = *byte;
        }
        at += 1;
    }
    Ok(())
}

/// How far the end of the line is.
fn line_length(rest: &[u8]) -> usize {
    rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
}

fn describe(error: &hcl_edit::parser::Error, text: &str, source: SourceId) -> Diagnostic {
    let message = error.message();
    let start = error.location().offset().min(text.len());
    let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let length = text[start..].chars().next().map_or(0, char::len_utf8);
    let span = Span::new(source, start..start + length);
    let rest = &text[start..];

    let (code, headline, help) = if message.contains("nesting depth") {
        ("nested-too-deeply", "nested deeper than 64 levels", Some("give parts of it names in `locals`"))
    } else if message.contains("chained binary operators") {
        (
            "chain-too-long",
            "more than 128 operators in one chain",
            Some("give parts of it names in `locals`, or use `sum` or `join`"),
        )
    } else if message.contains("redefined attribute") {
        ("duplicate-attribute", "this attribute is already set in its block", Some("keep one of the two"))
    } else if message.contains("redefined object key") {
        ("duplicate-key", "this key is already set in its object", Some("keep one of the two"))
    } else if rest.is_empty() || rest.trim().is_empty() {
        (
            "syntax",
            "the file ends in the middle of something",
            Some("look for a brace, bracket or quote that is never closed"),
        )
    } else if message.contains("escape sequence") {
        ("syntax", "unknown escape sequence", Some("a backslash itself is written `\\\\`"))
    } else if rest.starts_with('\'') {
        ("syntax", "strings stand in double quotes", None)
    } else {
        ("syntax", "this can't be read here", None)
    };
    let mut diagnostic = Diagnostic::error(code, headline).at(span);
    if code == "syntax" {
        diagnostic = diagnostic.label(expected(message));
    }
    match help {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// The parser's own words, with characters in words where they can't be seen.
fn expected(message: &str) -> String {
    let words = message.rsplit_once("; expected ").map_or(message, |(_, rest)| rest);
    let words = words.strip_prefix("expected ").unwrap_or(words);
    if words == "unexpected token" {
        return words.to_owned();
    }
    let words =
        words.replace("`\n`", "a new line").replace("newline", "a new line").replace("eof", "the end of the file");
    format!("expected {words}")
}
