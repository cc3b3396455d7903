//! Styled text that keeps within a width: lines are broken between words, and a word only where it is wider than a line.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::palette::PLAIN;

/// The narrowest width that is laid out for: below it, lines overflow rather than become columns of letters.
const NARROWEST: usize = 40;

/// A space at which no line is broken; written as an ordinary one, so that what is copied stays what it was.
pub const HOLDING: char = '\u{a0}';

/// One line of a report, which becomes several where it is too long.
#[derive(Debug, Clone, Default)]
pub struct Line {
    indent: usize,
    hanging: usize,
    pieces: Vec<(Style, String)>,
}

impl Line {
    /// A line that begins in this column; its continuation begins two further in.
    pub fn new(indent: usize) -> Self {
        Self { indent, hanging: indent + 2, pieces: Vec::new() }
    }

    /// Where its continuation begins.
    #[must_use]
    pub fn hanging(mut self, column: usize) -> Self {
        self.hanging = column;
        self
    }

    /// Adds text without colour.
    #[must_use]
    pub fn plain(self, text: impl AsRef<str>) -> Self {
        self.styled(PLAIN, text)
    }

    /// Adds text in a colour. What would control a terminal is made visible: words of services and tags of strangers
    /// pass through here.
    #[must_use]
    pub fn styled(mut self, style: Style, text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let text = if text.contains(is_control) { text.replace(is_control, "\u{fffd}") } else { text.to_owned() };
        self.pieces.push((style, text));
        self
    }

    /// Fills up to a column with spaces; at least two where it is passed already.
    #[must_use]
    pub fn to_column(self, column: usize) -> Self {
        let at = self.indent + self.pieces.iter().map(|(_, text)| text.width()).sum::<usize>();
        let spaces = column.saturating_sub(at).max(2);
        self.plain(" ".repeat(spaces))
    }

    /// Writes the line, broken where it is wider than `width` columns, and ends it.
    pub fn write(&self, width: usize, out: &mut String) {
        let width = width.max(NARROWEST);
        let hanging = if self.hanging + NARROWEST / 2 > width { self.indent } else { self.hanging };
        let mut writer = Writer { out, width, hanging, column: self.indent, at_start: true, spaces: 0 };
        writer.pad(self.indent);
        for (index, word) in self.words().iter().enumerate() {
            match word {
                Word::Spaces(count) => writer.spaces += count,
                Word::Break => writer.break_line(),
                Word::Text(pieces) => writer.word(pieces, index == 0),
            }
        }
        out.push('\n');
    }

    /// Pieces regrouped to words: one word may hold several colours.
    fn words(&self) -> Vec<Word<'_>> {
        let mut words: Vec<Word<'_>> = Vec::new();
        for (style, text) in &self.pieces {
            let mut rest = text.as_str();
            while let Some(first) = rest.chars().next() {
                let is_space = |c: char| c == ' ';
                let end = match first {
                    '\n' => 1,
                    ' ' => rest.find(|c| !is_space(c)).unwrap_or(rest.len()),
                    _ => rest.find([' ', '\n']).unwrap_or(rest.len()),
                };
                let (now, later) = rest.split_at(end);
                rest = later;
                match (first, words.last_mut()) {
                    ('\n', _) => words.push(Word::Break),
                    (' ', _) => words.push(Word::Spaces(now.len())),
                    (_, Some(Word::Text(pieces))) => pieces.push((*style, now)),
                    _ => words.push(Word::Text(vec![(*style, now)])),
                }
            }
        }
        words
    }
}

fn is_control(c: char) -> bool {
    c.is_control() && c != '\n'
}

enum Word<'a> {
    Text(Vec<(Style, &'a str)>),
    Spaces(usize),
    Break,
}

struct Writer<'a> {
    out: &'a mut String,
    width: usize,
    hanging: usize,
    column: usize,
    at_start: bool,
    /// Spaces that are due before the next word, and lost at a break.
    spaces: usize,
}

