//! Diagnostics as text: the line, the caret, what was expected, related places, what to do.
//!
//! Excerpts and words alike show neither what looks like a secret nor the values of sensitive variables.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use crate::blueprint::secrets::find_secrets;
use crate::blueprint::{Diagnostic, Diagnostics, Severity, SourceId, Sources, Span};

/// What stands for text that is not shown; of one length, so that it tells nothing.
const MASK: &str = "********";

/// Places at most this many lines apart stand in one excerpt.
const NEAR: usize = 4;

/// How diagnostics are drawn.
#[derive(Debug, Clone, Copy)]
pub struct Drawing {
    /// With colours, for a terminal that has them.
    pub color: bool,
    /// Columns of the terminal; 80 where there is none.
    pub width: usize,
}

/// Draws all diagnostics, sorted by place, each with its excerpts.
pub fn draw(diagnostics: &Diagnostics, sources: &Sources, drawing: Drawing) -> String {
    let mut artist = Artist { sources, hidden: diagnostics.hidden(), drawing, masked: HashMap::new() };
    let mut out = String::new();
    for diagnostic in diagnostics.sorted() {
        out.push_str(&artist.draw(diagnostic));
        out.push_str("\n\n");
    }
    out
}

/// The same for programs: an object for each, sorted by place, with a file, line and column where it has one.
pub fn objects(diagnostics: &Diagnostics, sources: &Sources) -> Vec<Value> {
    diagnostics.sorted().into_iter().map(|diagnostic| object(diagnostic, sources)).collect()
}

fn object(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let place = |span: Span| {
        let (line, column) = sources.position(span);
        json!({"file": printable(&sources.get(span.source).name), "line": line, "column": column})
    };
    let related: Vec<Value> = diagnostic
        .related
        .iter()
        .map(|(span, words)| json!({"place": place(*span), "message": presentable(words)}))
        .collect();
    json!({
        "severity": severity,
        "code": diagnostic.code,
        "message": presentable(&diagnostic.message),
        "place": diagnostic.span.map(place),
        "label": diagnostic.label.as_deref().map(presentable),
        "related": related,
        "help": diagnostic.help.as_deref().map(presentable),
    })
}

/// How many there are, such as `2 errors, 1 warning`; empty where there are none.
pub fn tally(diagnostics: &Diagnostics) -> String {
    let mut words = String::new();
    for (severity, one) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let count = diagnostics.sorted().iter().filter(|diagnostic| diagnostic.severity == severity).count();
        if count > 0 {
            let separator = if words.is_empty() { "" } else { ", " };
            let plural = if count == 1 { "" } else { "s" };
            let _ = write!(words, "{separator}{count} {one}{plural}");
        }
    }
    words
}

struct Artist<'s> {
    sources: &'s Sources,
    hidden: &'s [Span],
    drawing: Drawing,
    /// The ranges of each text that are not shown, sorted and without overlaps.
    masked: HashMap<SourceId, Vec<Range<usize>>>,
}

/// A place to be drawn.
struct Mark {
    span: Span,
    kind: AnnotationKind,
    label: Option<String>,
    /// Its line, from 1.
    line: usize,
}

