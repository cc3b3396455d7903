//! Types of the blueprint language: how they are written, and which type several values have in common.

use std::collections::BTreeMap;
use std::fmt;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, ObjectKey};

use super::diagnostic::Diagnostic;
use super::nearest::did_you_mean;
use super::source::{SourceId, Span};
use super::value::{Kind, Value};

/// A type constraint, as in the `type` of a variable.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// Whatever comes.
    Any,
    String,
    Number,
    Bool,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>),
    Tuple(Vec<Type>),
    Object(BTreeMap<String, Field>),
    /// A declared block; it can't be written, only found.
    Reference,
}

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub wanted: Type,
    /// Written as `optional(T)`: where it is missing it is the default, or null.
    pub optional: bool,
    pub default: Option<Value>,
}

/// The words a type expression may start with.
const WORDS: [&str; 9] = ["string", "number", "bool", "any", "list", "set", "map", "object", "tuple"];

impl Type {
    /// Reads a type expression. `evaluate` gives the defaults of `optional(T, default)`.
    ///
    /// # Errors
    ///
    /// What is wrong with it and where.
    pub fn parse(
        expression: &Expression,
        source: SourceId,
        evaluate: &dyn Fn(&Expression) -> Value,
    ) -> Result<Self, Box<Diagnostic>> {
        Reader { source, evaluate }.read(expression)
    }

    /// The type of a value as it is. What is null, unknown or empty fits every type.
    pub fn of(value: &Value) -> Self {
        let element = |values: &[Value]| common(values.iter().map(Self::of)).unwrap_or(Self::Any);
        match &value.kind {
            Kind::Unknown | Kind::Null => Self::Any,
            Kind::Bool(_) => Self::Bool,
            Kind::Number(_) => Self::Number,
            Kind::String(_) => Self::String,
            Kind::Tuple(values) => Self::Tuple(values.iter().map(Self::of).collect()),
            Kind::List(values) => Self::List(Box::new(element(values))),
            Kind::Set(values) => Self::Set(Box::new(element(values))),
            Kind::Object(values) => Self::Object(
                values.iter().map(|(name, value)| (name.clone(), Field::required(Self::of(value)))).collect(),
            ),
            Kind::Map(values) => Self::Map(Box::new(common(values.values().map(Self::of)).unwrap_or(Self::Any))),
            Kind::Reference(_) => Self::Reference,
        }
    }
}

impl Field {
    pub fn required(wanted: Type) -> Self {
        Self { wanted, optional: false, default: None }
    }
}

/// The type that all of these can be converted to without loss; none where there is no such type.
pub fn common(types: impl IntoIterator<Item = Type>) -> Option<Type> {
    types.into_iter().try_fold(Type::Any, both)
}

fn both(a: Type, b: Type) -> Option<Type> {
    use Type::{Any, Bool, List, Map, Number, Object, Set, String, Tuple};
    Some(match (a, b) {
        (a, b) if a == b => a,
        (Any, other) | (other, Any) => other,
        (String, Number | Bool) | (Number | Bool, String) => String,
        (List(a), List(b)) => List(Box::new(both(*a, *b)?)),
        (Set(a), Set(b)) => Set(Box::new(both(*a, *b)?)),
        (Map(a), Map(b)) => Map(Box::new(both(*a, *b)?)),
        (Tuple(a), Tuple(b)) if a.len() == b.len() => {
            Tuple(a.into_iter().zip(b).map(|(a, b)| both(a, b)).collect::<Option<_>>()?)
        }
        (Tuple(a), Tuple(b)) => List(Box::new(common(a.into_iter().chain(b))?)),
        (List(a), Tuple(b)) | (Tuple(b), List(a)) => List(Box::new(common(b.into_iter().chain([*a]))?)),
        (Set(a), Tuple(b)) | (Tuple(b), Set(a)) => Set(Box::new(common(b.into_iter().chain([*a]))?)),
        (Object(a), Object(b)) if a.keys().eq(b.keys()) => Object(
            a.into_iter()
                .zip(b.into_values())
                .map(|((name, a), b)| Some((name, Field::required(both(a.wanted, b.wanted)?))))
                .collect::<Option<_>>()?,
        ),
        (Object(a), Object(b)) => {
            Map(Box::new(common(a.into_values().chain(b.into_values()).map(|field| field.wanted))?))
        }
        (Map(a), Object(b)) | (Object(b), Map(a)) => {
            Map(Box::new(common(b.into_values().map(|field| field.wanted).chain([*a]))?))
        }
        _ => return None,
    })
}

