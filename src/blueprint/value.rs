//! Values of the blueprint language, and the mark that keeps the sensitive ones out of sight.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::number::Number;
use super::source::Span;

/// What stands for a sensitive value wherever it would be shown.
pub const HIDDEN: &str = "(sensitive)";

/// A value, and whether it is sensitive. Cheap to clone.
///
/// `Display` and `Debug` never show what is sensitive.
#[derive(Clone)]
pub struct Value {
    pub kind: Kind,
    /// Set where the value came from something sensitive; it survives every operation. Elements carry marks of their
    /// own: [`Value::is_sensitive`] asks about these too.
    pub marked: bool,
}

/// The kinds of values. Tuples and objects are what brackets and braces make; lists, sets and maps come from
/// conversions and functions, with elements of one type, as in Terraform.
#[derive(Clone)]
pub enum Kind {
    /// Not known because an error was reported on the way. Whatever takes it yields it and stays silent.
    Unknown,
    Null,
    Bool(bool),
    Number(Number),
    String(Arc<str>),
    Tuple(Arc<[Value]>),
    List(Arc<[Value]>),
    /// Sorted and without duplicates.
    Set(Arc<[Value]>),
    Object(Arc<BTreeMap<String, Value>>),
    Map(Arc<BTreeMap<String, Value>>),
    Reference(Reference),
}

/// A declared block, referred to as a whole: `key.content`, `network.main.workstations`.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The type of the block itself: `key`, `network`, `segment`.
    pub block_type: Arc<str>,
    /// Its labels, the outer block's first: `["content"]`, `["main", "workstations"]`.
    pub labels: Arc<[Arc<str>]>,
    /// As it is written: `network.main.workstations`.
    pub address: Arc<str>,
    /// Where the block is declared.
    pub span: Span,
    /// Its place in the index of declared blocks.
    pub(super) block: usize,
}

impl PartialEq for Reference {
    fn eq(&self, other: &Self) -> bool {
        self.block_type == other.block_type && self.address == other.address
    }
}

impl Value {
    pub const UNKNOWN: Self = Self::of(Kind::Unknown);
    pub const NULL: Self = Self::of(Kind::Null);

    const fn of(kind: Kind) -> Self {
        Self { kind, marked: false }
    }

    pub fn tuple(values: impl Into<Arc<[Self]>>) -> Self {
        Self::of(Kind::Tuple(values.into()))
    }

    pub fn list(values: impl Into<Arc<[Self]>>) -> Self {
        Self::of(Kind::List(values.into()))
    }

    /// Sorts, and drops duplicates.
    pub fn set(mut values: Vec<Self>) -> Self {
        values.sort_by(Self::order);
        values.dedup_by(|a, b| a.order(b) == Ordering::Equal);
        Self::of(Kind::Set(values.into()))
    }

    pub fn object(values: BTreeMap<String, Self>) -> Self {
        Self::of(Kind::Object(Arc::new(values)))
    }

    pub fn map(values: BTreeMap<String, Self>) -> Self {
        Self::of(Kind::Map(Arc::new(values)))
    }

    /// Adds the sensitive mark where `yes`; never takes one away.
    #[must_use]
    pub fn marked_if(mut self, yes: bool) -> Self {
        self.marked |= yes;
        self
    }

    /// Whether it, or anything in it, is sensitive.
    pub fn is_sensitive(&self) -> bool {
        self.marked || self.elements().any(Self::is_sensitive)
    }

    /// The texts and numbers in it that are sensitive. A switch is no text: it has two values, and everybody knows both.
    pub fn sensitive_texts(&self) -> Vec<String> {
        let own = match &self.kind {
            Kind::String(text) if self.marked => Some(text.to_string()),
            Kind::Number(number) if self.marked => Some(number.to_string()),
            _ => None,
        };
        let inner = self.elements().flat_map(|element| element.clone().marked_if(self.marked).sensitive_texts());
        own.into_iter().chain(inner).collect()
    }

    /// Whether it is not known.
    pub fn is_unknown(&self) -> bool {
        matches!(self.kind, Kind::Unknown)
    }

    /// Whether it, or anything in it, is not known.
    pub fn has_unknown(&self) -> bool {
        self.is_unknown() || self.elements().any(Self::has_unknown)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Kind::Bool(value) = self.kind { Some(value) } else { None }
    }

