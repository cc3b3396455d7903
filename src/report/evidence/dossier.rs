//! Everything that a report says of one state: gathered once, written in every format.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::history::History;
use super::places::{Line, places};
use super::recovery::RecoveryPoints;
use super::settings::{Access, Hide, Said, Settings, Waiver, access, attestations, hidden_in, settings, waivers};
use super::standing::Standing;
use super::statements::{Statement, statements, version_of};
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Sources};
use crate::cloud::Read;
use crate::controls::reach::{Matrix, Place, Reach};
use crate::controls::{self, Constants, Phase, Posture, Profile, Status, checked, families};
use crate::resource::{Desired, Kind, Observed, RecoveryAges, Unreadable, hide};

/// What a dossier is gathered from.
#[derive(Debug)]
pub struct Ground<'a> {
    pub blueprint: &'a Blueprint,
    pub sources: &'a Sources,
    pub desired: &'a Desired,
    /// What is live; none where no cloud was asked.
    pub observed: Option<&'a Observed>,
    /// Of what the blueprint and its plan declare.
    pub declared: &'a Posture,
    /// Of what is live.
    pub live: Option<&'a Posture>,
    /// How old the newest recovery points are; none where nobody looked.
    pub recovery: Option<&'a RecoveryAges>,
    pub history: History,
    /// What was asked of the cloud.
    pub reads: &'a [Read],
    pub today: Date,
}

/// All that is reported, without when and by whom: that is the envelope's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dossier {
    pub format_version: u32,
    /// The catalogue's version.
    pub catalogue: String,
    pub profile: Against,
    pub production: About,
    /// Whether the live state was read, or only what the blueprint would lead to is known.
    pub basis: Phase,
    /// The day that counts as today: what has expired, and how many days are left.
    pub today: String,
    /// How many of each kind there are: live ones where the cloud was asked, else those that the blueprint asks for.
    pub resources: BTreeMap<&'static str, usize>,
    /// How many controls there are of each status.
    pub counts: BTreeMap<Status, usize>,
    /// In the order of the catalogue.
    pub controls: Vec<Standing>,
    /// Of the MPA, in questionnaire order.
    pub statements: Vec<Statement>,
    pub exceptions: Vec<Waiver>,
    pub attestations: Vec<Said>,
    pub settings: Vec<Settings>,
    pub access: Vec<Access>,
    pub reach: Reached,
    /// How old the newest recovery points of each seat are, in every region; none where nobody looked.
    pub recovery_points: Option<RecoveryPoints>,
    pub history: History,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    pub warnings: Vec<String>,
    /// Where in the blueprint each block stands.
    pub places: BTreeMap<String, Line>,
}

/// What can pass on the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// How many segments there are.
    pub segments: usize,
    /// Between any two places that are not here, in this direction, nothing passes.
    pub pairs: Vec<Pair>,
    /// What the answers rest on.
    pub assumptions: Vec<&'static str>,
    /// What could not be understood.
    pub unknown: Vec<String>,
}

/// What passes from one place to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pair {
    pub from: String,
    pub to: String,
    /// Protocols and ports, with the addresses where an end is outside.
    pub traffic: Vec<String>,
    /// All of what lets it through: rules, routes, policies.
    pub by: Vec<String>,
}

impl Reached {
    fn of(matrix: &Matrix) -> Self {
        let segments = matrix.places.iter().filter(|place| matches!(place, Place::Segment(_))).count();
        let sorted = |words: BTreeSet<String>| words.into_iter().collect();
        let pairs = matrix.pairs.iter().map(|pair| {
            let (from, to) = (pair.from.to_string(), pair.to.to_string());
            let traffic = pair.passages.iter().map(|passage| {
                let ranges: Vec<String> = passage.addresses.iter().map(ToString::to_string).collect();
                // Where a place is the range itself, it is said already.
                match ranges.iter().all(|range| *range == from || *range == to) {
                    true => passage.traffic().to_string(),
                    false => format!("{} ({})", passage.traffic(), ranges.join(", ")),
                }
            });
            let by = pair.passages.iter().flat_map(|passage| &passage.by).map(ToString::to_string);
            Pair { traffic: sorted(traffic.collect()), by: sorted(by.collect()), from, to }
        });
        Self {
            segments,
            pairs: pairs.collect(),
            assumptions: matrix.assumptions.clone(),
            unknown: matrix.unknown.clone(),
        }
    }
}

hidden_in! {
    Pair { from to } [traffic by]
    Reached {} [unknown]
    About { alias owner security_contact } []
    Standing {} [holds]
}

/// The profile that is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Against {
    pub name: String,
    pub title: String,
    /// The version of the MPA's practices whose questionnaire is followed.
    pub mpa_version: String,
    pub constants: Constants,
}

/// What the blueprint says of the production.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct About {
    pub alias: String,
    pub owner: String,
    pub content_class: String,
    /// Twelve digits; none where no cloud was asked and the blueprint names none.
    pub account: Option<String>,
    pub region: String,
    pub starts_on: String,
    pub wraps_on: String,
    pub security_contact: String,
}