struct Reader<'a> {
    source: SourceId,
    evaluate: &'a dyn Fn(&Expression) -> Value,
}

impl Reader<'_> {
    fn read(&self, expression: &Expression) -> Result<Type, Box<Diagnostic>> {
        match expression {
            Expression::Variable(word) => match word.as_str() {
                "string" => Ok(Type::String),
                "number" => Ok(Type::Number),
                "bool" => Ok(Type::Bool),
                "any" => Ok(Type::Any),
                word @ ("list" | "set" | "map") => Err(self
                    .error(expression, format!("`{word}` is a type without its elements' type"))
                    .help(format!("write `{word}(string)`, or `{word}(any)` where any type will do"))
                    .into()),
                word => Err(self.unknown(expression, word).into()),
            },
            Expression::FuncCall(call) => self.read_call(expression, call),
            Expression::Parenthesis(inner) => self.read(inner.inner()),
            _ => Err(self
                .error(expression, "this is no type")
                .help("types are written without quotes: `string`, `list(number)`, `object({ name = string })`")
                .into()),
        }
    }

    fn read_call(&self, expression: &Expression, call: &FuncCall) -> Result<Type, Box<Diagnostic>> {
        let name = call.name.name.as_str();
        let arguments: Vec<_> = call.args.iter().collect();
        match (name, arguments.as_slice()) {
            ("list", [element]) => Ok(Type::List(Box::new(self.read(element)?))),
            ("set", [element]) => Ok(Type::Set(Box::new(self.read(element)?))),
            ("map", [element]) => Ok(Type::Map(Box::new(self.read(element)?))),
            ("tuple", [Expression::Array(types)]) => {
                Ok(Type::Tuple(types.iter().map(|element| self.read(element)).collect::<Result<_, _>>()?))
            }
            ("object", [Expression::Object(fields)]) => {
                let mut read = BTreeMap::new();
                for (key, value) in fields {
                    let name = match key {
                        ObjectKey::Ident(name) => name.as_str(),
                        ObjectKey::Expression(Expression::String(name)) => name.as_str(),
                        ObjectKey::Expression(other) => {
                            return Err(self
                                .error(other, "an attribute's name in an object type is a plain word")
                                .into());
                        }
                    };
                    read.insert(name.to_owned(), self.read_field(value.expr())?);
                }
                Ok(Type::Object(read))
            }
            ("optional", _) => {
                Err(self.error(expression, "`optional` stands only at the attributes of an object type").into())
            }
            ("object", _) => Err(self
                .error(expression, "`object` takes its attributes in braces")
                .help("such as `object({ name = string, size = optional(number, 4) })`")
                .into()),
            ("tuple", _) => Err(self
                .error(expression, "`tuple` takes its types in brackets")
                .help("such as `tuple([string, number])`")
                .into()),
            ("list" | "set" | "map", _) => {
                Err(self.error(expression, format!("`{name}` takes one type, such as `{name}(string)`")).into())
            }
            _ => Err(self.unknown(expression, name).into()),
        }
    }

    fn read_field(&self, expression: &Expression) -> Result<Field, Box<Diagnostic>> {
        let Expression::FuncCall(call) = expression else {
            return Ok(Field::required(self.read(expression)?));
        };
        if call.name.name.as_str() != "optional" {
            return Ok(Field::required(self.read(expression)?));
        }
        let arguments: Vec<_> = call.args.iter().collect();
        let (wanted, default) = match arguments.as_slice() {
            [wanted] => (self.read(wanted)?, None),
            [wanted, default] => {
                let wanted = self.read(wanted)?;
                let value = (self.evaluate)(default);
                let value = value.convert(&wanted).map_err(|mismatch| {
                    Box::new(self.error(default, format!("the default does not fit its type: {mismatch}")))
                })?;
                (wanted, Some(value))
            }
            _ => {
                return Err(self
                    .error(expression, "`optional` takes a type and perhaps a default")
                    .help("such as `optional(number)` or `optional(number, 4)`")
                    .into());
            }
        };
        Ok(Field { wanted, optional: true, default })
    }

    fn unknown(&self, expression: &Expression, word: &str) -> Diagnostic {
        let diagnostic = self.error(expression, format!("there is no type `{word}`"));
        diagnostic.help(
            did_you_mean(word, WORDS).unwrap_or_else(|| {
                "types are string, number, bool, list(T), set(T), map(T), object({…}) and any".into()
            }),
        )
    }

    fn error(&self, expression: &Expression, message: impl Into<String>) -> Diagnostic {
        let span = Span::new(self.source, expression.span().unwrap_or_default());
        Diagnostic::error("invalid-type", message).at(span).label("expected a type")
    }
}

