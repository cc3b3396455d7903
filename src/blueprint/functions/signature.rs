//! What a function takes and gives.

use crate::blueprint::files::Files;
use crate::blueprint::types::Type;
use crate::blueprint::value::Value;

/// A function of the blueprint language.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    pub name: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
    /// How many of the parameters must be given.
    pub required: usize,
    /// What further arguments, any number of them, are.
    pub variadic: Option<Parameter>,
    /// What it does, in a sentence.
    pub doc: &'static str,
    pub(super) run: Run,
}

/// What a function takes in one place.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub wanted: Wanted,
    /// Whether null may be given.
    pub nullable: bool,
}

/// What a parameter's argument is converted to, or must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Any,
    String,
    Number,
    Bool,
    /// A list of strings.
    Strings,
    /// A list of numbers.
    Numbers,
    /// A list, a tuple or a set, as it is.
    Sequence,
    /// A map or an object, as it is.
    Mapping,
}

/// A function's own code. Its arguments are as its parameters want them, and none of them is unknown.
pub(super) type Run = fn(&Arguments<'_>) -> Outcome;

pub(super) type Outcome = Result<Value, Failure>;

/// What a function has to work with.
pub(super) struct Arguments<'c> {
    pub(super) values: &'c [Value],
    pub(super) files: &'c dyn Files,
    /// Whether something among the arguments is sensitive: messages then name no values.
    pub(super) sensitive: bool,
}

/// Why a function has no result.
#[derive(Debug)]
pub(super) struct Failure {
    /// Which argument is to blame, if one is.
    pub(super) argument: Option<usize>,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { argument: None, message: message.into() }
    }

    pub(super) fn at(argument: usize, message: impl Into<String>) -> Self {
        Self { argument: Some(argument), message: message.into() }
    }
}

impl Function {
    /// The parameter that takes the argument at a place.
    pub(super) fn parameter(&self, place: usize) -> Option<&Parameter> {
        self.parameters.get(place).or(self.variadic.as_ref())
    }

    /// How it is called: `element(list, index)`, `range(first, limit?, step?)`, `max(number…)`.
    pub fn usage(&self) -> String {
        let mut words: Vec<String> = self
            .parameters
            .iter()
            .enumerate()
            .map(|(place, parameter)| format!("{}{}", parameter.name, if place < self.required { "" } else { "?" }))
            .collect();
        words.extend(self.variadic.map(|parameter| format!("{}…", parameter.name)));
        format!("{}({})", self.name, words.join(", "))
    }
}

impl Parameter {
    pub(super) const fn new(name: &'static str, wanted: Wanted) -> Self {
        Self { name, wanted, nullable: false }
    }

    pub(super) const fn nullable(self) -> Self {
        Self { nullable: true, ..self }
    }
}

impl Wanted {
    /// The argument as it is wanted.
    pub(super) fn take(self, value: Value) -> Result<Value, String> {
        if value.is_null() {
            return Ok(value);
        }
        let wanted = match self {
            Self::Any => return Ok(value),
            Self::String => Type::String,
            Self::Number => Type::Number,
            Self::Bool => Type::Bool,
            Self::Strings => Type::List(Box::new(Type::String)),
            Self::Numbers => Type::List(Box::new(Type::Number)),
            Self::Sequence if value.as_sequence().is_some() => return Ok(value),
            Self::Sequence => return Err(format!("expected a list or set, found a {}", value.kind_name())),
            Self::Mapping if value.as_mapping().is_some() => return Ok(value),
            Self::Mapping => return Err(format!("expected a map or object, found a {}", value.kind_name())),
        };
        value.convert(&wanted).map_err(|mismatch| mismatch.to_string())
    }
}

impl Arguments<'_> {
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The argument at a place; null where it was not given.
    pub(super) fn value(&self, place: usize) -> &Value {
        static NULL: Value = Value::NULL;
        self.values.get(place).unwrap_or(&NULL)
    }

    /// A string; empty where it was not given.
    pub(super) fn text(&self, place: usize) -> &str {
        self.value(place).as_str().unwrap_or_default()
    }

    /// The elements of a list, tuple or set.
    pub(super) fn sequence(&self, place: usize) -> &[Value] {
        self.value(place).as_sequence().unwrap_or_default()
    }

    /// The strings of a list of strings.
    ///
    /// # Errors
    ///
    /// Where one of them is null.
    pub(super) fn texts(&self, place: usize) -> Result<Vec<&str>, Failure> {
        self.sequence(place)
            .iter()
            .enumerate()
            .map(|(index, value)| {
                value.as_str().ok_or_else(|| Failure::at(place, format!("element [{index}] is null")))
            })
            .collect()
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// Where it has a fraction.
    pub(super) fn integer(&self, place: usize) -> Result<i64, Failure> {
        self.value(place).as_integer().ok_or_else(|| {
            let found = if self.sensitive { "one with a fraction".to_owned() } else { self.value(place).to_string() };
            Failure::at(place, format!("expected a whole number, found {found}"))
        })
    }
}
