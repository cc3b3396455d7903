//! VDI-IAM: who may do what.

use std::collections::{BTreeMap, BTreeSet};

use super::{Check, Watch, both, declared, state, watch};
use crate::blueprint::model::Labelled as _;
use crate::blueprint::secrets::looks_like_secret;
use crate::controls::examination::{Examination, Problem, unless};
use crate::controls::policy;
use crate::resource::{Kind, Resource};

pub const CHECKS: &[Check] = &[
    state(
        "VDI-IAM-03",
        &[watch(Kind::IamRole, "policies"), watch(Kind::IamRole, "managed"), watch(Kind::IamRole, "boundary")],
        least_privilege,
    ),
    both("VDI-IAM-04", named_people, &[watch(Kind::Seat, "tags.artist")], known_owners),
    declared("VDI-IAM-05", access_ends),
    state(
        "VDI-IAM-06",
        &[watch(Kind::KmsKey, "policy"), watch(Kind::VpcEndpoint, "policy"), watch(Kind::IamRole, "trust")],
        nothing_open,
    ),
    state("VDI-IAM-07", &[watch(Kind::KmsKey, "policy"), watch(Kind::IamRole, "policies")], duties_apart),
    state("VDI-IAM-08", TEXTS, no_secrets),
];

fn least_privilege(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let bound = floor.blueprint.production.boundary.as_ref().map(|arn| arn.as_str());
    for (address, role) in floor.roles() {
        let mut problems = Vec::new();
        for (name, document) in &role.policies {
            problems.extend(policy::excesses(document).into_iter().map(|words| {
                Problem::new(format!("has the policy \"{name}\", whose {words}"), "named actions and resources", words)
            }));
        }
        problems.extend(role.managed.iter().map(|arn| {
            Problem::new(format!("has {arn} attached, whose text is somebody else's"), "own policies only", arn)
        }));
        let has = role.boundary.as_deref();
        let wants = bound.is_some() || floor.profile.constants.boundary_required;
        problems.extend(unless(!wants || has.is_some() && (bound.is_none() || has == bound), || {
            let expected = bound.unwrap_or("a permissions boundary: name one as the production's boundary");
            Problem::new("isn't held by the permissions boundary", expected, has.unwrap_or("none"))
        }));
        to.look(address, problems);
    }
}

/// Logins that name nobody.
const GENERIC: &[&str] = &[
    "admin",
    "administrator",
    "artist",
    "comp",
    "default",
    "everyone",
    "freelancer",
    "guest",
    "login",
    "nobody",
    "root",
    "shared",
    "student",
    "temp",
    "test",
    "user",
    "vendor",
    "vfx",
    "workstation",
];

fn named_people(to: &mut Examination<'_, '_>) {
    let artists = &to.floor.blueprint.artists;
    for (at, artist) in artists.iter().enumerate() {
        let mut problems = Vec::new();
        let name = artist.name.as_str();
        let plain = name.to_lowercase();
        let plain = plain.trim_end_matches(|c: char| c.is_ascii_digit() || "-_".contains(c));
        problems
            .extend(unless(!GENERIC.contains(&plain), || Problem::new("names nobody", "a person's own login", name)));
        let shares = artists.iter().take(at).find(|other| {
            artist.seat.is_some()
                && artist.seat.as_ref().map(|seat| seat.value) == other.seat.as_ref().map(|seat| seat.value)
                && artist.pools.iter().any(|pool| other.pools.iter().any(|one| one.value == pool.value))
                && artist.from.value <= other.until.value
                && other.from.value <= artist.until.value
        });
        problems.extend(shares.map(|other| {
            Problem::new(format!("shares a seat with {}", other.name), "a seat of one's own", other.name.as_str())
        }));
        to.look(artist.reference(), problems);
    }
    if artists.is_empty() {
        to.nothing("No artist is declared.");
    }
}

fn known_owners(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let known: BTreeSet<&str> = floor.blueprint.artists.iter().map(|artist| artist.name.as_str()).collect();
    for (address, seat) in floor.seats() {
        let Some(owner) = seat.tags.get("artist") else { continue };
        to.hold(address, known.contains(owner.as_str()), || {
            Problem::new(format!("belongs to {owner}, whom no artist block names"), "a declared artist", owner)
        });
    }
}

