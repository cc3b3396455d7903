//! One block on its way into the model: its attributes and nested blocks, held against the table.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute as AttributeSyntax, Block as BlockSyntax, BlockLabel, Body};

use super::convert::{Decode, Wrong};
use crate::blueprint::check::secrets;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::evaluator::Evaluator;
use crate::blueprint::findings::{Findings, NOWHERE};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::schema::{Attribute, Block, Need, Repeat, Type};
use crate::blueprint::source::{SourceId, Span, Spanned};
use crate::blueprint::value::Value;

/// A value shown in a message is at most so many characters long.
const LONGEST_SHOWN: usize = 40;

/// What reading needs beside the block itself.
#[derive(Clone, Copy)]
pub struct Context<'a, 'e> {
    pub evaluator: &'a Evaluator<'e>,
    pub findings: &'a Findings,
    /// Whether values are looked at for secrets; not where some were found as they are written.
    pub look_for_secrets: bool,
    /// Collects the texts that came from sensitive variables.
    pub hidden: &'a RefCell<BTreeSet<String>>,
}

/// A block that is being read.
///
/// Everything that the table asks for is checked when the reader is made; what is then asked for by name is there, is its
/// default, or was reported.
pub struct Reader<'a, 'e> {
    context: Context<'a, 'e>,
    schema: &'static Block,
    /// None where the block itself is missing, which was reported.
    body: Option<&'e Body>,
    source: SourceId,
    /// The label, or the block's type where it bears none.
    pub head: Spanned<String>,
}

impl<'a, 'e> Reader<'a, 'e> {
    /// Reads a block that stands in a file.
    pub fn new(context: Context<'a, 'e>, schema: &'static Block, block: &'e BlockSyntax, source: SourceId) -> Self {
        let head = head_of(context, schema, block, source);
        let reader = Self { context, schema, body: Some(&block.body), source, head };
        reader.check_attributes(&block.body);
        reader.check_blocks(&block.body);
        reader
    }

    /// Stands for a block that is not there, which was reported.
    pub fn missing(context: Context<'a, 'e>, schema: &'static Block) -> Self {
        Self { context, schema, body: None, source: NOWHERE.source, head: Spanned::new(String::new(), NOWHERE) }
    }