impl Artist<'_> {
    fn draw(&mut self, diagnostic: &Diagnostic) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(presentable(&diagnostic.message)).id(diagnostic.code);
        let mut elements: Vec<Element<'_>> = Vec::new();
        // Where a line is cut or masked, its columns are not those of the file, which is what people look for.
        let mut moved: Vec<(String, String)> = Vec::new();
        for cluster in clusters(self.marks(diagnostic)) {
            self.excerpt(&cluster, &mut elements, &mut moved);
        }
        elements.extend(diagnostic.help.iter().map(|help| Level::HELP.message(presentable(help)).into()));
        let group = Group::with_title(title).elements(elements);
        let renderer = if self.drawing.color { Renderer::styled() } else { Renderer::plain() };
        let drawn = renderer.term_width(self.drawing.width.max(40)).render(&[group]);
        moved.iter().fold(drawn, |drawn, (wrong, right)| drawn.replacen(wrong, right, 1))
    }

    fn marks(&self, diagnostic: &Diagnostic) -> Vec<Mark> {
        let mark = |span: Span, kind, label: Option<&String>| {
            let line = self.sources.position(span).0;
            Mark { span, kind, label: label.map(|label| presentable(label)), line }
        };
        let primary = diagnostic.span.map(|span| mark(span, AnnotationKind::Primary, diagnostic.label.as_ref()));
        let related = diagnostic.related.iter().map(|(span, words)| mark(*span, AnnotationKind::Context, Some(words)));
        primary.into_iter().chain(related).collect()
    }

    /// One excerpt: the lines of a cluster, cut to the width, with what must not be shown masked.
    fn excerpt(&mut self, cluster: &[Mark], elements: &mut Vec<Element<'_>>, moved: &mut Vec<(String, String)>) {
        let (Some(first), Some(head)) = (cluster.iter().map(|mark| mark.line).min(), cluster.first()) else {
            return;
        };
        let last = cluster.iter().map(|mark| mark.line).max().unwrap_or(first);
        let source = self.sources.get(head.span.source);
        let text = source.text.as_str();
        let masked =
            self.masked.entry(head.span.source).or_insert_with(|| masked_in(text, head.span.source, self.hidden));

        let mut shown = String::new();
        let mut annotations = Vec::new();
        let mut head_start = 0;
        let start = line_start(text, cluster.iter().map(|mark| mark.span.start as usize).min().unwrap_or_default());
        let mut at = start;
        for line in first..=last {
            let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
            let marks: Vec<&Mark> = cluster.iter().filter(|mark| mark.line == line).collect();
            let focus = marks.first().map_or(at, |mark| mark.span.start as usize);
            let drawn = Line::new(text, at..end, masked, focus, self.drawing.width);
            for mark in marks {
                // A place of several lines is marked on its first.
                let span = drawn.place(mark.span.range());
                if std::ptr::eq(mark, head) {
                    head_start = shown.len() + span.start;
                }
                let annotation = mark.kind.span(shown.len() + span.start..shown.len() + span.end);
                annotations.push(annotation.label(mark.label.clone()));
            }
            shown.push_str(&drawn.text);
            shown.push('\n');
            at = (end + 1).min(text.len());
        }

        let path = printable(&source.name);
        let drawn = column_of(&shown, head_start);
        let (line, column) = self.sources.position(head.span);
        if drawn != column {
            moved.push((format!("{path}:{line}:{drawn}"), format!("{path}:{line}:{column}")));
        }
        elements.push(Snippet::source(shown).line_start(first).path(path).annotations(annotations).into());
    }
}

/// The column of a place in the drawn lines, in characters from 1.
fn column_of(shown: &str, at: usize) -> usize {
    shown[line_start(shown, at)..floor(shown, at)].chars().count() + 1
}

/// Marks that stand near one another, the first of each cluster being the weightiest.
fn clusters(marks: Vec<Mark>) -> Vec<Vec<Mark>> {
    let mut clusters: Vec<Vec<Mark>> = Vec::new();
    for mark in marks {
        let near = |other: &Mark| other.span.source == mark.span.source && other.line.abs_diff(mark.line) <= NEAR;
        match clusters.iter_mut().find(|cluster| cluster.iter().all(near)) {
            Some(cluster) => cluster.push(mark),
            None => clusters.push(vec![mark]),
        }
    }
    clusters
}

/// A line as it is drawn, and how places in the text lead to places in it.
struct Line {
    text: String,
    pieces: Vec<Piece>,
}

/// A part of a line: where it stands in the text, and where in the drawn line.
struct Piece {
    text: Range<usize>,
    shown: Range<usize>,
    is_masked: bool,
}

