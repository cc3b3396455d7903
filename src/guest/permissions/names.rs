//! Groups and aliases: what their names stand for. A name may be used before the line that defines it, also from another
//! file, and may stand for other names; it can't stand for itself.

use std::collections::{BTreeMap, BTreeSet};

use super::actor::{Actor, subject};
use super::feature::Feature;
use super::lines::{Word, shown};
use super::problem::{Place, Problem};
use super::statement::Subject;
use crate::blueprint::nearest::did_you_mean;

/// The alias that stands for every feature.
pub(super) const BUILTIN: &str = "builtin";

/// Names with what they are made of, each once.
#[derive(Debug, Default)]
pub(super) struct Definitions {
    by_name: BTreeMap<String, (Place, Vec<Word>)>,
}

impl Definitions {
    pub(super) fn add(&mut self, name: Word, members: Vec<Word>, problems: &mut Vec<Problem>) {
        if let Some((first, _)) = self.by_name.get(&name.text) {
            let message = format!("`{}` is defined twice", name.text);
            problems.push(Problem::new(name.place, message).help(format!("it is at {first} already")));
            return;
        }
        self.by_name.insert(name.text, (name.place, members));
    }

    /// The names in an order in which each comes after those that it is made of; those that are made of themselves are
    /// left out and reported. `is_name` says which members are names.
    fn ordered<'a>(
        &'a self,
        what: &str,
        name_in: impl Fn(&'a str) -> Option<&'a str>,
        problems: &mut Vec<Problem>,
    ) -> Vec<&'a str> {
        let mut waits: BTreeMap<&str, usize> = BTreeMap::new();
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, (_, members)) in &self.by_name {
            let parts: BTreeSet<&str> = members
                .iter()
                .filter_map(|member| name_in(&member.text))
                .filter(|part| self.by_name.contains_key(*part))
                .collect();
            waits.insert(name, parts.len());
            for part in parts {
                users.entry(part).or_default().push(name);
            }
        }
        let mut ready: Vec<&str> = waits.iter().filter(|(_, waits)| **waits == 0).map(|(name, _)| *name).collect();
        let mut order = Vec::new();
        while let Some(name) = ready.pop() {
            order.push(name);
            for user in users.get(name).into_iter().flatten() {
                if let Some(left) = waits.get_mut(user) {
                    *left -= 1;
                    if *left == 0 {
                        ready.push(user);
                    }
                }
            }
        }
        let done: BTreeSet<&str> = order.iter().copied().collect();
        for (name, (place, _)) in self.by_name.iter().filter(|(name, _)| !done.contains(name.as_str())) {
            problems.push(Problem::new(place.clone(), format!("the {what} `{name}` is made of itself")));
        }
        order
    }
}

/// What a feature or alias of a permission stands for.
pub(super) struct Aliases {
    features: BTreeMap<String, BTreeSet<Feature>>,
}

impl Aliases {
    pub(super) fn resolve(definitions: &Definitions, problems: &mut Vec<Problem>) -> Self {
        for (name, (place, _)) in &definitions.by_name {
            if name == BUILTIN || Feature::parse(name).is_some() {
                problems.push(
                    Problem::new(place.clone(), format!("`{name}` is DCV's own name"))
                        .help("give the alias another name"),
                );
            }
        }
        let mut aliases = Self { features: BTreeMap::new() };
        for name in definitions.ordered("alias", Some, problems) {
            let Some((_, members)) = definitions.by_name.get(name) else { continue };
            let features = aliases.of(members, definitions, problems);
            aliases.features.insert(name.to_owned(), features);
        }
        aliases
    }

    /// The features that these words stand for; a word that stands for none is an error.
    pub(super) fn of(
        &self,
        words: &[Word],
        definitions: &Definitions,
        problems: &mut Vec<Problem>,
    ) -> BTreeSet<Feature> {
        let mut all = BTreeSet::new();
        for word in words {
            if let Some(feature) = Feature::parse(&word.text) {
                all.insert(feature);
            } else if word.text == BUILTIN {
                all.extend(Feature::ALL);
            } else if let Some(features) = self.features.get(&word.text) {
                all.extend(features);
            } else if !definitions.by_name.contains_key(&word.text) {
                // One that is defined and not here is made of itself, and was reported so.
                let known = Feature::ALL.iter().map(|feature| feature.as_str());
                let known = known.chain([BUILTIN]).chain(definitions.by_name.keys().map(String::as_str));
                let mut problem =
                    Problem::new(word.place.clone(), format!("`{}` is no feature and no alias", shown(&word.text)));
                problem.help = did_you_mean(&word.text, known);
                problems.push(problem);
            }
        }
        all
    }
}

/// Who is in which group of the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Groups {
    names: BTreeSet<String>,
    /// The groups that list this one, user or group of the operating system.
    holding: BTreeMap<Member, BTreeSet<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Member {
    User(String),
    Group(String),
    OsGroup(String),
}

impl Groups {
    pub(super) fn resolve(definitions: &Definitions, problems: &mut Vec<Problem>) -> Self {
        let mut groups = Self { names: definitions.by_name.keys().cloned().collect(), holding: BTreeMap::new() };
        definitions.ordered("group", |member| member.strip_prefix("group:"), problems);
        for (name, (_, members)) in &definitions.by_name {
            for word in members {
                let member = match subject(&word.text) {
                    Some(Subject::User(user)) => Member::User(user),
                    Some(Subject::OsGroup(group)) => Member::OsGroup(group),
                    Some(Subject::Group(group)) => {
                        groups.defined(&group, &word.place, problems);
                        Member::Group(group)
                    }
                    Some(Subject::Owner | Subject::Any) | None => {
                        problems.push(
                            Problem::new(word.place.clone(), format!("`{}` can't be in a group", shown(&word.text)))
                                .help("members are users, `group:NAME` and `osgroup:NAME`"),
                        );
                        continue;
                    }
                };
                groups.holding.entry(member).or_default().insert(name.clone());
            }
        }
        groups
    }

    /// Reports a group that is defined nowhere.
    pub(super) fn defined(&self, name: &str, place: &Place, problems: &mut Vec<Problem>) {
        if !self.names.contains(name) {
            let mut problem = Problem::new(place.clone(), format!("the group `{}` is not defined", shown(name)));
            problem.help = did_you_mean(name, self.names.iter().map(String::as_str));
            problems.push(problem);
        }
    }

    /// Every group that somebody is in: directly, or through groups within groups.
    pub(super) fn of(&self, actor: &Actor) -> BTreeSet<String> {
        let user = actor.user.iter().map(|name| Member::User(name.clone()));
        let os_groups = actor.os_groups.iter().map(|name| Member::OsGroup(name.clone()));
        let mut within: BTreeSet<String> = actor.groups.clone();
        let mut ask: Vec<Member> = user.chain(os_groups).collect();
        ask.extend(within.iter().cloned().map(Member::Group));
        while let Some(member) = ask.pop() {
            for group in self.holding.get(&member).into_iter().flatten() {
                if within.insert(group.clone()) {
                    ask.push(Member::Group(group.clone()));
                }
            }
        }
        within
    }
}
