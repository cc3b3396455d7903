//! What a check writes down while it looks: every place that it examined, and what is wrong there.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::finding::{Finding, Status};
use super::floor::{Floor, Phase};
use crate::blueprint::model::BlockRef;
use crate::resource::Address;

/// What is examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    Resource(Address),
    Block(BlockRef),
}

impl From<&Address> for Subject {
    fn from(address: &Address) -> Self {
        Self::Resource(address.clone())
    }
}

impl From<Address> for Subject {
    fn from(address: Address) -> Self {
        Self::Resource(address)
    }
}

impl From<BlockRef> for Subject {
    fn from(block: BlockRef) -> Self {
        Self::Block(block)
    }
}

impl Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Resource(address) => address.fmt(f),
            Self::Block(block) => block.fmt(f),
        }
    }
}

/// What is wrong somewhere.
#[derive(Debug, Clone)]
pub struct Wrong {
    pub finding: Finding,
    pub subject: Subject,
    /// Blocks that bear on it besides those that hold its subject: an exception to any of them covers it.
    pub also: Vec<BlockRef>,
}

/// The notes of one check.
#[derive(Debug)]
pub struct Examination<'f, 'a> {
    pub floor: &'f Floor<'a>,
    control: &'static str,
    pub wrong: Vec<Wrong>,
    /// Places where all is well, by where that was seen.
    pub passed: BTreeMap<Phase, usize>,
    /// The names of those places, as often as they were looked at.
    pub held: Vec<String>,
    /// Places where the provider answers for it.
    pub inherited: usize,
    /// How many places were examined, in all.
    pub examined: usize,
    /// Why there was nothing to examine.
    pub why_nothing: Option<String>,
    /// Whether that is because the profile leaves it to people: an attestation speaks for it.
    pub left_open: bool,
}

impl<'f, 'a> Examination<'f, 'a> {
    pub fn new(floor: &'f Floor<'a>, control: &'static str) -> Self {
        let (wrong, passed, held) = (Vec::new(), BTreeMap::new(), Vec::new());
        Self { floor, control, wrong, passed, held, inherited: 0, examined: 0, why_nothing: None, left_open: false }
    }

    /// Examines a place: `problems` says all that is wrong there.
    pub fn look(&mut self, subject: impl Into<Subject>, problems: Vec<Problem>) {
        let subject = subject.into();
        self.examined += 1;
        if problems.is_empty() {
            *self.passed.entry(self.phase_of(&subject)).or_default() += 1;
            self.held.push(subject.to_string());
        }
        for problem in problems {
            self.note(subject.clone(), problem);
        }
    }

    /// Examines a place that either is as it should be or not.
    pub fn hold(&mut self, subject: impl Into<Subject>, holds: bool, problem: impl FnOnce() -> Problem) {
        self.look(subject, if holds { Vec::new() } else { vec![problem()] });
    }

    /// Says why there is nothing to examine.
    pub fn nothing(&mut self, why: impl Into<String>) {
        self.why_nothing = Some(why.into());
    }

    /// Says why nobody looked, though there may be something: an attestation can speak for it.
    pub fn left_open(&mut self, why: impl Into<String>) {
        self.why_nothing = Some(why.into());
        self.left_open = true;
    }

    fn phase_of(&self, subject: &Subject) -> Phase {
        match subject {
            Subject::Block(_) => Phase::Blueprint,
            Subject::Resource(_) => self.floor.phase,
        }
    }

    fn note(&mut self, subject: Subject, problem: Problem) {
        let answered_for = match &subject {
            Subject::Block(_) => true,
            Subject::Resource(address) => self.floor.answered_for.contains(address),
        };
        let finding = Finding {
            control: self.control.to_owned(),
            resource: subject.to_string(),
            phase: self.phase_of(&subject),
            status: problem.status,
            sentence: format!("{subject} {}", problem.words),
            expected: problem.expected,
            observed: problem.observed,
            answered_for,
            exceptions: Vec::new(),
            until: None,
        };
        self.wrong.push(Wrong { finding, subject, also: problem.also });
    }

    /// Examines a place that the provider answers for.
    pub fn inherit(&mut self) {
        self.examined += 1;
        self.inherited += 1;
    }
}

/// What is wrong with a place.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: Status,
    /// Goes behind the place's name.
    pub words: String,
    pub expected: String,
    pub observed: String,
    pub also: Vec<BlockRef>,
}

impl Problem {
    /// It fails: `words` go behind the place's name, `expected` and `observed` are the values.
    pub fn new(words: impl Into<String>, expected: impl Display, observed: impl Display) -> Self {
        Self {
            status: Status::Fail,
            words: words.into(),
            expected: expected.to_string(),
            observed: observed.to_string(),
            also: Vec::new(),
        }
    }

    /// Only an apply, or the cloud, will tell.
    pub fn undetermined(words: impl Into<String>, expected: impl Display) -> Self {
        Self { status: Status::Undetermined, ..Self::new(words, expected, "not known yet") }
    }

    /// An exception to this block covers it too.
    #[must_use]
    pub fn also(mut self, blocks: impl IntoIterator<Item = BlockRef>) -> Self {
        self.also.extend(blocks);
        self
    }
}

/// A problem where something isn't so.
pub fn unless(holds: bool, problem: impl FnOnce() -> Problem) -> Option<Problem> {
    (!holds).then(problem)
}