impl Line {
    fn new(text: &str, range: Range<usize>, masked: &[Range<usize>], focus: usize, width: usize) -> Self {
        let window = window(text, &range, focus, width);
        let mut line = Self { text: String::new(), pieces: Vec::new() };
        if window.start > range.start {
            line.text.push('…');
        }
        let mut at = window.start;
        let overlapping = masked.iter().filter(|hidden| hidden.start < window.end && hidden.end > window.start);
        for hidden in overlapping {
            let (start, end) = (hidden.start.max(at), hidden.end.min(window.end));
            line.push(at..start, &printable(&text[at..start]), false);
            line.push(start..end, MASK, true);
            at = end;
        }
        line.push(at..window.end, &printable(&text[at..window.end]), false);
        if window.end < range.end {
            line.text.push('…');
        }
        line
    }

    fn push(&mut self, text: Range<usize>, shown: &str, is_masked: bool) {
        let start = self.text.len();
        self.text.push_str(shown);
        self.pieces.push(Piece { text, shown: start..self.text.len(), is_masked });
    }

    /// A range of the text in the drawn line; at least one column where there is one.
    fn place(&self, range: Range<usize>) -> Range<usize> {
        let start = self.column(range.start, false);
        let end = self.column(range.end, true).max(start);
        if end > start {
            return start..end;
        }
        let next = self.text[start..].chars().next().map_or(0, char::len_utf8);
        start..start + next
    }

    /// Where a place in the text is in the drawn line; within a mask it is one of its ends.
    fn column(&self, at: usize, is_end: bool) -> usize {
        let holds = |text: &Range<usize>| if is_end { text.start < at && at <= text.end } else { text.contains(&at) };
        match self.pieces.iter().find(|piece| holds(&piece.text)) {
            Some(piece) if piece.is_masked && is_end => piece.shown.end,
            Some(piece) if piece.is_masked => piece.shown.start,
            Some(piece) => floor(&self.text, piece.shown.start + (at - piece.text.start)),
            None => match (self.pieces.first(), self.pieces.last()) {
                (Some(first), _) if at <= first.text.start => first.shown.start,
                (_, Some(last)) => last.shown.end,
                _ => 0,
            },
        }
    }
}

