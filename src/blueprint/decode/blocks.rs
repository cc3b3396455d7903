//! All blocks of a blueprint, in the order in which they depend on each other.

use std::cell::RefCell;
use std::collections::BTreeSet;

use hcl_edit::Span as _;
use hcl_edit::structure::Block as BlockSyntax;

use super::reader::{Context, Reader};
use super::{access, desk, network, pool, production, recovery};
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::evaluator::Evaluator;
use crate::blueprint::findings::{Findings, NOWHERE};
use crate::blueprint::model::{Blueprint, Name, Output};
use crate::blueprint::nearest::did_you_mean;
use crate::blueprint::schema::{self, Repeat};
use crate::blueprint::source::{SourceId, Span, Spanned};

/// Decodes all blocks. What is wrong is among the findings, and harmless values stand in its place: the blueprint is for
/// checks alone while there are errors. `look_for_secrets` looks at values too, beside the texts.
pub fn decode(evaluator: &Evaluator<'_>, findings: &Findings, look_for_secrets: bool) -> Blueprint {
    let hidden = RefCell::default();
    let all = All::collect(Context { evaluator, findings, look_for_secrets, hidden: &hidden });
    let version = all.one("blueprint");
    let keys = all.readers("key");
    let production = production::production(&all.one("production"), keys.first());
    let keys: Vec<_> = keys.iter().map(production::key).collect();
    let pools = all.readers("workstation_pool").iter().map(|reader| pool::pool(reader, &keys)).collect();
    let blueprint = Blueprint {
        version: version.get("version").value,
        networks: all.readers("network").iter().map(network::network).collect(),
        prefix_lists: all.readers("prefix_list").iter().map(network::prefix_list).collect(),
        images: all.readers("image").iter().map(desk::image).collect(),
        lockdowns: all.readers("lockdown").iter().map(|reader| desk::lockdown(reader, &production)).collect(),
        displays: all.readers("display").iter().map(desk::display).collect(),
        pools,
        artists: all.readers("artist").iter().map(|reader| access::artist(reader, &production)).collect(),
        backups: all.readers("backup").iter().map(recovery::backup).collect(),
        exceptions: all.readers("exception").iter().map(access::exception).collect(),
        attestations: all.readers("attestation").iter().map(access::attestation).collect(),
        outputs: all.readers("output").iter().filter_map(output).collect(),
        production,
        keys,
        hidden: BTreeSet::new(),
    };
    Blueprint { hidden: hidden.into_inner(), ..blueprint }
}

/// A value that is handed back; none where it is not known.
fn output(reader: &Reader<'_, '_>) -> Option<Output> {
    let value = reader.raw("value")?;
    let declared_sensitive: Spanned<bool> = reader.get("sensitive");
    if value.value.is_sensitive() && !declared_sensitive.value {
        reader.findings().push(
            Diagnostic::error("sensitive-output", format!("the value of {} is sensitive", reader.called()))
                .at(value.span)
                .also(declared_sensitive.span, "which the output does not say")
                .help("write sensitive = true, and the value is hidden"),
        );
    }
    let hidden = declared_sensitive.value || value.value.is_sensitive();
    Some(Output {
        name: super::labels::name(reader),
        description: reader.maybe::<String>("description").map(|text| text.value),
        value: (!hidden).then(|| value.value.to_json()),
    })
}

/// The blocks that stand at the top of the files.
struct All<'a, 'e> {
    context: Context<'a, 'e>,
    blocks: Vec<(&'e BlockSyntax, SourceId)>,
}

impl<'a, 'e> All<'a, 'e> {
    fn collect(context: Context<'a, 'e>) -> Self {
        let mut blocks = Vec::new();
        for file in &context.evaluator.parsed().files {
            for attribute in file.body.attributes() {
                let at = Span::new(file.source, attribute.key.span().unwrap_or_default());
                let name = attribute.key.as_str();
                let help = match schema::block(name) {
                    Some(_) => format!("`{name}` is a block: write {name} {{ … }} without ="),
                    None => "attributes stand in blocks; names for expressions stand in `locals`".to_owned(),
                };
                context.findings.push(
                    Diagnostic::error("misplaced-attribute", format!("`{name}` stands in no block")).at(at).help(help),
                );
            }
            blocks.extend(file.body.blocks().map(|block| (block, file.source)));
        }
        let all = Self { context, blocks };
        all.check_names();
        all.check_duplicates();
        all
    }

