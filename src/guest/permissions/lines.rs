//! From a file's text to its lines: sections, definitions, statements and imports, each with its place.

use super::actor::{is_name, subject};
use super::problem::{Place, Problem};
use super::statement::{Rule, Subject};

/// A word and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) place: Place,
}

/// One line that says something.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// The path of another file.
    Import(Word),
    Group(Word, Vec<Word>),
    Alias(Word, Vec<Word>),
    Permission(Permission),
}

/// A line of `[permissions]` as it is written.
#[derive(Debug, Clone)]
pub(super) struct Permission {
    pub(super) place: Place,
    pub(super) text: String,
    pub(super) subject: Subject,
    pub(super) subject_place: Place,
    pub(super) rule: Rule,
    /// Features and aliases.
    pub(super) features: Vec<Word>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Groups,
    Aliases,
    Permissions,
}

impl Section {
    const ALL: &'static [(&'static str, Self)] =
        &[("groups", Self::Groups), ("aliases", Self::Aliases), ("permissions", Self::Permissions)];
}

/// The lines of a file in their order. A comment has a line of its own, and begins with `;` or `#`.
pub(super) fn lines(file: &str, text: &str, problems: &mut Vec<Problem>) -> Vec<Line> {
    let mut section = None;
    let mut read = Vec::new();
    // A byte order mark is no part of the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (index, raw) in text.split('\n').enumerate() {
        let source = Source { file, line: index + 1, raw };
        let line = raw.trim();
        let whole = source.word(line);
        if let Some(rest) = line.strip_prefix("#import").filter(|rest| rest.starts_with([' ', '\t'])) {
            read.push(Line::Import(source.word(rest.trim())));
        } else if line == "#import" {
            problems.push(Problem::new(whole.place, "an import without a file").help("write `#import PATH`"));
        } else if line.is_empty() || line.starts_with([';', '#']) {
            // Nothing is said.
        } else if let Some(name) = line.strip_prefix('[') {
            section = source.section(name, &whole, problems);
        } else {
            let said = match section {
                Some(Section::Groups) => source.definition(line).map(|(name, members)| Line::Group(name, members)),
                Some(Section::Aliases) => source.definition(line).map(|(name, members)| Line::Alias(name, members)),
                Some(Section::Permissions) => source.permission(line).map(Line::Permission),
                None => Err(Problem::new(whole.place, "a line outside of every section")
                    .help("the sections are [groups], [aliases] and [permissions]")),
            };
            match said {
                Ok(line) => read.push(line),
                Err(problem) => problems.push(problem),
            }
        }
    }
    read
}

/// One raw line, to say where its parts stand.
struct Source<'a> {
    file: &'a str,
    line: usize,
    raw: &'a str,
}

impl Source<'_> {
    /// A part of the line with its place. The part is a slice of the line: where it begins is where the two differ.
    fn word(&self, part: &str) -> Word {
        let offset = (part.as_ptr() as usize).saturating_sub(self.raw.as_ptr() as usize);
        let column = self.raw.get(..offset).unwrap_or_default().chars().count() + 1;
        Word { text: part.to_owned(), place: Place { file: self.file.to_owned(), line: self.line, column } }
    }

    fn section(&self, name: &str, whole: &Word, problems: &mut Vec<Problem>) -> Option<Section> {
        let named = name.strip_suffix(']').map(str::trim);
        let known = named.and_then(|name| Section::ALL.iter().find(|(word, _)| *word == name));
        if known.is_none() {
            problems.push(
                Problem::new(whole.place.clone(), format!("`{}` is no section", shown(&whole.text)))
                    .help("the sections are [groups], [aliases] and [permissions]"),
            );
        }
        known.map(|(_, section)| *section)
    }

    /// `name=member, member`.
    fn definition(&self, line: &str) -> Result<(Word, Vec<Word>), Problem> {
        let form = "write `NAME=MEMBER, MEMBER`";
        let Some((name, members)) = line.split_once('=') else {
            return Err(Problem::new(self.word(line).place, "a definition without `=`").help(form));
        };
        let name = self.word(name.trim());
        if !is_name(&name.text) {
            return Err(Problem::new(name.place, format!("`{}` can't be a name", shown(&name.text))).help(form));
        }
        let members: Vec<Word> = members.split(',').map(|member| self.word(member.trim())).collect();
        match members.iter().find(|member| member.text.is_empty()) {
            Some(empty) => {
                Err(Problem::new(empty.place.clone(), format!("`{}` has an empty member", name.text)).help(form))
            }
            None => Ok((name, members)),
        }
    }

    /// `actor rule feature feature`.
    fn permission(&self, line: &str) -> Result<Permission, Problem> {
        let form = "write `ACTOR RULE FEATURE FEATURE`, such as `%owner% allow display keyboard mouse`";
        let mut words = line.split_whitespace().map(|word| self.word(word));
        let (Some(actor), Some(rule)) = (words.next(), words.next()) else {
            return Err(Problem::new(self.word(line).place, "a permission without a rule").help(form));
        };
        let Some(subject) = subject(&actor.text) else {
            return Err(Problem::new(actor.place, format!("`{}` names no actor", shown(&actor.text)))
                .help("an actor is a user, `group:NAME`, `osgroup:NAME`, `%owner%` or `%any%`"));
        };
        let Some(known) = Rule::ALL.iter().find(|known| known.as_str() == rule.text) else {
            return Err(Problem::new(rule.place, format!("`{}` is no rule", shown(&rule.text)))
                .help("the rules are `allow`, `disallow` and `deny`"));
        };
        let features: Vec<Word> = words.collect();
        if features.is_empty() {
            return Err(Problem::new(self.word(line).place, "a permission without features").help(form));
        }
        let Word { text, place } = self.word(line);
        Ok(Permission { place, text, subject, subject_place: actor.place, rule: *known, features })
    }
}

/// What a message quotes of a file that can hold anything.
pub(super) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