    pub fn as_number(&self) -> Option<Number> {
        if let Kind::Number(value) = self.kind { Some(value) } else { None }
    }

    /// None where it is no number, or one with a fraction.
    pub fn as_integer(&self) -> Option<i64> {
        self.as_number().and_then(Number::as_integer)
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Kind::String(value) = &self.kind { Some(value) } else { None }
    }

    pub fn as_reference(&self) -> Option<&Reference> {
        if let Kind::Reference(value) = &self.kind { Some(value) } else { None }
    }

    /// The elements of a tuple, a list or a set.
    pub fn as_sequence(&self) -> Option<&[Self]> {
        match &self.kind {
            Kind::Tuple(values) | Kind::List(values) | Kind::Set(values) => Some(values),
            _ => None,
        }
    }

    /// The entries of an object or a map.
    pub fn as_mapping(&self) -> Option<&BTreeMap<String, Self>> {
        match &self.kind {
            Kind::Object(values) | Kind::Map(values) => Some(values),
            _ => None,
        }
    }

    /// What it directly holds, in order.
    pub fn elements(&self) -> impl Iterator<Item = &Self> {
        self.as_sequence().unwrap_or_default().iter().chain(self.as_mapping().into_iter().flat_map(BTreeMap::values))
    }

    /// What it is, for messages: `string`, `list`, `block reference`.
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Unknown => "unknown value",
            Kind::Null => "null",
            Kind::Bool(_) => "bool",
            Kind::Number(_) => "number",
            Kind::String(_) => "string",
            Kind::Tuple(_) | Kind::List(_) => "list",
            Kind::Set(_) => "set",
            Kind::Object(_) => "object",
            Kind::Map(_) => "map",
            Kind::Reference(_) => "block reference",
        }
    }

    /// How many values it is made of, itself and the bytes of its text included; counting ends above `limit`.
    pub fn weight(&self, limit: u64) -> u64 {
        let own = self.as_str().map_or(1, |text| 1 + text.len() as u64 / 16);
        let mut sum = own;
        for element in self.elements() {
            if sum > limit {
                break;
            }
            sum = sum.saturating_add(element.weight(limit - sum));
        }
        sum
    }

    /// How deep it is nested: 0 for what holds nothing.
    pub fn depth(&self) -> usize {
        self.elements().map(|element| element.depth() + 1).max().unwrap_or(0)
    }

    /// As JSON, with [`HIDDEN`] in the place of what is sensitive. References are their addresses.
    pub fn to_json(&self) -> serde_json::Value {
        self.json(true)
    }

    /// As JSON, with everything in it: for what is handed on (a template, `jsonencode`), never for what is shown.
    pub fn to_json_revealed(&self) -> serde_json::Value {
        self.json(false)
    }

    fn json(&self, hide: bool) -> serde_json::Value {
        if hide && self.marked {
            return HIDDEN.into();
        }
        match &self.kind {
            Kind::Unknown | Kind::Null => serde_json::Value::Null,
            Kind::Bool(value) => (*value).into(),
            Kind::Number(Number::Integer(value)) => (*value).into(),
            Kind::Number(Number::Float(value)) => (*value).into(),
            Kind::String(value) => value.as_ref().into(),
            Kind::Tuple(values) | Kind::List(values) | Kind::Set(values) => {
                values.iter().map(|value| value.json(hide)).collect()
            }
            Kind::Object(values) | Kind::Map(values) => {
                values.iter().map(|(name, value)| (name.clone(), value.json(hide))).collect()
            }
            Kind::Reference(reference) => reference.address.as_ref().into(),
        }
    }

    /// A total order, for sets: by kind, then by content. Sensitive marks do not count.
    pub fn order(&self, other: &Self) -> Ordering {
        match (&self.kind, &other.kind) {
            (Kind::Bool(a), Kind::Bool(b)) => a.cmp(b),
            (Kind::Number(a), Kind::Number(b)) => a.cmp(b),
            (Kind::String(a), Kind::String(b)) => a.cmp(b),
            (Kind::Reference(a), Kind::Reference(b)) => (&a.address, &a.block_type).cmp(&(&b.address, &b.block_type)),
            (Kind::Tuple(a), Kind::Tuple(b)) | (Kind::List(a), Kind::List(b)) | (Kind::Set(a), Kind::Set(b)) => {
                let different = a.iter().zip(b.iter()).map(|(a, b)| a.order(b)).find(|order| order.is_ne());
                different.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Kind::Object(a), Kind::Object(b)) | (Kind::Map(a), Kind::Map(b)) => {
                let different = a
                    .iter()
                    .zip(b.iter())
                    .map(|((a_name, a), (b_name, b))| a_name.cmp(b_name).then_with(|| a.order(b)))
                    .find(|order| order.is_ne());
                different.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }
}

impl Kind {
    fn rank(&self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Null => 1,
            Self::Bool(_) => 2,
            Self::Number(_) => 3,
            Self::String(_) => 4,
            Self::Tuple(_) => 5,
            Self::List(_) => 6,
            Self::Set(_) => 7,
            Self::Object(_) => 8,
            Self::Map(_) => 9,
            Self::Reference(_) => 10,
        }
    }
}