    fn of(&self, name: &str) -> impl Iterator<Item = (&'e BlockSyntax, SourceId)> {
        self.blocks.iter().copied().filter(move |(block, _)| block.ident.as_str() == name)
    }

    fn readers(&self, name: &str) -> Vec<Reader<'a, 'e>> {
        let Some(schema) = schema::block(name) else { return Vec::new() };
        self.of(name).map(|(block, source)| Reader::new(self.context, schema, block, source)).collect()
    }

    /// The only block of its type; a missing one is reported.
    fn one(&self, name: &str) -> Reader<'a, 'e> {
        let schema = schema::block(name).unwrap_or(schema::table::BLOCKS[0]);
        match self.of(name).next() {
            Some((block, source)) => Reader::new(self.context, schema, block, source),
            None => Reader::missing(self.context, schema),
        }
    }

    fn check_names(&self) {
        for (block, source) in &self.blocks {
            let name = block.ident.as_str();
            if schema::block(name).is_none() {
                let at = Span::new(*source, block.ident.span().unwrap_or_default());
                let known = schema::table::BLOCKS.iter().map(|block| block.name);
                let inner = schema::table::BLOCKS.iter().find(|outer| outer.block(name).is_some());
                let help = match inner {
                    Some(outer) => format!("`{name}` stands in `{}`", outer.name),
                    None => did_you_mean(name, known.clone())
                        .unwrap_or_else(|| format!("the blocks are: {}", known.collect::<Vec<_>>().join(", "))),
                };
                self.context.findings.push(
                    Diagnostic::error("unknown-block", format!("there is no block type `{name}`")).at(at).help(help),
                );
            }
        }
        for schema in schema::table::BLOCKS {
            if matches!(schema.repeat, Repeat::One | Repeat::Some) && self.of(schema.name).next().is_none() {
                let label = if schema.label.is_some() { " \"…\"" } else { "" };
                self.context.findings.push(
                    Diagnostic::error("missing-block", format!("the blueprint lacks a block `{}`", schema.name))
                        .help(format!("write {}{label} {{ … }}", schema.name)),
                );
            }
        }
    }

    /// Blocks that may stand but once, and outputs. The index of declared blocks reports all others.
    fn check_duplicates(&self) {
        for schema in schema::table::BLOCKS {
            let is_output = schema.name == "output";
            if schema.repeats() && !is_output {
                continue;
            }
            let mut seen: Vec<(&str, Span)> = Vec::new();
            for (block, source) in self.of(schema.name) {
                let label = block.labels.first().map_or("", |label| label.as_str());
                let at = Span::new(source, block.ident.span().unwrap_or_default());
                let first = if is_output { seen.iter().find(|(known, _)| *known == label) } else { seen.first() };
                let Some((known, first)) = first else {
                    seen.push((label, at));
                    continue;
                };
                if !is_output && !label.is_empty() && *known == label {
                    continue;
                }
                let (what, help) = if is_output {
                    (format!("output \"{label}\" is declared twice"), "give one of them another label")
                } else {
                    (format!("there are two blocks `{}`", schema.name), "a blueprint has exactly one")
                };
                self.context
                    .findings
                    .push(Diagnostic::error("duplicate-block", what).at(at).also(*first, "the first one").help(help));
            }
        }
    }
}

/// A name that stands in for one that was reported.
pub(super) fn no_name<T>() -> Spanned<Name<T>> {
    Spanned::new(Name::new(""), NOWHERE)
}
