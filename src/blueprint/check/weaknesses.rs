//! Weakenings: each is written down, and needs an exception that covers it.

use ipnet::IpNet;

use super::exceptions::LONGEST_DAYS;
use crate::blueprint::data::weakenings::Weakening;
use crate::blueprint::diagnostic::Diagnostic;
use crate::blueprint::findings::{Findings, is_sound};
use crate::blueprint::model::{
    BlockKind, BlockRef, Blueprint, Date, Exception, Flow, Labelled as _, Lockdown, Network, Peer, SegmentRef,
};
use crate::blueprint::source::Span;

/// Something in a blueprint that is weaker than the default allows.
#[derive(Debug, Clone)]
pub struct Weakness {
    pub of: Weakening,
    /// In words, with its names: `lockdown "client" opens the clipboard outwards`.
    pub words: String,
    pub span: Span,
    /// The value that it is held against, where it is not the language itself.
    pub also: Option<(Span, String)>,
    /// An exception to any of these blocks covers it.
    pub blocks: Vec<BlockRef>,
    /// Or exceptions to all of these together; none: there are no such blocks.
    pub users: Vec<BlockRef>,
}

impl Weakness {
    /// The exceptions that cover it on that day, expired ones left out; empty where it is not covered.
    pub fn covered_by<'b>(&self, blueprint: &'b Blueprint, today: Date) -> Vec<&'b Exception> {
        self.covered(blueprint, |exception| exception.expires.value >= today)
    }

    fn covered<'b>(&self, blueprint: &'b Blueprint, counts: impl Fn(&Exception) -> bool) -> Vec<&'b Exception> {
        let to_it = |exception: &&Exception| exception.control.as_str() == self.of.control() && counts(exception);
        let exceptions: Vec<_> = blueprint.exceptions.iter().filter(to_it).collect();
        let covering = |block: &BlockRef| exceptions.iter().copied().find(|exception| exception.covers(block));
        if let Some(one) = self.blocks.iter().find_map(covering) {
            return vec![one];
        }
        let each: Option<Vec<_>> = self.users.iter().map(covering).collect();
        each.unwrap_or_default()
    }
}

/// Every weakening of a blueprint, covered or not, in the order of the blocks.
pub fn weaknesses(blueprint: &Blueprint) -> Vec<Weakness> {
    let mut found = Vec::new();
    for lockdown in &blueprint.lockdowns {
        of_lockdown(blueprint, lockdown, &mut found);
    }
    for network in &blueprint.networks {
        for flow in &network.flows {
            of_flow(blueprint, network, flow, &mut found);
        }
    }
    for pool in &blueprint.pools {
        for volume in pool.volumes.iter().filter(|volume| volume.keep.value) {
            found.push(Weakness {
                of: Weakening::KeptVolume,
                words: format!("the volume \"{}\" of \"{}\" outlives its instance", volume.name, pool.name),
                span: volume.keep.span,
                also: None,
                blocks: vec![pool.reference(), production(blueprint)],
                users: Vec::new(),
            });
        }
    }
    found
}

fn production(blueprint: &Blueprint) -> BlockRef {
    BlockRef::new(BlockKind::Production, blueprint.production.alias.as_str())
}

fn of_lockdown(blueprint: &Blueprint, lockdown: &Lockdown, found: &mut Vec<Weakness>) {
    let users: Vec<_> = blueprint
        .pools
        .iter()
        .filter(|pool| pool.lockdown.value == lockdown.name.value)
        .map(|pool| pool.reference())
        .collect();
    let mut add = |of, words: String, span, also| {
        let blocks = vec![lockdown.reference(), production(blueprint)];
        found.push(Weakness { of, words, span, also, blocks, users: users.clone() });
    };
    let name = &lockdown.name;
    if lockdown.clipboard.is_outward() {
        let words = format!("lockdown \"{name}\" opens the clipboard outwards");
        add(Weakening::ClipboardOut, words, lockdown.clipboard.span, None);
    }
    if lockdown.file_transfer.is_outward() {
        let words = format!("lockdown \"{name}\" lets files out");
        add(Weakening::FilesOut, words, lockdown.file_transfer.span, None);
    }
    let profile = &blueprint.production.controls;
    let limit = profile.idle_limit_minutes();
    if lockdown.idle_minutes.value > limit {
        let words = format!("lockdown \"{name}\" lets a session idle for {} minutes", lockdown.idle_minutes);
        let also = Some((profile.span, format!("{profile} allows {limit}")));
        add(Weakening::LongIdle, words, lockdown.idle_minutes.span, also);
    }
}