    pub fn findings(&self) -> &'a Findings {
        self.context.findings
    }

    /// The value of an attribute that is required or has a default.
    pub fn get<T: Decode>(&self, name: &str) -> Spanned<T> {
        match self.attribute(name) {
            (_, Some(expression)) => self.value(name, expression).unwrap_or_else(|| self.absent(name)),
            (_, None) => self.absent(name),
        }
    }

    /// The value of an attribute that may be left out.
    pub fn maybe<T: Decode>(&self, name: &str) -> Option<Spanned<T>> {
        self.attribute(name).1.and_then(|expression| self.value(name, expression))
    }

    /// The value of an attribute that may be left out, whose default depends on other blocks.
    pub fn or<T: Decode>(&self, name: &str, default: Spanned<T>) -> Spanned<T> {
        self.maybe(name).unwrap_or_else(|| self.here(default))
    }

    /// The elements of a list, each with its place; a wrong element is replaced, so their number is right.
    /// None where the list as a whole is missing or wrong, and was reported.
    pub fn list<T: Decode>(&self, name: &str) -> Option<Vec<Spanned<T>>> {
        let (attribute, expression) = self.attribute(name);
        let Type::List(of) = attribute.of else { return None };
        let Some(expression) = expression else {
            return matches!(attribute.need, Need::Default(_)).then(Vec::new);
        };
        let whole = self.context.evaluator.evaluate(expression, self.source);
        if whole.value.is_unknown() {
            return None;
        }
        if whole.value.is_null() {
            self.null(attribute, whole.span);
            return matches!(attribute.need, Need::Default(_)).then(Vec::new);
        }
        if whole.value.as_sequence().is_none() {
            self.wrong(attribute, &whole, Wrong::kind(attribute.of.words()));
            return None;
        }
        let elements = self.context.evaluator.evaluate_elements(expression, self.source)?;
        Some(elements.into_iter().map(|element| self.decode(attribute, *of, element)).collect())
    }

    /// A list that must hold something; an empty one is reported.
    pub fn filled_list<T: Decode>(&self, name: &str) -> Option<Vec<Spanned<T>>> {
        let list = self.list(name)?;
        if list.is_empty() {
            self.findings().push(
                Diagnostic::error("empty-list", format!("`{name}` is empty"))
                    .at(self.span_of(name))
                    .label("expected at least one"),
            );
            return None;
        }
        Some(list)
    }

    /// The entries of a map, by name.
    pub fn map<T: Decode>(&self, name: &str) -> BTreeMap<String, Spanned<T>> {
        self.entries(name).into_iter().map(|(name, value)| (name.value, value)).collect()
    }

    /// The entries of a map, names and values each with their place.
    pub fn entries<T: Decode>(&self, name: &str) -> Vec<(Spanned<String>, Spanned<T>)> {
        let (attribute, expression) = self.attribute(name);
        let (Type::Map(of), Some(expression)) = (attribute.of, expression) else { return Vec::new() };
        let whole = self.context.evaluator.evaluate(expression, self.source);
        if whole.value.is_unknown() {
            return Vec::new();
        }
        if whole.value.is_null() {
            self.null(attribute, whole.span);
            return Vec::new();
        }
        if whole.value.as_mapping().is_none() {
            self.wrong(attribute, &whole, Wrong::kind(attribute.of.words()));
            return Vec::new();
        }
        let entries = self.context.evaluator.evaluate_entries(expression, self.source).unwrap_or_default();
        entries.into_iter().map(|(name, value)| (name, self.decode(attribute, *of, value))).collect()
    }

    /// The evaluated value as it is; none where it is missing or unknown.
    pub fn raw(&self, name: &str) -> Option<Spanned<Value>> {
        let expression = self.attribute(name).1?;
        let value = self.context.evaluator.evaluate(expression, self.source);
        (!value.value.has_unknown()).then_some(value)
    }

    /// Whether the attribute is written down.
    pub fn has(&self, name: &str) -> bool {
        self.attribute(name).1.is_some()
    }

    /// Where an attribute's value is written; the block's head where it is not.
    pub fn span_of(&self, name: &str) -> Span {
        match self.attribute(name).1 {
            Some(expression) => self.context.evaluator.span(expression, self.source),
            None => self.head.span,
        }
    }

    /// The nested blocks of that type.
    pub fn blocks(&self, name: &'static str) -> Vec<Reader<'a, 'e>> {
        let (Some(body), Some(schema)) = (self.body, self.schema.block(name)) else { return Vec::new() };
        body.get_blocks(name).map(|block| Reader::new(self.context, schema, block, self.source)).collect()
    }

    /// The nested block of that type, if there is one.
    pub fn maybe_block(&self, name: &'static str) -> Option<Reader<'a, 'e>> {
        let schema = self.schema.block(name)?;
        let block = self.body?.get_blocks(name).next()?;
        Some(Reader::new(self.context, schema, block, self.source))
    }

    /// The nested block of that type; a missing one was reported.
    pub fn block(&self, name: &'static str) -> Reader<'a, 'e> {
        let schema = self.schema.block(name).unwrap_or(self.schema);
        self.maybe_block(name).unwrap_or_else(|| Reader::missing(self.context, schema))
    }

    /// A default from elsewhere, placed at this block's head, unless it stands in for a reported one.
    pub fn here<T>(&self, default: Spanned<T>) -> Spanned<T> {
        let span = if default.span == NOWHERE { NOWHERE } else { self.head.span };
        Spanned::new(default.value, span)
    }

    fn attribute(&self, name: &str) -> (&'static Attribute, Option<&'e Expression>) {
        static UNNAMED: Attribute =
            Attribute { name: "", of: Type::Any, need: Need::Optional(""), doc: "", example: "" };
        let attribute = self.schema.attribute(name);
        debug_assert!(attribute.is_some(), "{}.{name} is not in the table", self.schema.name);
        let written = self.body.and_then(|body| body.get_attribute(name)).map(|attribute| &attribute.value);
        (attribute.unwrap_or(&UNNAMED), written)
    }

    /// None where it is null, and so as if it were not written.
    fn value<T: Decode>(&self, name: &str, expression: &Expression) -> Option<Spanned<T>> {
        let attribute = self.attribute(name).0;
        let value = self.context.evaluator.evaluate(expression, self.source);
        if value.value.is_null() {
            self.null(attribute, value.span);
            return None;
        }
        Some(self.decode(attribute, attribute.of, value))
    }

    /// What an attribute is that is not written: its default, or a stand-in.
    fn absent<T: Decode>(&self, name: &str) -> Spanned<T> {
        let attribute = self.attribute(name).0;
        let default = match attribute.need {
            Need::Default(json) => super::convert::literal(json),
            Need::Required | Need::Optional(_) => None,
        };
        match default.and_then(|value| T::decode(&value, attribute.of).ok()) {
            Some(value) => Spanned::new(value, self.head.span),
            None => Spanned::new(T::stand_in(), NOWHERE),
        }
    }

    fn decode<T: Decode>(&self, attribute: &Attribute, of: Type, value: Spanned<Value>) -> Spanned<T> {
        if self.context.look_for_secrets {
            secrets::evaluated(attribute.name, &value.value, value.span, self.findings());
        }
        if value.value.is_unknown() {
            return Spanned::new(T::stand_in(), NOWHERE);
        }
        self.context.hidden.borrow_mut().extend(value.value.sensitive_texts());
        match T::decode(&value.value, of) {
            Ok(decoded) => Spanned::new(decoded, value.span),
            Err(wrong) => {
                self.wrong(attribute, &value, wrong);
                Spanned::new(T::stand_in(), NOWHERE)
            }
        }
    }

    fn wrong(&self, attribute: &Attribute, value: &Spanned<Value>, wrong: Wrong) {
        let shown = value.value.to_string();
        let found = match value.value.as_str() {
            _ if shown.chars().count() > LONGEST_SHOWN => format!("a {}", value.value.kind_name()),
            Some(_) => shown,
            None if value.value.as_number().is_some() || value.value.as_bool().is_some() => shown,
            None if value.value.as_reference().is_some() => shown,
            None => format!("a {}", value.value.kind_name()),
        };
        let diagnostic = Diagnostic::error(wrong.code, format!("`{}` can't have this value", attribute.name))
            .at(value.span)
            .label(format!("expected {}, found {}", wrong.expected, wrong.found.unwrap_or(found)));
        let diagnostic = match wrong.help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        };
        self.findings().push(diagnostic);
    }

    fn null(&self, attribute: &Attribute, span: Span) {
        if attribute.need == Need::Required {
            self.findings().push(
                Diagnostic::error("missing-attribute", format!("`{}` is null, and it is required", attribute.name))
                    .at(span)
                    .label(format!("expected {}", attribute.of.words()))
                    .help(format!("write {} = {}", attribute.name, attribute.example)),
            );
        }
    }

    fn check_attributes(&self, body: &Body) {
        let names = || self.schema.attributes.iter().map(|attribute| attribute.name);
        for attribute in body.attributes() {
            let name = attribute.key.as_str();
            if self.schema.open || self.schema.attribute(name).is_some() {
                continue;
            }
            let problem =
                Diagnostic::error("unknown-attribute", format!("{} has no attribute `{name}`", self.called()))
                    .at(key_span(attribute, self.source));
            let help = if self.schema.block(name).is_some() {
                format!("`{name}` is a block: write {name} {{ … }} without =")
            } else {
                did_you_mean(name, names()).unwrap_or_else(|| self.what_there_is())
            };
            self.findings().push(problem.help(help));
        }
        for attribute in self.schema.attributes {
            if attribute.need == Need::Required && !body.has_attribute(attribute.name) {
                self.findings().push(
                    Diagnostic::error("missing-attribute", format!("{} lacks `{}`", self.called(), attribute.name))
                        .at(self.head.span)
                        .help(format!("write {} = {}", attribute.name, attribute.example)),
                );
            }
        }
    }

    fn check_blocks(&self, body: &Body) {
        let mut first: HashMap<&str, Span> = HashMap::new();
        for block in body.blocks() {
            let name = block.ident.as_str();
            let at = Span::new(self.source, block.ident.span().unwrap_or_default());
            let Some(schema) = self.schema.block(name) else {
                let problem =
                    Diagnostic::error("unknown-block", format!("{} has no block `{name}`", self.called())).at(at);
                let known = self.schema.blocks.iter().map(|block| block.name);
                let help = if self.schema.attribute(name).is_some() {
                    format!("`{name}` is an attribute: write {name} = …")
                } else {
                    did_you_mean(name, known).unwrap_or_else(|| self.what_there_is())
                };
                self.findings().push(problem.help(help));
                continue;
            };
            // The index of declared blocks reports those that have labels.
            if schema.label.is_some() || schema.repeats() {
                continue;
            }
            if let Some(first) = first.insert(schema.name, at) {
                self.findings().push(
                    Diagnostic::error("duplicate-block", format!("{} has two blocks `{name}`", self.called()))
                        .at(at)
                        .also(first, "the first one")
                        .help("keep one of the two"),
                );
            }
        }
        for schema in self.schema.blocks {
            if matches!(schema.repeat, Repeat::One | Repeat::Some) && !body.has_blocks(schema.name) {
                let label = if schema.label.is_some() { " \"…\"" } else { "" };
                self.findings().push(
                    Diagnostic::error("missing-block", format!("{} lacks a block `{}`", self.called(), schema.name))
                        .at(self.head.span)
                        .help(format!("write {}{label} {{ … }}: {}", schema.name, lowered(schema.doc))),
                );
            }
        }
    }

    /// As messages name the block: `key "content"`, or `contacts`.
    pub fn called(&self) -> String {
        match self.schema.label {
            Some(_) => format!("{} \"{}\"", self.schema.name, self.head.value),
            None => format!("`{}`", self.schema.name),
        }
    }

    fn what_there_is(&self) -> String {
        let names: Vec<_> = self
            .schema
            .attributes
            .iter()
            .map(|attribute| attribute.name)
            .chain(self.schema.blocks.iter().map(|block| block.name))
            .collect();
        format!("it may have: {}", names.join(", "))
    }
}