impl Dossier {
    /// Gathers it.
    pub fn gather(ground: Ground<'_>) -> Self {
        let Ground { blueprint, sources, desired, observed, declared, live, recovery, history, reads, today } = ground;
        let profile = Profile::of(blueprint.production.controls.value);
        let controls = standings(declared, live, reads);
        let mut counts = BTreeMap::new();
        for standing in &controls {
            *counts.entry(standing.status).or_default() += 1;
        }
        let mut exceptions = waivers(blueprint, today);
        let findings = || controls.iter().flat_map(|standing| &standing.findings);
        for one in &mut exceptions {
            let covered: BTreeSet<&str> = findings()
                .filter(|finding| finding.exceptions.contains(&one.name))
                .map(|finding| finding.resource.as_str())
                .collect();
            one.covers = covered.into_iter().map(str::to_owned).collect();
        }
        let production = &blueprint.production;
        let named = production.account.as_ref().map(|account| account.as_str().to_owned());
        let mut resources: BTreeMap<&'static str, usize> = BTreeMap::new();
        let kinds: Vec<Kind> = match observed {
            Some(observed) => observed.all().map(|found| found.resource.kind()).collect(),
            None => desired.resources.values().map(crate::resource::Resource::kind).collect(),
        };
        for kind in kinds.into_iter().filter(|kind| *kind != Kind::AccountSwitch) {
            *resources.entry(kind.name()).or_default() += 1;
        }
        let matrix = observed.map_or_else(|| Reach::of(&desired.resources), Reach::of_observed).matrix();
        let mut dossier = Self {
            format_version: 1,
            catalogue: controls::VERSION.to_owned(),
            profile: Against {
                name: profile.name.clone(),
                title: profile.title.clone(),
                mpa_version: version_of(profile).to_owned(),
                constants: profile.constants,
            },
            production: About {
                alias: production.alias.to_string(),
                owner: production.owner.value.clone(),
                content_class: production.content_class.to_string(),
                account: observed.map(|observed| observed.account.clone()).or(named),
                region: production.region.as_str().to_owned(),
                starts_on: production.starts_on.to_string(),
                wraps_on: production.wraps_on.to_string(),
                security_contact: production.contacts.security.value.clone(),
            },
            basis: if live.is_some() { Phase::Live } else { Phase::Plan },
            today: today.to_string(),
            resources,
            counts,
            statements: statements(profile, &controls),
            controls,
            exceptions,
            attestations: attestations(blueprint, today),
            settings: settings(blueprint),
            access: access(blueprint, today),
            reach: Reached::of(&matrix),
            recovery_points: recovery.map(|ages| RecoveryPoints::of(ages, production.region.as_str())),
            history,
            unreadable: observed.map(|observed| observed.unreadable.clone()).unwrap_or_default(),
            warnings: declared.warnings.clone(),
            places: places(blueprint, sources),
        };
        dossier.hide(&blueprint.hidden);
        dossier
    }

    /// How many controls have that status.
    pub fn count(&self, status: Status) -> usize {
        self.counts.get(&status).copied().unwrap_or_default()
    }

    /// The document, the same bytes for the same state.
    ///
    /// # Errors
    /// None that a state could cause.
    pub fn json(&self) -> serde_json::Result<String> {
        Ok(format!("{}\n", serde_json::to_string_pretty(self)?))
    }
}

fn standings(declared: &Posture, live: Option<&Posture>, reads: &[Read]) -> Vec<Standing> {
    let family = |part: &str| families().find(|(one, _)| *one == part).map_or("", |(_, name)| name);
    declared
        .verdicts
        .iter()
        .filter_map(|verdict| {
            let control = controls::control(&verdict.control).ok()?;
            let of_live = live.and_then(|live| live.verdict(&verdict.control));
            let calls = calls(&verdict.control, reads);
            Some(Standing::new(control, family(control.family()), verdict, of_live, calls))
        })
        .collect()
}

/// The call that reads recovery points.
const RECOVERY_POINTS: &str = "ec2:DescribeSnapshots";

/// The calls that read what a control's check watches, sorted.
fn calls(control: &str, reads: &[Read]) -> Vec<String> {
    let Some(check) = checked().iter().find(|check| check.control == control) else { return Vec::new() };
    let mut kinds: BTreeSet<Kind> = check.watches.iter().map(|watch| watch.kind).collect();
    // Security groups are read once, for those of networks too.
    if kinds.contains(&Kind::SecurityGroup) {
        kinds.insert(Kind::Vpc);
    }
    // Recovery points are no kind of resource.
    let of_points = |read: &Read| control == controls::KEPT_SAFE && read.call == RECOVERY_POINTS;
    let of_kind = |read: &&Read| of_points(read) || read.kind.is_some_and(|kind| kinds.contains(&kind));
    let calls: BTreeSet<&str> = reads.iter().filter(of_kind).map(|read| read.call.as_str()).collect();
    calls.into_iter().map(str::to_owned).collect()
}

impl Hide for Dossier {
    /// Findings and what is attested come without them already.
    fn hide(&mut self, texts: &BTreeSet<String>) {
        self.production.hide(texts);
        self.controls.iter_mut().for_each(|one| one.hide(texts));
        self.exceptions.iter_mut().for_each(|one| one.hide(texts));
        self.attestations.iter_mut().for_each(|one| one.hide(texts));
        self.settings.iter_mut().for_each(|one| one.hide(texts));
        self.access.iter_mut().for_each(|one| one.hide(texts));
        self.reach.hide(texts);
        self.reach.pairs.iter_mut().for_each(|one| one.hide(texts));
        for words in &mut self.warnings {
            *words = hide(words, texts);
        }
    }
}
