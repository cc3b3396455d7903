//! From files to statements in the order in which they count.

use std::collections::BTreeSet;

use super::lines::{Line, Permission, Word, lines};
use super::names::{Aliases, Definitions, Groups};
use super::problem::{Place, Problem};
use super::statement::{Statement, Subject};

/// Imports within imports; deeper ones are a slip. The guide knows no limit.
const DEEPEST: usize = 16;
/// Files that one file may draw in, all in all: a few lines could otherwise ask for millions.
const MOST_FILES: usize = 256;
/// Bytes of one file; what is larger is no permission file.
const LARGEST: usize = 1024 * 1024;

/// Where imported files come from.
pub trait Imports {
    /// The file that `path` means where `importing` names it.
    ///
    /// # Errors
    ///
    /// Why it can't be read, as a fragment.
    fn read(&self, importing: &str, path: &str) -> Result<Imported, String>;
}

/// A file that was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// One name for one file, however it was asked for.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// For files that stand alone: every import is an error.
#[derive(Debug, Clone, Copy)]
pub struct NoImports;

impl Imports for NoImports {
    fn read(&self, _: &str, _: &str) -> Result<Imported, String> {
        Err("there are no other files here".to_owned())
    }
}

/// A permission file with its imports, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// In the order in which they count.
    pub(super) statements: Vec<Statement>,
    pub(super) groups: Groups,
}

impl Permissions {
    /// Reads a file and what it imports.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with its place, sorted.
    pub fn read(name: &str, bytes: &[u8], imports: &dyn Imports) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader { imports, files: 0, problems: Vec::new(), read: Read::default() };
        reader.file(name, bytes, &mut vec![name.to_owned()]);
        let Reader { mut problems, read, .. } = reader;
        let aliases = Aliases::resolve(&read.aliases, &mut problems);
        let groups = Groups::resolve(&read.groups, &mut problems);
        let mut statements = Vec::new();
        for permission in read.permissions {
            if let Subject::Group(group) = &permission.subject {
                groups.defined(group, &permission.subject_place, &mut problems);
            }
            statements.push(Statement {
                features: aliases.of(&permission.features, &read.aliases, &mut problems),
                place: permission.place,
                text: permission.text,
                rule: permission.rule,
                subject: permission.subject,
            });
        }
        if problems.is_empty() {
            return Ok(Self { statements, groups });
        }
        problems.sort();
        problems.dedup();
        Err(problems)
    }

    /// Its statements in the order in which they count.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

/// What all files together hold.
#[derive(Default)]
struct Read {
    groups: Definitions,
    aliases: Definitions,
    permissions: Vec<Permission>,
    /// Files whose definitions were taken: one that is imported twice says the same twice.
    seen: BTreeSet<String>,
}

struct Reader<'a> {
    imports: &'a dyn Imports,
    files: usize,
    problems: Vec<Problem>,
    read: Read,
}

impl Reader<'_> {
    /// `open` are the files that lead here, the innermost last.
    fn file(&mut self, name: &str, bytes: &[u8], open: &mut Vec<String>) {
        let start = Place { file: name.to_owned(), line: 1, column: 1 };
        if bytes.len() > LARGEST {
            self.problems.push(Problem::new(start, format!("the file has more than {LARGEST} bytes")));
            return;
        }
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                self.problems.push(
                    Problem::new(Place { line, ..start }, "this line is not valid UTF-8")
                        .help("save the file as UTF-8, or as plain ASCII"),
                );
                return;
            }
        };
        let first_time = self.read.seen.insert(name.to_owned());
        for line in lines(name, text, &mut self.problems) {
            match line {
                Line::Group(name, members) if first_time => self.read.groups.add(name, members, &mut self.problems),
                Line::Alias(name, members) if first_time => self.read.aliases.add(name, members, &mut self.problems),
                Line::Group(..) | Line::Alias(..) => {}
                Line::Permission(permission) => self.read.permissions.push(permission),
                Line::Import(path) => self.import(name, &path, open),
            }
        }
    }

    fn import(&mut self, importing: &str, path: &Word, open: &mut Vec<String>) {
        self.files += 1;
        if self.files > MOST_FILES {
            // Said once: everything after it would say the same.
            if self.files == MOST_FILES + 1 {
                let message = format!("more than {MOST_FILES} imports in all");
                self.problems.push(Problem::new(path.place.clone(), message));
            }
            return;
        }
        match self.imports.read(importing, &path.text) {
            Err(why) => {
                self.problems.push(Problem::new(path.place.clone(), format!("{} can't be imported: {why}", path.text)))
            }
            Ok(file) if open.contains(&file.name) => {
                self.problems.push(Problem::new(path.place.clone(), format!("{} imports itself", file.name)));
            }
            Ok(_) if open.len() >= DEEPEST => self
                .problems
                .push(Problem::new(path.place.clone(), format!("imports are nested deeper than {DEEPEST} files"))),
            Ok(file) => {
                open.push(file.name.clone());
                self.file(&file.name, &file.bytes, open);
                open.pop();
            }
        }
    }
}
