//! A good floor, compiled from a blueprint that ships with the project, and what becomes of its posture when one thing
//! on it is weakened.

mod blueprints;
mod catalogue;
mod coverage;
mod gate;
mod good;
mod inside;
mod peers;
mod recovery;
mod shipped;
mod unprotected;
mod weakened;

use std::collections::{BTreeMap, BTreeSet};

use super::finding::Status;
use super::floor::{Floor, Phase};
use super::posture::{Posture, examine};
use super::resulting::resulting;
use crate::blueprint::model::Date;
use crate::blueprint::{Blueprint, Files, Inputs, NoFiles, Parsed, load};
use crate::compile::{Facts, compile};
use crate::plan::{self, Options};
use crate::resource::{
    Address, Desired, Found, ImageFacts, ImageSource, Inside, Insides, Kind, Observed, Resource, Status as LiveStatus,
};

const FEATURE_FILM: &str = include_str!("../../../blueprints/feature-film.hcl");

/// The folder of that blueprint.
struct Templates;

impl Files for Templates {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "templates/floor.sh.j2" => Ok(include_str!("../../../blueprints/templates/floor.sh.j2").to_owned()),
            _ => Err("there is no such file".to_owned()),
        }
    }
}

fn today() -> Date {
    jiff::civil::date(2026, 12, 7)
}

/// The floor of a feature film with some of its text changed; each change must hit. Three seats will do, and the profile
/// is the one that holds every control.
fn blueprint(changes: &[(&str, &str)]) -> Blueprint {
    let fixed = [("default     = 16", "default     = 2"), ("\"mpa-5.3.1\"", "\"mpa-5.3.1-gold-star\"")];
    let mut text = FEATURE_FILM.to_owned();
    for (from, to) in fixed.iter().chain(changes) {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let (parsed, problems) = Parsed::new([("feature-film.hcl".to_owned(), text.into_bytes())]);
    let loaded = load(parsed, problems, &Inputs::default(), &NoFiles, today());
    match loaded.blueprint {
        Some(blueprint) => blueprint,
        None => panic!("{:#?}", loaded.diagnostics.sorted()),
    }
}

fn compiled(blueprint: &Blueprint) -> Desired {
    let image = |id: &str| ImageFacts {
        id: id.to_owned(),
        root_device: "/dev/sda1".to_owned(),
        root_size_gib: Some(100),
        windows: false,
        architecture: "x86_64".to_owned(),
    };
    let lookup = |name: &str| ImageSource::Lookup { owners: vec!["self".to_owned()], name: name.to_owned() };
    let facts = Facts {
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        region: "us-west-2".to_owned(),
        images: BTreeMap::from([
            (lookup("nuke-rocky9-*"), image("ami-0123456789abcdef0")),
            (lookup("lighting-rocky9-*"), image("ami-0fedcba9876543210")),
        ]),
        devices: BTreeMap::new(),
        offline: false,
    };
    match compile(blueprint, &facts, &Templates) {
        Ok(desired) => desired,
        Err(found) => panic!("{:#?}", found.sorted()),
    }
}

/// A cloud in which all is as desired, account switches too.
fn observed(desired: &Desired) -> Observed {
    let found = desired.resources.iter().map(|(address, resource)| {
        let found = Found {
            address: address.clone(),
            id: format!("id of {address}"),
            resource: resource.clone(),
            digest: desired.digest_of(address),
            protected: false,
            status: LiveStatus::Ready,
            facts: BTreeMap::new(),
        };
        (address.clone(), found)
    });
    Observed {
        account: desired.account.clone(),
        region: desired.region.clone(),
        caller: "arn:aws:iam::123456789012:role/Producer".to_owned(),
        found: found.collect(),
        insides: Insides { told: insides(desired), untold: BTreeMap::new() },
        ..Observed::default()
    }
}

/// Seats that tell that all in them is as it is wanted, with a certificate of the studio's own, which the blueprint leaves
/// to the image.
fn insides(desired: &Desired) -> BTreeMap<Address, Inside> {
    let seats = desired.resources.iter().filter(|(_, resource)| resource.kind() == Kind::Seat);
    let inside = |seat: &Address| {
        let mut inside = desired.inside.get(seat.slot()?.0)?.clone();
        inside.insert("host/certificate".to_owned(), "given".to_owned());
        Some((seat.clone(), inside))
    };
    seats.filter_map(|(seat, _)| inside(seat)).collect()
}

/// The state that a first plan leads to, with the account's switches set.
fn planned<'a>(blueprint: &'a Blueprint, desired: &Desired) -> Floor<'a> {
    let nothing = Observed { account: desired.account.clone(), region: desired.region.clone(), ..Observed::default() };
    let options = Options { account_switches: true, ..Options::default() };
    let plan = plan::make(desired, &nothing, &options);
    resulting(blueprint, desired, &nothing, &plan, &options, today())
}

fn live<'a>(blueprint: &'a Blueprint, desired: &Desired) -> Floor<'a> {
    Floor::live(blueprint, desired, &observed(desired), today())
}

/// Controls that fail, in the order of their ids.
fn failing(posture: &Posture) -> BTreeSet<&str> {
    let fails = |status| status == Status::Fail;
    posture.verdicts.iter().filter(|one| fails(one.status)).map(|one| one.control.as_str()).collect()
}

/// The sentences of a control's findings.
fn sentences<'p>(posture: &'p Posture, control: &str) -> Vec<&'p str> {
    posture
        .verdict(control)
        .map(|one| one.findings.iter().map(|one| one.sentence.as_str()).collect())
        .unwrap_or_default()
}

macro_rules! change {
    ($name:ident $kind:ident) => {
        /// Changes a resource of that kind.
        fn $name(floor: &mut Floor<'_>, address: &str, change: impl FnOnce(&mut crate::resource::$kind)) {
            match floor.resources.get_mut(&Address::new(address)) {
                Some(Resource::$kind(spec)) => change(spec),
                other => panic!("{address} is {other:?}"),
            }
        }
    };
}

change!(backup BackupPlan);
change!(endpoint VpcEndpoint);
change!(flow_log FlowLog);
change!(group SecurityGroup);
change!(key KmsKey);
change!(list PrefixList);
change!(log_group LogGroup);
change!(role IamRole);
change!(routes RouteTable);
change!(seat Seat);
change!(subnet Subnet);
change!(switch AccountSwitch);
change!(volume Volume);
change!(vault BackupVault);
change!(vpc Vpc);
