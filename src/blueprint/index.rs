//! The declared blocks of a blueprint, by type and label: what references lead to.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use hcl_edit::Span as _;
use hcl_edit::structure::{Attribute, Block, BlockLabel, Structure};

use super::diagnostic::{Diagnostic, Diagnostics};
use super::parse::Parsed;
use super::source::{SourceId, Span, Spanned};
use super::value::Reference;

/// The types of blocks that references may begin with.
pub const BLOCK_TYPES: [&str; 12] = [
    "artist",
    "attestation",
    "backup",
    "display",
    "exception",
    "image",
    "key",
    "lockdown",
    "network",
    "prefix_list",
    "production",
    "workstation_pool",
];

/// Blocks that nothing refers to as a block: what they declare has names of its own, or none.
const UNNAMED: [&str; 4] = ["blueprint", "variable", "locals", "output"];

/// Nested blocks that are called by their label alone: `network.main.workstations`.
const CALLED_BY_LABEL: [(&str, &str); 1] = [("network", "segment")];

/// One declared block, at the top of a file or within another.
#[derive(Debug)]
pub struct Declared<'a> {
    pub block: &'a Block,
    pub source: SourceId,
    /// From its type to its last label.
    pub span: Span,
    /// The labels of the blocks around it and its own.
    pub labels: Vec<String>,
    /// As it is referred to: `network.main.workstations`.
    pub address: String,
    /// The blocks directly within it, as places in the index.
    pub nested: Vec<usize>,
}

impl<'a> Declared<'a> {
    pub fn block_type(&self) -> &'a str {
        self.block.ident.as_str()
    }

    /// Its own last label.
    pub fn own_label(&self) -> Option<&'a str> {
        self.block.labels.last().map(BlockLabel::as_str)
    }

    pub fn attributes(&self) -> impl Iterator<Item = &'a Attribute> {
        self.block.body.iter().filter_map(Structure::as_attribute)
    }
}

/// All declared blocks.
#[derive(Debug, Default)]
pub struct Index<'a> {
    blocks: Vec<Declared<'a>>,
    top: HashMap<(&'a str, &'a str), usize>,
    types: HashSet<&'a str>,
}

impl<'a> Index<'a> {
    /// Indexes all blocks of a blueprint; what is declared twice is reported, and its first declaration counts.
    pub fn new(parsed: &'a Parsed, diagnostics: &mut Diagnostics) -> Self {
        let mut index = Self::default();
        for file in &parsed.files {
            for block in file.body.iter().filter_map(Structure::as_block) {
                let block_type = block.ident.as_str();
                if UNNAMED.contains(&block_type) {
                    continue;
                }
                let Some(label) = block.labels.last().map(BlockLabel::as_str) else {
                    // What lacks its label is the schema's to report.
                    continue;
                };
                index.types.insert(block_type);
                let address = format!("{block_type}.{label}");
                let place = index.add(block, file.source, &[], address, diagnostics);
                match index.top.get(&(block_type, label)) {
                    Some(first) => {
                        let (first, again) = (&index.blocks[*first], &index.blocks[place]);
                        diagnostics.push(duplicate(first, again));
                    }
                    None => drop(index.top.insert((block_type, label), place)),
                }
            }
        }
        index
    }

    fn add(
        &mut self,
        block: &'a Block,
        source: SourceId,
        outer_labels: &[String],
        address: String,
        diagnostics: &mut Diagnostics,
    ) -> usize {
        let labels: Vec<String> =
            outer_labels.iter().cloned().chain(block.labels.iter().map(|label| label.as_str().to_owned())).collect();
        let place = self.blocks.len();
        let span = header_span(block, source);
        let declared = Declared { block, source, span, labels: labels.clone(), address, nested: Vec::new() };
        self.blocks.push(declared);

        let mut seen: HashMap<(&str, Vec<&str>), usize> = HashMap::new();
        let mut nested = Vec::new();
        for inner in block.body.iter().filter_map(Structure::as_block) {
            let inner_type = inner.ident.as_str();
            let own: Vec<&str> = inner.labels.iter().map(BlockLabel::as_str).collect();
            let outer = &self.blocks[place].address;
            let address = match own.last() {
                Some(label) if CALLED_BY_LABEL.contains(&(block.ident.as_str(), inner_type)) => {
                    format!("{outer}.{label}")
                }
                Some(label) => format!("{outer}.{inner_type}.{label}"),
                None => format!("{outer}.{inner_type}"),
            };
            let at = self.add(inner, source, &labels, address, diagnostics);
            if !own.is_empty() {
                match seen.get(&(inner_type, own.clone())) {
                    Some(first) => diagnostics.push(duplicate(&self.blocks[*first], &self.blocks[at])),
                    None => drop(seen.insert((inner_type, own), at)),
                }
            }
            nested.push(at);
        }
        self.blocks[place].nested = nested;
        place
    }

    /// The block of a type and label.
    pub fn find(&self, block_type: &str, label: &str) -> Option<usize> {
        self.top.get(&(block_type, label)).copied()
    }

    /// Whether a block of a type is declared.
    pub fn has_type(&self, block_type: &str) -> bool {
        self.types.contains(block_type)
    }

    /// The labels declared for a type, sorted.
    pub fn labels(&self, block_type: &str) -> Vec<&'a str> {
        let mut labels: Vec<_> =
            self.top.keys().filter(|(found, _)| *found == block_type).map(|(_, label)| *label).collect();
        labels.sort_unstable();
        labels
    }

    /// The block at a place in the index.
    pub fn get(&self, place: usize) -> Option<&Declared<'a>> {
        self.blocks.get(place)
    }

    /// All blocks, in the order of their declaration, an outer one before those in it.
    pub fn iter(&self) -> impl Iterator<Item = &Declared<'a>> {
        self.blocks.iter()
    }

    /// The value that refers to the block at a place.
    pub fn reference(&self, place: usize) -> Option<Reference> {
        let declared = self.get(place)?;
        Some(Reference {
            block_type: declared.block_type().into(),
            labels: declared.labels.iter().map(|label| Arc::from(label.as_str())).collect(),
            address: declared.address.as_str().into(),
            span: declared.span,
            block: place,
        })
    }

    /// Whether the nested block is called by its label alone.
    pub(super) fn is_called_by_label(&self, outer: &Declared<'_>, nested: &Declared<'_>) -> bool {
        CALLED_BY_LABEL.contains(&(outer.block_type(), nested.block_type()))
    }
}

/// Where a block's type and labels stand.
pub fn header_span(block: &Block, source: SourceId) -> Span {
    let start = block.ident.span().unwrap_or_default();
    let end = block.labels.last().and_then(|label| label.span()).map_or(start.end, |label| label.end);
    Span::new(source, start.start..end)
}

/// An attribute's name and where it stands.
pub fn attribute_name(attribute: &Attribute, source: SourceId) -> Spanned<&str> {
    Spanned::new(attribute.key.as_str(), Span::new(source, attribute.key.span().unwrap_or_default()))
}

fn duplicate(first: &Declared<'_>, again: &Declared<'_>) -> Diagnostic {
    let label = again.own_label().unwrap_or_default();
    Diagnostic::error("duplicate-block", format!("{} \"{label}\" is declared twice", again.block_type()))
        .at(again.span)
        .label("declared again here")
        .also(first.span, "first declared here")
        .help("give one of them another label")
}
