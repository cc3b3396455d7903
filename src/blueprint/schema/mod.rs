//! The language as one table: its blocks and attributes, their types, needs, defaults, words and examples.
//!
//! Decoding takes ranges, words and defaults from here, and so do `closedset schema` and the reference. A new attribute is
//! a line in [`table`] and a field in the model.

mod json;
mod reference;
pub mod table;

pub use json::document;
pub use reference::reference;

/// A block type, or one nested in another.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    pub name: &'static str,
    /// What its label means; none where it bears none.
    pub label: Option<&'static str>,
    pub repeat: Repeat,
    /// One sentence.
    pub doc: &'static str,
    pub attributes: &'static [Attribute],
    pub blocks: &'static [&'static Block],
    /// Whether its attributes may bear any name, as those of `locals` do.
    pub open: bool,
}

/// How often a block may stand in its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeat {
    /// Exactly once.
    One,
    /// At most once.
    Maybe,
    /// At least once.
    Some,
    /// Any number of times.
    Any,
}

/// One attribute of a block.
#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: &'static str,
    pub of: Type,
    pub need: Need,
    /// One sentence.
    pub doc: &'static str,
    /// A value as a blueprint would write it.
    pub example: &'static str,
}

/// Whether an attribute may be left out, and what it means then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    /// The value that it then has, as JSON.
    Default(&'static str),
    /// What then happens, in words.
    Optional(&'static str),
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Text,
    /// A text of that form, in words.
    Form(&'static str),
    /// A whole number between these, both included.
    Integer(i64, i64),
    Switch,
    /// One of these words.
    Word(&'static [&'static str]),
    /// `YYYY-MM-DD`.
    Date,
    /// An IPv4 range.
    Cidr,
    /// A reference to a block of one of these types, as `key.<label>` writes it.
    Reference(&'static [&'static str]),
    /// A number of seats, or a share such as `"20%"`.
    SeatsOrShare,
    /// A segment, a list of address ranges, or a prefix list.
    Peer,
    List(&'static Type),
    Map(&'static Type),
    /// A type, such as `list(string)`.
    TypeExpression,
    Any,
}

impl Block {
    const fn new(name: &'static str, repeat: Repeat, doc: &'static str) -> Self {
        Self { name, label: None, repeat, doc, attributes: &[], blocks: &[], open: false }
    }

    const fn one(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Repeat::One, doc)
    }

    const fn maybe(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Repeat::Maybe, doc)
    }

    const fn some(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Repeat::Some, doc)
    }

    const fn any(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, Repeat::Any, doc)
    }

    const fn label(mut self, label: &'static str) -> Self {
        self.label = Some(label);
        self
    }

    const fn attributes(mut self, attributes: &'static [Attribute]) -> Self {
        self.attributes = attributes;
        self
    }

    const fn blocks(mut self, blocks: &'static [&'static Block]) -> Self {
        self.blocks = blocks;
        self
    }

    const fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The nested block type of that name.
    pub fn block(&self, name: &str) -> Option<&'static Block> {
        self.blocks.iter().copied().find(|block| block.name == name)
    }

    /// Whether it may stand in its parent more than once.
    pub fn repeats(&self) -> bool {
        matches!(self.repeat, Repeat::Some | Repeat::Any)
    }
}

impl Attribute {
    const fn required(name: &'static str, of: Type, doc: &'static str, example: &'static str) -> Self {
        Self { name, of, need: Need::Required, doc, example }
    }

    const fn default(
        name: &'static str,
        of: Type,
        default: &'static str,
        doc: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, of, need: Need::Default(default), doc, example }
    }

    const fn optional(
        name: &'static str,
        of: Type,
        otherwise: &'static str,
        doc: &'static str,
        example: &'static str,
    ) -> Self {
        Self { name, of, need: Need::Optional(otherwise), doc, example }
    }
}

impl Type {
    /// In words, as `expected …` goes on.
    pub fn words(self) -> String {
        match self {
            Self::Text => "a string".to_owned(),
            Self::Form(form) => form.to_owned(),
            Self::Integer(least, most) if least == most => least.to_string(),
            Self::Integer(least, most) => format!("a whole number from {least} to {most}"),
            Self::Switch => "true or false".to_owned(),
            Self::Word(words) => format!("one of {}", list(words)),
            Self::Date => "a day as YYYY-MM-DD".to_owned(),
            Self::Cidr => "a range of IPv4 addresses, such as 10.40.0.0/16".to_owned(),
            Self::Reference(kinds) => {
                let kinds: Vec<_> = kinds
                    .iter()
                    .map(|kind| match *kind {
                        "segment" => "network.<label>.<segment>".to_owned(),
                        kind => format!("{kind}.<label>"),
                    })
                    .collect();
                format!("a reference {}", kinds.join(" or "))
            }
            Self::SeatsOrShare => "a number of seats, or a share such as \"20%\"".to_owned(),
            Self::Peer => "a segment, a list of address ranges, or a prefix list".to_owned(),
            Self::List(of) => format!("a list, each {}", of.words()),
            Self::Map(of) => format!("a map, each value {}", of.words()),
            Self::TypeExpression => "a type, such as list(string)".to_owned(),
            Self::Any => "any value".to_owned(),
        }
    }
}

/// `"a", "b" or "c"`.
pub fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The block type of that name at the top of a file.
pub fn block(name: &str) -> Option<&'static Block> {
    table::BLOCKS.iter().copied().find(|block| block.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_block() -> Vec<&'static Block> {
        let mut all = table::BLOCKS.to_vec();
        let mut at = 0;
        while at < all.len() {
            all.extend(all[at].blocks);
            at += 1;
        }
        all
    }

    #[test]
    fn every_default_is_json_and_every_line_is_a_sentence() {
        for block in every_block() {
            assert!(block.doc.ends_with('.'), "{}: {}", block.name, block.doc);
            for attribute in block.attributes {
                assert!(attribute.doc.ends_with('.'), "{}.{}", block.name, attribute.name);
                assert!(!attribute.example.is_empty(), "{}.{}", block.name, attribute.name);
                if let Need::Default(json) = attribute.need {
                    serde_json::from_str::<serde_json::Value>(json).expect(attribute.name);
                }
            }
        }
    }

    #[test]
    fn no_name_stands_twice_in_a_block() {
        for block in every_block() {
            let mut names: Vec<_> = block.attributes.iter().map(|a| a.name).collect();
            names.extend(block.blocks.iter().map(|b| b.name));
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", block.name);
        }
    }
}