/// Whether the ranges hold every address of a family.
fn is_anywhere(peer: &Peer, blueprint: &Blueprint) -> bool {
    let whole = |ranges: &mut dyn Iterator<Item = &IpNet>| {
        let all: Vec<IpNet> = ranges.copied().collect();
        // Halves make a whole, so they are joined first.
        IpNet::aggregate(&all).iter().any(|range| range.prefix_len() == 0)
    };
    match peer {
        Peer::Segment(_) => false,
        Peer::Cidrs(ranges) => whole(&mut ranges.iter()),
        Peer::PrefixList(name) => {
            blueprint.get(name).is_some_and(|list| whole(&mut list.entries.iter().map(|entry| &entry.cidr)))
        }
    }
}

fn of_flow(blueprint: &Blueprint, network: &Network, flow: &Flow, found: &mut Vec<Weakness>) {
    let mut add = |of, words: String, span, at: Option<&SegmentRef>| {
        let mut blocks = vec![network.reference(), production(blueprint)];
        let mut users = Vec::new();
        if let Some(at) = at {
            blocks.push(at.reference());
            users.extend(blueprint.pools_in(at).map(|pool| pool.reference()));
            if users.is_empty() {
                // An edge or a service: it is there for the pools of its network.
                let within = blueprint.pools.iter().filter(|pool| pool.segment.network == at.network);
                users.extend(within.map(|pool| pool.reference()));
            }
        }
        for end in [&flow.from.value, &flow.to.value] {
            if let Peer::PrefixList(name) = end {
                blocks.push(BlockRef::new(BlockKind::PrefixList, name.as_str()));
            }
        }
        found.push(Weakness { of, words, span, also: None, blocks, users });
    };
    let name = &flow.name;
    if is_anywhere(&flow.from, blueprint) {
        let words = format!("flow \"{name}\" comes from anywhere");
        add(Weakening::FlowFromAnywhere, words, flow.from.span, flow.to.segment());
    }
    if is_anywhere(&flow.to, blueprint) {
        let words = format!("flow \"{name}\" goes anywhere");
        add(Weakening::FlowToAnywhere, words, flow.to.span, flow.from.segment());
    }
    if let (Some(from), Some(to)) = (flow.from.segment(), flow.to.segment())
        && from == to
    {
        let words = format!("flow \"{name}\" lets {from} talk to itself");
        add(Weakening::SelfTalk, words, flow.to.span, Some(to));
    }
}

/// Every weakening is covered, and every exception covers one.
pub fn check(blueprint: &Blueprint, findings: &Findings) {
    let weaknesses = weaknesses(blueprint);
    for weakness in &weaknesses {
        uncovered(blueprint, weakness, findings);
    }
    for exception in &blueprint.exceptions {
        idle(exception, &weaknesses, findings);
    }
}

fn uncovered(blueprint: &Blueprint, weakness: &Weakness, findings: &Findings) {
    // An exception that was reported (as expired, too) shows that one was meant: it is mended first.
    let meant = blueprint.exceptions.iter().any(|exception| {
        (!is_sound(&exception.control) || exception.control.as_str() == weakness.of.control())
            && (!is_sound(&exception.control)
                || !is_sound(&exception.expires)
                || exception.scope.is_empty()
                || exception.scope.iter().any(|scope| !is_sound(scope)))
    });
    if meant || !weakness.covered(blueprint, |_| true).is_empty() {
        return;
    }
    let control = weakness.of.control();
    let first = weakness.users.first().or(weakness.blocks.first());
    let scope = first.map(ToString::to_string).unwrap_or_default();
    let mut problem = Diagnostic::error("needs-exception", format!("{} without an exception", weakness.words))
        .at(weakness.span)
        .help(format!(
            "close it, or write an exception with control = \"{control}\", scope = [{scope}] and an end within {LONGEST_DAYS} days"
        ));
    if let Some((span, words)) = &weakness.also {
        problem = problem.also(*span, words.clone());
    }
    findings.push(problem);
}

/// An exception whose control only weakenings can break, and that covers none of them.
fn idle(exception: &Exception, weaknesses: &[Weakness], findings: &Findings) {
    let control = exception.control.as_str();
    let decided = Weakening::ALL.iter().any(|of| of.control() == control && of.decides_control());
    let covers = |weakness: &Weakness| {
        weakness.of.control() == control
            && weakness.blocks.iter().chain(&weakness.users).any(|block| exception.covers(block))
    };
    if decided && !weaknesses.iter().any(covers) && !exception.scope.is_empty() {
        findings.push(
            Diagnostic::warning("idle-exception", format!("exception \"{}\" covers nothing", exception.name))
                .at(exception.control.span)
                .also(exception.scope[0].span, "nothing here breaks the control")
                .help("take it away, or name the block that needs it"),
        );
    }
}
