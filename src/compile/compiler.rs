//! The way through: each family of resources in its turn, all errors of one run together.

use super::facts::Facts;
use super::place::Place;
use crate::blueprint::files::Files;
use crate::blueprint::model::WorkstationPool;
use crate::blueprint::{Blueprint, Diagnostic, Diagnostics, Span};
use crate::resource::{Address, Desired, Resource};

/// Compiles a blueprint that passed its checks to the resources that it asks for.
///
/// `templates` gives the texts below `templates/`, by their path beside the blueprint. The same input gives the same
/// bytes.
///
/// # Errors
///
/// Everything that the blueprint's own checks can't see, located in it: an image that isn't there, a root volume
/// smaller than its image, user data that can't be rendered or is too long, limits of AWS that are passed only once
/// implied rules and tags are counted.
pub fn compile(blueprint: &Blueprint, facts: &Facts, templates: &dyn Files) -> Result<Desired, Diagnostics> {
    let mut compiler = Compiler::new(blueprint, facts, templates);
    compiler.account();
    compiler.keys();
    compiler.prefix_lists();
    compiler.networks();
    compiler.pools();
    compiler.backups();
    compiler.account_switches();
    compiler.not_acted_on();
    let Compiler { mut desired, found, .. } = compiler;
    desired.warnings.sort();
    if found.has_errors() { Err(found) } else { Ok(desired) }
}

/// One run: what goes in, what has come out so far.
pub(super) struct Compiler<'a> {
    pub(super) blueprint: &'a Blueprint,
    pub(super) facts: &'a Facts,
    pub(super) templates: &'a dyn Files,
    pub(super) desired: Desired,
    pub(super) found: Diagnostics,
}

impl<'a> Compiler<'a> {
    pub(super) fn new(blueprint: &'a Blueprint, facts: &'a Facts, templates: &'a dyn Files) -> Self {
        let desired = Desired {
            production: blueprint.production.alias.as_str().to_owned(),
            account: facts.account.clone(),
            region: facts.region.clone(),
            hidden: blueprint.hidden.clone(),
            ..Desired::default()
        };
        Self { blueprint, facts, templates, desired, found: Diagnostics::default() }
    }

    /// A blueprint that names its account belongs to no other one.
    fn account(&mut self) {
        let Some(account) = &self.blueprint.production.account else { return };
        if account.as_str() != self.facts.account {
            self.found.push(
                Diagnostic::error(
                    "wrong-account",
                    format!("the production lives in account {account}, not in {}", self.facts.account),
                )
                .at(account.span)
                .help("sign in to that account"),
            );
        }
    }

    /// Where the production lives.
    pub(super) fn place(&self) -> Place<'a> {
        Place {
            production: self.blueprint.production.alias.as_str(),
            account: &self.facts.account,
            partition: &self.facts.partition,
            region: &self.facts.region,
        }
    }

    /// Adds a resource that the block at `span` asks for. A segment named `igw` would take the internet gateway's
    /// address: that is said, not silently won by one of the two.
    pub(super) fn add(&mut self, address: Address, span: Span, resource: impl Into<Resource>) {
        let resource = resource.into();
        if let Some(taken) = self.desired.resources.get(&address) {
            self.found.push(
                Diagnostic::error(
                    "address-taken",
                    format!("`{address}` would name both {} and {}", taken.kind().words().0, resource.kind().words().0),
                )
                .at(span)
                .help("give the block another name"),
            );
            return;
        }
        self.desired.resources.insert(address, resource);
    }

    /// What bounds every role of the production, whatever its own policies say (VDI-IAM-03).
    pub(super) fn boundary(&self) -> Option<String> {
        self.blueprint.production.boundary.as_ref().map(|boundary| boundary.as_str().to_owned())
    }

    pub(super) fn warn(&mut self, words: String) {
        if !self.desired.warnings.contains(&words) {
            self.desired.warnings.push(words);
        }
    }

    /// Blocks that are checked, and reported on, but change nothing in the cloud yet. Exceptions and attestations are the
    /// controls', which act on them.
    fn not_acted_on(&mut self) {
        let blueprint = self.blueprint;
        let mut blocks = Vec::new();
        let mut note = |kind: &str, labels: Vec<&str>| {
            blocks.extend(labels.into_iter().map(|label| format!("{kind}.{label}")));
        };
        // One that no pool names sets up nothing.
        let left = |uses: &dyn Fn(&WorkstationPool) -> bool| !blueprint.pools.iter().any(uses);
        let lockdowns =
            blueprint.lockdowns.iter().filter(|block| left(&|pool| pool.lockdown.value == block.name.value));
        note("lockdown", lockdowns.map(|block| block.name.as_str()).collect());
        let displays = blueprint.displays.iter().filter(|block| left(&|pool| pool.display.value == block.name.value));
        note("display", displays.map(|block| block.name.as_str()).collect());
        note("artist", blueprint.artists.iter().map(|block| block.name.as_str()).collect());
        blocks.sort();
        self.desired.not_acted_on = blocks;
    }
}
