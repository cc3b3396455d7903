//! Everything that a report says of one state: gathered once, written in every format.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::history::History;
use super::places::{Line, places};
use super::settings::{Access, Said, Settings, Waiver, access, attestations, settings, waivers};
use super::standing::Standing;
use super::statements::{Statement, statements, version_of};
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Sources};
use crate::cloud::Read;
use crate::controls::reach::{Matrix, Reach};
use crate::controls::{self, Constants, Phase, Posture, Profile, Status, checked, families};
use crate::resource::{Desired, Kind, Observed, Unreadable};

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
    pub reach: Matrix,
    pub history: History,
    /// What could not be read.
    pub unreadable: Vec<Unreadable>,
    pub warnings: Vec<String>,
    /// Where in the blueprint each block stands.
    pub places: BTreeMap<String, Line>,
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
        let Ground { blueprint, sources, desired, observed, declared, live, history, reads, today } = ground;
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
        Self {
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
            reach: observed.map_or_else(|| Reach::of(&desired.resources), Reach::of_observed).matrix(),
            history,
            unreadable: observed.map(|observed| observed.unreadable.clone()).unwrap_or_default(),
            warnings: declared.warnings.clone(),
            places: places(blueprint, sources),
        }
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

/// The calls that read what a control's check watches, sorted.
fn calls(control: &str, reads: &[Read]) -> Vec<String> {
    let Some(check) = checked().iter().find(|check| check.control == control) else { return Vec::new() };
    let mut kinds: BTreeSet<Kind> = check.watches.iter().map(|watch| watch.kind).collect();
    // Security groups are read once, for those of networks too.
    if kinds.contains(&Kind::SecurityGroup) {
        kinds.insert(Kind::Vpc);
    }
    let of_kind = |read: &&Read| read.kind.is_some_and(|kind| kinds.contains(&kind));
    let calls: BTreeSet<&str> = reads.iter().filter(of_kind).map(|read| read.call.as_str()).collect();
    calls.into_iter().map(str::to_owned).collect()
}