impl PartialEq for Value {
    /// Equal as `==` of the language has it: of one kind and with equal content. Sensitive marks do not count.
    fn eq(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Equal
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::of(Kind::Bool(value))
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Self::of(Kind::Number(value))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Number::from(value).into()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::of(Kind::String(value.into()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::of(Kind::String(value.into()))
    }
}

impl From<Reference> for Value {
    fn from(value: Reference) -> Self {
        Self::of(Kind::Reference(value))
    }
}

impl fmt::Display for Value {
    /// As it would be written in a blueprint; what is sensitive is [`HIDDEN`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.marked {
            return f.write_str(HIDDEN);
        }
        match &self.kind {
            Kind::Unknown => f.write_str("(unknown)"),
            Kind::Null => f.write_str("null"),
            Kind::Bool(value) => value.fmt(f),
            Kind::Number(value) => value.fmt(f),
            Kind::String(value) => write!(f, "{}", quoted(value)),
            Kind::Tuple(values) | Kind::List(values) | Kind::Set(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("]")
            }
            Kind::Object(values) | Kind::Map(values) => {
                f.write_str("{")?;
                for (index, (name, value)) in values.iter().enumerate() {
                    let separator = if index == 0 { " " } else { ", " };
                    if is_name(name) {
                        write!(f, "{separator}{name} = {value}")?;
                    } else {
                        write!(f, "{separator}{} = {value}", quoted(name))?;
                    }
                }
                f.write_str(if values.is_empty() { "}" } else { " }" })
            }
            Kind::Reference(reference) => f.write_str(&reference.address),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            _ if self.marked => f.write_str(HIDDEN),
            Kind::Tuple(_) => write!(f, "tuple{self}"),
            Kind::Set(_) => write!(f, "set{self}"),
            Kind::Map(_) => write!(f, "map{self}"),
            _ => write!(f, "{self}"),
        }
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// A string literal of the language.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sensitive_is_never_shown() {
        let secret = Value::from("hunter2").marked_if(true);
        assert_eq!(secret.to_string(), HIDDEN);
        assert_eq!(format!("{secret:?}"), HIDDEN);
        let list = Value::tuple([Value::from("open"), secret]);
        assert_eq!(list.to_string(), r#"["open", (sensitive)]"#);
        assert_eq!(list.to_json(), serde_json::json!(["open", HIDDEN]));
        assert_eq!(list.to_json_revealed(), serde_json::json!(["open", "hunter2"]));
        assert!(list.is_sensitive());
        assert!(!list.marked);
    }

    #[test]
    fn sets_are_sorted_and_unique() {
        let set = Value::set(vec!["b".into(), "a".into(), "b".into()]);
        assert_eq!(format!("{set:?}"), r#"set["a", "b"]"#);
    }

    #[test]
    fn equality_is_by_kind_and_content() {
        assert_eq!(Value::from(1), Value::from(1).marked_if(true));
        assert_ne!(Value::from(1), Value::from("1"));
        assert_ne!(Value::tuple([Value::from(1)]), Value::list([Value::from(1)]));
        assert_eq!(Value::NULL, Value::NULL);
    }

    #[test]
    fn display_is_the_language() {
        let object = BTreeMap::from([("a".to_owned(), Value::from("x\n${y}")), ("b c".to_owned(), Value::from(1))]);
        assert_eq!(Value::object(object).to_string(), r#"{ a = "x\n$${y}", "b c" = 1 }"#);
        assert_eq!(Value::object(BTreeMap::new()).to_string(), "{}");
    }
}
