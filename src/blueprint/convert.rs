//! Conversion of a value to a type, by the rules of Terraform.

use std::collections::BTreeMap;
use std::fmt;

use super::number::Number;
use super::types::{Type, common};
use super::value::{Kind, Value};

/// Why a value does not fit a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Where in the value: empty for itself, else such as `.ports[2]`.
    pub path: String,
    /// What was expected, such as `number`.
    pub expected: String,
    /// What was there, such as `list`, or why it can't be converted.
    pub found: String,
}

impl Mismatch {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { path: String::new(), expected: expected.into(), found: found.into() }
    }

    fn under(mut self, step: impl fmt::Display) -> Self {
        self.path = format!("{step}{}", self.path);
        self
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

impl Value {
    /// This value as one of the type: `"12"` is 12 where a number is wanted, `true` is `"true"` where a string is.
    /// Unknown stays unknown and null stays null. Sensitive marks stay.
    ///
    /// # Errors
    ///
    /// Where it can't be converted: in which element, what was expected, what was there.
    pub fn convert(&self, wanted: &Type) -> Result<Self, Mismatch> {
        if matches!(self.kind, Kind::Unknown | Kind::Null) {
            return Ok(self.clone());
        }
        let converted = match wanted {
            Type::Any => Ok(self.clone()),
            Type::String => self.to_text(),
            Type::Number => self.to_number(),
            Type::Bool => self.to_bool(),
            Type::List(element) => self.convert_elements(element, wanted).map(Self::list),
            Type::Set(element) => self.convert_elements(element, wanted).map(Self::set),
            Type::Tuple(types) => self.convert_tuple(types, wanted),
            Type::Map(element) => self.convert_entries(element, wanted),
            Type::Object(fields) => {
                let entries = self.as_mapping().ok_or_else(|| self.mismatch(wanted))?;
                let mut converted = BTreeMap::new();
                for (name, field) in fields {
                    let value = match entries.get(name) {
                        // An optional attribute that is null takes its default too, as in Terraform.
                        Some(value) if value.is_null() && field.default.is_some() => {
                            field.default.clone().unwrap_or(Self::NULL)
                        }
                        Some(value) => {
                            value.convert(&field.wanted).map_err(|mismatch| mismatch.under(format_args!(".{name}")))?
                        }
                        None if field.optional => field.default.clone().unwrap_or(Self::NULL),
                        None => {
                            return Err(Mismatch::new(
                                format!("attribute `{name}` of type {}", field.wanted),
                                "none of that name",
                            ));
                        }
                    };
                    converted.insert(name.clone(), value);
                }
                Ok(Self::object(converted))
            }
            Type::Reference => {
                if matches!(self.kind, Kind::Reference(_)) {
                    Ok(self.clone())
                } else {
                    Err(self.mismatch(wanted))
                }
            }
        };
        converted.map(|value| value.marked_if(self.marked))
    }

    /// As text: a string, a number or a bool.
    pub fn to_text(&self) -> Result<Self, Mismatch> {
        let text = match &self.kind {
            Kind::Unknown | Kind::Null | Kind::String(_) => return Ok(self.clone()),
            Kind::Number(number) => Self::from(number.to_string()),
            Kind::Bool(value) => Self::from(if *value { "true" } else { "false" }),
            _ => return Err(self.mismatch(&Type::String)),
        };
        Ok(text.marked_if(self.marked))
    }

    /// As a number: a number, or a string that reads as one.
    pub fn to_number(&self) -> Result<Self, Mismatch> {
        let number = match &self.kind {
            Kind::Unknown | Kind::Null | Kind::Number(_) => return Ok(self.clone()),
            Kind::String(text) => Number::parse(text).ok_or_else(|| self.unreadable("number"))?,
            _ => return Err(self.mismatch(&Type::Number)),
        };
        Ok(Self::from(number).marked_if(self.marked))
    }

    /// As a bool: a bool, or the string `"true"` or `"false"` (or `"1"` or `"0"`).
    pub fn to_bool(&self) -> Result<Self, Mismatch> {
        let value = match &self.kind {
            Kind::Unknown | Kind::Null | Kind::Bool(_) => return Ok(self.clone()),
            Kind::String(text) => match text.as_ref() {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return Err(self.unreadable("bool")),
            },
            _ => return Err(self.mismatch(&Type::Bool)),
        };
        Ok(Self::from(value).marked_if(self.marked))
    }

    fn convert_elements(&self, element: &Type, wanted: &Type) -> Result<Vec<Self>, Mismatch> {
        let values = self.as_sequence().ok_or_else(|| self.mismatch(wanted))?;
        let element = resolve(element, values.iter(), "elements")?;
        values
            .iter()
            .enumerate()
            .map(|(index, value)| value.convert(&element).map_err(|m| m.under(format_args!("[{index}]"))))
            .collect()
    }

    fn convert_tuple(&self, types: &[Type], wanted: &Type) -> Result<Self, Mismatch> {
        let values = self.as_sequence().ok_or_else(|| self.mismatch(wanted))?;
        if values.len() != types.len() {
            return Err(Mismatch::new(format!("{} elements", types.len()), format!("{}", values.len())));
        }
        let converted: Result<Vec<_>, _> = values
            .iter()
            .zip(types)
            .enumerate()
            .map(|(index, (value, wanted))| value.convert(wanted).map_err(|m| m.under(format_args!("[{index}]"))))
            .collect();
        Ok(Self::tuple(converted?))
    }

    fn convert_entries(&self, element: &Type, wanted: &Type) -> Result<Self, Mismatch> {
        let entries = self.as_mapping().ok_or_else(|| self.mismatch(wanted))?;
        let element = resolve(element, entries.values(), "entries")?;
        let converted: Result<BTreeMap<_, _>, _> = entries
            .iter()
            .map(|(name, value)| {
                let value = value.convert(&element).map_err(|m| m.under(format_args!(".{name}")))?;
                Ok((name.clone(), value))
            })
            .collect();
        Ok(Self::map(converted?))
    }

    fn mismatch(&self, wanted: &Type) -> Mismatch {
        Mismatch::new(wanted.to_string(), self.kind_name())
    }

    /// A string that does not read as what is wanted; its text is left out where it is sensitive or long.
    fn unreadable(&self, wanted: &str) -> Mismatch {
        let short = self.as_str().is_some_and(|text| text.len() <= 60);
        let found = if short && !self.marked { format!("the string {self}") } else { "a string".to_owned() };
        Mismatch::new(wanted, found)
    }
}

/// The one type that all elements of a collection get.
fn resolve<'v>(element: &Type, values: impl Iterator<Item = &'v Value>, what: &str) -> Result<Type, Mismatch> {
    if *element != Type::Any {
        return Ok(element.clone());
    }
    common(values.map(Type::of)).ok_or_else(|| {
        Mismatch::new(format!("{what} of one type"), format!("{what} of types that have none in common"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::types::Field;
    use super::*;

    fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    #[test]
    fn primitives_convert_as_terraforms() {
        assert_eq!(Value::from("12").convert(&Type::Number), Ok(Value::from(12)));
        assert_eq!(Value::from(true).convert(&Type::String), Ok(Value::from("true")));
        assert_eq!(Value::from(1).convert(&Type::String), Ok(Value::from("1")));
        assert_eq!(Value::from("false").convert(&Type::Bool), Ok(Value::from(false)));
        assert_eq!(Value::from("0").convert(&Type::Bool), Ok(Value::from(false)));
        assert!(Value::from(1).convert(&Type::Bool).is_err());
        assert!(Value::from(true).convert(&Type::Number).is_err());
        assert!(Value::from("True").convert(&Type::Bool).is_err());
        assert_eq!(Value::NULL.convert(&Type::Number), Ok(Value::NULL));
    }

    #[test]
    fn elements_convert_and_errors_name_their_place() {
        let mixed = Value::tuple([Value::from("1"), Value::from(2)]);
        assert_eq!(mixed.convert(&list(Type::Number)), Ok(Value::list([Value::from(1), Value::from(2)])));
        assert_eq!(mixed.convert(&list(Type::Any)), Ok(Value::list([Value::from("1"), Value::from("2")])));
        let wrong = Value::tuple([Value::from(1), Value::from("x")]).convert(&list(Type::Number)).expect_err("x");
        assert_eq!(wrong.to_string(), r#"`[1]`: expected number, found the string "x""#);
        assert!(Value::tuple([Value::from(1), Value::from(true)]).convert(&list(Type::Any)).is_err());
    }

    #[test]
    fn objects_take_defaults_and_drop_what_is_not_asked_for() {
        let wanted = Type::Object(BTreeMap::from([
            ("a".to_owned(), Field::required(Type::String)),
            ("b".to_owned(), Field { wanted: Type::Number, optional: true, default: Some(Value::from(4)) }),
            ("c".to_owned(), Field { wanted: Type::Number, optional: true, default: None }),
        ]));
        let given = Value::object(BTreeMap::from([("a".to_owned(), Value::from(1)), ("z".to_owned(), Value::from(1))]));
        let converted = given.convert(&wanted).expect("fits");
        assert_eq!(converted.to_string(), r#"{ a = "1", b = 4, c = null }"#);
        let missing = Value::object(BTreeMap::new()).convert(&wanted).expect_err("a is missing");
        assert_eq!(missing.to_string(), "expected attribute `a` of type string, found none of that name");
    }

    #[test]
    fn marks_survive_and_are_not_told() {
        let secret = Value::from("hunter2").marked_if(true);
        let error = secret.convert(&Type::Number).expect_err("no number");
        assert!(!error.to_string().contains("hunter2"));
        assert!(Value::from("12").marked_if(true).convert(&Type::Number).expect("a number").marked);
    }
}