fn access_ends(to: &mut Examination<'_, '_>) {
    let wraps = to.floor.blueprint.production.wraps_on.value;
    for artist in &to.floor.blueprint.artists {
        let (from, until) = (artist.from.value, artist.until.value);
        let mut problems: Vec<Problem> = Vec::new();
        problems.extend(unless(until <= wraps, || {
            Problem::new(format!("keeps access until {until}, after the wrap"), format!("until {wraps}"), until)
        }));
        problems.extend(unless(from <= until, || {
            Problem::new("has access that ends before it begins", format!("after {from}"), until)
        }));
        to.look(artist.reference(), problems);
    }
    if to.floor.blueprint.artists.is_empty() {
        to.nothing("No artist is declared.");
    }
}

fn nothing_open(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    let nobody = BTreeSet::new();
    let open = |words: String| Problem::new(format!("is open: {words}"), "callers of this account", words);
    for (address, key) in floor.keys() {
        let at_home = address.at_home();
        let label = at_home.as_str().strip_prefix("key.").unwrap_or_default();
        let block = floor.blueprint.keys.iter().find(|key| key.name.as_str() == label);
        let named = block.into_iter().flat_map(|key| &key.administrators).map(|arn| arn.as_str()).collect();
        to.look(address, policy::openings(&key.policy, &floor.account, &named).into_iter().map(open).collect());
    }
    for (address, endpoint) in floor.endpoints() {
        to.look(address, policy::is_open_endpoint(&endpoint.policy).into_iter().map(open).collect());
    }
    for (address, role) in floor.roles() {
        to.look(address, policy::openings(&role.trust, &floor.account, &nobody).into_iter().map(open).collect());
    }
}

fn duties_apart(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    for (address, key) in floor.keys() {
        let both = policy::keepers_who_use(&key.policy)
            .into_iter()
            .map(|who| Problem::new(format!("is both kept and used by {who}"), "administration apart from use", who));
        to.look(address, both.collect());
    }
    for (address, role) in floor.roles() {
        let words = role.policies.values().flat_map(policy::uses_of_any_key);
        let any = words.map(|words| Problem::new(format!("has a policy whose {words}"), "named keys", words));
        to.look(address, any.collect());
    }
}

macro_rules! texts_of {
    ($($kind:ident $field:literal)*) => {
        &[$(watch(Kind::$kind, $field),)*]
    };
}

const TEXTS: &[Watch] = texts_of!(Seat "user_data" KmsKey "tags" Vpc "tags" InternetGateway "tags" Subnet "tags"
    RouteTable "tags" PrefixList "tags" SecurityGroup "tags" SecurityGroup "rules" VpcEndpoint "tags" FlowLog "tags"
    IamRole "tags" InstanceProfile "tags" Seat "tags" Volume "tags" BackupVault "tags" BackupPlan "tags");

/// Tags, descriptions of rules, and user data. The blueprint's own strings are read when it is loaded.
fn no_secrets(to: &mut Examination<'_, '_>) {
    let floor = to.floor;
    // A thousand seats bear the same tags and the same user data.
    let mut known: BTreeMap<String, Option<&'static str>> = BTreeMap::new();
    let mut look = |text: String| *known.entry(text).or_insert_with_key(|text| looks_like_secret(text));
    let said = |what: &str, place: String| {
        Problem::new(format!("shows what looks like {what} in {place}"), "a reference to the secret", what)
    };
    let user_data: BTreeMap<&str, Option<&'static str>> =
        floor.user_data.iter().map(|(digest, text)| (digest.as_str(), looks_like_secret(text))).collect();
    for (address, resource) in &floor.resources {
        let mut problems = Vec::new();
        for (key, value) in resource.tags().into_iter().flatten() {
            problems.extend(look(format!("{key}={value}")).map(|what| said(what, format!("its tag {key}"))));
        }
        match resource {
            Resource::SecurityGroup(group) => {
                for rule in &group.rules {
                    let what = look(rule.description.clone());
                    problems.extend(what.map(|what| said(what, "the description of a rule".to_owned())));
                }
            }
            Resource::Seat(seat) => match seat.user_data.as_deref().map(|digest| user_data.get(digest)) {
                Some(Some(what)) => problems.extend(what.map(|what| said(what, "its user data".to_owned()))),
                Some(None) => problems.push(Problem::undetermined(
                    "started from user data that can't be read in bulk",
                    "user data without secrets",
                )),
                None => {}
            },
            _ => {}
        }
        if resource.tags().is_some() {
            to.look(address, problems);
        }
    }
}