/// The part of a line around a place that fits the width.
fn window(text: &str, range: &Range<usize>, focus: usize, width: usize) -> Range<usize> {
    let room = width.max(40) - 10;
    if text[range.clone()].len() <= room {
        return range.clone();
    }
    let focus = focus.clamp(range.start, range.end);
    // A third of the room before the place, where there is that much.
    let start = if focus - range.start <= room { range.start } else { focus - room / 3 };
    let start = (start..=focus).find(|at| text.is_char_boundary(*at)).unwrap_or(range.start);
    // Lines a little longer than the room stay whole: the renderer cuts what is left over.
    let end = floor(text, (start + room * 2).min(range.end));
    start..end.max(start)
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn line_start(text: &str, at: usize) -> usize {
    let at = floor(text, at);
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// The ranges of a text that must not be shown.
fn masked_in(text: &str, source: SourceId, hidden: &[Span]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = find_secrets(text).into_iter().map(|finding| finding.range).collect();
    ranges.extend(
        hidden
            .iter()
            .filter(|span| span.source == source)
            .map(|span| floor(text, span.start as usize)..floor(text, span.end as usize)),
    );
    ranges.sort_by_key(|range| range.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

/// Words without secrets and without characters that would steer a terminal.
fn presentable(words: &str) -> String {
    let mut shown = String::new();
    let mut at = 0;
    for finding in find_secrets(words) {
        shown.push_str(&words[at..finding.range.start]);
        shown.push_str(MASK);
        at = finding.range.end;
    }
    shown.push_str(&words[at..]);
    shown.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

/// Text of a file without characters that would steer a terminal; each stays as long as it was.
fn printable(text: &str) -> String {
    if !text.chars().any(steers) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            shown.extend(std::iter::repeat_n('?', c.len_utf8()));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those that turn the direction of writing.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blueprint::{Source, SourceId};

    const PLAIN: Drawing = Drawing { color: false, width: 80 };

    fn sources(texts: &[&str]) -> Sources {
        let mut sources = Sources::default();
        for (number, text) in texts.iter().enumerate() {
            sources.add(Source { name: format!("file{number}.hcl"), text: (*text).to_owned() });
        }
        sources
    }

    /// Where the piece stands in the text of the first file.
    fn at(sources: &Sources, piece: &str) -> Span {
        let start = sources.get(SourceId(0)).text.find(piece).expect("the piece is there");
        Span::new(SourceId(0), start..start + piece.len())
    }

    fn drawn(sources: &Sources, diagnostic: Diagnostic, drawing: Drawing) -> String {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(diagnostic);
        draw(&diagnostics, sources, drawing)
    }

    #[test]
    fn a_problem_is_drawn_with_its_place_and_what_to_do() {
        let sources = sources(&["locals {\n  seats = var.artsits\n}\n"]);
        let problem = Diagnostic::error("unknown-name", "there is no variable `artsits`")
            .at(at(&sources, "artsits"))
            .label("no such name")
            .help("did you mean `artists`?");
        insta::assert_snapshot!(drawn(&sources, problem, PLAIN), @r#"
        error[unknown-name]: there is no variable `artsits`
         --> file0.hcl:2:15
          |
        2 |   seats = var.artsits
          |               ^^^^^^^ no such name
          |
          = help: did you mean `artists`?
        "#);
    }

    #[test]
    fn related_places_near_and_far_are_drawn() {
        let mut text = String::from("a = local.b\nb = local.a\n");
        text.push_str(&"\n".repeat(100));
        text.push_str("c = 1\n");
        let mut sources = sources(&[&text]);
        let other = sources.add(Source { name: "other.hcl".to_owned(), text: "d = 2\n".to_owned() });
        let problem = Diagnostic::warning("cycle", "these need one another")
            .at(at(&sources, "local.a"))
            .label("this closes the circle")
            .also(at(&sources, "a = local.b"), "first")
            .also(at(&sources, "c = 1"), "far away")
            .also(Span::new(other, 0..1), "in another file");
        insta::assert_snapshot!(drawn(&sources, problem, PLAIN), @r#"
        warning[cycle]: these need one another
           --> file0.hcl:2:5
            |
          1 | a = local.b
            | ----------- first
          2 | b = local.a
            |     ^^^^^^^ this closes the circle
            |
           ::: file0.hcl:103:1
            |
        103 | c = 1
            | ----- far away
            |
           ::: other.hcl:1:1
            |
          1 | d = 2
            | - in another file
        "#);
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_caret_in_place() {
        let sources = sources(&["\tname = \"日本語é\" + nope\n"]);
        let problem = Diagnostic::error("unknown-name", "there is nothing called `nope`").at(at(&sources, "nope"));
        insta::assert_snapshot!(drawn(&sources, problem, PLAIN), @r#"
        error[unknown-name]: there is nothing called `nope`
         --> file0.hcl:1:18
          |
        1 |     name = "日本語é" + nope
          |                        ^^^^
        "#);
    }

    #[test]
    fn secrets_are_masked_in_excerpts_and_in_words() {
        let secret = ["AKIA", "IOSFODNN7EXAMPLE"].concat();
        let text = format!("key = \"{secret}\" + nope\npin = \"1234\"\n");
        let sources = sources(&[&text]);
        let mut diagnostics = Diagnostics::default();
        diagnostics.hide(at(&sources, "\"1234\""));
        diagnostics.push(
            Diagnostic::error("secret", format!("`{secret}` looks like an AWS access key")).at(at(&sources, &secret)),
        );
        diagnostics.push(
            Diagnostic::error("unknown-name", "there is nothing called `nope`").at(at(&sources, "nope")).label("here"),
        );
        diagnostics.push(Diagnostic::error("wrong-type", "no number").at(at(&sources, "\"1234\"")));
        let drawn = draw(&diagnostics, &sources, PLAIN);
        assert!(!drawn.contains(&secret) && !drawn.contains("1234"));
        insta::assert_snapshot!(drawn, @r#"
        error[secret]: `********` looks like an AWS access key
         --> file0.hcl:1:8
          |
        1 | key = "********" + nope
          |        ^^^^^^^^

        error[unknown-name]: there is nothing called `nope`
         --> file0.hcl:1:32
          |
        1 | key = "********" + nope
          |                    ^^^^ here

        error[wrong-type]: no number
         --> file0.hcl:2:7
          |
        2 | pin = ********
          |       ^^^^^^^^
        "#);
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_the_place() {
        let text = format!("a = [{}nope, {}]\n", "1, ".repeat(200_000), "2, ".repeat(200_000));
        let sources = sources(&[&text]);
        let problem = || {
            Diagnostic::error("unknown-name", "there is nothing called `nope`").at(at(&sources, "nope")).label("here")
        };
        for width in [80, 200] {
            let drawn = drawn(&sources, problem(), Drawing { color: false, width });
            assert!(drawn.len() < 2000, "{}", drawn.len());
            assert!(drawn.contains("nope") && drawn.contains("file0.hcl:1:600006"), "{drawn}");
            assert!(drawn.lines().all(|line| line.chars().count() <= width + 10), "{drawn}");
        }
    }

    #[test]
    fn a_place_of_many_lines_is_marked_on_its_first() {
        let sources = sources(&["a = [\n  1,\n  2,\n]\n"]);
        let problem = Diagnostic::error("wrong-type", "this is no number").at(at(&sources, "[\n  1,\n  2,\n]"));
        insta::assert_snapshot!(drawn(&sources, problem, PLAIN), @r#"
        error[wrong-type]: this is no number
         --> file0.hcl:1:5
          |
        1 | a = [
          |     ^
        "#);
    }

    #[test]
    fn places_at_the_ends_of_texts_are_drawn() {
        let sources = sources(&["", "a", "a\n", "é"]);
        for (id, source) in sources.iter() {
            for start in 0..=source.text.len() + 1 {
                for end in start..=source.text.len() + 2 {
                    let problem = Diagnostic::error("x", "y").at(Span::new(id, start..end)).label("z");
                    assert!(drawn(&sources, problem, PLAIN).contains("error[x]: y"));
                }
            }
        }
        assert!(drawn(&sources, Diagnostic::error("x", "nowhere"), PLAIN).contains("error[x]: nowhere"));
    }

    #[test]
    fn nothing_steers_the_terminal() {
        let sources = sources(&["a = \"\u{1b}[2J\u{202e}\" + nope\n"]);
        let problem = Diagnostic::error("x", "\u{1b}[2Jmessage").at(at(&sources, "nope")).label("\u{7}");
        let drawn = drawn(&sources, problem, PLAIN);
        assert!(!drawn.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{drawn:?}");
    }

    #[test]
    fn colours_are_there_only_where_wanted() {
        let sources = sources(&["a = b\n"]);
        let problem = || Diagnostic::error("x", "y").at(at(&sources, "b"));
        assert!(drawn(&sources, problem(), Drawing { color: true, width: 80 }).contains('\u{1b}'));
        assert!(!drawn(&sources, problem(), PLAIN).contains('\u{1b}'));
    }

    #[test]
    fn the_tally_counts_both_kinds() {
        let mut diagnostics = Diagnostics::default();
        assert_eq!(tally(&diagnostics), "");
        diagnostics.push(Diagnostic::error("a", "a"));
        diagnostics.push(Diagnostic::error("b", "b"));
        diagnostics.push(Diagnostic::warning("c", "c"));
        assert_eq!(tally(&diagnostics), "2 errors, 1 warning");
    }
}