impl fmt::Display for Type {
    /// As it is written in a blueprint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::String => f.write_str("string"),
            Self::Number => f.write_str("number"),
            Self::Bool => f.write_str("bool"),
            Self::List(element) => write!(f, "list({element})"),
            Self::Set(element) => write!(f, "set({element})"),
            Self::Map(element) => write!(f, "map({element})"),
            Self::Tuple(types) => {
                f.write_str("tuple([")?;
                for (index, element) in types.iter().enumerate() {
                    write!(f, "{}{element}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("])")
            }
            Self::Object(fields) => {
                f.write_str("object({")?;
                for (index, (name, field)) in fields.iter().enumerate() {
                    f.write_str(if index == 0 { " " } else { ", " })?;
                    if field.optional {
                        write!(f, "{name} = optional({})", field.wanted)?;
                    } else {
                        write!(f, "{name} = {}", field.wanted)?;
                    }
                }
                f.write_str(if fields.is_empty() { "})" } else { " })" })
            }
            Self::Reference => f.write_str("block reference"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Type, Box<Diagnostic>> {
        let expression: Expression = text.parse().expect("an expression");
        let literal = |expression: &Expression| expression.as_str().map_or(Value::NULL, Value::from);
        Type::parse(&expression, SourceId(0), &literal)
    }

    #[test]
    fn types_read_as_they_are_written() {
        for text in [
            "string",
            "any",
            "list(set(map(number)))",
            "object({ a = string, b = optional(bool) })",
            "tuple([string, number])",
            "object({})",
        ] {
            assert_eq!(read(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn wrong_types_say_what_is_meant() {
        let message = |text| {
            let diagnostic = read(text).expect_err(text);
            format!("{}; {}", diagnostic.message, diagnostic.help.unwrap_or_default())
        };
        assert_eq!(message("strin"), "there is no type `strin`; did you mean `string`?");
        assert!(message("list").contains("list(string)"));
        assert!(message("\"string\"").contains("without quotes"));
        assert!(message("optional(string)").contains("only at the attributes"));
        assert!(message("object({ a = optional(number, \"x\") })").contains("does not fit"));
    }

    #[test]
    fn common_types_are_terraforms() {
        let ends = |types: Vec<Type>| common(types).map(|found| found.to_string());
        assert_eq!(ends(vec![Type::Number, Type::String]).as_deref(), Some("string"));
        assert_eq!(ends(vec![Type::Number, Type::Bool]), None);
        assert_eq!(ends(vec![Type::Any, Type::Bool]).as_deref(), Some("bool"));
        assert_eq!(
            ends(vec![Type::Tuple(vec![Type::Number]), Type::Tuple(vec![Type::String, Type::Bool])]).as_deref(),
            Some("list(string)")
        );
        assert_eq!(ends(vec![]).as_deref(), Some("any"));
    }
}