/// A sentence of the table as a fragment.
fn lowered(sentence: &str) -> String {
    let sentence = sentence.trim_end_matches('.');
    let mut characters = sentence.chars();
    match characters.next() {
        Some(first) if !characters.as_str().starts_with(char::is_uppercase) => {
            format!("{}{}", first.to_lowercase(), characters.as_str())
        }
        _ => sentence.to_owned(),
    }
}

fn key_span(attribute: &AttributeSyntax, source: SourceId) -> Span {
    Span::new(source, attribute.key.span().unwrap_or_default())
}

/// The label of a block with its place, after its number is checked.
fn head_of(context: Context<'_, '_>, schema: &'static Block, block: &BlockSyntax, source: SourceId) -> Spanned<String> {
    let ident = Span::new(source, block.ident.span().unwrap_or_default());
    let place = |label: &BlockLabel| Span::new(source, label.span().unwrap_or_default());
    match (schema.label, block.labels.as_slice()) {
        (None, []) => Spanned::new(schema.name.to_owned(), ident),
        (Some(_), [label]) => Spanned::new(label.as_str().to_owned(), place(label)),
        (None, [label, ..]) => {
            context.findings.push(
                Diagnostic::error("unexpected-label", format!("`{}` bears no label", schema.name))
                    .at(place(label))
                    .help(format!("write {} {{ … }}", schema.name)),
            );
            Spanned::new(schema.name.to_owned(), ident)
        }
        (Some(meaning), []) => {
            context.findings.push(
                Diagnostic::error("missing-label", format!("`{}` lacks its label", schema.name))
                    .at(ident)
                    .help(format!("write {} \"…\" {{ … }}; the label is {meaning}", schema.name)),
            );
            Spanned::new(String::new(), NOWHERE)
        }
        (Some(_), [label, second, ..]) => {
            context.findings.push(
                Diagnostic::error("unexpected-label", format!("`{}` bears one label", schema.name))
                    .at(place(second))
                    .help("leave the second one out"),
            );
            Spanned::new(label.as_str().to_owned(), place(label))
        }
    }
}