impl Writer<'_> {
    fn pad(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }

    fn break_line(&mut self) {
        self.out.push('\n');
        self.pad(self.hanging);
        self.column = self.hanging;
        self.at_start = true;
        self.spaces = 0;
    }

    fn word(&mut self, pieces: &[(Style, &str)], first: bool) {
        let wide: usize = pieces.iter().map(|(_, text)| text.width()).sum();
        if !self.at_start && !first && self.column + self.spaces + wide > self.width {
            self.break_line();
        }
        let spaces = std::mem::take(&mut self.spaces);
        self.pad(spaces);
        self.column += spaces;
        for (style, text) in pieces {
            let styled = *style != PLAIN;
            if styled {
                let _ = write!(self.out, "{style}");
            }
            for letter in text.chars() {
                let wide = letter.width().unwrap_or(0);
                if self.column + wide > self.width && self.column > self.hanging {
                    if styled {
                        let _ = write!(self.out, "{style:#}");
                    }
                    self.break_line();
                    if styled {
                        let _ = write!(self.out, "{style}");
                    }
                }
                self.out.push(if letter == HOLDING { ' ' } else { letter });
                self.column += wide;
            }
            if styled {
                let _ = write!(self.out, "{style:#}");
            }
        }
        self.at_start = false;
    }
}

/// Rows with columns as wide as their widest cell; the last column is not padded and may be long.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<(Style, Vec<String>)>,
}

impl Table {
    /// A table with these headings.
    pub fn new(headings: &[&str]) -> Self {
        let mut table = Self::default();
        table.row(super::palette::STRONG, headings.iter().map(|heading| (*heading).to_owned()).collect());
        table
    }

    /// Adds a row, all of it in one colour.
    pub fn row(&mut self, style: Style, cells: Vec<String>) {
        self.rows.push((style, cells));
    }

    /// Writes the table. A column that is empty in all rows but the heading is left out.
    pub fn write(&self, indent: usize, width: usize, out: &mut String) {
        let columns = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cell = |(_, cells): &(Style, Vec<String>)| cells.get(column).map_or(0, |cell| cell.width());
                let widest = self.rows.iter().skip(1).map(cell).max().unwrap_or(0);
                if widest == 0 { 0 } else { widest.max(self.rows.first().map_or(0, cell)) }
            })
            .collect();
        for (style, cells) in &self.rows {
            let mut line = Line::new(indent).hanging(indent + 4);
            let mut column = indent;
            let shown = cells.iter().zip(&widths).filter(|(_, wide)| **wide > 0).count();
            for (index, (cell, wide)) in cells.iter().zip(&widths).filter(|(_, wide)| **wide > 0).enumerate() {
                line = line.styled(*style, cell);
                column += wide + 2;
                if index + 1 < shown {
                    line = line.to_column(column);
                }
            }
            line.write(width, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::palette::BAD;
    use super::*;

    fn written(line: &Line, width: usize) -> String {
        let mut out = String::new();
        line.write(width, &mut out);
        out
    }

    #[test]
    fn lines_break_between_words_and_hang() {
        let line = Line::new(2).plain("one two three four five six seven eight nine ten");
        assert_eq!(written(&line, 40), "  one two three four five six seven\n    eight nine ten\n");
    }

    #[test]
    fn a_word_wider_than_the_line_is_cut() {
        let line = Line::new(0).hanging(2).plain("x".repeat(45));
        assert_eq!(written(&line, 40), format!("{}\n  {}\n", "x".repeat(40), "x".repeat(5)));
    }

    #[test]
    fn colours_stay_with_their_words_and_controls_are_made_visible() {
        let line = Line::new(0).plain("a ").styled(BAD, "b\u{1b}[2J");
        assert_eq!(written(&line, 40), "a \u{1b}[31mb\u{fffd}[2J\u{1b}[0m\n");
    }

    #[test]
    fn tables_leave_out_what_nothing_stands_in() {
        let mut table = Table::new(&["SEAT", "ARTIST", "STATE"]);
        table.row(PLAIN, vec!["comp[001]".to_owned(), String::new(), "running".to_owned()]);
        let mut out = String::new();
        table.write(0, 80, &mut out);
        assert_eq!(anstream::adapter::strip_str(&out).to_string(), "SEAT       STATE\ncomp[001]  running\n");
    }
}
